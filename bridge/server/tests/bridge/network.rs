//! A network of a test's own, and what is seen on it: where a case is about packets, they are what is looked at.

use socket2::{Domain, Protocol, Socket, Type};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::Command;

/// Moves this thread, and the bridges that it starts, into a network namespace of its own, whose one interface beside loopback is
/// 192.168.77.1/24. False, with a loud word, where that cannot be done.
#[allow(unsafe_code, reason = "a network namespace of this thread's own")]
pub fn in_a_network_of_its_own(test: &str) -> bool {
    // SAFETY: it takes no memory; it moves this thread into an empty network namespace.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
        eprintln!("SKIPPED: {test} needs root to make a network namespace");
        return false;
    }
    [
        "link set lo up",
        "link add way-out type veth peer name far-end",
        "addr add 192.168.77.1/24 dev way-out",
        "link set way-out up",
        "link set far-end up",
        "route add default dev way-out",
        // Who is there says nothing: a SYN goes out and nothing comes back.
        "neigh add 8.8.8.8 lladdr 02:00:00:00:00:01 dev way-out",
        "neigh add 192.168.77.9 lladdr 02:00:00:00:00:01 dev way-out",
        "route add unreachable 10.9.9.0/24",
    ]
    .into_iter()
    .all(|line| ip(test, line))
}

/// Does something with iproute2 in this thread's network.
pub fn ip(test: &str, line: &str) -> bool {
    let done = Command::new("ip").args(line.split(' ')).status().is_ok_and(|status| status.success());
    if !done {
        eprintln!("SKIPPED: {test} needs the command ip (iproute2): ip {line}");
    }
    done
}

/// Everything that passes the interfaces of this thread's network, from when this is made.
pub struct Tap(Socket);

/// What is looked at of a packet: an IPv4 segment or datagram, or the question who has an address (RFC 826).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Tcp { from: SocketAddrV4, to: SocketAddrV4, flags: u8 },
    Udp { to: SocketAddrV4 },
    WhoHas(Ipv4Addr),
}

pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;

impl Tap {
    pub fn new() -> Tap {
        let all = i32::from((libc::ETH_P_ALL as u16).to_be());
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(all))).expect("root may");
        socket.set_recv_buffer_size(4 << 20).expect("it is known");
        socket.set_nonblocking(true).expect("it is known");
        Tap(socket)
    }

    /// What came since the last time.
    pub fn seen(&mut self) -> Vec<Seen> {
        let (mut all, mut packet) = (Vec::new(), vec![0; 1 << 17]);
        while let Ok(count) = self.0.read(&mut packet) {
            all.extend(seen(&packet[..count]));
        }
        all
    }
}

fn seen(frame: &[u8]) -> Option<Seen> {
    let four = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(frame.get(at..at + 4)?).ok()?));
    let two = |at: usize| Some(u16::from_be_bytes(frame.get(at..at + 2)?.try_into().ok()?));
    // An Ethernet header, which loopback has too.
    match two(12)? {
        0x0806 => Some(Seen::WhoHas(four(14 + 24)?)),
        0x0800 => {
            let beyond = 14 + usize::from(frame[14] & 0x0f) * 4;
            let from = SocketAddrV4::new(four(14 + 12)?, two(beyond)?);
            let to = SocketAddrV4::new(four(14 + 16)?, two(beyond + 2)?);
            match frame[14 + 9] {
                6 => Some(Seen::Tcp { from, to, flags: *frame.get(beyond + 13)? }),
                17 => Some(Seen::Udp { to }),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A bridge in a mount namespace of its own, where these files stand in place of others: `(there, instead)`.
pub fn bridge_with_files(files: &[(&str, &std::path::Path)], options: &[&str]) -> crate::client::Bridge {
    let mut script = String::new();
    for (there, instead) in files {
        script += &format!("mount --bind '{}' '{there}' && ", instead.display());
    }
    script += "exec \"$0\" \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script, env!("CARGO_BIN_EXE_bridge"), "--port", "0", "--no-open"]);
    crate::client::Bridge::spawn(command.args(options))
}
