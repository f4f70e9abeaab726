//! What was done of an exercise, and of a lesson: a quiet line.

use super::kept::{Kept, use_kept};
use lessons::Chapter;
use lessons::progress::{Attempted, Day, date};
use std::rc::Rc;
use yew::prelude::*;

/// What is said of an exercise, and the word for it in `data-mark`.
fn of_exercise(it: Attempted, today: Day) -> (&'static str, String) {
    match (it.solved, it.review) {
        _ if it.is_due(today) => ("due", "To be answered again today: it went wrong once.".into()),
        (None, Some(review)) => ("open", format!("Not solved yet. It comes back on {}.", date(review.due))),
        (None, None) => ("open", "Begun, and not solved yet.".into()),
        (Some(day), None) => ("solved", format!("Solved on {}.", date(day))),
        (Some(day), Some(review)) => (
            "solved",
            format!("Solved on {}. It went wrong once, and comes back on {}.", date(day), date(review.due)),
        ),
    }
}

fn sign(solved: bool) -> Html {
    html! { <span class="sign" aria-hidden="true">{ if solved { "✓" } else { "·" } }</span> }
}

/// What the mark of an exercise must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct ExerciseMarkProps {
    /// The lesson.
    pub lesson: AttrValue,
    /// The exercise.
    pub exercise: AttrValue,
}

/// The mark of an exercise; nothing where it was never tried.
#[component]
pub fn ExerciseMark(props: &ExerciseMarkProps) -> Html {
    let Kept { progress, today, .. } = use_kept();
    let Some(it) = progress.exercise(&props.lesson, &props.exercise) else { return html! {} };
    let (mark, words) = of_exercise(it, today);
    html! { <p class="done-mark" data-mark={mark}>{ sign(it.solved.is_some() && mark != "due") }{ words }</p> }
}

/// What the mark of a lesson must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct ChapterMarkProps {
    /// The lesson.
    pub chapter: Rc<Chapter>,
}

/// How far somebody is in a lesson: a field for each exercise, and in words.
#[component]
pub fn ChapterMark(props: &ChapterMarkProps) -> Html {
    let Kept { progress, today, .. } = use_kept();
    let chapter = &props.chapter;
    let attempts: Vec<Option<Attempted>> = chapter.attempts(&progress).map(|(_, it)| it).collect();
    let (mark, words, again) = of_chapter(chapter.finished(&progress), &attempts, today);
    let field = |it: &Option<Attempted>| match it {
        None => "none",
        Some(it) if it.solved.is_some() => "solved",
        Some(_) => "open",
    };
    html! {
        <p class="done-mark of-chapter" data-mark={mark}>
            <span class="fields" aria-hidden="true">{ for attempts.iter().map(|it| html! { <i class={field(it)}></i> }) }</span>
            { words }
            <span class="again">{ again }</span>
        </p>
    }
}

/// What is said of a lesson, the word for it in `data-mark`, and what of it comes back.
fn of_chapter(
    finished: Option<Day>,
    attempts: &[Option<Attempted>],
    today: Day,
) -> (&'static str, String, Option<String>) {
    let solved = attempts.iter().flatten().filter(|it| it.solved.is_some()).count();
    let due = attempts.iter().flatten().filter(|it| it.is_due(today)).count();
    let (mark, words) = match finished {
        Some(day) => ("solved", format!("All {} solved, the last on {}.", attempts.len(), date(day))),
        None if attempts.iter().any(Option::is_some) => {
            ("open", format!("{solved} of {} solved.", attempts.len()))
        }
        None => ("none", "Not begun.".to_owned()),
    };
    let again = (due > 0).then(|| format!(" {due} to be answered again today."));
    (mark, words, again)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessons::progress::Review;

    fn it(solved: Option<Day>, due: Option<Day>) -> Attempted {
        Attempted { day: 0, right: solved.is_some(), solved, review: due.map(|due| Review { due, step: 0 }) }
    }

    #[test]
    fn an_exercise_says_whether_it_is_solved_and_when_it_comes_back() {
        let said = |solved, due| of_exercise(it(solved, due), 10);
        assert_eq!(said(Some(3), None), ("solved", "Solved on 4 January 1970.".into()));
        assert_eq!(said(Some(3), Some(10)).0, "due");
        assert_eq!(said(None, Some(9)).0, "due");
        assert!(said(Some(10), Some(11)).1.ends_with("comes back on 12 January 1970."));
        assert_eq!(said(None, Some(11)).0, "open");
        assert_eq!(said(None, None), ("open", "Begun, and not solved yet.".into()));
    }

    #[test]
    fn a_lesson_says_how_much_of_it_is_solved_and_what_is_due() {
        let said = |finished, attempts: &[Option<Attempted>]| of_chapter(finished, attempts, 10);
        assert_eq!(said(None, &[None, None]), ("none", "Not begun.".into(), None));
        assert_eq!(said(None, &[Some(it(Some(1), None)), None]), ("open", "1 of 2 solved.".into(), None));
        let all = [Some(it(Some(1), None)), Some(it(Some(2), Some(10)))];
        assert_eq!(
            said(Some(2), &all),
            (
                "solved",
                "All 2 solved, the last on 3 January 1970.".into(),
                Some(" 1 to be answered again today.".into())
            )
        );
    }
}
