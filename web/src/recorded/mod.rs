//! A session that really took place, kept as what page and bridge said to each other.
//!
//! The recording is a list of frames with their times. The page's half is the preset "Echo", so it is asked from the preset's
//! own runner; the bridge's half goes through the decoder and the reducer of a live session. The picture of it is drawn by
//! nothing but what draws the live ones.

use crate::live::{Act, Screen};
use lab::{Next, Runner};
use protocol::{Frame, Message, Reply};
use serde_json::Value as Json;
use sockets::{Call, CallId, Event, Instant};
use std::rc::Rc;
use yew::Reducible;

const ECHO: &str = include_str!("echo.json");

/// The preset "Echo" on Linux, recorded on loopback at a step every 0.7 seconds.
pub fn echo() -> Screen {
    replay(ECHO).expect("a test replays it")
}

fn replay(text: &str) -> Result<Screen, String> {
    let lines: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let script =
        lab::presets().into_iter().find(|script| script.id == "echo").ok_or("there is no such preset")?;
    let mut runner = Runner::new(script);
    let mut screen = Rc::new(Screen::default());
    // A frame is a `message` of the bridge, or else a request of the page.
    for line in lines.as_array().ok_or("it is no list")? {
        let at = Instant(line["at_us"].as_u64().ok_or("a frame without its time")?);
        let act = match line.get("message") {
            None => {
                let Next::Call(ready) = runner.next(&screen.sockets) else {
                    return Err(format!("no call is due at {} us", at.0));
                };
                let id = CallId(runner.made() as u32 + 1);
                runner.submitted(ready.step, id);
                let name = &runner.script().hosts[ready.host];
                let host = screen
                    .panes
                    .iter()
                    .find(|pane| pane.name == *name)
                    .ok_or("a host that is not there")?
                    .host;
                let call = Call { id, host, timeout: ready.timeout, op: ready.op };
                Act::Entered { at, call, name: ready.name, step: None }
            }
            Some(json) => {
                let payload = line["data"].as_str().map(|data| bytes::Bytes::from(data.to_owned()));
                let frame = Frame::new(json.to_string(), payload.as_ref());
                let event = match Message::decode(&frame).map_err(|bad| bad.to_string())? {
                    Message::Reply(Reply { id, outcome, took, note }) => {
                        Event::Returned { call: id, outcome, took, note }
                    }
                    Message::State { socket, sample } => Event::State { socket, sample },
                    _ => continue,
                };
                runner.observe(&event);
                Act::Happened { at, events: vec![event] }
            }
        };
        screen = screen.reduce(act);
    }
    Ok(Rc::unwrap_or_clone(screen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Request;
    use sockets::{OpKind, Phase};

    #[test]
    fn the_echo_is_whole() {
        let screen = replay(ECHO).expect("the recording can be read");
        let told = screen.log.read();
        let calls = told.log().calls();
        assert!(calls.iter().all(|line| line.back.is_some_and(|back| back.outcome.is_ok())));
        assert_eq!(calls.iter().filter(|line| line.call.op.kind() == OpKind::Close).count(), 3);
        assert!(screen.sockets.iter().all(|view| view.phase == Phase::Closed));
        let accept =
            calls.iter().find(|line| line.call.op.kind() == OpKind::Accept).expect("the server accepted");
        assert!(accept.back.is_some_and(|back| back.took.0 > 1_000_000), "it waited");
    }

    /// Whoever changes the preset must record it again.
    #[test]
    fn the_preset_makes_the_calls_that_were_recorded() {
        let lines: Vec<Json> = serde_json::from_str(ECHO).expect("it is JSON");
        let asked = lines.iter().filter_map(|line| {
            let data = line["data"].as_str().map(|data| bytes::Bytes::from(data.to_owned()));
            let frame = Frame::new(line.get("request")?.to_string(), data.as_ref());
            Some(Request::decode(&frame).expect("a request").op)
        });
        let screen = replay(ECHO).expect("the recording can be read");
        let made: Vec<_> = screen.log.read().log().calls().iter().map(|line| line.call.op.clone()).collect();
        assert_eq!(asked.collect::<Vec<_>>(), made);
    }
}
