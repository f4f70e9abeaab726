// Sets the reader's theme before anything is drawn, so that no page flashes in the other one. The switch in the header
// (web/src/shell/theme.rs) writes the same key.

try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // The store is forbidden: the system's theme it is.
}
