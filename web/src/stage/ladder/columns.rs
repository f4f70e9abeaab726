//! Who stands where: a column for each host and router, and on the outer side of a host's life line its sockets and calls.

use crate::stage::story::{End, EndId, EndKind};
use crate::stage::{Role, Story};
use sockets::{HostId, Instant, State};

/// Half of the width of a life line that names its states.
pub const HALF: f64 = 8.0;
/// From the middle of one socket's life line to the next one's.
const LANE: f64 = 18.0;
/// The most sockets that stand beside one another.
const LANES: usize = 3;
/// From the last life line to the calls' bars, and from bar to bar.
const BAR: f64 = 9.0;

/// The side on which a host's calls stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left of the life line.
    Left,
    /// Right of it.
    Right,
}

impl Side {
    /// Left is -1, right is 1.
    pub const fn sign(self) -> f64 {
        match self {
            Side::Left => -1.0,
            Side::Right => 1.0,
        }
    }
}

/// A host or router.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Which.
    pub host: HostId,
    /// What it is called.
    pub name: String,
    /// Whose colour it has.
    pub role: Role,
    /// The middle of its life line.
    pub x: f64,
    /// Half of its life line's width.
    pub half: f64,
    /// Where its calls stand.
    pub side: Side,
    /// How many sockets stand side by side.
    pub lanes: usize,
    /// The room for words beside its calls.
    pub room: f64,
}

impl Column {
    /// The middle of a socket's life line.
    pub fn lane(&self, lane: usize) -> f64 {
        self.x + self.side.sign() * LANE * lane as f64
    }

    /// The middle of a call's bar.
    pub fn bar(&self, lane: usize) -> f64 {
        self.lane(self.lanes.saturating_sub(1)) + self.side.sign() * (self.half + BAR * (lane as f64 + 0.8))
    }

    /// Where words begin (or end, on the left).
    pub fn words(&self, bars: usize) -> f64 {
        self.bar(bars.max(1) - 1) + self.side.sign() * 8.0
    }
}

/// A socket on its host's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Which end.
    pub end: EndId,
    /// Its column.
    pub column: usize,
    /// Its place there, from the life line outwards.
    pub lane: usize,
}

/// What the columns are laid out by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// The whole width.
    pub width: f64,
    /// For times, at the left.
    pub stamps: f64,
    /// Whether calls are told.
    pub calls: bool,
}

/// Columns from left to right, and who has a place on them.
pub fn columns(story: &Story, room: Room) -> (Vec<Column>, Vec<Lane>) {
    let Room { width, stamps, calls } = room;
    let count = story.players.len();
    let lanes = lanes(story);
    let margin = match width {
        _ if !calls => 14.0,
        ..430.0 => 42.0,
        ..700.0 => 96.0,
        _ => 150.0_f64.max(width * 0.17).min(230.0),
    };
    let mut columns: Vec<Column> = story
        .players
        .iter()
        .enumerate()
        .map(|(place, player)| {
            let side = if 2 * place < count { Side::Left } else { Side::Right };
            let own = |lane: &&Lane| lane.column == place;
            let used = lanes.iter().filter(own).map(|lane| lane.lane + 1).max().unwrap_or(0);
            let outermost = place == 0 || place + 1 == count;
            Column {
                host: player.host,
                name: player.name.clone(),
                role: player.role,
                x: 0.0,
                half: if player.role == Role::Router || used == 0 { 0.5 } else { HALF },
                side,
                lanes: used.max(1),
                room: if outermost && player.role != Role::Router { margin } else { 0.0 },
            }
        })
        .collect();
    let outside = |column: Option<&Column>| {
        column.map_or(0.0, |column| {
            column.room.max(16.0) + LANE * (column.lanes as f64 - 1.0) + column.half + 12.0
        })
    };
    let left = stamps + outside(columns.first());
    // One host alone has all room on its right, where its way to itself is drawn.
    let right = if count > 1 { width - outside(columns.last()) } else { width };
    for (place, column) in columns.iter_mut().enumerate() {
        let part = if count > 1 { place as f64 / (count - 1) as f64 } else { 0.0 };
        column.x = (left + (right - left).max(40.0) * part).round();
    }
    (columns, lanes)
}

/// When an end has a state other than CLOSED, from its first to its last such moment.
pub fn lifetime(story: &Story, end: EndId) -> Option<(Instant, Instant)> {
    let End { states, unseen, .. } = story.end_of(end);
    let first = states.iter().find(|change| change.after != State::Closed)?;
    let last = states.last()?;
    let open = || unseen.map_or(story.end, |unseen| unseen.max(last.at));
    Some((first.at, if last.after == State::Closed { last.at } else { open() }))
}

/// Connections stand next to the life line, listening sockets outside; more than fit have no place.
fn lanes(story: &Story) -> Vec<Lane> {
    let mut found = Vec::new();
    for (column, player) in story.players.iter().enumerate() {
        let mut free: Vec<Instant> = Vec::new();
        let mut lasts = Vec::new();
        for kind in [EndKind::Connection, EndKind::Listener] {
            let base = if kind == EndKind::Listener { free.len().min(LANES - 1) } else { 0 };
            let ends = story.ends.iter().enumerate().map(|(place, end)| (EndId(place), end));
            for (id, _) in ends.filter(|(_, end)| end.host == player.host && end.kind == kind) {
                let Some((born, dead)) = lifetime(story, id) else { continue };
                let lane = (base..LANES).find(|&lane| free.get(lane).is_none_or(|&until| until <= born));
                let Some(lane) = lane else { continue };
                if lane < free.len() {
                    free[lane] = dead;
                } else {
                    free.push(dead);
                }
                lasts.push(Lane { end: id, column, lane: free.len().min(lane + 1) - 1 });
            }
        }
        found.extend(lasts);
    }
    found
}
