//! Socket options by the names of [`sockets::OptionName`], as numbers for the kernel.

use socket2::Socket;
use sockets::{OptionName, OptionValue, Shape};
use std::io;
use std::os::fd::AsRawFd;

/// Options that scripts use and [`OptionName`] does not have.
const OTHERS: &[(&str, i32, i32)] = &[
    ("SO_REUSEPORT", libc::SOL_SOCKET, libc::SO_REUSEPORT),
    ("SO_RCVTIMEO", libc::SOL_SOCKET, libc::SO_RCVTIMEO),
    ("SO_SNDTIMEO", libc::SOL_SOCKET, libc::SO_SNDTIMEO),
    ("SO_PRIORITY", libc::SOL_SOCKET, libc::SO_PRIORITY),
    ("SO_MARK", libc::SOL_SOCKET, libc::SO_MARK),
    ("SO_BINDTODEVICE", libc::SOL_SOCKET, libc::SO_BINDTODEVICE),
    ("SO_RCVBUFFORCE", libc::SOL_SOCKET, libc::SO_RCVBUFFORCE),
    ("SO_SNDBUFFORCE", libc::SOL_SOCKET, libc::SO_SNDBUFFORCE),
    ("SO_PROTOCOL", libc::SOL_SOCKET, libc::SO_PROTOCOL),
    ("SO_DOMAIN", libc::SOL_SOCKET, libc::SO_DOMAIN),
    ("TCP_INFO", libc::IPPROTO_TCP, libc::TCP_INFO),
    ("SO_MAX_PACING_RATE", libc::SOL_SOCKET, libc::SO_MAX_PACING_RATE),
    ("SO_ZEROCOPY", libc::SOL_SOCKET, libc::SO_ZEROCOPY),
    ("IP_MTU_DISCOVER", libc::IPPROTO_IP, libc::IP_MTU_DISCOVER),
    ("IP_RECVERR", libc::IPPROTO_IP, libc::IP_RECVERR),
    ("IPV6_TCLASS", libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
    ("TCP_FASTOPEN", libc::IPPROTO_TCP, libc::TCP_FASTOPEN),
    ("TCP_FASTOPEN_CONNECT", libc::IPPROTO_TCP, libc::TCP_FASTOPEN_CONNECT),
    ("TCP_THIN_LINEAR_TIMEOUTS", libc::IPPROTO_TCP, libc::TCP_THIN_LINEAR_TIMEOUTS),
    ("TCP_INQ", libc::IPPROTO_TCP, libc::TCP_INQ),
    ("TCP_TIMESTAMP", libc::IPPROTO_TCP, libc::TCP_TIMESTAMP),
];

/// Level and number of an option by its constant's name.
pub fn by_constant(constant: &str) -> Option<(i32, i32)> {
    let other = || OTHERS.iter().find(|(name, ..)| *name == constant).map(|(_, level, name)| (*level, *name));
    OptionName::from_constant(constant).map(level_and_name).or_else(other)
}

const fn level_and_name(option: OptionName) -> (i32, i32) {
    use OptionName as O;
    const SOCKET: i32 = libc::SOL_SOCKET;
    const TCP: i32 = libc::IPPROTO_TCP;
    match option {
        O::ReuseAddr => (SOCKET, libc::SO_REUSEADDR),
        O::ReusePort => (SOCKET, libc::SO_REUSEPORT),
        O::NoDelay => (TCP, libc::TCP_NODELAY),
        O::Cork => (TCP, libc::TCP_CORK),
        O::Linger => (SOCKET, libc::SO_LINGER),
        O::RcvBuf => (SOCKET, libc::SO_RCVBUF),
        O::SndBuf => (SOCKET, libc::SO_SNDBUF),
        O::Error => (SOCKET, libc::SO_ERROR),
        O::KeepAlive => (SOCKET, libc::SO_KEEPALIVE),
        O::KeepIdle => (TCP, libc::TCP_KEEPIDLE),
        O::KeepInterval => (TCP, libc::TCP_KEEPINTVL),
        O::KeepCount => (TCP, libc::TCP_KEEPCNT),
        O::MaxSeg => (TCP, libc::TCP_MAXSEG),
        O::UserTimeout => (TCP, libc::TCP_USER_TIMEOUT),
        O::SynCount => (TCP, libc::TCP_SYNCNT),
        O::QuickAck => (TCP, libc::TCP_QUICKACK),
        O::DeferAccept => (TCP, libc::TCP_DEFER_ACCEPT),
        O::Linger2 => (TCP, libc::TCP_LINGER2),
        O::WindowClamp => (TCP, libc::TCP_WINDOW_CLAMP),
        O::NotSentLowAt => (TCP, libc::TCP_NOTSENT_LOWAT),
        O::Congestion => (TCP, libc::TCP_CONGESTION),
        O::RcvLowAt => (SOCKET, libc::SO_RCVLOWAT),
        O::OobInline => (SOCKET, libc::SO_OOBINLINE),
        O::Type => (SOCKET, libc::SO_TYPE),
        O::Domain => (SOCKET, libc::SO_DOMAIN),
        O::Protocol => (SOCKET, libc::SO_PROTOCOL),
        O::SndLowAt => (SOCKET, libc::SO_SNDLOWAT),
        O::Broadcast => (SOCKET, libc::SO_BROADCAST),
        O::DontRoute => (SOCKET, libc::SO_DONTROUTE),
        O::Priority => (SOCKET, libc::SO_PRIORITY),
        O::Info => (TCP, libc::TCP_INFO),
        O::UnicastHops => (libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS),
        O::TrafficClass => (libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
        O::AcceptConn => (SOCKET, libc::SO_ACCEPTCONN),
        O::V6Only => (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY),
        O::Ttl => (libc::IPPROTO_IP, libc::IP_TTL),
        O::Tos => (libc::IPPROTO_IP, libc::IP_TOS),
    }
}

/// setsockopt(2).
///
/// # Errors
/// Whatever the kernel answers.
pub fn set_option(socket: &Socket, option: OptionName, value: &OptionValue) -> io::Result<()> {
    let (level, name) = level_and_name(option);
    match value {
        OptionValue::Number(number) => set(socket, level, name, &number.to_ne_bytes()),
        OptionValue::Linger { on, seconds } => set(
            socket,
            level,
            name,
            &[i32::from(*on).to_ne_bytes(), i32::from(*seconds).to_ne_bytes()].concat(),
        ),
        OptionValue::Text(text) => set(socket, level, name, text.as_bytes()),
        OptionValue::Octets(octets) => set(socket, level, name, octets),
    }
}

/// getsockopt(2).
///
/// # Errors
/// Whatever the kernel answers.
pub fn get_option(socket: &Socket, option: OptionName) -> io::Result<OptionValue> {
    let (level, name) = level_and_name(option);
    let octets = get(socket, level, name, 512)?;
    let number = |at: usize| {
        octets
            .get(at..at + 4)
            .map_or(0, |four| i32::from_ne_bytes(four.try_into().expect("it is four octets")))
    };
    Ok(match option.row().shape {
        Shape::Flag => OptionValue::Number(i32::from(number(0) != 0)),
        Shape::Number { .. } => OptionValue::Number(number(0)),
        Shape::Linger => {
            OptionValue::Linger { on: number(0) != 0, seconds: u16::try_from(number(4)).unwrap_or(u16::MAX) }
        }
        Shape::Octets => OptionValue::Octets(octets),
        Shape::Text => OptionValue::Text(
            octets.iter().take_while(|&&octet| octet != 0).map(|&octet| char::from(octet)).collect(),
        ),
    })
}

/// setsockopt(2) by numbers.
///
/// # Errors
/// Whatever the kernel answers.
#[allow(unsafe_code, reason = "no crate passes an option by number")]
pub fn set(socket: &Socket, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let length = value.len() as libc::socklen_t;
    // SAFETY: the descriptor is open while `socket` lives, and the kernel reads only `length` octets of `value`.
    match unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, value.as_ptr().cast(), length) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// getsockopt(2) by numbers, of at most so many octets.
///
/// # Errors
/// Whatever the kernel answers.
#[allow(unsafe_code, reason = "no crate asks for an option by number")]
pub fn get(socket: &Socket, level: i32, name: i32, most: usize) -> io::Result<Vec<u8>> {
    let mut octets = vec![0_u8; most];
    let mut length = most as libc::socklen_t;
    // SAFETY: the descriptor is open while `socket` lives, and the kernel writes at most `length` octets to `octets`.
    match unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, name, octets.as_mut_ptr().cast(), &mut length)
    } {
        0 => {
            octets.truncate(length as usize);
            Ok(octets)
        }
        _ => Err(io::Error::last_os_error()),
    }
}

/// How many octets a queue holds, by the request's number: SIOCINQ, SIOCOUTQ, SIOCOUTQNSD (tcp(7)).
///
/// # Errors
/// Whatever the kernel answers.
#[allow(unsafe_code, reason = "ioctl has no safe form")]
pub fn queued(socket: &Socket, request: libc::Ioctl) -> io::Result<i32> {
    let mut octets: libc::c_int = 0;
    // SAFETY: the descriptor is open while `socket` lives, and these requests write one int.
    match unsafe { libc::ioctl(socket.as_raw_fd(), request, &mut octets) } {
        0 => Ok(octets),
        _ => Err(io::Error::last_os_error()),
    }
}
