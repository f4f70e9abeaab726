//! An exercise of a lesson, live: its controls, what the judge says, hints one by one, the moment on the stage, and the solution with why.

use super::answer::{Given, controls};
use super::figure::{Figure, FigureTool};
use super::hands::Hands;
use super::kept::{self, Came, Trouble};
use super::mark::ExerciseMark;
use super::shelf::{self, Fetched};
use super::solution::solution;
use crate::workshop::{Lesson, LessonProps};
use lessons::{Exercise, Kind, Show, Verdict};
use std::rc::Rc;
use yew::prelude::*;

/// What the component must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct TaskProps {
    /// The lesson and the exercise, as a page's `data-id`: `start/promises`.
    pub id: AttrValue,
}

/// The exercise of an id, when its file is there.
#[component]
pub fn Task(props: &TaskProps) -> Html {
    let fetched = use_state_eq(|| None::<Fetched>);
    let tries = use_state_eq(|| 0_u32);
    {
        let fetched = fetched.setter();
        use_effect_with((props.id.clone(), *tries), move |(id, _)| {
            let lesson = id.split('/').next().unwrap_or_default();
            shelf::ask(lesson, Callback::from(move |came: Fetched| fetched.set(Some(came))));
        });
    }
    let again = {
        let (tries, fetched) = (tries.clone(), fetched.setter());
        Callback::from(move |_: MouseEvent| {
            fetched.set(None);
            tries.set(*tries + 1);
        })
    };
    let (lesson, id) = props.id.split_once('/').unwrap_or_default();
    {
        let lesson = lesson.to_owned();
        use_effect_with(lesson, |lesson| kept::visited(lesson));
    }
    // What cannot be kept is said once in all of the page: here, where it was noticed.
    let trouble = use_state_eq(|| None::<Trouble>);
    let on_came = {
        let trouble = trouble.setter();
        use_callback(props.id.clone(), move |came: Came, id| {
            let (lesson, id) = id.split_once('/').unwrap_or_default();
            if let Some(noticed) = kept::answered(lesson, id, came) {
                trouble.set(Some(noticed));
            }
        })
    };
    html! {
        <>
            <ExerciseMark lesson={lesson.to_owned()} exercise={id.to_owned()} />
            { exercise(&fetched, id, again, &on_came) }
            if let Some(trouble) = &*trouble {
                <p class="notice" role="alert">{ trouble.says() }</p>
            }
        </>
    }
}

/// The exercise of this id among what was fetched.
fn exercise(
    fetched: &Option<Fetched>,
    id: &str,
    again: Callback<MouseEvent>,
    on_came: &Callback<Came>,
) -> Html {
    match fetched {
        None => html! { <p class="remark">{ "The exercise is being fetched." }</p> },
        Some(Err(why)) => html! {
            <div class="notice" role="alert">
                <p>{ format!("The exercise could not be fetched: {why}.") }</p>
                <button type="button" onclick={again}>{ "Try again" }</button>
            </div>
        },
        Some(Ok(all)) => match all.iter().find(|exercise| exercise.id == id) {
            Some(exercise) => match &exercise.kind {
                Kind::Program(program) => html! {
                    <div class="answer">
                        <Lesson ..LessonProps { on_checked: Some(on_came.reform(checked)), ..LessonProps::of_exercise((**program).clone()) } />
                        <Hints exercise={exercise.clone()} />
                    </div>
                },
                Kind::Operate(_) => html! {
                    <div class="answer" data-kind="operate">
                        <Hands exercise={exercise.clone()} on_came={on_came.clone()} />
                        <Hints exercise={exercise.clone()} />
                    </div>
                },
                _ => html! { <Try exercise={exercise.clone()} on_came={on_came.clone()} /> },
            },
            None => {
                html! { <p class="notice" role="alert">{ format!("This lesson has no exercise “{id}”.") }</p> }
            }
        },
    }
}

const fn checked(passed: bool) -> Came {
    if passed { Came::Right } else { Came::Wrong }
}

#[derive(Clone, PartialEq, Properties)]
struct TryProps {
    exercise: Rc<Exercise>,
    on_came: Callback<Came>,
}

/// An exercise that the judge decides at once.
#[component]
fn Try(props: &TryProps) -> Html {
    let exercise = &props.exercise;
    let given = {
        let exercise = exercise.clone();
        use_state(move || Given::start(&exercise))
    };
    let verdict = use_state_eq(|| None::<Verdict>);
    // What has been said stays readable while the answer is mended.
    let stale = use_state_eq(|| false);
    let tried = use_state_eq(|| false);
    let stage = use_state_eq(|| None::<Show>);
    let change = {
        let (given, stale) = (given.setter(), stale.setter());
        Callback::from(move |next: Given| {
            given.set(next);
            stale.set(true);
        })
    };
    let check = {
        let (exercise, given) = (exercise.clone(), given.clone());
        let (verdict, stale, tried) = (verdict.setter(), stale.setter(), tried.setter());
        let on_came = props.on_came.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let judged = given.judged(&exercise);
            // Whoever has not answered yet has not answered wrong.
            if *given != Given::start(&exercise) {
                on_came.emit(checked(judged.right));
            }
            verdict.set(Some(judged));
            stale.set(false);
            tried.set(true);
        })
    };
    let restart = {
        let (exercise, given, verdict, stage) =
            (exercise.clone(), given.setter(), verdict.setter(), stage.setter());
        Callback::from(move |_: MouseEvent| {
            given.set(Given::start(&exercise));
            verdict.set(None);
            stage.set(None);
        })
    };
    let said = (*verdict).clone();
    let fresh = said.clone().filter(|_| !*stale);
    let right = fresh.as_ref().is_some_and(|verdict| verdict.right);
    let show = said.as_ref().and_then(|verdict| verdict.show.clone().or_else(|| shown(exercise)));
    let toggle = {
        let (stage, show) = (stage.clone(), show.clone());
        Callback::from(move |_: MouseEvent| stage.set(if stage.is_some() { None } else { show.clone() }))
    };
    html! {
        <div class="answer" data-kind={exercise.kind.name()} data-verdict={fresh.as_ref().map(|verdict| if verdict.right { "right" } else { "wrong" })}>
            <form onsubmit={check}>
                { controls(exercise, &given, fresh.as_ref(), &change) }
                <div class="answer-bar">
                    <button type="submit" class="primary">{ "Check" }</button>
                    if show.is_some() {
                        <button type="button" aria-expanded={stage.is_some().to_string()} onclick={toggle}>
                            { if stage.is_some() { "Hide the stage" } else { "Show it on the stage" } }
                        </button>
                    }
                    if said.is_some() {
                        <button type="button" class="quiet" onclick={restart}>{ if right { "Do it again" } else { "Start again" } }</button>
                    }
                </div>
            </form>
            <div role="status" class="verdict-place">
                if let Some(said) = &said {
                    <p class={classes!("verdict", if said.right { "right" } else { "wrong" }, stale.then_some("stale"))}>
                        <strong>{ if said.right { "Right." } else { "Not yet." } }</strong>
                        { " " }
                        { Html::from_html_unchecked(said.says.clone().into()) }
                    </p>
                }
            </div>
            if right {
                <div class="why">{ Html::from_html_unchecked(based(&exercise.why).into()) }</div>
            }
            if let Some(Show { scenario, at }) = (*stage).clone() {
                <section class="lesson-stage" role="group" aria-label="Stage">
                    <FigureTool id={Figure { scenario, moment: at, views: vec!["header".into()] }.write()} />
                </section>
            }
            <Hints exercise={exercise.clone()} />
            if *tried && !right {
                <details class="solution">
                    <summary>{ "The solution, and why" }</summary>
                    { Html::from_html_unchecked(solution(exercise).into()) }
                    { Html::from_html_unchecked(based(&exercise.why).into()) }
                </details>
            }
        </div>
    }
}

/// Where an exercise is to be seen by itself.
fn shown(exercise: &Exercise) -> Option<Show> {
    match &exercise.kind {
        Kind::Fill(fill) | Kind::Decode(fill) if fill.hex.is_empty() => {
            Some(Show { scenario: fill.scenario.clone(), at: fill.packet.clone() })
        }
        _ => exercise.show.clone(),
    }
}

/// HTML of the course with the path under which the site lies.
pub fn based(html: &str) -> String {
    let base = crate::browser::mark_of_page("data-base").unwrap_or_else(|| "/".into());
    lessons::based(html, &base)
}

#[derive(Clone, PartialEq, Properties)]
struct HintsProps {
    exercise: Rc<Exercise>,
}

/// Hints, from gentle to telling, one after the other; of a program also why its solutions are some.
#[component]
fn Hints(props: &HintsProps) -> Html {
    let open = use_state_eq(|| 0_usize);
    let exercise = &props.exercise;
    let count = exercise.hints.len();
    let more = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(*open + 1))
    };
    html! {
        <div class="hints">
            { for exercise.hints.iter().take(*open).map(|hint| html! { <div class="hint">{ Html::from_html_unchecked(based(hint).into()) }</div> }) }
            if *open < count {
                <button type="button" class="quiet" onclick={more}>{ format!("Hint {} of {count}", *open + 1) }</button>
            }
            if matches!(exercise.kind, Kind::Program(_)) {
                <details><summary>{ "Why" }</summary>{ Html::from_html_unchecked(based(&exercise.why).into()) }</details>
            }
        </div>
    }
}
