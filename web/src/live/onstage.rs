//! The session on the stage, beside the calls: the same views as everywhere, as far as the sight goes. In the simulator that is every
//! segment; of a kernel it is calls, and the states that it was asked for.

use super::screen::Pane;
use super::tape::Tape;
use super::{Act, DeskProps, Screen, clock};
use crate::browser;
use crate::stage::desk::{Desk as Stage, Live, Subject};
use crate::stage::story::{Cast, Growing, Origin};
use crate::stage::{Player, Role, Thing, Told};
use crate::timeline::twin;
use gloo::timers::callback::Timeout;
use sockets::{Instant, Micros};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// The stage; a hint while nothing has happened.
#[component]
pub fn OnStage(props: &DeskProps) -> Html {
    let screen = &props.desk.screen;
    let simulated = screen.simulated.is_some();
    let origin = if simulated { Origin::Simulated } else { Origin::Sampled };
    let (told, clock) = use_growing(screen, origin);
    let table = use_state_eq(|| false);
    let picked = screen.picked.and_then(|call| screen.log.read().place(call)).map(Thing::Call);
    let on_point = {
        let (tape, dispatch) = (screen.log.clone(), screen.dispatcher());
        Callback::from(move |thing: Option<Thing>| {
            let call = match thing {
                Some(Thing::Call(place)) => tape.read().call(place).map(|line| line.call.id),
                _ => None,
            };
            dispatch.dispatch(Act::Pick(call));
        })
    };
    let toggled = {
        let table = table.setter();
        Callback::from(move |event: Event| table.set(browser::is_unfolded(&event)))
    };
    let sight = if simulated {
        "Simulated: every segment, timer and rule is told."
    } else {
        "Sampled: calls, and the states that the kernel was asked for. Segments are not captured, so none are drawn."
    };
    html! {
        <section class="on-stage" aria-labelledby="on-stage-title">
            <h2 id="on-stage-title">{ "What happens" }</h2>
            if let Some(told) = told.filter(|_| !screen.log.is_empty()) {
                <p class="meaning sight">{ sight }</p>
                <Stage subject={Subject::Story(told)} linked={false} live={Live { clock }} pointed={picked} {on_point} />
                <details class="twin" ontoggle={toggled}>
                    <summary>{ "All calls as a table" }</summary>
                    if *table {
                        <div class="wide">{ twin(screen.log.read().log(), &screen.cast()) }</div>
                    }
                </details>
            } else {
                <p class="hint">
                    { "Nothing has happened yet. Make a socket on the server: socket, bind, listen, accept; then one on the client: \
                       socket, connect. Each call appears here, time flowing down." }
                </p>
            }
        </section>
    }
}

fn cast(screen: &Screen) -> Cast {
    let player = |pane: &Pane| Player {
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
        octets: Vec::new(),
    }
}

/// After the stage was drawn with more in its story it rests for so many times what that took: however long a session gets, and
/// however fast it goes, the page answers.
const REST: u64 = 3;
/// But no longer than this: whoever watches sees what is under way.
const LONGEST_REST: Micros = Micros(200_000);

/// A story on its way to the stage.
struct Growth {
    growing: Growing,
    /// What it is to be told from.
    from: (Tape, Cast, Origin),
    /// How many records are in the story.
    told: usize,
    rests_until: Instant,
    waits: Option<Timeout>,
    measures: Option<Timeout>,
}

impl Growth {
    /// The time up to which everything is in the story: now, unless something has happened since that is not told yet.
    fn known(&self, now: Instant) -> Instant {
        let tape = self.from.0.read();
        tape.log().records().get(self.told).map_or(now, |record| record.at.min(now))
    }

    fn new(from: (Tape, Cast, Origin)) -> Growth {
        let growing = Growing::new(from.2);
        Growth { growing, from, told: 0, rests_until: Instant::START, waits: None, measures: None }
    }
}

/// The story of a session as it grows, at once while that is quick, else as often as the page bears; and the clock of what is told.
#[hook]
fn use_growing(screen: &Screen, origin: Origin) -> (Option<Told>, Callback<(), Instant>) {
    let told = use_state_eq(|| None::<Told>);
    let tape = &screen.log;
    let from = (tape.clone(), cast(screen), origin);
    let growth = use_mut_ref(|| Growth::new(from.clone()));
    let clock = {
        let growth = growth.clone();
        use_callback(screen.began, move |(), began| growth.borrow().known(clock::now(*began)))
    };
    let same = growth.borrow().from.0.is(tape) && growth.borrow().from.2 == origin;
    {
        let set = told.setter();
        let key = (tape.len(), from.1.clone(), origin);
        use_effect_with((key, same), move |_| {
            let mut latest = growth.borrow_mut();
            if same {
                latest.from = from;
            } else {
                *latest = Growth::new(from);
            }
            let wait = latest.rests_until.since(browser::now());
            if latest.waits.is_none() && wait > Micros::ZERO {
                let (growth, set) = (growth.clone(), set.clone());
                let millis = u32::try_from(wait.0.div_ceil(1_000)).unwrap_or(u32::MAX);
                latest.waits = Some(Timeout::new(millis, move || tell(&growth, &set)));
            } else if latest.waits.is_none() {
                drop(latest);
                tell(&growth, &set);
            }
        });
    }
    // What is left of another session is not shown.
    ((*told).clone().filter(|_| same), clock)
}

fn tell(growth: &Rc<RefCell<Growth>>, set: &UseStateSetter<Option<Told>>) {
    let started = browser::now();
    let mut latest = growth.borrow_mut();
    let Growth { growing, from: (tape, cast, _), told, .. } = &mut *latest;
    // The tape goes on; a story has a Log of its own.
    let log = Rc::new(tape.read().log().clone());
    *told = log.records().len();
    let story = growing.tell(log, cast.clone());
    set.set(Some(Told::new(story)));
    let measured = growth.clone();
    // By then the stage has been drawn.
    latest.measures = Some(Timeout::new(0, move || {
        let now = browser::now();
        let mut latest = measured.borrow_mut();
        latest.rests_until = now + Micros(now.since(started).0 * REST).min(LONGEST_REST);
    }));
    // The one that has just run must not be dropped while it runs.
    if let Some(ran) = latest.waits.take() {
        ran.forget();
    }
}
