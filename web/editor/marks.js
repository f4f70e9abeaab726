// Marks on lines: what runs, what waits, what went wrong, breakpoints, and what is pointed at elsewhere. They move with the text.

import { RangeSet, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, WidgetType, gutter } from "@codemirror/view";

const showDoing = StateEffect.define(); // {running, blocked, error}
const showLit = StateEffect.define(); // lines
const putBreakpoints = StateEffect.define(); // lines, from the page
const flipBreakpoint = StateEffect.define(); // a line, by a person

class Sign extends GutterMarker {
  constructor(kind) {
    super();
    this.kind = kind;
    this.elementClass = `cm-has-${kind}`;
  }
  eq(other) {
    return other.kind === this.kind;
  }
  toDOM() {
    const sign = document.createElement("span");
    sign.className = `cm-sign ${this.kind}`;
    return sign;
  }
}
const BREAKPOINT = new Sign("breakpoint");
const SIGNS = { running: new Sign("running"), blocked: new Sign("blocked"), error: new Sign("error") };

// A few words: at the end of a line, or below it.
class Words extends WidgetType {
  constructor(kind, text) {
    super();
    this.kind = kind;
    this.text = text;
  }
  eq(other) {
    return other.kind === this.kind && other.text === this.text;
  }
  toDOM() {
    const words = document.createElement(this.kind === "error" ? "div" : "span");
    words.className = `cm-words ${this.kind}`;
    words.textContent = this.text;
    return words;
  }
  // "for 0.30 s" counts up many times a second: the same element goes on.
  updateDOM(element) {
    if (!element.classList.contains(this.kind)) return false;
    element.textContent = this.text;
    return true;
  }
  ignoreEvent() {
    return false;
  }
}

// Python counts characters, CodeMirror units of UTF-16.
const offset = (text, characters) => [...text].slice(0, characters).join("").length;

const lineAt = (doc, number) => (Number.isInteger(number) && number >= 1 && number <= doc.lines ? doc.line(number) : null);

function drawn(doc, { running = [], blocked = [], error = null }) {
  const marks = [];
  const signs = new Map();
  const add = (kind, line) => {
    marks.push(Decoration.line({ class: `cm-at-${kind}` }).range(line.from));
    signs.set(line.from, SIGNS[kind]);
  };
  const many = new Set([...running, ...blocked].map((mark) => mark.thread)).size > 1;
  const bubble = (kind, line, thread, text) => {
    const said = [many && thread, text].filter(Boolean).join(": ");
    if (said) marks.push(Decoration.widget({ widget: new Words(kind, said), side: 1 }).range(line.to));
  };
  for (const { line: number, thread, text } of blocked) {
    const line = lineAt(doc, number);
    if (!line) continue;
    add("blocked", line);
    bubble("blocked", line, thread, text);
  }
  for (const { line: number, thread } of running) {
    const line = lineAt(doc, number);
    if (!line) continue;
    add("running", line);
    bubble("running", line, thread, "");
  }
  const line = error && lineAt(doc, error.line);
  if (line) {
    add("error", line);
    const indent = line.text.length - line.text.trimStart().length;
    const from = error.column ? Math.min(offset(line.text, error.column - 1), line.length) : indent;
    const to = error.column ? from + (/^(\w+|.)?/u.exec(line.text.slice(from))[0].length || 0) : line.text.trimEnd().length;
    if (to > from) marks.push(Decoration.mark({ class: "cm-wrong" }).range(line.from + from, line.from + to));
    if (error.text) marks.push(Decoration.widget({ widget: new Words("error", error.text), side: 2, block: true }).range(line.to));
  }
  return {
    marks: Decoration.set(marks, true),
    signs: RangeSet.of([...signs].map(([from, sign]) => sign.range(from)), true),
    error: Boolean(line),
  };
}

const doing = StateField.define({
  create: () => ({ marks: Decoration.none, signs: RangeSet.empty, told: {}, error: false }),
  update(value, transaction) {
    if (transaction.docChanged) {
      value = { ...value, marks: value.marks.map(transaction.changes), signs: value.signs.map(transaction.changes) };
    }
    for (const effect of transaction.effects) {
      if (effect.is(showDoing)) value = { ...drawn(transaction.state.doc, effect.value), told: effect.value };
    }
    return value;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (value) => value.marks),
    EditorView.contentAttributes.from(field, (value) => (value.error ? { "aria-invalid": "true" } : {})),
  ],
});

const lit = StateField.define({
  create: () => ({ marks: Decoration.none, told: [] }),
  update(value, transaction) {
    if (transaction.docChanged) value = { ...value, marks: value.marks.map(transaction.changes) };
    for (const effect of transaction.effects) {
      if (!effect.is(showLit)) continue;
      const lines = effect.value.map((number) => lineAt(transaction.state.doc, number)).filter(Boolean);
      const marks = Decoration.set(lines.map((line) => Decoration.line({ class: "cm-lit" }).range(line.from)), true);
      value = { marks, told: effect.value };
    }
    return value;
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.marks),
});

// One on a line, at its beginning: two lines that become one keep one.
function tidy(set, doc) {
  const builder = new RangeSetBuilder();
  let last = -1;
  set.between(0, doc.length, (from) => {
    const at = doc.lineAt(from).from;
    if (at > last) builder.add(at, at, BREAKPOINT);
    last = at;
  });
  return builder.finish();
}

const stops = StateField.define({
  create: () => RangeSet.empty,
  update(value, transaction) {
    const { doc } = transaction.state;
    if (transaction.docChanged && value.size) value = tidy(value.map(transaction.changes), doc);
    for (const effect of transaction.effects) {
      if (effect.is(putBreakpoints)) {
        const lines = [...new Set(effect.value)].map((number) => lineAt(doc, number)).filter(Boolean);
        value = RangeSet.of(lines.map((line) => BREAKPOINT.range(line.from)), true);
      } else if (effect.is(flipBreakpoint)) {
        const at = doc.line(effect.value).from;
        const was = value.size;
        value = value.update({ filter: (from) => from !== at });
        if (value.size === was) value = value.update({ add: [BREAKPOINT.range(at)] });
      }
    }
    return value;
  },
});

// The lines with breakpoints, in their order.
export function breakpointLines(state) {
  const lines = [];
  state.field(stops).between(0, state.doc.length, (from) => void lines.push(state.doc.lineAt(from).number));
  return lines;
}

// Whether it was the page that set them.
export const breakpointsAt = (transaction) => transaction.effects.some((effect) => effect.is(putBreakpoints));

// A person sets a breakpoint, or takes it away.
export function toggleBreakpoint(view, number) {
  const isThere = breakpointLines(view.state).includes(number);
  const said = isThere ? `No breakpoint any more on line ${number}` : `Breakpoint on line ${number}`;
  view.dispatch({ effects: [flipBreakpoint.of(number), EditorView.announce.of(said)] });
}

const differs = (one, other) => JSON.stringify(one) !== JSON.stringify(other);

// The effects that show these marks: none for what is shown already.
export function setMarks(state, { running, blocked, error, breakpoints, lit: lines }) {
  const effects = [];
  const before = state.field(doing).told;
  if (running !== undefined || blocked !== undefined || error !== undefined) {
    const now = {
      running: (running === undefined ? before.running : running) ?? [],
      blocked: (blocked === undefined ? before.blocked : blocked) ?? [],
      error: (error === undefined ? before.error : error) ?? null,
    };
    if (differs(now, { running: [], blocked: [], error: null, ...before })) effects.push(showDoing.of(now));
    if (now.error && differs(now.error, before.error ?? null)) {
      effects.push(EditorView.announce.of(`Line ${now.error.line}: ${now.error.text}`));
    }
  }
  if (breakpoints !== undefined && differs(breakpoints ?? [], breakpointLines(state))) {
    effects.push(putBreakpoints.of(breakpoints ?? []));
  }
  if (lines !== undefined && differs(lines ?? [], state.field(lit).told)) effects.push(showLit.of(lines ?? []));
  return effects;
}

// All of it, with the gutter for signs; `toggle(view, line)` is what a click in that gutter does.
export const marking = (toggle) => [
  doing,
  lit,
  stops,
  gutter({
    class: toggle ? "cm-signs clickable" : "cm-signs",
    markers: (view) => [view.state.field(stops), view.state.field(doing).signs],
    renderEmptyElements: Boolean(toggle), // to be hovered
    initialSpacer: () => BREAKPOINT,
    domEventHandlers: toggle ? { mousedown: toggle } : {},
  }),
];
