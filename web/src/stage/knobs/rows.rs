//! What a knob shows: where its slider stands, what its field holds, whether it is as written. No browser in here.

use lab::{Knob, KnobKind, Scale, Setting, Unit};

/// Steps of a slider: fine enough for any hand.
pub const NOTCHES: u64 = 400;

/// A unit in which a number is typed, and how many of the knob's own one of it is.
pub fn typed_unit(unit: Unit) -> (&'static str, f64) {
    match unit {
        Unit::Micros => ("ms", 1e3),
        Unit::BitsPerSecond => ("Mbit/s", 1e6),
        Unit::PartsPerMillion => ("%", 1e4),
        Unit::Octets => ("octets", 1.0),
        Unit::Datagrams => ("datagrams", 1.0),
        Unit::Segments => ("segments", 1.0),
        Unit::None => ("", 1.0),
    }
}

/// A number as it stands in the field.
pub fn field(unit: Unit, number: u64) -> String {
    let (_, factor) = typed_unit(unit);
    let text = format!("{:.6}", number as f64 / factor);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Reads what was typed into the field of a knob.
///
/// # Errors
/// What it must be, with its range in the field's unit.
pub fn read(knob: &Knob, text: &str) -> Result<Setting, String> {
    let KnobKind::Number { least, most, .. } = knob.kind else { return Ok(Setting::Choice(text.to_owned())) };
    let (unit, factor) = typed_unit(knob.unit);
    let range = || {
        format!("from {} to {} {unit}", field(knob.unit, least), field(knob.unit, most)).trim_end().to_owned()
    };
    let number = text.trim().replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
    let Some(number) = number else {
        return Err(format!(
            "“{}” is not a number: {} is {}; it stays at {}.",
            text.trim(),
            knob.label,
            range(),
            knob.write(&knob.now)
        ));
    };
    let own = (number * factor).round();
    if own < least as f64 || own > most as f64 {
        let typed = format!("{} {unit}", text.trim());
        return Err(format!(
            "{} is outside: {} is {}; it stays at {}.",
            typed.trim_end(),
            knob.label,
            range(),
            knob.write(&knob.now)
        ));
    }
    Ok(Setting::Number(own as u64))
}

/// The notch at which a number stands, 0 to [`NOTCHES`].
pub fn notch(kind: &KnobKind, number: u64) -> u64 {
    let KnobKind::Number { least, most, scale, .. } = *kind else { return 0 };
    let number = number.clamp(least, most);
    let notches = NOTCHES as f64;
    let place = match scale {
        Scale::Linear => share(number as f64, least as f64, most as f64) * notches,
        Scale::Logarithmic if number == 0 => 0.0,
        Scale::Logarithmic => {
            // 0 has no logarithm: it is the notch before the first.
            let (first, low) = if least == 0 { (1.0, 1.0) } else { (0.0, least as f64) };
            first + share((number as f64).ln(), low.ln(), (most as f64).ln()) * (notches - first)
        }
    };
    place.round() as u64
}

/// The number of a notch, rounded to what a person would say; never outside the knob's range.
pub fn number(kind: &KnobKind, notch: u64) -> u64 {
    let KnobKind::Number { least, most, step, scale } = *kind else { return 0 };
    let notch = notch.min(NOTCHES);
    if notch == NOTCHES {
        return most;
    }
    let share = notch as f64 / NOTCHES as f64;
    let number = match scale {
        Scale::Linear => least as f64 + share * (most - least) as f64,
        Scale::Logarithmic if least == 0 && notch == 0 => 0.0,
        Scale::Logarithmic if least == 0 => {
            let share = (notch - 1) as f64 / (NOTCHES - 1) as f64;
            (most as f64).powf(share)
        }
        Scale::Logarithmic => least as f64 * (most as f64 / least as f64).powf(share),
    };
    let number = match scale {
        Scale::Logarithmic => two_digits(number),
        Scale::Linear => number.round() as u64,
    };
    let steps = number.saturating_sub(least) / step.max(1);
    (least + steps * step.max(1)).clamp(least, most)
}

fn share(number: f64, least: f64, most: f64) -> f64 {
    if most > least { (number - least) / (most - least) } else { 0.0 }
}

/// The nearest number with two digits that count.
fn two_digits(number: f64) -> u64 {
    if number < 100.0 {
        return number.round() as u64;
    }
    let power = 10f64.powf(number.log10().floor() - 1.0);
    ((number / power).round() * power).round() as u64
}

/// Where the slider stands for a knob that is not set: at its end, as if without bound, or at its beginning.
pub fn notch_of(knob: &Knob) -> u64 {
    match knob.now {
        Setting::Number(number) => notch(&knob.kind, number),
        Setting::Unset(_) if matches!(knob.unit, Unit::BitsPerSecond | Unit::Datagrams | Unit::Octets) => {
            NOTCHES
        }
        Setting::Unset(_) | Setting::Choice(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab::{Scenario, exhibit_text, knobs};

    fn all() -> Vec<Knob> {
        knobs(&Scenario::parse(exhibit_text("handshake").expect("it is there")).expect("it can be read"))
    }

    #[test]
    fn every_notch_gives_a_number_that_the_knob_takes_and_more_never_gives_less() {
        for knob in all() {
            if !matches!(knob.kind, KnobKind::Number { .. }) {
                continue;
            }
            let mut before = None;
            for place in 0..=NOTCHES {
                let value = number(&knob.kind, place);
                lab::turned(&knob, &Setting::Number(value)).expect("it is inside");
                assert!(before.is_none_or(|before| before <= value), "{} at {place}", knob.id);
                before = Some(value);
                // The slider stays near where it was put: a step may be wider than a notch, a rounding moves it by little.
                let back = notch(&knob.kind, value);
                let next = number(&knob.kind, back);
                assert!(
                    back.abs_diff(place) <= 3 || next == value,
                    "{}: {place} gives {value}, which stands at {back}",
                    knob.id
                );
            }
            let KnobKind::Number { least, most, .. } = knob.kind else { continue };
            assert_eq!((number(&knob.kind, 0), number(&knob.kind, NOTCHES)), (least, most), "{}", knob.id);
        }
    }

    #[test]
    fn what_is_typed_is_read_in_the_fields_unit() {
        let knobs = all();
        let delay = knobs.iter().find(|knob| knob.label == "delay").expect("links have a delay");
        assert_eq!(read(delay, " 12.5 "), Ok(Setting::Number(12_500)));
        assert_eq!(read(delay, "12,5"), Ok(Setting::Number(12_500)));
        assert!(
            read(delay, "soon")
                .is_err_and(|why| why.starts_with("“soon” is not a number: delay is from 0 to "))
        );
        assert!(read(delay, "-1").is_err_and(|why| why.starts_with("-1 ms is outside: delay is from 0 to ")));
        assert!(read(delay, "1e99").is_err());
        assert!(read(delay, "NaN").is_err());
        assert_eq!(field(Unit::Micros, 12_500), "12.5");
        assert_eq!(field(Unit::BitsPerSecond, 100_000_000), "100");
        assert_eq!(field(Unit::PartsPerMillion, 10_000), "1");
        assert_eq!(field(Unit::Octets, 1_500), "1500");
    }
}
