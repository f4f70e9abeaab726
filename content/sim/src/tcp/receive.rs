//! The receive sequence space, the receive buffer and the window that is announced (RFC 9293, 3.8.6; RFC 7323, 2).
//!
//! ```text
//!    read by the program | in order, unread |  hole  | out of order |  room  |
//!                        '- `copied`     RCV.NXT      SACK blocks      RCV.NXT + RCV.WND
//! ```
//!
//! As in Linux the buffer is charged with each segment's memory, not only with its octets, and the window is the part of the room
//! that octets of such segments could fill.

use super::Settings;
use super::connection::Agreed;
use super::gathered::Gathered;
use crate::Profile;
use bytes::Bytes;
use sockets::Instant;
use std::collections::VecDeque;
use wire::{SackBlock, Seq};

#[derive(Debug)]
pub(super) struct Receiver {
    pub irs: Seq,
    pub nxt: Seq,
    /// RCV.NXT when the window was last announced.
    pub wup: Seq,
    /// The window as last announced, in octets.
    pub wnd: u32,
    /// The window may not grow beyond this yet.
    pub ssthresh: u32,
    pub clamp: u32,
    /// SO_RCVBUF.
    pub buffer: u32,
    pub buffer_fixed: bool,
    /// What the segments held take of the buffer.
    pub charged: u32,
    /// A segment inside the window found no memory: the next ACK closes the window, whatever was announced (Linux, ICSK_ACK_NOMEM).
    pub no_memory: bool,
    /// The part of memory that is octets, in 256ths.
    ratio: u32,
    /// The newest TSval that may be echoed (RFC 7323, 4.3).
    pub ts_recent: u32,
    pub ts_recent_at: Option<Instant>,
    /// TSecr of the last segment.
    pub last_echo: u32,
    pub pieces: VecDeque<(Bytes, u32)>,
    /// So many octets more fit into the memory of the last piece.
    pub spare: u32,
    pub unread: u32,
    /// Number of the next octet that the program will read.
    pub copied: Seq,
    pub islands: VecDeque<Island>,
    pub recent: VecDeque<SackBlock>,
    /// What came twice, to be told once (RFC 2883).
    pub duplicate: Option<SackBlock>,
    pub fin: bool,
    /// The peer's urgent octet.
    pub urgent: Option<Urgent>,
    pub ack: AckPolicy,
    pub compressed: u32,
    pub duplicate_acks: u32,
    pub duplicate_acks_at: Seq,
    /// RCV.MSS: the segment size that the peer seems to use.
    pub mss: u32,
    pub last_size: u32,
    pub rtt_us: u32,
    pub rtt_mark: (Seq, Instant),
    pub space: u32,
    pub space_mark: (Seq, Instant),
}

/// Octets that came out of order.
#[derive(Clone, Debug)]
pub(super) struct Island {
    pub seq: Seq,
    pub data: Bytes,
    pub fin: bool,
    pub charge: u32,
}

/// Urgent data (RFC 6093).
#[derive(Clone, Copy, Debug)]
pub(super) struct Urgent {
    /// The urgent octet's number.
    pub seq: Seq,
    /// The octet, once it is there and not read.
    pub octet: Option<u8>,
    pub read: bool,
}

/// When to acknowledge (RFC 9293, 3.8.6.3, and Linux's quick ACKs).
#[derive(Debug)]
pub(super) struct AckPolicy {
    /// Something is to be acknowledged.
    pub scheduled: bool,
    /// At once.
    pub now: bool,
    /// A segment with PSH came, or a second one: reading everything makes an ACK due.
    pub pushed: u8,
    /// Delayed-ACK time-out in microseconds; 0 before the first data.
    pub ato_us: u32,
    /// So many ACKs are not delayed.
    pub quick: u32,
    /// Replies carry the acknowledgments.
    pub interactive: bool,
    pub last_received: Instant,
}

/// What Linux needs beside a segment's octets: the room before the header, the note at the end of the memory, and the buffer's own head.
const HEADROOM: u32 = 64;
const HEADERS: u32 = 52;
const SHARED_INFO: u32 = 320;
const HEAD: u32 = 256;
/// The smallest memory that Linux takes for a segment, in octets.
const SMALL: u32 = 576;

/// No clamp is smaller, in octets: half of the smallest receive buffer.
const LEAST_CLAMP: u32 = 1_152;

/// What a segment of so many octets takes of the receive buffer: memory comes in powers of two.
pub(super) fn charge_of(octets: u32) -> u32 {
    memory_of(octets) + HEAD
}

fn memory_of(octets: u32) -> u32 {
    let needed = (octets + HEADERS + HEADROOM).next_multiple_of(64) + SHARED_INFO;
    if needed <= SMALL { SMALL } else { needed.next_power_of_two() }
}

/// How many octets more the memory of such a segment could hold.
fn spare_of(octets: u32) -> u32 {
    memory_of(octets).saturating_sub(SHARED_INFO + HEADROOM + HEADERS + octets)
}

impl Receiver {
    pub fn new(settings: &Settings, now: Instant) -> Receiver {
        Receiver {
            irs: Seq(0),
            nxt: Seq(0),
            wup: Seq(0),
            wnd: 0,
            ssthresh: 0,
            clamp: settings.window_clamp,
            buffer: settings.receive_buffer.0,
            buffer_fixed: settings.receive_buffer.1,
            charged: 0,
            no_memory: false,
            ratio: 128,
            ts_recent: 0,
            ts_recent_at: None,
            last_echo: 0,
            pieces: VecDeque::new(),
            spare: 0,
            unread: 0,
            copied: Seq(0),
            islands: VecDeque::new(),
            recent: VecDeque::new(),
            duplicate: None,
            fin: false,
            urgent: None,
            ack: AckPolicy {
                scheduled: false,
                now: false,
                pushed: 0,
                ato_us: 0,
                quick: 0,
                interactive: false,
                last_received: now,
            },
            compressed: 0,
            duplicate_acks: 0,
            duplicate_acks_at: Seq(0),
            mss: 536,
            last_size: 0,
            rtt_us: 0,
            rtt_mark: (Seq(0), now),
            space: 0,
            space_mark: (Seq(0), now),
        }
    }

    /// The octets that memory of this size can hold.
    pub fn window_from(&self, memory: u32) -> u32 {
        ((u64::from(memory) * u64::from(self.ratio)) >> 8) as u32
    }

    fn memory_for(&self, window: u64) -> u64 {
        (window << 8) / u64::from(self.ratio.max(1))
    }

    /// The window that an empty buffer gives.
    pub fn window_of_buffer(&self) -> u32 {
        self.window_from(self.buffer)
    }

    /// The room for octets now.
    fn free(&self) -> u32 {
        self.window_from(self.buffer.saturating_sub(self.charged))
    }

    /// What is left of the announced window.
    pub fn window(&self) -> u32 {
        let end = self.wup + self.wnd;
        if end.precedes(self.nxt) { 0 } else { end.since(self.nxt) }
    }

    pub fn out_of_order_octets(&self) -> u32 {
        self.islands.iter().map(|island| island.data.len() as u32).sum()
    }

    pub fn has_islands(&self) -> bool {
        !self.islands.is_empty()
    }

    pub fn urgent_waits(&self) -> bool {
        self.urgent.is_some_and(|urgent| urgent.octet.is_some() && !urgent.read)
    }

    /// The first window, and the shift that windows will need (RFC 7323, 2.3).
    pub fn begin(&mut self, mss: u32, scaling: bool, profile: &Profile) -> u8 {
        if self.clamp == 0 {
            self.clamp = profile.route.window.unwrap_or(65_535 << 14);
        }
        if self.buffer_fixed {
            self.clamp = self.clamp.min(self.window_of_buffer());
        }
        let mut space = self.window_of_buffer().min(self.clamp);
        // Whole segments only.
        if space > mss {
            space -= space % mss;
        }
        self.wnd = if profile.workaround_signed_windows { space.min(32_767) } else { space };
        if let Some(segments) = profile.route.initial_receive_window {
            self.wnd = self.wnd.min(segments.saturating_mul(mss));
        }
        let mut shift = 0;
        if scaling {
            let most = space.max(profile.rmem[2]).max(profile.rmem_max).min(self.clamp);
            shift = (most.max(1).ilog2()).saturating_sub(15).min(14) as u8;
        }
        self.clamp = self.clamp.min(65_535 << shift);
        self.ssthresh = self.wnd;
        if !scaling {
            self.wnd = self.wnd.min(65_535);
        }
        shift
    }

    /// The peer's SYN came.
    pub fn synchronize(&mut self, irs: Seq) {
        self.irs = irs;
        self.nxt = irs + 1;
        self.wup = self.nxt;
        self.copied = self.nxt;
        self.duplicate_acks_at = self.nxt;
        self.rtt_mark.0 = self.nxt;
        self.space_mark.0 = self.nxt;
    }

    /// The handshake is complete: some of the window is kept back, so that the buffer's bookkeeping has room.
    pub fn established(&mut self, advertised_mss: u32, snd_mss: u32, profile: &Profile, now: Instant) {
        self.space_mark = (self.copied, now);
        self.rtt_mark = (self.nxt, now);
        let most = self.window_of_buffer();
        if self.clamp >= most {
            self.clamp = most;
            if profile.app_win > 0 && most > 4 * advertised_mss {
                let kept = most.checked_shr(profile.app_win).unwrap_or(0);
                self.clamp = (most - kept).max(4 * advertised_mss);
            }
        }
        if profile.app_win > 0 && self.clamp > 2 * advertised_mss && self.clamp + advertised_mss > most {
            self.clamp = (2 * advertised_mss).max(most.saturating_sub(advertised_mss));
        }
        self.ssthresh = self.ssthresh.min(self.clamp);
        self.space = self.ssthresh.min(self.wnd).min(10 * advertised_mss);
        self.mss = advertised_mss.min(snd_mss).min(self.wnd / 2).clamp(88, 536);
    }

    /// The window to announce now, as the header's field (RFC 9293, 3.8.6.2.2: never shrunk, no silly windows).
    pub fn announce(&mut self, agreed: &Agreed, profile: &Profile) -> u16 {
        if core::mem::take(&mut self.no_memory) {
            self.wnd = 0;
            self.wup = self.nxt;
            return 0;
        }
        let left = self.window();
        let mut window = self.choose(agreed);
        if window < left {
            window = left.next_multiple_of(1 << agreed.rcv_shift);
        }
        self.wnd = window;
        self.wup = self.nxt;
        let most = if agreed.rcv_shift == 0 && profile.workaround_signed_windows {
            32_767
        } else {
            65_535 << agreed.rcv_shift
        };
        (window.min(most) >> agreed.rcv_shift) as u16
    }

    /// The window that the room allows, without regard to what was announced before.
    pub fn choose(&mut self, agreed: &Agreed) -> u32 {
        let mut mss = self.mss;
        let mut free = self.free();
        let of_buffer = self.window_of_buffer();
        let full = of_buffer.min(self.clamp);
        if mss > full {
            mss = full;
            if mss == 0 {
                return 0;
            }
        }
        if free < full >> 1 {
            self.ack.quick = 0;
            free &= !((1 << agreed.rcv_shift) - 1);
            if free < of_buffer >> 4 || free < mss {
                return 0;
            }
        }
        free = free.min(self.ssthresh);
        if agreed.rcv_shift > 0 {
            return free.next_multiple_of(1 << agreed.rcv_shift);
        }
        let window = self.wnd;
        if window + mss <= free || window > free {
            free - free % mss
        } else if mss == full && free > window + (full >> 1) {
            free
        } else {
            window
        }
    }

    /// Estimates the peer's segment size, and from it how much of the memory is octets.
    pub fn measure_size(
        &mut self,
        octets: u32,
        header: u32,
        psh: bool,
        advertised_mss: u32,
        fixed_header: u32,
    ) {
        let last = self.last_size;
        self.last_size = 0;
        if octets >= self.mss {
            if octets != self.mss {
                let ratio = ((octets << 8) / charge_of(octets)).max(1);
                if ratio != self.ratio {
                    self.ratio = ratio;
                    self.set_clamp(self.window_of_buffer());
                    self.space = self.space.min(self.clamp);
                }
            }
            self.mss = octets.min(advertised_mss);
            if psh {
                self.ack.pushed = self.ack.pushed.max(1);
            }
        } else {
            let whole = octets + header;
            if whole >= 536 + 20 || whole >= 88 + 20 && !psh {
                let size = whole - fixed_header;
                self.last_size = size;
                if size == last {
                    self.mss = size;
                    return;
                }
            }
            self.ack.pushed = if self.ack.pushed > 0 { 2 } else { 1 };
        }
    }

    /// SO_RCVLOWAT: what the program waits for must fit in, unless SO_RCVBUF fixed the buffer.
    pub fn make_room_for(&mut self, octets: u32) {
        let memory = u32::try_from(self.memory_for(octets.into())).unwrap_or(u32::MAX);
        if !self.buffer_fixed && memory > self.buffer {
            self.buffer = memory;
            if self.clamp < octets {
                self.set_clamp(octets);
            }
        }
    }

    /// The window may be so large at most: what it may grow to now follows at once, downwards, or upwards as far as it is announced.
    pub fn set_clamp(&mut self, most: u32) {
        let (before, most) = (self.clamp, most.max(LEAST_CLAMP));
        self.clamp = most;
        if most < before {
            self.ssthresh = self.ssthresh.min(most);
        } else {
            self.ssthresh = self.ssthresh.max(self.wnd.min(most));
        }
    }

    /// A segment came whose memory is well used: the window may grow.
    pub fn grow(&mut self, octets: u32, advertised_mss: u32, profile: &Profile) {
        let room = self.clamp.min(self.free()).saturating_sub(self.ssthresh);
        if room == 0 {
            return;
        }
        let memory = self.window_from(charge_of(octets));
        let growth = if memory <= octets {
            2 * advertised_mss
        } else {
            let (mut memory, mut window) = (memory >> 1, self.window_from(profile.rmem[2]) >> 1);
            loop {
                if self.ssthresh > window {
                    break 0;
                }
                if memory <= octets {
                    break 2 * self.mss;
                }
                memory >>= 1;
                window >>= 1;
            }
        };
        if growth > 0 {
            self.ssthresh += room.min(growth.max(2 * octets));
            self.ack.quick |= 1;
        }
    }

    /// Octets that came in order, from RCV.NXT on.
    pub fn append(&mut self, data: Bytes) {
        let octets = data.len() as u32;
        self.nxt += octets;
        self.unread += octets;
        let charge = charge_of(octets);
        self.charged += charge;
        self.hold(data, charge);
    }

    /// Holds a piece for the program. Where it fits into what the piece before left of its memory, Linux copies it there
    /// (tcp_try_coalesce), and it costs nothing: many small segments take as little as a few large ones.
    pub fn hold(&mut self, data: Bytes, charge: u32) {
        let octets = data.len() as u32;
        match self.pieces.back_mut().filter(|_| octets <= self.spare) {
            Some((_, shared)) => {
                self.charged = self.charged.saturating_sub(charge);
                self.spare -= octets;
                // The memory is free again when the last of its octets is read.
                let shared = core::mem::take(shared);
                self.pieces.push_back((data, shared));
            }
            None => {
                self.spare = spare_of(octets);
                self.pieces.push_back((data, charge));
            }
        }
    }

    /// Takes up to `max` octets from the front, or looks at them; says how many.
    pub fn take(&mut self, max: usize, peek: bool, gathered: &mut Gathered) -> usize {
        let wanted = max.min(self.unread as usize);
        let mut left = wanted;
        if peek {
            for (piece, _) in &self.pieces {
                if left == 0 {
                    break;
                }
                let part = piece.slice(..piece.len().min(left));
                left -= part.len();
                gathered.push(part);
            }
            return wanted;
        }
        while left > 0 {
            let Some((piece, charge)) = self.pieces.front_mut() else { break };
            let part = if piece.len() <= left {
                self.charged = self.charged.saturating_sub(*charge);
                self.pieces.pop_front().map(|(piece, _)| piece).unwrap_or_default()
            } else {
                piece.split_to(left)
            };
            left -= part.len();
            gathered.push(part);
        }
        self.unread -= wanted as u32;
        self.copied += wanted as u32;
        wanted
    }

    /// The program read: a buffer that is not fixed grows with what it reads in a round trip (dynamic right-sizing).
    pub fn adjust_space(&mut self, advertised_mss: u32, profile: &Profile, now: Instant) {
        let (mark, since) = self.space_mark;
        if self.rtt_us == 0 || now.since(since).0 < u64::from(self.rtt_us) {
            return;
        }
        let copied = self.copied.since(mark);
        if copied > self.space {
            if profile.moderate_rcvbuf && !self.buffer_fixed {
                let window = u64::from(copied) * 2 + 16 * u64::from(advertised_mss);
                let grown = window * u64::from(copied - self.space) / u64::from(self.space.max(1));
                let memory = self.memory_for(window + grown * 2).min(u64::from(profile.rmem[2])) as u32;
                if memory > self.buffer {
                    self.buffer = memory;
                    self.set_clamp(self.window_from(memory));
                }
            }
            self.space = copied;
        }
        self.space_mark = (self.copied, now);
    }

    /// A measurement of the round-trip time at the receiver: by an echoed timestamp, or by the time that a window took.
    pub fn note_rtt(&mut self, sample_us: u32, by_window: bool) {
        let sample = sample_us.max(1);
        self.rtt_us = match self.rtt_us {
            0 => sample,
            held if by_window => held.min(sample),
            held => (u64::from(held) * 7 / 8 + u64::from(sample) / 8).max(1) as u32,
        };
    }
}
