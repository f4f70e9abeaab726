// The signature of the call in whose brackets the cursor is, with the argument in question set off.

import { syntaxTree } from "@codemirror/language";
import { Prec, StateEffect, StateField } from "@codemirror/state";
import { keymap, showTooltip } from "@codemirror/view";
import { functionNamed } from "./names.js";

const dismiss = StateEffect.define();

// {at, from, found, index} of the innermost call that we know, or null.
function callAt(state) {
  const { head, empty } = state.selection.main;
  if (!empty) return null;
  for (let node = syntaxTree(state).resolveInner(head, -1); node; node = node.parent) {
    if (/^(Body|Script|FunctionDefinition|Comment)$/.test(node.name)) return null;
    if (node.name !== "ArgList" || head <= node.from) continue;
    if (node.lastChild?.name === ")" && head >= node.to) continue;
    const found = functionNamed(state.doc, state.sliceDoc(node.parent.from, node.from).trim());
    if (!found) return null;
    let index = 0;
    for (let part = node.firstChild; part && part.to <= head; part = part.nextSibling) if (part.name === ",") index++;
    return { from: node.parent.from, found, index };
  }
  return null;
}

function draw({ found: [name, signature, sentence], index }) {
  return () => {
    const dom = document.createElement("div");
    dom.className = "cm-signature";
    const code = document.createElement("code");
    code.append(`${name}(`);
    signature.slice(1, -1).split(", ").forEach((part, at) => {
      const piece = document.createElement(at === index ? "b" : "span");
      piece.textContent = part;
      code.append(at ? ", " : "", piece);
    });
    code.append(")");
    const words = document.createElement("p");
    words.textContent = sentence;
    dom.append(code, words);
    return { dom };
  };
}

const same = (one, other) => one?.from === other?.from && one?.found === other?.found && one?.index === other?.index;

const field = StateField.define({
  create: () => ({ call: null, dismissed: null, tooltip: null }),
  update(value, transaction) {
    if (transaction.effects.some((effect) => effect.is(dismiss))) {
      return { call: null, dismissed: value.call?.from ?? null, tooltip: null };
    }
    if (!transaction.docChanged && !transaction.selection) return value;
    const call = callAt(transaction.state);
    if (same(call, value.call)) return value;
    const dismissed = call && call.from === value.dismissed ? value.dismissed : null;
    const tooltip = call && dismissed === null ? { pos: call.from, above: true, create: draw(call) } : null;
    return { call, dismissed, tooltip };
  },
  provide: (field) => showTooltip.from(field, (value) => value.tooltip),
});

// Escape takes it away, before it does anything else but close a list of completions.
const escape = ({ state, dispatch }) => {
  if (state.field(field).tooltip) dispatch(state.update({ effects: dismiss.of(null) }));
  return false;
};

export const signatures = () => [field, Prec.high(keymap.of([{ key: "Escape", run: escape }]))];
