//! The settings of a host's TCP: Linux's sysctls by their own names, with the defaults of a current kernel.
//!
//! One table says name, default and meaning; reading a setting from text and listing all of them follow from it.

use crate::Metrics;
use core::fmt;

macro_rules! profile {
    ($($field:ident: $kind:ty = $default:expr, $allowed:expr, $sysctl:literal, $says:literal;)*) => {
        /// The settings of one host (ip-sysctl, tcp(7)).
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Profile {
            $(
                #[doc = $says]
                pub $field: $kind,
            )*
            /// What its routes say (ip-route(8)).
            pub route: Metrics,
            /// Its interfaces' queues pace each connection (tc-fq(8)).
            pub paces: bool,
            /// The initial sequence number of its connections; `None`, as on any real host, for numbers that nobody can guess.
            pub iss: Option<u32>,
        }

        impl Profile {
            /// A current Linux as it comes.
            pub fn linux() -> Profile {
                Profile { $($field: $default,)* route: Metrics::default(), paces: false, iss: None }
            }

            /// Every setting: its sysctl's name, what it may be, and what it means.
            pub const TABLE: &'static [(&'static str, Allowed, &'static str)] = &[$(($sysctl, $allowed, $says),)*];

            /// Gives a setting a value, as sysctl(8) would: `net.ipv4.tcp_rmem`, `4096 131072 6291456`. Slashes may stand for
            /// the name's points, and `/proc/sys/` before it.
            ///
            /// # Errors
            /// A name that the engine does not know, or a value that the setting cannot have: see [`Profile::TABLE`].
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), BadSetting> {
                let plain = name.trim().trim_start_matches("/proc/sys/").replace('/', ".");
                match plain.as_str() {
                    $($sysctl => <$kind as Setting>::read(value)
                        .filter(|value| value.is_allowed(&$allowed))
                        .map(|value| self.$field = value)
                        .ok_or_else(|| BadSetting::Value {
                            name: plain,
                            value: value.trim().chars().take(80).collect(),
                            allowed: <$kind as Setting>::allowed(&$allowed),
                        }),)*
                    _ => Err(BadSetting::Name { name: plain }),
                }
            }

            /// The value of a setting as sysctl(8) prints it, if the engine knows the name.
            pub fn get(&self, name: &str) -> Option<String> {
                match name {
                    $($sysctl => Some(self.$field.write()),)*
                    _ => None,
                }
            }
        }
    };
}

profile! {
    rmem: [u32; 3] = [4_096, 131_072, 33_554_432], span(2_304, BUFFER), "net.ipv4.tcp_rmem", "Receive buffer: least, default, most, in octets.";
    wmem: [u32; 3] = [4_096, 16_384, 4_194_304], span(2_304, BUFFER), "net.ipv4.tcp_wmem", "Send buffer: least, default, most, in octets.";
    rmem_max: u32 = 4_194_304, span(2_304, BUFFER), "net.core.rmem_max", "The most that SO_RCVBUF may ask for, in octets.";
    wmem_max: u32 = 4_194_304, span(4_608, BUFFER), "net.core.wmem_max", "The most that SO_SNDBUF may ask for, in octets.";
    rmem_default: u32 = 212_992, span(2_304, BUFFER), "net.core.rmem_default", "The receive buffer of a UDP socket, in octets.";
    wmem_default: u32 = 212_992, span(4_608, BUFFER), "net.core.wmem_default", "The send buffer of a UDP socket, in octets.";
    somaxconn: u32 = 4_096, span(0, 1_000_000), "net.core.somaxconn", "The most that listen takes for a backlog, in connections.";
    max_syn_backlog: u32 = 4_096, span(0, 1_000_000), "net.ipv4.tcp_max_syn_backlog", "The most half-open connections of one listening socket; Linux takes less where memory is small.";
    timestamps: u32 = 1, span(0, 2), "net.ipv4.tcp_timestamps", "Timestamps (RFC 7323): 0 never, 1 with a random offset, 2 without.";
    sack: bool = true, span(0, 255), "net.ipv4.tcp_sack", "Selective acknowledgments (RFC 2018).";
    dsack: bool = true, span(0, 255), "net.ipv4.tcp_dsack", "Duplicate selective acknowledgments (RFC 2883).";
    fack: bool = false, span(0, 255), "net.ipv4.tcp_fack", "A leftover: without effect since Linux 4.15.";
    window_scaling: bool = true, span(0, 255), "net.ipv4.tcp_window_scaling", "Window scaling (RFC 7323).";
    ecn: u32 = 2, span(0, 5), "net.ipv4.tcp_ecn", "ECN (RFC 3168): 0 never, 1 ask and answer, 2 answer only; 3 to 5 are accurate ECN (RFC 9768), which the engine does not have.";
    ecn_fallback: bool = true, span(0, 255), "net.ipv4.tcp_ecn_fallback", "A SYN that asked for ECN and was lost goes again without (RFC 3168, 6.1.1.1).";
    ecn_option: u32 = 2, span(0, 3), "net.ipv4.tcp_ecn_option", "The AccECN option; without effect while tcp_ecn is 2 or less.";
    ecn_option_beacon: u32 = 3, span(0, 3), "net.ipv4.tcp_ecn_option_beacon", "How often the AccECN option is sent per round trip; without effect while tcp_ecn is 2 or less.";
    syn_retries: u32 = 6, span(1, 127), "net.ipv4.tcp_syn_retries", "Retransmissions of a SYN with growing intervals, before connect gives up.";
    syn_linear_timeouts: u32 = 4, span(0, 127), "net.ipv4.tcp_syn_linear_timeouts", "Retransmissions of a SYN one second apart, before the intervals grow.";
    synack_retries: u32 = 5, span(0, 255), "net.ipv4.tcp_synack_retries", "Retransmissions of a SYN-ACK before the half-open connection is forgotten.";
    retries1: u32 = 3, span(0, 255), "net.ipv4.tcp_retries1", "Retransmissions before the route is doubted (RFC 1122, 4.2.3.5: R1); the engine never doubts it.";
    retries2: u32 = 15, span(0, 255), "net.ipv4.tcp_retries2", "Retransmissions before an established connection is given up (RFC 1122, 4.2.3.5: R2).";
    orphan_retries: u32 = 0, span(0, 255), "net.ipv4.tcp_orphan_retries", "Retransmissions before a closed socket is given up; 0 stands for 8.";
    abort_on_overflow: bool = false, span(0, 255), "net.ipv4.tcp_abort_on_overflow", "A full accept queue answers with RST instead of silence.";
    syncookies: u32 = 1, span(0, 2), "net.ipv4.tcp_syncookies", "SYN cookies: 0 never, 1 when the SYN queue is full, 2 always.";
    frto: u32 = 2, span(0, 255), "net.ipv4.tcp_frto", "Forward RTO-recovery (RFC 5682): finds time-outs that were spurious.";
    reordering: u32 = 3, span(1, 65_535), "net.ipv4.tcp_reordering", "The reordering degree to begin with, in segments (dupthresh).";
    max_reordering: u32 = 300, span(1, 65_535), "net.ipv4.tcp_max_reordering", "The most that the reordering degree may grow to.";
    recovery: u32 = 1, span(0, 255), "net.ipv4.tcp_recovery", "RACK (RFC 8985): 1 on, 2 static reordering window, 4 no duplicate-ACK threshold.";
    early_retrans: u32 = 3, span(0, 4), "net.ipv4.tcp_early_retrans", "Tail loss probes (RFC 8985, 7): 0 off, 3 and 4 on.";
    congestion_control: String = "cubic".into(), Allowed::Names(&["cubic", "reno"]), "net.ipv4.tcp_congestion_control", "The congestion control of new sockets: cubic or reno.";
    slow_start_after_idle: bool = true, span(0, 255), "net.ipv4.tcp_slow_start_after_idle", "An idle connection begins again from the initial window (RFC 5681, 4.1).";
    no_metrics_save: bool = false, span(0, 255), "net.ipv4.tcp_no_metrics_save", "Nothing is remembered of a path after a connection ends; the engine never remembers.";
    tso_win_divisor: u32 = 3, span(0, 255), "net.ipv4.tcp_tso_win_divisor", "Which part of the window (1/n) one burst may take before sending waits for more.";
    min_tso_segs: u32 = 2, span(1, 255), "net.ipv4.tcp_min_tso_segs", "The least segments in one burst.";
    tso_rtt_log: u32 = 9, span(0, 31), "net.ipv4.tcp_tso_rtt_log", "Bursts grow on short paths: by min RTT / 2^n.";
    autocorking: bool = true, span(0, 255), "net.ipv4.tcp_autocorking", "Small writes wait while earlier ones are still queued at the interface; the engine has no such queue.";
    limit_output_bytes: u32 = 4_194_304, span(0, INT), "net.ipv4.tcp_limit_output_bytes", "The most octets of one connection in the interface's queue; the engine has no such queue.";
    notsent_lowat: u32 = u32::MAX, span(0, u32::MAX as i64), "net.ipv4.tcp_notsent_lowat", "How much unsent data makes a socket not writable, in octets.";
    pacing_ss_ratio: u32 = 200, span(0, 1_000), "net.ipv4.tcp_pacing_ss_ratio", "The pacing rate in slow start, in per cent of cwnd / SRTT.";
    pacing_ca_ratio: u32 = 120, span(0, 1_000), "net.ipv4.tcp_pacing_ca_ratio", "The pacing rate in congestion avoidance, in per cent of cwnd / SRTT.";
    fin_timeout: u32 = 60, span(0, 86_400), "net.ipv4.tcp_fin_timeout", "How long an orphan stays in FIN-WAIT-2, in seconds.";
    tw_reuse: u32 = 2, span(0, 2), "net.ipv4.tcp_tw_reuse", "Whether connect may take over a port from TIME-WAIT: 0 no, 1 yes, 2 on loopback.";
    tw_reuse_delay: u32 = 1_000, span(1, 60_000), "net.ipv4.tcp_tw_reuse_delay", "How long a connection must have been in TIME-WAIT for that, in milliseconds.";
    rfc1337: bool = false, span(0, 255), "net.ipv4.tcp_rfc1337", "RSTs do not end TIME-WAIT (RFC 1337).";
    keepalive_time: u32 = 7_200, span(1, 10_000_000), "net.ipv4.tcp_keepalive_time", "Silence before the first keep-alive probe, in seconds.";
    keepalive_intvl: u32 = 75, span(1, 10_000_000), "net.ipv4.tcp_keepalive_intvl", "Time between keep-alive probes, in seconds.";
    keepalive_probes: u32 = 9, span(1, 255), "net.ipv4.tcp_keepalive_probes", "Unanswered keep-alive probes before the connection is given up.";
    moderate_rcvbuf: bool = true, span(0, 255), "net.ipv4.tcp_moderate_rcvbuf", "The receive buffer grows by itself with what the program reads.";
    rcvbuf_low_rtt: u32 = 1_000, span(0, INT), "net.ipv4.tcp_rcvbuf_low_rtt", "Below this round-trip time, in microseconds, the receive buffer grows more slowly (since Linux 6.19); the engine does not use it.";
    adv_win_scale: i32 = 1, span(-31, 31), "net.ipv4.tcp_adv_win_scale", "A leftover: the window's part of the buffer is measured since Linux 6.6.";
    app_win: u32 = 31, span(0, 31), "net.ipv4.tcp_app_win", "The part of the window (1/2^n) that is kept for the program's slowness.";
    shrink_window: bool = false, span(0, 255), "net.ipv4.tcp_shrink_window", "Whether a window may shrink when memory is short; the engine never shrinks it.";
    workaround_signed_windows: bool = false, span(0, 255), "net.ipv4.tcp_workaround_signed_windows", "Never announce an unscaled window above 32,767.";
    challenge_ack_limit: u32 = i32::MAX as u32, span(0, INT), "net.ipv4.tcp_challenge_ack_limit", "The most challenge ACKs of the host in a second (RFC 5961, 7); the engine only knows none and any number.";
    invalid_ratelimit: u32 = 500, span(0, INT), "net.ipv4.tcp_invalid_ratelimit", "The least time between answers to unacceptable segments of one connection, in milliseconds.";
    min_rtt_wlen: u32 = 300, span(0, 86_400), "net.ipv4.tcp_min_rtt_wlen", "How long the least round-trip time counts, in seconds.";
    comp_sack_nr: u32 = 44, span(0, 255), "net.ipv4.tcp_comp_sack_nr", "How many SACKs may be put off.";
    comp_sack_delay_ns: u64 = 1_000_000, span(0, 1_000_000_000), "net.ipv4.tcp_comp_sack_delay_ns", "How long a SACK may be put off, in nanoseconds.";
    comp_sack_slack_ns: u64 = 100_000, span(0, 1_000_000_000), "net.ipv4.tcp_comp_sack_slack_ns", "How far that timer may slip, in nanoseconds; the engine's never slips.";
    rto_min_us: u32 = 200_000, span(1, 120_000_000), "net.ipv4.tcp_rto_min_us", "The least retransmission time-out, in microseconds.";
    rto_max_ms: u32 = 120_000, span(1_000, 120_000), "net.ipv4.tcp_rto_max_ms", "The largest retransmission time-out, in milliseconds.";
    thin_linear_timeouts: bool = false, span(0, 255), "net.ipv4.tcp_thin_linear_timeouts", "Streams with few segments in flight do not back off.";
    retrans_collapse: bool = true, span(0, 255), "net.ipv4.tcp_retrans_collapse", "Small segments are sent again in one.";
    stdurg: bool = false, span(0, 255), "net.ipv4.tcp_stdurg", "The urgent pointer names the urgent octet itself (RFC 1122, 4.2.2.4), not the one after it (RFC 6093); the engine always takes the one after.";
    base_mss: u32 = 1_024, span(0, INT), "net.ipv4.tcp_base_mss", "The MSS with which path MTU probing begins, in octets; the engine does not probe.";
    min_snd_mss: u32 = 48, span(48, 65_495), "net.ipv4.tcp_min_snd_mss", "The least MSS that a peer may bring us to, in octets.";
    mtu_probing: u32 = 0, span(0, 2), "net.ipv4.tcp_mtu_probing", "Path MTU probing (RFC 4821): 0 off, 1 after a black hole, 2 on; the engine does not probe.";
    mtu_probe_floor: u32 = 48, span(48, 65_495), "net.ipv4.tcp_mtu_probe_floor", "The least MSS of path MTU probing, in octets; the engine does not probe.";
    fastopen: u32 = 1, span(0, INT), "net.ipv4.tcp_fastopen", "TCP Fast Open (RFC 7413), as bits; the engine does not use it.";
    fastopen_key: String = String::new(), Allowed::AnyText, "net.ipv4.tcp_fastopen_key", "The key of Fast Open's cookies; the engine does not use it.";
    local_port_range: [u16; 2] = [32_768, 60_999], Allowed::Rising { least: 1, most: 65_535 }, "net.ipv4.ip_local_port_range", "The ports for sockets that ask for none, first and last.";
    default_ttl: u32 = 64, span(1, 255), "net.ipv4.ip_default_ttl", "The time to live of datagrams, in hops.";
    no_pmtu_disc: u32 = 0, span(0, 3), "net.ipv4.ip_no_pmtu_disc", "Path MTU discovery (RFC 1191) off: 0 it is on; the engine has it always on.";
    unprivileged_port_start: u32 = 1_024, span(0, 65_535), "net.ipv4.ip_unprivileged_port_start", "The first port that a program may bind without privilege.";
}

impl Profile {
    /// Whether a connection that this host opens asks for ECN.
    pub fn asks_for_ecn(&self) -> bool {
        self.ecn == 1 || self.route.ecn
    }

    /// Whether a peer that asks for ECN gets it.
    pub fn answers_ecn(&self) -> bool {
        self.ecn > 0 || self.route.ecn
    }

    /// The least retransmission time-out in microseconds: the route's, else the host's.
    pub fn least_rto_us(&self) -> u32 {
        self.route.rto_min_us.unwrap_or(self.rto_min_us)
    }

    /// cwnd to begin with, in segments: the route's, else IW10 (RFC 6928).
    pub fn initial_window(&self) -> u32 {
        self.route.initial_window.unwrap_or(INITIAL_WINDOW)
    }
}

/// IW10 (RFC 6928), in segments.
const INITIAL_WINDOW: u32 = 10;

impl Default for Profile {
    fn default() -> Profile {
        Profile::linux()
    }
}

/// A setting that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadSetting {
    /// The engine has no such setting.
    Name {
        /// As it was given.
        name: String,
    },
    /// The setting cannot have this value.
    Value {
        /// Which setting.
        name: String,
        /// What it was given.
        value: String,
        /// What it may be.
        allowed: String,
    },
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadSetting::Name { name } => write!(f, "“{name}” is not a setting that the engine knows"),
            BadSetting::Value { name, value, allowed } => {
                write!(f, "{name} cannot be “{value}”: it is {allowed}")
            }
        }
    }
}

impl core::error::Error for BadSetting {}

/// What a setting may be. Where Linux has bounds these are Linux's; elsewhere they are what makes sense, and what no arithmetic of the
/// engine can overflow with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A whole number, or each of several.
    Numbers {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// Several whole numbers, none less than the one before it.
    Rising {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// One of these words.
    Names(&'static [&'static str]),
    /// Any text.
    AnyText,
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Allowed::Numbers { least, most } => write!(f, "from {least} to {most}"),
            Allowed::Rising { least, most } => {
                write!(f, "from {least} to {most}, none less than the one before it")
            }
            Allowed::Names(names) => f.write_str(&names.join(" or ")),
            Allowed::AnyText => f.write_str("any text"),
        }
    }
}

const fn span(least: i64, most: i64) -> Allowed {
    Allowed::Numbers { least, most }
}

/// The largest buffer in octets: a window cannot be larger (RFC 7323, 2.3).
const BUFFER: i64 = 1 << 30;

/// The largest number of a sysctl that is a C int.
const INT: i64 = i32::MAX as i64;

/// A type that a setting may have.
trait Setting: Sized {
    fn read(text: &str) -> Option<Self>;
    fn write(&self) -> String;
    fn is_allowed(&self, allowed: &Allowed) -> bool;
    /// In words: `a whole number from 0 to 255`.
    fn allowed(allowed: &Allowed) -> String;
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Setting for $kind {
            /// Decimal, or hexadecimal with 0x.
            fn read(text: &str) -> Option<$kind> {
                let text = text.trim();
                match text.strip_prefix("0x") {
                    Some(hexadecimal) => <$kind>::from_str_radix(hexadecimal, 16).ok(),
                    None => text.parse().ok(),
                }
            }
            fn write(&self) -> String {
                self.to_string()
            }
            fn is_allowed(&self, allowed: &Allowed) -> bool {
                match allowed {
                    Allowed::Numbers { least, most } | Allowed::Rising { least, most } => {
                        i64::try_from(*self).is_ok_and(|number| (*least..=*most).contains(&number))
                    }
                    Allowed::Names(_) | Allowed::AnyText => true,
                }
            }
            fn allowed(allowed: &Allowed) -> String {
                format!("a whole number {allowed}")
            }
        }
    )*};
}
numbers!(u16, u32, u64, i32);

impl Setting for bool {
    fn read(text: &str) -> Option<bool> {
        // An octet in the kernel: whatever is not 0 is yes.
        u32::read(text).filter(|number| *number <= 255).map(|number| number != 0)
    }
    fn write(&self) -> String {
        u8::from(*self).to_string()
    }
    fn is_allowed(&self, _: &Allowed) -> bool {
        true
    }
    fn allowed(allowed: &Allowed) -> String {
        format!("a whole number {allowed}, where 0 is no")
    }
}

impl Setting for String {
    fn read(text: &str) -> Option<String> {
        Some(text.trim().to_owned())
    }
    fn write(&self) -> String {
        self.clone()
    }
    fn is_allowed(&self, allowed: &Allowed) -> bool {
        match allowed {
            Allowed::Names(names) => names.contains(&self.as_str()),
            _ => true,
        }
    }
    fn allowed(allowed: &Allowed) -> String {
        allowed.to_string()
    }
}

impl<T: Setting + Copy + PartialOrd, const N: usize> Setting for [T; N] {
    fn read(text: &str) -> Option<[T; N]> {
        let values: Option<Vec<T>> =
            text.split([' ', '\t', ',']).filter(|part| !part.is_empty()).map(T::read).collect();
        values?.try_into().ok()
    }
    fn write(&self) -> String {
        self.iter().map(T::write).collect::<Vec<_>>().join("\t")
    }
    fn is_allowed(&self, allowed: &Allowed) -> bool {
        self.iter().all(|value| value.is_allowed(allowed))
            && (!matches!(allowed, Allowed::Rising { .. }) || self.is_sorted())
    }
    fn allowed(allowed: &Allowed) -> String {
        format!("{N} whole numbers {allowed}")
    }
}

#[cfg(test)]
mod tests;
