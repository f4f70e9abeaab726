//! What is under a pointer. Asked of the plan and not of the page: thin lines are hard to meet, and thousands of them cost much.

use super::plan::{Plan, living};
use crate::stage::{Story, Thing};
use sockets::Instant;

/// How near is near enough.
const NEAR: f64 = 7.0;

/// The thing at a point of the ladder, if there is one.
pub fn hit(story: &Story, plan: &Plan, x: f64, y: f64) -> Option<Thing> {
    let bar = plan.bars.iter().find(|bar| {
        (bar.x - x).abs() <= 5.0 && bar.top - 5.0 <= y && y <= bar.bottom + 5.0
            || bar.words.iter().any(|words| {
                let wide = words.text.chars().count() as f64 * 6.3;
                let left = if words.ends { words.x - wide } else { words.x };
                left <= x && x <= left + wide && words.y - 12.0 <= y && y <= words.y + 3.0
            })
    });
    if let Some(bar) = bar {
        return Some(Thing::Call(bar.call));
    }
    if let Some(end) = living(story, plan, x, plan.axis.time(y)) {
        return Some(Thing::End(end));
    }
    let mut best: Option<(f64, usize)> = None;
    for arrow in &plan.arrows[plan.near(story, y - 20.0, y + 20.0)] {
        let on_label = arrow.label.as_ref().is_some_and(|label| label.patch.holds(x, y));
        let far = if on_label { 1.5 } else { arrow.distance(x, y) };
        if far <= NEAR && best.is_none_or(|(best, _)| far < best) {
            best = Some((far, arrow.packet));
        }
    }
    best.map(|(_, packet)| Thing::Packet(packet))
}

/// The next arrow after a packet, or the last before it; without one, that which a moment is nearest to.
pub fn neighbour(
    story: &Story,
    plan: &Plan,
    from: Option<usize>,
    at: Instant,
    forward: bool,
) -> Option<usize> {
    let place = match from {
        Some(packet) => {
            let place = plan.arrows.partition_point(|arrow| arrow.packet < packet);
            if forward { place + 1 } else { place.checked_sub(1)? }
        }
        None => {
            let sent = plan.arrows.partition_point(|arrow| story.packets[arrow.packet].sent <= at);
            if forward { sent } else { sent.checked_sub(1)? }
        }
    };
    plan.arrows.get(place).map(|arrow| arrow.packet)
}
