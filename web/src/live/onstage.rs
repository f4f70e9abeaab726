//! The session on the stage: the same views as everywhere, as far as the sight goes. In the simulator that is every segment; of a kernel
//! it is calls, and the states that it was asked for.

use super::{DeskProps, Screen};
use crate::stage::desk::{Desk as Stage, Subject};
use crate::stage::story::{Cast, Origin};
use crate::stage::{Player, Role, Story, Told};
use std::rc::Rc;
use yew::prelude::*;

/// The stage; nothing while nothing has happened.
#[component]
pub fn OnStage(props: &DeskProps) -> Html {
    let screen = &props.desk.screen;
    let simulated = screen.simulated.is_some();
    let shown = use_state_eq(|| None::<bool>);
    let open = shown.unwrap_or(simulated);
    let told = use_memo((screen.log.records().len(), simulated, open, cast(screen)), |(_, _, open, cast)| {
        let origin = if simulated { Origin::Simulated } else { Origin::Sampled };
        open.then(|| Told::new(Story::of(Rc::new(screen.log.clone()), cast.clone(), origin)))
    });
    if screen.log.records().is_empty() {
        return html! {};
    }
    let toggle = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(Some(!open)))
    };
    let sight = if simulated {
        "Simulated: every segment, timer and rule is told."
    } else {
        "Sampled: calls, and the states that the kernel was asked for. Segments are not captured, so none are drawn."
    };
    html! {
        <section class="on-stage" aria-labelledby="on-stage-title">
            <h2 id="on-stage-title">
                <button type="button" class="quiet" aria-expanded={open.to_string()} onclick={toggle}>{ "On the stage" }</button>
            </h2>
            <p class="meaning">{ sight }</p>
            if let Some(told) = &*told {
                <Stage subject={Subject::Story(told.clone())} linked={false} />
            }
        </section>
    }
}

fn cast(screen: &Screen) -> Cast {
    let player = |pane: &super::screen::Pane| Player {
        host: pane.host,
        name: pane.name.clone(),
        role: match pane.role {
            crate::timeline::Role::Client => Role::Client,
            crate::timeline::Role::Server => Role::Server,
        },
    };
    Cast {
        players: screen.panes.iter().map(player).collect(),
        links: Vec::new(),
        names: screen.sockets.iter().map(|view| (view.id, screen.names.get(view.id))).collect(),
    }
}
