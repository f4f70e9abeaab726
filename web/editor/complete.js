// Completion: the socket module and its objects after a dot, else Python's own words and the names of the program.

import { acceptCompletion, autocompletion, completionKeymap, completionStatus, pickedCompletion } from "@codemirror/autocomplete";
import { localCompletionSource } from "@codemirror/lang-python";
import { syntaxTree } from "@codemirror/language";
import { Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { MODULE, PYTHON, meaning } from "./names.js";

const MEMBER = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.\w*$/;

// With its brackets, and the cursor where it is wanted next.
function call(signature) {
  return (view, completion, from, to) => {
    const hasBrackets = view.state.sliceDoc(to, to + 1) === "(";
    const insert = completion.label + (hasBrackets ? "" : "()");
    const anchor = from + insert.length - (hasBrackets || signature === "()" ? 0 : 1);
    view.dispatch({
      changes: { from, to, insert },
      selection: { anchor },
      annotations: pickedCompletion.of(completion),
      userEvent: "input.complete",
    });
  };
}

const lists = new Map();
function members(where) {
  if (!lists.has(where)) {
    const named = (type, boost) => ([label, info]) => ({ label, type, info, boost });
    lists.set(where, [
      ...where.functions.map(([label, signature, info]) => ({
        label, type: "function", detail: signature, info, apply: call(signature), boost: 2,
      })),
      ...(where.exceptions ?? []).map(named("class", 1)),
      ...where.constants.map(named("constant", 0)),
    ]);
  }
  return lists.get(where);
}

const words = [
  ...PYTHON.keywords.map((label) => ({ label, type: "keyword" })),
  ...PYTHON.builtins.map((label) => ({ label, type: "builtin", boost: -1 })),
];
const modules = PYTHON.modules.map((label) => ({ label, type: "module" }));

function source(context) {
  const { state, pos } = context;
  if (/^(Comment|String|ContinuedString|FormatString)$/.test(syntaxTree(state).resolveInner(pos, -1).name)) return null;
  const line = state.sliceDoc(state.doc.lineAt(pos).from, pos);
  const word = /\w*$/.exec(line)[0];
  const from = pos - word.length;
  if (/^\s*from\s+socket\s+import\s/.test(line)) {
    const options = members(MODULE).map(({ apply, ...option }) => option);
    return { from, options, validFor: /^\w*$/ };
  }
  const imported = /^\s*(?:import|from)\s+([\w.]*)$/.exec(line);
  if (imported) return { from: pos - imported[1].length, options: modules, validFor: /^[\w.]*$/ };
  const member = MEMBER.exec(line);
  if (member) {
    const where = meaning(state.doc, member[0].slice(0, member[0].lastIndexOf(".")));
    return where && { from, options: members(where), validFor: /^\w*$/ };
  }
  if (line[from - state.doc.lineAt(pos).from - 1] === ".") return null; // of something unknown
  if (word.length < 2 && !context.explicit) return null;
  const local = localCompletionSource(context)?.options ?? [];
  // Whoever has typed a whole word means it: Enter shall begin a new line.
  if (!context.explicit && [...words, ...local].some(({ label }) => label === word)) return null;
  const mine = new Set(local.map(({ label }) => label));
  return { from, options: [...local, ...words.filter(({ label }) => !mine.has(label))] };
}

export const completion = () => [
  autocompletion({ override: [source], icons: false, defaultKeymap: false, maxRenderedOptions: 60 }),
  Prec.high(keymap.of([...completionKeymap, { key: "Tab", run: acceptCompletion }])),
  // The list scrolls: whatever scrolls must be reachable by the keyboard.
  EditorView.updateListener.of(({ view, state }) => {
    if (completionStatus(state) === "active") {
      view.dom.querySelector(".cm-tooltip-autocomplete > ul:not([tabindex])")?.setAttribute("tabindex", "0");
    }
  }),
];
