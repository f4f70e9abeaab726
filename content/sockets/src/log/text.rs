//! A Log as text, one line for each record, and as one number. Both are exact: equal Logs have equal texts, on every machine.
//!
//! ```text
//!   0.000000 call 3, host 0: connect(1, ("10.0.0.2", 80))
//!   0.000000 #0 link 0, host 0 > host 1, socket 1: 10.0.0.1.32768 > 10.0.0.2.80: S 7:7(0) win 64240 <mss 1460> (ttl 64, df), arrives 0.010000
//!   0.020000 call 3 -> done, took 20000
//! ```
//!
//! Times are seconds with six decimals, spans microseconds. Segments are in packetdrill's notation with absolute numbers. Of payload
//! the text has the length, and the number ([`Log::digest`](super::Log::digest)) every octet.

use super::{Log, Record, What};
use crate::{
    Bound, Congestion, Event, Failure, Fate, Instant, Levels, MsgFlag, Op, OptionValue, Outcome, Reaction,
    Sample, Trace, Transit, Value, Watch,
};
use bytes::Bytes;
use core::fmt::{self, Write};
use core::hash::Hasher;
use siphasher::sip::SipHasher13;
use std::collections::BTreeSet;

impl Log {
    /// The whole story, one line for each record, each with a line feed at its end.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for record in self.records() {
            let _ = writeln!(text, "{record}"); // Writing to a String cannot fail.
        }
        text
    }

    /// One number for the whole story, payload included: equal Logs have equal numbers, natively and in wasm, today and later.
    pub fn digest(&self) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(0x5443_5020_4c61_6221, self.records().len() as u64);
        let mut line = String::new();
        for record in self.records() {
            line.clear();
            let _ = writeln!(line, "{record}"); // Writing to a String cannot fail.
            hasher.write(line.as_bytes());
            if let Some(payload) = record.payload() {
                hasher.write(payload);
            }
        }
        hasher.finish()
    }
}

impl Record {
    /// The data that it carries.
    fn payload(&self) -> Option<&Bytes> {
        match &self.what {
            What::Entered(call) => call.op.payload(),
            What::Returned { outcome, .. } => outcome.as_ref().ok().and_then(Value::payload),
            What::Trace(Trace::Sent(transit)) => Some(match &transit.datagram {
                wire::Datagram::Tcp(segment) => &segment.payload,
                wire::Datagram::Udp(datagram) => &datagram.payload,
                wire::Datagram::Icmp(message) => &message.quoted,
            }),
            _ => None,
        }
    }
}

/// A moment as seconds with six decimals.
struct Seconds(Instant);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Instant(us) = self.0;
        write!(f, "{}.{:06}", us / 1_000_000, us % 1_000_000)
    }
}

/// A text on one line.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '\n' => f.write_str("\\n"),
            '\r' => f.write_str("\\r"),
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            char => f.write_char(char),
        })
    }
}

/// Its line of the text, without the line feed.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Seconds(self.at))?;
        match &self.what {
            What::Entered(call) => {
                write!(f, "call {}, host {}: ", call.id, call.host)?;
                write_op(f, &call.op)?;
                call.timeout.map_or(Ok(()), |timeout| write!(f, ", timeout {}", timeout.0))
            }
            What::Returned { call, outcome, took, note } => {
                write!(f, "call {call} -> ")?;
                write_outcome(f, outcome)?;
                write!(f, ", took {}", took.0)?;
                note.as_deref().map_or(Ok(()), |note| write!(f, ", \"{}\"", OneLine(note)))
            }
            What::State { socket, sample } => {
                write!(f, "socket {socket}:")?;
                write_sample(f, sample)
            }
            What::Trace(trace) => trace.fmt(f),
            What::Notice(text) => write!(f, "notice \"{}\"", OneLine(text)),
            What::Gone(why) => write!(f, "gone \"{}\"", OneLine(why)),
        }
    }
}

/// As in the text of a Log, without the time.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trace::Sent(transit) => write_transit(f, transit),
            Trace::Arrived { packet, host } => write!(f, "#{packet} arrived at host {host}"),
            Trace::Armed { socket, timer, fires: Some(at) } => {
                write!(f, "socket {socket}: {} timer set to {}", timer.name(), Seconds(*at))
            }
            Trace::Armed { socket, timer, fires: None } => {
                write!(f, "socket {socket}: {} timer stopped", timer.name())
            }
            Trace::Fired { socket, timer } => write!(f, "socket {socket}: {} timer fired", timer.name()),
            Trace::Reaction { socket, reaction } => {
                match socket {
                    Some(socket) => write!(f, "socket {socket}: ")?,
                    None => f.write_str("no socket: ")?,
                }
                write_reaction(f, reaction)
            }
            Trace::Levels { socket, levels } => {
                write!(f, "socket {socket}: ")?;
                write_levels(f, levels)
            }
        }
    }
}

fn write_transit(f: &mut fmt::Formatter<'_>, transit: &Transit) -> fmt::Result {
    let Transit { packet, copy_of, link, from, to, socket, retransmission, datagram, fate } = transit;
    write!(f, "#{packet} link {link}, host {from} > host {to}")?;
    socket.map_or(Ok(()), |socket| write!(f, ", socket {socket}"))?;
    copy_of.map_or(Ok(()), |original| write!(f, ", copy of #{original}"))?;
    if *retransmission {
        f.write_str(", again")?;
    }
    let ip = datagram.ip();
    write!(f, ": {datagram} (ttl {}", ip.ttl)?;
    if ip.identification != 0 {
        write!(f, ", id {}", ip.identification)?;
    }
    if ip.dscp != 0 {
        write!(f, ", dscp {}", ip.dscp)?;
    }
    f.write_str(if ip.dont_fragment { ", df), " } else { "), " })?;
    match fate {
        Fate::Arrives { at } => write!(f, "arrives {}", Seconds(*at)),
        Fate::Corrupted { at } => write!(f, "corrupted, arrives {}", Seconds(*at)),
        Fate::Lost => f.write_str("lost"),
        Fate::Dropped => f.write_str("dropped by a fault"),
        Fate::QueueFull => f.write_str("dropped, queue full"),
        Fate::TooBig => f.write_str("dropped, too big"),
        Fate::Seen => f.write_str("seen"),
    }
}

fn write_reaction(f: &mut fmt::Formatter<'_>, reaction: &Reaction) -> fmt::Result {
    let Reaction { rule, before, after, change } = reaction;
    write!(f, "rule {}", rule.name)?;
    if before == after {
        write!(f, ", {before}")?;
    } else {
        write!(f, ", {before} -> {after}")?;
    }
    change.map_or(Ok(()), |change| {
        write!(f, ", {} {} -> {}", change.quantity.name(), change.before, change.after)
    })
}

fn write_levels(f: &mut fmt::Formatter<'_>, levels: &Levels) -> fmt::Result {
    let Levels { state, iss, snd_una, snd_nxt, snd_end, snd_wnd, irs, rcv_nxt, rcv_wnd, unread, .. } = levels;
    let Levels { out_of_order, cwnd, ssthresh, in_flight, sacked, lost, retransmitted, mss, .. } = levels;
    let Levels { srtt_us, rttvar_us, rto_us, retries, congestion, bound, error, .. } = levels;
    write!(f, "{state}, iss {iss} una {snd_una} nxt {snd_nxt} end {snd_end} wnd {snd_wnd}")?;
    write!(f, ", irs {irs} nxt {rcv_nxt} wnd {rcv_wnd} unread {unread} ooo {out_of_order}")?;
    write!(f, ", cwnd {cwnd} ssthresh ")?;
    match *ssthresh {
        u32::MAX => f.write_str("none")?,
        segments => write!(f, "{segments}")?,
    }
    write!(f, " flight {in_flight} sacked {sacked} lost {lost} again {retransmitted} mss {mss}")?;
    write!(f, ", srtt {srtt_us} rttvar {rttvar_us} rto {rto_us} retries {retries}")?;
    f.write_str(match congestion {
        Congestion::Open => ", open",
        Congestion::Disorder => ", disorder",
        Congestion::Cwr => ", cwr",
        Congestion::Recovery => ", recovery",
        Congestion::Loss => ", loss",
    })?;
    f.write_str(match bound {
        Bound::Application => ", bound by the application",
        Bound::CongestionWindow => ", bound by cwnd",
        Bound::ReceiveWindow => ", bound by the window",
        Bound::SmallSegment => ", bound by its small segment",
    })?;
    error.map_or(Ok(()), |error| write!(f, ", error {}", error.name()))
}

fn write_sample(f: &mut fmt::Formatter<'_>, sample: &Sample) -> fmt::Result {
    let Sample { state, local, peer, receive_queue, send_queue, accept, path } = sample;
    state.map_or(Ok(()), |state| write!(f, " {state}"))?;
    local.map_or(Ok(()), |local| write!(f, " local {}", local.0))?;
    peer.map_or(Ok(()), |peer| write!(f, " peer {}", peer.0))?;
    receive_queue.map_or(Ok(()), |octets| write!(f, " inq {octets}"))?;
    send_queue.map_or(Ok(()), |octets| write!(f, " outq {octets}"))?;
    accept.map_or(Ok(()), |queue| write!(f, " accept {}/{}", queue.queued, queue.backlog))?;
    let Some(path) = path else { return Ok(()) };
    write!(f, " rtt {}/{} rto {} cwnd {}", path.rtt_us, path.rttvar_us, path.rto_us, path.cwnd)?;
    path.ssthresh.map_or(Ok(()), |segments| write!(f, " ssthresh {segments}"))?;
    write!(
        f,
        " unacked {} retransmits {}/{} mss {}",
        path.unacked, path.retransmits, path.total_retransmits, path.mss
    )
}

fn write_op(f: &mut fmt::Formatter<'_>, op: &Op) -> fmt::Result {
    let name = op.kind().name();
    match op {
        Op::Socket { family, kind } => write!(f, "{name}({}, {})", family.name(), kind.name()),
        Op::Bind { socket, address } | Op::Connect { socket, address } => {
            write!(f, "{name}({socket}, {address})")
        }
        Op::Listen { socket, backlog } => write!(f, "{name}({socket}, {backlog})"),
        Op::Send { socket, flags, data } => {
            write!(f, "{name}({socket}, {} octets", data.len())?;
            write_flags(f, flags)
        }
        Op::SendTo { socket, address, flags, data } => {
            write!(f, "{name}({socket}, {address}, {} octets", data.len())?;
            write_flags(f, flags)
        }
        Op::Recv { socket, max, flags } | Op::RecvFrom { socket, max, flags } => {
            write!(f, "{name}({socket}, {max}")?;
            write_flags(f, flags)
        }
        Op::Shutdown { socket, how } => write!(f, "{name}({socket}, {})", how.name()),
        Op::Accept { socket }
        | Op::Close { socket }
        | Op::GetSockName { socket }
        | Op::GetPeerName { socket } => write!(f, "{name}({socket})"),
        Op::SetSockOpt { socket, option, value } => {
            write!(f, "{name}({socket}, {}, ", option.row().constant)?;
            write_option(f, value)?;
            f.write_str(")")
        }
        Op::GetSockOpt { socket, option } => write!(f, "{name}({socket}, {})", option.row().constant),
        Op::GetAddrInfo { host, port, family, kind } => {
            write!(f, "{name}(\"{}\", {port}", OneLine(host))?;
            family.map_or(Ok(()), |family| write!(f, ", {}", family.name()))?;
            kind.map_or(Ok(()), |kind| write!(f, ", {}", kind.name()))?;
            f.write_str(")")
        }
        Op::GetNameInfo { address } => write!(f, "{name}({})", address.0),
        Op::GetHostName {} => write!(f, "{name}()"),
        Op::Poll { watch } => {
            write!(f, "{name}(")?;
            write_watches(f, watch)?;
            f.write_str(")")
        }
        Op::Cancel { target } => write!(f, "{name}(call {target})"),
    }
}

/// `3 POLLIN|POLLOUT, 4 POLLIN`
fn write_watches(f: &mut fmt::Formatter<'_>, watches: &[Watch]) -> fmt::Result {
    for (place, watch) in watches.iter().enumerate() {
        write!(f, "{}{}", if place == 0 { "" } else { ", " }, watch.socket)?;
        for (place, event) in watch.events.iter().enumerate() {
            write!(f, "{}{}", if place == 0 { " " } else { "|" }, event.name())?;
        }
    }
    Ok(())
}

/// The flags as the last argument of a call, if there are any, and the end of the call.
fn write_flags(f: &mut fmt::Formatter<'_>, flags: &BTreeSet<MsgFlag>) -> fmt::Result {
    for (place, flag) in flags.iter().enumerate() {
        write!(f, "{}{}", if place == 0 { ", " } else { "|" }, flag.name())?;
    }
    f.write_str(")")
}

fn write_option(f: &mut fmt::Formatter<'_>, value: &OptionValue) -> fmt::Result {
    match value {
        OptionValue::Number(number) => write!(f, "{number}"),
        OptionValue::Linger { on, seconds } => write!(f, "{}, {seconds} s", if *on { "on" } else { "off" }),
        OptionValue::Text(text) => write!(f, "\"{}\"", OneLine(text)),
        OptionValue::Octets(_) => write!(f, "{value}"),
    }
}

fn write_outcome(f: &mut fmt::Formatter<'_>, outcome: &Outcome) -> fmt::Result {
    match outcome {
        Err(Failure::Policy(why) | Failure::Protocol(why)) => {
            let name = if matches!(outcome, Err(Failure::Policy(_))) { "EPOLICY" } else { "EPROTOCOL" };
            write!(f, "{name} \"{}\"", OneLine(why))
        }
        Err(failure) => f.write_str(&failure.name()),
        Ok(Value::Done {}) => f.write_str("done"),
        Ok(Value::Socket { socket }) => write!(f, "socket {socket}"),
        Ok(Value::Accepted { socket, peer }) => write!(f, "socket {socket} from {}", peer.0),
        Ok(Value::Sent { sent }) => write!(f, "{sent} octets"),
        Ok(Value::Data { data, .. }) => write!(f, "{} octets", data.len()),
        Ok(Value::Datagram { data, from, whole, .. }) => {
            write!(f, "{} octets from {}", data.len(), from.0)?;
            whole.map_or(Ok(()), |whole| write!(f, ", cut from {whole}"))
        }
        Ok(Value::Ready { ready }) if ready.is_empty() => f.write_str("none ready"),
        Ok(Value::Ready { ready }) => {
            f.write_str("ready ")?;
            write_watches(f, ready)
        }
        Ok(Value::Address { address }) => write!(f, "{}", address.0),
        Ok(Value::Option { value }) => write_option(f, value),
        Ok(Value::Name { name }) => write!(f, "\"{}\"", OneLine(name)),
        Ok(Value::Addresses { addresses }) => {
            f.write_str("addresses")?;
            addresses.iter().try_for_each(|info| {
                write!(f, " {} {} {}", info.family.name(), info.kind.name(), info.address.0)
            })
        }
    }
}

/// As in the text of a Log, without the time.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Returned { call, outcome, .. } => {
                write!(f, "call {call} -> ")?;
                write_outcome(f, outcome)
            }
            Event::State { socket, sample } => {
                write!(f, "socket {socket}:")?;
                write_sample(f, sample)
            }
            Event::Trace(trace) => trace.fmt(f),
            Event::Notice(text) => write!(f, "notice \"{}\"", OneLine(text)),
            Event::Gone(why) => write!(f, "gone \"{}\"", OneLine(why)),
        }
    }
}
