//! From a Log to what stands where. Integers only, so that the same Log gives the same picture everywhere.

use super::axis::{Axis, LINE};
use super::lanes::{Lanes, made};
use super::ties::{TieKind, ties};
use super::{Cast, Role};
use crate::live::wording;
use sockets::{CallId, CallLine, Instant, Log, Micros, Op, Outcome, SocketId, State, What};

/// From this on a call counts as one that blocked.
const BLOCKED: Micros = Micros(5_000);

/// Room at the left for the time.
const GUTTER: i32 = 46;
/// Room at the top for the hosts' names.
const HEAD: i32 = 44;
/// Between two lanes.
const LANE: i32 = 13;
/// The width of a character of the labels' fixed font, in tenths of a pixel.
const CHARACTER: i32 = 70;

/// Everything that is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the types' own words say it")]
pub struct Scene {
    pub width: i32,
    pub height: i32,
    pub columns: Vec<Column>,
    pub lives: Vec<Life>,
    pub marks: Vec<Mark>,
    pub notes: Vec<Note>,
    pub lines: Vec<Line>,
    pub folds: Vec<Fold>,
    pub stamps: Vec<Stamp>,
}

/// A host's column. Clients stand left of the channel in which the ties run, mirrored: their lanes are at the right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Scene")]
pub struct Column {
    pub name: String,
    pub role: Role,
    pub left: i32,
    pub width: i32,
    pub mirrored: bool,
}

/// A socket, from its making to its close.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Scene")]
pub struct Life {
    pub socket: SocketId,
    pub name: String,
    pub role: Role,
    pub x: i32,
    pub top: i32,
    pub bottom: i32,
    pub closed: bool,
}

/// How a call shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It came back at once.
    Dot,
    /// It blocked.
    Bar,
    /// It still waits.
    Waiting,
}

/// How a call came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Mood {
    Fine,
    Failed,
    Waiting,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Scene")]
pub struct Mark {
    pub call: CallId,
    pub x: i32,
    pub top: i32,
    pub bottom: i32,
    pub shape: Shape,
    pub mood: Mood,
    pub label_x: i32,
    /// The words end at `label_x` instead of beginning there.
    pub mirrored: bool,
    pub label: String,
    /// What came back, and where that is written.
    pub result: Option<(i32, String)>,
}

/// A change of a socket's state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Scene")]
pub struct Note {
    pub x: i32,
    pub y: i32,
    pub label_x: i32,
    /// As in [`Mark`].
    pub mirrored: bool,
    pub text: String,
}

/// What one call caused in another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Scene")]
pub struct Line {
    pub from: (i32, i32),
    pub to: (i32, i32),
    pub calls: (CallId, CallId),
    pub kind: TieKind,
    pub text: String,
}

/// A silence that was folded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Scene")]
pub struct Fold {
    pub y: i32,
    pub text: String,
}

/// A time at the margin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Scene")]
pub struct Stamp {
    pub y: i32,
    pub text: String,
}

enum Moment {
    Enters(usize),
    Returns(usize),
    Becomes(SocketId, State),
}

/// The picture of a Log at `now`, at least `width` pixels wide if its columns can be that narrow.
pub fn scene(log: &Log, now: Instant, cast: &Cast, width: i32) -> Scene {
    let calls = log.calls();
    let start = log.records().first().map_or(now, |record| record.at);
    let now = log.records().last().map_or(now, |record| record.at.max(now));
    let lanes = Lanes::of(log, &calls, cast);
    let columns = columns(cast, width, &lanes);
    let mut scene = Scene {
        width: columns.last().map_or(width, |last| last.left + last.width).max(width),
        columns,
        ..Scene::default()
    };

    let mut axis = Axis::new(cast.players.len(), HEAD, start);
    let mut returned: Vec<Option<i32>> = vec![None; calls.len()];
    let mut entered = returned.clone();
    for (at, moment) in moments(log, &calls) {
        match moment {
            Moment::Enters(index) => {
                let column = lanes.column(&calls[index]);
                let y = axis.place(at, column);
                entered[index] = Some(y);
                scene.stamp(y, at.since(start));
            }
            Moment::Returns(index) => {
                let column = lanes.column(&calls[index]);
                let words = calls[index]
                    .back
                    .is_some_and(|back| ending(back.outcome, back.took, &cast.names).is_some());
                let y = axis.place(at, column.filter(|_| words));
                returned[index] = Some(y);
                scene.stamp(y, at.since(start));
            }
            Moment::Becomes(socket, state) => {
                let Some((column, lane)) = lanes.of_socket(socket) else { continue };
                axis.place(at, None);
                let y = axis.extra_line(column);
                let x = scene.lane_x(column, lane);
                let label_x = scene.label_x(column, &lanes);
                let mirrored = scene.columns[column].mirrored;
                scene.notes.push(Note {
                    x,
                    y: y + LINE / 2,
                    label_x,
                    mirrored,
                    text: state.name().to_owned(),
                });
            }
        }
    }
    let waiting = calls.iter().any(|line| line.back.is_none());
    let end = if waiting { axis.place(now, None).max(axis.bottom()) + LINE / 2 } else { axis.bottom() };
    scene.folds = axis.folds.iter().map(|&(y, span)| Fold { y, text: rounded(span) }).collect();
    scene.height = end + 12;

    for (index, line) in calls.iter().enumerate() {
        let Some(column) = lanes.column(line) else { continue };
        let Some(top) = entered[index] else { continue };
        scene.mark(line, top + LINE / 2, returned[index].map(|y| y + LINE / 2), end, column, &lanes, cast);
    }
    scene.draw_lives(&calls, cast, &lanes, end);
    scene.draw_lines(log);
    scene
}

/// Everything that needs a place, in the Log's order.
fn moments(log: &Log, calls: &[CallLine<'_>]) -> Vec<(Instant, Moment)> {
    let index_of = |call: &CallId| calls.iter().rposition(|line| line.call.id == *call);
    let mut states: Vec<(SocketId, State)> = Vec::new();
    let mut found = Vec::new();
    for record in log.records() {
        match &record.what {
            What::Entered(call) => {
                found.extend(index_of(&call.id).map(|index| (record.at, Moment::Enters(index))))
            }
            What::Returned { call, took, .. } if blocked(calls, *call, *took) => {
                found.extend(index_of(call).map(|index| (record.at, Moment::Returns(index))));
            }
            What::State { socket, sample } => {
                let Some(state) = sample.state else { continue };
                let old = states
                    .iter()
                    .rev()
                    .find(|(id, _)| id == socket)
                    .map_or(State::Closed, |&(_, state)| state);
                if old != state {
                    states.push((*socket, state));
                    found.push((record.at, Moment::Becomes(*socket, state)));
                }
            }
            What::Returned { .. } | What::Trace(_) | What::Notice(_) | What::Gone(_) => {}
        }
    }
    found
}

/// Whether a call kept its caller waiting. One that never does may still be slow now and then: the machine was busy.
fn blocked(calls: &[CallLine<'_>], call: CallId, took: Micros) -> bool {
    took >= BLOCKED
        && calls.iter().rfind(|line| line.call.id == call).is_some_and(|line| line.call.op.kind().may_block())
}

fn columns(cast: &Cast, width: i32, lanes: &Lanes) -> Vec<Column> {
    let count = i32::try_from(cast.players.len()).unwrap_or(1).max(1);
    let clients = cast.players.iter().take_while(|player| player.role == Role::Client).count();
    let servers = cast.players.len() > clients;
    let channel = if clients > 0 && servers { (width / 3 / count).clamp(44, 120) } else { 0 };
    // Where many clients meet one server, the server has most to say.
    let share = |role: Role| if clients > 1 && role == Role::Server { 3 } else { 2 };
    let room_of_lanes = |index: usize| 8 + LANE * i32::try_from(lanes.most[index]).unwrap_or(0);
    let shares: i32 = cast.players.iter().map(|player| share(player.role)).sum();
    let all_lanes: i32 = (0..cast.players.len()).map(room_of_lanes).sum();
    let unit = ((width - GUTTER - channel - all_lanes) / shares.max(1)).clamp(38, 150);
    let mut left = GUTTER;
    let mut columns = Vec::new();
    for (index, player) in cast.players.iter().enumerate() {
        if index == clients {
            left += channel;
        }
        let width = room_of_lanes(index) + unit * share(player.role);
        let mirrored = servers && index < clients;
        columns.push(Column { name: player.name.clone(), role: player.role, left, width, mirrored });
        left += width;
    }
    columns
}

/// What stands at the end of a call that blocked.
fn ending(outcome: &Outcome, took: Micros, names: &sockets::python::Names) -> Option<String> {
    let time = rounded(took);
    Some(match wording::result(outcome, names) {
        Some(result) => format!("→ {result}, {time}"),
        None => format!("→ {time}"),
    })
}

impl Scene {
    fn lane_x(&self, column: usize, lane: usize) -> i32 {
        let offset = 8 + LANE * i32::try_from(lane).unwrap_or(0);
        match self.columns.get(column) {
            Some(column) if column.mirrored => column.left + column.width - offset,
            Some(column) => column.left + offset,
            None => 0,
        }
    }

    /// Beside the last lane.
    fn label_x(&self, column: usize, lanes: &Lanes) -> i32 {
        let beyond = self.lane_x(column, lanes.most.get(column).copied().unwrap_or(1));
        if self.columns.get(column).is_some_and(|column| column.mirrored) { beyond + 2 } else { beyond - 2 }
    }

    fn stamp(&mut self, y: i32, since: Micros) {
        let y = y + LINE / 2;
        if self.stamps.last().is_none_or(|last| y >= last.y + 34) {
            self.stamps.push(Stamp { y, text: clock(since) });
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one mark")]
    fn mark(
        &mut self,
        line: &CallLine<'_>,
        top: i32,
        back_y: Option<i32>,
        end: i32,
        column: usize,
        lanes: &Lanes,
        cast: &Cast,
    ) {
        let lane = lanes.of_call(line);
        let x = self.lane_x(column, lane);
        let label_x = self.label_x(column, lanes);
        let Column { left, width, mirrored, .. } = self.columns[column];
        let room = if mirrored { label_x - left } else { left + width - label_x };
        let budget = usize::try_from((room - 4) * 10 / CHARACTER).unwrap_or(0);
        let mut came = None;
        let (shape, mood, bottom, result) = match line.back {
            None => (Shape::Waiting, Mood::Waiting, end, None),
            Some(back) => {
                let mood = if back.outcome.is_ok() { Mood::Fine } else { Mood::Failed };
                match back_y {
                    Some(y) => (
                        Shape::Bar,
                        mood,
                        y,
                        ending(back.outcome, back.took, &cast.names).map(|text| (y, cut(&text, budget))),
                    ),
                    None => {
                        came = wording::result(back.outcome, &cast.names);
                        (Shape::Dot, mood, top, None)
                    }
                }
            }
        };
        let label = fitting(&line.call.op, came.as_deref(), budget);
        self.marks.push(Mark {
            call: line.call.id,
            x,
            top,
            bottom,
            shape,
            mood,
            label_x,
            mirrored,
            label,
            result,
        });
    }

    fn draw_lives(&mut self, calls: &[CallLine<'_>], cast: &Cast, lanes: &Lanes, end: i32) {
        for &(socket, column, lane) in &lanes.sockets {
            let y_of =
                |call: CallId| self.marks.iter().find(|mark| mark.call == call).map(|mark| mark.bottom);
            let birth =
                calls.iter().find(|line| made(line) == Some(socket)).and_then(|line| y_of(line.call.id));
            let death = calls.iter().find(|line| {
                matches!(line.call.op, Op::Close { socket: closed } if closed == socket)
                    && line.back.is_some_and(|back| back.outcome.is_ok())
            });
            let Some(top) = birth else { continue };
            let bottom = death.and_then(|line| y_of(line.call.id));
            self.lives.push(Life {
                socket,
                name: cast.names.get(socket),
                role: cast.players[column].role,
                x: self.lane_x(column, lane),
                top,
                bottom: bottom.unwrap_or(end),
                closed: bottom.is_some(),
            });
        }
    }

    fn draw_lines(&mut self, log: &Log) {
        let place = |call: CallId| {
            self.marks.iter().find(|mark| mark.call == call).map(|mark| (mark.x, mark.top, mark.bottom))
        };
        let mut lines = Vec::new();
        for tie in ties(log) {
            let (Some((from_x, top, bottom)), Some((to_x, _, to_y))) = (place(tie.from), place(tie.to))
            else {
                continue;
            };
            // A send may still wait for room while the peer takes its first octets.
            let from_y = if bottom <= to_y { bottom } else { top };
            let text = match tie.kind {
                TieKind::Handshake => "handshake".to_owned(),
                TieKind::Data { octets } => wording::octets(octets),
                TieKind::End => "FIN".to_owned(),
            };
            lines.push(Line {
                from: (from_x, from_y),
                to: (to_x, to_y),
                calls: (tie.from, tie.to),
                kind: tie.kind,
                text,
            });
        }
        self.lines = lines;
    }
}

/// What names the call and its result in so many characters: the arguments are the first to go.
fn fitting(op: &Op, came: Option<&str>, budget: usize) -> String {
    let with = |label: String| match came {
        Some(came) => format!("{label} → {came}"),
        None => label,
    };
    let choices =
        [with(wording::label(op)), with(wording::short_label(op)), with(op.kind().name().to_owned())];
    let fits = choices.iter().find(|label| label.chars().count() <= budget).cloned();
    fits.unwrap_or_else(
        || if budget >= 12 { cut(&choices[2], budget) } else { cut(op.kind().name(), budget) },
    )
}

fn cut(text: &str, budget: usize) -> String {
    if text.chars().count() <= budget {
        return text.to_owned();
    }
    text.chars().take(budget.saturating_sub(1)).chain(['…']).collect()
}

/// A span in few characters: `0.7 s`, `12 s`, `3 min`.
pub fn rounded(span: Micros) -> String {
    match span.0 {
        us @ 0..1_000 => format!("{us} µs"),
        us @ 1_000..100_000 => format!("{} ms", us / 1_000),
        us @ 100_000..10_000_000 => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
        us @ 10_000_000..60_000_000 => format!("{} s", us / 1_000_000),
        us => format!("{} min {} s", us / 60_000_000, us % 60_000_000 / 1_000_000),
    }
}

/// A time since the beginning: `0.00`, `12.31`, `2:05.0`.
fn clock(since: Micros) -> String {
    let hundredths = since.0 / 10_000;
    match hundredths {
        0..6_000 => format!("{}.{:02}", hundredths / 100, hundredths % 100),
        _ => format!("{}:{:02}.{}", hundredths / 6_000, hundredths % 6_000 / 100, hundredths % 100 / 10),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
