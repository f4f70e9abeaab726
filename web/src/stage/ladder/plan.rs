//! Everything that a ladder shows, with its place: made once for a story, a width and a scale, whatever moment is looked at.

use super::arrows::{Arrow, Flights, arrows, label};
use super::axis::{Axis, Mark, Measure, ROW, Scale};
use super::columns::{Column, Lane, Room, Side, columns, lifetime};
use super::free::{Rect, Taken};
use super::stamps::{Stamp, stamps};
use crate::live::wording;
use crate::stage::story::{EndId, TimerEnd};
use crate::stage::{Numbers, Story};
use sockets::python::Names;
use sockets::{HostId, Instant, State, Timer};
use std::collections::HashMap;
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

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Which.
    pub call: usize,
    /// The middle.
    pub x: f64,
    /// Where it is made.
    pub top: f64,
    /// Where it returns, or the story ends.
    pub bottom: f64,
    /// It has not returned.
    pub open: bool,
    /// It failed.
    pub failed: bool,
    /// Its words, and those of its result.
    pub words: Vec<Words>,
}

/// Words beside a life line.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// Where they begin, or end.
    pub x: f64,
    /// Their base line.
    pub y: f64,
    /// They end at `x`.
    pub ends: bool,
    /// The words.
    pub text: String,
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

    /// The plans of two stories on one axis.
    pub fn pair(one: &Story, other: &Story, look: Look) -> (Plan, Plan) {
        let (first, second) = (Flights::of(one), Flights::of(other));
        let together = [marks(one, look, &first), marks(other, look, &second)].concat();
        let (a, b) = (measure(one, look, &first), measure(other, look, &second));
        let measure = Measure { flight: a.flight.max(b.flight), apart: a.apart.max(b.apart), zoom: a.zoom };
        let axis = Rc::new(Axis::new(together, look.scale, measure, TOP));
        (Plan::on(one, look, axis.clone()), Plan::on(other, look, axis))
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
        let flights = Flights::of(story);
        let mut taken = Taken::default();
        let mut arrows = arrows(story, &axis, &columns, look.scale, &flights);
        if look.calls {
            label(story, &mut arrows, look.numbers, &mut taken);
        }
        let bands = bands(story, &axis, &columns, &lanes);
        let bars = if look.calls { bars(story, &axis, &columns, look.width, &mut taken) } else { Vec::new() };
        let alarms = if look.calls { alarms(story, &axis, &columns, &lanes, &mut taken) } else { Vec::new() };
        let stamps = if look.calls { stamps(story, &axis, stamps_room) } else { Vec::new() };
        let lowest = arrows.iter().map(|arrow| arrow.to.1).fold(axis.bottom(), f64::max);
        let lowest = bars.iter().flat_map(|bar| &bar.words).map(|words| words.y).fold(lowest, f64::max);
        let spans = story.packets.iter().enumerate().map(|(index, packet)| {
            packet.arrives.unwrap_or_else(|| flights.would_arrive(story, index)).since(packet.sent).0
        });
        Plan {
            look,
            columns,
            lanes,
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

    /// Makes it as high as another one.
    pub const fn as_high_as(&mut self, other: f64) {
        self.height = self.height.max(other);
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

/// A call's words: what stands at its beginning, and at its end if it took time.
fn call_words(story: &Story, names: &Names, call: usize) -> (Vec<String>, Option<String>) {
    let span = &story.calls[call];
    let op = &story.call(call).op;
    let came = story.outcome(call).and_then(|(outcome, _)| wording::result(outcome, names));
    let (short, name) = (wording::short_label(op), op.kind().name().to_owned());
    if span.returned == Some(span.entered) {
        match came {
            Some(came) => (vec![format!("{short} → {came}"), format!("{name} → {came}"), name], None),
            None => (vec![short, name], None),
        }
    } else {
        (vec![short, name], came.map(|came| format!("→ {came}")))
    }
}

fn names(story: &Story) -> Names {
    let mut names = Names::default();
    for end in &story.ends {
        if let (Some(socket), Some(name)) = (end.socket, &end.name) {
            names.set(socket, name);
        }
    }
    names
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
    Measure { flight: flights.typical, apart, zoom: look.zoom }
}

fn bands(story: &Story, axis: &Axis, columns: &[Column], lanes: &[Lane]) -> Vec<Band> {
    let mut bands = Vec::new();
    for lane in lanes {
        let x = columns[lane.column].lane(lane.lane);
        let end = story.end_of(lane.end);
        for (place, change) in end.states.iter().enumerate() {
            let until = end.states.get(place + 1).map_or(story.end, |next| next.at);
            if change.after != State::Closed && until > change.at {
                let (top, bottom) = (axis.top(change.at), axis.top(until));
                let bottom = if until == story.end { axis.y(until) } else { bottom };
                bands.push(Band { end: lane.end, x, top, bottom, state: change.after });
            }
        }
    }
    bands.sort_by(|one, other| one.top.total_cmp(&other.top));
    bands
}

fn bars(story: &Story, axis: &Axis, columns: &[Column], width: f64, taken: &mut Taken) -> Vec<Bar> {
    let names = names(story);
    let mut rows: HashMap<(HostId, Instant), u16> = HashMap::new();
    let mut busy: HashMap<HostId, Vec<Instant>> = HashMap::new();
    let mut bars = Vec::with_capacity(story.calls.len());
    for (index, call) in story.calls.iter().enumerate() {
        let Some(column) = columns.iter().find(|column| column.host == call.host) else { continue };
        let until = call.returned.unwrap_or(story.end);
        let busy = busy.entry(call.host).or_default();
        let lane =
            (0..2).find(|&lane| busy.get(lane).is_none_or(|&until| until <= call.entered)).unwrap_or(2);
        if lane >= busy.len() {
            busy.resize(lane + 1, Instant(0));
        }
        busy[lane] = until;
        let (first, last) = call_words(story, &names, index);
        let mut next = |at: Instant| {
            let row = rows.entry((call.host, at)).or_default();
            let below = f64::from(*row) * ROW;
            *row += 1;
            (axis.top(at) + below).min(axis.y(at).max(axis.top(at)))
        };
        let top = next(call.entered);
        let bottom = match (call.returned, &last) {
            (Some(at), _) if at == call.entered => top,
            (Some(at), Some(_)) => next(at),
            (Some(at), None) => axis.top(at),
            (None, _) => axis.y(story.end),
        };
        let x = column.words(2);
        let room = if column.side == Side::Left { x } else { width - x };
        let mut words = Vec::new();
        let mut say = |y: f64, choices: &[String]| {
            let (sign, budget) = (column.side.sign(), (column.room.min(room) / WORD).floor() as usize);
            let fits = |text: &&String| text.chars().count() <= budget;
            let text = choices.iter().find(fits).cloned().or_else(|| Some(cut(choices.last()?, budget)));
            let Some(text) = text.filter(|text| column.room > 0.0 && text.chars().count() > 2) else {
                return;
            };
            let end = x + sign * text.chars().count() as f64 * WORD;
            let rect = Rect { left: x.min(end), right: x.max(end), top: y - 7.0, bottom: y + 7.0 };
            if taken.take(rect) {
                words.push(Words { x, y: y + 4.0, ends: sign < 0.0, text });
            }
        };
        say(top, &first);
        if let Some(last) = last {
            say(bottom, &[last]);
        }
        let failed = story.outcome(index).is_some_and(|(outcome, _)| outcome.is_err());
        bars.push(Bar {
            call: index,
            x: column.bar(lane),
            top,
            bottom,
            open: call.returned.is_none(),
            failed,
            words,
        });
    }
    bars
}

/// A character of words beside a life line.
const WORD: f64 = 6.3;

fn cut(text: &str, budget: usize) -> String {
    if text.chars().count() <= budget {
        return text.to_owned();
    }
    text.chars().take(budget.saturating_sub(1)).chain(['…']).collect()
}

fn alarms(story: &Story, axis: &Axis, columns: &[Column], lanes: &[Lane], taken: &mut Taken) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    for lane in lanes {
        let column = &columns[lane.column];
        for run in story.end_of(lane.end).timers.iter().filter(|run| run.end == TimerEnd::Fired) {
            let (top, bottom) = (axis.y(run.set), axis.top(run.until));
            let sign = column.side.sign();
            let x = column.words(2);
            let budget = (column.room / WORD).floor() as usize;
            let text = format!("{} fires", run.timer.name());
            let text = if text.chars().count() <= budget { text } else { cut(run.timer.name(), budget) };
            let end = x + sign * text.chars().count() as f64 * WORD;
            let mut words = None;
            // At its end, or below what stands there.
            for y in [bottom, bottom + ROW, bottom - ROW, bottom + 2.0 * ROW] {
                let rect = Rect { left: x.min(end), right: x.max(end), top: y - 7.0, bottom: y + 7.0 };
                if column.room > 0.0 && text.chars().count() > 4 && taken.take(rect) {
                    words = Some(Words { x, y: y + 4.0, ends: sign < 0.0, text });
                    break;
                }
            }
            let x = column.lane(lane.lane) + sign * (column.half + 3.0);
            alarms.push(Alarm { end: lane.end, timer: run.timer, x, top, bottom, words });
        }
    }
    alarms.sort_by(|one, other| one.top.total_cmp(&other.top));
    alarms
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
