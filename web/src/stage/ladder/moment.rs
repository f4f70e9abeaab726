//! What of the ladder depends on the moment: how far time has come, what is under way, which timers run.

use super::arrows::{Kind, Tip};
use super::plan::Plan;
use crate::stage::Story;
use crate::stage::story::EndId;
use sockets::{Instant, Timer};
use wire::Datagram;

/// A datagram under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Which.
    pub packet: usize,
    /// Where it is.
    pub x: f64,
    /// Where it is.
    pub y: f64,
    /// Whose colour it has.
    pub kind: Kind,
    /// The letter of its first control bit, or what it is.
    pub letter: char,
}

/// A timer that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// Whose.
    pub end: EndId,
    /// Which.
    pub timer: Timer,
    /// The middle.
    pub x: f64,
    /// Where it was set.
    pub top: f64,
    /// Where it is to fire.
    pub due: f64,
}

/// One moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Where now is.
    pub y: f64,
    /// What is under way.
    pub heads: Vec<Head>,
    /// Timers that run.
    pub timers: Vec<Running>,
}

/// The most heads that are drawn: more than that nobody can follow.
const HEADS: usize = 120;
/// How many runs of one end's timers are looked through, from the newest back: at most nine run at once.
const RUNS: usize = 24;

/// A moment of a story on its plan.
pub fn moment(story: &Story, plan: &Plan, at: Instant) -> Moment {
    let y = plan.axis.now(at);
    let first = Instant(at.0.saturating_sub(plan.longest));
    let sent = |arrow: &super::arrows::Arrow| story.packets[arrow.packet].sent;
    let begin = plan.arrows.partition_point(|arrow| sent(arrow) < first);
    let end = plan.arrows.partition_point(|arrow| sent(arrow) <= at);
    let mut heads = Vec::new();
    for arrow in plan.arrows[begin..end].iter().rev() {
        if heads.len() >= HEADS {
            break;
        }
        let over = story.packets[arrow.packet].arrives.is_some_and(|arrives| arrives <= at);
        let broken = matches!(arrow.tip, Tip::Broken(_)) && arrow.to.1 <= y;
        if over || broken {
            continue;
        }
        if let Some((x, y)) = arrow.at(y) {
            let letter = letter(story, arrow.packet);
            heads.push(Head { packet: arrow.packet, x, y, kind: arrow.kind, letter });
        }
    }
    heads.reverse();
    let mut timers = Vec::new();
    for lane in &plan.lanes {
        let column = &plan.columns[lane.column];
        let runs = &story.end_of(lane.end).timers;
        let count = runs.partition_point(|run| run.set <= at);
        for run in runs[count.saturating_sub(RUNS)..count].iter().filter(|run| at < run.until) {
            let x = column.lane(lane.lane) + column.side.sign() * (column.half + 3.0);
            let (top, due) = (plan.axis.y(run.set), plan.axis.top(run.due));
            timers.push(Running { end: lane.end, timer: run.timer, x, top, due });
        }
    }
    Moment { y, heads, timers }
}

/// What a dot says in one letter.
pub fn letter(story: &Story, packet: usize) -> char {
    match story.datagram(packet) {
        Datagram::Tcp(segment) => {
            let letters = segment.flags.to_string();
            let first = ['R', 'S', 'F', 'U', 'P'].into_iter().find(|letter| letters.contains(*letter));
            first.unwrap_or(if letters.contains('.') { 'A' } else { '0' })
        }
        Datagram::Udp(_) => 'u',
        Datagram::Icmp(_) => 'i',
    }
}
