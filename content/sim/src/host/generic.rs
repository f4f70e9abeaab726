//! Options of every socket, whatever its protocol, that the host itself heeds (socket(7)): who shares its port, where it may send,
//! and what is told of it.

use super::Host;
use super::socket::{Role, Socket};
use sockets::{Errno, Family, Instant, OptionName, OptionValue, SocketId, SocketKind};

/// The highest priority that needs no privilege.
const MOST_PRIORITY: i32 = 6;

/// Linux's priority for each type of service, by the four bits above ECN's lower one (rt_tos2priority).
const PRIORITIES: [i32; 16] = [0, 0, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4];

/// What a socket keeps of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Generic {
    /// SO_REUSEPORT.
    pub reuse_port: bool,
    /// SO_BROADCAST.
    pub broadcast: bool,
    /// SO_DONTROUTE: no router on the way.
    pub dont_route: bool,
    /// SO_PRIORITY. The queues of the simulator's links know one class alone, as most do.
    pub priority: i32,
}

impl Host {
    /// Sets an option of this kind; `None` if it is another.
    pub(super) fn set_generic(
        &mut self,
        id: SocketId,
        option: OptionName,
        value: &OptionValue,
    ) -> Option<Result<(), Errno>> {
        let privileged = self.privileged;
        let socket = self.sockets.get_mut(&id)?;
        let OptionValue::Number(number) = *value else { return None };
        let generic = &mut socket.generic;
        match option {
            OptionName::ReusePort => generic.reuse_port = number != 0,
            OptionName::Broadcast => generic.broadcast = number != 0,
            OptionName::DontRoute => generic.dont_route = number != 0,
            OptionName::Priority if !privileged && !(0..=MOST_PRIORITY).contains(&number) => {
                return Some(Err(Errno::EPERM));
            }
            OptionName::Priority => generic.priority = number,
            // The type of service has its priority, and is the socket's own affair beside.
            OptionName::Tos => {
                generic.priority = PRIORITIES[(number as usize >> 1) & 15];
                return None;
            }
            _ => return None,
        }
        Some(Ok(()))
    }

    /// Reads an option that the host answers itself; `None` if it is another.
    pub(super) fn generic(&mut self, id: SocketId, option: OptionName, now: Instant) -> Option<OptionValue> {
        let info = match option {
            OptionName::Info => self.info(now, id),
            _ => None,
        };
        let socket = self.sockets.get_mut(&id)?;
        Some(match option {
            OptionName::Error => OptionValue::Number(socket.take_error().map_or(0, Errno::number)),
            OptionName::Type => OptionValue::Number(match socket.kind {
                SocketKind::Stream => 1,
                SocketKind::Datagram => 2,
            }),
            OptionName::Protocol => OptionValue::Number(match socket.kind {
                SocketKind::Stream => 6,
                SocketKind::Datagram => 17,
            }),
            OptionName::Domain => OptionValue::Number(match socket.family {
                Family::Inet => 2,
                Family::Inet6 => 10,
            }),
            OptionName::AcceptConn => OptionValue::Number(matches!(socket.role, Role::Listening(_)).into()),
            // Linux has no other value for it.
            OptionName::SndLowAt => OptionValue::Number(1),
            OptionName::ReusePort => OptionValue::Number(socket.generic.reuse_port.into()),
            OptionName::Broadcast => OptionValue::Number(socket.generic.broadcast.into()),
            OptionName::DontRoute => OptionValue::Number(socket.generic.dont_route.into()),
            OptionName::Priority => OptionValue::Number(socket.generic.priority),
            OptionName::Info => OptionValue::Octets(info?.octets()),
            _ => return None,
        })
    }
}

impl Socket {
    /// The error that is pending, which is none from then on.
    pub(super) fn take_error(&mut self) -> Option<Errno> {
        let machine = match &mut self.role {
            Role::Connection(connected) if self.error.is_none() => connected.machine.take_error(),
            _ => None,
        };
        self.error.take().or(machine)
    }
}
