//! What a learner sees of their progress on the course's page: where to go on, what is to be answered again today, and how to keep it, move
//! it or forget it.

use super::kept::{self, Kept, Trouble, use_kept};
use crate::browser;
use crate::sandbox::place::{read_chosen, save};
use lessons::progress::{date, iso_date};
use lessons::{Chapter, Listed, Onward, Outline, Progress};
use std::rc::Rc;
use yew::prelude::*;

/// The longest file of progress that is read, in octets: a hundred times what all of the course comes to.
const LONGEST: usize = 1_000_000;

/// What the component must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct LearnerProps {
    /// What there is to do.
    pub outline: Rc<Outline>,
}

/// The address of a lesson, or of an exercise in it.
pub fn address(chapter: &Chapter, exercise: Option<&Listed>) -> String {
    let base = browser::mark_of_page("data-base").unwrap_or_else(|| "/".into());
    let part = exercise.map_or_else(String::new, |exercise| format!("#{}", exercise.id));
    format!("{base}learn/{}/{part}", chapter.name)
}

/// One, or so many.
fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Where somebody is in the course.
#[component]
pub fn Learner(props: &LearnerProps) -> Html {
    let outline = &props.outline;
    let kept = use_kept();
    let (progress, today) = (&kept.progress, kept.today);
    let (solved, all) = (outline.solved(progress), outline.exercises());
    let due = outline.due(progress, today);
    let onward = outline.onward(progress);
    html! {
        <section class="learner" aria-label="Your progress">
            { trouble(&kept) }
            <p class="go-on">{ way(onward, progress, all) }</p>
            if !progress.is_empty() {
                <p class="how-far">
                    { format!("{solved} of {all} exercises solved.") }
                    if due.is_empty() {
                        if let Some(day) = outline.next_review(progress, today) {
                            { format!(" Nothing is to be answered again today; the next comes back on {}.", date(day)) }
                        }
                    }
                </p>
            }
            if !due.is_empty() {
                <section class="to-review" aria-labelledby="to-review">
                    <h2 id="to-review">{ "To be answered again today" }</h2>
                    <p>{ "What once went wrong comes back after a day, and when it goes well, after 3, 7 and 21 more." }</p>
                    <ul>
                        { for due.iter().map(|(chapter, exercise)| html! {
                            <li><a href={address(chapter, Some(exercise))}>{ exercise.title.clone() }</a>{ format!(", in “{}”", chapter.title) }</li>
                        }) }
                    </ul>
                </section>
            }
            <Keeping {kept} />
        </section>
    }
}

/// The button that leads on, and what it leads to.
fn way(onward: Option<Onward<'_>>, progress: &Progress, all: usize) -> Html {
    let base = browser::mark_of_page("data-base").unwrap_or_else(|| "/".into());
    match onward {
        None => html! {
            <>
                <a class="button way-in" href={format!("{base}learn/done/")}>{ "What you have learned" }</a>
                <span>{ format!("You have solved all {all} exercises. The page can be printed.") }</span>
            </>
        },
        Some(Onward { chapter, exercise }) => {
            let fresh = progress.is_empty() && progress.last().is_none();
            let words = match exercise {
                Some(exercise) => format!("The next exercise is “{}”.", exercise.title),
                None if fresh => "What you do is kept in this browser, and goes nowhere else.".to_owned(),
                None => String::new(),
            };
            html! {
                <>
                    <a class="button way-in" href={address(chapter, exercise)}>
                        { if fresh { "Begin: " } else { "Go on: " } }{ chapter.title.clone() }
                    </a>
                    <span>{ words }</span>
                </>
            }
        }
    }
}

fn trouble(kept: &Kept) -> Html {
    match &kept.trouble {
        None => html! {},
        Some(trouble) => html! { <p class="notice" role="alert">{ trouble.says() }</p> },
    }
}

/// What waits for a yes.
#[derive(Clone, PartialEq)]
enum Asked {
    /// Another's progress was read from a file.
    Import(Rc<Progress>),
    /// Everything is to be forgotten.
    Forget,
}

/// What was done, and how it is undone.
#[derive(Clone, PartialEq)]
struct Said {
    words: String,
    wrong: bool,
    before: Option<Undo>,
}

/// What there was before.
#[derive(Clone, PartialEq)]
enum Undo {
    /// It is put back beside what came since.
    Add(Rc<Progress>),
    /// It is put back in the place of all that is there.
    Replace(Rc<Progress>),
}

#[derive(Clone, PartialEq, Properties)]
struct KeepingProps {
    kept: Kept,
}

/// Saving to a file, reading from one, forgetting.
#[component]
fn Keeping(props: &KeepingProps) -> Html {
    let kept = &props.kept;
    let asked = use_state_eq(|| None::<Asked>);
    let said = use_state_eq(|| None::<Said>);
    let say = {
        let (asked, said) = (asked.setter(), said.setter());
        move |words: &str, wrong: bool, before: Option<Undo>| {
            asked.set(None);
            said.set(Some(Said { words: words.to_owned(), wrong, before }));
        }
    };
    let export = {
        let kept = kept.clone();
        Callback::from(move |_: MouseEvent| {
            let name = format!("tcp-lab-progress-{}.json", iso_date(kept.today));
            // What cannot be read is worth keeping as it is.
            let raw = matches!(kept.trouble, Some(Trouble::Unreadable(_))).then(kept::stored).flatten();
            save(&name, &raw.unwrap_or_else(|| kept::now().progress.to_json()));
        })
    };
    let import = {
        let (asked, said, say) = (asked.setter(), said.setter(), say.clone());
        Callback::from(move |event: Event| {
            let (asked, said, say) = (asked.clone(), said.clone(), say.clone());
            let then = Callback::from(move |read: Result<String, String>| {
                match read.and_then(|text| Progress::read(&text).map_err(|bad| bad.to_string())) {
                    Ok(progress) => {
                        said.set(None);
                        asked.set(Some(Asked::Import(Rc::new(progress))));
                    }
                    Err(why) => say(
                        &format!("{why} Choose a file that was saved here. Nothing was changed."),
                        true,
                        None,
                    ),
                }
            });
            read_chosen(&event, LONGEST, then);
        })
    };
    let forget = {
        let (asked, said) = (asked.setter(), said.setter());
        Callback::from(move |_: MouseEvent| {
            said.set(None);
            asked.set(Some(Asked::Forget));
        })
    };
    let cancel = {
        let asked = asked.setter();
        Callback::from(move |_: MouseEvent| asked.set(None))
    };
    let sure = {
        let say = say.clone();
        Callback::from(move |_: MouseEvent| {
            let before = kept::now().progress;
            kept::forget();
            say("Everything is forgotten.", false, Some(Undo::Add(before)));
        })
    };
    let merge = |progress: &Rc<Progress>| {
        let (progress, say) = (progress.clone(), say.clone());
        Callback::from(move |_: MouseEvent| {
            let before = kept::now().progress;
            kept::change(|ours, _| ours.merge(&progress));
            say("The file was added to what was here.", false, Some(Undo::Replace(before)));
        })
    };
    let replace = |progress: &Rc<Progress>| {
        let (progress, say) = (progress.clone(), say.clone());
        Callback::from(move |_: MouseEvent| {
            let before = kept::now().progress;
            if kept::replace(&progress) {
                say("What was here is replaced by the file.", false, Some(Undo::Replace(before)));
            } else {
                say(FULL, true, None);
            }
        })
    };
    let undo = |before: &Undo| {
        let (before, say) = (before.clone(), say.clone());
        Callback::from(move |_: MouseEvent| {
            let done = match &before {
                Undo::Add(before) => {
                    kept::change(|now, _| {
                        let mut both = Progress::clone(before);
                        both.merge(now);
                        *now = both;
                    });
                    true
                }
                Undo::Replace(before) => kept::replace(before),
            };
            say(if done { "It is as it was." } else { FULL }, !done, None);
        })
    };
    let empty = kept.progress.is_empty() && kept.progress.last().is_none() && kept.trouble.is_none();
    html! {
        <details class="keeping">
            <summary>{ "Your progress: keep it, move it, forget it" }</summary>
            <p>
                { "Your progress is kept in this browser and goes nowhere else. Save it to a file to have a copy, or to go on with it in another browser." }
            </p>
            <div class="answer-bar">
                <button type="button" disabled={empty} onclick={export}>{ "Save to a file" }</button>
                <label class="button open-file">
                    { "Open a file" }
                    <input type="file" accept=".json,application/json" onchange={import} />
                </label>
                <button type="button" disabled={empty} onclick={forget}>{ "Forget everything" }</button>
            </div>
            <div role="status">
                if let Some(said) = &*said {
                    <p class={classes!("said", said.wrong.then_some("notice"))}>
                        { said.words.clone() }
                        if let Some(before) = &said.before {
                            { " " }<button type="button" onclick={undo(before)}>{ "Undo" }</button>
                        }
                    </p>
                }
                if let Some(asked) = &*asked {
                    <div class="asked">
                        <p>{ question(asked, kept) }</p>
                        <div class="answer-bar">
                            { match asked {
                                Asked::Import(progress) if empty => html! {
                                    <button type="button" class="primary" onclick={merge(progress)}>{ "Take it" }</button>
                                },
                                Asked::Import(progress) => html! {
                                    <>
                                        <button type="button" class="primary" onclick={merge(progress)}>{ "Add it" }</button>
                                        <button type="button" onclick={replace(progress)}>{ "Replace what is here" }</button>
                                    </>
                                },
                                Asked::Forget => html! {
                                    <button type="button" onclick={sure}>{ "Forget it all" }</button>
                                },
                            } }
                            <button type="button" onclick={cancel}>{ "Leave it as it is" }</button>
                        </div>
                    </div>
                }
            </div>
        </details>
    }
}

const FULL: &str = "Your browser has no room for it: nothing was changed.";

/// What there is: solved, and coming back.
fn what(progress: &Progress) -> String {
    let (solved, back) = progress.count();
    let back = if back == 0 { String::new() } else { format!(", and {back} to be answered again") };
    format!("{} solved{back}", count(solved, "exercise"))
}

/// What is asked before something is changed.
fn question(asked: &Asked, kept: &Kept) -> String {
    let ours = what(&kept.progress);
    match asked {
        Asked::Import(theirs) => {
            let mut both = Progress::clone(&kept.progress);
            both.merge(theirs);
            let theirs = what(theirs);
            if kept.progress.is_empty() {
                return format!("The file has {theirs}. There is nothing here that it could replace.");
            }
            format!(
                "The file has {theirs}; here there is {ours}. Added to what is here it makes {}: nothing is lost. To replace what is here leaves only \
                 the file's.",
                what(&both)
            )
        }
        Asked::Forget => {
            format!("This forgets all of your progress here: {ours}. Files that you have saved stay.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(answers: &[(&str, bool)]) -> Rc<Progress> {
        let mut progress = Progress::default();
        for (exercise, right) in answers {
            progress.answered("a", exercise, *right, 1);
        }
        Rc::new(progress)
    }

    #[test]
    fn what_a_file_would_change_is_said_before_it_does() {
        let kept = |progress| Kept { progress, ..Kept::default() };
        let file = Asked::Import(progress(&[("x", true), ("y", false)]));
        let said = question(&file, &kept(progress(&[("z", true)])));
        assert!(said.starts_with("The file has 1 exercise solved, and 1 to be answered again;"), "{said}");
        assert!(said.contains("here there is 1 exercise solved."), "{said}");
        assert!(said.contains("it makes 2 exercises solved"), "{said}");
        assert!(question(&file, &kept(progress(&[]))).contains("nothing here that it could replace"));
        assert!(question(&Asked::Forget, &kept(progress(&[("z", true)]))).contains("1 exercise solved."));
    }
}
