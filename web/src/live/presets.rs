//! The menu of presets, and the one that is being shown: its sentences, its course, what to look for.

use super::page::{close_all, next_step};
use super::show::{Pace, Show, Steer};
use super::wording;
use super::{Act, Desk, DeskProps};
use crate::browser::{self, Keep, on_chosen};
use lab::{Next, Script, Verdict};
use yew::prelude::*;

/// The key of the pace in the browser's store.
const PACE: &str = "pace";

/// The name of a preset's id in the address, by which a link asks for one.
const PRESET: &str = "preset";

/// The menu, and below it the preset that is being shown.
#[component]
pub fn Presets(props: &DeskProps) -> Html {
    let desk = &props.desk;
    let presets = use_memo((), |()| lab::presets());
    let open = desk.screen.is_open();
    let asked = use_memo((), |()| browser::query(PRESET));
    let wanted = asked
        .as_ref()
        .as_ref()
        .map(|id| (id.clone(), presets.iter().find(|script| script.id == *id).cloned()));
    {
        let desk = desk.clone();
        let wanted = wanted.clone();
        use_effect_with(open, move |&open| {
            if let Some((id, Some(script))) = wanted
                && open
                && desk.screen.show.as_ref().is_none_or(|show| show.script().id != id)
            {
                begin(&desk, &script);
            }
        });
    }
    html! {
        <section class="presets" aria-label="Presets">
            <h2>{ "Watch one first" }</h2>
            <ul>
                { for presets.iter().map(|script| {
                    let running = desk.screen.show.as_ref().is_some_and(|show| show.script().id == script.id);
                    html! {
                        <li>
                            <button
                                type="button"
                                aria-pressed={running.to_string()}
                                aria-disabled={(!open).to_string()}
                                aria-describedby={(!open).then_some("no-presets")}
                                onclick={chosen(desk, script, open)}
                            >{ script.title.clone() }</button>
                        </li>
                    }
                }) }
            </ul>
            if !open {
                <p class="reason" id="no-presets">{ match &wanted {
                    Some((_, Some(script))) => format!("“{}” begins as soon as the bridge is there, or the simulator is chosen.", script.title),
                    _ => "They make calls too, so they need the bridge, or the simulator.".to_owned(),
                } }</p>
            }
            if let Some((id, None)) = &wanted {
                <p class="reason">{ format!("The address asks for a preset “{id}”, and there is none of that name. Choose one of these.") }</p>
            }
            if let Some(show) = &desk.screen.show {
                { course(desk, show) }
            }
        </section>
    }
}

fn chosen(desk: &Desk, script: &Script, open: bool) -> Callback<MouseEvent> {
    let (desk, script) = (desk.clone(), script.clone());
    Callback::from(move |_| {
        if open {
            begin(&desk, &script);
        } else {
            desk.act(Act::Tell("Presets need the bridge, or the simulator.".to_owned()));
        }
    })
}

/// Begins a preset, if nothing is open or the person lets it go.
fn begin(desk: &Desk, script: &Script) {
    let open = desk.screen.open_sockets().count();
    let question = format!(
        "“{}” starts anew: it closes {} and forgets what happened. Go on?",
        script.title,
        wording::sockets(open)
    );
    if open > 0 && !browser::confirm(&question) {
        return;
    }
    close_all(desk);
    desk.act(Act::Begin(script.clone()));
    if browser::query(PRESET).is_some_and(|asked| asked != script.id) {
        browser::set_query(None);
    }
    let kept = browser::stored(Keep::Ever, PACE);
    if let Some(pace) = Pace::ALL.into_iter().find(|pace| Some(pace.name()) == kept.as_deref()) {
        desk.act(Act::Steer(Steer::Pace(pace)));
    }
}

fn course(desk: &Desk, show: &Show) -> Html {
    let script = show.script();
    let next = show.next(&desk.screen.sockets);
    let step = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(order) = next_step(&desk) {
                desk.bridge.order.emit(order);
            }
        })
    };
    let pace = {
        let desk = desk.clone();
        on_chosen(Callback::from(move |name: String| {
            if let Some(pace) = Pace::ALL.into_iter().find(|pace| pace.name() == name) {
                browser::put(Keep::Ever, PACE, Some(pace.name()));
                desk.act(Act::Steer(Steer::Pace(pace)));
            }
        }))
    };
    let leave = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            if browser::query(PRESET).is_some() {
                browser::set_query(None);
            }
            desk.act(Act::Steer(Steer::Leave));
        })
    };
    let now = match &next {
        Next::Wait(why) => format!("Waiting: {why}."),
        Next::Stopped(why) => format!("Stopped at {why}."),
        Next::Finished => {
            "That was all. The sockets are yours now: go on by hand, or watch it again.".to_owned()
        }
        Next::Call(_) => String::new(),
    };
    html! {
        <div class="course">
            <p class="look-for"><strong>{ "What to look for. " }</strong>{ script.look_for.clone() }</p>
            <div class="steering">
                <label><span>{ "Go on" }</span>
                    <select onchange={pace}>
                        { for Pace::ALL.iter().map(|pace| html! {
                            <option value={pace.name()} selected={*pace == show.pace()}>{ pace.name() }</option>
                        }) }
                    </select>
                </label>
                <button type="button" onclick={step} disabled={!matches!(next, Next::Call(_))}>{ "Next step" }</button>
                <button type="button" class="quiet" onclick={leave}>{ "Leave" }</button>
                <span class={classes!("now", matches!(next, Next::Stopped(_)).then_some("failed"))}>{ now }</span>
            </div>
            if let Some(step) = show.made().checked_sub(1).and_then(|made| script.steps.get(made)) {
                <p class="saying">
                    <span class="count">{ format!("{} of {}", show.made(), script.steps.len()) }</span>
                    <span class={classes!("who", desk.screen.pane(show.host(step.host)).map(|pane| pane.role.class()))}>
                        { script.hosts.get(step.host).cloned().unwrap_or_default() }
                    </span>
                    { " " }<code>{ step.kind().name() }</code>{ " " }{ step.say.clone() }
                </p>
            }
            <details>
                <summary>{ "All steps" }</summary>
                <ol>
                    { for script.steps.iter().enumerate().map(|(index, step)| {
                        let state = match (&show.verdicts()[index], index + 1 == show.made(), index < show.made()) {
                            (Some(Verdict::Unmet(_)), ..) => "failed",
                            (_, true, _) => "current",
                            (_, _, true) => "done",
                            _ => "ahead",
                        };
                        let host = desk.screen.pane(show.host(step.host)).map(|pane| pane.role.class());
                        html! {
                            <li class={state} aria-current={(state == "current").then_some("step")}>
                                <span class={classes!("who", host)}>{ script.hosts.get(step.host).cloned().unwrap_or_default() }</span>
                                { " " }<code>{ step.kind().name() }</code>{ " " }{ step.say.clone() }
                            </li>
                        }
                    }) }
                </ol>
            </details>
        </div>
    }
}
