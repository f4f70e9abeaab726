//! One program: its name, its text, how it stands, what it printed, and the line for its input.

use super::interpreter::{Paused, Step};
use super::output::Output;
use super::run::{Run, Stage};
use super::state::Do;
use crate::browser;
use crate::editor::{Blocked, CodeEditor, Fault, Marks, Pointed, Running};
use lab::{Exit, Printed, Source, Standing, Waiting};
use sockets::{Instant, Micros};
use std::rc::Rc;
use yew::prelude::*;

/// The most letters of output that a pane shows; the beginning is left out beyond.
const MOST_SHOWN: usize = 200_000;

/// What a pane must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct PaneProps {
    /// The program's place.
    pub place: usize,
    /// The program.
    pub source: Source,
    /// Whether it may be taken away.
    pub removable: bool,
    /// The panes inside a page of words that it belongs to: it is smaller there, and its arguments are given.
    #[prop_or_default]
    pub within: AttrValue,
    /// The lines before which it stops.
    pub breakpoints: Vec<u32>,
    /// How it stands in the run that is shown.
    pub shown: Option<ProgramShown>,
    /// Whether the run is of this very text.
    pub current: bool,
    /// Lines that belong to what is pointed at.
    pub lit: Vec<u32>,
    /// Says what happened.
    pub act: Callback<Do>,
    /// Runs all programs.
    pub run: Callback<()>,
    /// A line is pointed at.
    pub on_point: Callback<Option<(usize, u32)>>,
}

/// What is shown of a program in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramShown {
    /// Where it stands.
    pub standing: Standing,
    /// What its threads wait for.
    pub waits: Vec<Waiting>,
    /// What it has printed last.
    pub printed: Rc<Vec<Printed>>,
    /// The octets that it printed before that.
    pub left_out: u64,
    /// Whether it waits for a line.
    pub asks: bool,
    /// How it ended.
    pub exit: Option<Exit>,
    /// It stands still here.
    pub paused: Option<Paused>,
    /// The line that runs.
    pub line: Option<u32>,
    /// The network's time.
    pub now: Instant,
    /// Whether the run goes on.
    pub goes_on: bool,
    /// The run.
    pub run: Run,
}

impl ProgramShown {
    /// Of a program in a run, as it is now.
    pub fn of(run: &Run, place: usize) -> Option<ProgramShown> {
        let (now, goes_on) = (run.now(), run.goes_on());
        run.with_process(place, |process, shown| {
            let (earlier, last) = process.printed().split_at(last_pieces(process.printed()));
            let earlier = earlier.iter().map(|piece| piece.text.len() as u64).sum::<u64>();
            ProgramShown {
                standing: process.standing(),
                waits: process.waits().to_vec(),
                printed: Rc::new(last.to_vec()),
                left_out: process.forgotten() + earlier,
                asks: process.waits().iter().any(|wait| wait.what == "input"),
                exit: process.exit().cloned(),
                paused: shown.paused.clone(),
                line: shown.line,
                now,
                goes_on,
                run: run.clone(),
            }
        })
    }

    /// How it stands, in a few words.
    fn in_words(&self) -> String {
        if let Some(exit) = &self.exit {
            return match (&exit.error, exit.status) {
                (Some(error), _) => match error.line {
                    Some(line) => format!("ended with {} in line {line}", error.class),
                    None => format!("ended with {}", error.class),
                },
                (None, 0) => "ended".to_owned(),
                (None, -9) => "stopped".to_owned(),
                (None, status) => format!("ended with status {status}"),
            };
        }
        if let Some(paused) = &self.paused {
            return match paused.frames.first() {
                Some(frame) => format!("stands still before line {} of {}", frame.line, frame.function),
                None => "stands still".to_owned(),
            };
        }
        match self.standing {
            Standing::New => "not begun".to_owned(),
            Standing::Working => "running".to_owned(),
            _ => match &self.waits[..] {
                [] => "running".to_owned(),
                [wait] => format!("waits in {wait}, {}", so_long(wait, self.now)),
                many => {
                    let each: Vec<String> = many.iter().map(ToString::to_string).collect();
                    format!("waits in {}", each.join(", "))
                }
            },
        }
    }
}

/// Where the last pieces begin of which a pane shows all.
fn last_pieces(printed: &[Printed]) -> usize {
    let mut room = MOST_SHOWN;
    let mut from = printed.len();
    while from > 0 && room > 0 {
        from -= 1;
        room = room.saturating_sub(printed[from].text.len());
    }
    from
}

fn so_long(wait: &Waiting, now: Instant) -> String {
    format!("for {}", Micros(now.since(wait.since).0))
}

/// One program.
#[component]
pub fn Pane(props: &PaneProps) -> Html {
    let PaneProps { place, source, shown, act, .. } = props;
    let place = *place;
    let edit = {
        let (source, act) = (source.clone(), act.clone());
        move |change: fn(&mut Source, String)| {
            let (source, act) = (source.clone(), act.clone());
            Callback::from(move |typed: String| {
                let mut source = source.clone();
                change(&mut source, typed);
                act.emit(Do::Edit(place, Box::new(source)));
            })
        }
    };
    let on_change = edit(|source, typed| source.text = typed).reform(|text: Rc<str>| text.to_string());
    let on_break = {
        let (act, run) = (act.clone(), shown.as_ref().map(|shown| shown.run.clone()));
        Callback::from(move |lines: Vec<u32>| {
            if let Some(run) = &run {
                run.break_at(place, &lines);
            }
            act.emit(Do::Break(place, lines));
        })
    };
    let on_point = props.on_point.reform(move |at: Option<Pointed>| at.map(|at| (place, at.line)));
    let within = &props.within;
    let title = format!("program-{within}{place}");
    let words = shown.as_ref().map(ProgramShown::in_words).unwrap_or_default();
    html! {
        <section class="program" aria-labelledby={title.clone()}>
            <header>
                <h2 id={title}>{ source.file.clone() }</h2>
                if within.is_empty() {
                    <label>
                        <span>{ "arguments" }</span>
                        <input type="text" value={source.args.join(" ")} spellcheck="false" autocapitalize="off"
                            onchange={browser::on_chosen(edit(|source, typed| source.args = typed.split_whitespace().map(str::to_owned).collect()))} />
                    </label>
                }
                <button type="button" class="quiet" onclick={save(source)}>{ "Save" }</button>
                if props.removable {
                    <button type="button" class="quiet" onclick={act.reform(move |_: MouseEvent| Do::Remove(place))}>{ "Remove" }</button>
                }
            </header>
            <CodeEditor
                label={source.file.clone()} text={Rc::<str>::from(source.text.as_str())} marks={Rc::new(marks(props))}
                {on_change} on_breakpoints={on_break} on_pointed={on_point} on_run={props.run.clone()}
            />
            <p class="standing">{ words }</p>
            if let Some(shown) = shown {
                if let Some(paused) = &shown.paused {
                    <Still place={place} paused={paused.clone()} run={shown.run.clone()} />
                }
                <Output file={source.file.clone()} printed={shown.printed.clone()} left_out={shown.left_out} />
                if shown.asks && shown.goes_on {
                    <Input place={place} run={shown.run.clone()} file={source.file.clone()} />
                }
            } else {
                <p class="hint">{ "What it prints appears here." }</p>
            }
        </section>
    }
}

fn save(source: &Source) -> Callback<MouseEvent> {
    let (file, text) = (source.file.clone(), source.text.clone());
    Callback::from(move |_| crate::sandbox::place::save(&file, &text))
}

/// What is to be seen in the text.
fn marks(props: &PaneProps) -> Marks {
    let mut marks =
        Marks { breakpoints: props.breakpoints.clone(), lit: props.lit.clone(), ..Marks::default() };
    let Some(shown) = props.shown.as_ref().filter(|_| props.current) else { return marks };
    let several = shown.waits.len() > 1;
    let thread = |number: u32| if number == 1 { "main".to_owned() } else { format!("thread {number}") };
    let running = shown.line.map(|line| Running {
        line,
        thread: shown.paused.as_ref().map(|paused| thread(paused.thread)).unwrap_or_default(),
    });
    marks.running = running.into_iter().collect();
    if shown.exit.is_none() && shown.paused.is_none() && shown.standing == Standing::Resting {
        let blocked = shown.waits.iter().filter(|wait| wait.line > 0).map(|wait| Blocked {
            line: wait.line,
            thread: if several { thread(wait.thread) } else { String::new() },
            text: format!("{}, {}", wait.what, so_long(wait, shown.now)),
        });
        marks.blocked = blocked.collect();
    }
    let error = shown.exit.as_ref().and_then(|exit| exit.error.as_ref());
    marks.error = error.and_then(|error| {
        let text = if error.text.is_empty() {
            error.class.clone()
        } else {
            format!("{}: {}", error.class, error.text)
        };
        Some(Fault { line: error.line?, column: error.column.unwrap_or(0), text })
    });
    marks
}

#[derive(Clone, PartialEq, Properties)]
struct InputProps {
    place: usize,
    run: Run,
    file: String,
}

/// A line for a program's input.
#[component]
fn Input(props: &InputProps) -> Html {
    let typed = use_state(String::new);
    let oninput = {
        let typed = typed.setter();
        browser::on_typed(Callback::from(move |text| typed.set(text)))
    };
    let onsubmit = {
        let (run, place, typed) = (props.run.clone(), props.place, typed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            run.type_line(place, Some((*typed).clone()));
            typed.set(String::new());
        })
    };
    let end = {
        let (run, place) = (props.run.clone(), props.place);
        Callback::from(move |_: MouseEvent| run.type_line(place, None))
    };
    html! {
        <form class="input-line" {onsubmit}>
            <label>
                <span>{ "Input" }</span>
                <input type="text" value={(*typed).clone()} {oninput} autocomplete="off" aria-label={format!("A line for {}", props.file)} />
            </label>
            <button type="submit">{ "Enter" }</button>
            <button type="button" class="quiet" onclick={end} title="As Ctrl+D does in a terminal">{ "End of input" }</button>
        </form>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct StillProps {
    place: usize,
    paused: Paused,
    run: Run,
}

/// A program that stands still: ways to go on, and its variables.
#[component]
fn Still(props: &StillProps) -> Html {
    let step = |how: Step| {
        let (run, place) = (props.run.clone(), props.place);
        Callback::from(move |_: MouseEvent| run.step(place, how))
    };
    html! {
        <div class="still">
            <div class="steps">
                <button type="button" onclick={step(Step::Line)}>{ "Next line" }</button>
                <button type="button" onclick={step(Step::Call)}>{ "Next call" }</button>
                <button type="button" onclick={step(Step::Out)}>{ "Out of the function" }</button>
                <button type="button" onclick={step(Step::Run)}>{ "Go on" }</button>
            </div>
            { for props.paused.frames.iter().enumerate().map(|(depth, frame)| html! {
                <details open={depth == 0}>
                    <summary>{ format!("{}, line {}", frame.function, frame.line) }</summary>
                    <table>
                        <tbody>
                            { for frame.variables.iter().map(|variable| html! {
                                <tr>
                                    <th scope="row">{ variable.name.clone() }</th>
                                    <td><code>{ variable.text.clone() }</code></td>
                                    <td class="hint">{ variable.kind.clone() }</td>
                                </tr>
                            }) }
                        </tbody>
                    </table>
                </details>
            }) }
        </div>
    }
}

/// Whether a run is over in a way that a person must read.
pub fn is_bad(run: &Run) -> bool {
    !matches!(
        run.stage(),
        Stage::Loading(_) | Stage::Running | Stage::Asks | Stage::Over(lab::Ending::Finished)
    )
}
