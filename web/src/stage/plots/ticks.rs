//! Round numbers along an axis, and how they are written.

use sockets::Micros;

/// Where values stand on a line, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The value at `low`.
    pub least: f64,
    /// The value at `high`.
    pub most: f64,
    /// Where the least value stands.
    pub low: f64,
    /// Where the greatest stands.
    pub high: f64,
    /// Whether equal distances are equal factors.
    pub logarithmic: bool,
}

impl Scale {
    /// Evenly from `least` to `most`.
    pub fn linear(least: f64, most: f64, low: f64, high: f64) -> Scale {
        // A span of nothing has a middle, and no division by zero.
        let most = if most > least { most } else { least + 1.0 };
        Scale { least, most, low, high, logarithmic: false }
    }

    /// By the logarithm; both values are greater than 0.
    pub fn logarithmic(least: f64, most: f64, low: f64, high: f64) -> Scale {
        let least = least.max(1e-9);
        Scale { least, most: if most > least { most } else { least * 10.0 }, low, high, logarithmic: true }
    }

    /// Where a value stands; outside the span, beyond the ends.
    pub fn place(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(1e-9) / self.least).ln() / (self.most / self.least).ln()
        } else {
            (value - self.least) / (self.most - self.least)
        };
        self.low + share * (self.high - self.low)
    }

    /// The value that stands at a place.
    pub fn value(&self, place: f64) -> f64 {
        let share = (place - self.low) / (self.high - self.low);
        if self.logarithmic {
            self.least * (self.most / self.least).powf(share)
        } else {
            self.least + share * (self.most - self.least)
        }
    }

    /// Round values inside the span, at most about `count`.
    pub fn ticks(&self, count: usize) -> Vec<f64> {
        if self.logarithmic {
            decades(self.least, self.most, count)
        } else {
            even(self.least, self.most, count)
        }
    }
}

/// The step of 1, 2 or 5 times a power of ten that makes at most `count` steps in a span.
pub fn round_step(span: f64, count: usize) -> f64 {
    let rough = span / count.max(1) as f64;
    if !(rough > 0.0 && rough.is_finite()) {
        return 1.0;
    }
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough * 0.999_999);
    factor.unwrap_or(10.0) * power
}

fn even(least: f64, most: f64, count: usize) -> Vec<f64> {
    let step = round_step(most - least, count);
    let first = (least / step - 1e-6).ceil();
    let last = (most / step + 1e-6).floor();
    let steps = (last - first).clamp(0.0, 100.0) as usize;
    (0..=steps).map(|place| (first + place as f64) * step).collect()
}

fn decades(least: f64, most: f64, count: usize) -> Vec<f64> {
    let within = |factors: &[f64]| -> Vec<f64> {
        let (first, last) = (least.log10().floor() as i32, most.log10().ceil() as i32);
        (first..=last)
            .flat_map(|power| factors.iter().map(move |factor| factor * 10f64.powi(power)))
            .filter(|value| *value >= least * 0.999 && *value <= most * 1.001)
            .collect()
    };
    [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]]
        .into_iter()
        .map(within)
        .find(|ticks| ticks.len() <= count)
        .unwrap_or_else(|| within(&[1.0]))
}

/// A moment on an axis whose ticks are `step` microseconds apart: as many digits as tell them apart.
pub fn moment(us: f64, step: f64) -> String {
    let digits = if step >= 1e6 { 0 } else { (6.0 - step.log10().floor()).clamp(1.0, 6.0) as usize };
    format!("{:.digits$}", us / 1e6)
}

/// A span of time on an axis: `500 µs`, `40 ms`, `1.5 s`.
pub fn span(us: f64) -> String {
    let plain = |number: f64| {
        let text = format!("{number:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match us {
        us if us < 1e3 => format!("{} µs", plain(us)),
        us if us < 1e6 => format!("{} ms", plain(us / 1e3)),
        us => format!("{} s", plain(us / 1e6)),
    }
}

/// A rate in its unit: `800 kbit/s`, `1.2 Mbit/s`.
pub fn rate(bits_per_second: f64) -> String {
    let (number, unit) = match bits_per_second {
        rate if rate < 1e3 => (rate, "bit/s"),
        rate if rate < 1e6 => (rate / 1e3, "kbit/s"),
        rate if rate < 1e9 => (rate / 1e6, "Mbit/s"),
        rate => (rate / 1e9, "Gbit/s"),
    };
    let text = format!("{number:.2}");
    format!("{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A round interval of time, at most `count` of which are in a span; at least a millisecond.
pub fn interval(span: Micros, count: usize) -> Micros {
    Micros((round_step(span.0 as f64, count).round() as u64).max(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Scale::linear(0.0, 0.93, 0.0, 100.0).ticks(5), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8]);
        assert_eq!(Scale::linear(130.0, 171.0, 0.0, 100.0).ticks(5), [130.0, 140.0, 150.0, 160.0, 170.0]);
        assert_eq!(Scale::linear(7.0, 7.0, 0.0, 100.0).ticks(5).first(), Some(&7.0));
        let times = Scale::logarithmic(30_000.0, 3_000_000.0, 0.0, 100.0);
        assert_eq!(times.ticks(5), [30_000.0, 100_000.0, 300_000.0, 1_000_000.0, 3_000_000.0]);
        assert_eq!(times.ticks(4), [100_000.0, 1_000_000.0]);
        assert!(Scale::linear(0.0, f64::INFINITY, 0.0, 1.0).ticks(5).len() <= 101);
    }

    #[test]
    fn places_and_values_are_each_others_reverse() {
        for scale in [Scale::linear(10.0, 20.0, 300.0, 0.0), Scale::logarithmic(1.0, 1_000.0, 300.0, 0.0)] {
            for value in [11.0, 15.0, 19.5] {
                assert!((scale.value(scale.place(value)) - value).abs() < 1e-6);
            }
        }
        assert_eq!(Scale::logarithmic(1.0, 100.0, 0.0, 100.0).place(10.0), 50.0);
    }

    #[test]
    fn numbers_have_as_many_digits_as_they_need() {
        assert_eq!(moment(1_200_000.0, 200_000.0), "1.2");
        assert_eq!(moment(1_200_500.0, 500.0), "1.2005");
        assert_eq!(moment(3_000_000.0, 1_000_000.0), "3");
        assert_eq!(span(500.0), "500 µs");
        assert_eq!(span(1_500_000.0), "1.5 s");
        assert_eq!(rate(9_600_000.0), "9.6 Mbit/s");
        assert_eq!(interval(Micros(1_300_000), 60), Micros(50_000));
        assert_eq!(interval(Micros(0), 60), Micros(1_000));
    }
}
