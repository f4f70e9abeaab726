//! What of a part of the ladder is drawn while all of it races past, as when the bar is dragged: lines without words, few elements for
//! however many arrows. Nobody can read more; once the ladder rests, all of it is drawn.

use super::arrows::{Kind, Tip};
use super::columns::HALF;
use super::draw::{N, edges, line, strip};
use super::moment::Head;
use super::plan::Plan;
use crate::stage::{Role, Story};
use sockets::State;
use std::fmt::Write;

/// A rectangle: left, top, width, height.
pub type Place = (f64, f64, f64, f64);

/// What is seen in passing.
#[derive(Clone, Debug, PartialEq)]
pub struct Passing {
    /// States.
    pub bands: Vec<(State, Role, Place)>,
    /// Folded silences.
    pub folds: Vec<Place>,
    /// Calls, as path data.
    pub calls: String,
    /// Arrows of each kind, as path data. Every kind has its place, so that what is drawn stays and only changes its course.
    pub arrows: Vec<(Kind, String)>,
    /// What marks those that never arrive, as path data.
    pub crosses: String,
}

/// What stands between two heights.
pub fn passing(story: &Story, plan: &Plan, top: f64, bottom: f64) -> Passing {
    let seen = |first: f64, last: f64| last >= top - 20.0 && first <= bottom + 20.0;
    let bands = plan.bands.iter().filter(|band| seen(band.top, band.bottom)).map(|band| {
        let lane = plan.lanes.iter().find(|lane| lane.end == band.end);
        let role = lane.map_or(Role::Router, |lane| plan.columns[lane.column].role);
        (band.state, role, (band.x - HALF, band.top, 2.0 * HALF, (band.bottom - band.top).max(1.0)))
    });
    let (left, right) = edges(plan);
    let folds = plan.axis.folds.iter().filter(|fold| seen(fold.top, fold.bottom));
    let mut arrows = Kind::ALL.map(|kind| (kind, String::new())).to_vec();
    let mut crosses = String::new();
    for arrow in &plan.arrows[plan.near(story, top, bottom)] {
        if !seen(arrow.from.1, arrow.to.1) {
            continue;
        }
        if let Some((_, path)) = arrows.iter_mut().find(|(kind, _)| *kind == arrow.kind) {
            path.push_str(&line(arrow));
        }
        if matches!(arrow.tip, Tip::Broken(_)) {
            let (x, y) = (N(arrow.to.0 - 3.0), N(arrow.to.1 - 3.0));
            write!(crosses, "M{x} {y}l6 6m0 -6l-6 6").expect("a String takes all that is written");
        }
    }
    Passing {
        bands: bands.collect(),
        folds: folds
            .map(|fold| (left, fold.top + 7.0, right - left, fold.bottom - fold.top - 14.0))
            .collect(),
        calls: plan.bars.iter().filter(|bar| seen(bar.top, bar.bottom)).map(strip).collect(),
        arrows,
        crosses,
    }
}

/// What is under way, as path data for each kind, around a height: strokes of no length, which round ends make dots.
pub fn dots(heads: &[Head], y: f64) -> Vec<(Kind, String)> {
    let of = |kind: Kind| {
        let own = heads.iter().filter(|head| head.kind == kind);
        (kind, own.map(|head| format!("M{} {}h0", N(head.x), N(head.y - y))).collect())
    };
    Kind::ALL.map(of).to_vec()
}
