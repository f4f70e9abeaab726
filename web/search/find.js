// What is found for what was asked, and which words of it. Knows no page.
//
//   index.json: [{ kind, title, names, path, place, text: [paragraph, ...] }, ...]     (web/src/course/search.rs writes it)
//     place: the address from the site's root, with its fragment; names: other words for the title; path: where it stands

import MiniSearch from "minisearch";

// SO_REUSEADDR and CLOSE-WAIT are two words each, as they are when somebody types them with a space.
const WORD = /[\p{L}\p{N}]+/gu;
const plain = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const words = (text) => text.match(WORD) ?? [];
const key = (text) => words(text).map(plain).join(" ");

/** All that can be found, ready to be asked. */
export function shelf(entries) {
  const mini = new MiniSearch({
    fields: ["title", "names", "path", "text"],
    extractField: (entry, field) => (field === "text" ? entry.text.join("\n") : entry[field]),
    tokenize: words,
    processTerm: plain,
  });
  mini.addAll(entries.map((entry, id) => ({ ...entry, id })));
  const titles = entries.map(({ title, names }) => new Set([title, ...names.split("\n")].map(key)));
  return { entries, mini, titles };
}

const EXACT = {
  boost: { title: 5, names: 4, path: 0.5 },
  weights: { prefix: 0.6, fuzzy: 0.25 },
  // A beginning of a word is a word that is being typed, or one without its ending.
  prefix: (term, place, all) => place === all.length - 1 || term.length > 3,
  combineWith: "AND",
};
// One slip in five letters; a number that is nearly right is another number.
const NEARLY = { ...EXACT, fuzzy: (term) => (term.length > 3 && !/\d/.test(term) ? 0.2 : false) };

/** What matches, best first: `[{ entry, terms }]`. All words of the question; where little has them, words that are nearly those; where nothing
    has all of them, any. */
export function find({ entries, mini, titles }, asked) {
  if (!key(asked)) return [];
  let found = mini.search(asked, EXACT);
  if (found.length < 3) {
    const known = new Set(found.map(({ id }) => id));
    found.push(...mini.search(asked, NEARLY).filter(({ id }) => !known.has(id)));
  }
  if (!found.length) found = mini.search(asked, { ...NEARLY, combineWith: "OR" });
  const whole = key(asked);
  // Who asks for “listen” wants listen, and not every place that speaks of it often.
  const score = ({ id, score }) => score * (titles[id].has(whole) ? 4 : 1);
  return found
    .sort((a, b) => score(b) - score(a))
    .map(({ id, terms }) => ({ entry: entries[id], terms: new Set(terms) }));
}

/** A text in parts, `[{ text, hit }]`: those that were found, and what lies between. */
export function marked(text, terms) {
  const parts = [];
  let done = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (!terms.has(plain(word))) continue;
    if (index > done) parts.push({ text: text.slice(done, index), hit: false });
    parts.push({ text: word, hit: true });
    done = index + word.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done), hit: false });
  return parts;
}

const LONG = 180;

/** The piece of an entry that shows best why it was found, and a few words of it as they stand there (none: nothing of the text was found). */
export function excerpt(entry, terms) {
  let best;
  for (const text of entry.text) {
    const hits = [...text.matchAll(WORD)].filter(({ 0: word }) => terms.has(plain(word)));
    const count = new Set(hits.map(({ 0: word }) => plain(word))).size;
    if (count > (best?.count ?? 0)) best = { text, count, at: hits[0].index };
  }
  if (!best) return { text: clip(entry.text[0] ?? "", 0), quote: "" };
  const [from] = best.text.slice(0, best.at).match(/(\S+\s+){0,2}$/);
  const start = best.at - from.length;
  const quote = best.text.slice(start).split(" ").slice(0, 7).join(" ");
  return { text: clip(best.text, best.at), quote };
}

function clip(text, at) {
  if (text.length <= LONG * 1.3) return text;
  let start = Math.max(0, Math.min(at - LONG / 3, text.length - LONG));
  let end = start + LONG;
  if (start > 0) start = text.indexOf(" ", start) + 1;
  if (end < text.length) end = text.lastIndexOf(" ", end);
  return (start > 0 ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
}
