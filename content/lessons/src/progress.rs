//! What a learner has done, and when it comes back: pure data. Knows no clock, no store, no page: days come from outside; whoever keeps
//! it keeps the text of [`Progress::to_json`].
//!
//! ```text
//!   answer --wrong--> comes back after 1 day --right--> 3 days --right--> 7 --right--> 21 --right--> known
//!                            ^------------------------- wrong ---------------------------'
//! ```

use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version that is written. A newer one is refused, never guessed at.
pub const VERSION: u32 = 1;

/// After how many days something that went wrong comes back, time after time; then it is known.
pub const INTERVALS: [u32; 4] = [1, 3, 7, 21];

/// A day, counted from 1970-01-01.
pub type Day = u32;

/// All that is kept of one learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    version: u32,
    /// The lesson that was open last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    /// By lesson, then by exercise.
    #[serde(default)]
    exercises: BTreeMap<String, BTreeMap<String, Attempted>>,
}

/// What is known of one exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempted {
    /// The day of the last answer.
    pub day: Day,
    /// Whether that answer was right.
    pub right: bool,
    /// The day of the first right answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solved: Option<Day>,
    /// When it comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

/// An exercise that went wrong and comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// From this day on.
    pub due: Day,
    /// How often it went well since: the place in [`INTERVALS`].
    pub step: usize,
}

/// Why a text is not somebody's progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadProgress {
    /// It is not of this kind; what the reader said, with line and column.
    Unreadable(String),
    /// A later version of the site wrote it.
    Newer(u64),
    /// A review has a step that there is not: of this exercise.
    Step(String),
}

impl Default for Progress {
    fn default() -> Progress {
        Progress { version: VERSION, last: None, exercises: BTreeMap::new() }
    }
}

impl Progress {
    /// Reads what [`Progress::to_json`] wrote.
    ///
    /// # Errors
    /// See [`BadProgress`]; nothing is taken of a text that is wrong in part.
    pub fn read(text: &str) -> Result<Progress, BadProgress> {
        let unreadable = |error: serde_json::Error| BadProgress::Unreadable(error.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(unreadable)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version > u64::from(VERSION) => return Err(BadProgress::Newer(version)),
            Some(version) if version == u64::from(VERSION) => {}
            _ => return Err(BadProgress::Unreadable("it does not say which version it has".into())),
        }
        // From the text and not from the value: an error has its line.
        let progress: Progress = serde_json::from_str(text).map_err(unreadable)?;
        for (lesson, exercises) in &progress.exercises {
            for (exercise, it) in exercises {
                if it.review.is_some_and(|review| review.step >= INTERVALS.len()) {
                    return Err(BadProgress::Step(format!("{lesson}/{exercise}")));
                }
            }
        }
        Ok(progress)
    }

    /// As a text, always the same for the same progress.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("maps with texts for keys are JSON")
    }

    /// A lesson was opened.
    pub fn visited(&mut self, lesson: &str) {
        if self.last.as_deref() != Some(lesson) {
            self.last = Some(lesson.to_owned());
        }
    }

    /// An exercise was begun that has no wrong answers, only unfinished ones.
    pub fn begun(&mut self, lesson: &str, exercise: &str, today: Day) {
        self.place(lesson, exercise, today);
    }

    /// An exercise was answered. A wrong answer brings it back tomorrow; a right one when it is due moves it on. A right answer before
    /// that day, such as the one just after the wrong one, changes nothing of it.
    pub fn answered(&mut self, lesson: &str, exercise: &str, right: bool, today: Day) {
        let it = self.place(lesson, exercise, today);
        (it.day, it.right) = (today, right);
        let after =
            |step: usize| INTERVALS.get(step).map(|&days| Review { due: today.saturating_add(days), step });
        if right {
            it.solved.get_or_insert(today);
            if let Some(review) = it.review.filter(|review| review.due <= today) {
                it.review = after(review.step + 1);
            }
        } else {
            it.review = after(0);
        }
    }

    fn place(&mut self, lesson: &str, exercise: &str, today: Day) -> &mut Attempted {
        let exercises = self.exercises.entry(lesson.to_owned()).or_default();
        let new = Attempted { day: today, right: false, solved: None, review: None };
        exercises.entry(exercise.to_owned()).or_insert(new)
    }

    /// Takes what another has as well: of each exercise the earliest solution, and what the later answer led to.
    pub fn merge(&mut self, other: &Progress) {
        if self.last.is_none() {
            self.last.clone_from(&other.last);
        }
        for (lesson, exercises) in &other.exercises {
            for (exercise, theirs) in exercises {
                let ours = self.exercises.entry(lesson.clone()).or_default();
                ours.entry(exercise.clone()).and_modify(|ours| *ours = ours.with(*theirs)).or_insert(*theirs);
            }
        }
    }

    /// The lesson that was open last.
    pub fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// What is known of an exercise.
    pub fn exercise(&self, lesson: &str, exercise: &str) -> Option<Attempted> {
        self.exercises.get(lesson)?.get(exercise).copied()
    }

    /// Whether no exercise was ever tried.
    pub fn is_empty(&self) -> bool {
        self.exercises.values().all(BTreeMap::is_empty)
    }

    /// How many exercises were solved, and how many come back.
    pub fn count(&self) -> (usize, usize) {
        let all = || self.exercises.values().flat_map(BTreeMap::values);
        (all().filter(|it| it.solved.is_some()).count(), all().filter(|it| it.review.is_some()).count())
    }
}

impl Attempted {
    /// Both together; the same in whichever order.
    fn with(self, other: Attempted) -> Attempted {
        let later = match self.day.cmp(&other.day) {
            core::cmp::Ordering::Greater => self,
            core::cmp::Ordering::Less => other,
            // Of one day nobody knows which was first: what comes back sooner costs least.
            core::cmp::Ordering::Equal => {
                let key = |it: &Attempted| {
                    (
                        it.review.map_or(Day::MAX, |review| review.due),
                        it.review.map(|review| review.step),
                        it.right,
                    )
                };
                if key(&self) <= key(&other) { self } else { other }
            }
        };
        let solved = [self.solved, other.solved].into_iter().flatten().min();
        Attempted { solved, ..later }
    }

    /// Whether it is to be answered again.
    pub fn is_due(&self, today: Day) -> bool {
        self.review.is_some_and(|review| review.due <= today)
    }
}

impl fmt::Display for BadProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadProgress::Unreadable(why) => write!(f, "This is nobody's progress ({why})."),
            BadProgress::Newer(version) => {
                write!(f, "This has version {version}, and this page knows {VERSION}: a newer page wrote it.")
            }
            BadProgress::Step(which) => {
                write!(f, "The review of {which} cannot be: it was edited or damaged.")
            }
        }
    }
}

/// A day in words: 23 November 2026.
pub fn date(day: Day) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, day) = civil(day);
    format!("{day} {} {year}", MONTHS[month - 1])
}

/// A day as it stands in a file's name: 2026-11-23.
pub fn iso_date(day: Day) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of the month, each counted from 1, by the Gregorian rules.
fn civil(day: Day) -> (u64, usize, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // Whole spans of 400 years first: they are all of the same length.
    let (mut year, mut left) = (1970 + u64::from(day) / 146_097 * 400, u64::from(day) % 146_097);
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    for (place, days) in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
        if left < days {
            return (year, place + 1, left + 1);
        }
        left -= days;
    }
    unreachable!("a year's months have all of its days")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(it: &Progress, today: Day) -> bool {
        it.exercise("opening", "why-three").is_some_and(|it| it.is_due(today))
    }

    #[test]
    fn what_went_wrong_comes_back_after_1_3_7_and_21_days_and_is_then_known() {
        let mut it = Progress::default();
        it.answered("opening", "why-three", false, 100);
        it.answered("opening", "why-three", true, 100);
        let mut day = 100;
        for days in INTERVALS {
            assert!(!due(&it, day + days - 1), "not before {days} days");
            day += days;
            assert!(due(&it, day));
            it.answered("opening", "why-three", true, day);
        }
        assert!(!due(&it, Day::MAX));
        assert_eq!(it.exercise("opening", "why-three").and_then(|it| it.solved), Some(100));
        assert_eq!(it.count(), (1, 0));
    }

    #[test]
    fn a_wrong_answer_in_review_begins_again_and_what_was_right_at_once_never_comes_back() {
        let mut it = Progress::default();
        it.answered("opening", "why-three", true, 1);
        assert!(!due(&it, Day::MAX));
        for (right, day) in [(false, 1), (true, 2), (true, 5), (false, 12)] {
            it.answered("opening", "why-three", right, day);
        }
        assert_eq!(
            it.exercise("opening", "why-three").and_then(|it| it.review),
            Some(Review { due: 13, step: 0 })
        );
    }

    #[test]
    fn what_was_only_begun_is_neither_solved_nor_wrong_and_undoes_nothing() {
        let mut it = Progress::default();
        it.begun("opening", "why-three", 3);
        assert_eq!((it.count(), it.is_empty()), ((0, 0), false));
        it.answered("opening", "why-three", true, 4);
        it.begun("opening", "why-three", 5);
        assert_eq!(
            it.exercise("opening", "why-three"),
            Some(Attempted { day: 4, right: true, solved: Some(4), review: None })
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut it = Progress::default();
        it.visited("client");
        it.answered("opening", "why-three", false, 7);
        assert_eq!(Progress::read(&it.to_json()), Ok(it.clone()));
        assert_eq!(it.last(), Some("client"));
    }

    #[test]
    fn two_that_are_merged_lose_nothing_in_whichever_order() {
        let (mut ours, mut theirs) = (Progress::default(), Progress::default());
        ours.answered("a", "both", true, 5);
        ours.answered("a", "ours", true, 5);
        theirs.answered("a", "both", false, 2);
        theirs.answered("a", "both", true, 3);
        theirs.answered("b", "theirs", false, 3);
        theirs.visited("b");
        let mut both = ours.clone();
        both.merge(&theirs);
        let mut again = theirs.clone();
        again.merge(&ours);
        assert_eq!(both, again);
        assert_eq!(
            both.exercise("a", "both"),
            Some(Attempted { day: 5, right: true, solved: Some(3), review: None }),
            "the later answer rules, the earlier solution stays"
        );
        assert_eq!((both.count(), both.last()), ((2, 1), Some("b")));
        again.merge(&both);
        assert_eq!(both, again, "once more changes nothing");
    }

    #[test]
    fn of_two_answers_of_one_day_the_one_that_comes_back_counts() {
        let (mut ours, mut theirs) = (Progress::default(), Progress::default());
        ours.answered("a", "x", true, 5);
        theirs.answered("a", "x", false, 5);
        ours.merge(&theirs);
        let it = ours.exercise("a", "x").expect("it is there");
        assert_eq!((it.right, it.solved, it.review), (false, Some(5), Some(Review { due: 6, step: 0 })));
    }

    #[test]
    fn what_is_no_progress_says_why() {
        let said = |text: &str| Progress::read(text).expect_err("it is wrong").to_string();
        assert!(said("GIF89a").contains("nobody's progress"));
        assert!(said("{}").contains("version"));
        assert!(said(r#"{"version": 2, "anything": 1}"#).contains("version 2"));
        assert!(said(r#"{"version": -1}"#).contains("version"));
        assert!(said("{\"version\": 1,\n \"dragons\": 1}").contains("dragons"));
        assert!(said("{\"version\": 1,\n \"dragons\": 1}").contains("line 2"));
        assert!(
            said(
                r#"{"version":1,"exercises":{"a":{"b":{"day":1,"right":true,"review":{"due":1,"step":4}}}}}"#
            )
            .contains("a/b")
        );
    }

    #[test]
    fn days_are_written_as_dates() {
        for (day, text, iso) in [
            (0, "1 January 1970", "1970-01-01"),
            (11_016, "29 February 2000", "2000-02-29"),
            (20_780, "23 November 2026", "2026-11-23"),
            (20_818, "31 December 2026", "2026-12-31"),
            (20_819, "1 January 2027", "2027-01-01"),
            (47_540, "28 February 2100", "2100-02-28"),
            (47_541, "1 March 2100", "2100-03-01"),
        ] {
            assert_eq!((date(day), iso_date(day)), (text.into(), iso.into()));
        }
        date(Day::MAX);
    }
}
