//! The list while it races past, as when the bar is dragged: nobody reads rows that stand there for one frame. Their words are drawn as one
//! text for each column, in place of the rows, which come back when it rests.

use super::line::{Wording, line};
use super::rows::Row;
use super::table::Clock;
use super::window::Window;
use crate::stage::{Story, Told};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// More rows than fit within so many milliseconds is haste.
const WHILE_MS: u32 = 150;

/// How the list goes from row to row.
#[derive(Debug, Default, PartialEq, Eq)]
struct Course {
    /// Where it was when the while began, how often it has moved since, and where it is.
    from: usize,
    moves: u32,
    now: usize,
    hasty: bool,
}

impl Course {
    /// It has gone to a row. One jump, however far, is no haste: what is looked at then is wanted whole.
    fn go(&mut self, row: usize, fits: usize) {
        self.now = row;
        self.hasty |= self.moves > 0 && row.abs_diff(self.from) > fits;
        self.moves += 1;
    }

    /// A while is over: whether it goes on. Many small moves are those of a story that plays; of a few, large ones may be about to follow.
    fn look(&mut self, fits: usize) -> bool {
        if self.moves == 0 || self.moves > 2 && self.now.abs_diff(self.from) <= fits / 2 {
            self.hasty = false;
        }
        (self.from, self.moves) = (self.now, 0);
        self.hasty
    }
}

#[derive(Default)]
struct Passed {
    list: Option<Rc<Vec<Row>>>,
    course: Course,
    until: Option<Timeout>,
}

/// Whether the list, where `row` is the last that has happened and so many fit, races past.
#[hook]
pub fn use_haste(list: &Rc<Vec<Row>>, row: usize, fits: usize) -> bool {
    let passed = use_mut_ref(Passed::default);
    let anew = use_force_update();
    let mut now = passed.borrow_mut();
    if !now.list.as_ref().is_some_and(|known| Rc::ptr_eq(known, list)) {
        *now = Passed { list: Some(list.clone()), ..Passed::default() };
        now.course.from = row;
        now.course.now = row;
    }
    if now.course.now != row {
        if now.until.is_none() {
            now.course.from = now.course.now;
            now.until = Some(look_again(&passed, fits, anew));
        }
        now.course.go(row, fits);
    }
    now.course.hasty
}

fn look_again(passed: &Rc<RefCell<Passed>>, fits: usize, anew: UseForceUpdateHandle) -> Timeout {
    let passed = passed.clone();
    Timeout::new(WHILE_MS, move || {
        let mut now = passed.borrow_mut();
        let done = now.until.take();
        let was = now.course.hasty;
        if now.course.look(fits) {
            now.until = Some(look_again(&passed, fits, anew));
        } else if was {
            anew.force_update();
        }
        drop(now);
        drop(done);
    })
}

#[derive(Clone, PartialEq, Properties)]
pub struct RacingProps {
    pub story: Told,
    /// All rows that the filter takes.
    pub rows: Rc<Vec<Row>>,
    pub wording: Wording,
    pub clock: Clock,
    pub window: Window,
    /// How many rows are not later than the moment that is shown.
    pub past: usize,
}

/// The words of the rows in sight.
#[component]
pub fn Racing(props: &RacingProps) -> Html {
    let RacingProps { story, rows, wording, clock, window, past } = props;
    let texts = columns(story, rows, *wording, *clock, *window);
    let now = past.saturating_sub(window.first);
    html! {
        <div class="racing" aria-hidden="true">
            { for texts.into_iter().map(|(class, text)| html! { <span {class}>{ text }</span> }) }
            <div class="now" style={format!("--row: {now}")}></div>
        </div>
    }
}

/// A text for each column, with a line for each row.
fn columns(
    story: &Story,
    rows: &[Row],
    wording: Wording,
    clock: Clock,
    Window { first, fits }: Window,
) -> [(&'static str, String); 7] {
    let mut columns =
        ["number", "time", "who", "protocol", "length", "info", "fate"].map(|name| (name, String::new()));
    // The last is seen in part.
    for place in first..(first + fits + 1).min(rows.len()) {
        let words = line(story, &rows[place], wording);
        let who = words.to.map_or_else(|| words.from.clone(), |to| format!("{} → {to}", words.from));
        let count = |number: Option<usize>| number.map_or_else(String::new, |number| number.to_string());
        let texts = [
            count(words.number),
            clock.time(rows, place),
            who,
            words.protocol.to_owned(),
            count(words.length),
            words.info,
            words.fate,
        ];
        for ((_, column), text) in columns.iter_mut().zip(&texts) {
            column.push_str(text);
            column.push('\n');
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::super::rows::rows;
    use super::*;
    use crate::stage::Numbers;
    use crate::stage::story::{Cast, Origin};

    #[test]
    fn haste_is_more_than_one_jump_and_ends_with_a_while_of_rest() {
        let mut course = Course::default();
        course.go(900, 20);
        assert!(!course.look(20), "one jump");
        course.go(950, 20);
        course.go(930, 20);
        assert!(course.hasty && course.look(20), "two moves over more rows than fit");
        course.go(931, 20);
        assert!(course.look(20), "a hand that holds still for a moment");
        for row in 932..938 {
            course.go(row, 20);
        }
        assert!(!course.look(20), "a story that plays");
        course.go(1_000, 20);
        course.go(1_100, 20);
        assert!(course.look(20) && !course.look(20), "nothing moves");
    }

    #[test]
    fn each_column_has_a_line_for_each_row_in_sight() {
        let text = lab::exhibit_text("handshake").expect("it is in the gallery");
        let scenario = lab::Scenario::parse(text).expect("it is whole");
        let log = lab::run(&scenario).expect("it runs").log;
        let story = Story::of(Rc::new(log), Cast::of(&scenario.world), Origin::Simulated);
        let rows = rows(&story);
        let wording = Wording::of(&story, Numbers::Relative);
        let texts = columns(&story, &rows, wording, Clock::Begin, Window { first: 1, fits: 3 });
        for (name, text) in &texts {
            assert_eq!(text.lines().count(), 4, "{name}");
        }
        for (place, shown) in texts[5].1.lines().enumerate() {
            assert_eq!(shown, line(&story, &rows[place + 1], wording).info);
        }
        // A list that ends has no more.
        let last = Window { first: rows.len() - 1, fits: 3 };
        assert_eq!(columns(&story, &rows, wording, Clock::Before, last)[1].1.lines().count(), 1);
    }
}
