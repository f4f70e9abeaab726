//! A run on the stage, and the way between a line of a program and what it did.

use super::run::{On, Run, Stage};
use crate::stage::story::{Cast, Growing, Origin};
use crate::stage::{Player, Role, Thing, Told};
use lab::Standing;
use lab::grade::Light;
use sockets::{HostId, Instant, Log, Micros, Trace, What};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// While a run goes on its story is told again only if it has grown by that part, or grows no more.
const GROWTH: usize = 8;

/// A story and how it came about.
#[derive(Default)]
struct Held {
    run: Option<Run>,
    growing: Option<Growing>,
    /// So many records are told.
    records: usize,
    /// So many there were when it was last looked.
    seen: usize,
    over: bool,
    told: Option<(Told, Rc<Log>)>,
}

/// The story of a run, told anew as it grows, and its Log.
#[hook]
pub fn use_told(run: Option<&Run>, happened: u32) -> Option<(Told, Rc<Log>)> {
    let held: Rc<RefCell<Held>> = use_mut_ref(Held::default);
    let run = run.cloned();
    let told = use_memo((run, happened), |(run, _)| {
        let held = &mut *held.borrow_mut();
        if held.run != *run {
            // The last story stays until there is another: the desk keeps what it shows, and how.
            let told = held.told.take().filter(|_| run.is_some());
            *held = Held { run: run.clone(), told, ..Held::default() };
        }
        let run = run.as_ref()?;
        let over = !run.goes_on();
        let Some(records) = run.with_log(|log| log.records().len()) else { return held.told.clone() };
        let grown = records - held.records.min(records);
        let at_rest = run.stands_still() || held.seen == records;
        held.seen = records;
        let is_little = grown == 0 || grown < held.records / GROWTH && !over && !at_rest;
        if records == 0 || held.records > 0 && held.over == over && is_little {
            return held.told.clone();
        }
        let log = Rc::new(run.with_log(Log::clone)?);
        let origin = if run.on() == On::Simulator { Origin::Simulated } else { Origin::Sampled };
        let cast = cast(run);
        let mut growing = held.growing.take().unwrap_or_else(|| Growing::new(origin));
        let story = if over {
            growing.end(log.clone(), cast)
        } else {
            let story = growing.tell(log.clone(), cast);
            held.growing = Some(growing);
            story
        };
        held.records = records;
        held.over = over;
        held.told = Some((Told::new(story), log));
        held.told.clone()
    });
    (*told).clone()
}

fn cast(run: &Run) -> Cast {
    let scenario = run.scenario();
    let lines = lab::life_lines(&scenario);
    let serves = |name: &str| {
        let text = scenario.python.iter().find(|source| source.name == name).map(|source| &source.text);
        text.is_some_and(|text| {
            ["bind(", "create_server", "start_server", "Server("].iter().any(|call| text.contains(call))
        })
    };
    // A peer has a life line of its own, or its host's.
    let has_port = |name: &str| {
        let apart = scenario.world.hosts.len() > 1;
        scenario
            .peers
            .iter()
            .any(|peer| peer.has_port() && name == if apart { &*peer.host } else { &*peer.name })
    };
    let player = |(place, name): (usize, &String)| Player {
        host: HostId(place as u32),
        name: name.clone(),
        role: if serves(name) || has_port(name) { Role::Server } else { Role::Client },
    };
    Cast { players: lines.iter().enumerate().map(player).collect(), ..Cast::default() }
}

/// The last call, up to a time, that stands in this line of this program.
pub fn call_of_line(log: &Log, host: HostId, line: u32, up_to: Option<Instant>) -> Option<Thing> {
    let calls = log.calls();
    let stands = |(_, call): &(usize, &sockets::CallLine<'_>)| {
        call.host() == host
            && up_to.is_none_or(|at| call.entered <= at)
            && log.site(call.call.id).is_some_and(|site| site.line == line)
    };
    calls.iter().enumerate().filter(stands).map(|(place, _)| Thing::Call(place)).next_back()
}

/// What is to light up in a story.
pub fn thing_of(told: &Told, log: &Log, light: Light) -> Option<Thing> {
    match light {
        Light::Packet(packet) => {
            let is_it = |record: usize| match log.records().get(record).map(|record| &record.what) {
                Some(What::Trace(Trace::Sent(transit))) => transit.packet == packet,
                _ => false,
            };
            told.packets.iter().position(|packet| is_it(packet.record)).map(Thing::Packet)
        }
        Light::Call(call) => {
            let is_it = |record: usize| match log.records().get(record).map(|record| &record.what) {
                Some(What::Entered(entered)) => entered.id == call,
                _ => false,
            };
            told.calls.iter().position(|call| is_it(call.record)).map(Thing::Call)
        }
    }
}

/// The program and the line that made a thing of the story happen.
pub fn line_of(told: &Told, log: &Log, thing: &Thing) -> Option<(HostId, u32)> {
    let place = match thing {
        Thing::Call(place) => *place,
        Thing::Packet(packet) => {
            // The last call before it, of the same program, that could make it: what a program sends follows from its calls.
            let packet = told.packets.get(*packet)?;
            let before = told.calls.partition_point(|call| call.entered <= packet.sent);
            (0..before).rev().find(|&place| told.calls[place].host == packet.from)?
        }
        _ => return None,
    };
    let call = told.calls.get(place)?;
    let sockets::What::Entered(call) = &log.records().get(call.record)?.what else { return None };
    Some((call.host, log.site(call.id)?.line))
}

/// How much can be seen of a run on this network.
pub const fn sight(on: On) -> &'static str {
    match on {
        On::Kernel => {
            "Sampled: calls on your own kernel's sockets, and the states that it was asked for. Segments are not captured, so none are drawn."
        }
        On::Simulator => "Simulated: every segment, timer and rule is told.",
    }
}

/// How far a run is, in a sentence.
pub fn stage_in_words(run: &Run) -> String {
    match run.stage() {
        Stage::Loading(part) if part >= 1.0 => "Beginning.".to_owned(),
        Stage::Loading(part) => format!("Loading Python: {} %.", (part * 100.0) as u32),
        Stage::Running => all_wait(run).unwrap_or_else(|| "Running.".to_owned()),
        Stage::Asks => "A program waits for a line from you.".to_owned(),
        Stage::Over(lab::Ending::Finished) => {
            format!("Every program has ended. It took {} of the network's time.", Micros(run.ended_at().0))
        }
        Stage::Over(lab::Ending::Stalled(waiting)) => {
            let each = waiting.join("; ");
            format!("Deadlock: nothing will ever happen any more. {each}.")
        }
        Stage::Over(other) => format!("{other}."),
        Stage::Failed(why) => why,
    }
}

/// Before that nobody is told that all programs wait.
const REST: Micros = Micros(1_000_000);

/// On a kernel nobody can know that nothing will come. But that every program waits for another, and for what, can be told.
fn all_wait(run: &Run) -> Option<String> {
    let scenario = run.scenario();
    let now = run.now();
    let mut each = Vec::new();
    for (place, source) in scenario.python.iter().enumerate() {
        let waits = run.with_process(place, |process, _| match process.standing() {
            Standing::Leaving | Standing::Over => Some(Vec::new()),
            Standing::Resting => Some(process.waits().to_vec()).filter(|waits| !waits.is_empty()),
            Standing::New | Standing::Working => None,
        })??;
        if waits.iter().any(|wait| wait.until.is_some() || now.since(wait.since) < REST) {
            return None;
        }
        each.extend(waits.iter().map(|wait| format!("{}: {wait}", source.name)));
    }
    let each = (!each.is_empty()).then(|| each.join("; "))?;
    Some(format!(
        "Running. Every program waits: {each}. Unless somebody else talks to them, it is a deadlock."
    ))
}
