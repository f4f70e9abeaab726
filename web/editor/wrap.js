// A line that is too long goes on below, further in than it began: Python is read by its indentation.

import { RangeSetBuilder } from "@codemirror/state";
import { Decoration, ViewPlugin } from "@codemirror/view";

const MOST = 40; // columns; beyond that nothing would be left of a narrow pane
const made = new Map();

function hanging(columns) {
  if (!made.has(columns)) made.set(columns, Decoration.line({ attributes: { style: `--indent: ${columns}` } }));
  return made.get(columns);
}

function indents(view) {
  const builder = new RangeSetBuilder();
  const size = view.state.tabSize;
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      const blank = /^[ \t]*/.exec(line.text)[0];
      // A tab is as wide as it is only at the beginning of a line that is not set in.
      const columns = [...blank].reduce((sum, letter) => (letter === "\t" ? sum - (sum % size) + size : sum + 1), 0);
      if (!blank.includes("\t")) builder.add(line.from, line.from, hanging(Math.min(columns, MOST)));
      at = line.to + 1;
    }
  }
  return builder.finish();
}

export const hangingIndent = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.decorations = indents(view);
    }
    update(update) {
      if (update.docChanged || update.viewportChanged) this.decorations = indents(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
