// The search box: on its page, /search/?q=words, and in a dialog over any other. What can be found is fetched when the box is opened, and
// searched here: no server is asked.
//
//   open(place)     fills a <tcp-search> (web/boot.js)
//   dialog()        shows the box over the page

import { excerpt, find, marked, shelf } from "./find.js";

const root = document.documentElement;
const site = new URL(root.dataset.base, location.href);
const beside = (name) => new URL(name, import.meta.url).href;

let fetched;
function entries() {
  fetched ??= (async () => {
    const answer = await fetch(beside("index.json"));
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return shelf(await answer.json());
  })().catch((error) => {
    fetched = undefined; // whoever asks again tries again
    throw error;
  });
  return fetched;
}

const styled = new Promise((done) => {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = beside("search.css");
  sheet.onload = sheet.onerror = done; // without its sheet it is plainer
  document.head.append(sheet);
});

function element(name, attributes, ...inside) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...inside);
  return made;
}

const highlighted = (text, terms) => marked(text, terms).map(({ text, hit }) => (hit ? element("mark", {}, text) : text));

// Where the browser can mark words in the page that it goes to, it marks those.
function address({ place }, quote) {
  const goal = new URL(place, site);
  if (quote && "fragmentDirective" in document) {
    const text = encodeURIComponent(quote).replaceAll("-", "%2D");
    return `${goal.href}${goal.hash ? "" : "#"}:~:text=${text}`;
  }
  return goal.href;
}

function result({ entry, terms }) {
  const { text, quote } = excerpt(entry, terms);
  return element(
    "li",
    {},
    element("a", { href: address(entry, entry.kind === "scenario" || entry.kind === "page" ? "" : quote) }, ...highlighted(entry.title, terms)),
    element("p", { class: "search-path" }, entry.path),
    element("p", { class: "search-words" }, ...highlighted(text, terms)),
  );
}

let count = 0;

/** Fills a place with the box and what it finds. `most`: how many results stand there at first; `asks`: called with each question. */
function box(place, { asked, most, asks }) {
  const id = `search-${(count += 1)}`;
  const input = element("input", {
    type: "search", id, name: "q", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-describedby": `${id}-keys`,
  });
  input.value = asked;
  const said = element("p", { role: "status", class: "search-said" });
  const list = element("ol", { class: "search-results", "aria-label": "What was found" });
  const form = element(
    "form",
    { role: "search", action: new URL("search/", site).href },
    element("label", { for: id }, "Search lessons, reference and scenarios"),
    input,
    element("p", { id: `${id}-keys`, class: "search-keys" }, "Enter opens the first result; the arrow keys move among them."),
  );
  place.replaceChildren(form, said, list);

  let found = [];
  const show = (number) => {
    list.replaceChildren(...found.slice(0, number + 1 < found.length ? number : found.length).map(result));
    // One more is not worth a button.
    if (found.length > number + 1) {
      const button = element("button", { type: "button" }, `Show ${found.length - number} more`);
      button.addEventListener("click", () => {
        show(found.length);
        list.children[number]?.querySelector("a").focus();
      });
      list.append(element("li", {}, button));
    }
  };
  const search = async () => {
    const text = input.value.trim();
    asks(text);
    try {
      if (!fetched) said.textContent = "Fetching what can be found …";
      const all = await entries();
      if (input.value.trim() !== text) return;
      found = find(all, text);
      said.textContent = !text ? "" : found.length ? `${found.length} ${found.length === 1 ? "place" : "places"}` : `Nothing is found for “${text}”. Try fewer words, or other ones.`;
      show(most);
    } catch (error) {
      found = [];
      show(most);
      const again = element("button", { type: "button" }, "Try again");
      again.addEventListener("click", search);
      said.replaceChildren(`What can be found could not be fetched: ${error.message}. `, again);
    }
  };
  input.addEventListener("input", search);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await search();
    list.querySelector("a")?.click();
  });
  place.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const links = [...list.querySelectorAll("a")];
    const here = links.indexOf(document.activeElement);
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1 }[event.key];
    if (next === undefined || (here < 0 && event.key !== "ArrowDown") || (here < 0 && document.activeElement !== input)) return;
    event.preventDefault();
    (next < 0 ? input : links[Math.min(next, links.length - 1)])?.focus();
  });
  search();
  return { input, search };
}

/** The box on its own page: what is asked stands in the address. */
export async function open(place) {
  await styled;
  const address = new URL(location.href);
  const asks = (text) => {
    if (text) address.searchParams.set("q", text);
    else address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
    document.title = text ? `${text} - Search - TCP Lab` : "Search - TCP Lab";
  };
  const { input } = box(place, { asked: address.searchParams.get("q") ?? "", most: 30, asks });
  input.focus({ preventScroll: true });
}

let over;

/** The box over the page. */
export async function dialog() {
  await styled;
  if (!over) {
    const close = element("button", { type: "button", class: "quiet", "aria-label": "Close the search" }, "Close");
    const place = element("div", {});
    const page = element("a", {}, "This search on a page of its own");
    const window = element("dialog", { class: "search", "aria-label": "Search" }, place, element("p", { class: "search-foot" }, page, close));
    const asks = (text) => {
      page.href = new URL(text ? `search/?q=${encodeURIComponent(text)}` : "search/", site).href;
    };
    over = { window, ...box(place, { asked: "", most: 12, asks }) };
    close.addEventListener("click", () => window.close());
    // A browser's own Escape in a search box only empties it.
    window.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      window.close();
    });
    // Beside the window, or to a place on the page below it.
    window.addEventListener("click", (event) => {
      if (event.target === window || event.target.closest("a")) window.close();
    });
    document.body.append(window);
  }
  if (over.window.open) return;
  over.window.showModal();
  over.search(); // what could not be fetched may be there by now
  over.input.select();
  over.input.focus();
}
