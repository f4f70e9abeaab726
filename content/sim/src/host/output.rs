//! What machines do, on its way out: segments to interfaces or to loopback, the story to the turn's events.

use super::route::Routes;
use super::{Departure, Looped, Turn};
use crate::tcp::{Effects, Sending, Told};
use sockets::{Event, Instant, Reaction, Rule, SocketId, State, Trace};
use std::collections::VecDeque;
use wire::Datagram;

/// Where a machine's segments go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Toward<'a> {
    /// By this interface; `None` is loopback.
    Interface(Option<usize>),
    /// Wherever each one's destination lies.
    Routes(&'a Routes),
}

/// What is on its way out.
#[derive(Debug)]
pub(super) struct Output {
    /// Room for what a machine does in one turn; its buffers are used again and again.
    pub effects: Effects,
    /// What the host sent to itself, oldest first, each with its time; nothing where others carry it.
    pub loopback: VecDeque<(Instant, Datagram)>,
    loopback_outside: bool,
    limits: Vec<Option<u32>>,
}

impl Output {
    pub(super) fn new(interfaces: usize, loopback_outside: bool) -> Output {
        Output {
            effects: Effects { telling: true, ..Effects::default() },
            loopback: VecDeque::new(),
            loopback_outside,
            limits: vec![None; interfaces],
        }
    }

    /// See [`super::Host::limit_interface`]; an interface that there is not has no limit.
    pub(super) fn limit(&mut self, interface: usize, datagrams: Option<u32>) {
        if let Some(limit) = self.limits.get_mut(interface) {
            *limit = datagrams;
        }
    }

    /// Tells the machine whose turn comes whether its interface takes anything.
    pub(super) fn prepare(&mut self, interface: Option<usize>) {
        let limit = interface.and_then(|interface| self.limits.get(interface).copied().flatten());
        self.effects.interface_full = limit == Some(0);
    }

    /// Hands on what a machine did.
    pub(super) fn flush(
        &mut self,
        socket: Option<SocketId>,
        toward: Toward<'_>,
        now: Instant,
        turn: &mut Turn,
    ) {
        for told in self.effects.story.drain(..) {
            let trace = match (told, socket) {
                (Told::Reaction(reaction), socket) => Trace::Reaction { socket, reaction },
                (Told::Armed(timer, fires), Some(socket)) => Trace::Armed { socket, timer, fires },
                (Told::Fired(timer), Some(socket)) => Trace::Fired { socket, timer },
                (_, None) => continue,
            };
            turn.events.push(Event::Trace(trace));
        }
        let mut segments = core::mem::take(&mut self.effects.segments);
        for Sending { segment, retransmission } in segments.drain(..) {
            let interface = match toward {
                Toward::Interface(interface) => interface,
                Toward::Routes(routes) => match routes.to(segment.ip.destination) {
                    Ok(way) => way.interface,
                    // Nobody knows the way back: it is lost here.
                    Err(_) => continue,
                },
            };
            self.send(socket, interface, Datagram::Tcp(segment), retransmission, now, turn);
        }
        self.effects.segments = segments;
    }

    /// Sends a datagram by an interface, or to the host itself.
    #[inline]
    pub(super) fn send(
        &mut self,
        socket: Option<SocketId>,
        interface: Option<usize>,
        datagram: Datagram,
        retransmission: bool,
        now: Instant,
        turn: &mut Turn,
    ) {
        let Some(interface) = interface else {
            if !self.loopback_outside {
                self.loopback.push_back((now, datagram.clone()));
            }
            turn.loopback.push(Looped { datagram, socket, retransmission });
            return;
        };
        if let Some(limit) = self.limits.get(interface).copied().flatten()
            && turn.departures.iter().filter(|departure| departure.interface == interface).count()
                >= limit as usize
        {
            return;
        }
        turn.departures.push(Departure { interface, datagram, socket, retransmission });
    }

    /// Tells of a rule that the host itself applied.
    pub(super) fn tell(&self, socket: Option<SocketId>, rule: &'static Rule, state: State, turn: &mut Turn) {
        if self.effects.telling {
            let reaction = Reaction { rule, before: state, after: state, change: None };
            turn.events.push(Event::Trace(Trace::Reaction { socket, reaction }));
        }
    }
}
