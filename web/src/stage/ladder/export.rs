//! A ladder, or a part of one, as an SVG file that stands alone: with its colours for light and dark, and without the page's fonts.

use super::arrows::Tip;
use super::axis::Scale;
use super::draw::{N, escaped, inside, names};
use super::plan::{Look, Plan};
use super::poster::{ALONE, DARK};
use crate::stage::{Numbers, Story};
use sockets::Instant;

/// The drawing's rules, the same as on the page.
const RULES: &str = include_str!("../../../studio/ladder-drawing.css");
/// Above the ladder, for the hosts' names.
const HEAD: f64 = 34.0;

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picture {
    /// In sixteenths of the font size: 960 is a page's width.
    pub width: f64,
    /// 1 is the default.
    pub zoom: f64,
    /// To scale or event by event.
    pub scale: Scale,
    /// How sequence numbers are written.
    pub numbers: Numbers,
    /// From this moment to that one; all where there is none.
    pub part: Option<(Instant, Instant)>,
}

impl Default for Picture {
    fn default() -> Picture {
        Picture { width: 960.0, zoom: 1.0, scale: Scale::default(), numbers: Numbers::default(), part: None }
    }
}

/// A standalone SVG of the ladder or a part of it.
pub fn svg(story: &Story, picture: Picture) -> String {
    let Picture { width, zoom, scale, numbers, part } = picture;
    let plan = Plan::of(story, Look { width, zoom, scale, numbers, calls: true });
    let (top, bottom) = match part {
        Some((from, until)) => (plan.axis.top(from) - 16.0, plan.axis.y(until) + 16.0),
        None => (0.0, plan.height),
    };
    let (top, high) = (top.floor(), (bottom - top).max(1.0).ceil());
    let lost = plan.arrows.iter().filter(|arrow| matches!(arrow.tip, Tip::Broken(_))).count();
    let hosts: Vec<&str> = plan.columns.iter().map(|column| column.name.as_str()).collect();
    let title = format!(
        "Ladder of {}: {} datagrams, of which {lost} never arrive, in {}",
        hosts.join(", "),
        plan.arrows.len(),
        story.end.since(story.begin)
    );
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="ladder-drawing" role="img" viewBox="0 {y} {width} {whole}" "#,
            r#"width="{width}" height="{whole}"><title>{title}</title><style>svg.ladder-drawing:root{{{alone};--sans:system-ui,sans-serif;--mono:ui-monospace,monospace}}"#,
            r#"@media(prefers-color-scheme:dark){{svg.ladder-drawing:root{{{dark}}}}}{rules}</style>"#,
            r#"<rect x="0" y="{y}" width="{width}" height="{whole}" style="fill:var(--paper)"/>"#,
            r#"<clipPath id="part"><rect x="0" y="{top}" width="{width}" height="{high}"/></clipPath>{names}<g clip-path="url(#part)">{body}</g></svg>"#
        ),
        y = N(top - HEAD),
        width = N(width),
        whole = N(high + HEAD),
        title = escaped(&title),
        alone = ALONE,
        dark = DARK,
        rules = RULES,
        top = N(top),
        high = N(high),
        names = names(&plan, top - 14.0),
        body = inside(story, &plan, top, top + high),
    )
}
