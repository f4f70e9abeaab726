//! Sending: which data may go out now, in which segments, with which flags and options.
//!
//! RFC 9293, 3.7.4 (Nagle) and 3.8.6 (windows); Linux's way of making bursts: data lies in runs, a burst takes at most half the
//! congestion window and what the pacing rate gives in a millisecond, and the last segment of a burst of several carries PSH.

use super::Turning;
use super::connection::{Connection, Waiting};
use super::queue::{Chunk, Marks};
use crate::rules;
use sockets::{Bound, Congestion, Micros, State, Timer};
use wire::Flags;

/// Whether small segments are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nagle {
    /// Nagle's algorithm: while anything is unacknowledged.
    On,
    /// TCP_NODELAY.
    Off,
    /// TCP_CORK, MSG_MORE: always.
    Cork,
    /// Never, this once.
    Push,
}

/// Why data is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drive {
    /// As much as is allowed.
    All,
    /// One burst, while the program still writes.
    One,
    /// One segment as a tail loss probe, whatever the congestion window says.
    Probe,
}

impl Connection {
    /// How the socket's options hold small segments back.
    pub(super) fn nagle(&self) -> Nagle {
        if self.snd.push_now {
            Nagle::Push
        } else if self.settings.cork {
            Nagle::Cork
        } else if self.settings.no_delay {
            Nagle::Off
        } else {
            Nagle::On
        }
    }

    /// Sends what the program's data, the windows and Nagle's algorithm allow.
    pub(super) fn push_pending(&mut self, nagle: Nagle, turn: &mut Turning<'_>) {
        if self.queue.unsent.is_empty() || self.state == State::Closed {
            return;
        }
        let stuck = self.send_runs(nagle, Drive::All, turn);
        // Nothing in flight and nothing can be sent: the probe timer keeps the connection alive (RFC 9293, 3.8.6.1).
        if stuck && self.timers.transmit.is_none() {
            let base = self.rtt.rto_us.max(turn.profile.least_rto_us());
            let at =
                turn.now + self.clamp_to_user_timeout(Micros(u64::from(base)), self.snd.probes_since, turn);
            self.arm(Timer::ZeroWindowProbe, at, turn);
        }
    }

    /// The loop of sending. True when data waits and nothing is in flight that could bring an acknowledgment.
    pub(super) fn send_runs(&mut self, nagle: Nagle, drive: Drive, turn: &mut Turning<'_>) -> bool {
        let mss = self.current_mss();
        let burst_most = self.burst_segments(mss, turn.profile);
        let (mut sent, mut window_limited, mut cwnd_limited) = (0, false, false);
        let mut bound = Bound::Application;
        while !self.queue.unsent.is_empty() {
            if drive != Drive::Probe && self.waits_for_its_pace(turn) {
                break;
            }
            let in_flight = self.in_flight();
            let room = if in_flight < self.control.cwnd {
                (self.control.cwnd - in_flight).min((self.control.cwnd >> 1).max(1))
            } else if drive == Drive::Probe {
                1
            } else {
                bound = Bound::CongestionWindow;
                break;
            };
            let quota = room.min(burst_most);
            self.fill_front(quota * mss);
            let run = self.queue.unsent[0];
            let last = self.queue.unsent.len() == 1;
            let segments = run.length.div_ceil(mss).max(1);
            // The first segment must fit into the peer's window, as a whole (RFC 9293, 3.8.6.2.1).
            let first_end = if run.length > mss { run.seq + mss } else { run.after() };
            if self.window_end().precedes(first_end) {
                window_limited = true;
                bound = Bound::ReceiveWindow;
                break;
            }
            let nagle = if last { nagle } else { Nagle::Push };
            let mut limit = mss;
            if segments == 1 {
                let held = self.holds_back(run.length < mss && !run.flags.fin(), nagle);
                if held && !self.snd.urgent.is_some_and(|urgent| run.seq.precedes(urgent)) {
                    bound = Bound::SmallSegment;
                    turn.tell(
                        if nagle == Nagle::Cork { &rules::CORK } else { &rules::NAGLE },
                        self.state,
                        self.state,
                        None,
                    );
                    break;
                }
            } else {
                if drive == Drive::All
                    && let Some(by) = self.defers(&run, last, burst_most, turn)
                {
                    cwnd_limited |= by == Bound::CongestionWindow;
                    window_limited |= by == Bound::ReceiveWindow;
                    bound = by;
                    break;
                }
                if self.snd.urgent.is_none() {
                    limit = self.split_point(&run, last, mss, quota, nagle);
                }
            }
            if run.length == 0 && run.flags == Flags::ACK {
                self.queue.unsent.pop_front();
                continue;
            }
            if turn.effects.interface_full {
                // Linux takes a segment that its own queue refused for a sign of congestion.
                self.enter_cwr(turn);
                bound = Bound::CongestionWindow;
                break;
            }
            sent += self.send_burst(limit.min(run.length), mss, turn);
            if drive != Drive::All {
                break;
            }
        }
        self.snd.bound = bound;
        if window_limited {
            self.chrono(Waiting::Window, turn.now);
        } else if self.snd.busy.kind == Waiting::Window {
            self.chrono(if self.queue.is_empty() { Waiting::Idle } else { Waiting::Busy }, turn.now);
        }
        cwnd_limited |= self.in_flight() >= self.control.cwnd;
        if sent > 0 || cwnd_limited {
            self.validate_window(cwnd_limited, turn);
        }
        if sent > 0 {
            if self.is_recovering() {
                self.recovery.prr_out += sent;
            }
            if drive != Drive::Probe {
                self.schedule_loss_probe(false, turn);
            }
            return false;
        }
        self.queue.sent.is_empty() && !self.queue.unsent.is_empty()
    }

    /// Data of the next run, of no more than one each time as in Linux, moves to the front one where a burst has room, unless a record
    /// ends there.
    fn fill_front(&mut self, wanted: u32) {
        let [front, next, ..] = self.queue.unsent.make_contiguous() else { return };
        if front.ends_record || front.flags.fin() || front.length >= wanted {
            return;
        }
        let moved = next.length.min(wanted - front.length);
        front.length += moved;
        next.seq += moved;
        next.length -= moved;
        if next.length == 0 {
            front.flags |= next.flags;
            front.ends_record |= next.ends_record;
            self.queue.unsent.remove(1);
            self.queue.charged = self.queue.charged.saturating_sub(super::queue::BOOKKEEPING);
        }
    }

    /// Nagle's algorithm as Minshall amended it: a small segment waits while another small one is unacknowledged
    /// (RFC 9293, 3.7.4).
    fn holds_back(&self, small: bool, nagle: Nagle) -> bool {
        small
            && match nagle {
                Nagle::Push | Nagle::Off => false,
                Nagle::Cork => true,
                Nagle::On => {
                    self.queue.out() > 0
                        && self.snd.una.precedes(self.snd.small)
                        && self.snd.small.precedes_or_is(self.snd.nxt)
                }
            }
    }

    /// Whether it is better to wait for a larger burst; by what the sender is bounded then.
    fn defers(
        &self,
        run: &super::queue::Run,
        last: bool,
        burst_most: u32,
        turn: &Turning<'_>,
    ) -> Option<Bound> {
        if self.recovery.state >= Congestion::Recovery || turn.now.since(self.snd.last_data).0 > 1_000 {
            return None;
        }
        let mss = u32::from(self.snd.mss);
        let window = self.window_end().since(run.seq);
        let congestion = (self.control.cwnd - self.in_flight().min(self.control.cwnd)) * mss;
        let limit = window.min(congestion);
        if limit >= burst_most * mss || !last && limit >= run.length {
            return None;
        }
        let part = self.snd.wnd.min(self.control.cwnd.saturating_mul(mss));
        match turn.profile.tso_win_divisor {
            0 => {
                if limit > 3 * mss {
                    return None;
                }
            }
            divisor => {
                if limit >= part / divisor {
                    return None;
                }
            }
        }
        let head = self.queue.sent.front()?;
        // The acknowledgment that would allow more is too far away: by more than 1 ms, or half a round trip on a short path.
        let srtt = u64::from(self.rtt.srtt());
        let until_ack = (head.sent_at + Micros(srtt)).since(turn.now).0;
        if until_ack > (srtt / 2).min(1_000) {
            return None;
        }
        if congestion < window {
            if congestion <= run.length {
                return Some(Bound::CongestionWindow);
            }
        } else if window <= run.length {
            return Some(Bound::ReceiveWindow);
        }
        if run.flags.fin() || run.ends_record { None } else { Some(Bound::Application) }
    }

    /// How much of a run goes into the burst: whole segments, and its small rest only if Nagle's algorithm lets it.
    fn split_point(&self, run: &super::queue::Run, last: bool, mss: u32, quota: u32, nagle: Nagle) -> u32 {
        let window = self.window_end().since(run.seq);
        let most = mss * quota;
        if most <= window && !last {
            return most;
        }
        let needed = run.length.min(window);
        if most <= needed {
            return most;
        }
        let partial = needed % mss;
        if self.holds_back(partial != 0, nagle) { needed - partial } else { needed }
    }

    /// Sends the first `length` octets of the first run as one burst; says how many segments that were.
    fn send_burst(&mut self, length: u32, mss: u32, turn: &mut Turning<'_>) -> u32 {
        let Some(front) = self.queue.unsent.front_mut() else { return 0 };
        let mut run = *front;
        if length < run.length {
            front.seq += length;
            front.length -= length;
            run.length = length;
            run.flags = run.flags.without(Flags::FIN).without(Flags::PSH);
            run.ends_record = false;
            // The rest is charged for as a run of its own.
            self.queue.charged += super::queue::BOOKKEEPING;
        } else {
            self.queue.unsent.pop_front();
        }
        let nothing_out = self.queue.sent.is_empty();
        let segments = run.length.div_ceil(mss).max(1);
        self.queue.bursts = self.queue.bursts.wrapping_add(1);
        self.queue.transmissions = self.queue.transmissions.wrapping_add(1);
        let window = self.choose_window(turn);
        let now = turn.now;
        let in_flight = self.in_flight();
        let (mut seq, mut left) = (run.seq, run.length);
        for place in 0..segments {
            let size = left.min(mss);
            left -= size;
            let flags = if place + 1 == segments {
                run.flags
            } else {
                run.flags.without(Flags::FIN).without(Flags::PSH)
            };
            let mut chunk = Chunk {
                seq,
                length: size,
                flags,
                marks: Marks::default(),
                burst: self.queue.bursts,
                sent_at: now,
                order: self.queue.transmissions,
                ends_record: run.ends_record && place + 1 == segments,
                delivered: 0,
                delivered_at: now,
                first_sent_at: now,
                application_limited: false,
            };
            self.delivery.sent(&mut chunk, nothing_out && place == 0, now);
            let payload = self.queue.stream.slice(seq, size);
            // A burst of several asks the receiver to hand it on; what is sent again later does not repeat that.
            let pushes = segments > 1 && place + 1 == segments;
            let flags = if pushes { flags | Flags::PSH } else { flags };
            self.emit_data(seq, flags, payload, window, false, turn);
            self.snd.nxt = chunk.after();
            self.queue.sent.push_back(chunk);
            seq += size;
        }
        if in_flight == 0 {
            self.control.resumes(now, self.snd.last_data);
        }
        self.pace(run.length, turn);
        self.snd.last_data = now;
        self.note_reply(now);
        // Minshall: the end of the last segment that was not full.
        if run.length < segments * mss {
            self.snd.small = run.after();
        }
        if self.snd.busy.kind == Waiting::Idle {
            self.chrono(Waiting::Busy, now);
        }
        if nothing_out || matches!(self.timers.transmit, Some((Timer::LossProbe, _))) {
            self.rearm_retransmission(turn);
        }
        segments
    }

    /// A piece of waiting data as a probe, whatever Nagle's algorithm says.
    pub(super) fn push_probe(&mut self, size: u32, mss: u32, turn: &mut Turning<'_>) {
        // A window probe's flag stays although it is cut out of a run.
        let cut = self.queue.unsent.front().is_some_and(|run| size < run.length);
        // Nor does it count for that algorithm afterwards: the window made it small, not the program.
        let small = self.snd.small;
        self.send_burst(size, mss, turn);
        self.snd.small = small;
        if cut && let Some(sent) = self.queue.sent.back_mut() {
            sent.flags |= Flags::PSH;
            if let Some(departing) = turn.effects.segments.last_mut() {
                departing.segment.flags |= Flags::PSH;
            }
        }
    }
}
