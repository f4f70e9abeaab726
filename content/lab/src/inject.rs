//! What a receiver does with a datagram whose octets somebody changed on the way: the scenario is run again up to its arrival, the
//! changed octets arrive in its place, and what they cause is read from the Log.
//!
//! ```text
//!   Scenario --run--> ... Sent 7 --- on the link: 7 is replaced ---> Arrived 7 --> reactions, levels, answers, calls that return
//! ```
//!
//! Up to the arrival everything is as it was, since the same scenario gives the same Log.

use crate::scenario::run_with;
use crate::{BadScenario, Scenario};
use sockets::{
    Call, CallId, HostId, Instant, Levels, Log, Outcome, PacketId, Reaction, SocketId, Timer, Trace, Transit,
    What,
};
use wire::{Malformed, Packet};

/// What became of the octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The receiver reads them no further than to this fault: they are thrown away, and nobody is told (RFC 9293, 3.1; RFC 1122, 3.2.1).
    Malformed(Malformed),
    /// There is no such packet in the scenario, or it does not arrive.
    Never,
    /// A host sent it to itself: on no link can it be changed.
    Inside,
    /// The receiver took them.
    Taken(Box<Reception>),
}

/// What a receiver did at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reception {
    /// When.
    pub at: Instant,
    /// Which host or router.
    pub host: HostId,
    /// The rules that acted, in order.
    pub reactions: Vec<Reaction>,
    /// What was sent: answers, or what a router forwards.
    pub answers: Vec<Transit>,
    /// Calls that returned.
    pub returned: Vec<(Call, Outcome)>,
    /// Timers that were set, with the time at which they fire, or stopped.
    pub timers: Vec<(Timer, Option<Instant>)>,
    /// A connection's variables after it, and before it if they had been told.
    pub levels: Vec<(Option<Levels>, Levels)>,
}

/// What the receiver of a packet does when other octets arrive in its place; `None` for the octets that were sent. `arrives` is when the
/// packet arrives, as the scenario's Log says.
///
/// # Errors
/// A scenario that cannot be.
pub fn inject(
    scenario: &Scenario,
    packet: PacketId,
    arrives: Instant,
    octets: Option<&Packet>,
) -> Result<Received, BadScenario> {
    let instead = match octets.map(Packet::parse) {
        None => None,
        Some(Ok(datagram)) => Some(Some(datagram)),
        Some(Err(Malformed::Checksum(_))) => Some(None),
        Some(Err(malformed)) => return Ok(Received::Malformed(malformed)),
    };
    let mut short = scenario.clone();
    // Nothing beyond the arrival is needed, and a bound on time changes nothing of what is before it.
    short.world.bounds.time_us = short.world.bounds.time_us.min(arrives.0.saturating_add(1));
    let log = run_with(&short, |world| {
        if let Some(instead) = instead {
            world.replace(packet, instead);
        }
    })?
    .log;
    if transit(&log, packet).is_some_and(|transit| transit.from == transit.to) {
        return Ok(Received::Inside);
    }
    Ok(read(&log, packet).map_or(Received::Never, |reception| Received::Taken(Box::new(reception))))
}

fn transit(log: &Log, wanted: PacketId) -> Option<&Transit> {
    log.records().iter().find_map(|record| match &record.what {
        What::Trace(Trace::Sent(transit)) if transit.packet == wanted => Some(&**transit),
        _ => None,
    })
}

/// What the arrival of a packet caused: everything at its moment, up to the next cause.
fn read(log: &Log, wanted: PacketId) -> Option<Reception> {
    let records = log.records();
    let (place, host) = records.iter().enumerate().find_map(|(place, record)| match record.what {
        What::Trace(Trace::Arrived { packet, host }) if packet == wanted => Some((place, host)),
        _ => None,
    })?;
    let at = records[place].at;
    let mut reception = Reception {
        at,
        host,
        reactions: Vec::new(),
        answers: Vec::new(),
        returned: Vec::new(),
        timers: Vec::new(),
        levels: Vec::new(),
    };
    for record in records[place + 1..].iter().take_while(|record| record.at == at) {
        match &record.what {
            What::Trace(Trace::Reaction { reaction, .. }) => reception.reactions.push(*reaction),
            What::Trace(Trace::Sent(transit)) if transit.from == host => {
                reception.answers.push((**transit).clone())
            }
            What::Trace(Trace::Armed { timer, fires, .. }) => reception.timers.push((*timer, *fires)),
            What::Trace(Trace::Levels { socket, levels }) => {
                reception.levels.push((before(log, place, *socket), *levels));
            }
            What::Returned { call, outcome, .. } => {
                if let Some(call) = entered(log, *call) {
                    reception.returned.push((call.clone(), outcome.clone()));
                }
            }
            What::Entered(_) | What::Gone(_) | What::Trace(Trace::Arrived { .. } | Trace::Fired { .. }) => {
                break;
            }
            _ => {}
        }
    }
    Some(reception)
}

fn before(log: &Log, place: usize, wanted: SocketId) -> Option<Levels> {
    log.records()[..place].iter().rev().find_map(|record| match &record.what {
        What::Trace(Trace::Levels { socket, levels }) if *socket == wanted => Some(*levels),
        _ => None,
    })
}

fn entered(log: &Log, wanted: CallId) -> Option<&Call> {
    log.records().iter().find_map(|record| match &record.what {
        What::Entered(call) if call.id == wanted => Some(&**call),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
