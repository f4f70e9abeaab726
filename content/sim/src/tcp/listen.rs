//! A listening socket: half-open connections, and who may become an established one (RFC 9293, 3.10.7.2; listen(2)).
//!
//! ```text
//!   SYN --> SYN queue (half open, SYN-ACK sent again at 1, 3, 7 ... s) --ACK--> accept queue (backlog + 1) --accept--> program
//!            full: SYN cookies, or the SYN is ignored         full: the ACK is ignored, or answered with RST
//! ```

use super::connection::Connection;
use super::{Choice, Heard, Pair, Settings, Turning};
use crate::{Profile, rules};
use core::hash::Hasher;
use core::net::SocketAddr;
use siphasher::sip::SipHasher13;
use sockets::{Errno, Instant, Micros, OptionName, OptionValue, Quantity, State, Timer};
use std::collections::BTreeMap;
use wire::{Flags, Options, Segment, Seq, TcpOption};

/// A listening socket: half-open connections (the SYN queue), and the rules of admission.
#[derive(Debug)]
pub struct Listener {
    local: SocketAddr,
    settings: Settings,
    backlog: u32,
    half_open: BTreeMap<Pair, HalfOpen>,
    /// For SYN cookies; made with the first connection.
    secret: Option<(u64, u64)>,
}

/// A connection whose SYN-ACK is not acknowledged.
#[derive(Debug)]
struct HalfOpen {
    connection: Connection,
    resend_at: Instant,
    resent: u32,
    /// When something that it could not take was last answered.
    answered_at: Option<Instant>,
    /// The handshake's last ACK came, but the connection had to wait: for data, or for room in the accept queue.
    acknowledged: bool,
}

impl HalfOpen {
    /// Whether what it cannot take may be answered: not more often than tcp_invalid_ratelimit.
    fn may_answer(&mut self, turn: &Turning<'_>) -> bool {
        let least = Micros::from_millis(u64::from(turn.profile.invalid_ratelimit));
        let may = self.answered_at.is_none_or(|at| turn.now.since(at) >= least);
        if may {
            self.answered_at = Some(turn.now);
        }
        may
    }
}

/// The MSS values that a cookie can stand for.
const COOKIE_MSS: [u16; 4] = [536, 1_300, 1_440, 1_460];
/// A cookie is good for so many minutes.
const COOKIE_MINUTES: u64 = 2;

impl Listener {
    /// `backlog` as listen(2) has it; it is bounded by net.core.somaxconn.
    pub fn new(local: SocketAddr, settings: Settings, backlog: i32, profile: &Profile) -> Listener {
        let mut listener = Listener { local, settings, backlog: 0, half_open: BTreeMap::new(), secret: None };
        listener.set_backlog(backlog, profile);
        listener
    }

    /// listen(2) again, with another backlog. A negative one stands for the largest.
    pub fn set_backlog(&mut self, backlog: i32, profile: &Profile) {
        self.backlog = u32::try_from(backlog).unwrap_or(u32::MAX).min(profile.somaxconn);
    }

    /// Half-open connections.
    pub fn half_open(&self) -> u32 {
        self.half_open.len() as u32
    }

    /// The backlog in force; one connection more is admitted.
    pub fn backlog(&self) -> u32 {
        self.backlog
    }

    /// Where it listens.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The options that connections inherit.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// SO_MAX_PACING_RATE of the connections that come.
    pub fn pace_at_most(&mut self, rate: Option<u64>) {
        self.settings.max_pacing_rate = rate;
    }

    /// Sets an option.
    ///
    /// # Errors
    /// As setsockopt(2).
    pub fn set_option(
        &mut self,
        option: OptionName,
        value: &OptionValue,
        profile: &Profile,
    ) -> Result<(), Errno> {
        self.settings.set(option, value, profile)
    }

    /// When a SYN-ACK is due again.
    pub fn wakes_at(&self) -> Option<Instant> {
        self.half_open.values().map(|half| half.resend_at).min()
    }

    /// A segment arrived for this socket that no connection took. `waiting` is how many established connections wait for accept;
    /// `choice` is used when the segment begins a connection.
    pub fn on_segment(
        &mut self,
        segment: &Segment,
        waiting: u32,
        choice: Choice,
        turn: &mut Turning<'_>,
    ) -> Heard {
        let pair = Pair {
            local: SocketAddr::new(segment.ip.destination, segment.destination_port),
            remote: SocketAddr::new(segment.ip.source, segment.source_port),
        };
        if self.half_open.contains_key(&pair) {
            return self.on_half_open(pair, segment, waiting, turn);
        }
        let flags = segment.flags;
        // RFC 9293, 3.10.7.2: RST first, then ACK, then SYN.
        if flags.rst() {
            return Heard::Done;
        }
        if flags.ack() {
            return self.on_stray_ack(pair, segment, waiting, choice, turn);
        }
        if !flags.syn() || flags.fin() {
            return Heard::Done;
        }
        self.secret
            .get_or_insert((u64::from(choice.iss.0) << 32 | 0x5bd1_e995, u64::from(choice.timestamp_offset)));
        if waiting > self.backlog {
            turn.tell_change(
                &rules::ACCEPT_QUEUE_FULL,
                State::Listen,
                Quantity::AcceptQueue,
                u64::from(waiting),
                u64::from(waiting),
            );
            return Heard::Done;
        }
        let queued = self.half_open();
        let full = queued > self.backlog;
        if turn.profile.syncookies == 2 || full && turn.profile.syncookies == 1 {
            self.answer_with_cookie(pair, segment, choice, turn);
            return Heard::Done;
        }
        let room = turn.profile.max_syn_backlog.saturating_sub(queued);
        if full || turn.profile.syncookies == 0 && room < turn.profile.max_syn_backlog >> 2 {
            turn.tell_change(
                &rules::SYN_QUEUE_FULL,
                State::Listen,
                Quantity::SynQueue,
                u64::from(queued),
                u64::from(queued),
            );
            return Heard::Done;
        }
        let connection = self.begin(pair, segment, None, choice, turn);
        let resend_at = turn.now + Micros::from_secs(1);
        turn.tell_change(
            &rules::SYN_RECEIVED,
            State::Listen,
            Quantity::SynQueue,
            u64::from(queued),
            u64::from(queued) + 1,
        );
        turn.tell_timer(Timer::SynAck, Some(resend_at));
        self.half_open.insert(
            pair,
            HalfOpen { connection, resend_at, resent: 0, answered_at: None, acknowledged: false },
        );
        Heard::Done
    }

    /// A connection in SYN-RECEIVED; its SYN-ACK goes out. The first window is a multiple of what a segment of the peer's brings, or of
    /// `multiple` where that is known.
    fn begin(
        &self,
        pair: Pair,
        syn: &Segment,
        multiple: Option<u16>,
        choice: Choice,
        turn: &mut Turning<'_>,
    ) -> Connection {
        let mut connection = Connection::new(pair, self.settings.clone(), choice, turn);
        connection.passive = true;
        let stamped = turn.profile.timestamps > 0 && syn.options.timestamps().is_some();
        let mss = u32::from(connection.snd.advertised_mss) - if stamped { 12 } else { 0 };
        let scaling = turn.profile.window_scaling && syn.options.window_scale().is_some();
        connection.offer(multiple.map_or(mss, u32::from), turn.profile);
        if !scaling {
            connection.rcv.wnd = connection.rcv.wnd.min(65_535);
        }
        connection.agree(syn, turn);
        connection.rcv.synchronize(syn.seq);
        connection.snd.wl1 = syn.seq;
        connection.snd.wnd = u32::from(syn.window);
        connection.snd.max_wnd = connection.snd.wnd;
        connection.agreed.ecn = turn.profile.answers_ecn() && syn.flags.contains(Flags::ECE | Flags::CWR);
        connection.state = State::SynReceived;
        connection.totals.segments_in = 1;
        let flags = if connection.agreed.ecn { Flags::SYN_ACK | Flags::ECE } else { Flags::SYN_ACK };
        connection.send_syn(flags, false, turn);
        connection
    }

    fn on_half_open(&mut self, pair: Pair, segment: &Segment, waiting: u32, turn: &mut Turning<'_>) -> Heard {
        let Some(half) = self.half_open.get_mut(&pair) else { return Heard::Done };
        let connection = &half.connection;
        let flags = segment.flags;
        let irs = connection.rcv.irs;
        if segment.seq == irs && flags.syn() && !flags.ack() && !flags.rst() {
            // The SYN came again: its answer was lost.
            if half.may_answer(turn) {
                turn.tell(&rules::SYN_REPEATED, State::SynReceived, State::SynReceived, None);
                half.connection.retransmit(0, 1, turn);
                half.resend_at = turn.now + Micros::from_secs(1 << half.resent.min(7));
            }
            return Heard::Done;
        }
        if flags.ack() && segment.ack != connection.snd.iss + 1 {
            // RFC 9293, 3.10.7.4, fifth.
            if !flags.rst() {
                super::refuse(segment, turn);
            }
            return Heard::Done;
        }
        let window = connection.rcv.wnd;
        let nxt = connection.rcv.nxt;
        let inside = !segment.end().precedes(nxt) && !(nxt + window).precedes(segment.seq);
        if !inside && segment.seq != irs {
            if !flags.rst() && (!segment.payload.is_empty() || half.may_answer(turn)) {
                turn.tell(&rules::UNACCEPTABLE, State::SynReceived, State::SynReceived, None);
                half.connection.send_ack(turn);
            }
            return Heard::Done;
        }
        // RFC 5961, 3.2: only the exact number resets.
        if flags.rst() && segment.seq != nxt {
            if half.may_answer(turn) {
                turn.tell(&rules::RST_CHALLENGE, State::SynReceived, State::SynReceived, None);
                half.connection.send_ack(turn);
            }
            return Heard::Done;
        }
        if flags.rst() || flags.syn() && segment.seq != irs {
            if !flags.rst() {
                super::refuse(segment, turn);
            }
            self.half_open.remove(&pair);
            turn.tell(&rules::HALF_OPEN_RESET, State::SynReceived, State::Closed, None);
            return Heard::Done;
        }
        if !flags.ack() {
            return Heard::Done;
        }
        if half.resent < self.settings.defer_accept && segment.sequence_length() == 0 {
            half.acknowledged = true;
            turn.tell(&rules::DEFER_ACCEPT, State::SynReceived, State::SynReceived, None);
            return Heard::Done;
        }
        if waiting > self.backlog {
            if turn.profile.abort_on_overflow {
                super::refuse(segment, turn);
                self.half_open.remove(&pair);
                turn.tell(&rules::ABORT_ON_OVERFLOW, State::SynReceived, State::Closed, None);
            } else {
                half.acknowledged = true;
                turn.tell_change(
                    &rules::ACCEPT_QUEUE_FULL,
                    State::SynReceived,
                    Quantity::AcceptQueue,
                    u64::from(waiting),
                    u64::from(waiting),
                );
            }
            return Heard::Done;
        }
        let Some(half) = self.half_open.remove(&pair) else { return Heard::Done };
        let mut connection = half.connection;
        connection.on_segment(&mut segment.clone(), turn);
        Heard::Established(Box::new(connection))
    }

    /// Sends SYN-ACKs again, and forgets whoever never answers.
    pub fn on_timer(&mut self, turn: &mut Turning<'_>) {
        let due: Vec<Pair> = self
            .half_open
            .iter()
            .filter(|(_, half)| half.resend_at <= turn.now)
            .map(|(pair, _)| *pair)
            .collect();
        let most = self.settings.syn_count.unwrap_or(turn.profile.synack_retries);
        for pair in due {
            let Some(half) = self.half_open.get_mut(&pair) else { continue };
            let deferred = self.settings.defer_accept;
            if half.resent >= most && (deferred == 0 || !half.acknowledged || half.resent >= deferred) {
                self.half_open.remove(&pair);
                turn.tell(&rules::HALF_OPEN_GIVEN_UP, State::SynReceived, State::Closed, None);
                continue;
            }
            half.resent += 1;
            half.connection.snd.retries = half.resent;
            // While data is awaited after the ACK nothing is missing; one last SYN-ACK reminds the peer (Linux, syn_ack_recalc).
            let resends = deferred == 0 || !half.acknowledged || half.resent >= deferred;
            if resends {
                half.connection.retransmit(0, 1, turn);
            }
            let most = u64::from(turn.profile.rto_max_ms) * 1_000;
            let after = Micros((1_000_000_u64 << half.resent.min(30)).min(most));
            half.resend_at = turn.now + after;
            turn.tell_change(
                if resends { &rules::SYN_ACK_AGAIN } else { &rules::DEFER_ACCEPT },
                State::SynReceived,
                Quantity::Retries,
                u64::from(half.resent - 1),
                u64::from(half.resent),
            );
            turn.tell_timer(Timer::SynAck, Some(half.resend_at));
        }
    }

    /// RFC 4987, 3.6: nothing is remembered; the SYN-ACK's number says what must be known.
    fn answer_with_cookie(&mut self, pair: Pair, syn: &Segment, choice: Choice, turn: &mut Turning<'_>) {
        let offered = syn.options.mss().unwrap_or(536);
        let index = COOKIE_MSS.iter().rposition(|mss| *mss <= offered).unwrap_or(0);
        let minute = turn.now.0 / 60_000_000;
        let iss = self.cookie(pair, syn.seq, minute, index);
        let known =
            syn.options.timestamps().filter(|_| turn.profile.timestamps > 0).map(|(value, _)| Known {
                value,
                shift: syn.options.window_scale().filter(|_| turn.profile.window_scaling),
                sack: syn.options.sack_permitted() && turn.profile.sack,
            });
        let clock = (turn.now.0 / 1_000) as u32;
        let later = known.map_or(0, |known| known.written_into(clock).wrapping_sub(clock));
        let timestamp_offset = choice.timestamp_offset.wrapping_add(later);
        let choice = Choice { iss, timestamp_offset, ..choice };
        self.begin(pair, &cookie_syn(syn, offered, known), None, choice, turn);
        turn.tell(&rules::SYN_COOKIE, State::Listen, State::Listen, None);
    }

    fn cookie(&self, pair: Pair, irs: Seq, minute: u64, index: usize) -> Seq {
        let (first, second) = self.secret.unwrap_or_default();
        let mut hash = SipHasher13::new_with_keys(first, second);
        for address in [pair.local, pair.remote] {
            match address.ip() {
                core::net::IpAddr::V4(ip) => hash.write(&ip.octets()),
                core::net::IpAddr::V6(ip) => hash.write(&ip.octets()),
            }
            hash.write_u16(address.port());
        }
        hash.write_u32(irs.0);
        hash.write_u64(minute);
        let bits = hash.finish() as u32;
        Seq(bits & !3 | index as u32)
    }

    /// An ACK for a connection that is not remembered: perhaps it answers a cookie.
    fn on_stray_ack(
        &mut self,
        pair: Pair,
        segment: &Segment,
        waiting: u32,
        choice: Choice,
        turn: &mut Turning<'_>,
    ) -> Heard {
        let iss = segment.ack - 1;
        let minute = turn.now.0 / 60_000_000;
        let index = (iss.0 & 3) as usize;
        let known = turn.profile.syncookies > 0
            && self.secret.is_some()
            && !segment.flags.syn()
            && (0..=COOKIE_MINUTES.min(minute))
                .any(|age| self.cookie(pair, segment.seq - 1, minute - age, index) == iss);
        if !known {
            super::refuse(segment, turn);
            return Heard::Done;
        }
        if waiting > self.backlog {
            return Heard::Done;
        }
        let known = segment.options.timestamps().filter(|_| turn.profile.timestamps > 0);
        let known = known.map(|(value, echo)| Known::read(value, echo.wrapping_sub(choice.timestamp_offset)));
        let mut syn = cookie_syn(segment, COOKIE_MSS[index], known);
        syn.seq = segment.seq - 1;
        let sent = turn.effects.segments.len();
        let mut connection = self.begin(pair, &syn, Some(COOKIE_MSS[index]), Choice { iss, ..choice }, turn);
        // The SYN-ACK went out long ago, and nobody knows when: it measures no round trip (RFC 6298, 3).
        turn.effects.segments.truncate(sent);
        connection.queue.sent.iter_mut().for_each(|chunk| chunk.marks.ever_retransmitted = true);
        connection.on_segment(&mut segment.clone(), turn);
        turn.tell(&rules::SYN_COOKIE_ANSWERED, State::Listen, State::Established, None);
        Heard::Established(Box::new(connection))
    }
}

/// What a cookie knows of the peer's SYN beside its MSS: Linux writes it into the low bits of the timestamp, which the peer echoes
/// (cookie_init_timestamp). Without timestamps there is no room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    /// TSval of the peer.
    value: u32,
    shift: Option<u8>,
    sack: bool,
}

impl Known {
    /// So many bits of the timestamp are taken.
    const BITS: u32 = 6;
    /// Stands for no window scaling.
    const NO_SHIFT: u32 = 0xf;
    const SACK: u32 = 1 << 4;

    /// The latest time that has these bits, and is not later than the clock.
    fn written_into(self, clock: u32) -> u32 {
        let shift = self.shift.map_or(Known::NO_SHIFT, |shift| u32::from(shift.min(14)));
        let bits = shift | if self.sack { Known::SACK } else { 0 };
        let value = clock >> Known::BITS << Known::BITS | bits;
        if value > clock { value.wrapping_sub(1 << Known::BITS) } else { value }
    }

    fn read(value: u32, echo: u32) -> Known {
        let shift = (echo & Known::NO_SHIFT) as u8;
        let shift = (u32::from(shift) != Known::NO_SHIFT).then_some(shift);
        Known { value, shift, sack: echo & Known::SACK != 0 }
    }
}

/// The peer's SYN, as far as a cookie knows it.
fn cookie_syn(from: &Segment, mss: u16, known: Option<Known>) -> Segment {
    const FITS: &str = "these options take 19 octets of 40";
    let mut options = Options::NONE;
    options.push(TcpOption::Mss(mss)).expect(FITS);
    if let Some(Known { value, shift, sack }) = known {
        options.push(TcpOption::Timestamps { value, echo: 0 }).expect(FITS);
        if sack {
            options.push(TcpOption::SackPermitted).expect(FITS);
        }
        if let Some(shift) = shift {
            options.push(TcpOption::WindowScale(shift)).expect(FITS);
        }
    }
    Segment { options, payload: bytes::Bytes::new(), flags: Flags::SYN, ..from.clone() }
}
