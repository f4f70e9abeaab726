//! What the story knows around one packet and its octets do not say: who stands at both ends, from where numbers count, how windows are
//! scaled.

use crate::stage::story::{EndId, Origin, Role};
use crate::stage::{Numbers, Story};
use sockets::{Levels, Trace, What};
use std::rc::Rc;
use wire::Seq;

/// The surroundings of one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// The packet.
    pub packet: usize,
    /// What the connection's end that sent it is called, or who put it on the link.
    pub sender: Rc<str>,
    /// Who is at the other end of the link.
    pub receiver: Rc<str>,
    /// Whose colour the sender has.
    pub sender_role: Role,
    /// Whose colour the receiver has.
    pub receiver_role: Role,
    /// The initial sequence numbers of sender and receiver; zeros where they are not known.
    pub bases: (Seq, Seq),
    /// How numbers are written.
    pub numbers: Numbers,
    /// By how many bits the sender's windows are shifted; `None` where the story does not have the SYNs.
    pub scale: Option<u8>,
    /// The variables of the sender before it sent this, if they are known.
    pub levels: Option<Levels>,
    /// SND.NXT before it sent this: other segments may have left since the levels were told.
    pub snd_nxt: Option<Seq>,
    /// Whether it was captured: then a wrong checksum need not have been on the wire.
    pub captured: bool,
    /// Whether its octets were sent before.
    pub repeats: bool,
    /// Why it was sent, as far as the story says.
    pub why: Option<String>,
}

impl Around {
    /// Of a packet of the story.
    pub fn of(story: &Story, packet: usize, numbers: Numbers) -> Around {
        let mut origin = packet;
        while let (None, Some(before)) = (story.packets[origin].source, story.packets[origin].forwarded) {
            origin = before;
        }
        let source = story.packets[origin].source;
        let (from, to) = (story.packets[origin].from, story.packets[packet].to);
        let role = |host| {
            story.players.iter().find(|player| player.host == host).map_or(Role::Router, |player| player.role)
        };
        let (mut sender, mut receiver) = (called(story.name(from)), called(story.name(to)));
        if from == to {
            // A host that talks to itself: the sockets' ports tell its two sides apart.
            sender.push_str(" (this side)");
            receiver.push_str(" (the other side)");
        }
        let record = story.packets[origin].record;
        let cause = cause(story, record);
        // What a host tells of one turn, its variables after it included, comes before what it sends in it.
        let turn = cause.as_ref().map_or_else(
            || story.log().records().partition_point(|before| before.at < story.packets[origin].sent),
            |(place, _)| *place,
        );
        let levels = source.and_then(|end| {
            let told = &story.ends[end.0].levels;
            let count = told.partition_point(|&place| place < turn);
            let place = *told.get(count.checked_sub(1)?)?;
            Some((place, *story.levels_of(place)?))
        });
        let snd_nxt = source.and_then(|end| snd_nxt(story, end, origin, levels));
        Around {
            packet,
            sender: sender.into(),
            receiver: receiver.into(),
            sender_role: role(from),
            receiver_role: role(to),
            bases: story.bases(packet),
            numbers,
            scale: source.map_or(Some(0), |end| scale(story, end)),
            levels: levels.map(|(_, levels)| levels),
            snd_nxt,
            captured: story.origin == Origin::Captured,
            repeats: story.packets[origin].repeats.is_some(),
            why: cause.map(|(_, why)| why),
        }
    }

    /// A number of the sender's stream, as numbers are to be written.
    pub fn number(&self, seq: Seq) -> String {
        self.written(seq, self.bases.0)
    }

    /// A number of the receiver's stream.
    pub fn acknowledged(&self, seq: Seq) -> String {
        self.written(seq, self.bases.1)
    }

    fn written(&self, seq: Seq, base: Seq) -> String {
        match self.numbers {
            Numbers::Relative => seq.since(base).to_string(),
            Numbers::Absolute => seq.0.to_string(),
        }
    }
}

/// A host as a sentence calls it: "the client", but a proper name as it is.
pub fn called(name: &str) -> String {
    const COMMON: [&str; 12] = [
        "client", "server", "router", "host", "machine", "peer", "attacker", "proxy", "gateway", "sender",
        "receiver", "nat",
    ];
    if COMMON.contains(&name) { format!("the {name}") } else { name.to_owned() }
}

/// SND.NXT before a packet leaves: as the levels say, and beyond what left since they were told.
fn snd_nxt(story: &Story, end: EndId, packet: usize, levels: Option<(usize, Levels)>) -> Option<Seq> {
    let (told, levels) = levels?;
    let sent = &story.ends[end.0].sent;
    let before = sent.partition_point(|&other| other < packet);
    let since = sent[..before].iter().rev().take_while(|&&other| story.packets[other].record > told);
    Some(
        since
            .filter_map(|&other| story.segment(other))
            .fold(levels.snd_nxt, |next, segment| next.latest(segment.end())),
    )
}

/// The window scale of an end: that of its SYN, if the SYN of the other end offers one too (RFC 7323, 2.2).
fn scale(story: &Story, end: EndId) -> Option<u8> {
    let offer = |end: EndId| {
        let first = story.segment(*story.ends[end.0].sent.first()?)?;
        first.flags.syn().then(|| first.options.window_scale())
    };
    match (offer(end)?, offer(story.ends[end.0].peer?)?) {
        (Some(scale), Some(_)) => Some(scale.min(14)),
        _ => Some(0),
    }
}

/// What made the sender send, and where in the Log it is: the call, timer or arrival just before, at the same moment.
fn cause(story: &Story, record: usize) -> Option<(usize, String)> {
    let records = story.log().records();
    let at = records[record].at;
    for place in (0..record).rev().take_while(|&place| records[place].at == at) {
        let why = match &records[place].what {
            What::Entered(call) => format!("the program called {}", call.op.kind().name()),
            What::Trace(Trace::Fired { timer, .. }) => format!("the {} timer fired", timer.name()),
            What::Trace(Trace::Arrived { .. }) => "a segment arrived".to_owned(),
            _ => continue,
        };
        return Some((place, why));
    }
    None
}
