// What the names of a program stand for, as far as it is plain to see: the socket module, what was imported from it, socket objects.
// Found by the program's words, not by running it.

import known from "./socket.json";

export const MODULE = known["socket module"];
export const OBJECT = known["socket object"];
export const PYTHON = known.python;

const LONGEST = 200_000; // a longer text is not looked through at each key
const NAME = "[A-Za-z_]\\w*(?:\\.[A-Za-z_]\\w*)*";
const ALWAYS = /sock(et)?\d?$/;
const USUAL = /(^|_|\.)(conn|connection|client|server|listener)\d?$/;
const found = new WeakMap();

function look(text) {
  const modules = new Set(["socket"]);
  const imported = new Set();
  const objects = new Set();
  for (const [, name] of text.matchAll(/^\s*import\s+(?:.*,\s*)?socket\s+as\s+(\w+)/gm)) modules.add(name);
  for (const [, names] of text.matchAll(/^\s*from\s+socket\s+import\s+\(?([^)#\n]*)/gm)) {
    if (names.trim() === "*") imported.add("*");
    else for (const part of names.split(",")) imported.add(part.trim().split(/\s+as\s+/)[0]);
  }
  const make = "(?:(?:\\w+\\.)?(?:socket|create_connection|create_server|fromfd)\\(|[\\w.]+\\.dup\\(\\))";
  for (const [, name] of text.matchAll(new RegExp(`(${NAME})\\s*(?::[^=\\n]+)?:?=\\s*${make}`, "g"))) objects.add(name);
  for (const [, name] of text.matchAll(new RegExp(`${make}[^\\n]*\\)\\s*as\\s+(\\w+)`, "g"))) objects.add(name);
  for (const [, name] of text.matchAll(/\b(\w+)\s*:\s*(?:\w+\.)?socket(?:\.socket)?\b/g)) objects.add(name);
  for (const [, name] of text.matchAll(new RegExp(`(${NAME})\\s*,\\s*[^=\\n]+=\\s*[^=\\n]+\\.accept\\(`, "g"))) objects.add(name);
  for (const [, one, other] of text.matchAll(new RegExp(`(${NAME})\\s*,\\s*(${NAME})\\s*=\\s*(?:\\w+\\.)?socketpair\\(`, "g"))) {
    objects.add(one).add(other);
  }
  if (/\bsocketserver\b/.test(text)) objects.add("self.request");
  return { modules, imported, objects, text };
}

// What is known of a document's names; the same document is looked through once.
export function names(doc) {
  if (!found.has(doc)) found.set(doc, look(doc.length > LONGEST ? "" : doc.toString()));
  return found.get(doc);
}

// What `name` stands for: MODULE, OBJECT or null. A usual name of sockets is taken for one, unless the program gives it another value.
export function meaning(doc, name) {
  const { modules, objects, text } = names(doc);
  if (objects.has(name)) return OBJECT;
  if (modules.has(name)) return MODULE;
  if (ALWAYS.test(name)) return OBJECT;
  const isGiven = () => new RegExp(`(^|[^\\w.])${name.replaceAll(".", "\\.")}\\s*=[^=]`).test(text);
  return USUAL.test(name) && !isGiven() ? OBJECT : null;
}

// The function that `callee` names: [name, signature, sentence], or undefined.
export function functionNamed(doc, callee) {
  const dot = callee.lastIndexOf(".");
  const name = callee.slice(dot + 1);
  const { imported } = names(doc);
  const where = dot < 0 ? (imported.has("*") || imported.has(name)) && MODULE : meaning(doc, callee.slice(0, dot));
  return where ? where.functions.find(([known]) => known === name) : undefined;
}
