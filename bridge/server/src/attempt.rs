//! One attempt of one call on one socket: what the kernel says, or that it would have to wait.
//!
//! The kernel decides every errno. Only two things are asked before it: the policy, and whether a socket that a kernel would
//! bind to all interfaces by itself is to be bound to loopback first.

use crate::calls::Setting;
use crate::free::{self, Found, Free};
use crate::machine::Machine;
use crate::os;
use crate::policy::{self, Bound, Own, Rules, Verdict};
use crate::receive;
use crate::resolve;
use crate::socket::{Entry, Progress, Side, Waiting};
use bytes::Bytes;
use protocol::PayloadBuffer;
use socket2::{Domain, SockAddr, Socket, Type};
use sockets::{
    Endpoint, Errno, Failure, Family, Host, MsgFlag, Op, Outcome, PyAddr, SocketKind, State, Value,
};
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Shutdown, SocketAddr};

/// What came of an attempt.
#[derive(Debug)]
pub enum Step {
    /// The kernel cannot do it yet.
    Wait,
    /// This name must be looked up first.
    Lookup(String),
    /// It is done; perhaps with something to tell.
    Done(Outcome, Option<String>),
    /// Octets came; of a datagram, from whom, and how many it had where it was cut.
    Data(PayloadBuffer, Option<(PyAddr, Option<usize>)>),
    /// A connection came.
    Accepted(Socket, PyAddr),
}

/// What an attempt needs to know of its surroundings.
#[derive(Debug)]
pub struct Around<'a> {
    /// Where sockets may go.
    pub rules: &'a Rules,
    /// What the session has bound.
    pub own: &'a mut Own,
    /// Which addresses are this machine's.
    pub machine: &'a Machine,
    /// This host's name.
    pub host_name: &'a str,
}

impl<'a> Around<'a> {
    /// The surroundings of a session's calls.
    pub fn new(setting: &'a Setting, own: &'a mut Own) -> Around<'a> {
        Around { rules: &setting.rules, own, machine: &setting.machine, host_name: &setting.host_name }
    }
}

/// An address that a socket may go to.
struct Goal {
    to: SocketAddr,
    /// It may because nobody is there.
    free: Option<Free>,
}

/// The outcome of a kernel's answer that is not “wait”.
pub fn failed(error: &io::Error) -> Failure {
    Failure::Errno(os::errno(error))
}

/// What the kernel answered.
pub fn done(result: io::Result<Value>) -> Step {
    Step::Done(result.map_err(|error| failed(&error)), None)
}

/// Whether the kernel would have to wait.
pub fn would_block(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock || os::errno(error) == Errno::EINPROGRESS
}

/// An address as the kernel gave it, as Python shows it.
pub fn shown(address: &SockAddr) -> Option<PyAddr> {
    address.as_socket().map(PyAddr)
}

/// Makes a socket that does not block.
///
/// # Errors
/// Whatever the kernel answers.
pub fn make(family: Family, kind: SocketKind) -> io::Result<Socket> {
    let socket = Socket::new(domain(family), kind_of(kind), None)?;
    socket.set_nonblocking(true)?;
    if family == Family::Inet6 {
        // Systems differ in what they start with; Linux's default it shall be.
        socket.set_only_v6(false)?;
    }
    Ok(socket)
}

fn domain(family: Family) -> Domain {
    match family {
        Family::Inet => Domain::IPV4,
        Family::Inet6 => Domain::IPV6,
    }
}

fn kind_of(kind: SocketKind) -> Type {
    match kind {
        SocketKind::Stream => Type::STREAM,
        SocketKind::Datagram => Type::DGRAM,
    }
}

/// Tries a call that may have to wait.
pub fn attempt(entry: &mut Entry, waiting: &mut Waiting, around: &mut Around<'_>) -> Step {
    if let Some(error) = entry.owed.take() {
        return done(Err(error));
    }
    let step = match &waiting.op {
        Op::Accept { .. } => accept(entry),
        Op::Recv { max, flags, .. } => {
            receive::receive(entry, *max, flags, &mut waiting.progress, waiting.blocking)
        }
        Op::RecvFrom { max, flags, .. } if entry.kind == SocketKind::Stream => {
            receive::receive(entry, *max, flags, &mut waiting.progress, waiting.blocking)
        }
        Op::RecvFrom { max, flags, .. } => receive::receive_from(entry, *max, flags),
        Op::Send { flags, data, .. } => match goal_of_datagrams(entry, around) {
            // What it was connected to may have changed hands since.
            Ok(_goal) => {
                let how = Sending { blocking: waiting.blocking, continues: waiting.continues };
                send(entry, flags, data, &mut waiting.progress, how)
            }
            Err(failure) => Step::Done(Err(failure), None),
        },
        Op::SendTo { address, flags, data, .. } => {
            match destination(entry, address, &waiting.progress, around) {
                Ok(Ok(goal)) => send_to(entry, flags, data, &goal, around),
                Ok(Err(name)) => Step::Lookup(name),
                Err(failure) => Step::Done(Err(failure), None),
            }
        }
        Op::Connect { address, .. } => match waiting.progress {
            Progress::Connecting(to) => connected(entry, to, around),
            Progress::Ended(errno) => Step::Done(Err(errno.into()), None),
            _ => match destination(entry, address, &waiting.progress, around) {
                Ok(Ok(goal)) => connect(entry, goal, waiting, around),
                Ok(Err(name)) => Step::Lookup(name),
                Err(failure) => Step::Done(Err(failure), None),
            },
        },
        Op::Bind { address, .. } => bind(entry, address, &waiting.progress, around),
        _ => Step::Done(Err(Failure::Protocol("this call does not wait for a socket".into())), None),
    };
    match step {
        // Linux wakes who waits for a datagram, with 0 octets; who does not wait gets EAGAIN as ever.
        Step::Wait if waiting.blocking && entry.no_datagrams && Side::of(&waiting.op) == Some(Side::Read) => {
            Step::Data(PayloadBuffer::new(0), None)
        }
        Step::Wait if !waiting.blocking => {
            let errno =
                if matches!(waiting.op, Op::Connect { .. }) { Errno::EINPROGRESS } else { Errno::EAGAIN };
            Step::Done(Err(errno.into()), None)
        }
        step => step,
    }
}

fn accept(entry: &Entry) -> Step {
    match entry.attempt(Side::Read, Socket::accept) {
        Ok((socket, peer)) => match (socket.set_nonblocking(true), shown(&peer)) {
            (Ok(()), Some(peer)) => Step::Accepted(socket, peer),
            (Err(error), _) => done(Err(error)),
            (Ok(()), None) => Step::Done(Err(Errno::ECONNABORTED.into()), None),
        },
        Err(error) if would_block(&error) => Step::Wait,
        Err(error) => done(Err(error)),
    }
}

/// How a send treats trouble.
struct Sending {
    blocking: bool,
    continues: bool,
}

fn send(
    entry: &mut Entry,
    flags: &BTreeSet<MsgFlag>,
    data: &Bytes,
    progress: &mut Progress,
    how: Sending,
) -> Step {
    let mut sent = if let Progress::Sent(sent) = progress { *sent } else { 0 };
    let numbers = os::message_flags(flags);
    loop {
        match entry.attempt(Side::Write, |socket| socket.send_with_flags(&data[sent..], numbers)) {
            Ok(count) => {
                sent += count;
                if sent >= data.len() || entry.kind == SocketKind::Datagram {
                    return Step::Done(Ok(Value::Sent { sent }), None);
                }
            }
            Err(error) if would_block(&error) && (sent == 0 || how.blocking) => {
                *progress = Progress::Sent(sent);
                return Step::Wait;
            }
            // What went out counts, here or in the pieces before.
            Err(error) if sent > 0 || how.continues => {
                owe(entry, error);
                return Step::Done(Ok(Value::Sent { sent }), None);
            }
            Err(error) => return done(Err(error)),
        }
    }
}

/// A call that got something done answers that, and asking has taken the error that ended it off the socket: the next call must
/// still meet it. EPIPE is not taken off, the kernel gives it to every send; and to have to wait is no error.
pub fn owe(entry: &mut Entry, error: io::Error) {
    if !would_block(&error) && os::errno(&error) != Errno::EPIPE {
        entry.owed = Some(error);
    }
}

fn send_to(
    entry: &mut Entry,
    flags: &BTreeSet<MsgFlag>,
    data: &Bytes,
    Goal { to, .. }: &Goal,
    around: &mut Around<'_>,
) -> Step {
    if let Err(error) = bind_to_loopback_first(entry, to.ip(), around) {
        return done(Err(error));
    }
    let (numbers, address) = (os::message_flags(flags), (*to).into());
    match entry.attempt(Side::Write, |socket| socket.send_to_with_flags(data, &address, numbers)) {
        Ok(sent) => Step::Done(Ok(Value::Sent { sent }), None),
        Err(error) if would_block(&error) => Step::Wait,
        Err(error) => done(Err(error)),
    }
}

fn connect(
    entry: &mut Entry,
    Goal { to, free }: Goal,
    waiting: &mut Waiting,
    around: &mut Around<'_>,
) -> Step {
    if let Err(error) = bind_to_loopback_first(entry, to.ip(), around) {
        return done(Err(error));
    }
    if entry.is_idle() {
        entry.unwatch();
    }
    let result = entry.with(|socket| socket.connect(&to.into()));
    if matches!(free, Some(Free::Unheld)) && result.as_ref().map_or_else(would_block, |()| true) {
        match entry.with(|socket| Ok(free::found(socket, to))) {
            Ok(Found::Itself) => {}
            Ok(Found::Nobody) if waiting.blocking => {
                return match connected(entry, to, around) {
                    // It was no RST of a port that nobody has: somebody was there, and is gone.
                    Step::Done(Err(Failure::Errno(errno)), _) if errno != Errno::ECONNREFUSED => {
                        Step::Done(Err(Failure::Policy(around.rules.not_ours(to))), None)
                    }
                    step => step,
                };
            }
            Ok(Found::Nobody) => {}
            Ok(Found::Somebody) | Err(_) => {
                entry.unwatch();
                forget(entry, around);
                return Step::Done(Err(Failure::Policy(around.rules.not_ours(to))), None);
            }
        }
    }
    match result {
        Ok(()) => Step::Done(Ok(Value::Done {}), None),
        Err(error) if would_block(&error) => {
            waiting.progress = Progress::Connecting(to);
            // On loopback the handshake is complete by now. A caller that does not wait is told what the kernel said all the same.
            if waiting.blocking { connected(entry, to, around) } else { Step::Wait }
        }
        // A handshake is under way already. Who may wait, waits for that one; the address counts no more (inet_stream_connect).
        Err(error) if os::errno(&error) == Errno::EALREADY && waiting.blocking => {
            waiting.progress = Progress::Connecting(to);
            connected(entry, to, around)
        }
        Err(error) => disconnected(entry, &error, around),
    }
}

/// Whether a handshake that was under way is complete.
///
/// Asked by a second connect: on Linux it answers as a blocking connect would have, and leaves the socket as that would have
/// left it. SO_ERROR would take the error away, and the program's next connect would end with ECONNABORTED. It starts no second
/// handshake, since whatever ends the first one ends at once every call that waits for it: see [`disconnected`], and
/// [`shut_down`] for the one thing that ends it from this side.
fn connected(entry: &mut Entry, to: SocketAddr, around: &mut Around<'_>) -> Step {
    if !cfg!(target_os = "linux")
        && let Ok(Some(error)) = entry.with(Socket::take_error)
    {
        return disconnected(entry, &error, around);
    }
    match entry.with(|socket| socket.connect(&to.into())) {
        Ok(()) => Step::Done(Ok(Value::Done {}), None),
        Err(error) if os::errno(&error) == Errno::EISCONN => Step::Done(Ok(Value::Done {}), None),
        Err(error) if would_block(&error) || os::errno(&error) == Errno::EALREADY => {
            // Nothing yet: tell the watch so, or it believes for ever that the socket is ready.
            let _ = entry.attempt(Side::Write, |_| Err::<(), _>(ErrorKind::WouldBlock.into()));
            Step::Wait
        }
        Err(error) => disconnected(entry, &error, around),
    }
}

fn disconnected(entry: &mut Entry, error: &io::Error, around: &mut Around<'_>) -> Step {
    if os::errno(error) != Errno::EALREADY && os::errno(error) != Errno::EISCONN {
        entry.unwatch();
        forget(entry, around);
        nobody_connects(entry, None);
    }
    Step::Done(Err(failed(error)), None)
}

/// The handshake is over, without success. The oldest call that waits for it has this to learn, if no call has learned the
/// reason yet; for the others Linux has EPIPE. None of them must begin a new handshake.
fn nobody_connects(entry: &mut Entry, mut reason: Option<Errno>) {
    for waiting in entry.lane(Side::Write) {
        if matches!(waiting.progress, Progress::Connecting(_)) {
            waiting.progress = Progress::Ended(reason.take().unwrap_or(Errno::EPIPE));
        }
    }
    entry.wake(Side::Write);
    entry.wake(Side::Read);
}

/// shutdown(2), with what it does to calls that wait.
///
/// While a handshake is under way, Linux gives it up, whatever direction was named, and the connect ends with ECONNRESET
/// (inet_shutdown). A second connect, by which [`connected`] asks, would begin a new one from then on.
pub fn shut_down(entry: &mut Entry, how: Shutdown, around: &mut Around<'_>) -> Outcome {
    let result = entry.with(|socket| socket.shutdown(how));
    if entry.kind == SocketKind::Datagram && how != Shutdown::Write {
        // Also when it is not connected, and the answer is ENOTCONN (the "hack" in inet_shutdown).
        entry.no_datagrams = true;
        entry.wake(Side::Read);
    }
    let connecting =
        entry.lane(Side::Write).iter().any(|waiting| matches!(waiting.progress, Progress::Connecting(_)));
    let closed = |socket: &Socket| Ok(os::sample_tcp(socket).state == Some(State::Closed));
    let closed = entry.kind == SocketKind::Stream && entry.with(closed).unwrap_or(false);
    if connecting && closed {
        let reason = entry.with(Socket::take_error).ok().flatten();
        entry.unwatch();
        nobody_connects(entry, Some(reason.map_or(Errno::ECONNRESET, |error| os::errno(&error))));
    }
    if closed {
        forget(entry, around);
    } else if entry.bound.is_some() {
        remember(entry, around);
    }
    result.map(|()| Value::Done {}).map_err(|error| failed(&error))
}

fn bind(entry: &mut Entry, address: &Endpoint, progress: &Progress, around: &mut Around<'_>) -> Step {
    let refused = |failure| Step::Done(Err(failure), None);
    let ip = match addresses(&address.host, progress, around)
        .map(|found| found.map(|all| resolve::of_family(&address.host, &all, entry.family)))
    {
        Ok(Ok(Ok(fitting))) => fitting[0],
        Ok(Ok(Err(why))) => return refused(Failure::Resolve(why)),
        Ok(Err(name)) => return Step::Lookup(name),
        Err(failure) => return refused(failure),
    };
    let (ip, note) = match around.rules.local(ip, address.port) {
        Ok(local) => local,
        Err(why) => return refused(Failure::Policy(why)),
    };
    match bind_to(entry, SocketAddr::new(ip, address.port), around) {
        Ok(()) => {
            entry.chose_port |= address.port != 0;
            remember(entry, around);
            Step::Done(Ok(Value::Done {}), note)
        }
        Err(error) => done(Err(error)),
    }
}

/// bind(2). A socket that wishes to share its port does so with others of the session, if they have that very address and port.
fn bind_to(entry: &Entry, to: SocketAddr, around: &Around<'_>) -> io::Result<()> {
    entry.share(to.port() != 0 && around.own.holds(entry.kind, to));
    entry.with(|socket| socket.bind(&to.into()))
}

/// listen(2). What a kernel would bind to all interfaces by itself is bound to loopback first.
pub fn listen(entry: &mut Entry, backlog: i32, around: &mut Around<'_>) -> (Outcome, Option<String>) {
    let unbound = entry.kind == SocketKind::Stream && local_port(entry) == Some(0);
    let mut note = None;
    if unbound && !around.rules.lan {
        let address = SocketAddr::new(policy::loopback(entry.family), 0);
        if entry.with(|socket| socket.bind(&address.into())).is_ok() {
            let port = local_port(entry).unwrap_or_default();
            note = Some(format!(
                "It was not bound: listening on {}, port {port}. A kernel alone would have taken a port on every interface.",
                address.ip()
            ));
        }
    }
    if entry.is_idle() {
        entry.unwatch();
    }
    let result = entry.with(|socket| socket.listen(backlog));
    entry.listens |= result.is_ok();
    remember(entry, around);
    (result.map(|()| Value::Done {}).map_err(|error| failed(&error)), note)
}

fn local_port(entry: &Entry) -> Option<u16> {
    entry.with(Socket::local_addr).ok()?.as_socket().map(|address| address.port())
}

/// A connection came to nothing, or a listener was shut down. With that Linux gives a stream's port back, unless bind named it,
/// and getsockname goes on to tell it: somebody else may have it by now, so it is no longer the page's own.
fn forget(entry: &mut Entry, around: &mut Around<'_>) {
    entry.listens = false;
    if entry.kind == SocketKind::Datagram || entry.chose_port {
        remember(entry, around);
    } else if let Some(old) = entry.bound.take() {
        around.own.remove(old);
    }
}

/// Notes where a socket is bound now.
pub fn remember(entry: &mut Entry, around: &mut Around<'_>) {
    let local = entry.with(Socket::local_addr).ok().and_then(|address| address.as_socket());
    let bound = local.filter(|local| local.port() != 0).map(|local| Bound {
        kind: entry.kind,
        address: local.ip().to_canonical(),
        port: local.port(),
        listens: entry.listens,
        only_v6: entry.family == Family::Inet6 && entry.with(Socket::only_v6).unwrap_or(true),
    });
    if entry.bound != bound {
        entry.bound.into_iter().for_each(|old| around.own.remove(old));
        bound.into_iter().for_each(|new| around.own.add(new));
        entry.bound = bound;
    }
}

/// An unbound UDP socket that sends to loopback would be open to every interface from then on.
fn bind_to_loopback_first(entry: &mut Entry, to: IpAddr, around: &mut Around<'_>) -> io::Result<()> {
    let needed =
        entry.kind == SocketKind::Datagram && entry.bound.is_none() && to.to_canonical().is_loopback();
    if !needed || local_port(entry) != Some(0) {
        return Ok(());
    }
    let from: IpAddr = match to {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => {
            std::net::Ipv4Addr::LOCALHOST.to_ipv6_mapped().into()
        }
        _ => policy::loopback(entry.family),
    };
    bind_to(entry, SocketAddr::new(from, 0), around)?;
    remember(entry, around);
    Ok(())
}

/// The addresses behind a host, or the name that must be looked up first.
fn addresses(
    host: &Host,
    progress: &Progress,
    around: &Around<'_>,
) -> Result<Result<Vec<IpAddr>, String>, Failure> {
    if let Progress::Resolved(addresses) = progress {
        return Ok(Ok(addresses.clone()));
    }
    match (resolve::at_once(host), host) {
        (Some(addresses), _) => Ok(Ok(addresses)),
        (None, Host::Name(name)) => match around.rules.name(name, around.host_name) {
            Ok(()) => Ok(Err(name.clone())),
            Err(why) => Err(Failure::Policy(why)),
        },
        (None, _) => unreachable!("only a name is not known at once"),
    }
}

/// Of a datagram socket's send, where it goes, checked as if it were named; a stream was checked when it was connected.
fn goal_of_datagrams(entry: &Entry, around: &Around<'_>) -> Result<Option<Goal>, Failure> {
    if entry.kind == SocketKind::Stream {
        return Ok(None);
    }
    let peer = entry.with(Socket::peer_addr).ok().and_then(|peer| peer.as_socket());
    peer.map(|to| checked(entry, to, around).map(|free| Goal { to, free })).transpose()
}

/// The very address to go to, checked; or the name that must be looked up first. Of a name, every address is checked, so that
/// nobody's answer hides one that is not allowed behind one that is.
fn destination(
    entry: &Entry,
    to: &Endpoint,
    progress: &Progress,
    around: &Around<'_>,
) -> Result<Result<Goal, String>, Failure> {
    let all = match addresses(&to.host, progress, around)? {
        Ok(all) => all,
        Err(name) => return Ok(Err(name)),
    };
    let fitting = resolve::of_family(&to.host, &all, entry.family).map_err(Failure::Resolve)?;
    let looked_up = matches!(progress, Progress::Resolved(_));
    if looked_up {
        for &ip in &all {
            checked(entry, SocketAddr::new(ip, to.port), around)?;
        }
    }
    let to = SocketAddr::new(fitting[0], to.port);
    Ok(Ok(Goal { to, free: checked(entry, to, around)? }))
}

/// Whether a socket may go to an address; what keeps it free, if it may only because nobody is there.
fn checked(entry: &Entry, address: SocketAddr, around: &Around<'_>) -> Result<Option<Free>, Failure> {
    let verdict = match around.rules.destination(entry.kind, address, around.own) {
        // This machine's own services listen on its other addresses too: what holds for loopback holds for those.
        Verdict::Yes if around.machine.has(address.ip()) => {
            around.rules.here(entry.kind, address, around.own)
        }
        verdict => verdict,
    };
    match verdict {
        Verdict::Yes => Ok(None),
        Verdict::IfFree => {
            match Free::hold(entry.kind, address, around.own.has_port(entry.kind, address.port())) {
                Some(free) => Ok(Some(free)),
                None => Err(Failure::Policy(around.rules.not_ours(address))),
            }
        }
        Verdict::No(why) => Err(Failure::Policy(why)),
    }
}
