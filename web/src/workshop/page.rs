//! The page: programs side by side, what can be done with them, and the stage.

use super::ability::Abilities;
use super::compare::{Compare, align, calls};
use super::interpreter::Step;
use super::network::{Befallen, Network};
use super::pane::{Pane, ProgramShown, is_bad};
use super::project::{MOST_PROGRAMS, Project};
use super::run::{On, Plan, Run};
use super::state::{Do, State};
use super::told::{call_of_line, line_of, sight, stage_in_words, use_told};
use crate::browser::{self, Keep};
use crate::live::copy::command;
use crate::sandbox::place;
use crate::stage::Thing;
use crate::stage::desk::{Desk, Live, Rerun, Subject};
use lab::{Change, Source, TEMPLATES};
use sockets::HostId;
use std::rc::Rc;
use yew::prelude::*;

/// The key under which the programs stand in the address.
const KEY: &str = "programs";

/// Where the browser keeps the programs, and those before them.
const STORED: &str = "tcp-lab-programs";
const STORED_BEFORE: &str = "tcp-lab-programs-before";

/// The longest file that is opened, in octets.
const LONGEST_FILE: usize = 1 << 20;

/// The programs of the address, of the last visit, or the first template.
fn begin() -> State {
    let stored = |key| browser::stored(Keep::Ever, key).and_then(|text| Project::read(&text).ok());
    let (last, before) = (stored(STORED), stored(STORED_BEFORE));
    match place::fragment_value(KEY).map(|packed| Project::unpack(&packed)) {
        Some(Ok(project)) => State::begin(project, last.or(before), None),
        Some(Err(why)) => State::begin(last.unwrap_or_default(), before, Some(why)),
        None => State::begin(last.unwrap_or_default(), before, None),
    }
}

/// The workshop.
#[component]
pub fn Workshop() -> Html {
    let state = use_reducer(begin);
    let act = {
        let dispatch = state.dispatcher();
        use_callback((), move |action: Do, ()| dispatch.dispatch(action))
    };
    let lit = use_state_eq(|| None::<Thing>);
    let pointed_line = use_state_eq(|| None::<(usize, u32)>);
    use_effect_with((state.project.clone(), state.before.clone()), |(project, before)| {
        let untouched = browser::stored(Keep::Ever, STORED).is_none() && before.is_none();
        if untouched && **project == Project::default() {
            return;
        }
        browser::put(Keep::Ever, STORED, serde_json::to_string(&**project).ok().as_deref());
        let before = before.as_ref().and_then(|before| serde_json::to_string(&**before).ok());
        browser::put(Keep::Ever, STORED_BEFORE, before.as_deref());
    });
    let packed = use_memo(state.project.clone(), |project| project.pack());
    {
        let is_first = state.project.template() == Some(TEMPLATES[0].id);
        use_effect_with((packed.clone(), is_first), |(packed, is_first)| {
            let value = (**packed).as_deref().filter(|_| !is_first || place::fragment_value(KEY).is_some());
            place::write_fragment(KEY, value);
        });
    }
    let told_programs = use_callback((act.clone(), packed.clone()), |told: String, (act, packed)| {
        if (**packed).as_ref() == Some(&told) {
            return;
        }
        match Project::unpack(&told) {
            Ok(project) => act.emit(Do::Replace(Box::new(project))),
            Err(why) => act.emit(Do::Note(Some(why.into()))),
        }
    });
    place::use_fragment_value(KEY, told_programs);
    let run = {
        let (state, act) = (state.clone(), act.clone());
        Callback::from(move |how: Step| start(&state, &act, how))
    };
    let run_all = run.reform(|()| Step::Run);
    let told = use_told(state.run.as_ref(), state.happened);
    let log = told.as_ref().map(|(_, log)| log.clone());
    let line = (*pointed_line).filter(|_| state.is_current());
    let pointed = use_memo((line, told.clone().map(|(told, _)| told)), |(line, _)| {
        let (place, line) = (*line)?;
        call_of_line(log.as_ref()?, HostId(place as u32), line, None)
    });
    let lines = told.as_ref().zip(lit.as_ref()).and_then(|((told, log), thing)| line_of(told, log, thing));
    let on_point = {
        let lit = lit.setter();
        Callback::from(move |thing: Option<Thing>| lit.set(thing))
    };
    let on_point_line = {
        let pointed_line = pointed_line.setter();
        Callback::from(move |line: Option<(usize, u32)>| pointed_line.set(line))
    };
    let count = state.project.programs.len();
    html! {
        <div class="workshop" data-runs={state.runs.to_string()} data-stage={state.run.as_ref().map(|run| run.stage().name())}>
            <Bar act={act.clone()} run={run.clone()} state={(*state).clone()} linked={packed.is_some()} />
            <Abilities />
            if let Some(notice) = &state.notice {
                <p class="notice" role="alert">{ notice.to_string() }</p>
            }
            <p class={classes!("run-state", state.run.as_ref().filter(|run| is_bad(run)).map(|_| "bad"))} role="status">
                { state.run.as_ref().map_or_else(hint, stage_in_words) }
            </p>
            <Befallen act={act.clone()} state={(*state).clone()} />
            <div class="programs">
                { for state.project.programs.iter().enumerate().map(|(place, source)| {
                    let shown = state.run.as_ref().and_then(|run| ProgramShown::of(run, place));
                    let lit = lines.filter(|(host, _)| *host == HostId(place as u32)).map(|(_, line)| line);
                    html! {
                        <Pane
                            key={source.name.clone()} {place} source={source.clone()} removable={count > 1}
                            breakpoints={state.breakpoints.get(place).cloned().unwrap_or_default()}
                            {shown} current={state.is_current()} lit={lit.into_iter().collect::<Vec<_>>()}
                            act={act.clone()} run={run_all.clone()} on_point={on_point_line.clone()}
                        />
                    }
                }) }
            </div>
            if let Some((told, _)) = &told {
                <section class="workshop-stage" role="group" aria-label="Stage">
                    <p class="meaning sight">{ sight(state.run.as_ref().map_or(On::Simulator, Run::on)) }</p>
                    <Desk subject={Subject::Story(told.clone())} linked={false} live={live(&state)} pointed={*pointed} {on_point} rerun={rerun(&state, &act)} />
                </section>
            }
            if let Some((run, earlier)) = state.run.clone().zip(state.earlier.clone()).filter(|(run, earlier)| !run.goes_on() && !earlier.goes_on()) {
                <Beside {run} {earlier} />
            }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct BesideProps {
    run: Run,
    earlier: Run,
}

/// A run that is over beside the one before.
#[component]
fn Beside(props: &BesideProps) -> Html {
    let BesideProps { run, earlier } = props;
    let open = use_state_eq(|| false);
    // Long runs take a while to compare: that is done when somebody looks.
    let programs = use_memo((run.clone(), earlier.clone(), *open), |(run, earlier, open)| {
        let scenario = open.then(|| run.scenario());
        let sources = scenario.iter().flat_map(|scenario| scenario.python.iter().enumerate());
        let compared = sources.map(|(place, source)| {
            let host = HostId(place as u32);
            let of = |run: &Run| run.with_log(|log| calls(log, host)).unwrap_or_default();
            let ((was, some), (is, more)) = (of(earlier), of(run));
            (source.file.clone(), align(&was, &is), some || more)
        });
        compared.collect::<Vec<_>>()
    });
    let network = |run: &Run| match run.on() {
        On::Simulator => "on the simulator",
        On::Kernel => "on your kernel",
    };
    let toggled = {
        let open = open.setter();
        Callback::from(move |event: Event| open.set(browser::is_unfolded(&event)))
    };
    html! {
        <details class="beside" ontoggle={toggled}>
            <summary>{ "This run beside the one before" }</summary>
            if *open {
                <Compare before={network(earlier)} now={network(run)} programs={(*programs).clone()} />
            }
        </details>
    }
}

fn hint() -> String {
    "Run starts both programs: the server first, the client 0.2 s later.".to_owned()
}

/// The clock of a run that goes on.
fn live(state: &State) -> Option<Live> {
    let run = state.run.clone().filter(Run::goes_on)?;
    let clock = Callback::from(move |()| run.now());
    Some(Live { clock })
}

/// Runs the programs again with something that befalls a segment; where what was run is what stands in the editors.
fn rerun(state: &State, act: &Callback<Do>) -> Option<Rerun> {
    let run = state.run.as_ref().filter(|run| run.on() == On::Simulator && state.is_current())?;
    let (scenario, state, act) = (run.scenario(), state.clone(), act.clone());
    let change = Callback::from(move |change: Change| {
        let Change::Befall(fault) = change else { return };
        let mut state = state.clone();
        let project = Rc::make_mut(&mut state.project);
        // The first that is aimed at a segment decides.
        project.faults.insert(0, fault);
        act.emit(Do::Faults(project.faults.clone()));
        act.emit(Do::On(On::Simulator));
        state.on = On::Simulator;
        start(&state, &act, Step::Run);
    });
    Some(Rerun { scenario, change })
}

/// Begins a run of what stands in the editors.
fn start(state: &State, act: &Callback<Do>, how: Step) {
    let scenario = match state.project.scenario() {
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

#[derive(Clone, PartialEq, Properties)]
struct BarProps {
    act: Callback<Do>,
    run: Callback<Step>,
    state: State,
    linked: bool,
}

/// What can be done with all programs.
#[component]
fn Bar(props: &BarProps) -> Html {
    let BarProps { act, run, state, linked } = props;
    let runs = state.goes_on();
    let stop = {
        let run = state.run.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(run) = &run {
                run.stop();
            }
        })
    };
    let pause = {
        let run = state.run.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(run) = &run {
                run.pause();
            }
        })
    };
    let choose = {
        let act = act.clone();
        browser::on_chosen(Callback::from(move |id: String| {
            if let Some(project) = Project::of_template(&id) {
                act.emit(Do::Replace(Box::new(project)));
            }
        }))
    };
    let current = state.project.template().unwrap_or_default();
    let look_for = TEMPLATES.iter().find(|template| template.id == current).map(|template| template.look_for);
    html! {
        <>
            <div class="workshop-bar">
                if runs {
                    <button type="button" class="primary" onclick={stop}>{ "Stop" }</button>
                    <button type="button" onclick={pause}>{ "Pause" }</button>
                } else {
                    <button type="button" class="primary" onclick={run.reform(|_: MouseEvent| Step::Run)} title="Ctrl+Enter">{ "Run" }</button>
                    <button type="button" onclick={run.reform(|_: MouseEvent| Step::Line)}>{ "Step through" }</button>
                }
                <Network act={act.clone()} state={state.clone()} />
                <label>
                    <span>{ "Begin with" }</span>
                    <select onchange={choose}>
                        <option value="" selected={current.is_empty()} disabled=true>{ "programs of your own" }</option>
                        { for TEMPLATES.iter().map(|template| html! {
                            <option value={template.id} selected={template.id == current}>{ template.title }</option>
                        }) }
                    </select>
                </label>
                if state.before.is_some() {
                    <button type="button" class="quiet" onclick={act.reform(|_: MouseEvent| Do::BringBack)}>{ "Bring back the programs before" }</button>
                }
                if state.project.programs.len() < MOST_PROGRAMS {
                    <button type="button" class="quiet" onclick={act.reform(|_: MouseEvent| Do::Add)}>{ "Add a program" }</button>
                }
                <label class="button quiet sandbox-open">
                    { "Open a file" }
                    <input type="file" accept=".py,.txt,text/x-python,text/plain" onchange={open(state, act)} />
                </label>
            </div>
            if let Some(look_for) = look_for {
                <p class="meaning">{ look_for }</p>
            }
            <Elsewhere project={state.project.clone()} linked={*linked} />
            if !*linked {
                <p class="remark">{ "These programs are too long for a link. Save them as files to keep or share them." }</p>
            }
        </>
    }
}

/// Opens a file as the text of the first program.
fn open(state: &State, act: &Callback<Do>) -> Callback<Event> {
    let (project, act) = (state.project.clone(), act.clone());
    Callback::from(move |event: Event| {
        let (project, act) = (project.clone(), act.clone());
        let opened = Callback::from(move |read: Result<String, String>| match read {
            Ok(text) => {
                let mut project = Project::clone(&project);
                if let Some(program) = project.programs.first_mut() {
                    program.text = text;
                }
                act.emit(Do::Replace(Box::new(project)));
            }
            Err(why) => act.emit(Do::Note(Some(why.into()))),
        });
        place::read_chosen(&event, LONGEST_FILE, opened);
    })
}

#[derive(Clone, PartialEq, Properties)]
struct ElsewhereProps {
    project: Rc<Project>,
    linked: bool,
}

/// The same programs somewhere else: in a terminal, or by a link.
#[component]
fn Elsewhere(props: &ElsewhereProps) -> Html {
    let mut programs: Vec<&Source> = props.project.programs.iter().collect();
    programs.sort_by_key(|source| source.starts);
    let link = browser::address();
    html! {
        <details class="elsewhere">
            <summary>{ "Run it yourself, or send it to somebody" }</summary>
            <p>
                { "The same files run unchanged in CPython; the Lab's is 3.14. Save each with the button beside its name, open a terminal for each in \
                   the directory where they are, and start them in this order:" }
            </p>
            <ol>
                { for programs.into_iter().map(|source| html! { <li>{ command(in_terminal(source), "the command") }</li> }) }
            </ol>
            if let Some(link) = link.filter(|_| props.linked) {
                <p>{ "The address of this page holds the programs: " }{ command(link, "the address") }</p>
            }
        </details>
    }
}

/// What a person types to start a program.
fn in_terminal(source: &Source) -> String {
    let word = |word: &str| {
        let plain =
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&b));
        if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    core::iter::once("python3".to_owned())
        .chain(core::iter::once(&source.file).chain(&source.args).map(|it| word(it)))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_safe_to_paste() {
        let source = Source {
            file: "my server.py".into(),
            args: vec!["5000".into(), "it's; rm".into(), String::new()],
            ..Source::default()
        };
        assert_eq!(in_terminal(&source), r"python3 'my server.py' 5000 'it'\''s; rm' ''");
    }
}
