//! The end of a turn of one socket: calls that can go on now, what is told of the socket, when its next turn is due.
//!
//! A sample is told at once when something changed that a person would miss: the state, an address, the accept queue, whether
//! there is data in a queue at all. How much there is, and what is known of the path, changes with every segment; that is told
//! at most every 50 ms, as the bridge does.

use super::calls::answer;
use super::output::Toward;
use super::socket::{Connected, Role, Side, Socket};
use super::{Host, Turn};
use crate::tcp::{Connection, Turning};
use sockets::{AcceptQueue, Event, Failure, Instant, Micros, Path, Sample, SocketId, State, Trace, Value};

/// The least time between two samples that differ only in amounts.
const REST: Micros = Micros::from_millis(50);

impl Host {
    /// Gives a connection its turn, and hands on what it did. `None` when the socket has no connection.
    pub(super) fn machine<T>(
        &mut self,
        id: SocketId,
        now: Instant,
        turn: &mut Turn,
        act: impl FnOnce(&mut Connection, &mut Turning<'_>) -> T,
    ) -> Option<T> {
        let Host { sockets, profile, output, .. } = self;
        let socket = sockets.get_mut(&id)?;
        let Role::Connection(connected) = &mut socket.role else { return None };
        output.prepare(connected.interface);
        let answer = act(&mut connected.machine, &mut Turning { now, profile, effects: &mut output.effects });
        output.flush(Some(id), Toward::Interface(connected.interface), now, turn);
        Some(answer)
    }

    /// Ends a turn of a socket.
    pub(super) fn settle(&mut self, id: SocketId, now: Instant, turn: &mut Turn) {
        let Some(socket) = self.sockets.get(&id) else { return };
        let (reads, writes) = (!socket.read.is_empty(), !socket.write.is_empty());
        if writes {
            self.go_on(id, Side::Write, now, turn);
        }
        if reads {
            self.go_on(id, Side::Read, now, turn);
        }
        self.conclude(id, now, turn);
    }

    /// Fires what is due on a socket.
    pub(super) fn fire(&mut self, id: SocketId, now: Instant, turn: &mut Turn) {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        match self.sockets.get_mut(&id).map(|socket| &mut socket.role) {
            Some(Role::Connection(connected)) if due(connected.machine.wakes_at()) => {
                self.machine(id, now, turn, |machine, turning| machine.on_timer(turning));
            }
            Some(Role::Listening(listening)) if due(listening.machine.wakes_at()) => {
                let Host { profile, output, routes, .. } = self;
                output.prepare(None);
                listening.machine.on_timer(&mut Turning { now, profile, effects: &mut output.effects });
                output.flush(Some(id), Toward::Routes(routes), now, turn);
            }
            _ => {}
        }
        // What the timer brought comes before what it took away.
        self.settle(id, now, turn);
        loop {
            let Some(socket) = self.sockets.get_mut(&id) else { return };
            if let Some(lingering) = socket.lingering {
                if lingering.over <= now {
                    socket.lingering = None;
                    self.waiting.remove(&lingering.id);
                    answer(lingering.id, lingering.began, now, Ok(Value::Done {}), None, turn);
                    continue;
                }
                if due(lingering.deadline) {
                    self.give_up(lingering.id, Failure::TimedOut, now, turn);
                    continue;
                }
            }
            let late = socket.read.iter().chain(&socket.write).find(|waiting| due(waiting.deadline));
            let Some(late) = late.map(|waiting| waiting.id) else { break };
            self.give_up(late, Failure::TimedOut, now, turn);
        }
        self.conclude(id, now, turn);
    }

    /// Tells what there is to tell of a socket, forgets it if it is gone, and sets its timer.
    pub(super) fn conclude(&mut self, id: SocketId, now: Instant, turn: &mut Turn) {
        let polls = self.polls_of(id);
        self.poll_again(&polls, now, turn);
        let telling = self.output.effects.telling;
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        let mut gone = false;
        if let Role::Connection(connected) = &mut socket.role {
            if telling {
                tell_levels(id, connected, turn);
            }
            match connected.machine.state() {
                State::TimeWait => {
                    connected.time_wait.get_or_insert(now);
                }
                State::Closed => gone = true,
                _ => {}
            }
            if let Some(lingering) = socket.lingering
                && !connected.machine.lingers()
            {
                socket.lingering = None;
                self.waiting.remove(&lingering.id);
                answer(lingering.id, lingering.began, now, Ok(Value::Done {}), None, turn);
            }
        }
        if socket.parent.is_none() {
            tell_sample(id, socket, now, turn);
        }
        if gone {
            self.connection_ended(id);
        }
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        let machine = match &socket.role {
            Role::Connection(connected) => connected.machine.wakes_at(),
            Role::Listening(listening) => listening.machine.wakes_at(),
            Role::Fresh(_) | Role::Datagram(_) => None,
        };
        let calls = socket.deadline();
        let sample = socket.told.at.filter(|_| socket.told.stale).map(|at| at + REST);
        let next = earliest(earliest(machine, calls), sample);
        if next != socket.timer {
            if let Some(at) = core::mem::replace(&mut socket.timer, next) {
                self.timers.remove(&(at, id));
            }
            if let Some(at) = next {
                self.timers.insert((at, id));
            }
        }
    }

    /// A connection is CLOSED: no segment is for it any more, and its port is free unless bind named it.
    fn connection_ended(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        if socket.orphan {
            return self.remove(id);
        }
        if let Role::Connection(connected) = &mut socket.role
            && core::mem::replace(&mut connected.registered, false)
        {
            self.connections.remove(&connected.machine.pair().into());
        }
        if !socket.local.port_locked {
            self.release(id);
        }
    }
}

/// The earlier of two moments, where there is any.
fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn tell_levels(id: SocketId, connected: &mut Connected, turn: &mut Turn) {
    let levels = connected.machine.levels();
    if connected.levels != Some(levels) {
        connected.levels = Some(levels);
        turn.events.push(Event::Trace(Trace::Levels { socket: id, levels }));
    }
}

/// Whether only amounts changed since a sample was told that is not old yet: so it is with most turns, and found out quickly.
fn changed_in_amounts_only(socket: &mut Socket, now: Instant) -> bool {
    let Role::Connection(connected) = &socket.role else { return false };
    let state = connected.machine.state();
    let told = &socket.told.sample;
    // In the other states a connection has its addresses for good.
    if matches!(state, State::Closed | State::SynSent | State::TimeWait)
        || told.state != Some(state)
        || socket.told.at.is_none_or(|at| now >= at + REST)
    {
        return false;
    }
    let (unread, unacknowledged) = (connected.machine.unread(), connected.machine.unacknowledged().0);
    let (Some(told_unread), Some(told_unacknowledged)) = (told.receive_queue, told.send_queue) else {
        return false;
    };
    if (told_unread > 0) != (unread > 0) || (told_unacknowledged > 0) != (unacknowledged > 0) {
        return false;
    }
    socket.told.stale |= told_unread != unread
        || told_unacknowledged != unacknowledged
        || matches!(state, State::Established | State::CloseWait) && unacknowledged > 0;
    true
}

fn tell_sample(id: SocketId, socket: &mut Socket, now: Instant, turn: &mut Turn) {
    if changed_in_amounts_only(socket, now) {
        return;
    }
    let told = &socket.told.sample;
    let brief = brief(socket);
    let is = |octets: Option<u32>| octets.is_some_and(|octets| octets > 0);
    let same = socket.told.at.is_some()
        && told.state == brief.state
        && told.accept == brief.accept
        && is(told.receive_queue) == is(brief.receive_queue)
        && is(told.send_queue) == is(brief.send_queue)
        && told.local == brief.local
        && told.peer == brief.peer;
    if same {
        if socket.told.at.is_some_and(|at| now < at + REST) {
            // Whether anything else changed is looked at when its time has come.
            socket.told.stale |= told.receive_queue != brief.receive_queue
                || told.send_queue != brief.send_queue
                || matches!(brief.state, Some(State::Established | State::CloseWait)) && is(brief.send_queue);
            return;
        }
        socket.told.stale = false;
        let sample = Sample { path: path(socket, now), ..brief };
        if sample == *told {
            return;
        }
        return say(id, socket, sample, now, turn);
    }
    let sample = Sample { path: path(socket, now), ..brief };
    say(id, socket, sample, now, turn);
}

fn say(id: SocketId, socket: &mut Socket, sample: Sample, now: Instant, turn: &mut Turn) {
    socket.told.at = Some(now);
    socket.told.stale = false;
    socket.told.sample = sample.clone();
    turn.events.push(Event::State { socket: id, sample });
}

/// A sample without what is known of the path.
fn brief(socket: &Socket) -> Sample {
    let mut sample = Sample {
        state: socket.state(),
        local: (socket.local.port != 0).then(|| socket.name()),
        peer: socket.peer(),
        ..Sample::default()
    };
    match &socket.role {
        Role::Fresh(_) => {}
        Role::Listening(listening) => {
            let queued = listening.queue.len() as u32;
            sample.accept = Some(AcceptQueue { queued, backlog: listening.machine.backlog() });
        }
        Role::Connection(connected) => {
            let unread = connected.machine.unread();
            if sample.state == Some(State::Closed) {
                sample.receive_queue = (unread > 0).then_some(unread);
            } else {
                sample.receive_queue = Some(unread);
                sample.send_queue = Some(connected.machine.unacknowledged().0);
            }
            if sample.state == Some(State::TimeWait) || sample.state == Some(State::SynSent) {
                sample.peer = Some(socket.shown(connected.machine.pair().remote));
            }
        }
        Role::Datagram(datagrams) => sample.receive_queue = Some(datagrams.next_length()),
    }
    sample
}

fn path(socket: &Socket, now: Instant) -> Option<Box<Path>> {
    let Role::Connection(connected) = &socket.role else { return None };
    if connected.machine.state() == State::Closed {
        return None;
    }
    let info = connected.machine.info(now);
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Some(Box::new(Path {
        rtt_us: small(info.rtt),
        rttvar_us: small(info.rttvar),
        rto_us: small(info.rto),
        cwnd: small(info.snd_cwnd),
        ssthresh: Some(small(info.snd_ssthresh)).filter(|ssthresh| *ssthresh < i32::MAX as u32),
        unacked: small(info.unacked),
        retransmits: small(info.retransmits),
        total_retransmits: small(info.total_retrans),
        mss: small(info.snd_mss),
    }))
}
