//! TCP_INFO as the kernel writes it (linux/tcp.h, `struct tcp_info`), read by offsets: C's bit fields have no other name here.

use sim::tcp::Info;

/// The fields in the order of the struct, each with its width in octets; `rest` sets what shares an octet.
macro_rules! read {
    ($octets:ident, $info:ident, $at:ident; $($width:literal: $($field:ident)*;)*) => {
        $($(
            // A kernel may know fewer fields than this; those stay 0.
            $info.$field = $octets.get($at..$at + $width).map_or(0, number);
            $at += $width;
        )*)*
    };
}

/// The fields that these octets hold.
pub fn read(octets: &[u8]) -> Info {
    let mut info = Info::default();
    let mut at = 0;
    read! { octets, info, at; 1: state ca_state retransmits probes backoff options; }
    let pair = |at: usize| octets.get(at).copied().unwrap_or(0);
    info.snd_wscale = u64::from(pair(at) & 0x0f);
    info.rcv_wscale = u64::from(pair(at) >> 4);
    info.delivery_rate_app_limited = u64::from(pair(at + 1) & 1);
    info.fastopen_client_fail = u64::from(pair(at + 1) >> 1 & 3);
    at += 2;
    read! { octets, info, at;
        4: rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv last_ack_recv
            pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans;
        8: pacing_rate max_pacing_rate bytes_acked bytes_received;
        4: segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out;
        8: delivery_rate busy_time rwnd_limited sndbuf_limited;
        4: delivered delivered_ce;
        8: bytes_sent bytes_retrans;
        4: dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash;
        2: total_rto total_rto_recoveries;
        4: total_rto_time;
    }
    let _ = at;
    info
}

/// A number of the machine's own byte order.
fn number(octets: &[u8]) -> u64 {
    let mut wide = [0; 8];
    match cfg!(target_endian = "little") {
        true => wide[..octets.len()].copy_from_slice(octets),
        false => wide[8 - octets.len()..].copy_from_slice(octets),
    }
    u64::from_ne_bytes(wide)
}

#[test]
fn fields_stand_where_the_struct_has_them() {
    let mut octets = [0; 248];
    (octets[0], octets[6], octets[7]) = (10, 0x87, 0b011);
    octets[80..84].copy_from_slice(&77_u32.to_ne_bytes());
    octets[176..184].copy_from_slice(&(1_u64 << 40).to_ne_bytes());
    octets[242..244].copy_from_slice(&9_u16.to_ne_bytes());
    let info = read(&octets);
    assert_eq!((info.state, info.snd_wscale, info.rcv_wscale), (10, 7, 8));
    assert_eq!((info.delivery_rate_app_limited, info.fastopen_client_fail), (1, 1));
    assert_eq!((info.snd_cwnd, info.rwnd_limited, info.total_rto_recoveries), (77, 1 << 40, 9));
    assert_eq!(read(&octets[..100]).rwnd_limited, 0);
}
