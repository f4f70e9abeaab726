//! What a learner has finished, to be printed: all of it, or what is missing.

use super::kept::use_kept;
use super::learner::{LearnerProps, address};
use crate::browser;
use lessons::progress::date;
use lessons::{Chapter, Outline, Progress};
use yew::prelude::*;

/// What stands at the head of the page. The name is on the page and nowhere else.
#[component]
pub fn Completion(props: &LearnerProps) -> Html {
    let outline = &props.outline;
    let kept = use_kept();
    let name = use_state_eq(String::new);
    let typed = {
        let name = name.setter();
        browser::on_typed(Callback::from(move |text: String| name.set(text)))
    };
    let print = Callback::from(|_: MouseEvent| browser::print());
    let finished = outline.finished(&kept.progress);
    html! {
        <section class="completion" data-finished={finished.is_some().to_string()}>
            if let Some(trouble) = &kept.trouble {
                <p class="notice" role="alert">{ trouble.says() }</p>
            }
            if !name.trim().is_empty() {
                <p class="whose">{ name.trim().to_owned() }</p>
            }
            <p class="how-far">{ how_far(outline, &kept.progress) }</p>
            if finished.is_none() {
                { missing(outline, &kept.progress) }
            }
            <div class="to-print">
                <label>
                    <span>{ "Your name, if you want it on the print" }</span>
                    <input type="text" autocomplete="name" maxlength="80" value={(*name).clone()} oninput={typed} />
                </label>
                <button type="button" onclick={print}>{ "Print" }</button>
            </div>
        </section>
    }
}

fn how_far(outline: &Outline, progress: &Progress) -> String {
    let (lessons, all) = (outline.lessons.len(), outline.exercises());
    match outline.finished(progress) {
        Some(day) => {
            format!(
                "All {lessons} lessons of the course are done, with all {all} exercises: the last on {}.",
                date(day)
            )
        }
        None => {
            let solved = outline.solved(progress);
            let missing = match all - solved {
                1 => "1 is missing".to_owned(),
                missing => format!("{missing} are missing"),
            };
            format!("Not complete: {solved} of {all} exercises are solved, and {missing}.")
        }
    }
}

/// What is missing, by lesson.
fn missing(outline: &Outline, progress: &Progress) -> Html {
    let lesson = |chapter: &Chapter| {
        let open: Vec<_> = chapter.missing(progress).collect();
        if open.is_empty() {
            return html! {};
        }
        let whole = open.len() == chapter.exercises.len();
        let exercises = open.iter().enumerate().map(|(place, exercise)| {
            html! { <>{ if place == 0 { ": " } else { ", " } }<a href={address(chapter, Some(exercise))}>{ exercise.title.clone() }</a></> }
        });
        html! {
            <li>
                <a href={address(chapter, None)}>{ chapter.title.clone() }</a>
                if whole {
                    { format!(": all {}", open.len()) }
                } else {
                    { for exercises }
                }
            </li>
        }
    };
    html! {
        <details class="missing">
            <summary>{ "What is missing" }</summary>
            <ul>{ for outline.lessons.iter().map(lesson) }</ul>
        </details>
    }
}
