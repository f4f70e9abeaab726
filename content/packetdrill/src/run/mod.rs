//! Runs a script against a machine, event by event, on the machine's clock.
//!
//! ```text
//!   event due at t:  let time pass until t  --> packets that depart are queued, calls that return are checked
//!                    <  inject              >  take from the queue, or wait as long as the tolerance allows, and compare
//!                    call: begin, check     %{ }%: ask TCP_INFO, evaluate     ` `: settings
//! ```
//!
//! The first thing that is not as the script says ends it. After the last event only calls that still block are waited for: what the
//! machine would send later is not the script's business.

mod calls;
mod packets;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod tests;

use crate::config::Config;
use crate::constants::constant;
use crate::engine::Engine;
use crate::flow::Flow;
use crate::machine::{Departed, Fd, Machine, Stage};
use crate::notation::seconds;
use crate::place::{Place, Source, Stop, Verdict};
use crate::python::{self, Raised, Value};
use crate::script::{Action, Event, EventTime, Heading, Packet, Script};
use crate::shell::{self, Files};
use calls::Pending;
use core::net::SocketAddr;
use sockets::{Instant, Log, Micros};
use std::collections::{BTreeMap, VecDeque};

/// A packet that may come at any time is waited for so long, in microseconds: three hours, more than any timer of TCP.
const LONGEST_WAIT: u64 = 3 * 3_600_000_000;

/// How a script ended, and what happened on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How it ended.
    pub verdict: Verdict,
    /// Every packet and call with its time, in packetdrill's notation, a line each.
    pub trace: Vec<String>,
    /// Every event that happened: where it stands, and when, since the script began. A call stands with the time at which it was made.
    pub moments: Vec<(Place, Micros)>,
}

/// Runs a script. `init` are files of settings that go before it; `machine` makes what it is run against.
pub fn run<M: Machine>(
    script: &Script,
    init: &[Source],
    files: &dyn Files,
    machine: impl FnOnce(&Stage) -> Result<M, String>,
) -> Report {
    let mut report = Report { verdict: Verdict::Ok, trace: Vec::new(), moments: Vec::new() };
    if let Err(stop) = run_to_end(script, init, files, machine, &mut report) {
        report.verdict = stop.into();
    }
    report
}

/// Runs a script against the engine, and gives its story beside the report: what happened up to the end, or up to what is not as the
/// script says. See [`MACHINE`](crate::MACHINE) and [`SCRIPT`](crate::SCRIPT) for who takes part.
pub fn tell(script: &Script, files: &dyn Files) -> (Report, Log) {
    let mut engine = None;
    let place = &mut engine;
    let report = run(script, &[], files, move |stage| Ok(place.insert(Engine::telling(stage)?)));
    (report, engine.map(Engine::story).unwrap_or_default())
}

fn run_to_end<M: Machine>(
    script: &Script,
    init: &[Source],
    files: &dyn Files,
    machine: impl FnOnce(&Stage) -> Result<M, String>,
    report: &mut Report,
) -> Result<(), Stop> {
    let config = Config::read(&script.options)?;
    let stage = config.stage();
    let Some(first) = script.events.first() else {
        return Err(Stop::unsupported(&script.end, "no event: there is nothing that could be ok"));
    };
    let machine = machine(&stage).map_err(|why| Stop::unsupported(&first.place, why))?;
    let mut runner = Runner {
        machine,
        files,
        config,
        stage,
        start: Instant::START,
        last: 0,
        fds: BTreeMap::new(),
        bound: BTreeMap::new(),
        listening: BTreeMap::new(),
        flows: Vec::new(),
        current: None,
        next_port: 40_000,
        queue: VecDeque::new(),
        place: first.place.clone(),
        pending: Vec::new(),
        tickets: 0,
        variables: BTreeMap::new(),
        report,
    };
    for source in init {
        let place = Place::top(&source.name);
        runner.command(&source.text, &place)?;
    }
    for (place, path) in runner.config.init.clone() {
        let source = files.read(&place.file, &path).map_err(|why| Stop::unsupported(&place, why))?;
        runner.command(&source.text, &Place::top(&source.name))?;
    }
    // Time begins with the first event that is no preparation.
    let is_preparation =
        |event: &&Event| matches!((&event.action, event.time), (Action::Command(_), EventTime::Relative(0)));
    let prepared = script.events.iter().take_while(is_preparation).count();
    for event in &script.events[..prepared] {
        if let Action::Command(text) = &event.action {
            runner.command(text, &event.place)?;
        }
    }
    runner.start = runner.machine.now();
    script.events[prepared..].iter().try_for_each(|event| runner.event(event))?;
    runner.wait_for_calls()
}

struct Runner<'a, M> {
    machine: M,
    files: &'a dyn Files,
    config: Config,
    stage: Stage,
    /// The machine's time at which the script begins.
    start: Instant,
    /// When the event before this one happened, in microseconds of the script.
    last: u64,
    /// The machine's descriptor for each of the script's.
    fds: BTreeMap<i64, Fd>,
    /// Where sockets were bound to.
    bound: BTreeMap<Fd, SocketAddr>,
    /// Sockets that listen, and where.
    listening: BTreeMap<Fd, SocketAddr>,
    flows: Vec<Flow>,
    /// The connection that packets without ports belong to.
    current: Option<usize>,
    /// The script's port for its next connection.
    next_port: u16,
    /// Packets that the machine sent and that no event took yet.
    queue: VecDeque<Departed>,
    /// Of the event that is under way.
    place: Place,
    pending: Vec<Pending>,
    tickets: u32,
    /// The variables of Python code.
    variables: BTreeMap<String, Value>,
    report: &'a mut Report,
}

/// When something is expected, in microseconds of the script, without tolerance.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: u64,
    to: u64,
}

impl<M: Machine> Runner<'_, M> {
    fn event(&mut self, event: &Event) -> Result<(), Stop> {
        self.place = event.place.clone();
        let is_expected = matches!(&event.action, Action::Packet(Packet { heading: Heading::Out, .. }));
        let window = self.window(event, is_expected)?;
        if let Action::Packet(packet) = &event.action
            && is_expected
        {
            let at = self.expect(packet, event, window)?;
            self.report.moments.push((event.place.clone(), Micros(at)));
            let is_exact = matches!(event.time, EventTime::Absolute(_) | EventTime::Relative(_));
            self.happened(if is_exact { window.from } else { at });
            return Ok(());
        }
        self.advance(self.at(window.from))?;
        self.report.moments.push((event.place.clone(), Micros(self.script_time(self.machine.now()))));
        match &event.action {
            Action::Packet(packet) => self.inject(packet, &event.place)?,
            Action::Call(call) => self.call(call, event, window)?,
            Action::Command(text) => self.command(text, &event.place)?,
            Action::Code(code) => self.code(code, &event.place)?,
        }
        self.happened(window.from);
        self.drain()
    }

    /// When the event is due.
    fn window(&self, event: &Event, is_expected: bool) -> Result<Window, Stop> {
        let window = match event.time {
            EventTime::Absolute(at) => Window { from: at, to: at },
            EventTime::Relative(after) => {
                Window { from: self.last.saturating_add(after), to: self.last.saturating_add(after) }
            }
            EventTime::AbsoluteRange(from, to) => Window { from, to },
            EventTime::RelativeRange(from, to) => {
                Window { from: self.last.saturating_add(from), to: self.last.saturating_add(to) }
            }
            EventTime::Any => {
                Window { from: 0, to: self.script_time(self.machine.now()).saturating_add(LONGEST_WAIT) }
            }
        };
        if !is_expected && window.from != window.to {
            return Err(Stop::unsupported(
                &event.place,
                "a range of times or * for anything but a packet that is expected",
            ));
        }
        if !is_expected && window.from < self.last {
            let what =
                format!("the event is to happen at {} s, before the event above it", seconds(window.from));
            return Err(Stop::unsupported(&event.place, what));
        }
        Ok(window)
    }

    fn happened(&mut self, at: u64) {
        self.last = at;
    }

    fn at(&self, script_time: u64) -> Instant {
        self.start + Micros(script_time)
    }

    fn script_time(&self, at: Instant) -> u64 {
        at.since(self.start).0
    }

    /// How far from `due` something may happen: the tolerance, or a hundredth of the time since the event before.
    fn tolerance(&self, due: u64) -> u64 {
        let share = due.saturating_sub(self.last).saturating_mul(self.config.tolerance_percent) / 100;
        self.config.tolerance.max(share)
    }

    /// Lets time pass until this moment.
    fn advance(&mut self, until: Instant) -> Result<(), Stop> {
        loop {
            self.drain()?;
            if self.machine.now() >= until {
                return Ok(());
            }
            self.machine.advance(until);
        }
    }

    /// Takes what the machine did: packets into the queue, calls that returned are checked.
    fn drain(&mut self) -> Result<(), Stop> {
        if let Some(fault) = self.machine.fault() {
            return Err(Stop::failed(&self.place, format!("expected a machine that goes on got {fault}")));
        }
        while let Some(departed) = self.machine.departed() {
            self.note_departure(&departed);
            self.queue.push_back(departed);
        }
        while let Some(returned) = self.machine.returned() {
            self.returned(returned)?;
        }
        self.check_blocked()
    }

    fn note(&mut self, at: Instant, line: &str) {
        let line = format!("{} {line}", seconds(self.script_time(at)));
        self.report.trace.push(line);
    }

    fn command(&mut self, text: &str, place: &Place) -> Result<(), Stop> {
        for (place, setting) in shell::read(text, place, self.files)? {
            self.machine.set(&setting).map_err(|why| Stop::unsupported(&place, why))?;
        }
        Ok(())
    }

    fn code(&mut self, code: &str, place: &Place) -> Result<(), Stop> {
        let fd = self.current.and_then(|flow| self.flows[flow].fd);
        let mut info = None;
        let mut is_missing = false;
        let (machine, mut variables) = (&mut self.machine, core::mem::take(&mut self.variables));
        let result = python::run(code, &mut variables, &mut |name| {
            if !name.starts_with("tcpi_") {
                return constant(name).map(|value| Value::number(value.into()));
            }
            if info.is_none() {
                info = fd.and_then(|fd| machine.info(fd));
            }
            is_missing |= info.is_none();
            info.as_ref()?.get(name).map(|value| Value::number(value.into()))
        });
        self.variables = variables;
        let at = |line: u32| Place { file: place.file.clone(), line: place.line + line, column: 0 };
        match result {
            Ok(printed) => {
                let now = self.machine.now();
                printed.iter().for_each(|line| self.note(now, &format!("print: {line}")));
                Ok(())
            }
            Err(Raised::Unknown { line, .. }) if is_missing => {
                let what =
                    "expected TCP_INFO of the connection got none: the script has no open descriptor of it";
                Err(Stop::failed(&at(line), what))
            }
            Err(Raised::Unknown { line, what }) => Err(Stop::unsupported(&at(line), what)),
            Err(Raised::Assertion { line, what }) => {
                let now = seconds(self.script_time(self.machine.now()));
                Err(Stop::failed(&at(line), format!("expected {what} (at {now})").replacen(": ", " got ", 1)))
            }
        }
    }
}
