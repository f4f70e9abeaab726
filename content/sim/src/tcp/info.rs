//! What TCP_INFO tells of a connection (tcp(7), linux/tcp.h), by Linux's names and in its units.

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
    ca_state, "Congestion control: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss.";
    retransmits, "Consecutive retransmission time-outs.";
    probes, "Zero-window or keep-alive probes without an answer.";
    backoff, "How often the retransmission time-out was doubled.";
    options, "Bits: 1 timestamps, 2 SACK, 4 window scale, 8 ECN, 16 ECN seen, 32 Fast Open data.";
    snd_wscale, "The peer's window shift.";
    rcv_wscale, "Our window shift.";
    delivery_rate_app_limited, "Whether the last delivery rate was bounded by the program.";
    fastopen_client_fail, "Why Fast Open failed; 0.";
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
    last_ack_sent, "A leftover; 0.";
    last_data_recv, "Milliseconds since data came.";
    last_ack_recv, "Milliseconds since an ACK came.";
    pmtu, "Path MTU in octets.";
    rcv_ssthresh, "How far the receive window may grow now, in octets.";
    rtt, "Smoothed round-trip time in microseconds.";
    rttvar, "Round-trip time variation in microseconds.";
    snd_ssthresh, "Slow-start threshold in segments; 2147483647 while none is set.";
    snd_cwnd, "Congestion window in segments.";
    advmss, "The MSS that we announced, in octets.";
    reordering, "The reordering degree in segments.";
    rcv_rtt, "The receiver's estimate of the round-trip time, in microseconds.";
    rcv_space, "What the program reads in a round trip, in octets.";
    total_retrans, "Segments sent again in the connection's life.";
    pacing_rate, "Octets per second; 18446744073709551615 is none.";
    max_pacing_rate, "The most that it may be.";
    bytes_acked, "Octets of ours that were acknowledged.";
    bytes_received, "Octets that came in order.";
    segs_out, "Segments sent.";
    segs_in, "Segments received.";
    notsent_bytes, "Octets in the send buffer that were never sent.";
    min_rtt, "The least round-trip time seen, in microseconds.";
    data_segs_in, "Segments with data received.";
    data_segs_out, "Segments with data sent.";
    delivery_rate, "Octets per second delivered, as last measured.";
    busy_time, "Microseconds with data unacknowledged.";
    rwnd_limited, "Microseconds bounded by the peer's window.";
    sndbuf_limited, "Microseconds bounded by the send buffer.";
    delivered, "Segments delivered, including those that were sent again.";
    delivered_ce, "Of those, with a congestion mark.";
    bytes_sent, "Octets of data sent, including those sent again.";
    bytes_retrans, "Octets of data sent again.";
    dsack_dups, "DSACK blocks received.";
    reord_seen, "Reordering events seen.";
    rcv_ooopack, "Segments received out of order.";
    snd_wnd, "The peer's window after scaling, in octets.";
    rcv_wnd, "Our announced window, in octets.";
    rehash, "How often the flow's hash changed; 0.";
    total_rto, "Retransmission time-outs in the connection's life.";
    total_rto_recoveries, "Recoveries from time-outs.";
    total_rto_time, "Milliseconds spent in them.";
}
