//! A run: programs in their interpreters, on a network, from the beginning to the end. It carries what they say to each other through the
//! driver (`lab::Driver`), and holds no rule of sockets.
//!
//! ```text
//!   Interpreter --Said--> Run --turned, exited--> Process --\
//!        ^                 |                                 Driver --> simulated machine
//!        '--- Order -------'<-- order() ------------------- /      \--> protocol::Session --frames--> bridge
//! ```
//!
//! It works in slices, so that the page stays alive, and tells the page at most some times a second that something has happened.

pub use super::plan::{On, Plan, Shown, Stage};

use super::interpreter::{Interpreter, Said, Start, Step, keep_ready};
use crate::bridged::{Closed, Dialled, dial};
use crate::browser;
use gloo::timers::callback::Timeout;
use lab::{Driver, Ending, Exit, Ground, Order, Player, Process, Progress, Scenario, Standing};
use protocol::{Frame, Session};
use sockets::{Instant, Log, Micros, What};
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// How long a slice of work may take: half a frame.
const SLICE: Micros = Micros(8_000);

/// Between two messages to the page that something has happened.
const TELL_EVERY_MS: u32 = 100;

/// While all programs wait for what only others can do, the page is told so often that it is so, in milliseconds.
const TELL_OF_REST_MS: u32 = 250;

/// Nothing has happened for so long on a kernel: then what could come without anybody doing anything has come.
const QUIET: Micros = Micros(500_000);

/// What the clock on the wall says at the beginning of virtual time: noon of 1 January 2026 UTC, in microseconds since 1970.
const EPOCH_US: f64 = 1_767_268_800_000_000.0;

enum Network {
    Simulated(Box<Driver<Ground, Player>>),
    Real(Box<Driver<Session, Player>>, Dialled),
}

macro_rules! with_driver {
    ($network:expr, $driver:ident => $does:expr) => {
        match $network {
            Network::Simulated($driver) => $does,
            Network::Real($driver, _) => $does,
        }
    };
}

struct Inner {
    plan: Plan,
    /// Nothing while the bridge is dialled.
    network: Option<Network>,
    interpreters: Vec<Option<Interpreter>>,
    shown: Vec<Shown>,
    stage: Stage,
    /// Nothing happens by itself, as far as the driver knows.
    rests: bool,
    /// Its network is gone.
    gone: bool,
    /// The page's time at the network's beginning.
    began: Instant,
    /// Since when a program has had the turn, in the page's time.
    alarm: Option<Timeout>,
    telling: Option<Timeout>,
    tell: Rc<dyn Fn()>,
}

/// A run. Dropping it ends its programs.
#[derive(Clone)]
pub struct Run(Rc<RefCell<Inner>>);

impl core::fmt::Debug for Run {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Run").field(&self.stage()).finish()
    }
}

impl PartialEq for Run {
    fn eq(&self, other: &Run) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Run {
    /// Begins. `tell` is called when there is something new to show.
    pub fn begin(plan: Plan, tell: impl Fn() + 'static) -> Run {
        let count = plan.scenario.python.len();
        let on = plan.on;
        let run = Run(Rc::new(RefCell::new(Inner {
            network: None,
            interpreters: Vec::new(),
            shown: vec![Shown::default(); count],
            stage: Stage::Loading(0.0),
            rests: false,
            gone: false,
            began: Instant::START,
            alarm: None,
            telling: None,
            tell: Rc::new(tell),
            plan,
        })));
        for place in 0..count {
            let weak = Rc::downgrade(&run.0);
            let taken = Interpreter::take(move |said| {
                if let Some(run) = weak.upgrade() {
                    Run(run).heard(place, said);
                }
            });
            match taken {
                Ok(interpreter) => run.0.borrow_mut().interpreters.push(Some(interpreter)),
                Err(why) => {
                    run.fail(why);
                    return run;
                }
            }
        }
        match on {
            On::Simulator => {
                let begun = lab::begin(&run.0.borrow().plan.scenario);
                match begun {
                    Ok(driver) => run.0.borrow_mut().network = Some(Network::Simulated(Box::new(driver))),
                    Err(bad) => run.fail(bad.to_string()),
                }
            }
            On::Kernel => run.dial(),
        }
        run.start_when_ready();
        run
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        self.0.borrow().stage.clone()
    }

    /// Which network it is on.
    pub fn on(&self) -> On {
        self.0.borrow().plan.on
    }

    /// The scenario that runs.
    pub fn scenario(&self) -> Rc<Scenario> {
        self.0.borrow().plan.scenario.clone()
    }

    /// The story so far; `None` before there is a network.
    pub fn with_log<T>(&self, look: impl FnOnce(&Log) -> T) -> Option<T> {
        let inner = self.0.borrow();
        let network = inner.network.as_ref()?;
        Some(with_driver!(network, driver => look(driver.log())))
    }

    /// A program of it, and what is shown of it.
    pub fn with_process<T>(&self, place: usize, look: impl FnOnce(&Process, &Shown) -> T) -> Option<T> {
        let inner = self.0.borrow();
        let network = inner.network.as_ref()?;
        let shown = inner.shown.get(place)?;
        let programs = with_driver!(network, driver => driver.programs());
        let process = programs.get(inner.plan.scenario.programs.len() + place)?.process()?;
        Some(look(process, shown))
    }

    /// The story so far, and everybody who plays in it.
    pub fn with_players<T>(&self, look: impl FnOnce(&Log, &[Player]) -> T) -> Option<T> {
        let inner = self.0.borrow();
        let network = inner.network.as_ref()?;
        Some(with_driver!(network, driver => look(driver.log(), driver.programs())))
    }

    /// The network's time.
    pub fn now(&self) -> Instant {
        let inner = self.0.borrow();
        inner.network.as_ref().map_or(Instant::START, |network| with_driver!(network, driver => driver.now()))
    }

    /// When the last call came back: the end of the last program, if all have ended.
    pub fn ended_at(&self) -> Instant {
        let last = |log: &Log| {
            let mut back = log.records().iter().rev();
            back.find(|record| matches!(record.what, What::Returned { .. })).map(|record| record.at)
        };
        self.with_log(last).flatten().unwrap_or_default()
    }

    /// Whether anything of it still goes on.
    pub fn goes_on(&self) -> bool {
        !matches!(self.0.borrow().stage, Stage::Over(_) | Stage::Failed(_))
    }

    /// Whether its network has let go of all that it had: ports are free again.
    pub fn is_gone(&self) -> bool {
        let inner = self.0.borrow();
        inner.gone || matches!(inner.network, Some(Network::Simulated(_)))
    }

    /// On a kernel: who waits for what, when nothing has happened for a moment and nothing will by itself. Nobody can know there that nothing
    /// more will come; but the programs and peers of a run talk to each other alone.
    pub fn rests(&self) -> Option<Vec<String>> {
        let inner = self.0.borrow();
        let Some(Network::Real(driver, _)) = inner.network.as_ref().filter(|_| inner.rests) else {
            return None;
        };
        let working = |player: &Player| match player.process() {
            None => false,
            Some(process) => match process.standing() {
                Standing::Leaving | Standing::Over => false,
                Standing::Resting => {
                    let waits = process.waits();
                    waits.is_empty() || waits.iter().any(|wait| wait.until.is_some())
                }
                Standing::New | Standing::Working => true,
            },
        };
        if driver.programs().iter().any(working) {
            return None;
        }
        let log = driver.log();
        if log.calls().iter().any(|line| line.back.is_none() && line.call.timeout.is_some()) {
            return None;
        }
        let done = |what: &What| matches!(what, What::Entered(_) | What::Returned { .. });
        let last = log.records().iter().rev().find(|record| done(&record.what));
        let quiet = driver.now().since(last.map(|record| record.at).unwrap_or_default());
        (quiet >= QUIET).then(|| driver.waiting())
    }

    /// Ends it where it is, as this: for whoever knows that no more will come.
    pub fn end(&self, ending: Ending) {
        if self.goes_on() {
            self.over(ending);
        }
    }

    /// Whether a program stands still, at a breakpoint or a step.
    pub fn stands_still(&self) -> bool {
        self.0.borrow().shown.iter().any(|shown| shown.paused.is_some())
    }

    /// A person has typed a line to a program; `None` ends its input.
    pub fn type_line(&self, place: usize, text: Option<String>) {
        self.on_process(place, |process, now| process.type_line(now, text));
        self.pump();
    }

    /// Ends every program, and closes what they have open.
    pub fn stop(&self) {
        let count = self.0.borrow().interpreters.len();
        let ended: Vec<Option<Interpreter>> = {
            let mut inner = self.0.borrow_mut();
            for shown in &mut inner.shown {
                shown.paused = None;
                shown.line = None;
            }
            inner.interpreters.iter_mut().map(Option::take).collect()
        };
        drop(ended);
        if self.0.borrow().network.is_none() || matches!(self.stage(), Stage::Loading(_)) {
            return self.fail("It was stopped before it began.".to_owned());
        }
        for place in 0..count {
            self.on_process(place, |process, _| process.exited(Exit::KILLED));
        }
        self.pump();
        // Peers of a real run may wait for ever for somebody who is gone.
        if self.on() == On::Kernel && !self.scenario().peers.is_empty() {
            self.end(Ending::Gone("It was stopped".into()));
        }
    }

    /// A program that stands still goes on.
    pub fn step(&self, place: usize, how: Step) {
        let mut inner = self.0.borrow_mut();
        if let Some(shown) = inner.shown.get_mut(place) {
            shown.paused = None;
            shown.line = None;
        }
        if let Some(Some(interpreter)) = inner.interpreters.get(place) {
            interpreter.step(how);
        }
        drop(inner);
        self.tell();
    }

    /// Every program stands still before its next line.
    pub fn pause(&self) {
        for interpreter in self.0.borrow().interpreters.iter().flatten() {
            interpreter.pause();
        }
    }

    /// A program stops before these lines from now on.
    pub fn break_at(&self, place: usize, lines: &[u32]) {
        if let Some(Some(interpreter)) = self.0.borrow().interpreters.get(place) {
            interpreter.break_at(lines);
        }
    }

    /// Does something with a program, which then goes on if it can.
    fn on_process(&self, place: usize, act: impl FnOnce(&mut Process, Instant)) {
        let mut inner = self.0.borrow_mut();
        let first = inner.plan.scenario.programs.len();
        let Some(network) = &mut inner.network else { return };
        with_driver!(network, driver => {
            let now = driver.now();
            if let Some(process) = driver.program_mut(first + place).and_then(Player::process_mut) {
                act(process, now);
            }
            driver.rouse(first + place);
        });
    }

    fn heard(&self, place: usize, said: Said) {
        match said {
            Said::Progress(part) => {
                self.0.borrow_mut().shown[place].loaded = part;
                self.note_loading();
            }
            Said::Ready => {
                self.0.borrow_mut().shown[place].ready = true;
                self.note_loading();
                self.start_when_ready();
            }
            Said::Printed(error, text) => {
                self.on_process(place, |process, now| process.print(now, error, text));
                self.tell();
            }
            Said::Turn(turn) => {
                {
                    let shown = &mut self.0.borrow_mut().shown[place];
                    shown.paused = None;
                    shown.line = None;
                }
                self.on_process(place, |process, _| process.turned(turn));
                self.pump();
            }
            Said::Paused(paused) => {
                {
                    let shown = &mut self.0.borrow_mut().shown[place];
                    shown.line = paused.frames.first().map(|frame| frame.line);
                    shown.paused = Some(paused);
                }
                self.tell();
            }
            Said::At(line) => {
                self.0.borrow_mut().shown[place].line = Some(line);
                self.tell();
            }
            Said::Ended(exit) => {
                let ended = {
                    let mut inner = self.0.borrow_mut();
                    inner.shown[place].paused = None;
                    inner.shown[place].line = None;
                    inner.interpreters.get_mut(place).and_then(Option::take)
                };
                drop(ended);
                self.on_process(place, |process, _| process.exited(exit));
                self.pump();
            }
            Said::Cannot(why) => self.fail(why),
        }
    }

    fn note_loading(&self) {
        let mut inner = self.0.borrow_mut();
        if matches!(inner.stage, Stage::Loading(_)) {
            let parts = inner.shown.iter().map(|shown| if shown.ready { 1.0 } else { shown.loaded });
            let least = parts.fold(1.0, f64::min);
            inner.stage = Stage::Loading(least);
            drop(inner);
            self.tell();
        }
    }

    /// All programs begin together: none shall wait for another's interpreter.
    fn start_when_ready(&self) {
        {
            let mut inner = self.0.borrow_mut();
            let ready = inner.network.is_some() && inner.shown.iter().all(|shown| shown.ready);
            if !ready || !matches!(inner.stage, Stage::Loading(_)) {
                return;
            }
            inner.stage = Stage::Running;
            inner.began = browser::now();
        }
        keep_ready(1);
        self.pump();
    }

    fn fail(&self, why: String) {
        let ended = {
            let mut inner = self.0.borrow_mut();
            inner.stage = Stage::Failed(why);
            inner.alarm = None;
            core::mem::take(&mut inner.interpreters)
        };
        drop(ended);
        self.tell();
    }

    /// Goes on until nothing more happens by itself, or for a slice.
    fn pump(&self) {
        if !matches!(self.stage(), Stage::Running | Stage::Asks) {
            return;
        }
        self.0.borrow_mut().alarm = None;
        let until = browser::now() + SLICE;
        loop {
            let progress = self.go();
            self.0.borrow_mut().rests = progress == Progress::Rests(None);
            self.carry();
            let wait = match progress {
                Progress::More if browser::now() < until => continue,
                Progress::More => Some(0),
                Progress::Busy => {
                    self.set_stage(Stage::Running);
                    None
                }
                Progress::Rests(None) => {
                    self.set_stage(Stage::Running);
                    // For how long the programs have waited is said.
                    Some(TELL_OF_REST_MS)
                }
                Progress::Asks => {
                    self.set_stage(Stage::Asks);
                    None
                }
                Progress::Rests(Some(at)) => {
                    self.set_stage(Stage::Running);
                    let inner = self.0.borrow();
                    let wait = (inner.began + Micros(at.0)).since(browser::now());
                    Some(u32::try_from(wait.0.div_ceil(1_000)).unwrap_or(u32::MAX).clamp(1, 86_400_000))
                }
                Progress::Ended(ending) => {
                    self.over(ending);
                    return;
                }
            };
            if let Some(wait) = wait {
                let weak = Rc::downgrade(&self.0);
                self.0.borrow_mut().alarm = Some(Timeout::new(wait, move || again(&weak)));
            }
            self.tell();
            return;
        }
    }

    fn set_stage(&self, stage: Stage) {
        self.0.borrow_mut().stage = stage;
    }

    fn go(&self) -> Progress {
        let mut inner = self.0.borrow_mut();
        let now = Instant(browser::now().since(inner.began).0);
        match &mut inner.network {
            Some(network) => with_driver!(network, driver => driver.go(now, 200)),
            None => Progress::Busy,
        }
    }

    /// Gives interpreters their orders, and the bridge its frames.
    fn carry(&self) {
        let inner = &mut *self.0.borrow_mut();
        let Some(network) = &mut inner.network else { return };
        let Inner { plan, interpreters, .. } = inner;
        let epoch = (plan.on == On::Simulator).then_some(EPOCH_US);
        with_driver!(network, driver => {
            let first = plan.scenario.programs.len();
            for (place, (source, interpreter)) in plan.scenario.python.iter().zip(interpreters).enumerate() {
                let Some(process) = driver.program_mut(first + place).and_then(Player::process_mut) else { continue };
                while let Some(order) = process.order() {
                    let Some(interpreter) = interpreter else { continue };
                    match &order {
                        Order::Run { now } => {
                            let breakpoints = plan.breakpoints.get(place).cloned().unwrap_or_default();
                            let seed = plan.scenario.world.seed + place as u64;
                            let start = Start { epoch, seed, breakpoints, how: plan.how };
                            interpreter.run(source, &start, *now);
                        }
                        _ => interpreter.order(&order),
                    }
                }
            }
        });
        if let Some(Network::Real(driver, dialled)) = &mut inner.network {
            while let Some(frame) = driver.network_mut().transmit() {
                dialled.send(&frame);
            }
        }
    }

    fn over(&self, ending: Ending) {
        let ended = {
            let mut inner = self.0.borrow_mut();
            inner.stage = Stage::Over(ending);
            inner.alarm = None;
            if let Some(Network::Real(_, dialled)) = &inner.network {
                dialled.close();
            }
            inner.interpreters.iter_mut().map(Option::take).collect::<Vec<_>>()
        };
        drop(ended);
        let count = self.0.borrow().plan.scenario.python.len();
        // The next run shall begin at once.
        keep_ready(count.min(2));
        self.tell();
    }

    fn dial(&self) {
        let weak = Rc::downgrade(&self.0);
        let receive = move |frame: Frame| {
            if let Some(run) = weak.upgrade() {
                Run(run).receive(&frame);
            }
        };
        let weak = Rc::downgrade(&self.0);
        wasm_bindgen_futures::spawn_local(async move {
            let dialled = dial(Rc::new(receive)).await;
            let Some(run) = weak.upgrade().map(Run) else { return };
            match dialled {
                Err(why) => run.fail(why),
                Ok((dialled, closed)) => {
                    {
                        let mut inner = run.0.borrow_mut();
                        let driver = lab::begin_on(Session::new(), &inner.plan.scenario);
                        inner.network = Some(Network::Real(Box::new(driver), dialled));
                    }
                    run.start_when_ready();
                    let weak = Rc::downgrade(&run.0);
                    drop(run);
                    watch(weak, closed).await;
                }
            }
        });
    }

    fn receive(&self, frame: &Frame) {
        let wrong = {
            let mut inner = self.0.borrow_mut();
            let now = Instant(browser::now().since(inner.began).0);
            match &mut inner.network {
                Some(Network::Real(driver, _)) => driver.network_mut().receive(now, frame).err(),
                _ => None,
            }
        };
        match wrong {
            Some(wrong) => self.fail(wrong.to_string()),
            None => self.pump(),
        }
    }

    fn tell(&self) {
        let mut inner = self.0.borrow_mut();
        if inner.telling.is_some() {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        inner.telling = Some(Timeout::new(TELL_EVERY_MS, move || {
            let Some(inner) = weak.upgrade() else { return };
            let tell = {
                let mut inner = inner.borrow_mut();
                inner.telling = None;
                inner.tell.clone()
            };
            tell();
        }));
    }
}

fn again(run: &Weak<RefCell<Inner>>) {
    if let Some(run) = run.upgrade() {
        Run(run).pump();
    }
}

/// The bridge may go at any time: then every call fails, and the programs see it.
async fn watch(run: Weak<RefCell<Inner>>, closed: Closed) {
    let why = closed.await;
    let Some(run) = run.upgrade().map(Run) else { return };
    {
        let mut inner = run.0.borrow_mut();
        inner.gone = true;
        if let Some(Network::Real(driver, _)) = &mut inner.network {
            driver.network_mut().close(&why);
        }
    }
    run.pump();
    run.tell();
}
