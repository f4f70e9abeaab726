//! Numbers as people want them written.

/// A whole number with commas between its thousands: 65,535.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn commas_stand_between_thousands_alone() {
        let written: Vec<String> = [0, 999, 1_000, 65_535, 1_234_567].map(grouped).into();
        assert_eq!(written, ["0", "999", "1,000", "65,535", "1,234,567"]);
    }
}
