//! The RST that answers what no connection can take (RFC 9293, 3.5.2 and 3.10.7.1).

use super::{Sending, Turning};
use crate::rules;
use bytes::Bytes;
use sockets::State;
use wire::{Flags, Internet, Options, Segment, Seq};

/// The answer to a segment for which there is no socket, or which its socket must reject: RST, or nothing to a RST.
pub fn refuse(segment: &Segment, turn: &mut Turning<'_>) {
    if segment.flags.rst() {
        return;
    }
    turn.tell(&rules::NO_SOCKET, State::Closed, State::Closed, None);
    // An ACK says which number the peer will accept; without one, the RST must acknowledge what came.
    let (seq, ack, flags) = if segment.flags.ack() {
        (segment.ack, Seq(0), Flags::RST)
    } else {
        (Seq(0), segment.end(), Flags::RST_ACK)
    };
    let ip =
        Internet { dscp: segment.ip.dscp, ..Internet::between(segment.ip.destination, segment.ip.source) };
    let reset = Segment {
        ip,
        source_port: segment.destination_port,
        destination_port: segment.source_port,
        seq,
        ack,
        flags,
        window: 0,
        urgent: 0,
        options: Options::NONE,
        payload: Bytes::new(),
    };
    turn.effects.segments.push(Sending { segment: reset, retransmission: false });
}
