//! What only a network that sees segments can tell: every datagram and its fate, every timer, every rule that acted.
//!
//! ```text
//!   Sent ---- fate: Arrives(t) ----> Arrived --> Reaction, Reaction, ... --> Levels
//!     '------ fate: Lost(why)
//! ```

use crate::{Errno, HostId, Instant, SocketId, State};
use core::fmt;
use wire::{Datagram, Seq};

/// Numbers a datagram on one link, in the order of sending; never used twice in a Log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(pub u32);

/// Numbers a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u32);

/// One thing that a network with [`Sight::Segments`](crate::Sight) saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// A host or router put a datagram on a link.
    ///
    /// It is the largest of all by far, so it lies apart: a Log of a million records is half as large for it.
    Sent(Box<Transit>),
    /// A datagram came to the other end of its link.
    Arrived {
        /// Which.
        packet: PacketId,
        /// Where.
        host: HostId,
    },
    /// A timer of a connection was set, or stopped.
    Armed {
        /// Whose.
        socket: SocketId,
        /// Which.
        timer: Timer,
        /// When it will fire; `None` when it was stopped.
        fires: Option<Instant>,
    },
    /// A timer of a connection fired.
    Fired {
        /// Whose.
        socket: SocketId,
        /// Which.
        timer: Timer,
    },
    /// A rule acted.
    Reaction {
        /// On which socket; `None` when no socket took part (a segment that no socket takes, a router).
        socket: Option<SocketId>,
        /// What happened.
        reaction: Reaction,
    },
    /// Where a connection stands after what it just did, when that changed.
    Levels {
        /// Which connection.
        socket: SocketId,
        /// Its variables.
        levels: Levels,
    },
}

/// A datagram under way on one link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transit {
    /// Its number.
    pub packet: PacketId,
    /// The datagram that it is a copy of, when the link duplicated it.
    pub copy_of: Option<PacketId>,
    /// The link.
    pub link: LinkId,
    /// Who put it there.
    pub from: HostId,
    /// Who is at the other end.
    pub to: HostId,
    /// The socket that it comes from; `None` for what a host sends in nobody's name, and for what is forwarded.
    pub socket: Option<SocketId>,
    /// Whether it was sent before.
    pub retransmission: bool,
    /// What it says, as it was put on the link.
    pub datagram: Datagram,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a datagram on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It comes to the other end, whole.
    Arrives {
        /// When.
        at: Instant,
    },
    /// It comes to the other end with changed bits; the receiver's checksum finds it.
    Corrupted {
        /// When.
        at: Instant,
    },
    /// The link lost it, by its rate of loss.
    Lost,
    /// The scenario's fault aimed at it.
    Dropped,
    /// The queue before the link was full.
    QueueFull,
    /// It is larger than the link takes, and may not be fragmented.
    TooBig,
    /// A capture saw it pass at one place, at the time of the record. When it was sent, and whether it came to the other end, is not
    /// known.
    Seen,
}

/// The timers of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Retransmission (RFC 6298).
    Retransmission,
    /// Tail loss probe (RFC 8985, 7).
    LossProbe,
    /// RACK's reordering window (RFC 8985, 6.2, step 5).
    Reordering,
    /// Zero-window probe, also called persist (RFC 9293, 3.8.6.1).
    ZeroWindowProbe,
    /// Delayed ACK (RFC 9293, 3.8.6.3).
    DelayedAck,
    /// Keep-alive (RFC 9293, 3.8.4).
    KeepAlive,
    /// The end of an orphan's FIN-WAIT-2 (tcp(7), tcp_fin_timeout).
    FinWait2,
    /// The end of TIME-WAIT (RFC 9293, 3.6.1).
    TimeWait,
    /// A SYN-ACK that nobody acknowledged (RFC 9293, 3.8.1).
    SynAck,
}

/// A rule of the engine: what it is called, what it says, where it comes from.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// A short name, unique: `fast-retransmit`.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub says: &'static str,
    /// The clause (`RFC 5681, 3.2`) or the system's setting (`Linux, tcp_min_snd_mss`).
    pub source: &'static str,
}

/// One rule at work: the state before and after, and the quantity that it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The rule.
    pub rule: &'static Rule,
    /// The connection's state before.
    pub before: State,
    /// The connection's state after.
    pub after: State,
    /// What it changed besides, if anything.
    pub change: Option<Change>,
}

/// A quantity before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub quantity: Quantity,
    /// Before, in the quantity's unit.
    pub before: u64,
    /// After.
    pub after: u64,
}

/// What a rule may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Congestion window, in segments.
    CongestionWindow,
    /// Slow-start threshold, in segments.
    SlowStartThreshold,
    /// SND.UNA, a sequence number.
    SndUna,
    /// SND.NXT, a sequence number.
    SndNxt,
    /// SND.WND, in octets.
    SndWnd,
    /// RCV.NXT, a sequence number.
    RcvNxt,
    /// RCV.WND, in octets.
    RcvWnd,
    /// Retransmission time-out, in microseconds.
    Rto,
    /// Smoothed round-trip time, in microseconds.
    Srtt,
    /// Segments taken for lost.
    Lost,
    /// Segments reported by SACK, or counted by duplicate ACKs where SACK was not agreed.
    Sacked,
    /// Octets in the out-of-order queue.
    OutOfOrder,
    /// The largest payload sent, in octets.
    Mss,
    /// Consecutive retransmissions or probes.
    Retries,
    /// Connections in the accept queue.
    AcceptQueue,
    /// Connections in the SYN queue.
    SynQueue,
    /// The reordering degree, in segments.
    Reordering,
    /// The pending error, as an errno.
    Error,
}

/// Linux's states of congestion control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Congestion {
    /// Nothing is amiss.
    #[default]
    Open,
    /// Duplicate ACKs or SACKs: loss or reordering, not yet known which.
    Disorder,
    /// The window is being reduced without a loss: after an ECN mark, or because the host's own queue is full.
    Cwr,
    /// Fast recovery.
    Recovery,
    /// After a retransmission time-out.
    Loss,
}

/// What keeps a sender from sending more, right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// The program has given nothing more.
    #[default]
    Application,
    /// The congestion window.
    CongestionWindow,
    /// The peer's receive window.
    ReceiveWindow,
    /// Nagle's algorithm, TCP_CORK or MSG_MORE: a small segment waits.
    SmallSegment,
}

/// A connection's variables (RFC 9293, 3.3.1; RFC 5681; RFC 6298). Sequence numbers are absolute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    /// The state.
    pub state: State,
    /// ISS.
    pub iss: Seq,
    /// SND.UNA.
    pub snd_una: Seq,
    /// SND.NXT.
    pub snd_nxt: Seq,
    /// The number after the last octet that the program gave.
    pub snd_end: Seq,
    /// SND.WND in octets.
    pub snd_wnd: u32,
    /// IRS.
    pub irs: Seq,
    /// RCV.NXT.
    pub rcv_nxt: Seq,
    /// RCV.WND in octets, as last announced and not yet used.
    pub rcv_wnd: u32,
    /// Octets received in order and not yet read.
    pub unread: u32,
    /// Octets received out of order.
    pub out_of_order: u32,
    /// Congestion window in segments.
    pub cwnd: u32,
    /// Slow-start threshold in segments; `u32::MAX` while none is set.
    pub ssthresh: u32,
    /// Segments in flight.
    pub in_flight: u32,
    /// Segments that SACK reported, or that duplicate ACKs stand for.
    pub sacked: u32,
    /// Segments taken for lost.
    pub lost: u32,
    /// Segments sent again and not yet acknowledged.
    pub retransmitted: u32,
    /// The largest payload sent, in octets.
    pub mss: u32,
    /// Smoothed round-trip time in microseconds; 0 before the first measurement.
    pub srtt_us: u32,
    /// Round-trip time variation in microseconds.
    pub rttvar_us: u32,
    /// Retransmission time-out in microseconds.
    pub rto_us: u32,
    /// Consecutive retransmissions without an answer.
    pub retries: u32,
    /// What state congestion control is in.
    pub congestion: Congestion,
    /// What keeps the sender from sending more.
    pub bound: Bound,
    /// The pending error.
    pub error: Option<Errno>,
}

impl Timer {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Timer::Retransmission => "retransmission",
            Timer::LossProbe => "tail loss probe",
            Timer::Reordering => "reordering",
            Timer::ZeroWindowProbe => "zero-window probe",
            Timer::DelayedAck => "delayed ACK",
            Timer::KeepAlive => "keep-alive",
            Timer::FinWait2 => "FIN-WAIT-2",
            Timer::TimeWait => "TIME-WAIT",
            Timer::SynAck => "SYN-ACK",
        }
    }
}

impl Quantity {
    /// What it is called, in the RFCs' words where they have one.
    pub const fn name(self) -> &'static str {
        match self {
            Quantity::CongestionWindow => "cwnd",
            Quantity::SlowStartThreshold => "ssthresh",
            Quantity::SndUna => "SND.UNA",
            Quantity::SndNxt => "SND.NXT",
            Quantity::SndWnd => "SND.WND",
            Quantity::RcvNxt => "RCV.NXT",
            Quantity::RcvWnd => "RCV.WND",
            Quantity::Rto => "RTO",
            Quantity::Srtt => "SRTT",
            Quantity::Lost => "lost",
            Quantity::Sacked => "sacked",
            Quantity::OutOfOrder => "out of order",
            Quantity::Mss => "MSS",
            Quantity::Retries => "retries",
            Quantity::AcceptQueue => "accept queue",
            Quantity::SynQueue => "SYN queue",
            Quantity::Reordering => "reordering",
            Quantity::Error => "pending error",
        }
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
