//! Where the states and the ways between them lie: RFC 9293, figure 5, drawn by hand, as one table. What may lead from state to state is
//! not said here but in `sim::tcp::transitions`; a test holds the two together.
//!
//! ```text
//!                 CLOSED
//!                 LISTEN
//!   SYN-RECEIVED            SYN-SENT
//!               ESTABLISHED
//!   FIN-WAIT-1              CLOSE-WAIT
//!   FIN-WAIT-2    CLOSING   LAST-ACK
//!                TIME-WAIT  CLOSED
//! ```

use sockets::State;

/// The picture's size, in its own units.
pub const SIZE: (f64, f64) = (656.0, 634.0);
/// Half of a state's box.
pub const HALF: (f64, f64) = (83.0, 21.0);

const LEFT: f64 = 88.0;
const MIDDLE: f64 = 320.0;
const RIGHT: f64 = 552.0;

/// A point of the picture.
pub type Point = (f64, f64);

/// A box of the picture. CLOSED has two, as in the figure: before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The state.
    pub state: State,
    /// The box's middle.
    pub middle: Point,
}

/// The boxes; the first of a state is where it begins.
pub const PLACES: [Place; 12] = [
    place(State::Closed, MIDDLE, 24.0),
    place(State::Listen, MIDDLE, 118.0),
    place(State::SynReceived, LEFT, 212.0),
    place(State::SynSent, RIGHT, 212.0),
    place(State::Established, MIDDLE, 306.0),
    place(State::FinWait1, LEFT, 400.0),
    place(State::CloseWait, RIGHT, 400.0),
    place(State::FinWait2, LEFT, 494.0),
    place(State::Closing, MIDDLE, 494.0),
    place(State::LastAck, RIGHT, 494.0),
    place(State::TimeWait, MIDDLE, 588.0),
    place(State::Closed, RIGHT, 588.0),
];

const fn place(state: State, x: f64, y: f64) -> Place {
    Place { state, middle: (x, y) }
}

/// A way between two boxes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Route {
    /// Where from.
    pub from: State,
    /// Where to.
    pub to: State,
    /// Whether the figure has it; others are drawn when they are taken.
    pub figure: bool,
    /// From edge to edge of the boxes.
    pub points: &'static [Point],
    /// Where the label's first line stands, and whether it ends there.
    pub label: Option<(Point, Anchor)>,
}

/// Which end of a text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

const fn way(from: State, to: State, points: &'static [Point], label: Point, anchor: Anchor) -> Route {
    Route { from, to, figure: true, points, label: Some((label, anchor)) }
}

const fn beside(from: State, to: State, points: &'static [Point]) -> Route {
    Route { from, to, figure: false, points, label: None }
}

use Anchor::{End, Middle, Start};
use State::{
    CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived, SynSent,
    TimeWait,
};

/// The ways.
pub const ROUTES: &[Route] = &[
    way(Closed, Listen, &[(300.0, 45.0), (300.0, 97.0)], (292.0, 75.0), End),
    way(Listen, Closed, &[(340.0, 97.0), (340.0, 45.0)], (348.0, 75.0), Start),
    way(Closed, SynSent, &[(403.0, 16.0), (578.0, 16.0), (578.0, 191.0)], (586.0, 92.0), Start),
    way(SynSent, Closed, &[(526.0, 191.0), (526.0, 32.0), (403.0, 32.0)], (518.0, 92.0), End),
    way(Listen, SynReceived, &[(237.0, 118.0), (100.0, 118.0), (100.0, 191.0)], (108.0, 136.0), Start),
    way(SynSent, SynReceived, &[(469.0, 212.0), (171.0, 212.0)], (320.0, 204.0), Middle),
    way(SynReceived, Established, &[(116.0, 233.0), (116.0, 298.0), (237.0, 298.0)], (124.0, 262.0), Start),
    way(SynSent, Established, &[(524.0, 233.0), (524.0, 298.0), (403.0, 298.0)], (516.0, 262.0), End),
    way(SynReceived, FinWait1, &[(40.0, 233.0), (40.0, 379.0)], (48.0, 302.0), Start),
    way(Established, FinWait1, &[(237.0, 314.0), (116.0, 314.0), (116.0, 379.0)], (124.0, 348.0), Start),
    way(Established, CloseWait, &[(403.0, 314.0), (524.0, 314.0), (524.0, 379.0)], (516.0, 348.0), End),
    way(FinWait1, FinWait2, &[(66.0, 421.0), (66.0, 473.0)], (74.0, 444.0), Start),
    way(FinWait1, Closing, &[(171.0, 400.0), (320.0, 400.0), (320.0, 473.0)], (312.0, 440.0), End),
    way(CloseWait, LastAck, &[(560.0, 421.0), (560.0, 473.0)], (552.0, 451.0), End),
    way(FinWait2, TimeWait, &[(88.0, 515.0), (88.0, 588.0), (237.0, 588.0)], (96.0, 540.0), Start),
    way(Closing, TimeWait, &[(320.0, 515.0), (320.0, 567.0)], (328.0, 538.0), Start),
    way(LastAck, Closed, &[(560.0, 515.0), (560.0, 567.0)], (552.0, 538.0), End),
    way(TimeWait, Closed, &[(403.0, 588.0), (469.0, 588.0)], (436.0, 606.0), Middle),
    beside(Listen, Established, &[(350.0, 139.0), (350.0, 285.0)]),
    beside(SynReceived, Closed, &[(60.0, 191.0), (60.0, 24.0), (237.0, 24.0)]),
    beside(
        Established,
        Closed,
        &[(370.0, 327.0), (370.0, 366.0), (420.0, 366.0), (420.0, 576.0), (469.0, 576.0)],
    ),
    beside(FinWait1, Closed, &[(171.0, 386.0), (436.0, 386.0), (436.0, 574.0), (469.0, 574.0)]),
    beside(FinWait2, Closed, &[(44.0, 515.0), (44.0, 626.0), (552.0, 626.0), (552.0, 609.0)]),
    beside(CloseWait, Closed, &[(635.0, 400.0), (648.0, 400.0), (648.0, 588.0), (635.0, 588.0)]),
    beside(Closing, Closed, &[(403.0, 494.0), (450.0, 494.0), (450.0, 574.0), (469.0, 574.0)]),
];

/// The way from a state to another, as its place among [`ROUTES`].
pub fn route(from: State, to: State) -> Option<usize> {
    ROUTES.iter().position(|route| route.from == from && route.to == to)
}

/// The box, a place among [`PLACES`], to which a change of state leads: CLOSED is the upper one for what was never open.
pub fn arrival(from: State, to: State) -> usize {
    if to == Closed && !matches!(from, Closed | Listen | SynSent | SynReceived) {
        return PLACES.len() - 1;
    }
    PLACES.iter().position(|place| place.state == to).unwrap_or(0)
}

/// A way as an SVG path with round corners.
pub fn path(points: &[Point]) -> String {
    const ROUND: f64 = 12.0;
    let mut path = String::new();
    for (place, &(x, y)) in points.iter().enumerate() {
        let (before, after) = (place.checked_sub(1).map(|place| points[place]), points.get(place + 1));
        match (before, after) {
            (None, _) => path += &format!("M{x} {y}"),
            (Some(_), None) => path += &format!("L{x} {y}"),
            (Some(before), Some(&after)) => {
                let toward = |(to_x, to_y): Point| {
                    let length = (to_x - x).hypot(to_y - y).max(1.0);
                    let part = (ROUND / length).min(0.5);
                    (x + (to_x - x) * part, y + (to_y - y) * part)
                };
                let (begin, end) = (toward(before), toward(after));
                path += &format!("L{:.1} {:.1}Q{x} {y} {:.1} {:.1}", begin.0, begin.1, end.0, end.1);
            }
        }
    }
    path
}

/// The head of the arrow at the end of a way.
pub fn head(points: &[Point]) -> String {
    let [.., (from_x, from_y), (x, y)] = *points else { return String::new() };
    let length = (x - from_x).hypot(y - from_y).max(1.0);
    let (along_x, along_y) = ((x - from_x) / length, (y - from_y) / length);
    let (back_x, back_y) = (x - along_x * 9.0, y - along_y * 9.0);
    let (side_x, side_y) = (-along_y * 4.5, along_x * 4.5);
    format!(
        "M{x} {y}L{:.1} {:.1}L{:.1} {:.1}Z",
        back_x + side_x,
        back_y + side_y,
        back_x - side_x,
        back_y - side_y
    )
}

/// The point after this part (0 to 1) of a line's length.
pub fn along(points: &[Point], part: f64) -> Point {
    let pieces = || {
        points.windows(2).map(|pair| (pair[0], pair[1], (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1)))
    };
    let mut left = pieces().map(|(_, _, length)| length).sum::<f64>() * part.clamp(0.0, 1.0);
    for (from, to, length) in pieces() {
        if left <= length && length > 0.0 {
            let part = left / length;
            return (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
        }
        left -= length;
    }
    points.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::tcp::transitions;

    #[test]
    fn every_transition_has_its_way_and_every_way_its_transition() {
        for row in transitions::TABLE {
            let place = route(row.from, row.to);
            assert!(place.is_some(), "{} to {} is not drawn", row.from, row.to);
        }
        for way in ROUTES {
            assert_eq!(route(way.from, way.to).map(|place| ROUTES[place]), Some(*way), "it is drawn twice");
            assert!(
                transitions::find(way.from, way.to).is_some(),
                "{} to {} is no transition",
                way.from,
                way.to
            );
        }
    }

    #[test]
    fn ways_begin_and_end_at_their_boxes() {
        let touches = |state: State, (x, y): Point| {
            PLACES.iter().filter(|place| place.state == state).any(|place| {
                let (across, down) = ((x - place.middle.0).abs(), (y - place.middle.1).abs());
                (across == HALF.0 && down <= HALF.1) || (down == HALF.1 && across <= HALF.0)
            })
        };
        for way in ROUTES {
            let [first, .., last] = way.points else { panic!("a way has two ends") };
            assert!(touches(way.from, *first), "{} to {} begins in the air", way.from, way.to);
            assert!(touches(way.to, *last), "{} to {} ends in the air", way.from, way.to);
        }
    }

    #[test]
    fn a_way_is_walked_by_its_length() {
        let line = [(0.0, 0.0), (30.0, 0.0), (30.0, 10.0)];
        assert_eq!(along(&line, 0.0), (0.0, 0.0));
        assert_eq!(along(&line, 0.5), (20.0, 0.0));
        assert_eq!(along(&line, 1.0), (30.0, 10.0));
        assert_eq!(along(&[(1.0, 1.0)], 0.3), (1.0, 1.0));
    }
}
