//! The variables of one connection, and the small questions about them.
//!
//! The names are those of RFC 9293, 3.3.1, and of the RFCs beside the fields. What acts on them lies in the modules around: `input`
//! takes segments, `ack` and `recovery` deal with acknowledgments, `receive` with data, `output` sends, `timers` fires.

use super::congestion::Control;
use super::queue::SendQueue;
use super::rate::Delivery;
use super::receive::Receiver;
use super::recovery::Recovery;
use super::rtt::Rtt;
use super::{Choice, HOPS, Pair, Settings, Told, Turning};
use crate::Readiness;
use crate::rules;
use sockets::{
    Bound, Change, Congestion, Errno, Instant, Levels, Micros, Quantity, Reaction, Rule, State, Timer,
};
use wire::{Ecn, Internet, Seq};

/// One connection, from its first SYN to CLOSED; TIME-WAIT included.
#[derive(Debug)]
pub struct Connection {
    pub(super) pair: Pair,
    pub(super) choice: Choice,
    pub(super) state: State,
    pub(super) settings: Settings,
    pub(super) agreed: Agreed,
    /// What our SYN offers.
    pub(super) offered: Agreed,
    pub(super) snd: Sending,
    pub(super) queue: SendQueue,
    pub(super) rcv: Receiver,
    pub(super) rtt: Rtt,
    pub(super) control: Control,
    pub(super) recovery: Recovery,
    pub(super) delivery: Delivery,
    pub(super) timers: Timers,
    pub(super) totals: Totals,
    /// The error that the next call is to report.
    pub(super) error: Option<Errno>,
    /// An error that may pass, reported only if the connection is given up (RFC 1122, 4.2.3.9).
    pub(super) soft_error: Option<Errno>,
    /// The program closed the socket.
    pub(super) orphan: bool,
    /// In TIME-WAIT, and in FIN-WAIT-2 without a program: the window that all further ACKs announce, in octets.
    pub(super) remnant: Option<u32>,
    pub(super) established_once: bool,
    pub(super) shut_read: bool,
    pub(super) shut_write: bool,
    /// It began with the peer's SYN to a listening socket.
    pub(super) passive: bool,
}

/// What the two SYNs agreed on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Agreed {
    pub sack: bool,
    pub timestamps: bool,
    pub scaling: bool,
    /// Shift of the windows that the peer announces.
    pub snd_shift: u8,
    /// Shift of the windows that we announce.
    pub rcv_shift: u8,
    pub ecn: bool,
}

/// The send sequence space and what belongs to it.
#[derive(Debug)]
pub(super) struct Sending {
    pub iss: Seq,
    pub una: Seq,
    pub nxt: Seq,
    /// After the last octet that the program gave (and the FIN, once there is one).
    pub end: Seq,
    pub wnd: u32,
    pub wl1: Seq,
    /// The largest window that the peer ever announced.
    pub max_wnd: u32,
    /// MSS: what we may send in one segment now, options taken off.
    pub mss: u16,
    /// MSS as the peer and TCP_MAXSEG bound it, options not taken off.
    pub mss_clamp: u16,
    /// The path's MTU in octets.
    pub mtu: u32,
    /// The MSS that we announced.
    pub advertised_mss: u16,
    /// End of the last segment that was smaller than the MSS (Minshall's amendment to Nagle's algorithm).
    pub small: Seq,
    /// Up to where PSH was set.
    pub pushed: Seq,
    /// Urgent mode: after the urgent octet.
    pub urgent: Option<Seq>,
    /// TCP_NODELAY and TCP_CORK were just changed: what waits goes out whatever its size.
    pub push_now: bool,
    /// When data last went out.
    pub last_data: Instant,
    /// How much may wait unsent where TCP_NOTSENT_LOWAT does not say (net.ipv4.tcp_notsent_lowat).
    pub not_sent_most: u32,
    /// A program waits for room.
    pub no_space: bool,
    pub buffer: u32,
    pub fin_queued: bool,
    /// CWR is to be set on the next new data (RFC 3168, 6.1.2).
    pub cwr: bool,
    /// ECE is to be set until the peer sends CWR (RFC 3168, 6.1.3).
    pub ece: bool,
    /// A segment of the peer's was marked as capable of ECN.
    pub ecn_seen: bool,
    /// Octets per second; 0 while unknown.
    pub pacing_rate: u64,
    /// When the next burst may leave, where bursts are paced, in nanoseconds.
    pub next_burst_ns: u64,
    pub retries: u32,
    pub backoff: u32,
    pub probes: u32,
    pub probes_since: Option<Instant>,
    /// When the first retransmission of the current trouble went out.
    pub retransmits_since: Option<Instant>,
    pub busy: Chrono,
    pub bound: Bound,
}

/// Times during which the sender was busy and what bounded it (tcp_info).
#[derive(Debug, Default)]
pub(super) struct Chrono {
    pub kind: Waiting,
    pub since: Instant,
    pub busy: u64,
    pub window: u64,
    pub buffer: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Waiting {
    #[default]
    Idle,
    Busy,
    Window,
    Buffer,
}

/// When which timer fires. The four that concern retransmission exclude each other.
#[derive(Debug, Default)]
pub(super) struct Timers {
    pub transmit: Option<(Timer, Instant)>,
    pub delayed_ack: Option<Instant>,
    pub compressed_ack: Option<Instant>,
    /// A burst waits for its pace.
    pub pacing: Option<Instant>,
    /// Keep-alive, FIN-WAIT-2 or TIME-WAIT.
    pub slow: Option<(Timer, Instant)>,
}

/// Counts over the connection's life.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub segments_out: u64,
    pub segments_in: u64,
    pub data_segments_out: u64,
    pub data_segments_in: u64,
    pub bytes_sent: u64,
    pub bytes_retransmitted: u64,
    pub retransmitted: u32,
    pub bytes_acked: u64,
    pub bytes_received: u64,
    pub dsacks: u32,
    pub out_of_order: u32,
    pub timeouts: u32,
    /// Runs of time-outs that ended, or go on.
    pub timeout_recoveries: u32,
    /// When the run that goes on began, and how long the others took.
    pub timeouts_since: Option<Instant>,
    pub timeouts_took: Micros,
    pub last_ack_received: Instant,
    pub last_dup_ack: Option<Instant>,
}

impl Turning<'_> {
    /// Tells that a rule acted.
    pub(super) fn tell(&mut self, rule: &'static Rule, before: State, after: State, change: Option<Change>) {
        if self.effects.telling {
            self.effects.story.push(Told::Reaction(Reaction { rule, before, after, change }));
        }
    }

    /// Tells that a rule changed a quantity.
    pub(super) fn tell_change(
        &mut self,
        rule: &'static Rule,
        state: State,
        quantity: Quantity,
        before: u64,
        after: u64,
    ) {
        if self.effects.telling {
            let change = Some(Change { quantity, before, after });
            self.effects.story.push(Told::Reaction(Reaction { rule, before: state, after: state, change }));
        }
    }

    pub(super) fn tell_timer(&mut self, timer: Timer, fires: Option<Instant>) {
        if self.effects.telling {
            self.effects.story.push(Told::Armed(timer, fires));
        }
    }
}

impl Connection {
    pub(super) fn new(pair: Pair, mut settings: Settings, choice: Choice, turn: &Turning<'_>) -> Connection {
        let family_header = if pair.remote.is_ipv4() { 40 } else { 60 };
        let route = &turn.profile.route;
        settings.congestion = route.congestion.unwrap_or(settings.congestion);
        let mtu = route.mtu.map_or(choice.mtu, |most| most.min(choice.mtu));
        let advertised = (mtu.saturating_sub(family_header)).clamp(48, 65_495) as u16;
        let advertised = route.advertised_mss.unwrap_or(advertised).max(48);
        let advertised_mss = settings.max_seg.map_or(advertised, |most| most.min(advertised));
        let now = turn.now;
        let iss = choice.iss;
        Connection {
            pair,
            choice,
            state: State::Closed,
            agreed: Agreed::default(),
            offered: Agreed::default(),
            snd: Sending {
                iss,
                una: iss,
                nxt: iss,
                end: iss + 1,
                wnd: 0,
                wl1: Seq(0),
                max_wnd: 0,
                mss: 536.min(advertised_mss),
                mss_clamp: u16::MAX,
                mtu,
                advertised_mss,
                small: iss,
                pushed: iss + 1,
                urgent: None,
                push_now: false,
                last_data: now,
                not_sent_most: turn.profile.notsent_lowat,
                no_space: false,
                buffer: settings.send_buffer.0,
                fin_queued: false,
                cwr: false,
                ece: false,
                ecn_seen: false,
                pacing_rate: 0,
                next_burst_ns: 0,
                retries: 0,
                backoff: 0,
                probes: 0,
                probes_since: None,
                retransmits_since: None,
                busy: Chrono::default(),
                bound: Bound::Application,
            },
            queue: SendQueue::default(),
            rcv: Receiver::new(&settings, now),
            rtt: Rtt::new(turn.profile),
            control: Control::new(settings.congestion),
            recovery: Recovery::new(turn.profile.reordering, iss),
            delivery: Delivery::new(now),
            timers: Timers::default(),
            totals: Totals::default(),
            error: None,
            soft_error: None,
            orphan: false,
            remnant: None,
            established_once: false,
            shut_read: false,
            shut_write: false,
            passive: false,
            settings,
        }
    }

    /// Both ends' addresses.
    pub fn pair(&self) -> Pair {
        self.pair
    }

    /// The state of RFC 9293, 3.3.2.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the handshake was completed once, also when the connection is gone again.
    pub fn was_established(&self) -> bool {
        self.established_once
    }

    /// The socket's options.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Octets not yet acknowledged (SIOCOUTQ), and not yet sent (SIOCOUTQNSD); a FIN counts as one, as in Linux.
    pub fn unacknowledged(&self) -> (u32, u32) {
        match self.state {
            State::SynSent | State::SynReceived | State::Listen | State::Closed => (0, 0),
            _ => (self.snd.end.since(self.snd.una), self.snd.end.since(self.snd.nxt)),
        }
    }

    /// What SIOCINQ says: octets to read, up to the urgent one where that lies ahead (tcp_inq).
    pub fn inquire(&self) -> u32 {
        match self.rcv.urgent {
            Some(urgent)
                if !self.settings.oob_inline
                    && !urgent.seq.precedes(self.rcv.copied)
                    && urgent.seq.precedes(self.rcv.nxt) =>
            {
                urgent.seq.since(self.rcv.copied)
            }
            _ => self.unread(),
        }
    }

    /// The pending error, taken away (SO_ERROR).
    pub fn take_error(&mut self) -> Option<Errno> {
        self.error.take().or_else(|| self.soft_error.take())
    }

    /// Whether close(2) with SO_LINGER has still to wait: data or FIN not yet acknowledged.
    pub fn lingers(&self) -> bool {
        matches!(self.state, State::FinWait1 | State::Closing | State::LastAck)
    }

    /// What poll(2) would say (tcp_poll).
    pub fn readiness(&self) -> Readiness {
        let both_shut = self.shut_read && self.shut_write || self.state == State::Closed;
        let handshaking = matches!(self.state, State::SynSent | State::SynReceived) && !self.passive;
        // The urgent octet lies in the stream, taken or not, and is not there to be read.
        let urgent_next =
            !self.settings.oob_inline && self.rcv.urgent.is_some_and(|urgent| urgent.seq == self.rcv.copied);
        let low_at = self.settings.receive_low_at.min(self.rcv.window_of_buffer() / 2).max(1);
        Readiness {
            readable: !handshaking
                && (self.shut_read
                    || self.error.is_some()
                    || self.state == State::Closed
                    || self.unread() >= low_at + u32::from(urgent_next)),
            writable: !handshaking
                && (self.shut_write
                    || self.error.is_some()
                    || self.state == State::Closed
                    || self.has_room_to_poll()),
            error: self.error.is_some(),
            hang_up: both_shut && !handshaking,
            read_hang_up: self.shut_read || self.state == State::Closed,
            priority: self.rcv.urgent_waits(),
        }
    }

    /// Its variables, for the Log.
    pub fn levels(&self) -> Levels {
        Levels {
            state: self.state,
            iss: self.snd.iss,
            snd_una: self.snd.una,
            snd_nxt: self.snd.nxt,
            snd_end: self.snd.end,
            snd_wnd: self.snd.wnd,
            irs: self.rcv.irs,
            rcv_nxt: self.rcv.nxt,
            rcv_wnd: self.rcv.window(),
            unread: self.unread(),
            out_of_order: self.rcv.out_of_order_octets(),
            cwnd: self.control.cwnd,
            ssthresh: match self.control.ssthresh {
                super::congestion::INFINITE => u32::MAX,
                threshold => threshold,
            },
            in_flight: self.in_flight(),
            sacked: self.queue.sacked,
            lost: self.queue.lost,
            retransmitted: self.queue.retransmitted,
            mss: u32::from(self.snd.mss),
            srtt_us: self.rtt.srtt(),
            rttvar_us: self.rtt.rttvar(),
            rto_us: self.rtt.rto_us,
            retries: self.snd.retries,
            congestion: self.recovery.state,
            bound: self.snd.bound,
            error: self.error,
        }
    }

    /// Segments in flight: sent, less what left the network by SACK or is taken for lost, plus what was sent again (RFC 6675, pipe).
    pub(super) fn in_flight(&self) -> u32 {
        let queue = &self.queue;
        (queue.out() + queue.retransmitted).saturating_sub(queue.sacked + queue.lost)
    }

    /// The octets that a segment of the peer's can bring: the MSS that we announced, less the timestamps' option.
    pub(super) fn advertised_room(&self) -> u32 {
        u32::from(self.snd.advertised_mss).saturating_sub(if self.agreed.timestamps { 12 } else { 0 })
    }

    /// The number after the last octet that the peer's window admits.
    pub(super) fn window_end(&self) -> Seq {
        self.snd.una + self.snd.wnd
    }

    pub(super) fn internet(&self, ecn: Ecn) -> Internet {
        let Settings { ttl, tos, hops, traffic_class, .. } = self.settings;
        let (ttl, class) = match self.pair.local.is_ipv4() {
            true => (ttl, tos),
            false => (hops.unwrap_or(HOPS), traffic_class),
        };
        Internet {
            ttl,
            dscp: class >> 2,
            ecn,
            ..Internet::between(self.pair.local.ip(), self.pair.remote.ip())
        }
    }

    /// Goes to another state and tells why.
    pub(super) fn enter(&mut self, state: State, rule: &'static Rule, turn: &mut Turning<'_>) {
        let before = self.state;
        self.state = state;
        turn.tell(rule, before, state, None);
    }

    /// CLOSED: no timer is left, and nothing more is sent.
    pub(super) fn end(&mut self, rule: &'static Rule, turn: &mut Turning<'_>) {
        self.stop_transmit_timer(turn);
        self.timers = Timers::default();
        self.queue.clear();
        self.snd.backoff = 0;
        self.chrono(Waiting::Idle, turn.now);
        self.shut_read = true;
        self.shut_write = true;
        self.enter(State::Closed, rule, turn);
    }

    /// As [`Connection::end`], with an error for the program.
    pub(super) fn fail(&mut self, error: Errno, rule: &'static Rule, turn: &mut Turning<'_>) {
        self.error = Some(error);
        self.end(rule, turn);
    }

    /// Gives up after too many retransmissions: the error that a router told of, if one did, else ETIMEDOUT.
    pub(super) fn give_up(&mut self, turn: &mut Turning<'_>) {
        let error = self.soft_error.take().unwrap_or(Errno::ETIMEDOUT);
        self.fail(error, &rules::GIVE_UP, turn);
    }

    pub(super) const fn is_synchronized(&self) -> bool {
        !matches!(self.state, State::Closed | State::Listen | State::SynSent | State::SynReceived)
    }

    /// Accounts the time since the last change to what the sender did then.
    pub(super) fn chrono(&mut self, next: Waiting, now: Instant) {
        let chrono = &mut self.snd.busy;
        if chrono.kind == next {
            return;
        }
        let passed = now.since(chrono.since).0;
        chrono.since = now;
        match chrono.kind {
            Waiting::Idle => {}
            Waiting::Busy => chrono.busy += passed,
            Waiting::Window => chrono.window += passed,
            Waiting::Buffer => chrono.buffer += passed,
        }
        chrono.kind = next;
    }

    /// When the next timer is due.
    pub fn wakes_at(&self) -> Option<Instant> {
        // Asked after every turn, so without branches.
        let never = Instant(u64::MAX);
        let timers = &self.timers;
        let first = timers
            .transmit
            .map_or(never, |(_, at)| at)
            .min(timers.delayed_ack.unwrap_or(never))
            .min(timers.compressed_ack.unwrap_or(never))
            .min(timers.pacing.unwrap_or(never))
            .min(timers.slow.map_or(never, |(_, at)| at));
        (first != never).then_some(first)
    }

    pub(super) fn is_recovering(&self) -> bool {
        matches!(self.recovery.state, Congestion::Recovery | Congestion::Cwr)
    }

    /// The user's time-out, if one is set.
    pub(super) fn user_timeout(&self) -> Option<Micros> {
        (self.settings.user_timeout > 0).then(|| Micros::from_millis(u64::from(self.settings.user_timeout)))
    }
}
