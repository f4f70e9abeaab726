//! What came of an exercise's trials: a list to read, and a way to see each thing that failed.

use super::check::{Checker, Tried};
use super::run::On;
use super::told::stage_in_words;
use lab::grade::{Exercise, Finding, Trial};
use std::rc::Rc;
use yew::prelude::*;

/// What the list must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct ResultsProps {
    /// The exercise.
    pub exercise: Rc<Exercise>,
    /// Its trials.
    pub checker: Checker,
    /// Counts what has happened, so that it is drawn anew.
    pub happened: u32,
    /// What is shown on the stage: a trial, and a finding of it.
    pub shown: Option<(usize, usize)>,
    /// A person wants to see this finding.
    pub on_show: Callback<(usize, usize)>,
}

/// The list of trials and checks.
#[component]
pub fn Results(props: &ResultsProps) -> Html {
    let ResultsProps { exercise, checker, shown, on_show, .. } = props;
    let done = checker.done();
    let first_failed = done.iter().find(|tried| !tried.passed()).map(|tried| tried.trial);
    let current = checker.current().map(|(place, _)| place);
    html! {
        <section class="results" role="group" aria-label="Checks" data-state={state(checker)}>
            <p class="summary" role="status">{ summary(exercise, checker) }</p>
            <ol>
                { for exercise.trials.iter().enumerate().map(|(place, trial)| {
                    match done.iter().find(|tried| tried.trial == place) {
                        Some(tried) => {
                            let open = first_failed == Some(place) || shown.is_some_and(|(trial, _)| trial == place);
                            over(exercise, trial, (place, tried, open), *shown, on_show)
                        }
                        None => {
                            let simulated = trial.only_simulated().filter(|_| checker.on() == On::Kernel);
                            let word = match (current == Some(place), simulated) {
                                (true, _) => "under way",
                                (false, Some(_)) => "simulator only",
                                (false, None) => "not tried",
                            };
                            html! {
                                <li key={trial.id.clone()} class="open">
                                    { verdict(None, word) }{ trial.title.clone() }
                                    if let Some(why) = simulated {
                                        <p class="says">{ why.to_owned() }</p>
                                    }
                                </li>
                            }
                        }
                    }
                }) }
            </ol>
        </section>
    }
}

fn state(checker: &Checker) -> &'static str {
    match (checker.goes_on(), checker.passed()) {
        (true, _) => "under way",
        (false, true) => "passed",
        (false, false) => "failed",
    }
}

/// How far it is, in a sentence.
fn summary(exercise: &Exercise, checker: &Checker) -> String {
    let (done, all) = (checker.done(), checker.count());
    if let Some(why) = checker.broken() {
        return why;
    }
    if let Some((place, run)) = checker.current() {
        let title = exercise.trials.get(place).map(|trial| trial.title.as_str()).unwrap_or_default();
        let stage = run.map_or_else(|| "Beginning.".to_owned(), |run| stage_in_words(&run));
        return format!("Trial {} of {all}: {title}. {stage}", done.len() + 1);
    }
    let (where_, trials) = match checker.on() {
        On::Simulator => ("", format!("all {all} trials")),
        On::Kernel if all == 0 => return "None of the trials can be shown by a kernel.".to_owned(),
        On::Kernel if all < exercise.trials.len() => (
            " on your own kernel",
            format!("the {all} of {} trials that a kernel can show", exercise.trials.len()),
        ),
        On::Kernel => (" on your own kernel", format!("all {all} trials")),
    };
    match done.iter().filter(|tried| !tried.passed()).count() {
        0 => format!("Passed{where_}: your program stood {trials}."),
        failed => {
            format!(
                "Not yet{where_}: {failed} of {all} trials failed. Each says what it expected and what it saw."
            )
        }
    }
}

/// A trial that is over. Open is what is to be read first, or is shown.
fn over(
    exercise: &Exercise,
    trial: &Trial,
    (place, tried, open): (usize, &Tried, bool),
    shown: Option<(usize, usize)>,
    on_show: &Callback<(usize, usize)>,
) -> Html {
    let goal = |finding: &Finding| {
        let check = exercise.checks_of(trial).find(|check| check.id == finding.check);
        check.map(|check| check.says.clone()).unwrap_or_default()
    };
    let failed = tried.findings.iter().enumerate().filter(|(_, finding)| !finding.passed);
    let failed = failed.map(|(number, finding)| {
        let is_shown = shown == Some((place, number));
        let on_show = on_show.reform(move |_: MouseEvent| (place, number));
        html! {
            <li key={finding.check.clone()} class="failed">
                <p>{ verdict(Some(false), "failed") }{ goal(finding) }</p>
                <p class="says">
                    { where_and_what(finding) }
                    if finding.moment.is_some() {
                        { " " }
                        <button type="button" aria-pressed={is_shown.to_string()} onclick={on_show}
                            aria-label={format!("Show it: {}", finding.says)}>{ "Show it" }</button>
                    }
                </p>
            </li>
        }
    });
    let passed: Vec<String> = tried.findings.iter().filter(|finding| finding.passed).map(goal).collect();
    html! {
        <li key={trial.id.clone()} class={class(tried.passed())}>
            <details {open}>
                <summary>{ verdict(Some(tried.passed()), class(tried.passed())) }{ trial.title.clone() }</summary>
                <ul>
                    { for failed }
                    if !passed.is_empty() {
                        <li key="passed" class="passed"><p>{ verdict(Some(true), "passed") }{ passed.join("; ") }</p></li>
                    }
                </ul>
                if !tried.passed() && !trial.lesson.is_empty() {
                    <p class="lesson-says">{ trial.lesson.clone() }</p>
                }
            </details>
        </li>
    }
}

/// What a finding says, with its line where the sentence does not name it.
pub fn where_and_what(finding: &Finding) -> String {
    match &finding.place {
        Some(place) if !finding.says.contains(&format!("line {}", place.line)) => {
            format!("{} Look at line {} of {}.", finding.says, place.line, place.file)
        }
        _ => finding.says.clone(),
    }
}

const fn class(passed: bool) -> &'static str {
    if passed { "passed" } else { "failed" }
}

/// A sign and a word: a tick, a cross, or a ring for what is not known yet.
fn verdict(passed: Option<bool>, word: &'static str) -> Html {
    let path = match passed {
        Some(true) => "M2.5 8.5 6.5 12.5 13.5 3.5",
        Some(false) => "M3 3 13 13M13 3 3 13",
        None => "M8 3a5 5 0 1 0 .01 0",
    };
    html! {
        <span class="verdict">
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d={path} /></svg>
            { word }
        </span>
    }
}
