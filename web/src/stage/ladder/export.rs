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
    let drawn = Drawn::of(story, picture, "part");
    alone(drawn.view(), drawn.width, drawn.height, &drawn.title, &drawn.inner)
}

/// Two ladders in one standalone SVG, as they stand on the page: what was on the left, what if on the right. Both begin at the same
/// height; each has the page's half.
pub fn beside(was: &Story, what_if: &Story, picture: Picture) -> String {
    const GAP: f64 = 40.0;
    const CAPTION: f64 = 28.0;
    let sides = [(was, "What was", "was"), (what_if, "What if", "if")];
    let mut inner = String::new();
    let (mut x, mut height, mut titles) = (0.0, 0.0_f64, Vec::new());
    for (story, caption, id) in sides {
        let drawn = Drawn::of(story, picture, id);
        inner += &format!(
            r#"<text x="{}" y="18" style="font:600 15px var(--sans);fill:var(--ink)">{caption}</text><svg class="ladder-drawing" x="{}" y="{CAPTION}" width="{}" height="{}" viewBox="{}">{}</svg>"#,
            N(x + 4.0),
            N(x),
            N(drawn.width),
            N(drawn.height),
            drawn.view(),
            drawn.inner,
        );
        x += drawn.width + GAP;
        height = height.max(drawn.height);
        titles.push(format!("{caption}: {}", drawn.title));
    }
    let (width, height) = (x - GAP, height + CAPTION);
    alone(format!("0 0 {} {}", N(width), N(height)), width, height, &titles.join(". "), &inner)
}

/// A ladder without the frame that makes it a file.
struct Drawn {
    top: f64,
    width: f64,
    height: f64,
    title: String,
    inner: String,
}

impl Drawn {
    /// Draws it; `id` is another one for each drawing of a file.
    fn of(story: &Story, picture: Picture, id: &str) -> Drawn {
        let Picture { width, zoom, scale, numbers, part } = picture;
        let plan = Plan::of(story, Look { width, zoom, scale, numbers, calls: true });
        let (top, bottom) = match part {
            Some((from, until)) => (plan.axis.top(from) - 16.0, plan.axis.y(until.min(story.end)) + 16.0),
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
        let inner = format!(
            concat!(
                r#"<rect x="0" y="{y}" width="{width}" height="{whole}" style="fill:var(--paper)"/>"#,
                r#"<clipPath id="{id}"><rect x="0" y="{top}" width="{width}" height="{high}"/></clipPath>{names}<g clip-path="url(#{id})">{body}</g>"#
            ),
            id = id,
            y = N(top - HEAD),
            width = N(width),
            whole = N(high + HEAD),
            top = N(top),
            high = N(high),
            names = names(&plan, top - 14.0),
            body = inside(story, &plan, top, top + high),
        );
        Drawn { top: top - HEAD, width, height: high + HEAD, title, inner }
    }

    fn view(&self) -> String {
        format!("0 {} {} {}", N(self.top), N(self.width), N(self.height))
    }
}

/// A file of its own around a drawing, with its colours for light and dark.
fn alone(view: String, width: f64, height: f64, title: &str, inner: &str) -> String {
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="ladder-drawing" role="img" viewBox="{view}" "#,
            r#"width="{width}" height="{height}"><title>{title}</title><style>svg.ladder-drawing:root{{{alone};--sans:system-ui,sans-serif;--mono:ui-monospace,monospace;background:var(--paper)}}"#,
            r#"@media(prefers-color-scheme:dark){{svg.ladder-drawing:root{{{dark}}}}}{rules}</style>{inner}</svg>"#
        ),
        view = view,
        width = N(width),
        height = N(height),
        title = escaped(title),
        alone = ALONE,
        dark = DARK,
        rules = RULES,
        inner = inner,
    )
}
