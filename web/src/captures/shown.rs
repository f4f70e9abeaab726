//! One stream of a file on the stage, with what has to be said of a capture.

use super::words;
use crate::browser;
use crate::number::grouped;
use crate::stage::desk::{Desk, Subject};
use crate::stage::story::{Cast, Origin};
use crate::stage::{Player, Role, Story, Told};
use bytes::Bytes;
use core::net::SocketAddr;
use lab::capture::{Stream, tell};
use sockets::HostId;
use std::collections::BTreeMap;
use std::rc::Rc;
use yew::prelude::*;

/// A stream, ready to be shown.
#[derive(Debug)]
pub struct Shown {
    number: usize,
    title: String,
    began: Option<String>,
    notes: Vec<String>,
    told: Told,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        self.told == other.told
    }
}

impl Shown {
    /// Makes a story of a stream's packets, which are a pcapng file.
    pub fn of(number: usize, stream: &Stream, interface: String, packets: Vec<u8>) -> Shown {
        let capture = wire::capture::read(&Bytes::from(packets));
        let told = tell(&capture, stream.ends);
        let mut notes = Vec::new();
        let (taken, all) = (capture.packets.len() as u64, stream.all_packets());
        if taken < all {
            notes.push(format!(
                "The stream has {}. The first {} are shown. To see later ones, save a part of the file (editcap, or a display filter in \
                 Wireshark) and open that.",
                words::count(all, "segment", "segments"),
                grouped(taken)
            ));
        }
        notes.extend(told.notes);
        let [left, right] = names(stream.ends);
        let player = |host, name, role| Player { host: HostId(host), name, role };
        let cast = Cast {
            players: vec![player(0, left, Role::Client), player(1, right, Role::Server)],
            links: vec![interface],
            names: BTreeMap::new(),
            octets: told.octets,
        };
        Shown {
            number,
            title: words::ends(stream),
            began: words::date(told.began),
            notes,
            told: Told::new(Story::of(Rc::new(told.log), cast, Origin::Captured)),
        }
    }
}

/// What the columns are called: the addresses, with ports where they would else be the same.
fn names(ends: [SocketAddr; 2]) -> [String; 2] {
    if ends[0].ip() == ends[1].ip() {
        ends.map(|end| end.to_string())
    } else {
        ends.map(|end| end.ip().to_string())
    }
}

/// What it must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct ShownStreamProps {
    /// The file's name.
    pub file: AttrValue,
    /// The stream.
    pub shown: Rc<Shown>,
    /// Back to the table.
    pub on_back: Callback<()>,
}

/// The stream.
#[component]
pub fn ShownStream(props: &ShownStreamProps) -> Html {
    let heading = use_node_ref();
    {
        let heading = heading.clone();
        use_effect_with((), move |()| browser::focus(&heading, false));
    }
    let Shown { number, title, began, notes, told } = &*props.shown;
    let onclick = props.on_back.reform(|_| ());
    let is_empty = told.packets.is_empty();
    html! {
        <section class="cap-stream" aria-label={format!("Stream {}", number + 1)}>
            <p class="way-back">
                <button type="button" class="quiet" {onclick}>{ format!("All streams of {}", props.file) }</button>
            </p>
            <h2 ref={heading} tabindex="-1">{ format!("Stream {}: {title}", number + 1) }</h2>
            <p class="cap-honest">
                if let Some(began) = began { { format!("It begins at {began}. ") } }
                { "A capture is what one place saw: each segment is drawn level, at the moment at which it was seen there. When it was sent and \
                   whether it arrived, the file does not say. States are inferred, as if each segment arrived at that moment." }
            </p>
            if !notes.is_empty() {
                <ul class="cap-notes">{ for notes.iter().map(|note| html! { <li>{ note }</li> }) }</ul>
            }
            if is_empty {
                <p class="notice">{ "No packet of this stream could be read." }</p>
            } else {
                <Desk subject={Subject::Story(told.clone())} />
            }
        </section>
    }
}
