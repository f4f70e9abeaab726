//! Which rows of a long list are drawn, and where the list must be scrolled to. In rows, not pixels: integers in, integers out.

/// So many rows at least are drawn above what is seen, and as many below, so that scrolling shows no gap. What is drawn moves by as many
/// at once: each row that is drawn has its element, which another one takes over when all of them move.
const SPARE: usize = 4;

/// What is seen of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first row that is seen, perhaps in part.
    pub first: usize,
    /// How many rows fit.
    pub fits: usize,
}

impl Window {
    /// The rows to draw, from the first to the one after the last.
    pub fn drawn(self, rows: usize) -> (usize, usize) {
        // A list that has become shorter is seen at its end.
        let top = self.first.min(rows.saturating_sub(self.fits.max(1)));
        let first = top.saturating_sub(SPARE) / SPARE * SPARE;
        (first, (first + self.fits + 3 * SPARE).min(rows))
    }

    /// The first row to be seen so that `row` is seen too, with a little of what follows; `None` if it is seen as things are.
    pub fn reveal(self, row: usize, rows: usize) -> Option<usize> {
        let fits = self.fits.max(1);
        let margin = (fits / 4).min(3);
        let last = rows.saturating_sub(fits);
        let first = self.first.min(last);
        let wanted = if row < first {
            row.saturating_sub(margin)
        } else if row + margin >= first + fits {
            (row + margin + 1).saturating_sub(fits)
        } else {
            return None;
        };
        (wanted.min(last) != first).then_some(wanted.min(last))
    }
}

/// The row that a key leads to from `row`; `None` for other keys.
pub fn step(key: &str, row: usize, rows: usize, fits: usize) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    let page = fits.saturating_sub(1).max(1);
    Some(match key {
        "ArrowDown" => (row + 1).min(last),
        "ArrowUp" => row.saturating_sub(1),
        "PageDown" => (row + page).min(last),
        "PageUp" => row.saturating_sub(page),
        "Home" => 0,
        "End" => last,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_seen_is_drawn_and_a_little_more() {
        assert_eq!(Window { first: 900, fits: 10 }.drawn(20), (4, 20), "the list has become shorter");
        assert_eq!(Window { first: 0, fits: 10 }.drawn(10_000), (0, 22));
        assert_eq!(Window { first: 5_000, fits: 10 }.drawn(10_000), (4_996, 5_018));
        assert_eq!(Window { first: 9_995, fits: 10 }.drawn(10_000), (9_984, 10_000));
        for first in 0..40 {
            let (top, end) = Window { first, fits: 10 }.drawn(100);
            assert!(top + SPARE <= first.max(SPARE) && end >= first + 10 + SPARE, "{first}: {top} to {end}");
        }
        // A filter made the list short while it was scrolled down.
        assert_eq!(Window { first: 5_000, fits: 10 }.drawn(3), (0, 3));
        assert_eq!(Window { first: 0, fits: 10 }.drawn(0), (0, 0));
    }

    #[test]
    fn a_row_that_is_seen_stays_where_it_is() {
        let window = Window { first: 100, fits: 20 };
        assert_eq!(window.reveal(100, 1_000), None);
        assert_eq!(window.reveal(116, 1_000), None);
        assert_eq!(window.reveal(117, 1_000), Some(101));
        assert_eq!(window.reveal(99, 1_000), Some(96));
        assert_eq!(window.reveal(999, 1_000), Some(980));
        assert_eq!(Window { first: 980, fits: 20 }.reveal(999, 1_000), None);
        assert_eq!(window.reveal(0, 5), None);
    }

    #[test]
    fn keys_stay_inside() {
        assert_eq!(step("ArrowDown", 4, 5, 3), Some(4));
        assert_eq!(step("PageDown", 0, 50, 10), Some(9));
        assert_eq!(step("PageUp", 5, 50, 10), Some(0));
        assert_eq!(step("End", 5, 50, 10), Some(49));
        assert_eq!(step("Home", 5, 50, 10), Some(0));
        assert_eq!(step("Enter", 5, 50, 10), None);
        assert_eq!(step("ArrowDown", 0, 0, 10), None);
    }
}
