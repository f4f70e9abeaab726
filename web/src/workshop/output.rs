//! What a program printed, as a terminal would show it; of a traceback the program's own frames stay in sight, those of Python's library are
//! folded away.

use crate::number::grouped;
use lab::Printed;
use std::rc::Rc;
use yew::prelude::*;

/// Where CPython's library lies, for a program in the page.
const LIBRARY: &str = "/usr/lib/python3.";

/// What the output must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct OutputProps {
    /// The program's file.
    pub file: String,
    /// What it has printed last.
    pub printed: Rc<Vec<Printed>>,
    /// The octets that it printed before that.
    pub left_out: u64,
}

/// What a program printed.
#[component]
pub fn Output(props: &OutputProps) -> Html {
    let node = use_node_ref();
    let letters = props.left_out + props.printed.iter().map(|piece| piece.text.len() as u64).sum::<u64>();
    {
        let node = node.clone();
        use_effect_with(letters, move |_| {
            if let Some(element) = node.cast::<web_sys::Element>() {
                element.set_scroll_top(element.scroll_height());
            }
        });
    }
    html! {
        <div class="printed" ref={node} tabindex="0" role="log" aria-label={format!("Output of {}", props.file)}>
            if props.left_out > 0 {
                <span class="hint">{ format!("The first {} octets are left out.\n", grouped(props.left_out)) }</span>
            }
            { for parts(&props.printed).into_iter().map(|part| match part {
                Part::Text(text) => html! { <span>{ text }</span> },
                Part::Error(text) => html! { <span class="error">{ text }</span> },
                Part::Library { frames, text } => html! {
                    <details class="library">
                        <summary>{ if frames == 1 { "in Python's library".to_owned() } else { format!("in Python's library, {frames} frames") } }</summary>
                        <span class="error">{ text }</span>
                    </details>
                },
            }) }
        </div>
    }
}

/// A piece of what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Error(String),
    /// Frames of a traceback that follow each other, none of them the program's.
    Library {
        frames: usize,
        text: String,
    },
}

/// What is shown, in its order; nothing is lost or added.
fn parts(printed: &[Printed]) -> Vec<Part> {
    let mut parts = Vec::new();
    // A traceback comes in many pieces.
    for run in printed.chunk_by(|one, next| one.error == next.error) {
        let text: String = run.iter().map(|piece| piece.text.as_str()).collect();
        if run[0].error { folded(&text, &mut parts) } else { parts.push(Part::Text(text)) }
    }
    parts
}

/// What kind of line of a traceback it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// A frame's first, in the library or not.
    Frame {
        library: bool,
    },
    /// More of a frame: its text, the marks below it.
    More,
    Other,
}

/// Folds the library's frames of each traceback that has others too.
fn folded(text: &str, parts: &mut Vec<Part>) {
    let mut lines: Vec<(Line, &str)> = Vec::new();
    for line in text.split_inclusive('\n') {
        // Tracebacks of exception groups have a margin of bars.
        let bare = line.trim_start_matches([' ', '|']);
        let depth = line.len() - bare.len();
        let inside = matches!(lines.last(), Some((Line::Frame { .. } | Line::More, _)));
        let kind = match bare.strip_prefix("File \"") {
            Some(file) if depth >= 2 => Line::Frame { library: file.starts_with(LIBRARY) },
            _ if inside && (depth >= 4 || bare.starts_with("[Previous line repeated")) => Line::More,
            _ => Line::Other,
        };
        lines.push((kind, line));
    }
    for stack in lines.chunk_by(|one, next| (one.0 == Line::Other) == (next.0 == Line::Other)) {
        let has_own = stack.iter().any(|(kind, _)| *kind == Line::Frame { library: false });
        let mut library = false;
        for (kind, line) in stack {
            if let Line::Frame { library: now } = kind {
                library = *now && has_own;
            }
            let begins = usize::from(matches!(kind, Line::Frame { .. }));
            match parts.last_mut() {
                Some(Part::Library { frames, text }) if library && *kind != Line::Other => {
                    *frames += begins;
                    text.push_str(line);
                }
                _ if library && *kind != Line::Other => {
                    parts.push(Part::Library { frames: begins, text: (*line).to_owned() });
                }
                Some(Part::Error(text)) => text.push_str(line),
                _ => parts.push(Part::Error((*line).to_owned())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn pieces(printed: &[(bool, &str)]) -> Vec<Printed> {
        let piece = |&(error, text): &(bool, &str)| Printed {
            at: sockets::Instant::START,
            after: None,
            error,
            text: text.into(),
        };
        printed.iter().map(piece).collect()
    }

    fn check(printed: &[(bool, &str)], expected: Expect) {
        let printed = pieces(printed);
        let parts = parts(&printed);
        let whole: String = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) | Part::Error(text) | Part::Library { text, .. } => text.as_str(),
            })
            .collect();
        let given: String = printed.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(whole, given, "nothing is lost or added");
        let shown: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => format!("text\n{text}"),
                Part::Error(text) => format!("error\n{text}"),
                Part::Library { frames, text } => format!("library {frames}\n{text}"),
            })
            .collect();
        expected.assert_eq(&shown.concat());
    }

    const REFUSED: &str = r#"Traceback (most recent call last):
  File "/home/client/client.py", line 3, in <module>
    with socket.create_connection(("127.0.0.1", 5000)) as s:
         ~~~~~~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.14/socket.py", line 870, in create_connection
    raise exceptions[0]
  File "/usr/lib/python3.14/socket.py", line 855, in create_connection
    sock.connect(sa)
    ~~~~~~~~~~~~^^^^
ConnectionRefusedError: [Errno 111] Connection refused
"#;

    #[test]
    fn the_librarys_frames_are_folded_and_the_programs_stay() {
        check(
            &[(false, "begins\n"), (true, REFUSED), (false, "ends\n")],
            expect![[r#"
                text
                begins
                error
                Traceback (most recent call last):
                  File "/home/client/client.py", line 3, in <module>
                    with socket.create_connection(("127.0.0.1", 5000)) as s:
                         ~~~~~~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^
                library 2
                  File "/usr/lib/python3.14/socket.py", line 870, in create_connection
                    raise exceptions[0]
                  File "/usr/lib/python3.14/socket.py", line 855, in create_connection
                    sock.connect(sa)
                    ~~~~~~~~~~~~^^^^
                error
                ConnectionRefusedError: [Errno 111] Connection refused
                text
                ends
            "#]],
        );
    }

    #[test]
    fn a_traceback_in_pieces_is_folded_as_a_whole() {
        let mut small: Vec<(bool, &str)> = Vec::new();
        let (mut rest, mut size) = (REFUSED, 1);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(size.min(rest.len()));
            small.push((true, piece));
            (rest, size) = (after, size % 7 + 1);
        }
        assert_eq!(parts(&pieces(&small)), parts(&pieces(&[(true, REFUSED)])));
    }

    #[test]
    fn frames_of_the_library_alone_are_shown() {
        check(
            &[(true, "  File \"/usr/lib/python3.14/socket.py\", line 1, in f\n    g()\nOSError\n")],
            expect![[r#"
                error
                  File "/usr/lib/python3.14/socket.py", line 1, in f
                    g()
                OSError
            "#]],
        );
    }

    #[test]
    fn a_group_of_exceptions_is_folded_below_its_margin() {
        check(
            &[(
                true,
                r#"  + Exception Group Traceback (most recent call last):
  |   File "/home/c/c.py", line 9, in <module>
  |     asyncio.run(main())
  |   File "/usr/lib/python3.14/asyncio/runners.py", line 204, in run
  |     return runner.run(main)
  |   File "/home/c/c.py", line 5, in main
  |     f()
  |   [Previous line repeated 3 more times]
  | ExceptionGroup: two (1 sub-exception)
  +-+---------------- 1 ----------------
    | ValueError: no
    +------------------------------------
"#,
            )],
            expect![[r#"
                error
                  + Exception Group Traceback (most recent call last):
                  |   File "/home/c/c.py", line 9, in <module>
                  |     asyncio.run(main())
                library 1
                  |   File "/usr/lib/python3.14/asyncio/runners.py", line 204, in run
                  |     return runner.run(main)
                error
                  |   File "/home/c/c.py", line 5, in main
                  |     f()
                  |   [Previous line repeated 3 more times]
                  | ExceptionGroup: two (1 sub-exception)
                  +-+---------------- 1 ----------------
                    | ValueError: no
                    +------------------------------------
            "#]],
        );
    }
}
