//! close and shutdown: how a program lets go of a socket, and what lives on without it.

use super::calls::Place;
use super::socket::{Lingering, Phase, Role, unspecified};
use super::{Host, Turn, forget};
use crate::rules;
use sockets::{CallId, Direction, Errno, Instant, Micros, Outcome, SocketId, State, Value};

impl Host {
    /// close(2). `None` if its answer comes later: SO_LINGER.
    pub(super) fn close(
        &mut self,
        id: SocketId,
        call: CallId,
        timeout: Option<Micros>,
        now: Instant,
        turn: &mut Turn,
    ) -> Option<Outcome> {
        self.abandon(id, now, turn);
        let Some(socket) = self.sockets.get_mut(&id) else { return Some(Err(Errno::EBADF.into())) };
        match &socket.role {
            Role::Fresh(_) | Role::Datagram(_) => self.remove(id),
            Role::Listening(_) => {
                self.stop_listening(id, now, turn);
                self.remove(id);
            }
            Role::Connection(connected) => {
                let seconds = connected.machine.settings().linger.unwrap_or(0);
                socket.orphan = true;
                let lingers = self.machine(id, now, turn, |machine, turning| {
                    machine.close(turning);
                    machine.lingers()
                });
                // Linux's close would linger even on a socket that does not block; but a time-out of zero is a wish of this very
                // call, and it is done: the socket is closed.
                if seconds > 0 && lingers == Some(true) && timeout != Some(Micros::ZERO) {
                    let over = now + Micros::from_secs(seconds.into());
                    let deadline = timeout.map(|timeout| now + timeout);
                    let socket = self.sockets.get_mut(&id)?;
                    socket.lingering = Some(Lingering { id: call, began: now, over, deadline });
                    self.waiting.insert(call, Place::Closing(id));
                    return None;
                }
            }
        }
        Some(Ok(Value::Done {}))
    }

    /// shutdown(2) (inet_shutdown).
    pub(super) fn shut_down(
        &mut self,
        id: SocketId,
        how: Direction,
        now: Instant,
        turn: &mut Turn,
    ) -> Result<(), Errno> {
        let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        let reading = how != Direction::Write;
        match &mut socket.role {
            Role::Fresh(_) => Err(Errno::ENOTCONN),
            Role::Datagram(datagrams) => {
                // Also when it is not connected: who waits for a datagram is woken.
                datagrams.shut_read |= reading;
                datagrams.shut_write |= how != Direction::Read;
                if datagrams.peer.is_some() { Ok(()) } else { Err(Errno::ENOTCONN) }
            }
            Role::Listening(_) if !reading => Ok(()),
            Role::Listening(listening) => {
                let settings = Box::new(listening.machine.settings().clone());
                self.stop_listening(id, now, turn);
                let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
                socket.role = Role::Fresh(settings);
                forget(&mut self.listeners, socket.local.port, id);
                self.disconnect(id);
                Ok(())
            }
            Role::Connection(connected) => match connected.machine.state() {
                state @ (State::Closed | State::TimeWait) => {
                    if state == State::Closed && socket.phase == Phase::Connecting {
                        socket.phase = Phase::Disconnecting;
                    }
                    Err(Errno::ENOTCONN)
                }
                // The handshake is given up, whatever direction was named.
                State::SynSent => {
                    self.machine(id, now, turn, |machine, turning| machine.close(turning));
                    self.disconnect(id);
                    if let Some(socket) = self.sockets.get_mut(&id) {
                        socket.error = Some(Errno::ECONNRESET);
                    }
                    Ok(())
                }
                state => {
                    if state != State::SynReceived {
                        socket.phase = Phase::Connected;
                    }
                    let result =
                        self.machine(id, now, turn, |machine, turning| machine.shutdown(how, turning));
                    result.unwrap_or(Err(Errno::ENOTCONN))
                }
            },
        }
    }

    /// Resets the connections that nobody accepted; half-open ones are forgotten with the listening socket (inet_csk_listen_stop).
    fn stop_listening(&mut self, id: SocketId, now: Instant, turn: &mut Turn) {
        let Some(Role::Listening(listening)) = self.sockets.get_mut(&id).map(|socket| &mut socket.role)
        else {
            return;
        };
        let queue = core::mem::take(&mut listening.queue);
        if !queue.is_empty() {
            self.output.tell(Some(id), &rules::NOBODY_ACCEPTED, State::Listen, turn);
        }
        for child in queue {
            self.machine(child, now, turn, |machine, turning| machine.abort(turning));
            if let Some(socket) = self.sockets.get_mut(&child) {
                socket.orphan = true;
            }
            self.conclude(child, now, turn);
        }
    }

    /// The socket is as before connect or listen (tcp_disconnect): it keeps its options, and of its address what bind named.
    pub(super) fn disconnect(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        socket.phase = Phase::Unconnected;
        if let Role::Connection(connected) = &socket.role {
            if connected.registered {
                self.connections.remove(&connected.machine.pair().into());
            }
            socket.role = Role::Fresh(Box::new(connected.machine.settings().clone()));
        }
        if !socket.local.address_locked {
            socket.local.ip = unspecified(socket.family);
        }
        if !socket.local.port_locked {
            self.release(id);
        }
    }
}
