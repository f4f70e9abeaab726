//! The options of a TCP socket (tcp(7), socket(7)): what setsockopt gave, before and after there is a connection.

use crate::Profile;
use sockets::{Errno, OptionName, OptionValue};

/// A congestion control algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RFC 9438, with HyStart.
    Cubic,
    /// RFC 5681 and RFC 6582.
    Reno,
}

impl Algorithm {
    /// By Linux's name.
    pub fn from_name(name: &str) -> Option<Algorithm> {
        match name {
            "cubic" => Some(Algorithm::Cubic),
            "reno" => Some(Algorithm::Reno),
            _ => None,
        }
    }

    /// Linux's name.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Cubic => "cubic",
            Algorithm::Reno => "reno",
        }
    }
}

/// The options of a TCP socket. A connection that accept returns inherits those of the listening socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// SO_REUSEADDR.
    pub reuse_addr: bool,
    /// IPV6_V6ONLY.
    pub v6_only: bool,
    /// TCP_NODELAY.
    pub no_delay: bool,
    /// TCP_CORK.
    pub cork: bool,
    /// TCP_QUICKACK: `Some(true)` and `Some(false)` as set, `None` as the system likes.
    pub quick_ack: Option<bool>,
    /// SO_LINGER: on with this many seconds.
    pub linger: Option<u16>,
    /// The receive buffer in octets, and whether SO_RCVBUF fixed it.
    pub receive_buffer: (u32, bool),
    /// The send buffer in octets, and whether SO_SNDBUF fixed it.
    pub send_buffer: (u32, bool),
    /// SO_KEEPALIVE.
    pub keep_alive: bool,
    /// TCP_KEEPIDLE in seconds.
    pub keep_idle: Option<u32>,
    /// TCP_KEEPINTVL in seconds.
    pub keep_interval: Option<u32>,
    /// TCP_KEEPCNT.
    pub keep_count: Option<u32>,
    /// TCP_MAXSEG in octets.
    pub max_seg: Option<u16>,
    /// TCP_USER_TIMEOUT in milliseconds; 0 is none.
    pub user_timeout: u32,
    /// TCP_SYNCNT.
    pub syn_count: Option<u32>,
    /// TCP_DEFER_ACCEPT, in retransmissions of the SYN-ACK.
    pub defer_accept: u32,
    /// TCP_LINGER2 in seconds; -1 means that FIN-WAIT-2 is skipped.
    pub linger2: Option<i32>,
    /// TCP_WINDOW_CLAMP in octets; 0 is none.
    pub window_clamp: u32,
    /// TCP_NOTSENT_LOWAT in octets; 0 is the system's.
    pub not_sent_low_at: u32,
    /// TCP_CONGESTION.
    pub congestion: Algorithm,
    /// SO_RCVLOWAT in octets.
    pub receive_low_at: u32,
    /// SO_OOBINLINE.
    pub oob_inline: bool,
    /// IP_TTL in hops.
    pub ttl: u8,
    /// IP_TOS without its ECN bits.
    pub tos: u8,
    /// IPV6_UNICAST_HOPS; `None` is the system's.
    pub hops: Option<u8>,
    /// IPV6_TCLASS without its ECN bits.
    pub traffic_class: u8,
    /// SO_MAX_PACING_RATE in octets per second: with it the connection is paced, whatever its interface's queue is.
    pub max_pacing_rate: Option<u64>,
}

/// Linux keeps at least this much for a send buffer, in octets: two segments with their bookkeeping.
const LEAST_SEND_BUFFER: u32 = 4_608;
/// The same for a receive buffer.
const LEAST_RECEIVE_BUFFER: u32 = 2_304;

impl Settings {
    /// As socket(2) makes them.
    pub fn new(profile: &Profile) -> Settings {
        Settings {
            reuse_addr: false,
            v6_only: false,
            no_delay: false,
            cork: false,
            quick_ack: None,
            linger: None,
            receive_buffer: (profile.rmem[1], false),
            send_buffer: (profile.wmem[1], false),
            keep_alive: false,
            keep_idle: None,
            keep_interval: None,
            keep_count: None,
            max_seg: None,
            user_timeout: 0,
            syn_count: None,
            defer_accept: 0,
            linger2: None,
            window_clamp: 0,
            not_sent_low_at: 0,
            congestion: Algorithm::from_name(&profile.congestion_control).unwrap_or(Algorithm::Cubic),
            receive_low_at: 1,
            oob_inline: false,
            ttl: profile.default_ttl.clamp(1, 255) as u8,
            tos: 0,
            hops: None,
            traffic_class: 0,
            max_pacing_rate: None,
        }
    }

    /// For a socket without a connection. What every socket has whatever its protocol is the host's.
    ///
    /// # Errors
    /// EINVAL for a value out of range or of the wrong shape, ENOENT for an unknown algorithm, ENOPROTOOPT for what cannot be set.
    pub fn set(&mut self, option: OptionName, value: &OptionValue, profile: &Profile) -> Result<(), Errno> {
        use OptionName as O;
        let number = || match value {
            OptionValue::Number(number) => Ok(*number),
            _ => Err(Errno::EINVAL),
        };
        let flag = || number().map(|number| number != 0);
        let within = |least: i32, most: i32| {
            number().and_then(|n| if (least..=most).contains(&n) { Ok(n as u32) } else { Err(Errno::EINVAL) })
        };
        match option {
            O::ReuseAddr => self.reuse_addr = flag()?,
            O::V6Only => self.v6_only = flag()?,
            O::NoDelay => self.no_delay = flag()?,
            O::Cork => self.cork = flag()?,
            O::QuickAck => self.quick_ack = Some(flag()?),
            O::Linger => match *value {
                OptionValue::Linger { on, seconds } => self.linger = on.then_some(seconds),
                _ => return Err(Errno::EINVAL),
            },
            // Linux doubles what is asked for: the buffer's bookkeeping counts too (socket(7)).
            O::RcvBuf => {
                let asked = u32::try_from(number()?).unwrap_or(0).min(profile.rmem_max);
                self.receive_buffer = ((asked * 2).max(LEAST_RECEIVE_BUFFER), true);
            }
            O::SndBuf => {
                let asked = u32::try_from(number()?).unwrap_or(0).min(profile.wmem_max);
                self.send_buffer = ((asked * 2).max(LEAST_SEND_BUFFER), true);
            }
            O::KeepAlive => self.keep_alive = flag()?,
            O::KeepIdle => self.keep_idle = Some(within(1, 32_767)?),
            O::KeepInterval => self.keep_interval = Some(within(1, 32_767)?),
            O::KeepCount => self.keep_count = Some(within(1, 127)?),
            O::MaxSeg => {
                self.max_seg = match number()? {
                    0 => None,
                    octets @ 88..=32_767 => Some(octets as u16),
                    _ => return Err(Errno::EINVAL),
                }
            }
            O::UserTimeout => self.user_timeout = within(0, i32::MAX)?,
            O::SynCount => self.syn_count = Some(within(1, 127)?),
            O::DeferAccept => {
                self.defer_accept = retransmissions_in(u32::try_from(number()?).unwrap_or(0), profile);
            }
            O::Linger2 => {
                let seconds = number()?;
                self.linger2 = match seconds {
                    ..0 => Some(-1),
                    0 => None,
                    _ => Some(seconds.min(120)),
                };
            }
            O::WindowClamp => {
                let octets = u32::try_from(number()?).map_err(|_| Errno::EINVAL)?;
                self.window_clamp = if octets == 0 { 0 } else { octets.max(LEAST_RECEIVE_BUFFER / 2) };
            }
            O::NotSentLowAt => self.not_sent_low_at = number()? as u32,
            O::Congestion => match value {
                OptionValue::Text(name) => {
                    self.congestion = Algorithm::from_name(name).ok_or(Errno::ENOENT)?;
                }
                _ => return Err(Errno::EINVAL),
            },
            O::RcvLowAt => {
                let asked = number()?;
                let octets = if asked < 0 { i32::MAX } else { asked.max(1) };
                // Half of what the buffer may become (tcp_set_rcvlowat).
                let (buffer, is_fixed) = self.receive_buffer;
                let most = if is_fixed { buffer } else { profile.rmem[2] } / 2;
                self.receive_low_at = (octets as u32).min(most).max(1);
            }
            O::OobInline => self.oob_inline = flag()?,
            O::Ttl => {
                self.ttl = match number()? {
                    -1 => profile.default_ttl.clamp(1, 255) as u8,
                    hops @ 1..=255 => hops as u8,
                    _ => return Err(Errno::EINVAL),
                }
            }
            // A stream socket's ECN bits are TCP's own.
            O::Tos => self.tos = (number()? & 0xfc) as u8,
            O::UnicastHops => self.hops = hops(number()?)?,
            O::TrafficClass => self.traffic_class = traffic_class(number()?)? & 0xfc,
            O::Error
            | O::Type
            | O::AcceptConn
            | O::Domain
            | O::Protocol
            | O::SndLowAt
            | O::ReusePort
            | O::Broadcast
            | O::DontRoute
            | O::Priority
            | O::Info => return Err(Errno::ENOPROTOOPT),
        }
        Ok(())
    }

    /// # Errors
    /// ENOPROTOOPT for what is the host's.
    pub fn get(&self, option: OptionName, profile: &Profile) -> Result<OptionValue, Errno> {
        use OptionName as O;
        let number = |number: u32| OptionValue::Number(i32::try_from(number).unwrap_or(i32::MAX));
        let flag = |on: bool| OptionValue::Number(i32::from(on));
        Ok(match option {
            O::ReuseAddr => flag(self.reuse_addr),
            O::V6Only => flag(self.v6_only),
            O::NoDelay => flag(self.no_delay),
            O::Cork => flag(self.cork),
            O::QuickAck => flag(self.quick_ack.unwrap_or(true)),
            O::Linger => OptionValue::Linger { on: self.linger.is_some(), seconds: self.linger.unwrap_or(0) },
            O::RcvBuf => number(self.receive_buffer.0),
            O::SndBuf => number(self.send_buffer.0),
            O::KeepAlive => flag(self.keep_alive),
            O::KeepIdle => number(self.keep_idle.unwrap_or(profile.keepalive_time)),
            O::KeepInterval => number(self.keep_interval.unwrap_or(profile.keepalive_intvl)),
            O::KeepCount => number(self.keep_count.unwrap_or(profile.keepalive_probes)),
            O::MaxSeg => number(self.max_seg.map_or(536, u32::from)),
            O::UserTimeout => number(self.user_timeout),
            O::SynCount => number(self.syn_count.unwrap_or(profile.syn_retries)),
            O::DeferAccept => number(seconds_of(self.defer_accept, profile)),
            O::Linger2 => OptionValue::Number(match self.linger2 {
                Some(seconds) => seconds,
                None => i32::try_from(profile.fin_timeout).unwrap_or(i32::MAX),
            }),
            O::WindowClamp => number(self.window_clamp),
            O::NotSentLowAt => number(self.not_sent_low_at),
            O::Congestion => OptionValue::Text(self.congestion.name().to_owned()),
            O::RcvLowAt => number(self.receive_low_at),
            O::OobInline => flag(self.oob_inline),
            O::Ttl => number(u32::from(self.ttl)),
            O::Tos => number(u32::from(self.tos)),
            O::UnicastHops => number(u32::from(self.hops.unwrap_or(HOPS))),
            O::TrafficClass => number(u32::from(self.traffic_class)),
            O::Error
            | O::Type
            | O::AcceptConn
            | O::Domain
            | O::Protocol
            | O::SndLowAt
            | O::ReusePort
            | O::Broadcast
            | O::DontRoute
            | O::Priority
            | O::Info => return Err(Errno::ENOPROTOOPT),
        })
    }
}

/// The hop limit of IPv6 packets where nobody sets another (net.ipv6.conf.default.hop_limit).
pub const HOPS: u8 = 64;

/// A value of IPV6_UNICAST_HOPS (ipv6(7)).
///
/// # Errors
/// EINVAL for what is out of range.
pub fn hops(number: i32) -> Result<Option<u8>, Errno> {
    match number {
        -1 => Ok(None),
        _ => u8::try_from(number).map(Some).map_err(|_| Errno::EINVAL),
    }
}

/// A value of IPV6_TCLASS: -1 is the default, 0 (RFC 3542, 6.5).
///
/// # Errors
/// EINVAL for what is out of range.
pub fn traffic_class(number: i32) -> Result<u8, Errno> {
    u8::try_from(if number == -1 { 0 } else { number }).map_err(|_| Errno::EINVAL)
}

/// How many retransmissions of a SYN-ACK fit into so many seconds: 1 s, then doubling up to the largest time-out.
fn retransmissions_in(seconds: u32, profile: &Profile) -> u32 {
    let (mut count, mut passed, mut timeout) = (0, 0, 1);
    while passed < seconds && count < 255 {
        count += 1;
        passed += timeout;
        timeout = (timeout * 2).min(profile.rto_max_ms / 1_000).max(1);
    }
    count
}

/// The opposite of [`retransmissions_in`].
fn seconds_of(retransmissions: u32, profile: &Profile) -> u32 {
    let (mut seconds, mut timeout) = (0, 1);
    for _ in 0..retransmissions {
        seconds += timeout;
        timeout = (timeout * 2).min(profile.rto_max_ms / 1_000).max(1);
    }
    seconds
}
