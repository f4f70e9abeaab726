//! The whole session as one Python program, to copy or to keep.

use super::copy::Copy;
use super::{DeskProps, wording};
use sockets::python::{bytes_literal, program};
use std::fmt::Write;
use yew::prelude::*;

/// The most letters that a program spends on payload.
const LONGEST: usize = 65_536;

/// The program, shown when asked for.
#[component]
pub fn Program(props: &DeskProps) -> Html {
    let open = use_state(|| false);
    let screen = &props.desk.screen;
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let told = screen.log.read();
    let calls = if *open { told.log().calls() } else { Vec::new() };
    let empty = calls.is_empty();
    let payloads = || calls.iter().filter_map(|line| line.call.op.payload());
    let too_long = payloads().map(|data| bytes_literal(data).len()).sum::<usize>() > LONGEST;
    let text = if *open && !too_long {
        program(told.log(), &screen.names, |host| screen.host_name(host))
    } else {
        String::new()
    };
    html! {
        <section class="program" aria-label="As Python">
            <h2>
                <button type="button" aria-expanded={open.to_string()} aria-controls="session-program" onclick={toggle}>
                    { "This session as Python" }
                </button>
            </h2>
            <div id="session-program" hidden={!*open}>
                if *open {
                    if empty {
                        <p>{ "No call was made yet." }</p>
                    } else if too_long {
                        <p>
                            { format!("This session sends {}, and a program would have to spell them all out: that is more than anybody \
                                       could read or copy.", wording::octets(payloads().map(|data| data.len() as u64).sum())) }
                        </p>
                    } else {
                        <p>
                            { "It makes the same calls in the same order; what ran side by side runs in threads. Run it with " }
                            <code>{ "python3 session.py" }</code>{ "." }
                        </p>
                        <p class="tools">
                            <Copy text={text.clone()} what="the program" />
                            <a class="button" download="session.py" href={format!("data:text/x-python;charset=utf-8,{}", in_address(&text))}>
                                { "Save session.py" }
                            </a>
                        </p>
                        <pre tabindex="0" aria-label="The program"><code>{ text }</code></pre>
                    }
                }
            </div>
        </section>
    }
}

/// A text as it may stand in an address (RFC 3986, 2.1).
fn in_address(text: &str) -> String {
    let mut address = String::with_capacity(text.len() * 3 / 2);
    for octet in text.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                address.push(char::from(octet))
            }
            _ => {
                let _ = write!(address, "%{octet:02X}");
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::in_address;

    #[test]
    fn a_text_survives_in_an_address() {
        assert_eq!(in_address("a = b'ä'\n"), "a%20%3D%20b%27%C3%A4%27%0A");
    }
}
