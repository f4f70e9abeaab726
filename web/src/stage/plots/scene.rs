//! From what is known of an end to what stands where: small multiples, one above the other, on one axis of time.

use super::data::{Bar, Data};
use super::steps::Steps;
use super::ticks::{Scale, interval, moment, rate, round_step, span};
use crate::number::grouped;
use sockets::Instant;
use std::fmt::Write;

/// The height of a line of words, in CSS pixels at the usual size.
const LINE: f64 = 15.0;
/// Room above each panel for its title.
const TITLE: f64 = 24.0;

/// What a mark or a line is; the style sheet knows how each looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its style class.
    pub class: &'static str,
    /// The data of an SVG path, in the panel's own places.
    pub path: String,
}

/// Words beside a line or a mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The style class of what it names.
    pub class: &'static str,
    /// The words.
    pub words: String,
    /// Where they begin, in the picture.
    pub x: f64,
    /// Where their base line is, in the picture.
    pub y: f64,
}

/// One plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its style class.
    pub name: &'static str,
    /// What is plotted, with its unit.
    pub title: &'static str,
    /// Its upper edge in the picture.
    pub top: f64,
    /// Its height.
    pub height: f64,
    /// From values to places, 0 being the panel's upper edge.
    pub y: Scale,
    /// Round values and where they stand in the panel.
    pub ticks: Vec<(f64, String)>,
    /// Lines and marks, those behind first.
    pub marks: Vec<Mark>,
    /// Words beside them.
    pub labels: Vec<Label>,
}

/// The whole picture, without what moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// From microseconds to places in a panel.
    pub x: Scale,
    /// Where panels begin.
    pub left: f64,
    /// How wide they are.
    pub room: f64,
    /// Round moments.
    pub ticks: Vec<(f64, String)>,
    /// The plots.
    pub panels: Vec<Panel>,
    /// The picture in words.
    pub summary: String,
}

/// The picture of a span of time, in this width of CSS pixels.
pub fn scene(data: &Data, begin: Instant, end: Instant, width: f64) -> Scene {
    let narrow = width < 560.0;
    let (left, right) = if narrow { (54.0, 92.0) } else { (72.0, 104.0) };
    let room = (width - left - right).max(40.0);
    let x = Scale::linear(begin.0 as f64, end.0 as f64, 0.0, room);
    let of = Of { data, begin, end, x, left, room };
    let mut panels = Vec::new();
    let mut top = 0.0;
    type Draw<'a> = &'a dyn Fn(f64, f64) -> Option<Panel>;
    let kinds: [(f64, Draw<'_>); 4] = [
        (230.0, &|top, height| of.sequence(top, height)),
        (130.0, &|top, height| of.windows(top, height)),
        (100.0, &|top, height| of.times(top, height)),
        (70.0, &|top, height| of.goodput(top, height)),
    ];
    for (height, panel) in kinds {
        if let Some(panel) = panel(top + TITLE, height) {
            top = panel.top + panel.height + 10.0;
            panels.push(panel);
        }
    }
    let count = ((room / 64.0) as usize).clamp(2, 10);
    let step = round_step(x.most - x.least, count);
    let ticks =
        x.ticks(count).into_iter().map(|us| (x.place(us), format!("{} s", moment(us, step)))).collect();
    let summary = of.summary();
    Scene { width, height: top + 2.0 * LINE + 6.0, x, left, room, ticks, panels, summary }
}

struct Of<'a> {
    data: &'a Data,
    begin: Instant,
    end: Instant,
    x: Scale,
    left: f64,
    room: f64,
}

impl Of<'_> {
    fn line(&self, steps: &Steps, y: &Scale, class: &'static str) -> Mark {
        Mark { class, path: steps.path(self.begin, self.end, &self.x, y) }
    }

    /// The words at the right end of a line; an arrow where the line runs above the panel.
    fn at_end(&self, steps: &Steps, y: &Scale, top: f64, class: &'static str, words: &str) -> Option<Label> {
        let value = steps
            .at(self.end)
            .or_else(|| steps.within(self.begin, self.end).filter_map(|(_, value)| value).last())?;
        let place = y.place(value as f64);
        let above = place < y.high.min(y.low) - 0.5;
        let words = if above { format!("{words} ↑") } else { words.to_owned() };
        Some(Label {
            class,
            words,
            x: self.left + self.room + 6.0,
            y: top + place.clamp(0.0, y.low.max(y.high)) + 4.0,
        })
    }

    fn panel(
        &self,
        name: &'static str,
        title: &'static str,
        (top, height): (f64, f64),
        y: Scale,
        write: impl Fn(f64) -> String,
    ) -> Panel {
        let ticks = y.ticks((height / 34.0) as usize + 1);
        // What is counted has no parts: those have no words.
        let ticks = ticks.into_iter().map(|value| (y.place(value), write(value)));
        let ticks = ticks.filter(|(_, words)| !words.is_empty()).collect();
        Panel { name, title, top, height, y, ticks, marks: Vec::new(), labels: Vec::new() }
    }

    /// The bars of the span, by their place in [`Data::bars`].
    fn bars(&self) -> &[Bar] {
        let bars = &self.data.bars;
        let first = bars.partition_point(|bar| bar.at < self.begin);
        let after = bars.partition_point(|bar| bar.at <= self.end);
        &bars[first..after.max(first)]
    }

    fn sequence(&self, top: f64, height: f64) -> Option<Panel> {
        let (data, bars) = (self.data, self.bars());
        if data.bars.is_empty() {
            return None;
        }
        let acked = data.acked.extent(self.begin, self.end);
        let least =
            bars.iter().map(|bar| bar.first).min().into_iter().chain(acked.map(|(least, _)| least)).min();
        let most = bars.iter().map(|bar| bar.end).max().into_iter().chain(acked.map(|(_, most)| most)).max();
        let (least, most) =
            (least.or_else(|| data.sent.at(self.begin))?, most.or_else(|| data.sent.at(self.end))?);
        let spare = (most - least) as f64 * 0.06 + 1.0;
        let y = Scale::linear(least as f64, most as f64 + spare, height, 0.0);
        let mut panel =
            self.panel("sequence", "Sequence numbers, in octets from the first", (top, height), y, counted);
        let x_of = |at: Instant| self.x.place(at.0 as f64);
        panel.marks.push(self.line(&data.edge, &y, "edge"));
        panel.marks.push(self.line(&data.acked, &y, "acked"));
        panel.marks.push(Mark {
            class: "sack",
            path: columns(self.sacks().map(|sack| (x_of(sack.at), sack.first, sack.end)), &y),
        });
        let of_kind = |again: bool| {
            columns(
                bars.iter().filter(|bar| bar.again == again).map(|bar| (x_of(bar.at), bar.first, bar.end)),
                &y,
            )
        };
        panel.marks.push(Mark { class: "sent", path: of_kind(false) });
        panel.marks.push(Mark { class: "again", path: of_kind(true) });
        let mut lost = String::new();
        for bar in bars.iter().filter(|bar| bar.lost) {
            let (x, middle) = (x_of(bar.at), y.place((bar.first + bar.end) as f64 / 2.0));
            write!(lost, "M{:.1} {:.1}l8 8m0 -8l-8 8", x - 4.0, middle - 4.0).expect("a String takes all");
        }
        panel.marks.push(Mark { class: "lost", path: lost });
        panel.labels.extend(self.at_end(&data.edge, &y, top, "edge", "window’s edge"));
        panel.labels.extend(self.at_end(&data.sent, &y, top, "sent", "sent"));
        panel.labels.extend(self.at_end(&data.acked, &y, top, "acked", "acknowledged"));
        apart(&mut panel.labels, top, top + height);
        // One of each kind is named where it stands.
        let beside = |class, words: &str, x: f64, number: u64| Label {
            class,
            words: words.to_owned(),
            x: self.left + (x + 7.0).min(self.room - 7.5 * words.len() as f64),
            y: top + (y.place(number as f64) + 16.0).min(height - 3.0),
        };
        let first = |wanted: fn(&&Bar) -> bool| bars.iter().find(wanted);
        let named = [
            first(|bar| bar.lost).map(|bar| beside("lost", "lost", x_of(bar.at), bar.first)),
            first(|bar| bar.again).map(|bar| beside("again", "sent again", x_of(bar.at), bar.first)),
            self.sacks()
                .last()
                .map(|sack| beside("sack", "SACK", x_of(sack.at), (sack.first + sack.end) / 2)),
        ];
        panel.labels.extend(named.into_iter().flatten());
        Some(panel)
    }

    fn sacks(&self) -> impl Iterator<Item = &super::data::Sacked> {
        let sacks = &self.data.sacks;
        let first = sacks.partition_point(|sack| sack.at < self.begin);
        sacks[first..].iter().take_while(|sack| sack.at <= self.end)
    }

    fn windows(&self, top: f64, height: f64) -> Option<Panel> {
        let data = self.data;
        let most = |steps: &Steps| steps.extent(self.begin, self.end).map(|(_, most)| most);
        let (cwnd, rwnd, flight) = (most(&data.cwnd), most(&data.rwnd), most(&data.flight));
        // What can matter at all: what is in flight, and the smaller of the two windows. A window far above runs off the panel.
        let smaller = match (cwnd, rwnd) {
            (Some(cwnd), Some(rwnd)) => Some(cwnd.min(rwnd)),
            (one, other) => one.or(other.filter(|_| flight.is_none())),
        };
        let greatest = flight.into_iter().chain(smaller).max()?;
        let y = Scale::linear(0.0, greatest as f64 * 1.18 + 1.0, height, 0.0);
        let mut panel =
            self.panel("windows", "Windows and what is in flight, in octets", (top, height), y, counted);
        for (steps, class, words) in [
            (&data.rwnd, "rwnd", "rwnd"),
            (&data.ssthresh, "ssthresh", "ssthresh"),
            (&data.cwnd, "cwnd", "cwnd"),
            (&data.flight, "flight", "in flight"),
        ] {
            panel.marks.push(self.line(steps, &y, class));
            panel.labels.extend(self.at_end(steps, &y, top, class, words));
        }
        apart(&mut panel.labels, top, top + height);
        Some(panel)
    }

    fn times(&self, top: f64, height: f64) -> Option<Panel> {
        let data = self.data;
        let first = data.samples.partition_point(|sample| sample.at < self.begin);
        let samples = data.samples[first..].iter().take_while(|sample| sample.at <= self.end);
        let both = |steps: &Steps| {
            steps.extent(self.begin, self.end).into_iter().flat_map(|(least, most)| [least, most])
        };
        let values =
            || samples.clone().map(|sample| sample.us).chain(both(&data.srtt)).chain(both(&data.rto));
        let (least, most) = (values().min()?.max(1), values().max()?.max(1));
        let y = Scale::logarithmic(least as f64 / 1.4, most as f64 * 1.4, height, 0.0);
        let mut panel =
            self.panel("times", "Round-trip times and time-out, logarithmic", (top, height), y, span);
        let mut dots = String::new();
        let mut before = (f64::NAN, f64::NAN);
        for sample in samples {
            let dot = (self.x.place(sample.at.0 as f64).round(), y.place(sample.us as f64).round());
            if dot != before {
                write!(dots, "M{} {}h0", dot.0, dot.1).expect("a String takes all");
                before = dot;
            }
        }
        panel.marks.push(Mark { class: "sample", path: dots });
        for (steps, class, words) in [(&data.srtt, "srtt", "SRTT"), (&data.rto, "rto", "RTO")] {
            panel.marks.push(self.line(steps, &y, class));
            panel.labels.extend(self.at_end(steps, &y, top, class, words));
        }
        if data.srtt.is_empty()
            && let Some(last) = data.samples.iter().rev().find(|sample| sample.at <= self.end)
        {
            panel.labels.push(Label {
                class: "sample",
                words: "RTT".to_owned(),
                x: self.left + self.room + 6.0,
                y: top + y.place(last.us as f64).clamp(0.0, height) + 4.0,
            });
        }
        apart(&mut panel.labels, top, top + height);
        Some(panel)
    }

    fn goodput(&self, top: f64, height: f64) -> Option<Panel> {
        let each = interval(self.end.since(self.begin), 60);
        let steps = self.data.goodput(each);
        let (_, most) = steps.extent(self.begin, self.end)?;
        let y = Scale::linear(0.0, most as f64 * 1.1 + 1.0, height, 0.0);
        let mut panel = self.panel("goodput", "Newly acknowledged, per second", (top, height), y, rate);
        panel.marks.push(self.line(&steps, &y, "goodput"));
        panel.labels.push(Label {
            class: "goodput",
            words: format!("per {}", span(each.0 as f64)),
            x: self.left + self.room + 6.0,
            y: top + height - 2.0,
        });
        Some(panel)
    }

    fn summary(&self) -> String {
        let (data, bars) = (self.data, self.bars());
        let mut words = format!(
            "From {} s to {} s: {} segments sent, {} of them again, {} lost.",
            self.begin.0 as f64 / 1e6,
            self.end.0 as f64 / 1e6,
            bars.len(),
            bars.iter().filter(|bar| bar.again).count(),
            bars.iter().filter(|bar| bar.lost).count()
        );
        for (steps, name, time) in [
            (&data.cwnd, "cwnd", false),
            (&data.flight, "In flight", false),
            (&data.rwnd, "The peer’s window", false),
            (&data.srtt, "SRTT", true),
            (&data.rto, "RTO", true),
        ] {
            let Some((least, most)) = steps.extent(self.begin, self.end) else { continue };
            let write = |value: u64| if time { span(value as f64) } else { grouped(value) };
            let unit = if time { "" } else { " octets" };
            write!(words, " {name}: {} to {}{unit}.", write(least), write(most)).expect("a String takes all");
        }
        words
    }
}

/// A number of whole things; what lies between has no words.
fn counted(value: f64) -> String {
    let whole = value.round();
    if (value - whole).abs() < 1e-6 { grouped(whole as u64) } else { String::new() }
}

/// Upright bars; those of one column of pixels that touch become one.
fn columns(bars: impl Iterator<Item = (f64, u64, u64)>, y: &Scale) -> String {
    let mut path = String::new();
    let mut now: Option<(f64, u64, u64)> = None;
    let draw = |(x, first, end): (f64, u64, u64), path: &mut String| {
        let (low, high) = (y.place(first as f64), y.place(end as f64));
        // The least octet can still be seen.
        let high = high.min(low - 2.0);
        write!(path, "M{x:.1} {low:.1}V{high:.1}").expect("a String takes all");
    };
    for (x, first, end) in bars {
        now = match now {
            Some((column, from, to)) if column.floor() == x.floor() && first <= to && end >= from => {
                Some((column, from.min(first), to.max(end)))
            }
            other => {
                if let Some(bar) = other {
                    draw(bar, &mut path);
                }
                Some((x, first, end))
            }
        };
    }
    if let Some(bar) = now {
        draw(bar, &mut path);
    }
    path
}

/// Moves labels of one column apart until each has a line of its own, inside the panel where they fit.
fn apart(labels: &mut [Label], top: f64, bottom: f64) {
    labels.sort_by(|one, other| one.y.total_cmp(&other.y));
    let mut least = top + 9.0;
    for label in labels.iter_mut() {
        label.y = label.y.max(least);
        least = label.y + LINE;
    }
    let mut most = bottom + 4.0;
    for label in labels.iter_mut().rev() {
        label.y = label.y.min(most);
        most = label.y - LINE;
    }
}
