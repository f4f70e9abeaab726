// The code editor of the page: CodeMirror for Python with sockets, and marks that tell what a program is doing. Knows no program and no
// network: what is to be marked it is told, and what a person does it tells. Its looks are in web/studio/code.css.
//
//   create(element, options) -> editor     makes an editor at the end of the element
//
//   options   text          what stands in it at first
//             label         its name for who cannot see it: "server.py"
//             readOnly      nobody may type (breakpoints can be set all the same)
//             breakpoints   false: there are none
//             fill          it is as high as its element, not as its text
//             marks         as for mark()
//             on            {change, breakpoints, pointed, run}, as for on()
//
//   editor    text()        what stands in it, lines ending in "\n"
//             set(text)     puts another text there, as one step that can be undone; the cursor and the marks stay where the text is the same
//             mark(marks)   lines are counted from 1; what is left out stays as it is, [] or null takes it away:
//                             running      [{line, thread}]         the lines that run
//                             blocked      [{line, thread, text}]   calls that wait, and for what: "recv, for 0.30 s"
//                             error        {line, column, text}     what went wrong there; without a column, or 0: the whole line
//                             breakpoints  [line]
//                             lit          [line]                   what is pointed at elsewhere on the page
//             on(event, f)  change(text)        a person has edited
//                           breakpoints(lines)  some were set or taken away, or moved with the text
//                           pointed(line, how)  the pointer ("pointer") or the cursor ("cursor") came to this line; null: to none
//                           run()               Ctrl-Enter, or Command-Enter
//             go(line, column)   puts the cursor there, and the keyboard
//             select(from, to)   selects from one offset to the other, in units of UTF-16, and takes the keyboard
//             configure({label, readOnly})
//             focus(), destroy()

import { closeCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, isolateHistory } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { pythonLanguage } from "@codemirror/lang-python";
import { tagHighlighter, tags } from "@lezer/highlight";
import { highlightSelectionMatches, searchKeymap, search } from "@codemirror/search";
import { Annotation, Compartment, EditorSelection, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { completion } from "./complete.js";
import { signatures } from "./signature.js";
import { breakpointLines, breakpointsAt, marking, setMarks, toggleBreakpoint } from "./marks.js";
import { hangingIndent } from "./wrap.js";

const told = Annotation.define(); // a change by set(), which nobody need be told of
const STEP = 4;
let count = 0;

// Classes instead of colours: the sheet has them, for light and dark.
const colours = tagHighlighter([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], class: "py-keyword" },
  { tag: [tags.string, tags.special(tags.string), tags.escape], class: "py-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "py-number" },
  { tag: tags.comment, class: "py-comment" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], class: "py-call" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], class: "py-definition" },
  { tag: tags.meta, class: "py-meta" },
  { tag: tags.invalid, class: "py-invalid" },
]);

// Spaces up to the next stop; whole lines if something is selected.
function tab(view) {
  const { state } = view;
  if (state.readOnly) return false;
  if (state.selection.ranges.some((range) => !range.empty)) return indentMore(view);
  view.dispatch(
    state.changeByRange((range) => {
      const before = state.sliceDoc(state.doc.lineAt(range.head).from, range.head);
      const columns = [...before].reduce((at, letter) => (letter === "\t" ? at - (at % STEP) + STEP : at + 1), 0);
      const insert = " ".repeat(STEP - (columns % STEP));
      return { changes: { from: range.head, insert }, range: EditorSelection.cursor(range.head + insert.length) };
    }),
    { scrollIntoView: true, userEvent: "input.indent" },
  );
  return true;
}

// The words of the line under the editor.
function hint(hasBreakpoints, isReadOnly) {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const parts = isReadOnly ? [] : [["Tab", "indents"], ["Esc, then Tab", "leaves"]];
  parts.push([mac ? "⌘ Enter" : "Ctrl Enter", "runs"]);
  if (hasBreakpoints) parts.push(["F9", "breakpoint"]);
  parts.push([mac ? "⌘ F" : "Ctrl F", "finds"]);
  const line = document.createElement("p");
  line.className = "code-hint";
  line.id = `code-hint-${++count}`;
  for (const [key, does] of parts) {
    const part = document.createElement("span");
    const name = document.createElement("kbd");
    name.textContent = key;
    part.append(name, ` ${does}`);
    line.append(part, " ");
  }
  return line;
}

// What must be put in place of what so that `old` becomes `text`: the least.
function difference(old, text) {
  let from = 0;
  const least = Math.min(old.length, text.length);
  while (from < least && old.charCodeAt(from) === text.charCodeAt(from)) from++;
  let end = 0;
  while (end < least - from && old.charCodeAt(old.length - 1 - end) === text.charCodeAt(text.length - 1 - end)) end++;
  return { from, to: old.length - end, insert: text.slice(from, text.length - end) };
}

export function create(element, options = {}) {
  const { text = "", label = "Python", readOnly = false, breakpoints = true, fill = false } = options;
  const listeners = { ...options.on };
  const tell = (event, ...what) => listeners[event]?.(...what);
  const frame = document.createElement("div");
  frame.className = fill ? "code fill" : "code";
  const keys = hint(breakpoints, readOnly);
  const changing = new Compartment();
  const settings = ({ label, readOnly }) => [
    EditorState.readOnly.of(readOnly),
    EditorView.editorAttributes.of(readOnly ? { class: "cm-locked" } : {}),
    EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": keys.id, "aria-readonly": String(readOnly) }),
  ];

  let pointedAt = "null";
  function pointed(line, how) {
    const now = `${line} ${line && how}`;
    if (now === pointedAt) return;
    pointedAt = now;
    tell("pointed", line, how);
  }
  const lineOf = (view, event) => {
    const height = event.clientY - view.documentTop;
    if (height < 0 || height > view.contentHeight) return null;
    return view.state.doc.lineAt(view.lineBlockAtHeight(height).from).number;
  };
  const cursorLine = (view) => view.state.doc.lineAt(view.state.selection.main.head).number;
  const toggle = (view, block) => {
    toggleBreakpoint(view, view.state.doc.lineAt(block.from).number);
    return true;
  };
  const clicks = breakpoints ? { mousedown: toggle } : {};

  const view = new EditorView({
    parent: frame,
    doc: text,
    extensions: [
      lineNumbers({ domEventHandlers: clicks }),
      marking(breakpoints ? toggle : null),
      history(),
      bracketMatching(),
      indentOnInput(),
      pythonLanguage,
      indentUnit.of(" ".repeat(STEP)),
      EditorState.tabSize.of(STEP),
      syntaxHighlighting(colours),
      highlightSelectionMatches({ minSelectionLength: 3 }),
      search({ top: true }),
      completion(),
      signatures(),
      EditorView.lineWrapping,
      hangingIndent,
      changing.of(settings({ label, readOnly })),
      Prec.highest(
        keymap.of([
          { key: "Mod-Enter", run: (view) => (closeCompletion(view), tell("run"), true) },
          { key: "F9", run: (view) => breakpoints && toggle(view, view.state.selection.main) },
        ]),
      ),
      // Escape, then Tab leaves the editor: CodeMirror's own way, so that the keyboard is never caught.
      keymap.of([...searchKeymap, ...historyKeymap, { key: "Tab", run: tab, shift: indentLess }, ...defaultKeymap]),
      EditorView.domEventHandlers({
        mousemove: (event, view) => pointed(lineOf(view, event), "pointer"),
        mouseleave: () => pointed(null, "pointer"),
        blur: () => pointed(null, "cursor"),
        focus: (_, view) => pointed(cursorLine(view), "cursor"),
      }),
      EditorView.updateListener.of((update) => {
        const isTold = update.transactions.some((transaction) => transaction.annotation(told));
        if (update.docChanged && !isTold) tell("change", update.state.doc.toString());
        const lines = breakpointLines(update.state);
        if (String(lines) !== String(breakpointLines(update.startState)) && !update.transactions.some(breakpointsAt)) {
          tell("breakpoints", lines);
        }
        if (update.selectionSet && update.view.hasFocus) pointed(cursorLine(update.view), "cursor");
      }),
    ],
  });
  frame.append(keys);
  element.append(frame);

  const editor = {
    text: () => view.state.doc.toString(),
    set(text) {
      const change = difference(view.state.doc.toString(), text.replace(/\r\n?/g, "\n"));
      if (change.from === change.to && !change.insert) return;
      view.dispatch({ changes: change, annotations: [told.of(true), isolateHistory.of("full")] });
    },
    mark(marks) {
      const effects = setMarks(view.state, marks);
      if (effects.length) view.dispatch({ effects });
    },
    on(event, listener) {
      listeners[event] = listener;
    },
    go(number, column = 1) {
      const line = view.state.doc.line(Math.max(1, Math.min(number, view.state.doc.lines)));
      const at = line.from + [...line.text].slice(0, Math.max(0, column - 1)).join("").length;
      editor.select(at, at);
    },
    select(from, to) {
      const inside = (at) => Math.max(0, Math.min(at, view.state.doc.length));
      view.dispatch({ selection: { anchor: inside(from), head: inside(to) }, scrollIntoView: true });
      view.focus();
    },
    configure: (how) => view.dispatch({ effects: changing.reconfigure(settings(how)) }),
    focus: () => view.focus(),
    destroy() {
      view.destroy();
      frame.remove();
    },
  };
  if (options.marks) editor.mark(options.marks);
  return editor;
}
