//! The checks themselves: pure functions of what has happened.

use super::exercise::{Check, Exercise, Goal, Trial};
use super::finding::{Finding, Light, Moment, Place};
use super::tale::Tale;
use super::text::{Wanted, differs, octets, quoted};
use crate::{Ending, Exit, Player, Process, Scenario};
use sockets::{CallId, CallLine, HostId, Instant, Log, Micros, State};

/// A trial that is over.
#[derive(Clone, Copy, Debug)]
pub struct Played<'a> {
    /// What was played ([`Exercise::scenario`]).
    pub scenario: &'a Scenario,
    /// The whole story.
    pub log: &'a Log,
    /// Who played, as the driver had them.
    pub players: &'a [Player],
    /// How it ended.
    pub ending: &'a Ending,
}

/// What each check of a trial found, in their order. A check that cannot be judged because a program has failed before is left out: another
/// one tells of that.
pub fn judge(exercise: &Exercise, trial: &Trial, played: &Played<'_>) -> Vec<Finding> {
    let look = Look { exercise, played };
    let found = exercise.checks_of(trial).filter_map(|check| {
        let (passed, says, place, moment) = look.at(trial, check)?;
        Some(Finding { check: check.id.clone(), passed, says, place, moment })
    });
    found.collect()
}

/// So many calls that found nothing are no accident.
const ENDLESS: usize = 1_000;

/// Whether it is so, what is said of it, and where it is to be seen.
type Seen = (bool, String, Option<Place>, Option<Moment>);

const fn yes(says: String) -> Seen {
    (true, says, None, None)
}

struct Look<'a> {
    exercise: &'a Exercise,
    played: &'a Played<'a>,
}

/// A learner's program in the story.
struct Subject<'a> {
    place: usize,
    file: &'a str,
    process: &'a Process,
    tale: Tale<'a>,
}

impl Subject<'_> {
    fn at(&self, line: Option<u32>) -> Option<Place> {
        Some(Place { program: self.place, file: self.file.to_owned(), line: line? })
    }

    fn at_call(&self, call: Option<&CallLine<'_>>) -> Option<Place> {
        self.at(call.and_then(|call| self.tale.line(call.call.id)))
    }

    fn moment(&self, call: Option<&CallLine<'_>>) -> Option<Moment> {
        call.map(|call| self.tale.moment(call))
    }

    /// “ in line 7”, or nothing.
    fn in_line(&self, call: Option<&CallLine<'_>>) -> String {
        let line = call.and_then(|call| self.tale.line(call.call.id));
        line.map(|line| format!(" in line {line}")).unwrap_or_default()
    }

    /// Whether it has ended by itself and without an exception.
    fn ended_well(&self) -> bool {
        self.process.exit().is_some_and(|exit| exit.error.is_none() && *exit != Exit::KILLED)
    }
}

impl<'a> Look<'a> {
    fn at(&self, trial: &Trial, check: &Check) -> Option<Seen> {
        match &check.goal {
            Goal::Prints { file, exact, contains, like } => {
                let wanted = match (exact, like) {
                    (Some(exact), _) => Wanted::Exact(exact.as_bytes()),
                    (None, Some(like)) => Wanted::Like(like),
                    (None, None) => Wanted::Contains(contains),
                };
                Some(prints(&self.subject(file.as_deref())?, wanted))
            }
            Goal::PeerReads { peer, exact, fill, contains } => {
                let filled: Vec<u8> = (0..fill.unwrap_or(0)).map(|index| b'a' + (index % 26) as u8).collect();
                let wanted = match (exact, fill) {
                    (Some(exact), _) => Wanted::Exact(exact.as_bytes()),
                    (None, Some(_)) => Wanted::Exact(&filled),
                    (None, None) => Wanted::Contains(contains),
                };
                self.peer_reads(trial.peer(peer.as_deref())?, wanted)
            }
            Goal::Ends { file, status, error, waits_in } => {
                let subject = self.subject(file.as_deref())?;
                Some(self.ends(&subject, *status, error, waits_in.as_deref()))
            }
            Goal::Calls { file, in_order, at_most } => {
                let subject = self.subject(file.as_deref())?;
                let too_often = at_most.iter().find_map(|(name, most)| too_often(&subject, name, *most));
                Some(too_often.unwrap_or_else(|| in_this_order(&subject, in_order)))
            }
            Goal::Reaches { file, state } => Some(reaches(&self.subject(file.as_deref())?, *state)),
            Goal::Closes { file } => closes(&self.subject(file.as_deref())?),
            Goal::Rests { file, at_most } => Some(self.rests(&self.subject(file.as_deref())?, *at_most)),
        }
    }

    /// The life line of the player at a place.
    fn host(&self, player: usize, host: &str) -> HostId {
        let hosts = &self.played.scenario.world.hosts;
        let apart = hosts.iter().position(|other| other.name == host).filter(|_| hosts.len() > 1);
        HostId(apart.unwrap_or(player) as u32)
    }

    fn subject(&self, file: Option<&str>) -> Option<Subject<'a>> {
        let place = file.map_or(Some(0), |file| self.exercise.program(file))?;
        let source = self.played.scenario.python.get(place)?;
        let player = self.played.scenario.programs.len() + place;
        let process = self.played.players.get(player)?.process()?;
        let tale = Tale::of(self.played.log, self.host(player, &source.host), true);
        Some(Subject { place, file: &source.file, process, tale })
    }

    fn peer_reads(&self, place: usize, wanted: Wanted<'_>) -> Option<Seen> {
        let scenario = self.played.scenario;
        let peer = scenario.peers.get(place)?;
        let player = scenario.programs.len() + scenario.python.len() + place;
        let peers = Tale::of(self.played.log, self.host(player, &peer.host), false);
        let seen: Vec<u8> = peers.received().flat_map(|(_, data)| data.iter().copied()).collect();
        let Some(octet) = differs(wanted, &seen) else {
            return Some(yes(format!("The {} got {}.", peer.name, octets(&seen, 0))));
        };
        // The program that sent it: the one whose send it was, else the first.
        let programs = scenario.python.iter().filter_map(|source| self.subject(Some(&source.file)));
        let subjects: Vec<Subject<'_>> = programs.collect();
        let sender = subjects.iter().find_map(|subject| Some((subject, subject.tale.sender_of(octet)?)));
        let sender =
            sender.or_else(|| subjects.iter().find_map(|subject| Some((subject, subject.tale.last_send()?))));
        let mut says = format!(
            "The {} should get {}; it got {}.",
            peer.name,
            wanted.in_words(octet),
            octets(&seen, octet)
        );
        let Some((subject, send)) = sender else {
            let subject = subjects.first()?;
            says.push_str(" The program sent nothing.");
            let last = subject.tale.last_call(None);
            return Some((false, says, subject.at_call(last), subject.moment(last)));
        };
        let whole = send.call.op.payload().map_or(0, |data| data.len());
        if let Some(Ok(sockets::Value::Sent { sent })) = send.back.map(|back| back.outcome)
            && *sent < whole
        {
            says.push_str(&format!(
                " The send{} had {whole} octets to send, and took {sent} of them.",
                subject.in_line(Some(send))
            ));
        }
        Some((false, says, subject.at_call(Some(send)), Some(subject.tale.sending(send, octet))))
    }

    fn ends(&self, subject: &Subject<'_>, status: i32, error: &[String], waits_in: Option<&str>) -> Seen {
        let wanted = match (waits_in, error) {
            (Some(call), _) => format!("It should go on and wait in {call}"),
            (None, []) if status == 0 => "It should end".to_owned(),
            (None, []) => format!("It should end with status {status}"),
            (None, classes) => format!("It should end with {}", classes.join(" or ")),
        };
        let Some(exit) = subject.process.exit().filter(|exit| **exit != Exit::KILLED) else {
            return self.has_not_ended(subject, &wanted, waits_in);
        };
        let last = subject.tale.last_call(None);
        match &exit.error {
            Some(failed) if error.contains(&failed.class) => yes(format!("It ended with {}.", failed.class)),
            Some(failed) => {
                let line = failed.line.map(|line| format!(" in line {line}")).unwrap_or_default();
                let text = if failed.text.is_empty() { String::new() } else { format!(": {}", failed.text) };
                let says = format!("{wanted}; it ended with {}{text}{line}.", failed.class);
                let raised = subject
                    .tale
                    .calls
                    .iter()
                    .rev()
                    .find(|call| subject.tale.line(call.call.id) == failed.line);
                (false, says, subject.at(failed.line), subject.moment(raised.or(last)))
            }
            None if waits_in.is_none() && error.is_empty() && exit.status == status => {
                yes(format!("It ended by itself after {}.", Micros(subject.tale.end().0)))
            }
            None => {
                let says = format!("{wanted}; it ended with status {}.", exit.status);
                (false, says, subject.at_call(last), subject.moment(last))
            }
        }
    }

    fn has_not_ended(&self, subject: &Subject<'_>, wanted: &str, waits_in: Option<&str>) -> Seen {
        let process = subject.process;
        let waits = process.waits();
        if let Some(call) = waits_in
            && waits.iter().any(|wait| wait.what == call)
        {
            return yes(format!("It waits in {call}."));
        }
        let pending = subject.tale.pending();
        let idle = subject.tale.idle();
        let (endless, finds) = match idle.last() {
            Some(last) if idle.len() > ENDLESS => (Some(*last), ", and finds nothing"),
            _ if self.runs_away(subject) => (subject.tale.calls.last(), ", and lets no time pass"),
            _ => (None, ""),
        };
        if let Some(last) = endless {
            let says = format!(
                "{wanted}; it calls {} again and again{}{finds}.",
                last.call.op.kind().name(),
                subject.in_line(Some(last))
            );
            return (false, says, subject.at_call(Some(last)), subject.moment(Some(last)));
        }
        let (says, line) = match (waits, self.played.ending) {
            _ if process.exit().is_some() => (format!("{wanted}; it ran on and on, and was stopped."), None),
            ([], _) => (format!("{wanted}; it never does."), None),
            ([wait, ..], Ending::Gone(_)) => {
                let limit = Instant(self.played.scenario.world.bounds.time_us);
                let in_time = self.played.log.records().last().is_none_or(|record| record.at < limit);
                let says = match (in_time, wait.what.as_str()) {
                    (true, _) => {
                        format!("{wanted}; it went on and on, at last with {wait}, and was stopped.")
                    }
                    (false, "running") => format!("{wanted}; after {} it runs on and on.", Micros(limit.0)),
                    (false, _) => format!("{wanted}; after {} it waits in {wait}.", Micros(limit.0)),
                };
                (says, Some(wait.line))
            }
            ([wait, ..], _) => (format!("{wanted}; it waits in {wait} for ever."), Some(wait.line)),
        };
        let line = line.filter(|line| *line > 0);
        let pending = pending.or_else(|| subject.tale.last_call(None));
        let place = subject.at(line).or_else(|| subject.at_call(pending));
        let moment = pending.map(|call| {
            // What came last is what it has, and did not go on with.
            let mut moment = subject.tale.moment(call);
            let came = subject.tale.came(Instant(u64::MAX)).map(Light::Packet);
            moment.lights = came.into_iter().chain([Light::Call(call.call.id)]).collect();
            moment
        });
        (false, says, place, moment)
    }

    /// Whether the program let no time pass, until the run was ended for it.
    fn runs_away(&self, subject: &Subject<'_>) -> bool {
        let name = &self.played.scenario.python[subject.place].name;
        matches!(self.played.ending, Ending::Runaway { program, .. } if program == name)
    }

    fn rests(&self, subject: &Subject<'_>, at_most: u32) -> Seen {
        let idle = subject.tale.idle();
        match idle.last() {
            Some(call) if idle.len() > at_most as usize => {
                let says = format!(
                    "It should wait until there is something to do; {} of its calls found nothing, the last one{}: {}.",
                    idle.len(),
                    subject.in_line(Some(call)),
                    call.call.op.kind().name()
                );
                (false, says, subject.at_call(Some(call)), subject.moment(Some(call)))
            }
            _ => yes("It waits where there is nothing to do.".into()),
        }
    }
}

fn prints(subject: &Subject<'_>, wanted: Wanted<'_>) -> Seen {
    let pieces = || subject.process.printed().iter().filter(|piece| !piece.error);
    let seen: String = pieces().map(|piece| piece.text.as_str()).collect();
    let Some(octet) = differs(wanted, seen.as_bytes()) else {
        return yes(format!("It printed {}.", quoted(seen.as_bytes(), 0)));
    };
    let mut before = 0;
    let wrong = pieces().find(|piece| {
        before += piece.text.len();
        before > octet
    });
    // What was printed last of all is not enough where nothing printed is wrong.
    let call = match wrong {
        Some(piece) => subject.tale.last_call(piece.after.or(Some(CallId(0)))),
        None => subject.tale.last_call(None),
    };
    let says =
        format!("It should print {}; it printed {}.", wanted.in_words(octet), quoted(seen.as_bytes(), octet));
    (false, says, subject.at_call(call), subject.moment(call))
}

fn calls_of<'s, 'a>(subject: &'s Subject<'a>, name: &'s str) -> impl Iterator<Item = &'s CallLine<'a>> {
    subject.tale.calls.iter().filter(move |line| line.call.op.kind().name() == name)
}

fn too_often(subject: &Subject<'_>, name: &str, most: u32) -> Option<Seen> {
    let count = calls_of(subject, name).count();
    let call = calls_of(subject, name).nth(most as usize)?;
    let may = match most {
        0 => format!("It should not call {name}"),
        1 => format!("It should call {name} once at most"),
        most => format!("It should call {name} {most} times at most"),
    };
    let says = format!(
        "{may}; it called it {count} times, for the first time too much{}.",
        subject.in_line(Some(call))
    );
    Some((false, says, subject.at_call(Some(call)), subject.moment(Some(call))))
}

fn in_this_order(subject: &Subject<'_>, names: &[String]) -> Seen {
    let mut left = names.iter();
    let mut next = left.next();
    let mut last = None;
    for line in &subject.tale.calls {
        if next.is_some_and(|name| line.call.op.kind().name() == name) {
            last = Some(line);
            next = left.next();
        }
    }
    let Some(missing) = next else {
        return yes("It makes these calls.".into());
    };
    let after = match last {
        Some(line) => format!(" after {}{}", line.call.op.kind().name(), subject.in_line(Some(line))),
        None => String::new(),
    };
    let says = format!("It should call {}; there is no {missing}{after}.", names.join(", "));
    let last = last.or_else(|| subject.tale.calls.last());
    (false, says, subject.at_call(last), subject.moment(last))
}

fn reaches(subject: &Subject<'_>, state: State) -> Seen {
    let states = subject.tale.states();
    if states.iter().any(|(_, _, reached)| *reached == state) {
        return yes(format!("A connection of it reached {state}."));
    }
    let mut names: Vec<&str> = Vec::new();
    for (_, _, reached) in &states {
        if names.last() != Some(&reached.name()) {
            names.push(reached.name());
        }
    }
    let was = if names.is_empty() {
        "it had none".to_owned()
    } else {
        format!("its states were {}", names.join(", "))
    };
    let says = format!("A connection of it should reach {state}; {was}.");
    let last = subject.tale.last_call(None);
    let moment = states.last().map(|(at, ..)| Moment { at: *at, lights: Vec::new() });
    (false, says, subject.at_call(last), moment.or_else(|| subject.moment(last)))
}

/// Nothing where the program has not ended well: an exception explains what is left open.
fn closes(subject: &Subject<'_>) -> Option<Seen> {
    if !subject.ended_well() {
        return None;
    }
    let Some(&socket) = subject.process.unclosed().first() else {
        return Some(yes("Every socket of it is closed.".into()));
    };
    let maker = subject.tale.maker(socket);
    let count = subject.process.unclosed().len();
    let others = if count > 1 { format!(", nor {} more", count - 1) } else { String::new() };
    let says = format!(
        "It should close each of its sockets; it does not close the one from {}{}{others}.",
        maker.map_or("socket", |line| line.call.op.kind().name()),
        subject.in_line(maker)
    );
    let moment = subject.tale.closed(socket).or_else(|| subject.moment(maker));
    Some((false, says, subject.at_call(maker), moment))
}
