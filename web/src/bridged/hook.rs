//! The hook that owns the connection: it looks for the bridge, opens the WebSocket, carries calls and events, and starts over
//! when the bridge goes.
//!
//! ```text
//!   look --token--> WebSocket --Hello--> Open --closed--> look
//!     |                 |
//!     | no token        | no connection
//!     v                 v
//!   knock: nobody --> Absent --------------------.
//!          somebody --> NoToken or Refused ------+-- 1.5 s, or at once when a token comes --> look
//! ```

use super::link::{Link, Road, token_in};
use super::simulated::{DELAY, Simulated};
use super::wire::Wire;
use crate::browser::{self, Keep, Knock};
use crate::live::{Act, Screen};
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use protocol::{Frame, Session};
use sockets::{Call, CallId, Event, HostId, Instant, Micros, Network, Op, SocketId};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use yew::prelude::*;

/// The key of the token in the tab's store.
const TOKEN: &str = "token";

/// Between two looks.
const LOOK_EVERY: Micros = Micros(1_500_000);

/// How long a handshake and the bridge's first message may take, in milliseconds.
const PATIENCE: u32 = 5_000;

/// A call that the person, or a preset, wants made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Whose call it is.
    pub host: HostId,
    /// The call.
    pub op: Op,
    /// How long it may block.
    pub timeout: Option<Micros>,
    /// What the socket that it makes is to be called.
    pub name: Option<String>,
    /// The step of the preset that it is.
    pub step: Option<usize>,
}

/// What the page can do with the bridge.
#[derive(Clone, PartialEq)]
pub struct Bridge {
    /// Makes a call.
    pub order: Callback<Order>,
    /// Closes sockets without a word in the Log.
    pub close: Callback<Vec<SocketId>>,
    /// Takes a token, or anything that holds one; says whether it did.
    pub token: Callback<String, bool>,
    /// Looks for the bridge now, also where that makes the browser ask.
    pub look: Callback<()>,
    /// Begins anew on the simulator, where a segment is under way so long; or, without a time, on real sockets.
    pub simulate: Callback<Option<Micros>>,
}

struct Driver {
    road: Road,
    session: Session,
    wire: Option<Wire>,
    next: u32,
    silent: BTreeSet<CallId>,
    token: Option<String>,
    refused: Option<String>,
    asked: bool,
    nudged: bool,
    alive: bool,
    patience: Option<Timeout>,
    simulated: Option<Simulated>,
    /// When the simulator is to be asked again.
    alarm: Option<Timeout>,
    /// The person wants real sockets and nothing else.
    real: bool,
}

type Shared = Rc<RefCell<Driver>>;
type Tell = UseReducerDispatcher<Screen>;

/// Connects the screen to the bridge from when it is `wanted` for as long as the component lives.
#[hook]
pub fn use_bridge(tell: Tell, wanted: bool) -> Bridge {
    let driver = use_memo((), |()| {
        RefCell::new(Driver {
            road: Road::from(&browser::Place::default()),
            session: Session::new(),
            wire: None,
            next: 0,
            silent: BTreeSet::new(),
            token: None,
            refused: None,
            asked: false,
            nudged: false,
            alive: true,
            patience: None,
            simulated: None,
            alarm: None,
            real: false,
        })
    });

    {
        let driver = driver.clone();
        let tell = tell.clone();
        use_effect_with(wanted, move |&wanted| {
            if !wanted {
                return Box::new(|| {}) as Box<dyn FnOnce()>;
            }
            {
                let mut driver = driver.borrow_mut();
                driver.road = Road::from(&browser::place());
                driver.token = browser::stored(Keep::Tab, TOKEN);
            }
            take_fragment(&driver);
            let listener = listen_for_fragments(driver.clone());
            wasm_bindgen_futures::spawn_local(keep_looking(driver.clone(), tell));
            Box::new(move || {
                drop(listener);
                let mut driver = driver.borrow_mut();
                driver.alive = false;
                driver.wire = None;
                driver.patience = None;
                driver.simulated = None;
                driver.alarm = None;
            })
        });
    }

    let order = use_callback((), {
        let (driver, tell) = (driver.clone(), tell.clone());
        move |order: Order, ()| submit(&driver, &tell, order)
    });
    let close = use_callback((), {
        let (driver, tell) = (driver.clone(), tell.clone());
        move |sockets: Vec<SocketId>, ()| close_silently(&driver, &tell, sockets)
    });
    let token = use_callback((), {
        let driver = driver.clone();
        move |text: String, ()| {
            token_in(&text).is_some_and(|token| {
                use_token(&driver, token);
                true
            })
        }
    });
    let simulate = use_callback((), {
        let (driver, tell) = (driver.clone(), tell.clone());
        move |delay: Option<Micros>, ()| simulate(&driver, &tell, delay)
    });
    let look = use_callback((), move |(), ()| {
        let mut driver = driver.borrow_mut();
        driver.asked = true;
        driver.nudged = true;
    });
    Bridge { order, close, token, look, simulate }
}

/// Keeps a token that came with the address of any page until a page needs it, and takes it out of the address.
#[hook]
pub fn use_token_keeper() {
    use_effect_with((), |()| {
        if let Some(token) = token_of_address() {
            browser::put(Keep::Tab, TOKEN, Some(&token));
        }
    });
}

/// The token that this tab has, if it has one.
pub(super) fn token() -> Option<String> {
    token_of_address()
        .inspect(|token| {
            browser::put(Keep::Tab, TOKEN, Some(token));
        })
        .or_else(|| browser::stored(Keep::Tab, TOKEN))
}

/// The token in the address bar, where it would be seen, copied and kept in the history: it is taken out.
fn token_of_address() -> Option<String> {
    let token = browser::place().fragment.strip_prefix("#token=").and_then(token_in)?;
    browser::drop_fragment();
    Some(token)
}

fn use_token(driver: &Shared, token: String) {
    browser::put(Keep::Tab, TOKEN, Some(&token));
    let mut driver = driver.borrow_mut();
    let known = driver.token.as_ref() == Some(&token) && driver.wire.is_some();
    driver.asked = true;
    driver.refused = None;
    driver.token = Some(token);
    driver.nudged = true;
    if let Some(wire) = driver.wire.as_ref().filter(|_| !known) {
        wire.close();
    }
}

fn take_fragment(driver: &Shared) {
    if let Some(token) = token_of_address() {
        use_token(driver, token);
    }
}

fn listen_for_fragments(driver: Shared) -> Option<EventListener> {
    let window = web_sys::window()?;
    Some(EventListener::new(&window, "hashchange", move |_| take_fragment(&driver)))
}

async fn keep_looking(driver: Shared, tell: Tell) {
    let (mut lost, mut first) = (false, true);
    loop {
        let (road, token, refused, asked) = {
            let mut driver = driver.borrow_mut();
            if !driver.alive {
                return;
            }
            driver.nudged = false;
            (driver.road.clone(), driver.token.clone(), driver.refused.clone(), driver.asked)
        };
        let far = matches!(road, Road::Far { .. });
        let fresh = token.clone().filter(|token| refused.as_ref() != Some(token));
        // The first token is tried at once. Later the door comes first: browsers delay a WebSocket more and more, the oftener it
        // found nobody.
        let tries = fresh.is_some() && std::mem::take(&mut first);
        let link = if far && !asked {
            Link::Elsewhere { answered: None }
        } else if !tries && let Some(closed) = closed_door(&road, far, lost).await {
            closed
        } else {
            match fresh {
                None if token.is_some() => Link::Refused,
                None if far => Link::Elsewhere { answered: Some(true) },
                None => Link::NoToken,
                Some(token) => match talk(&driver, &tell, road.socket(), &token).await {
                    End::Gone => {
                        lost = true;
                        continue;
                    }
                    End::Broken(why) => Link::Broken(why),
                    End::Failed => closed_door(&road, far, lost).await.unwrap_or_else(|| {
                        driver.borrow_mut().refused = Some(token);
                        Link::Refused
                    }),
                },
            }
        };
        if !driver.borrow().alive {
            return;
        }
        let nobody =
            matches!(link, Link::Absent { lost: false } | Link::Elsewhere { answered: None | Some(false) });
        tell.dispatch(Act::Linked(link));
        let idle = {
            let driver = driver.borrow();
            driver.simulated.is_none() && !driver.real
        };
        if nobody && idle {
            simulate(&driver, &tell, Some(DELAY));
        }
        rest(&driver).await;
    }
}

const fn absent(far: bool, lost: bool) -> Link {
    if far { Link::Elsewhere { answered: Some(false) } } else { Link::Absent { lost } }
}

/// Waits until it is time to look again or there is a reason to do so at once.
async fn rest(driver: &Shared) {
    let slice = Micros(100_000);
    for _ in 0..LOOK_EVERY.0 / slice.0 {
        browser::sleep(slice).await;
        if driver.borrow().nudged || !driver.borrow().alive {
            return;
        }
    }
}

/// Why there is no use in a handshake now. A bridge says 426 to whoever asks for its
/// socket without an upgrade, and 429 when it has as many pages as it takes; other servers say that there is no such page.
async fn closed_door(road: &Road, far: bool, lost: bool) -> Option<Link> {
    let own = matches!(road, Road::Own { .. });
    match browser::knock(&road.door(), own).await {
        Knock::Status(429) if own => Some(Link::Full),
        Knock::Status(status)
            if !own
                || !(matches!(status, 0 | 404 | 405) || (200..400).contains(&status) || status >= 500) =>
        {
            None
        }
        Knock::Nothing | Knock::Status(_) => Some(absent(far, lost)),
    }
}

enum End {
    /// There was no connection.
    Failed,
    /// There was one.
    Gone,
    /// The bridge said something that it must not.
    Broken(String),
}

/// One connection from its handshake to its end.
async fn talk(driver: &Shared, tell: &Tell, address: &str, token: &str) -> End {
    let broken = Rc::new(RefCell::new(None));
    let on_frame = {
        let (driver, tell, broken) = (driver.clone(), tell.clone(), broken.clone());
        Rc::new(move |frame: Frame| {
            if let Err(why) = receive(&driver, &tell, &frame) {
                *broken.borrow_mut() = Some(why);
                if let Some(wire) = &driver.borrow().wire {
                    wire.close();
                }
            }
        })
    };
    let Some((wire, fate)) = Wire::open(address, token, on_frame) else { return End::Failed };
    {
        let impatient = driver.clone();
        let mut driver = driver.borrow_mut();
        driver.session = Session::new();
        driver.silent.clear();
        driver.wire = Some(wire);
        driver.patience = Some(Timeout::new(PATIENCE, move || {
            if let Some(wire) = &impatient.borrow().wire {
                wire.close();
            }
        }));
    }
    let opened = fate.opened.await.unwrap_or(JsValue::FALSE).is_truthy();
    let reason = fate.closed.await.ok().and_then(|reason| reason.as_string()).unwrap_or_default();
    let alive = {
        let mut driver = driver.borrow_mut();
        driver.wire = None;
        driver.patience = None;
        driver.session.close(if reason.is_empty() {
            "the connection to the bridge was lost"
        } else {
            &reason
        });
        driver.alive
    };
    if alive && opened {
        pump(driver, tell);
    }
    match broken.borrow_mut().take() {
        Some(why) => End::Broken(why),
        None if opened => End::Gone,
        None => End::Failed,
    }
}

fn receive(driver: &Shared, tell: &Tell, frame: &Frame) -> Result<(), String> {
    let hello = {
        let mut driver = driver.borrow_mut();
        let known = driver.session.hello().is_some();
        driver.session.receive(browser::now(), frame).map_err(|error| error.to_string())?;
        driver.session.hello().filter(|_| !known).cloned()
    };
    if let Some(hello) = hello {
        let unused = {
            let mut driver = driver.borrow_mut();
            driver.patience = None;
            driver.simulated.as_ref().is_some_and(|machine| !machine.is_used())
        };
        if unused {
            simulate(driver, tell, None);
            driver.borrow_mut().real = false;
        }
        tell.dispatch(Act::Linked(Link::Open(hello)));
    }
    pump(driver, tell);
    Ok(())
}

/// Sends what waits to be sent and tells what waits to be told.
fn pump(driver: &Shared, tell: &Tell) {
    let now = browser::now();
    let mut events = Vec::new();
    {
        let mut driver = driver.borrow_mut();
        while let Some(frame) = driver.session.transmit() {
            if let Some(wire) = &driver.wire {
                wire.send(&frame);
            }
        }
        while let Some(event) = driver.session.poll(now) {
            match &event {
                sockets::Event::Returned { call, .. } if driver.silent.remove(call) => {}
                _ => events.push(event),
            }
        }
    }
    if !events.is_empty() {
        tell.dispatch(Act::Happened { at: now, events });
    }
}

fn next_id(driver: &mut Driver) -> CallId {
    driver.next = driver.next.wrapping_add(1);
    CallId(driver.next)
}

/// Begins anew on the simulator or on real sockets.
fn simulate(shared: &Shared, tell: &Tell, delay: Option<Micros>) {
    {
        let mut driver = shared.borrow_mut();
        driver.alarm = None;
        driver.real = delay.is_none();
        // A page begins with its server as host 0.
        driver.simulated = delay.map(|delay| Simulated::new(browser::now(), delay, HostId(0)));
    }
    tell.dispatch(Act::Simulate(delay));
}

/// Tells what has happened in the simulator, and sees to it that it is asked again in time.
fn run_simulator(shared: &Shared, tell: &Tell) {
    let now = browser::now();
    let mut happened: Vec<(Instant, Vec<Event>)> = Vec::new();
    let wakes_at = {
        let mut driver = shared.borrow_mut();
        let Driver { simulated, silent, .. } = &mut *driver;
        let Some(machine) = simulated else { return };
        while let Some((at, event)) = machine.poll(now) {
            match &event {
                Event::Returned { call, .. } if silent.remove(call) => continue,
                _ => {}
            }
            match happened.last_mut().filter(|(last, _)| *last == at) {
                Some((_, events)) => events.push(event),
                None => happened.push((at, vec![event])),
            }
        }
        machine.wakes_at()
    };
    for (at, events) in happened {
        tell.dispatch(Act::Happened { at, events });
    }
    let alarm = wakes_at.map(|at| {
        let (shared, tell) = (shared.clone(), tell.clone());
        let wait = u32::try_from(at.since(browser::now()).0.div_ceil(1_000)).unwrap_or(u32::MAX);
        Timeout::new(wait.clamp(1, 86_400_000), move || run_simulator(&shared, &tell))
    });
    shared.borrow_mut().alarm = alarm;
}

fn submit(shared: &Shared, tell: &Tell, order: Order) {
    let now = browser::now();
    {
        let mut driver = shared.borrow_mut();
        if driver.simulated.is_some() {
            let Order { host, op, timeout, name, step } = order;
            let call = Call { id: next_id(&mut driver), host, timeout, op };
            tell.dispatch(Act::Entered { at: now, call: call.clone(), name, step });
            if let Some(machine) = &mut driver.simulated {
                machine.submit(now, call);
            }
            drop(driver);
            return run_simulator(shared, tell);
        }
        if driver.session.hello().is_none() || driver.wire.is_none() {
            tell.dispatch(Act::Tell("There is no bridge to make this call.".to_owned()));
            return;
        }
        let Order { host, op, timeout, name, step } = order;
        let call = Call { id: next_id(&mut driver), host, timeout, op };
        tell.dispatch(Act::Entered { at: now, call: call.clone(), name, step });
        driver.session.submit(now, call);
    }
    pump(shared, tell);
}

fn close_silently(shared: &Shared, tell: &Tell, sockets: Vec<SocketId>) {
    let now = browser::now();
    let simulated = {
        let mut driver = shared.borrow_mut();
        if driver.wire.is_none() && driver.simulated.is_none() {
            return;
        }
        for socket in sockets {
            let id = next_id(&mut driver);
            driver.silent.insert(id);
            let call = Call { id, host: HostId(0), timeout: None, op: Op::Close { socket } };
            match &mut driver.simulated {
                Some(machine) => machine.submit(now, call),
                None => driver.session.submit(now, call),
            }
        }
        driver.simulated.is_some()
    };
    if simulated { run_simulator(shared, tell) } else { pump(shared, tell) }
}
