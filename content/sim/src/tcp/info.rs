//! What TCP_INFO tells of a connection (tcp(7), linux/tcp.h), by Linux's names and in its units.

use super::connection::{Connection, Waiting};
use sockets::{Instant, State};

macro_rules! info {
    ($($field:ident, $says:literal;)*) => {
        /// `struct tcp_info`, without its leading `tcpi_` in the names.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Info {
            $(#[doc = $says] pub $field: u64,)*
        }

        impl Info {
            /// Every field's name, as in `struct tcp_info`, in its order.
            pub const NAMES: &'static [&'static str] = &[$(concat!("tcpi_", stringify!($field)),)*];

            /// A field by its name in `struct tcp_info`: `tcpi_snd_cwnd`.
            pub fn get(&self, name: &str) -> Option<u64> {
                match name {
                    $(concat!("tcpi_", stringify!($field)) => Some(self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

info! {
    state, "State by Linux's number: 1 ESTABLISHED, 2 SYN-SENT, 3 SYN-RECEIVED, 4 FIN-WAIT-1, 5 FIN-WAIT-2, 6 TIME-WAIT, 7 CLOSED, 8 CLOSE-WAIT, 9 LAST-ACK, 10 LISTEN, 11 CLOSING.";
    ca_state, "State of congestion control: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss.";
    retransmits, "Consecutive retransmission time-outs without an answer.";
    probes, "Zero-window or keep-alive probes without an answer.";
    backoff, "How often the retransmission time-out was doubled.";
    options, "Bits: 1 timestamps, 2 SACK, 4 window scale, 8 ECN, 16 ECN seen, 32 Fast Open data.";
    snd_wscale, "The peer's window shift.";
    rcv_wscale, "Our window shift.";
    delivery_rate_app_limited, "Whether the last delivery rate was bounded by the program.";
    fastopen_client_fail, "Why Fast Open failed; always 0.";
    rto, "Retransmission time-out in microseconds.";
    ato, "Delayed-ACK time-out in microseconds.";
    snd_mss, "The largest payload sent, in octets.";
    rcv_mss, "The payload of segments received, as estimated, in octets.";
    unacked, "Segments sent and not acknowledged; for a listening socket, connections in the accept queue.";
    sacked, "Segments that SACK (or duplicate ACKs) reported; for a listening socket, its backlog.";
    lost, "Segments taken for lost.";
    retrans, "Segments sent again and not acknowledged.";
    fackets, "A leftover; 0.";
    last_data_sent, "Milliseconds since data was sent.";
    last_ack_sent, "Linux does not remember it; 0.";
    last_data_recv, "Milliseconds since data came.";
    last_ack_recv, "Milliseconds since an ACK came.";
    pmtu, "Path MTU in octets.";
    rcv_ssthresh, "How far the receive window may grow now, in octets.";
    rtt, "Smoothed round-trip time in microseconds.";
    rttvar, "Round-trip time variation in microseconds.";
    snd_ssthresh, "Slow-start threshold in segments; 2147483647 while none is set.";
    snd_cwnd, "Congestion window in segments.";
    advmss, "The MSS that we announced, less the octets of the timestamps option if it was agreed.";
    reordering, "The reordering degree in segments.";
    rcv_rtt, "The receiver's estimate of the round-trip time, in microseconds.";
    rcv_space, "What the program read in the best round trip so far, in octets.";
    total_retrans, "Segments sent again in the connection's life.";
    pacing_rate, "Pacing rate in octets per second; 18446744073709551615 is none.";
    max_pacing_rate, "The most that it may be.";
    bytes_acked, "Octets of ours that were acknowledged.";
    bytes_received, "Octets that came in order.";
    segs_out, "Segments sent.";
    segs_in, "Segments received.";
    notsent_bytes, "Octets in the send buffer that were never sent.";
    min_rtt, "The least round-trip time in the last tcp_min_rtt_wlen seconds, in microseconds; 4294967295 before the first measurement.";
    data_segs_in, "Segments with data received.";
    data_segs_out, "Segments with data sent.";
    delivery_rate, "Octets per second delivered, as last measured.";
    busy_time, "Microseconds with data to send or unacknowledged.";
    rwnd_limited, "Microseconds bounded by the peer's window.";
    sndbuf_limited, "Microseconds bounded by the send buffer.";
    delivered, "Segments delivered, those that were sent again included.";
    delivered_ce, "Of those, with a congestion mark.";
    bytes_sent, "Octets of data sent, including those sent again.";
    bytes_retrans, "Octets of data sent again.";
    dsack_dups, "Segments that DSACK reported as received twice.";
    reord_seen, "Reordering events seen.";
    rcv_ooopack, "Segments received out of order.";
    snd_wnd, "The peer's window after scaling, in octets.";
    rcv_wnd, "Our announced window, in octets.";
    rehash, "How often the flow's hash changed; 0.";
    total_rto, "Retransmission time-outs in the connection's life.";
    total_rto_recoveries, "Recoveries from time-outs.";
    total_rto_time, "Milliseconds spent in them, the unfinished one included.";
}

/// Fields of eight octets; those of two; all others have four, but for the first, which share eight octets.
const LONG: [&str; 10] = [
    "tcpi_pacing_rate",
    "tcpi_max_pacing_rate",
    "tcpi_bytes_acked",
    "tcpi_bytes_received",
    "tcpi_delivery_rate",
    "tcpi_busy_time",
    "tcpi_rwnd_limited",
    "tcpi_sndbuf_limited",
    "tcpi_bytes_sent",
    "tcpi_bytes_retrans",
];
const SHORT: [&str; 2] = ["tcpi_total_rto", "tcpi_total_rto_recoveries"];

impl Info {
    /// The structure as getsockopt(2) gives it on a little-endian machine, up to `tcpi_total_rto_time`: 248 octets. What is larger
    /// than its field is the largest that the field can say.
    pub fn octets(&self) -> Vec<u8> {
        let small = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
        let mut octets = vec![
            small(self.state),
            small(self.ca_state),
            small(self.retransmits),
            small(self.probes),
            small(self.backoff),
            small(self.options),
            small(self.snd_wscale.min(15) | self.rcv_wscale.min(15) << 4),
            small(self.delivery_rate_app_limited.min(1) | self.fastopen_client_fail.min(3) << 1),
        ];
        for name in &Info::NAMES[10..] {
            let value = self.get(name).unwrap_or_default();
            if LONG.contains(name) {
                octets.extend(value.to_le_bytes());
            } else if SHORT.contains(name) {
                octets.extend(u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes());
            } else {
                octets.extend(u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
        octets
    }
}

impl Connection {
    /// What TCP_INFO says at a moment.
    pub fn info(&self, now: Instant) -> Info {
        let millis = |at: Instant| now.since(at).0 / 1_000;
        let least = self.rtt.least();
        let (segments, took, limited) = self.delivery.rate;
        let mss = u64::from(self.snd.mss);
        let rate = (u64::from(segments) * mss * 1_000_000).checked_div(took).unwrap_or(0);
        let chrono = &self.snd.busy;
        let running = |kind| if chrono.kind == kind { now.since(chrono.since).0 } else { 0 };
        let window = chrono.window + running(Waiting::Window);
        let buffer = chrono.buffer + running(Waiting::Buffer);
        let options = [
            (self.agreed.timestamps, 1),
            (self.agreed.sack, 2),
            (self.agreed.scaling, 4),
            (self.agreed.ecn, 8),
            (self.snd.ecn_seen, 16),
        ];
        Info {
            state: number(self.state),
            ca_state: self.recovery.state as u64,
            retransmits: u64::from(self.snd.retries),
            probes: u64::from(self.snd.probes),
            backoff: u64::from(self.snd.backoff),
            options: options.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum(),
            snd_wscale: u64::from(self.agreed.snd_shift),
            rcv_wscale: u64::from(self.agreed.rcv_shift),
            delivery_rate_app_limited: u64::from(limited),
            rto: u64::from(self.rtt.rto_us),
            ato: u64::from(self.rcv.ack.ato_us),
            snd_mss: mss,
            rcv_mss: u64::from(self.rcv.mss),
            unacked: u64::from(self.queue.out()),
            sacked: u64::from(self.queue.sacked),
            lost: u64::from(self.queue.lost),
            retrans: u64::from(self.queue.retransmitted),
            last_data_sent: millis(self.snd.last_data),
            last_data_recv: millis(self.rcv.ack.last_received),
            last_ack_recv: millis(self.totals.last_ack_received),
            pmtu: u64::from(self.snd.mtu),
            rcv_ssthresh: u64::from(self.rcv.ssthresh),
            rtt: u64::from(self.rtt.srtt()),
            rttvar: u64::from(self.rtt.rttvar()),
            snd_ssthresh: u64::from(self.control.ssthresh),
            snd_cwnd: u64::from(self.control.cwnd),
            advmss: u64::from(self.advertised_room()),
            reordering: u64::from(self.recovery.reordering),
            rcv_rtt: u64::from(self.rcv.rtt_us),
            rcv_space: u64::from(self.rcv.space),
            total_retrans: u64::from(self.totals.retransmitted),
            pacing_rate: if self.snd.pacing_rate == 0 { u64::MAX } else { self.snd.pacing_rate },
            max_pacing_rate: self.settings.max_pacing_rate.unwrap_or(u64::MAX),
            bytes_acked: self.totals.bytes_acked,
            bytes_received: self.totals.bytes_received,
            segs_out: self.totals.segments_out,
            segs_in: self.totals.segments_in,
            notsent_bytes: u64::from(self.snd.end.since(self.snd.nxt.earliest(self.snd.end))),
            min_rtt: u64::from(least),
            data_segs_in: self.totals.data_segments_in,
            data_segs_out: self.totals.data_segments_out,
            delivery_rate: rate,
            busy_time: chrono.busy + window + buffer + running(Waiting::Busy),
            rwnd_limited: window,
            sndbuf_limited: buffer,
            delivered: u64::from(self.delivery.count),
            delivered_ce: u64::from(self.delivery.marked),
            bytes_sent: self.totals.bytes_sent,
            bytes_retrans: self.totals.bytes_retransmitted,
            dsack_dups: u64::from(self.totals.dsacks),
            reord_seen: u64::from(self.recovery.reorderings_seen),
            rcv_ooopack: u64::from(self.totals.out_of_order),
            snd_wnd: u64::from(self.snd.wnd),
            rcv_wnd: u64::from(self.rcv.wnd),
            total_rto: u64::from(self.totals.timeouts),
            total_rto_recoveries: u64::from(self.totals.timeout_recoveries),
            total_rto_time: (self.totals.timeouts_took.0
                + self.totals.timeouts_since.map_or(0, |since| now.since(since).0))
                / 1_000,
            ..Info::default()
        }
    }
}

/// Linux's numbers of the states (linux/tcp_states.h).
const fn number(state: State) -> u64 {
    match state {
        State::Established => 1,
        State::SynSent => 2,
        State::SynReceived => 3,
        State::FinWait1 => 4,
        State::FinWait2 => 5,
        State::TimeWait => 6,
        State::Closed => 7,
        State::CloseWait => 8,
        State::LastAck => 9,
        State::Listen => 10,
        State::Closing => 11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn fields_lie_where_linux_has_them() {
        let info = Info {
            state: 1,
            options: 7,
            snd_wscale: 9,
            rcv_wscale: 10,
            rto: 204_000,
            rtt: 0x0102_0304,
            total_retrans: 5,
            pacing_rate: u64::MAX,
            segs_out: 6,
            min_rtt: 7,
            delivery_rate: 8,
            delivered: 9,
            bytes_sent: 10,
            rcv_wnd: u64::MAX,
            total_rto: 11,
            total_rto_time: 12,
            ..Info::default()
        };
        let octets = info.octets();
        assert_eq!(octets.len(), 248);
        let four = |at: usize| u32::from_le_bytes(octets[at..at + 4].try_into().expect("four octets"));
        assert_eq!((octets[0], octets[5], octets[6]), (1, 7, 0xa9));
        // offsetof() of each in linux/tcp.h.
        for (at, value) in [
            (8, 204_000),
            (68, 0x0102_0304),
            (100, 5),
            (104, u32::MAX),
            (136, 6),
            (148, 7),
            (160, 8),
            (192, 9),
            (200, 10),
            (232, u32::MAX),
            (240, 11),
            (244, 12),
        ] {
            assert_eq!(four(at), value, "at {at}");
        }
    }
}
