// Starts the wasm that brings the page to life, and says so plainly when it cannot start or has stopped. Plain JavaScript on
// purpose: it must still work when the wasm does not. The page's state stands in <html data-live>: "starting", "live",
// "stopped".

const page = document.documentElement;
const notice = document.getElementById("trouble");
const part = (name) => notice.querySelector(`[data-${name}]`);

function stopped(what, cause) {
  if (page.dataset.live === "stopped") return; // the first cause is the one that matters
  page.dataset.live = "stopped";
  part("what").textContent = what;
  part("report").textContent =
    `${what}\n${cause}\n\nPage: ${location.origin}${location.pathname}\nBrowser: ${navigator.userAgent}`;
  notice.hidden = false;
  notice.scrollIntoView({ block: "nearest" });
}

const PANICKED = "The moving part of this page has stopped because of a mistake in our program.";
const NOT_LOADED = "The moving part of this page could not be loaded.";

part("reload").addEventListener("click", () => location.reload());
part("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(part("report").textContent);
    part("copied").textContent = "Copied. Please send it to whoever runs this site.";
  } catch {
    notice.querySelector("details").open = true;
    getSelection().selectAllChildren(part("report"));
    part("copied").textContent = "Selected below: copy it from there.";
  }
});

// From the panic hook in web/src/bin/site.rs. A trap without a panic (out of memory, stack overflow) arrives as an error.
addEventListener("tcp-lab-panic", (event) => stopped(PANICKED, event.detail));
addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) stopped(PANICKED, error.stack);
});
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError) stopped(PANICKED, reason.stack);
});

// The second program: the stage, the engine, live sockets. It is fetched when a page has a place for it, a <tcp-studio>, which the first
// program writes and does not look into. States of that place, in data-state: "loading", "ready", "failed".

let fetched;
function studio() {
  fetched ??= (async () => {
    const name = (extension) => new URL(`${page.dataset.base}studio-${page.dataset.studio}.${extension}`, location.href).href;
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = name("css");
    const styled = new Promise((done, fail) => {
      sheet.onload = done;
      sheet.onerror = () => fail(new Error(`${sheet.href} could not be loaded`));
    });
    document.head.append(sheet);
    const [module] = await Promise.all([import(name("js")), styled]);
    await module.default({ module_or_path: name("wasm") });
    return module;
  })();
  return fetched;
}

// The code editor (web/editor), for the second program: fetched by the first page on which somebody may write a program.
globalThis.tcpLab = {
  editor: () => import(new URL(`${page.dataset.base}editor-${page.dataset.editor}.js`, location.href).href),
};

class StudioPlace extends HTMLElement {
  async connectedCallback() {
    this.dataset.state = "loading";
    try {
      const module = await studio();
      if (!this.isConnected || this.opened) return;
      const { page: name, id } = this.dataset;
      this.opened = module.open(this, name, id ?? "");
      this.dataset.state = "ready";
    } catch (error) {
      fetched = undefined;
      this.dataset.state = "failed";
      stopped(error instanceof WebAssembly.RuntimeError ? PANICKED : NOT_LOADED, error.stack ?? String(error));
    }
  }

  disconnectedCallback() {
    this.opened?.close();
    this.opened = undefined;
  }
}

// A page of the course whose words are in its own file: they stand here already, or it was come to from another page and they are fetched.
class TextPage extends HTMLElement {
  async connectedCallback() {
    if (this.firstElementChild) return;
    const address = location.href;
    try {
      const answer = await fetch(address);
      const text = new DOMParser().parseFromString(await answer.text(), "text/html");
      const words = text.querySelector("tcp-page");
      if (!this.isConnected || location.href !== address) return;
      if (!words) throw new Error(`${address} is not there`);
      document.title = text.title;
      this.replaceChildren(...words.childNodes);
    } catch (error) {
      const sorry = document.createElement("p");
      sorry.className = "notice";
      sorry.textContent = `This page could not be fetched (${error.message}).`;
      this.replaceChildren(sorry);
    }
  }
}

// The search box (web/search): fetched when somebody asks for it, by the header's link or by the key “/”, or is on its page.
let searched;
const search = () =>
  (searched ??= import(new URL(`${page.dataset.base}search-${page.dataset.search}/search.js`, location.href).href).catch((error) => {
    searched = undefined;
    throw error;
  }));

class SearchPlace extends HTMLElement {
  async connectedCallback() {
    try {
      (await search()).open(this);
    } catch (error) {
      this.textContent = `The search could not be fetched (${error.message}). Reload the page to try again.`;
    }
  }
}

const goes = ({ altKey, ctrlKey, metaKey, shiftKey }) => altKey || ctrlKey || metaKey || shiftKey;
function ask(event, link) {
  event.preventDefault();
  event.stopPropagation();
  const box = document.querySelector("tcp-search input");
  if (box) box.focus();
  else search().then((module) => module.dialog(), () => location.assign(link)); // its page says what is wrong
}
// Before the first program, which would go to the page.
addEventListener("click", (event) => {
  const link = event.target.closest?.(".to-search");
  if (link && !goes(event) && event.button === 0) ask(event, link.href);
}, true);
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, dialog, [contenteditable]");
  const link = document.querySelector(".to-search");
  if (event.key === "/" && !event.defaultPrevented && !typing && !(event.altKey || event.ctrlKey || event.metaKey) && link) ask(event, link.href);
});

page.dataset.live = "starting";
if (document.querySelector("tcp-studio")) studio().catch(() => {}); // both programs come at once; a failure shows when it is used
try {
  const site = await import(document.getElementById("site-js").href);
  await site.default({ module_or_path: document.getElementById("site-wasm").href });
  // Not before: the first program must find the page as it was written.
  customElements.define("tcp-studio", StudioPlace);
  customElements.define("tcp-page", TextPage);
  customElements.define("tcp-search", SearchPlace);
  if (page.dataset.live === "starting") page.dataset.live = "live";
} catch (error) {
  stopped(error instanceof WebAssembly.RuntimeError ? PANICKED : NOT_LOADED, error.stack ?? String(error));
}
