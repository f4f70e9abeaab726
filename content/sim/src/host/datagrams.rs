//! UDP (RFC 768, udp(7)): datagrams whole or not at all, a queue with a limit, and errors that come by ICMP.

use super::calls::Step;
use super::connect::{destination, source};
use super::socket::Role;
use super::{Host, Turn};
use crate::Profile;
use crate::tcp::HOPS;
use bytes::Bytes;
use core::net::SocketAddr;
use sockets::{Endpoint, Errno, Instant, MsgFlag, OptionName, OptionValue, SocketId, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wire::{Datagram, Ecn, Internet, Unreachable, UserDatagram};

/// What Linux counts for a datagram beside its data, in octets: its own records, and the headers' room.
const RECORD: u32 = 256;
const HEADROOM: u32 = 320 + 64;
/// The least memory for the rest, in octets (SKB_SMALL_HEAD_SIZE).
const SMALL: u32 = 576;

/// The options of a datagram socket.
#[derive(Clone, Debug)]
pub(super) struct DatagramOptions {
    /// SO_REUSEADDR.
    pub reuse_addr: bool,
    /// IPV6_V6ONLY.
    pub v6_only: bool,
    /// SO_RCVBUF in octets.
    pub receive_buffer: u32,
    /// SO_SNDBUF in octets.
    pub send_buffer: u32,
    /// IP_TTL in hops.
    pub ttl: u8,
    /// IP_TOS.
    pub tos: u8,
    /// IPV6_UNICAST_HOPS; `None` is the system's.
    pub hops: Option<u8>,
    /// IPV6_TCLASS.
    pub traffic_class: u8,
    /// Options of every socket that mean nothing to UDP: they are kept.
    pub others: BTreeMap<OptionName, OptionValue>,
}

/// A datagram socket.
#[derive(Debug)]
pub(super) struct Datagrams {
    pub options: DatagramOptions,
    pub peer: Option<SocketAddr>,
    /// Datagrams that were not yet received, oldest first, with their senders.
    pub queue: VecDeque<(SocketAddr, Bytes)>,
    /// What they take of the receive buffer, in octets.
    taken: u32,
    pub shut_read: bool,
    pub shut_write: bool,
}

impl Datagrams {
    pub(super) fn new(profile: &Profile) -> Datagrams {
        Datagrams {
            options: DatagramOptions {
                reuse_addr: false,
                v6_only: false,
                receive_buffer: profile.rmem_default,
                send_buffer: profile.wmem_default,
                ttl: profile.default_ttl.clamp(1, 255) as u8,
                tos: 0,
                hops: None,
                traffic_class: 0,
                others: BTreeMap::new(),
            },
            peer: None,
            queue: VecDeque::new(),
            taken: 0,
            shut_read: false,
            shut_write: false,
        }
    }

    /// Puts a datagram into the queue; false if the receive buffer has no room, and it is lost.
    pub(super) fn take(&mut self, from: SocketAddr, data: Bytes) -> bool {
        let taken = self.taken.saturating_add(truesize(&data));
        if taken > self.options.receive_buffer && self.taken > 0 {
            return false;
        }
        self.taken = taken;
        self.queue.push_back((from, data));
        true
    }

    /// How many octets the next datagram has (SIOCINQ, udp(7)).
    pub(super) fn next_length(&self) -> u32 {
        self.queue.front().map_or(0, |(_, data)| data.len() as u32)
    }

    /// The error that an ICMP message is to a program; connected sockets alone learn of it (udp(7), __udp4_lib_err).
    pub(super) fn error_of(&self, what: Unreachable) -> Option<Errno> {
        self.peer?;
        match what {
            Unreachable::Port => Some(Errno::ECONNREFUSED),
            Unreachable::Protocol => Some(Errno::ENOPROTOOPT),
            Unreachable::Prohibited if self.peer.is_some_and(|peer| peer.is_ipv6()) => Some(Errno::EACCES),
            Unreachable::Prohibited => Some(Errno::EHOSTUNREACH),
            Unreachable::TooBig { .. } => Some(Errno::EMSGSIZE),
            Unreachable::Network | Unreachable::Host | Unreachable::TimeExceeded => None,
        }
    }
}

/// What a datagram takes of a receive buffer, after Linux's accounting: memory comes in powers of two, but for small ones.
fn truesize(data: &Bytes) -> u32 {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX / 4);
    let memory = length + HEADROOM;
    RECORD + if memory <= SMALL { SMALL } else { memory.next_power_of_two() }
}

impl Host {
    /// connect(2): from now on there is one peer.
    pub(super) fn connect_datagrams(&mut self, id: SocketId, address: &Endpoint) -> Step {
        let Some(socket) = self.sockets.get(&id) else { return Step::failed(Errno::EBADF) };
        match self.names.address(&address.host, socket.family) {
            Ok(ip) => self.connect_datagrams_to(id, SocketAddr::new(ip, address.port)).into(),
            Err(failure) => Step::Done(Err(failure)),
        }
    }

    fn connect_datagrams_to(&mut self, id: SocketId, to: SocketAddr) -> Result<Value, Errno> {
        self.bind_by_itself(id).map_err(|_| Errno::EAGAIN)?;
        let socket = self.sockets.get(&id).ok_or(Errno::EBADF)?;
        let ip = destination(socket, to.ip())?;
        let way = self.way(socket, ip)?;
        if self.routes.is_broadcast(ip) && !socket.generic.broadcast {
            return Err(Errno::EACCES);
        }
        let from = source(socket, way.source, way.interface.is_none())?;
        let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        let Role::Datagram(datagrams) = &mut socket.role else { return Err(Errno::EOPNOTSUPP) };
        datagrams.peer = Some(SocketAddr::new(ip, to.port()));
        socket.local.ip = from;
        Ok(Value::Done {})
    }

    /// send(2) and sendto(2), with Linux's order of objections (udp_sendmsg). It never waits: the interface takes it or it is lost.
    pub(super) fn send_datagram(
        &mut self,
        id: SocketId,
        address: Option<&Endpoint>,
        flags: &BTreeSet<MsgFlag>,
        data: &Bytes,
        now: Instant,
        turn: &mut Turn,
    ) -> Step {
        let Some(socket) = self.sockets.get(&id) else { return Step::failed(Errno::EBADF) };
        let to = match address {
            None => None,
            Some(address) => match self.names.address(&address.host, socket.family) {
                Ok(ip) => Some(SocketAddr::new(ip, address.port)),
                Err(failure) => return Step::Done(Err(failure)),
            },
        };
        self.send_datagram_to(id, to, flags, data, now, turn).into()
    }

    fn send_datagram_to(
        &mut self,
        id: SocketId,
        to: Option<SocketAddr>,
        flags: &BTreeSet<MsgFlag>,
        data: &Bytes,
        now: Instant,
        turn: &mut Turn,
    ) -> Result<Value, Errno> {
        self.bind_by_itself(id).map_err(|_| Errno::EAGAIN)?;
        let socket = self.sockets.get(&id).ok_or(Errno::EBADF)?;
        let Role::Datagram(datagrams) = &socket.role else { return Err(Errno::EOPNOTSUPP) };
        if data.len() > 0xffff {
            return Err(Errno::EMSGSIZE);
        }
        if flags.contains(&MsgFlag::Oob) {
            return Err(Errno::EOPNOTSUPP);
        }
        let to = match to {
            Some(to) if to.port() == 0 => return Err(Errno::EINVAL),
            Some(to) => SocketAddr::new(destination(socket, to.ip())?, to.port()),
            None => datagrams.peer.ok_or(Errno::EDESTADDRREQ)?,
        };
        let way = self.way(socket, to.ip())?;
        let broadcast = self.routes.is_broadcast(to.ip());
        if broadcast && !socket.generic.broadcast {
            return Err(Errno::EACCES);
        }
        let from = source(socket, way.source, way.interface.is_none())?;
        // What the internet header's length field leaves (IPv4's header counts itself, IPv6's does not), less UDP's own 8 octets.
        let most = if to.is_ipv4() { 65_535 - 20 - 8 } else { 65_535 - 8 };
        if data.len() > most {
            return Err(Errno::EMSGSIZE);
        }
        let (options, shut) = (&datagrams.options, datagrams.shut_write);
        let header = Internet::between(from, to.ip()).header_length();
        let fits = header + 8 + data.len() <= way.mtu as usize;
        let (ttl, class) = match to.is_ipv4() {
            true => (options.ttl, options.tos),
            false => (options.hops.unwrap_or(HOPS), options.traffic_class),
        };
        let ip = Internet {
            ttl,
            dscp: class >> 2,
            ecn: Ecn::from_bits(class),
            // What is too large for the interface goes in fragments.
            dont_fragment: fits || to.is_ipv6(),
            ..Internet::between(from, to.ip())
        };
        let source_port = socket.local.port;
        let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        if let Some(errno) = socket.error.take() {
            return Err(errno);
        }
        if shut {
            return Err(Errno::EPIPE);
        }
        let datagram = Datagram::Udp(UserDatagram {
            ip,
            source_port,
            destination_port: to.port(),
            payload: data.clone(),
        });
        if broadcast && way.interface.is_some() {
            // The host is one of those that it is for (ip_mc_output).
            self.output.send(Some(id), None, datagram.clone(), false, now, turn);
        }
        self.output.send(Some(id), way.interface, datagram, false, now, turn);
        Ok(Value::Sent { sent: data.len() })
    }

    /// recv(2) and recvfrom(2): one datagram; what does not fit into `max` octets is cut off and lost.
    pub(super) fn receive_datagram(
        &mut self,
        id: SocketId,
        max: u32,
        flags: &BTreeSet<MsgFlag>,
        with_sender: bool,
        blocking: bool,
    ) -> Step {
        let Some(socket) = self.sockets.get_mut(&id) else { return Step::failed(Errno::EBADF) };
        if let Some(errno) = socket.error.take() {
            return Step::failed(errno);
        }
        let Role::Datagram(datagrams) = &mut socket.role else { return Step::failed(Errno::EOPNOTSUPP) };
        let next = match flags.contains(&MsgFlag::Peek) {
            true => datagrams.queue.front().cloned(),
            false => datagrams.queue.pop_front().inspect(|(_, data)| datagrams.taken -= truesize(data)),
        };
        match next {
            Some((from, data)) => {
                let all = data.len();
                let data = data.slice(..all.min(max as usize));
                let from = socket.shown(from);
                let whole = (data.len() < all).then_some(all);
                Step::Done(Ok(match with_sender {
                    true => Value::Datagram { bytes: data.len(), from, whole, data },
                    false => Value::data(data),
                }))
            }
            // Linux wakes who waits for a datagram, with 0 octets; who does not wait gets EAGAIN as ever.
            None if datagrams.shut_read && blocking => Step::Done(Ok(Value::data(Bytes::new()))),
            None => Step::Wait,
        }
    }
}
