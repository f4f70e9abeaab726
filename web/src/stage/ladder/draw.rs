//! A part of a [`Plan`] as SVG text. Colours and fonts are the style sheet's: here are shapes, and a class for each meaning.
//!
//! It is text and not a component: a part is built at once, and never changes until another one is looked at.

use super::arrows::{Arrow, Kind, Label, Tip};
use super::calls::{Bar, Words};
use super::columns::Column;
use super::differ::Difference;
use super::free::Patch;
use super::plan::Plan;
use crate::stage::{Role, Story};
use sockets::State;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Arrows that stand closer than this, on the average, are drawn as one path for each kind.
const DENSE: f64 = 3.0;

/// A text as XML has it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A number with one decimal at most.
pub struct N(pub f64);

impl std::fmt::Display for N {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        let sign = if tenths < 0 { "-" } else { "" };
        match (tenths.abs() / 10, tenths.abs() % 10) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (whole, part) => write!(f, "{sign}{whole}.{part}"),
        }
    }
}

/// The class of a host's colour.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Server => "server",
        Role::Router => "router",
    }
}

/// The phase of life that a state belongs to.
pub const fn phase(state: State) -> &'static str {
    match state {
        State::Closed => "closed",
        State::Listen => "listening",
        State::SynSent | State::SynReceived => "opening",
        State::Established => "established",
        State::FinWait1 | State::FinWait2 | State::CloseWait | State::Closing | State::LastAck => "closing",
        State::TimeWait => "time-wait",
    }
}

/// What stands between two heights, without a surrounding `<svg>`. What crosses an edge is drawn whole.
pub fn inside(story: &Story, plan: &Plan, top: f64, bottom: f64) -> String {
    let mut out = String::with_capacity(16_384);
    let result = write_inside(&mut out, story, plan, top, bottom);
    result.expect("a String takes all that is written");
    out
}

type Written = std::fmt::Result;

fn write_inside(out: &mut String, story: &Story, plan: &Plan, top: f64, bottom: f64) -> Written {
    let seen = |first: f64, last: f64| last >= top - 20.0 && first <= bottom + 20.0;
    let (first, last) = (top.max(0.0), bottom.min(plan.height));
    for column in &plan.columns {
        let (x, role) = (N(column.x), role(column.role));
        write!(out, r#"<line class="life {role}" x1="{x}" x2="{x}" y1="{}" y2="{}"/>"#, N(first), N(last))?;
    }
    for band in plan.bands.iter().filter(|band| seen(band.top, band.bottom)) {
        write_band(out, plan, band)?;
    }
    for stamp in plan.stamps.iter().filter(|stamp| seen(stamp.y, stamp.y)) {
        write!(out, r#"<text class="stamp" x="2" y="{}">{}</text>"#, N(stamp.y + 4.0), stamp.text)?;
    }
    for alarm in plan.alarms.iter().filter(|alarm| seen(alarm.top, alarm.bottom)) {
        let (x, y) = (alarm.x, alarm.bottom);
        write!(out, r#"<g class="alarm"><title>timer: {}</title>"#, alarm.timer.name())?;
        write!(out, r#"<path d="M{} {}V{}m-4 0h8"/>"#, N(x), N(alarm.top), N(y))?;
        if let Some(words) = &alarm.words {
            write_words(out, words)?;
        }
        out.push_str("</g>");
    }
    let bars: Vec<&Bar> = plan.bars.iter().filter(|bar| seen(bar.top, bar.bottom)).collect();
    if bars.len() as f64 * DENSE > bottom - top {
        let path: String = bars.iter().map(|bar| strip(bar)).collect();
        write!(out, r#"<g class="call many"><path d="{path}"/></g>"#)?;
        for words in bars.iter().flat_map(|bar| &bar.words) {
            write_words(out, words)?;
        }
    } else {
        for bar in bars {
            write_bar(out, story, bar)?;
        }
    }
    for fold in plan.axis.folds.iter().filter(|fold| seen(fold.top, fold.bottom)) {
        let (y, high) = (fold.top + 7.0, fold.bottom - fold.top - 14.0);
        let middle = f64::midpoint(fold.top, fold.bottom);
        let (left, right) = edges(plan);
        write!(
            out,
            r#"<g class="fold"><rect x="{}" width="{}" y="{}" height="{}"/><text x="{}" y="{}">{}</text></g>"#,
            N(left),
            N(right - left),
            N(y),
            N(high),
            N(f64::midpoint(left, right)),
            N(middle + 4.0),
            fold.span
        )?;
    }
    let arrows: Vec<&Arrow> = plan.arrows[plan.near(story, top, bottom)]
        .iter()
        .filter(|arrow| seen(arrow.from.1, arrow.to.1))
        .collect();
    if arrows.len() as f64 * DENSE > bottom - top {
        write_dense(out, &arrows)?;
    } else {
        for arrow in &arrows {
            write_arrow(out, arrow)?;
        }
    }
    for tie in plan.ties.iter().filter(|tie| seen(tie.from.1.min(tie.to.1), tie.from.1.max(tie.to.1))) {
        let (from, to) = (tie.from, tie.to);
        let (x, y) = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        let line = format!("M{} {}L{} {}", N(from.0), N(from.1), N(to.0), N(to.1));
        write!(out, r#"<g class="tie"><path d="{line}"/><path class="tip" d="{}"/>"#, head(from, to, 7.0))?;
        write!(out, r#"<text x="{}" y="{}">{}</text></g>"#, N(x), N(y + 4.0), escaped(&tie.text))?;
    }
    for (packet, difference) in &plan.differs {
        let Some(arrow) = plan.arrow(*packet).filter(|arrow| seen(arrow.from.1, arrow.from.1)) else {
            continue;
        };
        let away = if arrow.to.0 < arrow.from.0 { 1.0 } else { -1.0 };
        let (x, y) = (N(arrow.from.0 + away * 8.0 - 4.5), N(arrow.from.1));
        let class = match difference {
            Difference::Only | Difference::Fate => "differs",
            Difference::Later(_) | Difference::Earlier(_) => "differs moved",
        };
        write!(out, r#"<path class="{class}" d="M{x} {y}l4.5 -4.5l4.5 4.5l-4.5 4.5z"/>"#)?;
    }
    // Words above all lines.
    for label in arrows.iter().filter_map(|arrow| arrow.label.as_ref()) {
        write_label(out, label)?;
    }
    Ok(())
}

/// From the outermost bars on the left to those on the right: what a fold breaks off.
pub fn edges(plan: &Plan) -> (f64, f64) {
    let outermost = |column: &Column| {
        let outer = if plan.look.calls { column.bar(1) } else { column.lane(column.lanes - 1) };
        (outer.min(column.x - column.half), outer.max(column.x + column.half))
    };
    let all = plan.columns.iter().map(outermost);
    let (left, right) =
        all.fold((f64::MAX, f64::MIN), |(left, right), (first, last)| (left.min(first), right.max(last)));
    if plan.columns.len() < 2 { (left.min(plan.look.width), plan.look.width) } else { (left, right) }
}

fn write_band(out: &mut String, plan: &Plan, band: &super::plan::Band) -> Written {
    let half = super::columns::HALF;
    let role = plan
        .lanes
        .iter()
        .find(|lane| lane.end == band.end)
        .map_or("", |lane| role(plan.columns[lane.column].role));
    write!(
        out,
        r#"<g class="band {} {role}"><title>{}: {}</title><rect x="{}" width="{}" y="{}" height="{}"/>"#,
        phase(band.state),
        band.state,
        band.state.meaning(),
        N(band.x - half),
        N(2.0 * half),
        N(band.top),
        N((band.bottom - band.top).max(1.0))
    )?;
    let long = band.state.name().len() as f64 * 7.4;
    let folds = &plan.axis.folds;
    let mut y = band.top + 6.0;
    while y + long + 4.0 <= band.bottom {
        // A fold hides what is behind it.
        let next = folds.partition_point(|fold| fold.bottom <= y);
        if let Some(fold) = folds.get(next).filter(|fold| fold.top < y + long) {
            y = fold.bottom + 1.0;
            continue;
        }
        let (x, y_text) = (N(band.x - 4.2), N(y));
        write!(out, r#"<text transform="translate({x} {y_text})rotate(90)">{}</text>"#, band.state)?;
        y += 640.0;
    }
    out.push_str("</g>");
    Ok(())
}

fn write_words(out: &mut String, words: &Words) -> Written {
    let Words { x, y, ends, text } = words;
    let anchor = if *ends { r#" text-anchor="end""# } else { "" };
    write!(out, r#"<text x="{}" y="{}"{anchor}>{}</text>"#, N(*x), N(*y), escaped(text))
}

fn write_bar(out: &mut String, story: &Story, bar: &Bar) -> Written {
    let state = match (bar.open, bar.failed) {
        (true, _) => "waiting",
        (_, true) => "failed",
        _ => "fine",
    };
    let name = story.call(bar.call).op.kind().name();
    write!(out, r#"<g class="call {state}"><title>{name}</title>"#)?;
    let (x, top) = (bar.x, bar.top);
    if bar.bottom - top < 2.0 {
        write!(out, r#"<circle cx="{}" cy="{}" r="3.2"/>"#, N(x), N(top))?;
    } else {
        let high = N(bar.bottom - top);
        write!(out, r#"<rect x="{}" y="{}" width="6" height="{high}" rx="1.5"/>"#, N(x - 3.0), N(top))?;
    }
    for words in &bar.words {
        write_words(out, words)?;
    }
    out.push_str("</g>");
    Ok(())
}

/// The two strokes of an arrow's head, as path data.
pub fn head(from: (f64, f64), to: (f64, f64), long: f64) -> String {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (along, aside) = (long / length, long * 0.42 / length);
    let point =
        |side: f64| (N(to.0 - dx * along + dy * aside * side), N(to.1 - dy * along - dx * aside * side));
    let ((a, b), (c, d)) = (point(1.0), point(-1.0));
    format!("M{a} {b}L{} {}L{c} {d}", N(to.0), N(to.1))
}

/// A call as path data, where there are many.
pub fn strip(bar: &Bar) -> String {
    format!("M{} {}v{}", N(bar.x), N(bar.top), N((bar.bottom - bar.top).max(0.6)))
}

/// An arrow as path data, without its head.
pub fn line(arrow: &Arrow) -> String {
    let (from, to) = (arrow.from, arrow.to);
    match arrow.via {
        Some((x, y)) => format!("M{} {}L{} {}L{} {}", N(from.0), N(from.1), N(x), N(y), N(to.0), N(to.1)),
        None => format!("M{} {}L{} {}", N(from.0), N(from.1), N(to.0), N(to.1)),
    }
}

pub fn write_arrow(out: &mut String, arrow: &Arrow) -> Written {
    let mut class = arrow.kind.class().to_owned();
    for (so, name) in
        [(arrow.copy, " copy"), (arrow.tip == Tip::Corrupted, " corrupted"), (arrow.again, " again")]
    {
        class += if so { name } else { "" };
    }
    write!(out, r#"<g class="arrow {class}" data-packet="{}"><path d="{}"/>"#, arrow.packet, line(arrow))?;
    let (x, y) = arrow.to;
    match arrow.tip {
        Tip::Broken(word) => {
            let onward = if arrow.to.0 < arrow.from.0 { -1.0 } else { 1.0 };
            let anchor = if onward < 0.0 { r#" text-anchor="end""# } else { "" };
            let (words_x, words_y) = (N(x + onward * 9.0), N(y + 4.0));
            write!(out, r#"<path class="cross" d="M{} {}l9 9m0 -9l-9 9"/>"#, N(x - 4.5), N(y - 4.5))?;
            write!(out, r#"<text class="fate" x="{words_x}" y="{words_y}"{anchor}>{word}</text>"#)?;
        }
        Tip::Whole | Tip::Corrupted => {
            write!(
                out,
                r#"<path class="head" d="{}"/>"#,
                head(arrow.via.unwrap_or(arrow.from), arrow.to, 8.0)
            )?;
        }
    }
    if arrow.tip == Tip::Corrupted {
        let (from_x, from_y) = arrow.from;
        let (x, y) = (from_x + (x - from_x) * 0.62, from_y + (y - from_y) * 0.62);
        write!(out, r#"<path class="flaw" d="M{} {}l4 -6l4 10l4 -10l4 6"/>"#, N(x - 8.0), N(y + 1.0))?;
    }
    if arrow.again {
        write!(out, r#"<circle class="ring" cx="{}" cy="{}" r="3.4"/>"#, N(arrow.from.0), N(arrow.from.1))?;
    }
    out.push_str("</g>");
    Ok(())
}

/// Many arrows as a few paths; those that never arrive keep their crosses.
fn write_dense(out: &mut String, arrows: &[&Arrow]) -> Written {
    let mut paths: BTreeMap<Kind, String> = BTreeMap::new();
    for arrow in arrows {
        paths.entry(arrow.kind).or_default().push_str(&line(arrow));
    }
    for (kind, path) in paths {
        write!(out, r#"<g class="arrow dense {}"><path d="{path}"/></g>"#, kind.class())?;
    }
    for arrow in arrows.iter().filter(|arrow| matches!(arrow.tip, Tip::Broken(_))) {
        let (x, y) = (N(arrow.to.0 - 3.0), N(arrow.to.1 - 3.0));
        write!(
            out,
            r#"<g class="arrow {}"><path class="cross" d="M{x} {y}l6 6m0 -6l-6 6"/></g>"#,
            arrow.kind.class()
        )?;
    }
    Ok(())
}

/// The class of a control bit's letter.
pub const fn bit(letter: char) -> &'static str {
    match letter {
        'S' => "syn",
        'F' => "fin",
        'R' => "rst",
        'P' => "psh",
        'U' => "urg",
        '.' | 'A' => "ack",
        _ => "other",
    }
}

pub fn write_label(out: &mut String, label: &Label) -> Written {
    let Patch { x, y, way, .. } = label.patch;
    let turn = way.1.atan2(way.0).to_degrees();
    let turn = if turn.abs() < 0.1 { String::new() } else { format!("rotate({})", N(turn)) };
    write!(out, r#"<text class="label" transform="translate({} {}){turn}" y="4">"#, N(x), N(y))?;
    for letter in label.bits.chars() {
        write!(out, r#"<tspan class="bit {}">{letter}</tspan>"#, bit(letter))?;
    }
    let gap = if label.bits.is_empty() || label.rest.is_empty() { "" } else { " " };
    write!(out, "{gap}{}</text>", escaped(label.rest.trim_start()))
}

/// The names of the columns, at a height.
pub fn names(plan: &Plan, y: f64) -> String {
    let mut out = String::new();
    let last = plan.columns.len().saturating_sub(1);
    for (place, column) in plan.columns.iter().enumerate() {
        let (anchor, x) = match place {
            _ if column.role == Role::Router || column.room < 40.0 => ("middle", column.x),
            0 => ("start", column.x - column.half),
            _ if place == last => ("end", column.x + column.half),
            _ => ("middle", column.x),
        };
        write!(
            out,
            r#"<text class="host {}" x="{}" y="{}" text-anchor="{anchor}">{}</text>"#,
            role(column.role),
            N(x),
            N(y),
            escaped(&column.name)
        )
        .expect("a String takes all that is written");
    }
    out
}
