//! The workshop's panes inside a page of words: editors, Run and Stop, output, and a small stage; for an exercise also its checks. Several
//! may stand on one page. Python is fetched at the first run.

use super::check::Checker;
use super::interpreter::Step;
use super::network::switch;
use super::pane::{Pane, ProgramShown, is_bad};
use super::project::Project;
use super::results::{Results, where_and_what};
use super::run::{On, Plan, Run};
use super::state::{Do, State};
use super::told::{call_of_line, line_of, sight, stage_in_words, thing_of, use_told};
use crate::browser::{self, Keep};
use crate::stage::Thing;
use crate::stage::desk::{Desk, Live, Opening, Subject};
use lab::grade::{Exercise, Finding};
use lab::{Scenario, life_lines};
use sockets::HostId;
use std::rc::Rc;
use yew::prelude::*;

/// What the panes must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct LessonProps {
    /// Tells these panes from others of the page, and their programs in the browser's store.
    pub name: AttrValue,
    /// The programs to begin with.
    pub project: Rc<Project>,
    /// The exercise that they are of.
    #[prop_or_default]
    pub exercise: Option<Rc<Exercise>>,
    /// Told of each check that came to its end, whether it was passed. The start as it is is nobody's answer.
    #[prop_or_default]
    pub on_checked: Option<Callback<bool>>,
}

impl LessonProps {
    /// Of an exercise.
    pub fn of_exercise(exercise: Exercise) -> LessonProps {
        let project = Rc::new(Project::of(exercise.programs.clone()));
        LessonProps {
            name: exercise.id.clone().into(),
            project,
            exercise: Some(Rc::new(exercise)),
            on_checked: None,
        }
    }
}

/// Where the browser keeps the programs of these panes.
fn key(name: &str) -> String {
    format!("tcp-lab-lesson-{name}")
}

/// The panes.
#[component]
pub fn Lesson(props: &LessonProps) -> Html {
    let LessonProps { name, project, exercise, on_checked } = props;
    let state = {
        let (name, project) = (name.clone(), project.clone());
        use_reducer(move || {
            let files =
                |of: &Project| of.programs.iter().map(|source| source.file.clone()).collect::<Vec<_>>();
            let stored = browser::stored(Keep::Ever, &key(&name)).and_then(|text| Project::read(&text).ok());
            // Programs of an earlier form of the page are no help.
            let stored = stored.filter(|stored| files(stored) == files(&project));
            State::begin(stored.unwrap_or_else(|| Project::clone(&project)), None, None)
        })
    };
    let act = {
        let dispatch = state.dispatcher();
        use_callback((), move |action: Do, ()| dispatch.dispatch(action))
    };
    {
        let (name, start) = (name.clone(), project.clone());
        use_effect_with(state.project.clone(), move |project| {
            let changed = (*project != start).then(|| serde_json::to_string(&**project).ok()).flatten();
            browser::put(Keep::Ever, &key(&name), changed.as_deref());
        });
    }
    let against = use_state_eq(|| 0_usize);
    let checker = use_state_eq(|| None::<Checker>);
    let shown = use_state_eq(|| None::<(usize, usize)>);
    let lit = use_state_eq(|| None::<Thing>);
    let pointed_line = use_state_eq(|| None::<(usize, u32)>);
    let stage = use_node_ref();

    let run = {
        let (state, act, shown) = (state.clone(), act.clone(), shown.setter());
        let (exercise, against, checker) = (exercise.clone(), *against, (*checker).clone());
        Callback::from(move |how: Step| {
            if let Some(checker) = checker.as_ref().filter(|checker| checker.goes_on()) {
                checker.stop();
            }
            shown.set(None);
            start(&state, &act, how, exercise.as_deref().map(|exercise| (exercise, against)));
        })
    };
    let run_all = run.reform(|()| Step::Run);
    let check = {
        let (state, act) = (state.clone(), act.clone());
        let (exercise, checker, shown) = (exercise.clone(), checker.clone(), shown.setter());
        Callback::from(move |_: MouseEvent| {
            let Some(exercise) = exercise.clone() else { return };
            if let Some(run) = &state.run {
                run.stop();
            }
            shown.set(None);
            let tell = act.reform(|()| Do::Happened);
            let programs = state.project.programs.clone();
            checker.set(Some(Checker::begin(exercise, programs, state.on, move || tell.emit(()))));
        })
    };
    let checks = checker.as_ref().is_some_and(Checker::goes_on);
    {
        let (on_checked, start) = (on_checked.clone(), project.clone());
        let verdict = checker.as_ref().and_then(Checker::verdict);
        use_effect_with(((*checker).clone(), verdict), move |(checker, verdict)| {
            let answered = checker.as_ref().is_some_and(|checker| *checker.programs() != start.programs);
            if let (Some(tell), Some(passed), true) = (on_checked, *verdict, answered) {
                tell.emit(passed);
            }
        });
    }
    let stop = {
        let (run, checker) = (state.run.clone(), (*checker).clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(checker) = checker.as_ref().filter(|checker| checker.goes_on()) {
                checker.stop();
            }
            if let Some(run) = &run {
                run.stop();
            }
        })
    };
    let on_show = {
        let shown = shown.setter();
        Callback::from(move |which: (usize, usize)| shown.set(Some(which)))
    };

    // What the panes and the stage show: what a check has found, else the person's own run.
    let found = found(checker.as_ref(), *shown);
    let seen: Option<Run> = found.as_ref().map(|(run, _)| run.clone()).or_else(|| state.run.clone());
    let current = match (&found, &*checker) {
        (Some(_), Some(checker)) => *checker.programs() == state.project.programs,
        _ => state.is_current(),
    };
    let told = use_told(seen.as_ref(), state.happened);
    let line_of_lit =
        told.as_ref().zip(lit.as_ref()).and_then(|((told, log), thing)| line_of(told, log, thing));
    let pointed =
        told.as_ref().zip(*pointed_line).filter(|_| current).and_then(|((_, log), (place, line))| {
            call_of_line(log, host_of(seen.as_ref()?, place), line, None)
        });
    let opens = use_memo((*shown, told.as_ref().map(|(told, _)| told.clone())), |(shown, _)| {
        let moment = found.as_ref().filter(|_| shown.is_some())?.1.moment.as_ref()?;
        let (told, log) = told.as_ref()?;
        let pick = moment.lights.iter().find_map(|light| thing_of(told, log, *light));
        Some(Opening { at: moment.at, pick })
    });
    {
        let stage = stage.clone();
        use_effect_with(*shown, move |shown| {
            if shown.is_some() {
                browser::bring_into_sight(&stage);
            }
        });
    }
    let on_point = {
        let lit = lit.setter();
        Callback::from(move |thing: Option<Thing>| lit.set(thing))
    };
    let on_point_line = {
        let pointed_line = pointed_line.setter();
        Callback::from(move |line: Option<(usize, u32)>| pointed_line.set(line))
    };
    let choose = {
        let against = against.setter();
        browser::on_chosen(Callback::from(move |place: String| {
            if let Ok(place) = place.parse() {
                against.set(place);
            }
        }))
    };
    let start_again = {
        let (act, project) = (act.clone(), project.clone());
        Callback::from(move |_: MouseEvent| act.emit(Do::Replace(Box::new(Project::clone(&project)))))
    };
    html! {
        <div class="lesson" data-runs={state.runs.to_string()} data-stage={state.run.as_ref().map(|run| run.stage().name())}>
            if let Some(exercise) = exercise {
                <div class="task">{ for exercise.task.iter().map(|paragraph| html! { <p>{ paragraph.clone() }</p> }) }</div>
            }
            <div class="programs">
                { for state.project.programs.iter().enumerate().map(|(place, source)| {
                    let shown = seen.as_ref().and_then(|run| ProgramShown::of(run, place));
                    let marked = found.as_ref().and_then(|(_, finding)| finding.place.as_ref());
                    let marked = marked.filter(|at| at.program == place && current).map(|at| at.line);
                    let host = seen.as_ref().map(|run| host_of(run, place));
                    let pointed = line_of_lit.filter(|(at, _)| Some(*at) == host && current).map(|(_, line)| line);
                    html! {
                        <Pane
                            key={source.file.clone()} {place} source={source.clone()} removable={false} within={name.clone()}
                            breakpoints={state.breakpoints.get(place).cloned().unwrap_or_default()}
                            {shown} {current} lit={marked.into_iter().chain(pointed).collect::<Vec<_>>()}
                            act={act.clone()} run={run_all.clone()} on_point={on_point_line.clone()}
                        />
                    }
                }) }
            </div>
            <div class="workshop-bar">
                if state.goes_on() || checks {
                    <button type="button" class="primary" onclick={stop}>{ "Stop" }</button>
                } else {
                    if exercise.is_some() {
                        <button type="button" class="primary" onclick={check}>{ "Check" }</button>
                    }
                    <button type="button" class={exercise.is_none().then_some("primary")} onclick={run.reform(|_: MouseEvent| Step::Run)} title="Ctrl+Enter">{ "Run" }</button>
                    <button type="button" onclick={run.reform(|_: MouseEvent| Step::Line)}>{ "Step through" }</button>
                }
                { switch(&AttrValue::from(format!("{name}-on")), state.on, &act) }
                if let Some(exercise) = exercise {
                    <label>
                        <span>{ "Run against" }</span>
                        <select onchange={choose}>
                            { for exercise.trials.iter().enumerate().map(|(place, trial)| html! {
                                <option value={place.to_string()} selected={place == *against}>{ trial.title.clone() }</option>
                            }) }
                        </select>
                    </label>
                }
                if *state.project != **project {
                    <button type="button" class="quiet" onclick={start_again}>{ "Start again" }</button>
                }
                if state.before.is_some() {
                    <button type="button" class="quiet" onclick={act.reform(|_: MouseEvent| Do::BringBack)}>{ "Bring back what I had" }</button>
                }
            </div>
            if let Some(notice) = &state.notice {
                <p class="notice" role="alert">{ notice.to_string() }</p>
            }
            if let Some(run) = state.run.as_ref().filter(|_| found.is_none() && !checks) {
                <p class={classes!("run-state", is_bad(run).then_some("bad"))} role="status">{ stage_in_words(run) }</p>
            }
            if let Some((exercise, checker)) = exercise.clone().zip((*checker).clone()) {
                if *checker.programs() != state.project.programs && !checks {
                    <p class="remark">{ "The program has changed since this check." }</p>
                }
                <Results {exercise} {checker} happened={state.happened} shown={*shown} {on_show} />
            }
            <section class="lesson-stage" role="group" aria-label="Stage" ref={stage}>
                if let Some((told, _)) = &told {
                    if seen.as_ref().is_some_and(|run| run.on() == On::Kernel) {
                        <p class="remark">{ sight(On::Kernel) }</p>
                    }
                    if let Some((_, finding)) = &found {
                        <p class="meaning" role="status">{ where_and_what(finding) }</p>
                        if let Some(line) = checker.as_ref().and_then(|checker| line_at(checker, finding)) {
                            <p class="its-line"><code>{ line }</code></p>
                        }
                    }
                    // What a check found is looked at from its moment; the person's own run from its end.
                    <Desk
                        key={shown.map_or_else(|| format!("run-{}", state.runs), |(trial, finding)| format!("{trial}-{finding}"))}
                        subject={Subject::Story(told.clone())} linked={false} plain=true opens={(*opens).clone()}
                        live={live(seen.as_ref())} {pointed} {on_point}
                    />
                }
            </section>
            if let Some(exercise) = exercise {
                <Help exercise={exercise.clone()} />
            }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct HelpProps {
    exercise: Rc<Exercise>,
}

/// Hints, from gentle to telling, and solutions: each is there for who opens it.
#[component]
fn Help(props: &HelpProps) -> Html {
    let exercise = &props.exercise;
    let right = exercise.answers.iter().filter(|answer| answer.fails.is_none());
    let count = exercise.hints.len();
    html! {
        <div class="help">
            { for exercise.hints.iter().enumerate().map(|(place, hint)| html! {
                <details><summary>{ format!("Hint {} of {count}", place + 1) }</summary><p>{ hint.clone() }</p></details>
            }) }
            { for right.map(|answer| html! {
                <details>
                    <summary>{ format!("A solution: {}", lower_first(&answer.title)) }</summary>
                    <p>{ answer.why.clone() }</p>
                    { for answer.files.values().map(|text| html! { <pre tabindex="0">{ text.clone() }</pre> }) }
                </details>
            }) }
        </div>
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The finding that is to be shown, and its run.
fn found(checker: Option<&Checker>, shown: Option<(usize, usize)>) -> Option<(Run, Finding)> {
    let (trial, finding) = shown?;
    let tried = checker?.done().into_iter().find(|tried| tried.trial == trial)?;
    let finding = tried.findings.get(finding)?.clone();
    Some((tried.run, finding))
}

/// The line of the program that a finding has to do with, as it was when it was checked.
fn line_at(checker: &Checker, finding: &Finding) -> Option<String> {
    let place = finding.place.as_ref()?;
    let programs = checker.programs();
    let text = programs.get(place.program)?.text.lines().nth(place.line.checked_sub(1)? as usize)?;
    Some(format!("{:>3}  {}", place.line, text.trim()))
}

/// The life line of a learner's program.
fn host_of(run: &Run, place: usize) -> HostId {
    let scenario = run.scenario();
    let source = scenario.python.get(place);
    let lines = life_lines(&scenario);
    let apart = scenario.world.hosts.len() > 1;
    let named = |line: &String| {
        source.is_some_and(|source| *line == if apart { &*source.host } else { &*source.name })
    };
    HostId(lines.iter().position(named).unwrap_or(place) as u32)
}

/// The clock of a run that goes on.
fn live(run: Option<&Run>) -> Option<Live> {
    let run = run.filter(|run| run.goes_on())?.clone();
    let clock = Callback::from(move |()| run.now());
    Some(Live { clock })
}

/// Begins a run of what stands in the editors, for an exercise against one of its trials.
fn start(state: &State, act: &Callback<Do>, how: Step, against: Option<(&Exercise, usize)>) {
    let scenario: Result<Scenario, String> = match against {
        Some((exercise, place)) => match exercise.trials.get(place) {
            Some(trial) => match trial.only_simulated().filter(|_| state.on == On::Kernel) {
                Some(why) => Err(format!("“{}” is the simulator's alone. {why}", trial.title)),
                None => exercise.scenario(trial, &state.project.programs).map_err(|bad| bad.to_string()),
            },
            None => Err("There is no such trial.".into()),
        },
        None => state.project.scenario(),
    };
    let scenario = match scenario {
        Ok(scenario) => Rc::new(scenario),
        Err(why) => return act.emit(Do::Note(Some(why.into()))),
    };
    if let Some(before) = &state.run {
        before.stop();
    }
    let plan = Plan { scenario, on: state.on, how, breakpoints: state.breakpoints.to_vec() };
    let tell = act.reform(|()| Do::Happened);
    act.emit(Do::Begun(Run::begin(plan, move || tell.emit(()))));
}
