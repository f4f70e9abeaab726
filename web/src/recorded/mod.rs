//! Sessions that really took place, kept as what page and bridge said to each other.
//!
//! A recording is a list of frames with their times; replaying it goes through the same decoder and the same reducer as a live
//! session, so that the picture of it is drawn by nothing but what draws the live ones.

use crate::live::{Act, Screen};
use protocol::{Frame, Message, Reply, Request};
use serde::Deserialize;
use serde_json::value::RawValue;
use sockets::{Call, Event, Instant};
use std::rc::Rc;
use yew::Reducible;

/// The preset "Echo" on Linux, recorded on loopback at a step every 0.7 seconds.
pub fn echo() -> Screen {
    replay(include_str!("echo.json")).expect("a test replays it")
}

/// One frame: a `request` of the page, or a `message` of the bridge.
#[derive(Deserialize)]
struct Line<'a> {
    at_us: u64,
    host: Option<&'a str>,
    #[serde(rename = "as")]
    name: Option<String>,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    data: Option<String>,
}

fn replay(text: &str) -> Result<Screen, String> {
    let lines: Vec<Line<'_>> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut screen = Rc::new(Screen::default());
    for line in lines {
        let at = Instant(line.at_us);
        let payload = line.data.map(bytes::Bytes::from);
        let frame = |json: &RawValue| Frame::new(json.get().to_owned(), payload.as_ref());
        if let Some(json) = line.request {
            let Request { id, timeout, op, .. } = Request::decode(&frame(json)).map_err(|bad| bad.why)?;
            let name = line.host.unwrap_or_default();
            let host =
                screen.panes.iter().find(|pane| pane.name == name).ok_or("a host that is not there")?.host;
            screen = screen.reduce(Act::Entered {
                at,
                call: Call { id, host, timeout, op },
                name: line.name,
                step: None,
            });
        }
        if let Some(json) = line.message {
            let event = match Message::decode(&frame(json)).map_err(|bad| bad.to_string())? {
                Message::Reply(Reply { id, outcome, took, note }) => {
                    Event::Returned { call: id, outcome, took, note }
                }
                Message::State { socket, sample } => Event::State { socket, sample },
                _ => continue,
            };
            screen = screen.reduce(Act::Happened { at, events: vec![event] });
        }
    }
    Ok(Rc::unwrap_or_clone(screen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockets::{OpKind, Phase};

    #[test]
    fn the_echo_is_whole() {
        let screen = replay(include_str!("echo.json")).expect("the recording can be read");
        let calls = screen.log.calls();
        assert!(calls.iter().all(|line| line.back.is_some_and(|back| back.outcome.is_ok())));
        assert_eq!(calls.iter().filter(|line| line.call.op.kind() == OpKind::Close).count(), 3);
        assert!(screen.sockets.iter().all(|view| view.phase == Phase::Closed));
        assert!(calls.iter().any(|line| line.call.op.kind() == OpKind::Accept
            && line.back.is_some_and(|back| back.took.0 > 1_000_000)));
    }
}
