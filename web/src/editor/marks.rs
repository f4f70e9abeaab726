//! What can be said of lines. Lines and columns are counted from 1, columns in characters, as Python does.

use serde_json::{Value, json};

/// All marks of an editor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The lines that run.
    pub running: Vec<Running>,
    /// Calls that wait.
    pub blocked: Vec<Blocked>,
    /// What went wrong.
    pub error: Option<Fault>,
    /// Lines with breakpoints.
    pub breakpoints: Vec<u32>,
    /// Lines that are pointed at elsewhere on the page.
    pub lit: Vec<u32>,
}

/// A thread is at a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The line.
    pub line: u32,
    /// The thread's name, which is shown where marks are of several threads.
    pub thread: String,
}

/// A call waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Its line.
    pub line: u32,
    /// The thread's name.
    pub thread: String,
    /// For what, in a few words: `recv, for 0.30 s`.
    pub text: String,
}

/// Something went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub line: u32,
    /// From which column; 0 is the whole line.
    pub column: u32,
    /// What: `SyntaxError: invalid syntax`.
    pub text: String,
}

/// A line that was come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointed {
    /// The line.
    pub line: u32,
    /// By the cursor, not by the pointer.
    pub by_cursor: bool,
}

/// Where the cursor is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The line; beyond the last is the last.
    pub line: u32,
    /// The column; beyond the line's end is its end.
    pub column: u32,
    /// Counted up, so that the same place can be asked for again.
    pub turn: u32,
}

impl Marks {
    /// As `web/editor/editor.js` takes them.
    pub(super) fn json(&self) -> Value {
        let running = self.running.iter().map(|mark| json!({ "line": mark.line, "thread": mark.thread }));
        let blocked = self
            .blocked
            .iter()
            .map(|mark| json!({ "line": mark.line, "thread": mark.thread, "text": mark.text }));
        let error = self
            .error
            .as_ref()
            .map(|fault| json!({ "line": fault.line, "column": fault.column, "text": fault.text }));
        json!({
            "running": running.collect::<Value>(),
            "blocked": blocked.collect::<Value>(),
            "error": error,
            "breakpoints": self.breakpoints,
            "lit": self.lit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn marks_are_told_whole() {
        let marks = Marks {
            running: vec![Running { line: 3, thread: "Thread-1".into() }],
            blocked: vec![Blocked {
                line: 17,
                thread: "MainThread".into(),
                text: "accept, for 0.30 s".into(),
            }],
            error: Some(Fault { line: 8, column: 10, text: "SyntaxError: '(' was never closed".into() }),
            breakpoints: vec![10, 17],
            lit: vec![12],
        };
        expect![[r#"{"blocked":[{"line":17,"text":"accept, for 0.30 s","thread":"MainThread"}],"breakpoints":[10,17],"error":{"column":10,"line":8,"text":"SyntaxError: '(' was never closed"},"lit":[12],"running":[{"line":3,"thread":"Thread-1"}]}"#]]
        .assert_eq(&marks.json().to_string());
    }

    #[test]
    fn no_mark_takes_the_old_ones_away() {
        expect![[r#"{"blocked":[],"breakpoints":[],"error":null,"lit":[],"running":[]}"#]]
            .assert_eq(&Marks::default().json().to_string());
    }
}
