//! An exercise that is done by hand: the goals, beside the calls of the page “Live sockets”, on the simulator or on real sockets.
//! Whether a goal is reached is read from the Log and from nothing else.

use super::kept::Came;
use crate::live::{Act, Live, Session, SessionProvider};
use lessons::{Answer, Exercise, Kind, Operate, judge};
use sockets::HostId;
use std::collections::BTreeSet;
use std::rc::Rc;
use yew::prelude::*;

/// What the components must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct HandsProps {
    /// The exercise.
    pub exercise: Rc<Exercise>,
    /// Told when it is begun, and when all was seen.
    pub on_came: Callback<Came>,
}

/// The goals; and the calls, once somebody wants to make some: a session with the bridge is not begun for whoever only reads.
#[component]
pub fn Hands(props: &HandsProps) -> Html {
    let open = use_state_eq(|| false);
    let exercise = &props.exercise;
    let Kind::Operate(operate) = &exercise.kind else { return html! {} };
    let begin = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(true))
    };
    if *open {
        return html! { <SessionProvider><AtWork ..props.clone() /></SessionProvider> };
    }
    html! {
        <>
            { goals(operate, &BTreeSet::new()) }
            <div class="answer-bar"><button type="button" class="primary" onclick={begin}>{ "Begin" }</button></div>
        </>
    }
}

fn goals(operate: &Operate, reached: &BTreeSet<usize>) -> Html {
    html! {
        <ol class="goals" aria-label="What must be seen, in this order">
            { for operate.goals.iter().enumerate().map(|(place, goal)| {
                let done = reached.contains(&place);
                html! {
                    <li class={classes!(done.then_some("done"))}>
                        <span class="mark" aria-hidden="true">{ if done { "✓" } else { "·" } }</span>
                        { goal.says.clone() }
                        <span class="for-screen-readers">{ if done { ": seen" } else { ": not seen yet" } }</span>
                    </li>
                }
            }) }
        </ol>
    }
}

/// The goals and the calls of one session.
#[component]
fn AtWork(props: &HandsProps) -> Html {
    let Session { desk, .. } = use_context::<Session>().expect("the exercise is inside of a session");
    let exercise = &props.exercise;
    let screen = desk.screen();
    let names = hosts(screen.panes.iter().map(|pane| (pane.host, pane.name.clone())));
    {
        // The hosts that the exercise speaks of; a session begins with a server and a client.
        let (exercise, desk, names) = (exercise.clone(), desk.clone(), names.clone());
        use_effect_with((), move |()| {
            let Kind::Operate(operate) = &exercise.kind else { return };
            for place in 0..operate.hosts.len().saturating_sub(names.len()) {
                desk.act(Act::AddPane);
                let host = HostId((names.len() + place) as u32);
                desk.act(Act::Rename(host, operate.hosts[names.len() + place].clone()));
            }
        });
    }
    // What was reached stays so: a session that is cleared was not in vain.
    let passed = use_state_eq(|| false);
    let length = screen.log.len();
    let judged = use_memo((length, names, exercise.clone()), |(_, names, exercise)| {
        let told = screen.log.read();
        let verdict = judge(exercise, &Answer::Operated(told.log(), names));
        let reached = match &exercise.kind {
            Kind::Operate(operate) => operate.reached(told.log(), names),
            _ => BTreeSet::new(),
        };
        (verdict, reached)
    });
    let (verdict, reached) = &*judged;
    {
        let (passed, on_came) = (passed.setter(), props.on_came.clone());
        use_effect_with((length > 0, verdict.right), move |&(begun, right)| {
            if right {
                passed.set(true);
            }
            if begun {
                on_came.emit(if right { Came::Right } else { Came::Begun });
            }
        });
    }
    let Kind::Operate(operate) = &exercise.kind else { return html! {} };
    let right = *passed || verdict.right;
    html! {
        <div class="hands" data-verdict={if right { "right" } else { "wrong" }}>
            { goals(operate, reached) }
            <div role="status" class="verdict-place">
                if right {
                    <p class="verdict right"><strong>{ "Right." }</strong>{ " All of it was seen." }</p>
                    <div class="why">{ Html::from_html_unchecked(super::task::based(&exercise.why).into()) }</div>
                } else if length > 0 {
                    <p class="verdict wrong"><strong>{ "Not yet." }</strong>{ " " }{ Html::from_html_unchecked(verdict.says.clone().into()) }</p>
                }
            </div>
            <Live />
        </div>
    }
}

/// The hosts' names by their numbers in the Log.
fn hosts(panes: impl Iterator<Item = (HostId, String)>) -> Vec<String> {
    let mut names = Vec::new();
    for (host, name) in panes {
        let place = host.0 as usize;
        if names.len() <= place {
            names.resize(place + 1, String::new());
        }
        names[place] = name;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_stand_at_their_numbers_in_whatever_order_their_panes_stand() {
        let panes = [(HostId(2), "third".to_owned()), (HostId(0), "server".to_owned())];
        assert_eq!(hosts(panes.into_iter()), ["server", "", "third"]);
    }
}
