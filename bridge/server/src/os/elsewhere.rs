//! Systems other than Linux: what can be had portably. There is no TCP_INFO here, and [`SIGHT`] says so.

use super::TcpPort;
use rustix::event::{PollFd, PollFlags, Timespec};
use socket2::{Socket, Type};
use sockets::{Errno, MsgFlag, OptionName, OptionValue, PollEvent, Sample, Sight, State};
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::time::Duration;

/// What this system shows of sockets.
pub const SIGHT: Sight = Sight::Calls;

/// The systems here do not tell a datagram's length when they cut it.
pub const WHOLE_LENGTH: i32 = 0;

const ERRNOS: &[(ErrorKind, Errno)] = &[
    (ErrorKind::AddrInUse, Errno::EADDRINUSE),
    (ErrorKind::AddrNotAvailable, Errno::EADDRNOTAVAIL),
    (ErrorKind::BrokenPipe, Errno::EPIPE),
    (ErrorKind::ConnectionAborted, Errno::ECONNABORTED),
    (ErrorKind::ConnectionRefused, Errno::ECONNREFUSED),
    (ErrorKind::ConnectionReset, Errno::ECONNRESET),
    (ErrorKind::HostUnreachable, Errno::EHOSTUNREACH),
    (ErrorKind::Interrupted, Errno::EINTR),
    (ErrorKind::InvalidInput, Errno::EINVAL),
    (ErrorKind::NetworkDown, Errno::ENETDOWN),
    (ErrorKind::NetworkUnreachable, Errno::ENETUNREACH),
    (ErrorKind::NotConnected, Errno::ENOTCONN),
    (ErrorKind::OutOfMemory, Errno::ENOMEM),
    (ErrorKind::PermissionDenied, Errno::EACCES),
    (ErrorKind::TimedOut, Errno::ETIMEDOUT),
    (ErrorKind::Unsupported, Errno::EOPNOTSUPP),
    (ErrorKind::WouldBlock, Errno::EAGAIN),
];

/// The errno of an error, in Linux's numbers: by its kind, since the numbers differ from system to system.
pub fn errno(error: &io::Error) -> Errno {
    let number = error.raw_os_error().unwrap_or_default();
    // What has no kind: (macOS's or Windows's number, Linux's).
    let odd = if cfg!(windows) {
        [
            (10_035, Errno::EAGAIN),
            (10_036, Errno::EINPROGRESS),
            (10_037, Errno::EALREADY),
            (10_040, Errno::EMSGSIZE),
            (10_056, Errno::EISCONN),
            (10_045, Errno::EOPNOTSUPP),
            (10_024, Errno::EMFILE),
        ]
    } else {
        [
            (36, Errno::EINPROGRESS),
            (37, Errno::EALREADY),
            (40, Errno::EMSGSIZE),
            (42, Errno::ENOPROTOOPT),
            (56, Errno::EISCONN),
            (102, Errno::EOPNOTSUPP),
            (24, Errno::EMFILE),
        ]
    };
    let by_number = odd.iter().find(|(known, _)| *known == number).map(|(_, errno)| *errno);
    let by_kind = || ERRNOS.iter().find(|(kind, _)| *kind == error.kind()).map(|(_, errno)| *errno);
    by_number.or_else(by_kind).unwrap_or(Errno::EIO)
}

/// The flags of send and recv.
pub fn message_flags(flags: &BTreeSet<MsgFlag>) -> i32 {
    flags.iter().fold(0, |all, flag| {
        all | match flag {
            // These two have the same numbers on the BSDs, macOS and Windows.
            MsgFlag::Oob => 1,
            MsgFlag::Peek => 2,
            MsgFlag::More | MsgFlag::Eor | MsgFlag::WaitAll | MsgFlag::DontWait => 0,
        }
    })
}

fn not_here() -> io::Error {
    io::Error::from(ErrorKind::Unsupported)
}

/// setsockopt(2), for the options that every system has. The value must fit the option's shape.
///
/// # Errors
/// Whatever the kernel answers; `Unsupported` for what is not to be had portably.
pub fn set_option(socket: &Socket, option: OptionName, value: &OptionValue) -> io::Result<()> {
    use OptionName as O;
    match (option, value) {
        (O::Linger, OptionValue::Linger { on, seconds }) => {
            socket.set_linger(on.then(|| Duration::from_secs((*seconds).into())))
        }
        (_, OptionValue::Number(number)) => {
            let size = usize::try_from(*number).map_err(|_| io::Error::from(ErrorKind::InvalidInput));
            match option {
                O::ReuseAddr => socket.set_reuse_address(*number != 0),
                O::NoDelay => socket.set_tcp_nodelay(*number != 0),
                O::KeepAlive => socket.set_keepalive(*number != 0),
                O::OobInline => socket.set_out_of_band_inline(*number != 0),
                O::V6Only => socket.set_only_v6(*number != 0),
                O::Broadcast => socket.set_broadcast(*number != 0),
                #[cfg(unix)]
                O::ReusePort => socket.set_reuse_port(*number != 0),
                #[cfg(unix)]
                O::TrafficClass => socket.set_tclass_v6(size? as u32),
                O::UnicastHops => socket.set_unicast_hops_v6(size? as u32),
                O::RcvBuf => socket.set_recv_buffer_size(size?),
                O::SndBuf => socket.set_send_buffer_size(size?),
                O::Ttl => socket.set_ttl_v4(size? as u32),
                _ => Err(not_here()),
            }
        }
        _ => Err(not_here()),
    }
}

/// getsockopt(2), for the options that every system has.
///
/// # Errors
/// Whatever the kernel answers; `Unsupported` for what is not to be had portably.
pub fn get_option(socket: &Socket, option: OptionName) -> io::Result<OptionValue> {
    use OptionName as O;
    let size = |octets: usize| i32::try_from(octets).unwrap_or(i32::MAX);
    Ok(OptionValue::Number(match option {
        O::Linger => {
            let time = socket.linger()?;
            let seconds = time.map_or(0, |time| u16::try_from(time.as_secs()).unwrap_or(u16::MAX));
            return Ok(OptionValue::Linger { on: time.is_some(), seconds });
        }
        O::ReuseAddr => socket.reuse_address()?.into(),
        O::NoDelay => socket.tcp_nodelay()?.into(),
        O::KeepAlive => socket.keepalive()?.into(),
        O::OobInline => socket.out_of_band_inline()?.into(),
        O::V6Only => socket.only_v6()?.into(),
        O::Broadcast => socket.broadcast()?.into(),
        #[cfg(unix)]
        O::ReusePort => socket.reuse_port()?.into(),
        #[cfg(unix)]
        O::TrafficClass => size(socket.tclass_v6()? as usize),
        O::UnicastHops => size(socket.unicast_hops_v6()? as usize),
        O::SndLowAt => 1,
        O::Protocol => match socket.r#type()? {
            Type::STREAM => 6,
            _ => 17,
        },
        O::Domain => match socket.local_addr()?.is_ipv4() {
            true => 2,
            false => 10,
        },
        O::RcvBuf => size(socket.recv_buffer_size()?),
        O::SndBuf => size(socket.send_buffer_size()?),
        O::Ttl => size(socket.ttl_v4()? as usize),
        O::Error => socket.take_error()?.map_or(0, |error| errno(&error).number()),
        O::Type => {
            if socket.r#type()? == Type::STREAM {
                1
            } else {
                2
            }
        }
        _ => return Err(not_here()),
    }))
}

/// Octets that wait to be received: not to be had here.
pub fn unread(_socket: &Socket) -> Option<u32> {
    None
}

/// Whether a stream has `least` octets to receive, or will never have: not to be had here, so recv itself is asked.
pub fn has(_socket: &Socket, _least: usize) -> bool {
    true
}

/// poll(2) of one socket, which does not wait. Of a peer that sends no more the systems here tell as of data that can be read.
pub fn readiness(socket: &Socket, asked: &BTreeSet<PollEvent>) -> BTreeSet<PollEvent> {
    let mut known = vec![(PollEvent::In, PollFlags::IN), (PollEvent::Out, PollFlags::OUT)];
    if !cfg!(windows) {
        // Winsock refuses a poll that asks for it.
        known.push((PollEvent::Pri, PollFlags::PRI));
    }
    let wanted = known
        .iter()
        .filter(|(event, _)| asked.contains(event))
        .fold(PollFlags::empty(), |all, (_, flag)| all | *flag);
    let mut ask = [PollFd::new(socket, wanted)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    if rustix::event::poll(&mut ask, Some(&at_once)).is_err() {
        return [PollEvent::Err].into();
    }
    known.extend([
        (PollEvent::Err, PollFlags::ERR),
        (PollEvent::Hup, PollFlags::HUP),
        (PollEvent::Nval, PollFlags::NVAL),
    ]);
    let found = ask[0].revents();
    let mut told: BTreeSet<PollEvent> =
        known.iter().filter(|(_, flag)| found.contains(*flag)).map(|(event, _)| *event).collect();
    let ended = || matches!(socket.peek(&mut [MaybeUninit::uninit()]), Ok(0));
    if asked.contains(&PollEvent::RdHup) && matches!(socket.r#type(), Ok(Type::STREAM)) && ended() {
        told.insert(PollEvent::RdHup);
    }
    told
}

/// State, queues and path of a TCP socket: not to be had here.
pub fn sample_tcp(_socket: &Socket) -> Sample {
    Sample::default()
}

/// The states of connections by their addresses: not to be had here.
///
/// # Errors
/// Always.
pub fn connection_states(_connections: &[(SocketAddr, SocketAddr)]) -> io::Result<Vec<Option<State>>> {
    Err(not_here())
}

/// Raises this process's own limit of open files: the systems here have none that needs it.
pub fn raise_descriptor_limit(_wanted: usize) {}

/// Lets the allocator keep a little of what was freed: the allocators here need no telling.
pub fn keep_freed_memory() {}

/// Ends a connection, or a handshake.
///
/// # Errors
/// Whatever the system answers.
pub fn disconnect(socket: &Socket) -> io::Result<()> {
    socket.shutdown(std::net::Shutdown::Both)
}

/// Whether anybody on this host listens on a TCP port: not to be had here.
pub fn port_is_listening(_port: u16) -> Option<bool> {
    None
}

/// What this host's table says of a TCP port: not to be had here.
pub fn tcp_port(_port: u16) -> Option<TcpPort> {
    None
}
