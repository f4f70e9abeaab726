//! The sequence space of one direction at one moment, as data: rows of octets over one ruler.
//!
//! ```text
//!   Sends     | send 3000             | send 500 |            what the program gave, call by call
//!   Sender    |acknowledged| in flight |written| may be sent | not yet
//!   Segments  | 1448 | 1448 | 1448 |x 1448 x| ...              what TCP made of it
//!                 \      \      lost                           under way: see `flights`
//!   Receiver  |read |unread |       |island|   window   |
//!   Reads     | recv 1000 | recv 1000 |                        what the other program got, call by call
//! ```

use super::index::{Index, Run, Sent};
use crate::stage::{Focus, Story, Thing};
use sockets::{Instant, Levels};

/// A row of the picture, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// What the program gave to send.
    Sends,
    /// What the sender may do with each number.
    Sender,
    /// Which segments carried it.
    Segments,
    /// What the receiver has and would take.
    Receiver,
    /// What the receiver's program took.
    Reads,
}

/// A run of numbers that is one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Where.
    pub row: Row,
    /// Which line of the row.
    pub lane: u8,
    /// Its numbers.
    pub run: Run,
    /// What it is: a class of the style sheet.
    pub class: &'static str,
    /// What is written in it, if it fits.
    pub label: String,
    /// What is pointed at with it.
    pub thing: Option<Thing>,
    /// Whether it lights up.
    pub lit: bool,
}

/// A variable that points to a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The sender's or the receiver's row.
    pub row: Row,
    /// What it is called.
    pub name: &'static str,
    /// The number.
    pub at: u64,
}

/// What stays as it is while segments are on their way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The numbers that are shown.
    pub shown: Run,
    /// Everything in rows.
    pub blocks: Vec<Block>,
    /// The variables.
    pub marks: Vec<Mark>,
    /// Numbers that light up, in all rows.
    pub lit: Vec<Run>,
}

/// A segment or an ACK on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// The packet.
    pub packet: usize,
    /// Its numbers; an ACK points to one only.
    pub run: Run,
    /// How much of its way is behind it, 0 to 1. An ACK goes up.
    pub part: f64,
    /// Whether it is an ACK.
    pub ack: bool,
    /// Whether it will not come.
    pub lost: bool,
    /// Whether it was sent before.
    pub again: bool,
}

/// The variables of both sides at a moment, counted from the initial sequence number. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// SND.UNA.
    pub una: Option<u64>,
    /// SND.NXT.
    pub nxt: Option<u64>,
    /// The number after the last octet that the program gave.
    pub written: Option<u64>,
    /// SND.UNA + SND.WND.
    pub edge: Option<u64>,
    /// SND.UNA and as many octets as cwnd has.
    pub cwnd: Option<u64>,
    /// RCV.NXT.
    pub next: Option<u64>,
    /// RCV.NXT + RCV.WND.
    pub room: Option<u64>,
    /// The number after the last octet that the receiver's program took.
    pub read: u64,
    /// What lies out of order at the receiver.
    pub islands: Vec<Run>,
    /// What the latest SACK reports to the sender.
    pub sacked: Vec<Run>,
}

impl Sides {
    /// What is known at a moment.
    pub fn at(story: &Story, index: &Index, at: Instant) -> Sides {
        let heard = index.heard(at);
        let sender = story.levels(index.from, at);
        let receiver = index.to.and_then(|to| story.levels(to, at));
        let count = |seq| index.counted(seq);
        let open = |levels: &&Levels| levels.state != sockets::State::SynSent;
        let (held, islands) = index.held(at);
        let una = sender.and_then(|levels| count(levels.snd_una)).or(heard.map(|heard| heard.1));
        let sent = index.sent_until(at);
        let next = match receiver.filter(open) {
            Some(levels) => count(levels.rcv_nxt),
            None => Some(held).filter(|next| *next > 0),
        };
        let reads = index.to.map_or(&[][..], |to| &story.end_of(to).read);
        let read = reads[..reads.partition_point(|piece| piece.at <= at)].last().map_or(0, |piece| piece.end);
        let beyond = |run: &Run| (run.0.max(next.unwrap_or(0)), run.1);
        let kept = receiver.is_none_or(|levels| levels.out_of_order > 0);
        let sacked = heard.map(|(ack, ..)| ack.blocks.clone()).unwrap_or_default();
        Sides {
            una,
            nxt: sender.and_then(|levels| count(levels.snd_nxt)).or((sent > 0).then_some(sent)),
            written: sender.and_then(|levels| count(levels.snd_end)),
            edge: match sender.filter(open) {
                Some(levels) => una.map(|una| una + u64::from(levels.snd_wnd)),
                None => heard.map(|heard| heard.2),
            },
            cwnd: sender
                .filter(open)
                .and_then(|levels| Some(una? + u64::from(levels.cwnd) * u64::from(levels.mss))),
            next,
            room: receiver.filter(open).and_then(|levels| Some(next? + u64::from(levels.rcv_wnd))),
            read: 1 + read,
            islands: if kept {
                islands.iter().map(beyond).filter(|run| run.0 < run.1).collect()
            } else {
                Vec::new()
            },
            sacked: sacked.into_iter().filter(|block| una.is_none_or(|una| block.0 >= una)).collect(),
        }
    }
}

/// The numbers that are shown when nobody chose others: all of a short stream; of a long one a stretch in which the window lies, which
/// stays until the window has left half of it.
pub fn follow(index: &Index, sides: &Sides) -> Run {
    const LEAST: u64 = 8;
    let all = index.total.max(LEAST);
    let stretch = (index.most_in_flight * 5 / 2).max(12 * index.longest()).max(LEAST);
    if all <= stretch * 3 / 2 {
        return (0, all + all.div_ceil(12));
    }
    let half = stretch / 2;
    let begin = (sides.una.unwrap_or(0) / half).saturating_sub(1) * half + half / 2;
    (begin, begin + stretch)
}

/// The picture of a moment, of these numbers.
pub fn scene(story: &Story, index: &Index, sides: &Sides, shown: Run, at: Instant, focus: &Focus) -> Scene {
    let mut scene = Scene { shown, ..Scene::default() };
    scene.lit = lit_runs(index, focus);
    sends(&mut scene, story, index, at, focus);
    sender(&mut scene, index, sides);
    segments(&mut scene, index, sides, at, focus);
    receiver(&mut scene, index, sides);
    reads(&mut scene, story, index, at, focus);
    scene.blocks.retain(|block| block.run.0 < shown.1 && block.run.1 > shown.0);
    for (row, name, at) in [
        (Row::Sender, "SND.UNA", sides.una),
        (Row::Sender, "SND.NXT", sides.nxt),
        (Row::Sender, "SND.UNA + SND.WND", sides.edge),
        (Row::Sender, "SND.UNA + cwnd", sides.cwnd),
        (Row::Receiver, "RCV.NXT", sides.next),
        (Row::Receiver, "RCV.NXT + RCV.WND", sides.room),
    ] {
        scene.marks.extend(at.map(|at| Mark { row, name, at }));
    }
    scene
}

fn lit_runs(index: &Index, focus: &Focus) -> Vec<Run> {
    let runs = focus.octets.iter().filter(|(from, ..)| *from == index.from);
    let runs = runs.filter_map(|&(_, first, end)| Some((index.counted(first)?, index.counted(end)?)));
    runs.filter(|run| run.0 < run.1).collect()
}

fn sends(scene: &mut Scene, story: &Story, index: &Index, at: Instant, focus: &Focus) {
    let pieces = &story.end_of(index.from).wrote;
    let begin = pieces.partition_point(|piece| piece.end < scene.shown.0);
    for piece in pieces[begin..].iter().take_while(|piece| piece.first + 1 < scene.shown.1) {
        if story.calls[piece.call].entered > at {
            break;
        }
        let under_way = piece.at > at;
        let octets = piece.end - piece.first;
        scene.blocks.push(Block {
            row: Row::Sends,
            lane: 0,
            run: (piece.first + 1, piece.end + 1),
            class: if under_way { "piece waits" } else { "piece" },
            label: if under_way { format!("send {octets}, waits") } else { format!("send {octets}") },
            thing: Some(Thing::Call(piece.call)),
            lit: focus.calls.contains(&piece.call),
        });
    }
}

fn sender(scene: &mut Scene, index: &Index, sides: &Sides) {
    let (Some(una), nxt) = (sides.una, sides.nxt.unwrap_or(0)) else { return };
    let nxt = nxt.max(una);
    let written = sides.written.unwrap_or(nxt).max(nxt);
    let edge = sides.edge.unwrap_or(nxt).max(una);
    band(scene, index, Row::Sender, (0, una), "acked", "acknowledged");
    band(scene, index, Row::Sender, (una, nxt), "flight", "in flight");
    band(scene, index, Row::Sender, (nxt, edge), "may", "may be sent");
    band(scene, index, Row::Sender, (nxt.max(edge), u64::MAX), "closed", "not yet");
    band(scene, index, Row::Sender, (nxt, written), "written", "written");
    for &run in &sides.sacked {
        band(scene, index, Row::Sender, run, "sacked", "SACK");
    }
}

fn receiver(scene: &mut Scene, index: &Index, sides: &Sides) {
    let Some(next) = sides.next else { return };
    let read = sides.read.min(next);
    band(scene, index, Row::Receiver, (0, read), "read", "read by the program");
    band(scene, index, Row::Receiver, (read, next), "unread", "unread");
    if let Some(room) = sides.room {
        band(scene, index, Row::Receiver, (next, room), "may", "window");
        band(scene, index, Row::Receiver, (room.max(next), u64::MAX), "closed", "outside");
    }
    for &run in &sides.islands {
        band(scene, index, Row::Receiver, run, "island", "out of order");
    }
}

fn band(scene: &mut Scene, index: &Index, row: Row, run: Run, class: &'static str, label: &str) {
    let run = (run.0.max(scene.shown.0), run.1.min(scene.shown.1));
    if run.0 >= run.1 {
        return;
    }
    let octets = index.absolute(run.0).zip(index.absolute(run.1));
    let thing = octets.map(|(first, end)| Thing::Octets { from: index.from, first, end });
    let thing = thing.filter(|_| !matches!(class, "may" | "closed"));
    scene.blocks.push(Block { row, lane: 0, run, class, label: label.to_owned(), thing, lit: false });
}

/// More segments than this in one row are drawn as one where they touch and are alike.
const MOST: usize = 400;

fn segments(scene: &mut Scene, index: &Index, sides: &Sides, at: Instant, focus: &Focus) {
    let shown: Vec<&Sent> = index.within(scene.shown, at).map(|place| &index.sent[place]).collect();
    let many = shown.len() > MOST;
    let begin = scene.blocks.len();
    for sent in shown {
        let lit = focus.packets.contains(&sent.packet);
        let class = if sent.arrives.is_none() && at >= sent.over {
            "segment lost"
        } else if sides.una.is_some_and(|una| sent.run.1 <= una) {
            "segment done"
        } else if at >= sent.over {
            "segment there"
        } else {
            "segment away"
        };
        let like = |block: &Block| {
            block.class == class && block.lane == sent.again && block.run.1 == sent.run.0 && !block.lit
        };
        if let Some(block) = scene.blocks[begin..].last_mut().filter(|block| many && !lit && like(block)) {
            block.run.1 = sent.run.1;
            block.thing = index
                .absolute(block.run.0)
                .zip(index.absolute(block.run.1))
                .map(|(first, end)| Thing::Octets { from: index.from, first, end });
            continue;
        }
        let octets = sent.data.1 - sent.data.0;
        let label = match (sent.run.0 < sent.data.0, sent.data.1 < sent.run.1, octets) {
            (true, _, _) => "SYN".to_owned(),
            (_, true, 0) => "FIN".to_owned(),
            (_, true, _) => format!("{octets} FIN"),
            _ => octets.to_string(),
        };
        let thing = Some(Thing::Packet(sent.packet));
        scene.blocks.push(Block {
            row: Row::Segments,
            lane: sent.again,
            run: sent.run,
            class,
            label,
            thing,
            lit,
        });
    }
}

fn reads(scene: &mut Scene, story: &Story, index: &Index, at: Instant, focus: &Focus) {
    let Some(to) = index.to else { return };
    let pieces = &story.end_of(to).read;
    let begin = pieces.partition_point(|piece| piece.end < scene.shown.0);
    for piece in pieces[begin..].iter().take_while(|piece| piece.first + 1 < scene.shown.1 && piece.at <= at)
    {
        if piece.first == piece.end {
            continue;
        }
        scene.blocks.push(Block {
            row: Row::Reads,
            lane: 0,
            run: (piece.first + 1, piece.end + 1),
            class: "piece",
            label: format!("recv {}", piece.end - piece.first),
            thing: Some(Thing::Call(piece.call)),
            lit: focus.calls.contains(&piece.call),
        });
    }
}

/// Segments and ACKs on their way at a moment, of these numbers.
pub fn flights(index: &Index, shown: Run, at: Instant) -> Vec<Flight> {
    let part = |begin: Instant, over: Instant| at.since(begin).0 as f64 / over.since(begin).0.max(1) as f64;
    let inside = |run: Run| run.0 < shown.1 && run.1 >= shown.0;
    let segments = index.under_way(at).map(|place| &index.sent[place]).filter(|sent| inside(sent.run));
    let acks =
        index.acks_under_way(at).map(|place| &index.acks[place]).filter(|ack| inside((ack.ack, ack.ack)));
    let segments = segments.map(|sent| Flight {
        packet: sent.packet,
        run: sent.run,
        part: part(sent.at, sent.over),
        ack: false,
        lost: sent.arrives.is_none(),
        again: sent.again > 0,
    });
    let acks = acks.map(|ack| Flight {
        packet: ack.packet,
        run: (ack.ack, ack.ack),
        part: part(ack.at, ack.over),
        ack: true,
        lost: !ack.came,
        again: false,
    });
    segments.chain(acks).collect()
}
