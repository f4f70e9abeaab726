//! A ladder as small as a stamp: life lines, arrows, a letter for each, and only the telling part.

use super::arrows::{Arrow, Kind, Tip};
use super::axis::Scale;
use super::draw::{N, head, role};
use super::moment::letter;
use super::plan::{Look, Plan};
use crate::stage::{Numbers, Story};
use std::collections::BTreeMap;
use std::fmt::Write;

const WIDE: f64 = 320.0;
const HIGH: f64 = 200.0;
/// Left free above and below.
const MARGIN: f64 = 12.0;
/// Arrows on a poster, at most.
const MOST: usize = 16;
/// Lines of one way stand at least so far apart.
const BURST: f64 = 4.5;
/// Letters stand at least so far apart.
const APART: f64 = 13.0;

/// The colours of a picture that stands alone; within a page, the page's own hold.
pub const ALONE: &str = "--ink:#1d2126;--soft:#59616b;--paper:#fdfdfb;--raised:#f4f4f0;--rule:#d6d8d8;--edge:#858c94;\
--client:#0a62a8;--server:#ad4a00;--ok:#0b6b5b;--error:#b3123f;--waiting:#7a5f00;--syn:#5646b4;--ack:#47627a;--fin:#8f3d86;\
--rst:#b3123f;--psh:#2f6d3a;--urg:#7a5f00;--data:#2f6d3a;--fresh:#ffe9a3;--link:#0a5a9c";

/// The same in the dark.
pub const DARK: &str = "--ink:#e3e6ea;--soft:#a2abb5;--paper:#15181c;--raised:#1d2126;--rule:#383f47;--edge:#77808a;\
--client:#74b6f2;--server:#f0a060;--ok:#5cc9b2;--error:#ff86a3;--waiting:#e2c04a;--syn:#b0a5ff;--ack:#9db8cf;--fin:#e59adb;\
--rst:#ff86a3;--psh:#86cf90;--urg:#e2c04a;--data:#86cf90;--fresh:#57480f;--link:#86bdf0";

/// A small SVG of the telling part of a story, 320 by 200, with colours by the page's tokens where it stands in a page. It names no
/// words, so whoever shows it says what it is.
pub fn poster(story: &Story) -> String {
    let look = Look { width: WIDE, zoom: 1.0, scale: Scale::Time, numbers: Numbers::Relative, calls: false };
    let plan = Plan::of(story, look);
    let mut out = String::with_capacity(4_096);
    write_poster(&mut out, story, &plan).expect("a String takes all that is written");
    out
}

/// Whether an arrow is out of the ordinary.
fn odd(arrow: &Arrow) -> bool {
    arrow.tip != Tip::Whole
        || arrow.again
        || arrow.copy
        || matches!(arrow.kind, Kind::Rst | Kind::Urg | Kind::Icmp)
}

/// The arrows that a small picture has room for: a burst is a few thin lines, not a thick one.
fn apart(plan: &Plan) -> Vec<&Arrow> {
    let mut last: BTreeMap<(i64, i64), (f64, f64)> = BTreeMap::new();
    let mut clear = |arrow: &&Arrow| {
        let (from, to) = (arrow.from, arrow.to);
        let way = (from.0 as i64, to.0 as i64);
        let near = |before: &(f64, f64)| from.1 - before.0 < BURST && to.1 - before.1 < BURST;
        let clear = odd(arrow) || !last.get(&way).is_some_and(near);
        if clear {
            last.insert(way, (from.1, to.1));
        }
        clear
    };
    plan.arrows.iter().filter(|arrow| clear(arrow)).collect()
}

/// What a reader should see: from a little before the first thing that is out of the ordinary.
fn telling<'a, 'b>(arrows: &'b [&'a Arrow]) -> &'b [&'a Arrow] {
    let first = if arrows.len() <= MOST { None } else { arrows.iter().position(|arrow| odd(arrow)) };
    let begin = first.map_or(0, |place| place.saturating_sub(MOST / 3));
    let begin = begin.min(arrows.len().saturating_sub(MOST));
    &arrows[begin..arrows.len().min(begin + MOST)]
}

fn write_poster(out: &mut String, story: &Story, plan: &Plan) -> std::fmt::Result {
    write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="ladder-poster" viewBox="0 0 320 200" aria-hidden="true"><style>svg.ladder-poster:root{{{ALONE}}}@media(prefers-color-scheme:dark){{svg.ladder-poster:root{{{DARK}}}}}</style>"#
    )?;
    for column in &plan.columns {
        let (x, bottom) = (N(column.x), N(HIGH - 2.0));
        let colour = match role(column.role) {
            "router" => "edge",
            role => role,
        };
        write!(out, r#"<path d="M{x} 2V{bottom}" stroke="var(--{colour})" stroke-width="2"/>"#)?;
    }
    let all = apart(plan);
    let arrows = telling(&all);
    let top = arrows.iter().map(|arrow| arrow.from.1).fold(f64::MAX, f64::min);
    let bottom = arrows.iter().map(|arrow| arrow.to.1).fold(0.0, f64::max);
    // A few arrows need not fill it: a slope says how long they take.
    let factor = ((HIGH - 2.0 * MARGIN) / (bottom - top).max(1.0)).min(1.0);
    let place = |(x, y): (f64, f64)| (x, MARGIN + (y - top) * factor);
    let mut last: [f64; 2] = [f64::MIN; 2];
    for arrow in arrows {
        let (from, to) = (place(arrow.from), place(arrow.to));
        let colour = colour(arrow.kind);
        let wide = if arrow.kind == Kind::Ack { "1" } else { "1.6" };
        let dash = if arrow.copy { r#" stroke-dasharray="4 3""# } else { "" };
        let turn = arrow.via.map(place).map_or_else(String::new, |(x, y)| format!("L{} {}", N(x), N(y)));
        let tip = match arrow.tip {
            Tip::Broken(_) => format!("M{} {}l8 8m0 -8l-8 8", N(to.0 - 4.0), N(to.1 - 4.0)),
            _ => head(arrow.via.map_or(from, place), to, 7.0),
        };
        write!(
            out,
            r#"<path d="M{} {}{turn}L{} {}{tip}" fill="none" stroke="var(--{colour})" stroke-width="{wide}"{dash}/>"#,
            N(from.0),
            N(from.1),
            N(to.0),
            N(to.1)
        )?;
        let way = usize::from(arrow.to.0 > arrow.from.0);
        if from.1 - last[way] < APART {
            continue;
        }
        last[way] = from.1;
        let part = if matches!(arrow.tip, Tip::Broken(_)) { 0.5 } else { 0.3 };
        let (x, y) = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part - 3.0);
        let letter = letter(story, arrow.packet);
        write!(
            out,
            r#"<text x="{}" y="{}" text-anchor="middle" font-family="ui-monospace,monospace" font-size="12" font-weight="700" stroke="var(--paper)" stroke-width="3" paint-order="stroke" fill="var(--{colour})">{letter}</text>"#,
            N(x),
            N(y.max(10.0))
        )?;
    }
    out.push_str("</svg>");
    Ok(())
}

/// The token of a kind's colour.
const fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Udp => "ink",
        Kind::Icmp => "error",
        kind => kind.class(),
    }
}
