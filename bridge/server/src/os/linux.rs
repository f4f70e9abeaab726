//! Linux: every option of the table, TCP_INFO, the queues.

use super::TcpPort;
use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
use netlink_sys::{Socket as Netlink, protocols::NETLINK_SOCK_DIAG};
use socket2::Socket;
use sockets::{
    AcceptQueue, Errno, MsgFlag, OptionName, OptionValue, Path, PollEvent, Sample, Shape, Sight, State,
};
use std::collections::BTreeSet;
use std::io;
use std::mem::{MaybeUninit, size_of};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

/// What this system shows of sockets.
pub const SIGHT: Sight = Sight::States;

/// While ssthresh is at this value, the kernel has not set one (TCP_INFINITE_SSTHRESH).
const NO_SSTHRESH: u32 = 0x7fff_ffff;

/// With this flag a receive tells how many octets the datagram had, whatever there was space for (recv(2), MSG_TRUNC).
pub const WHOLE_LENGTH: i32 = libc::MSG_TRUNC;

/// The errno of an error, in Linux's numbers.
pub fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_number)
}

/// The flags of send and recv; never a SIGPIPE.
pub fn message_flags(flags: &BTreeSet<MsgFlag>) -> i32 {
    flags.iter().fold(libc::MSG_NOSIGNAL, |all, flag| {
        all | match flag {
            MsgFlag::Peek => libc::MSG_PEEK,
            MsgFlag::More => libc::MSG_MORE,
            MsgFlag::Eor => libc::MSG_EOR,
            MsgFlag::Oob => libc::MSG_OOB,
            // The descriptors never block and the bridge waits itself, so the kernel need not know of these two.
            MsgFlag::WaitAll | MsgFlag::DontWait => 0,
        }
    })
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

/// setsockopt(2). The value must fit the option's shape.
///
/// # Errors
/// Whatever the kernel answers.
pub fn set_option(socket: &Socket, option: OptionName, value: &OptionValue) -> io::Result<()> {
    let (level, name) = level_and_name(option);
    match value {
        OptionValue::Number(number) => set(socket, level, name, &number.to_ne_bytes()),
        OptionValue::Linger { on, seconds } => {
            let linger = [i32::from(*on).to_ne_bytes(), i32::from(*seconds).to_ne_bytes()].concat();
            set(socket, level, name, &linger)
        }
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
    let octets = get::<512>(socket, level, name)?;
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
        Shape::Text => {
            let end = octets.iter().position(|&octet| octet == 0).unwrap_or(octets.len());
            OptionValue::Text(String::from_utf8_lossy(&octets[..end]).into_owned())
        }
    })
}

#[allow(unsafe_code, reason = "no crate passes an option by number")]
fn set(socket: &Socket, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    // SAFETY: the descriptor is open while `socket` lives, and the kernel reads only `value.len()` octets of `value`.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_ptr().cast(),
            value.len() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[allow(unsafe_code, reason = "no crate asks for an option by number")]
fn get<const MOST: usize>(socket: &Socket, level: i32, name: i32) -> io::Result<Vec<u8>> {
    let mut octets = [0_u8; MOST];
    let mut length = MOST as libc::socklen_t;
    // SAFETY: the descriptor is open while `socket` lives, and the kernel writes at most `length` octets to `octets`.
    let result =
        unsafe { libc::getsockopt(socket.as_raw_fd(), level, name, octets.as_mut_ptr().cast(), &mut length) };
    if result == 0 {
        Ok(octets[..(length as usize).min(MOST)].to_vec())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[allow(unsafe_code, reason = "no crate has TCP_INFO with a listener's queue")]
fn tcp_info(socket: &Socket) -> io::Result<libc::tcp_info> {
    let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut length = size_of::<libc::tcp_info>() as libc::socklen_t;
    // SAFETY: as in `get`; tcp_info is plain integers, for which zeros, and whatever the kernel writes over them, are values.
    unsafe {
        match libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &mut length,
        ) {
            0 => Ok(info.assume_init()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[allow(unsafe_code, reason = "ioctl has no safe form")]
fn queue(socket: &Socket, request: libc::c_ulong) -> Option<u32> {
    let mut octets: libc::c_int = 0;
    // SAFETY: SIOCINQ and SIOCOUTQ write one int (tcp(7), udp(7)).
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), request as libc::Ioctl, &mut octets) };
    (result == 0).then(|| u32::try_from(octets).ok()).flatten()
}

/// Octets that wait to be received: SIOCINQ, which has FIONREAD's number; for UDP, those of the first datagram (udp(7)).
pub fn unread(socket: &Socket) -> Option<u32> {
    queue(socket, libc::FIONREAD as libc::c_ulong)
}

/// Whether a stream has `least` octets to receive, or will never have: its end, an error, or urgent data (at which a receive
/// stops short) is there. With 1, recv itself may be asked.
pub fn has(socket: &Socket, least: usize) -> bool {
    least <= 1 || unread(socket).is_none_or(|octets| octets as usize >= least) || is_at_an_end(socket)
}

fn is_at_an_end(socket: &Socket) -> bool {
    // POLLHUP and POLLERR come unasked. An error of poll itself is left to recv, which will meet it.
    poll(socket, libc::POLLRDHUP | libc::POLLPRI).is_none_or(|found| found != 0)
}

const POLL_EVENTS: [(PollEvent, i16); 7] = [
    (PollEvent::In, libc::POLLIN),
    (PollEvent::Pri, libc::POLLPRI),
    (PollEvent::Out, libc::POLLOUT),
    (PollEvent::RdHup, libc::POLLRDHUP),
    (PollEvent::Err, libc::POLLERR),
    (PollEvent::Hup, libc::POLLHUP),
    (PollEvent::Nval, libc::POLLNVAL),
];

/// poll(2) of one socket, which does not wait.
pub fn readiness(socket: &Socket, asked: &BTreeSet<PollEvent>) -> BTreeSet<PollEvent> {
    let bits = |wanted: &BTreeSet<PollEvent>| {
        POLL_EVENTS.iter().filter(|(event, _)| wanted.contains(event)).fold(0, |all, (_, bit)| all | bit)
    };
    let found = poll(socket, bits(asked)).unwrap_or(libc::POLLERR);
    POLL_EVENTS.iter().filter(|(_, bit)| found & bit != 0).map(|(event, _)| *event).collect()
}

#[allow(unsafe_code, reason = "poll has no safe form")]
fn poll(socket: &Socket, events: i16) -> Option<i16> {
    let mut ask = libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 };
    // SAFETY: it is one pollfd, and poll keeps no pointer to it. It does not wait.
    let count = unsafe { libc::poll(&mut ask, 1, 0) };
    (count >= 0).then_some(ask.revents)
}

/// State, queues and path of a TCP socket; the addresses are left out.
pub fn sample_tcp(socket: &Socket) -> Sample {
    let Ok(info) = tcp_info(socket) else { return Sample::default() };
    let state = state(info.tcpi_state);
    let mut sample = Sample { state: Some(state), ..Sample::default() };
    match state {
        // On a listener these two fields hold the queue's length and its limit (tcp_get_info in net/ipv4/tcp.c).
        State::Listen => {
            sample.accept = Some(AcceptQueue { queued: info.tcpi_unacked, backlog: info.tcpi_sacked })
        }
        State::Closed => sample.receive_queue = unread(socket).filter(|&octets| octets > 0),
        _ => {
            sample.receive_queue = unread(socket);
            // SIOCOUTQ has TIOCOUTQ's number.
            sample.send_queue = queue(socket, libc::TIOCOUTQ as libc::c_ulong);
            sample.path = Some(Box::new(Path {
                rtt_us: info.tcpi_rtt,
                rttvar_us: info.tcpi_rttvar,
                rto_us: info.tcpi_rto,
                cwnd: info.tcpi_snd_cwnd,
                ssthresh: (info.tcpi_snd_ssthresh < NO_SSTHRESH).then_some(info.tcpi_snd_ssthresh),
                unacked: info.tcpi_unacked,
                retransmits: info.tcpi_retransmits.into(),
                total_retransmits: info.tcpi_total_retrans,
                mss: info.tcpi_snd_mss,
            }));
        }
    }
    sample
}

/// The states of connections by their addresses, local and peer, also of those that no descriptor refers to any more (sock_diag(7)); `None`
/// for one that the kernel does not know.
///
/// # Errors
/// The kernel cannot be asked.
pub fn connection_states(connections: &[(SocketAddr, SocketAddr)]) -> io::Result<Vec<Option<State>>> {
    let mut kernel = Netlink::new(NETLINK_SOCK_DIAG)?;
    kernel.bind_auto()?;
    kernel.connect(&netlink_sys::SocketAddr::new(0, 0))?;
    connections.iter().map(|(local, peer)| connection_state(&kernel, *local, *peer)).collect()
}

fn connection_state(kernel: &Netlink, local: SocketAddr, peer: SocketAddr) -> io::Result<Option<State>> {
    // A connection of IPv4 has its IPv4 addresses there, whatever its socket's family was.
    let (source, destination) = (local.ip().to_canonical(), peer.ip().to_canonical());
    let interface_id = match local {
        SocketAddr::V6(local) => local.scope_id(),
        SocketAddr::V4(_) => 0,
    };
    let request = InetRequest {
        family: if source.is_ipv4() { libc::AF_INET as u8 } else { libc::AF_INET6 as u8 },
        protocol: libc::IPPROTO_TCP as u8,
        extensions: ExtensionFlags::empty(),
        states: StateFlags::all(),
        socket_id: SocketId {
            source_port: local.port(),
            destination_port: peer.port(),
            source_address: source,
            destination_address: destination,
            interface_id,
            // INET_DIAG_NOCOOKIE: whichever has these addresses.
            cookie: [0xff; 8],
        },
    };
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST;
    let mut message = NetlinkMessage::new(header, SockDiagMessage::InetRequest(request).into());
    message.finalize();
    let mut octets = vec![0; message.buffer_len()];
    message.serialize(&mut octets);
    kernel.send(&octets, 0)?;
    // The kernel has answered before send comes back.
    let mut answer = Vec::with_capacity(4096);
    kernel.recv(&mut answer, libc::MSG_DONTWAIT)?;
    let answer = NetlinkMessage::<SockDiagMessage>::deserialize(&answer);
    Ok(match answer.map_err(io::Error::other)?.payload {
        // Where no connection has these addresses the kernel may answer with a listener of the port.
        NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(found)) => {
            Some(state(found.header.state)).filter(|state| !matches!(state, State::Listen | State::Closed))
        }
        NetlinkPayload::Error(error) if error.raw_code() == -libc::ENOENT => None,
        NetlinkPayload::Error(error) => return Err(error.to_io()),
        _ => return Err(io::Error::other("no answer of sock_diag")),
    })
}

/// A state by its number (TCP_ESTABLISHED and those after it in the kernel's tcp_states.h).
const fn state(number: u8) -> State {
    match number {
        1 => State::Established,
        2 => State::SynSent,
        3 | 12 => State::SynReceived,
        4 => State::FinWait1,
        5 => State::FinWait2,
        6 => State::TimeWait,
        8 => State::CloseWait,
        9 => State::LastAck,
        10 => State::Listen,
        11 => State::Closing,
        _ => State::Closed,
    }
}

/// Raises this process's own limit of open files towards `wanted`, as far as the system lets it.
#[allow(unsafe_code, reason = "getrlimit and setrlimit have no safe form")]
pub fn raise_descriptor_limit(wanted: usize) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls get a valid rlimit of this process and keep no pointer to it.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 && limit.rlim_cur < wanted as libc::rlim_t {
            limit.rlim_cur = limit.rlim_max.min(wanted as libc::rlim_t);
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
}

/// Lets the allocator keep a little of what was freed: payloads come and go by the thousand each second, and to give their pages
/// back and take them anew each time costs a tenth of all the work.
#[allow(unsafe_code, reason = "mallopt has no safe form")]
pub fn keep_freed_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: two numbers for glibc's allocator, set before there is a second thread.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 4 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 4 << 20);
    }
}

/// Ends a connection, or a handshake, with a RST and leaves the socket as it was before: connect(2) with AF_UNSPEC.
///
/// # Errors
/// Whatever the kernel answers.
#[allow(unsafe_code, reason = "no crate connects to no family")]
pub fn disconnect(socket: &Socket) -> io::Result<()> {
    // SAFETY: zeros are a sockaddr, of the family AF_UNSPEC, and the kernel reads no more than its size.
    let result = unsafe {
        let nowhere: libc::sockaddr = std::mem::zeroed();
        libc::connect(socket.as_raw_fd(), &nowhere, size_of::<libc::sockaddr>() as libc::socklen_t)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// What this host's table says of a TCP port, on whatever address; `None` if the system does not tell.
pub fn tcp_port(port: u16) -> Option<TcpPort> {
    // proc_pid_net(5): "sl local_address rem_address st ..."; addresses are hexadecimal, and state 0A is LISTEN.
    let mut found = TcpPort::default();
    let mut read = |table: &str| {
        for line in table.lines().skip(1) {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let local = fields.next().and_then(|local| local.rsplit_once(':'));
            if local.is_some_and(|(_, hex)| u16::from_str_radix(hex, 16) == Ok(port)) {
                let listens = fields.nth(1) == Some("0A");
                found.listens |= listens;
                found.connected |= !listens;
            }
        }
    };
    read(&std::fs::read_to_string("/proc/self/net/tcp").ok()?);
    read(&std::fs::read_to_string("/proc/self/net/tcp6").unwrap_or_default());
    Some(found)
}
