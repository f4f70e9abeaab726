//! What waits at a moment, as data: connections at listening sockets, octets in the buffers of two ends, datagrams.
//!
//! ```text
//!   SYN --> [SYN queue: half open] --ACK--> [accept queue: backlog + 1 slots] --accept--> program
//!   send --> [not sent | in flight] ~~~~ network ~~~~> [out of order | unread | free] --recv--> program
//! ```

use crate::stage::story::{Cause, EndKind, Origin};
use crate::stage::{EndId, Role, Story};
use sockets::{Instant, State};

/// A connection on its way through the queues of a listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Child {
    end: EndId,
    /// In the SYN queue from, until.
    half_open: Option<(Instant, Option<Instant>)>,
    /// In the accept queue from, until.
    waiting: Option<(Instant, Option<Instant>)>,
}

/// A listening socket and all that came to it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Door {
    end: EndId,
    children: Vec<Child>,
    /// Reactions that tell of a queue that was full, and of cookies.
    events: Vec<usize>,
}

/// What does not depend on the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    doors: Vec<Door>,
    /// The ends whose buffers are shown.
    ends: Vec<EndId>,
    /// Sockets for datagrams.
    datagrams: Vec<EndId>,
    /// The most octets that any of the buffers ever had, or offered.
    most: u64,
}

/// A connection in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Which.
    pub end: EndId,
    /// The address of who opened it.
    pub label: String,
}

/// Something that happened at a full queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// When.
    pub at: Instant,
    /// The reaction.
    pub reaction: usize,
    /// The rule's name.
    pub rule: &'static str,
    /// What the rule says.
    pub says: &'static str,
    /// Where that is said.
    pub source: &'static str,
}

/// A listening socket at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The socket.
    pub end: EndId,
    /// Its host and address.
    pub name: String,
    /// Whether it listens now.
    pub open: bool,
    /// Half-open connections, oldest first; `None` where nobody can see them.
    pub half_open: Option<Vec<Token>>,
    /// Connections that wait for `accept`, oldest first. Where only their number is known they have no names.
    pub waiting: Vec<Option<Token>>,
    /// How many may wait: one more than the backlog.
    pub slots: Option<u32>,
    /// How many were accepted.
    pub accepted: usize,
    /// SYNs that were answered with a cookie.
    pub cookies: usize,
    /// Segments that were ignored because a queue was full.
    pub ignored: usize,
    /// The latest things that happened at a full queue, newest first.
    pub overflows: Vec<Overflow>,
}

/// A stretch of a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is: a class of the style sheet.
    pub class: &'static str,
    /// In words.
    pub says: &'static str,
    /// Octets.
    pub octets: u64,
}

/// A buffer at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Whose.
    pub end: EndId,
    /// The host's name.
    pub host: String,
    /// Whose colour it has.
    pub role: Role,
    /// What the buffer is for.
    pub name: &'static str,
    /// From the program's side to the network's, or the other way.
    pub parts: Vec<Part>,
}

/// The picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// Listening sockets.
    pub listening: Vec<Listening>,
    /// Buffers of both ends.
    pub buffers: Vec<Buffer>,
    /// How many octets the full width stands for.
    pub most: u64,
}

const IGNORED: [&str; 3] = ["accept-queue-full", "syn-queue-full", "abort-on-overflow"];
const COOKIE: &str = "syn-cookie";

impl Index {
    /// What concerns an end; of everything where none is chosen.
    pub fn of(story: &Story, end: Option<EndId>) -> Index {
        let end = end.or_else(|| story.connections().next());
        let peer = end.and_then(|end| story.end_of(end).peer);
        let ends: Vec<EndId> = [end, peer].into_iter().flatten().collect();
        let listens = |id: &EndId| story.end_of(*id).kind == EndKind::Listener;
        let own = ends.iter().find_map(|&id| Some(id).filter(listens).or(story.end_of(id).listener));
        let all = (0..story.ends.len()).map(EndId).filter(listens);
        let doors: Vec<EndId> = own.map_or_else(|| all.collect(), |own| vec![own]);
        let mut ends: Vec<EndId> = ends.into_iter().filter(|id| !listens(id)).collect();
        ends.sort_by_key(|id| (role(story, *id), *id));
        let datagram = |id: &EndId| {
            let end = story.end_of(*id);
            let told = end.samples.last().and_then(|_| story.sample(*id, story.end));
            end.kind == EndKind::Other
                && told.is_some_and(|sample| sample.state.is_none() && sample.receive_queue.is_some())
        };
        let mut index = Index {
            doors: doors.into_iter().map(|end| door(story, end)).collect(),
            ends,
            datagrams: (0..story.ends.len()).map(EndId).filter(datagram).collect(),
            most: 1,
        };
        for &id in index.ends.iter().chain(&index.datagrams) {
            let end = story.end_of(id);
            let moments =
                end.levels.iter().chain(&end.samples).map(|&record| story.log().records()[record].at);
            let sizes = moments.flat_map(|at| buffers(story, id, at)).map(|buffer| octets(&buffer));
            index.most = sizes.fold(index.most, u64::max);
        }
        index
    }
}

fn octets(buffer: &Buffer) -> u64 {
    buffer.parts.iter().map(|part| part.octets).sum()
}

fn role(story: &Story, id: EndId) -> Role {
    let host = story.end_of(id).host;
    story.players.iter().find(|player| player.host == host).map_or(Role::Client, |player| player.role)
}

fn door(story: &Story, id: EndId) -> Door {
    let closed = story
        .end_of(id)
        .states
        .iter()
        .rev()
        .find(|change| change.after == State::Closed)
        .map(|change| change.at);
    let child = |(place, end): (usize, &crate::stage::story::End)| {
        let half = end.states.iter().position(|change| change.after == State::SynReceived);
        let left = |place: usize| end.states.get(place + 1).map(|next| next.at);
        let open = end.states.iter().find(|change| change.after == State::Established);
        let until = end.accepted.or(closed);
        Child {
            end: EndId(place),
            half_open: half.map(|half| (end.states[half].at, left(half))),
            waiting: open.map(|open| (open.at, until)).or_else(|| {
                // A kernel tells of a connection only when it is accepted.
                end.accepted.filter(|_| half.is_none()).map(|at| (at, Some(at)))
            }),
        }
    };
    let children =
        story.ends.iter().enumerate().filter(|(_, end)| end.listener == Some(id)).map(child).collect();
    let mine =
        |end: Option<EndId>| end.is_some_and(|end| end == id || story.end_of(end).listener == Some(id));
    let told = |place: &usize| {
        let rule = story.reaction(*place).rule.name;
        mine(story.reactions[*place].end) && (IGNORED.contains(&rule) || rule == COOKIE)
    };
    Door { end: id, children, events: (0..story.reactions.len()).filter(told).collect() }
}

/// The picture of a moment.
pub fn scene(story: &Story, index: &Index, at: Instant) -> Scene {
    Scene {
        listening: index.doors.iter().map(|door| listening(story, door, at)).collect(),
        buffers: index.ends.iter().chain(&index.datagrams).flat_map(|&id| buffers(story, id, at)).collect(),
        most: index.most,
    }
}

fn listening(story: &Story, door: &Door, at: Instant) -> Listening {
    let end = story.end_of(door.end);
    let inside = |span: Option<(Instant, Option<Instant>)>| {
        span.is_some_and(|(from, until)| from <= at && until.is_none_or(|until| at < until))
    };
    let label = |end: EndId| {
        story.end_of(end).remote.map_or_else(|| "a peer".to_owned(), |remote| remote.to_string())
    };
    let token = |child: &Child| Token { end: child.end, label: label(child.end) };
    let half_open = door.children.iter().filter(|child| inside(child.half_open)).map(token).collect();
    let mut waiting: Vec<(Instant, Token)> = door
        .children
        .iter()
        .filter(|child| inside(child.waiting))
        .filter_map(|child| Some((child.waiting?.0, token(child))))
        .collect();
    waiting.sort_by_key(|(since, token)| (*since, token.end));
    let mut waiting: Vec<Option<Token>> = waiting.into_iter().map(|(_, token)| Some(token)).collect();
    let sample = story.sample(door.end, at).and_then(|sample| sample.accept);
    if let Some(queue) = sample.filter(|_| story.origin != Origin::Simulated) {
        waiting.resize(queue.queued as usize, None);
    }
    let happened = door.events.partition_point(|&reaction| story.reactions[reaction].at <= at);
    let events = &door.events[..happened];
    let is_cookie = |reaction: &&usize| story.reaction(**reaction).rule.name == COOKIE;
    let cookies = events.iter().filter(is_cookie).count();
    let overflow = |&reaction: &usize| {
        let rule = story.reaction(reaction).rule;
        Overflow {
            at: story.reactions[reaction].at,
            reaction,
            rule: rule.name,
            says: rule.says,
            source: rule.source,
        }
    };
    Listening {
        end: door.end,
        name: match end
            .local
            .or(story.sample(door.end, at).and_then(|sample| sample.local).map(|local| local.0))
        {
            Some(local) => format!("{}, {local}", story.name(end.host)),
            None => story.name(end.host).to_owned(),
        },
        open: story.state(door.end, at) == State::Listen,
        half_open: (story.origin == Origin::Simulated).then_some(half_open),
        waiting,
        slots: sample.map(|queue| queue.backlog.saturating_add(1)),
        accepted: door
            .children
            .iter()
            .filter(|child| story.end_of(child.end).accepted.is_some_and(|when| when <= at))
            .count(),
        cookies,
        ignored: events.len() - cookies,
        overflows: events.iter().rev().take(3).map(overflow).collect(),
    }
}

fn buffers(story: &Story, id: EndId, at: Instant) -> Vec<Buffer> {
    let end = story.end_of(id);
    let host = story.name(end.host).to_owned();
    let role = role(story, id);
    let buffer = |name, parts: Vec<Part>| Buffer { end: id, host: host.clone(), role, name, parts };
    let part = |class, says, octets: u32| Part { class, says, octets: u64::from(octets) };
    if let Some(levels) = story.levels(id, at) {
        if matches!(levels.state, State::Closed | State::SynSent) {
            return vec![buffer("send buffer", Vec::new()), buffer("receive buffer", Vec::new())];
        }
        let flight = levels.snd_nxt.since(levels.snd_una).min(levels.snd_end.since(levels.snd_una));
        return vec![
            buffer(
                "send buffer",
                vec![
                    part("unsent", "not sent", levels.snd_end.since(levels.snd_una) - flight),
                    part("flight", "in flight", flight),
                ],
            ),
            buffer(
                "receive buffer",
                vec![
                    part("island", "out of order", levels.out_of_order),
                    part("unread", "unread", levels.unread),
                    part("free", "window", levels.rcv_wnd.saturating_sub(levels.out_of_order)),
                ],
            ),
        ];
    }
    let Some(sample) = story.sample(id, at) else { return Vec::new() };
    if end.kind == EndKind::Other {
        let next = sample.receive_queue.filter(|_| sample.state.is_none());
        return next
            .map(|octets| buffer("next datagram", vec![part("unread", "unread", octets)]))
            .into_iter()
            .collect();
    }
    let mut told = Vec::new();
    told.extend(
        sample.send_queue.map(|octets| buffer("send buffer", vec![part("flight", "unacknowledged", octets)])),
    );
    told.extend(
        sample.receive_queue.map(|octets| buffer("receive buffer", vec![part("unread", "unread", octets)])),
    );
    told
}

/// The packet for which a queue had no room.
pub fn packet(story: &Story, overflow: &Overflow) -> Option<usize> {
    match story.reactions[overflow.reaction].cause {
        Some(Cause::Packet(packet)) => Some(packet),
        _ => None,
    }
}
