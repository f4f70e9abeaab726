//! The values of one moment, as words; and what lies under a pointer.

use super::data::{Bar, Data};
use super::scene::Scene;
use super::ticks::span;
use crate::number::grouped;
use sockets::Instant;

/// How near a pointer must be, in CSS pixels.
const NEAR: f64 = 7.0;

/// A value with its name and style class.
pub type Value = (&'static str, &'static str, String);

/// The values of a moment.
pub fn reading(data: &Data, at: Instant) -> Vec<Value> {
    let octets = |value: Option<u64>| value.map(grouped);
    let cwnd = data.cwnd.at(at).zip(data.segments.at(at));
    let cwnd = cwnd.map(|(octets, segments)| format!("{} ({segments} seg.)", grouped(octets)));
    let time = |value: Option<u64>| value.map(|us| span(us as f64));
    let last = data.samples[..data.samples.partition_point(|sample| sample.at <= at)].last();
    [
        ("sent", "sent up to", octets(data.sent.at(at))),
        ("acked", "acknowledged up to", octets(data.acked.at(at))),
        ("edge", "window’s edge", octets(data.edge.at(at))),
        ("cwnd", "cwnd", cwnd),
        ("ssthresh", "ssthresh", octets(data.ssthresh.at(at))),
        ("flight", "in flight", octets(data.flight.at(at))),
        ("rwnd", "rwnd", octets(data.rwnd.at(at))),
        ("sample", "last RTT", time(last.map(|sample| sample.us))),
        ("srtt", "SRTT", time(data.srtt.at(at))),
        ("rto", "RTO", time(data.rto.at(at))),
    ]
    .into_iter()
    // What a kernel never tells has no place.
    .filter(|(.., value)| value.is_some() || data.unknown.is_none())
    .map(|(class, name, value)| (class, name, value.unwrap_or_else(|| "–".to_owned())))
    .collect()
}

/// The moment at a place in the picture.
pub fn moment_at(scene: &Scene, x: f64) -> Instant {
    let us = scene.x.value((x - scene.left).clamp(0.0, scene.room));
    Instant(us.max(0.0).round() as u64)
}

/// The segment under the pointer, if it is near enough to one.
pub fn bar_at<'a>(data: &'a Data, scene: &Scene, x: f64, y: f64) -> Option<&'a Bar> {
    let panel = scene.panels.iter().find(|panel| panel.name == "sequence")?;
    let (x, y) = (x - scene.left, y - panel.top);
    if !(-NEAR..=panel.height + NEAR).contains(&y) {
        return None;
    }
    let moment = |x: f64| Instant(scene.x.value(x).max(0.0) as u64);
    let first = data.bars.partition_point(|bar| bar.at < moment(x - NEAR));
    let near = data.bars[first..].iter().take_while(|bar| bar.at <= moment(x + NEAR));
    let away = |bar: &Bar| {
        let (high, low) = (panel.y.place(bar.end as f64), panel.y.place(bar.first as f64));
        let upright = (high - y).max(y - low).max(0.0);
        (scene.x.place(bar.at.0 as f64) - x).abs().hypot(upright)
    };
    near.map(|bar| (away(bar), bar))
        .filter(|(away, _)| *away <= NEAR)
        .min_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, bar)| bar)
}

/// The bar of a packet.
pub fn bar_of(data: &Data, packet: usize) -> Option<&Bar> {
    data.bars.binary_search_by_key(&packet, |bar| bar.packet).ok().map(|place| &data.bars[place])
}
