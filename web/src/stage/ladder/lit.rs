//! What lights up in a ladder: the same shapes once more, over those that stand there, and what ties them together.

use super::draw::{N, write_arrow, write_label};
use super::pane::bracket;
use super::plan::Plan;
use crate::stage::story::EndId;
use crate::stage::{Focus, Story, Thing};
use std::fmt::Write;

/// The most arrows that light up at once.
const MOST: usize = 400;

/// What is lit between two heights, as SVG text; empty if nothing is.
pub fn inside(story: &Story, plan: &Plan, focus: &Focus, top: f64, bottom: f64) -> String {
    let mut out = String::new();
    write(&mut out, story, plan, focus, top, bottom).expect("a String takes all that is written");
    out
}

fn write(
    out: &mut String,
    story: &Story,
    plan: &Plan,
    focus: &Focus,
    top: f64,
    bottom: f64,
) -> std::fmt::Result {
    let seen = |first: f64, last: f64| last >= top && first <= bottom;
    for end in [focus.hover, focus.picked].into_iter().flatten().filter_map(end_of) {
        write_timers(out, story, plan, end, &seen)?;
    }
    // A connection has too many to draw each of them once more.
    let whole = [focus.hover, focus.picked].into_iter().flatten().any(|thing| end_of(thing).is_some());
    if !whole {
        let lit = focus.packets.iter().filter_map(|&packet| plan.arrow(packet));
        for arrow in lit.filter(|arrow| seen(arrow.from.1, arrow.to.1)).take(MOST) {
            write_arrow(out, arrow)?;
            if let Some(label) = &arrow.label {
                write_label(out, label)?;
            }
        }
        write_repeats(out, story, plan, focus, &seen)?;
    }
    for bar in focus.calls.iter().filter_map(|&call| plan.bar(call)) {
        if seen(bar.top, bar.bottom) {
            let (x, y, high) = (N(bar.x - 5.5), N(bar.top - 5.5), N(bar.bottom - bar.top + 11.0));
            write!(out, r#"<rect class="around" x="{x}" y="{y}" width="11" height="{high}" rx="4"/>"#)?;
        }
    }
    for packet in [focus.picked, focus.hover].into_iter().flatten().filter_map(|thing| match thing {
        Thing::Packet(packet) => Some(packet),
        _ => None,
    }) {
        let Some(arrow) = plan.arrow(packet).filter(|arrow| seen(arrow.from.1, arrow.to.1)) else { continue };
        for (x, y) in [arrow.from, arrow.to] {
            write!(out, r#"<circle class="picked" cx="{}" cy="{}" r="4"/>"#, N(x), N(y))?;
        }
    }
    Ok(())
}

const fn end_of(thing: Thing) -> Option<EndId> {
    match thing {
        Thing::End(end) => Some(end),
        _ => None,
    }
}

/// From each sending of what is pointed at to the next one of the same octets.
fn write_repeats(
    out: &mut String,
    story: &Story,
    plan: &Plan,
    focus: &Focus,
    seen: &impl Fn(f64, f64) -> bool,
) -> std::fmt::Result {
    let mut tied: Vec<(usize, usize)> = Vec::new();
    for packet in [focus.hover, focus.picked].into_iter().flatten().filter_map(|thing| match thing {
        Thing::Packet(packet) => Some(packet),
        _ => None,
    }) {
        let mut last = packet;
        while let Some(before) = story.packets.get(last).and_then(|packet| packet.repeats) {
            tied.push((before, last));
            last = before;
        }
        let later = story.packets.iter().enumerate().skip(packet);
        tied.extend(
            later.filter(|(_, other)| other.repeats == Some(packet)).map(|(later, _)| (packet, later)),
        );
    }
    tied.sort_unstable();
    tied.dedup();
    for (before, after) in tied {
        let (Some(one), Some(other)) = (plan.arrow(before), plan.arrow(after)) else { continue };
        if seen(one.from.1, other.from.1) {
            // On the side to which the arrows do not go.
            let away = if one.to.0 > one.from.0 { -1.0 } else { 1.0 };
            write!(out, r#"<path class="again-tie" d="{}"/>"#, bracket(one.from, other.from, away))?;
        }
    }
    Ok(())
}

/// All runs of an end's timers: those that were stopped in time, too.
fn write_timers(
    out: &mut String,
    story: &Story,
    plan: &Plan,
    end: EndId,
    seen: &impl Fn(f64, f64) -> bool,
) -> std::fmt::Result {
    let Some(lane) = plan.lanes.iter().find(|lane| lane.end == end) else { return Ok(()) };
    let column = &plan.columns[lane.column];
    let x = N(column.lane(lane.lane) + column.side.sign() * (column.half + 3.0));
    for run in &story.end_of(end).timers {
        let (top, until) = (plan.axis.y(run.set), plan.axis.top(run.until));
        if seen(top, until) && until > top {
            write!(out, r#"<path class="timer" d="M{x} {}V{}"/>"#, N(top), N(until))?;
        }
    }
    Ok(())
}
