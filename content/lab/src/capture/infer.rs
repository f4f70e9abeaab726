//! In which states the ends of a captured stream must have been, as far as its segments tell: as if each segment arrived at the moment
//! at which the capture saw it. Every step but the first from the unknown is a way of RFC 9293's diagram (3.3.2, figure 5).

use super::flow::Flow;
use sockets::State;
use wire::capture::TcpGlance;
use wire::{Segment, Seq};

/// The states of both ends, as inferred so far.
#[derive(Clone, Debug, Default)]
pub struct Inferred {
    ends: [End; 2],
}

#[derive(Clone, Debug, Default)]
struct End {
    /// `None` while nothing tells.
    state: Option<State>,
    /// What it sent.
    flow: Flow,
    /// The number after its FIN, and whether the peer has taken the FIN.
    fin: Option<(Seq, bool)>,
}

/// One step of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The end, 0 or 1.
    pub end: usize,
    /// Its state before; `None` where it was not known.
    pub before: Option<State>,
    /// Its state after.
    pub after: State,
}

impl Inferred {
    /// Nothing is known.
    pub fn new() -> Inferred {
        Inferred::default()
    }

    /// A segment was seen that this end (0 or 1) sent.
    pub fn see(&mut self, from: usize, segment: &Segment) -> Vec<Step> {
        let mut steps = Vec::new();
        let to = 1 - from;
        let flags = segment.flags;
        if flags.rst() {
            for end in [from, to] {
                if self.ends[end].state.is_some() {
                    self.step(&mut steps, end, State::Closed);
                }
            }
            return steps;
        }
        self.ends[from].flow.see(
            0,
            &TcpGlance {
                source_port: segment.source_port,
                destination_port: segment.destination_port,
                seq: segment.seq,
                ack: segment.ack,
                flags,
                data: segment.payload.len() as u32,
            },
        );
        self.sends(&mut steps, from, segment);
        if flags.ack() {
            self.is_acknowledged(&mut steps, to, segment);
        }
        if let Some((_, false)) = self.ends[from].fin
            && !self.ends[from].flow.has_gaps()
        {
            self.ends[from].fin = self.ends[from].fin.map(|(end, _)| (end, true));
            let after = match self.ends[to].state {
                Some(State::Established) | None => Some(State::CloseWait),
                Some(State::FinWait1) => Some(State::Closing),
                Some(State::FinWait2) => Some(State::TimeWait),
                Some(_) => None,
            };
            if let Some(after) = after {
                self.step(&mut steps, to, after);
            }
        }
        steps
    }

    /// What it says of an end that it sends this.
    fn sends(&mut self, steps: &mut Vec<Step>, end: usize, segment: &Segment) {
        let flags = segment.flags;
        let state = self.ends[end].state;
        match (flags.syn(), flags.ack()) {
            (true, false) if matches!(state, None | Some(State::Closed)) => {
                self.step(steps, end, State::SynSent)
            }
            (true, true) if matches!(state, None | Some(State::Closed | State::Listen | State::SynSent)) => {
                if state != Some(State::SynSent) {
                    self.ends[end].state = Some(State::Listen);
                }
                self.step(steps, end, State::SynReceived);
            }
            (false, _) if state.is_none() => self.step(steps, end, State::Established),
            _ => {}
        }
        if flags.fin() && self.ends[end].fin.is_none() {
            self.ends[end].fin = Some((segment.end(), false));
            let after = match self.ends[end].state {
                Some(State::Established | State::SynReceived) => Some(State::FinWait1),
                Some(State::CloseWait) => Some(State::LastAck),
                _ => None,
            };
            if let Some(after) = after {
                self.step(steps, end, after);
            }
        }
    }

    /// What it says of an end that this segment comes to it.
    fn is_acknowledged(&mut self, steps: &mut Vec<Step>, end: usize, segment: &Segment) {
        let End { state, ref flow, fin } = self.ends[end];
        let syn_arrived = flow.iss.is_some_and(|iss| iss.precedes(segment.ack));
        let fin_arrived = fin.is_some_and(|(after, _)| after.precedes_or_is(segment.ack));
        let after = match state {
            Some(State::SynSent) if segment.flags.syn() && syn_arrived => Some(State::Established),
            Some(State::SynReceived) if syn_arrived => Some(State::Established),
            Some(State::FinWait1) if fin_arrived => Some(State::FinWait2),
            Some(State::Closing) if fin_arrived => Some(State::TimeWait),
            Some(State::LastAck) if fin_arrived => Some(State::Closed),
            _ => None,
        };
        if let Some(after) = after {
            self.step(steps, end, after);
        }
    }

    fn step(&mut self, steps: &mut Vec<Step>, end: usize, after: State) {
        let before = self.ends[end].state;
        if before != Some(after) {
            self.ends[end].state = Some(after);
            steps.push(Step { end, before, after });
        }
    }
}
