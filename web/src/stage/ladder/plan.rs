//! Everything that a ladder shows, with its place: made once for a story, a width and a scale, whatever moment is looked at.

use super::arrows::{Arrow, Flights, arrows, label};
use super::axis::{Axis, FOLDED, Mark, Measure, ROW, Scale};
use super::calls::{Bar, CallRows, Words, bars, beside, call_words, names};
use super::columns::{Column, Lane, Room, columns, lifetime};
use super::differ::{Difference, differences};
use super::free::Taken;
use super::stamps::{Stamp, stamps};
use super::ties::{Tie, ties};
use crate::stage::story::{Cause, EndId, StateChange, TimerEnd};
use crate::stage::{Numbers, Story};
use sockets::{HostId, Instant, State, Timer};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// What a person chose to see, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// In sixteenths of the font size.
    pub width: f64,
    /// 1 is the default.
    pub zoom: f64,
    /// To scale or event by event.
    pub scale: Scale,
    /// How sequence numbers are written.
    pub numbers: Numbers,
    /// Whether calls, timers and times are told.
    pub calls: bool,
}

/// A state for as long as it lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Whose.
    pub end: EndId,
    /// The middle.
    pub x: f64,
    /// From here.
    pub top: f64,
    /// To here.
    pub bottom: f64,
    /// The state.
    pub state: State,
}

/// A timer that fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Whose.
    pub end: EndId,
    /// Which.
    pub timer: Timer,
    /// The middle.
    pub x: f64,
    /// Where it was set.
    pub top: f64,
    /// Where it fired.
    pub bottom: f64,
    /// What it is called, where there is room.
    pub words: Option<Words>,
}

/// The whole ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How it was asked for.
    pub look: Look,
    /// The axis of time.
    pub axis: Rc<Axis>,
    /// Hosts and routers.
    pub columns: Vec<Column>,
    /// Who stands where on them.
    pub lanes: Vec<Lane>,
    /// Datagrams, in the order of sending.
    pub arrows: Vec<Arrow>,
    /// Calls, in the order of entering.
    pub bars: Vec<Bar>,
    /// States.
    pub bands: Vec<Band>,
    /// Timers that fired.
    pub alarms: Vec<Alarm>,
    /// Calls that belong together, where no segment was seen.
    pub ties: Vec<Tie>,
    /// Packets that another story does not have so.
    pub differs: BTreeMap<usize, Difference>,
    /// Times at the margin.
    pub stamps: Vec<Stamp>,
    /// The height of it all.
    pub height: f64,
    /// The longest that any datagram is under way, in microseconds.
    pub longest: u64,
}

/// Above the first moment.
pub const TOP: f64 = 18.0;

impl Plan {
    /// The plan of one story.
    pub fn of(story: &Story, look: Look) -> Plan {
        let flights = Flights::of(story);
        let axis = Axis::new(marks(story, look, &flights), look.scale, measure(story, look, &flights), TOP);
        Plan::on(story, look, Rc::new(axis))
    }

    /// Where what has not ended ends for now: below all, in a story that goes on.
    pub fn open_end(story: &Story, axis: &Axis) -> f64 {
        if story.goes_on { axis.bottom() + FOLDED } else { axis.y(story.end) }
    }

    /// The plans of two stories on one axis.
    pub fn pair(one: &Story, other: &Story, look: Look) -> (Plan, Plan) {
        let (first, second) = (Flights::of(one), Flights::of(other));
        let together = [marks(one, look, &first), marks(other, look, &second)].concat();
        let (a, b) = (measure(one, look, &first), measure(other, look, &second));
        let measure = Measure { flight: a.flight.max(b.flight), apart: a.apart.max(b.apart), ..a };
        let axis = Rc::new(Axis::new(together, look.scale, measure, TOP));
        let (mut first, mut second) = (Plan::on(one, look, axis.clone()), Plan::on(other, look, axis));
        (first.differs, second.differs) = (differences(one, other), differences(other, one));
        first.height = first.height.max(second.height);
        second.height = first.height;
        (first, second)
    }

    fn on(story: &Story, look: Look, axis: Rc<Axis>) -> Plan {
        let stamps_room = if !look.calls {
            0.0
        } else if look.width < 430.0 {
            40.0
        } else {
            58.0
        };
        let room = Room { width: look.width, stamps: stamps_room, calls: look.calls };
        let (columns, lanes) = columns(story, room);
        let edges = (stamps_room, look.width);
        let flights = Flights::of(story);
        let mut taken = Taken::default();
        let rows = if look.calls { CallRows::of(story, &axis) } else { CallRows::default() };
        let mut arrows = arrows(story, &axis, &columns, &rows, look.scale, &flights);
        if look.calls {
            label(story, &mut arrows, look.numbers, &mut taken);
        }
        let bands = bands(story, &axis, &columns, &lanes, &rows);
        let bars = if look.calls { bars(story, &rows, &columns, edges, &mut taken) } else { Vec::new() };
        let alarms =
            if look.calls { alarms(story, &axis, &columns, &lanes, edges, &mut taken) } else { Vec::new() };
        let stamps = if look.calls { stamps(story, &axis, stamps_room) } else { Vec::new() };
        let lowest = arrows.iter().map(|arrow| arrow.to.1).fold(axis.bottom(), f64::max);
        let lowest = lowest.max(Plan::open_end(story, &axis));
        let lowest = bars.iter().flat_map(|bar| &bar.words).map(|words| words.y).fold(lowest, f64::max);
        let spans = story.packets.iter().enumerate().map(|(index, packet)| {
            packet.arrives.unwrap_or_else(|| flights.would_arrive(story, index)).since(packet.sent).0
        });
        Plan {
            look,
            ties: ties(story, &columns, &bars),
            columns,
            lanes,
            differs: BTreeMap::new(),
            bars,
            bands,
            alarms,
            stamps,
            height: (lowest + 24.0).ceil(),
            longest: spans.max().unwrap_or(0),
            arrows,
            axis,
        }
    }

    /// Arrows that may be seen between two heights: places among [`Plan::arrows`], and a few more.
    pub fn near(&self, story: &Story, top: f64, bottom: f64) -> core::ops::Range<usize> {
        let first = Instant(self.axis.time(top - 20.0).0.saturating_sub(self.longest));
        let last = self.axis.time(bottom + 20.0);
        let sent = |arrow: &Arrow| story.packets[arrow.packet].sent;
        let begin = self.arrows.partition_point(|arrow| sent(arrow) < first);
        let end = self.arrows.partition_point(|arrow| sent(arrow) <= last);
        begin..end.max(begin)
    }

    /// The arrow of a packet.
    pub fn arrow(&self, packet: usize) -> Option<&Arrow> {
        let place = self.arrows.binary_search_by_key(&packet, |arrow| arrow.packet).ok()?;
        self.arrows.get(place)
    }

    /// The bar of a call.
    pub fn bar(&self, call: usize) -> Option<&Bar> {
        let place = self.bars.binary_search_by_key(&call, |bar| bar.call).ok()?;
        self.bars.get(place)
    }
}

fn marks(story: &Story, look: Look, flights: &Flights) -> Vec<Mark> {
    let mut marks = vec![Mark { at: story.begin, rows: 1 }, Mark { at: story.end, rows: 1 }];
    let one = |at| Mark { at, rows: 1 };
    for (index, packet) in story.packets.iter().enumerate() {
        marks.push(one(packet.sent));
        marks.push(one(packet.arrives.unwrap_or_else(|| flights.would_arrive(story, index))));
    }
    let mut rows: HashMap<(HostId, Instant), u16> = HashMap::new();
    if look.calls {
        let names = names(story);
        for (index, call) in story.calls.iter().enumerate() {
            *rows.entry((call.host, call.entered)).or_default() += 1;
            if let Some(returned) = call.returned {
                let words = call_words(story, &names, index).1.is_some();
                *rows.entry((call.host, returned)).or_default() += u16::from(words);
            }
        }
    }
    let calls = rows.into_iter().map(|((_, at), rows)| Mark { at, rows: rows.min(6) });
    marks.extend(calls);
    if look.scale == Scale::Events {
        let mut rows: HashMap<(HostId, Instant), u16> = HashMap::new();
        for packet in &story.packets {
            *rows.entry((packet.from, packet.sent)).or_default() += 1;
        }
        marks.extend(rows.into_iter().map(|((_, at), rows)| Mark { at, rows }));
    }
    for end in &story.ends {
        marks.extend(end.states.iter().map(|change| one(change.at)));
        let fired = end.timers.iter().filter(|run| run.end == TimerEnd::Fired);
        marks.extend(fired.map(|run| one(run.until)));
    }
    marks
}

fn measure(story: &Story, look: Look, flights: &Flights) -> Measure {
    let mut last: HashMap<HostId, Instant> = HashMap::new();
    let mut apart: Vec<u64> = story
        .packets
        .iter()
        .filter_map(|packet| Some(packet.sent.since(last.insert(packet.from, packet.sent)?).0))
        .filter(|&span| span > 0)
        .collect();
    apart.sort_unstable();
    let apart = apart.get(apart.len() / 4).copied().unwrap_or(0);
    let gaps = story.players.len().saturating_sub(1).max(1) as f64;
    let wide = (look.width - if look.width < 430.0 { 170.0 } else { 420.0 }).max(look.width * 0.3) / gaps;
    Measure { flight: flights.typical, apart, wide, zoom: look.zoom }
}

fn bands(story: &Story, axis: &Axis, columns: &[Column], lanes: &[Lane], rows: &CallRows) -> Vec<Band> {
    let mut bands = Vec::new();
    for lane in lanes {
        let x = columns[lane.column].lane(lane.lane);
        let end = story.end_of(lane.end);
        // What a call changes, changes where the call stands.
        let place = |change: &StateChange| match change.cause {
            Some(Cause::Call(call)) => rows.top(call).unwrap_or_else(|| axis.top(change.at)),
            _ => axis.top(change.at),
        };
        let open = || match end.unseen {
            Some(unseen) => axis.y(unseen),
            None => Plan::open_end(story, axis),
        };
        for (index, change) in end.states.iter().enumerate() {
            let top = place(change);
            let bottom = end.states.get(index + 1).map_or_else(open, place);
            if change.after != State::Closed && bottom > top {
                bands.push(Band { end: lane.end, x, top, bottom, state: change.after });
            }
        }
    }
    bands.sort_by(|one, other| one.top.total_cmp(&other.top));
    bands
}

fn alarms(
    story: &Story,
    axis: &Axis,
    columns: &[Column],
    lanes: &[Lane],
    edges: (f64, f64),
    taken: &mut Taken,
) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    for lane in lanes {
        let column = &columns[lane.column];
        let sign = column.side.sign();
        let words_x = column.words(1);
        let room = if sign < 0.0 { words_x - edges.0 } else { edges.1 - words_x };
        for run in story.end_of(lane.end).timers.iter().filter(|run| run.end == TimerEnd::Fired) {
            let (top, bottom) = (axis.y(run.set), axis.top(run.until));
            let name = run.timer.name();
            let choices = [
                format!("{name} timer fires"),
                format!("{name} fires"),
                name.to_owned(),
                short(run.timer).to_owned(),
            ];
            // At its end, or near what stands there.
            let places = [bottom, bottom + ROW, bottom - ROW, bottom + 2.0 * ROW];
            let words = places.into_iter().find_map(|y| beside(column, words_x, y, room, &choices, taken));
            let x = column.lane(lane.lane) + sign * (column.half + 3.0);
            alarms.push(Alarm { end: lane.end, timer: run.timer, x, top, bottom, words });
        }
    }
    alarms.sort_by(|one, other| one.top.total_cmp(&other.top));
    alarms
}

/// A timer where there is little room, by the words that are usual for it.
const fn short(timer: Timer) -> &'static str {
    match timer {
        Timer::Retransmission => "RTO",
        Timer::LossProbe => "TLP",
        Timer::Reordering => "RACK",
        Timer::ZeroWindowProbe => "probe",
        Timer::DelayedAck => "delayed",
        Timer::KeepAlive => "alive?",
        Timer::FinWait2 | Timer::TimeWait => "over",
        Timer::SynAck => "SYN-ACK",
    }
}

/// Who lives on a life line at a moment: the end whose band is there, for pointing at.
pub fn living(story: &Story, plan: &Plan, x: f64, at: Instant) -> Option<EndId> {
    let near = |lane: &&Lane| {
        let column = &plan.columns[lane.column];
        (column.lane(lane.lane) - x).abs() <= column.half + 1.0
            && lifetime(story, lane.end).is_some_and(|(born, dead)| born <= at && at <= dead)
    };
    plan.lanes.iter().find(near).map(|lane| lane.end)
}
