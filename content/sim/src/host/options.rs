//! setsockopt and getsockopt: which options the host answers itself, which a connection, which a datagram socket.

use super::datagrams::DatagramOptions;
use super::socket::Role;
use super::{Host, Turn};
use crate::Profile;
use crate::tcp::{HOPS, hops, traffic_class};
use sockets::{
    Access, Errno, Failure, Family, Instant, OptionName, OptionValue, Outcome, Shape, SocketId, Value,
};

/// Linux's least sizes for buffers, in octets (SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF).
const LEAST_SEND_BUFFER: u32 = 4_608;
const LEAST_RECEIVE_BUFFER: u32 = 2_304;

impl Host {
    /// setsockopt(2).
    pub(super) fn set_option(
        &mut self,
        id: SocketId,
        option: OptionName,
        value: &OptionValue,
        now: Instant,
        turn: &mut Turn,
    ) -> Outcome {
        let row = option.row();
        if !value.fits(row.shape) {
            let why = format!("{option} does not take {}: {}", given(value), wanted(row.shape));
            return Err(Failure::Protocol(why));
        }
        if row.access == Access::ReadOnly {
            return Err(Errno::ENOPROTOOPT.into());
        }
        self.set(id, option, value, now, turn).map(|()| Value::Done {}).map_err(Failure::Errno)
    }

    fn set(
        &mut self,
        id: SocketId,
        option: OptionName,
        value: &OptionValue,
        now: Instant,
        turn: &mut Turn,
    ) -> Result<(), Errno> {
        if let Some(result) = self.set_generic(id, option, value) {
            return result;
        }
        let profile = &self.profile;
        let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        if option.row().level == "IPPROTO_IPV6" && socket.family == Family::Inet {
            return Err(Errno::ENOPROTOOPT);
        }
        if option == OptionName::V6Only && socket.local.held {
            return Err(Errno::EINVAL);
        }
        match &mut socket.role {
            Role::Fresh(settings) => settings.set(option, value, profile),
            Role::Listening(listening) => listening.machine.set_option(option, value, profile),
            Role::Datagram(datagrams) => datagrams.options.set(option, value, profile),
            Role::Connection(_) => self
                .machine(id, now, turn, |machine, turning| machine.set_option(option, value, turning))
                .unwrap_or(Err(Errno::EBADF)),
        }
    }

    /// SO_MAX_PACING_RATE of a stream socket (socket(7)), in octets per second; `None` is none.
    ///
    /// # Errors
    /// EBADF for what is no open stream socket.
    pub fn pace_at_most(&mut self, id: SocketId, rate: Option<u64>) -> Result<(), Errno> {
        let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        match &mut socket.role {
            Role::Fresh(settings) => settings.max_pacing_rate = rate,
            Role::Listening(listening) => listening.machine.pace_at_most(rate),
            Role::Connection(connected) => connected.machine.pace_at_most(rate),
            Role::Datagram(_) => return Err(Errno::EBADF),
        }
        Ok(())
    }

    /// getsockopt(2).
    pub(super) fn option(
        &mut self,
        id: SocketId,
        option: OptionName,
        now: Instant,
    ) -> Result<OptionValue, Errno> {
        if let Some(value) = self.generic(id, option, now) {
            return Ok(value);
        }
        let profile = &self.profile;
        let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        match option {
            // Another level than the socket's: AF_INET says it so when it is asked, and otherwise when it is told (ip_getsockopt).
            _ if option.row().level == "IPPROTO_IPV6" && socket.family == Family::Inet => {
                Err(Errno::EOPNOTSUPP)
            }
            _ => match &socket.role {
                Role::Fresh(settings) => settings.get(option, profile),
                Role::Listening(listening) => listening.machine.settings().get(option, profile),
                Role::Connection(connected) => connected.machine.option(option, profile),
                Role::Datagram(datagrams) => datagrams.options.get(option).ok_or(match socket.family {
                    Family::Inet => Errno::EOPNOTSUPP,
                    Family::Inet6 => Errno::ENOPROTOOPT,
                }),
            },
        }
    }
}

impl DatagramOptions {
    fn set(&mut self, option: OptionName, value: &OptionValue, profile: &Profile) -> Result<(), Errno> {
        use OptionName as O;
        let number = match value {
            OptionValue::Number(number) => *number,
            _ if option == O::Linger => 0,
            _ => return Err(Errno::ENOPROTOOPT),
        };
        // Linux takes a negative size for a large one (sock_setsockopt).
        let size = |most: u32| (number as u32).min(most).min(i32::MAX as u32 / 2) * 2;
        match option {
            O::ReuseAddr => self.reuse_addr = number != 0,
            O::V6Only => self.v6_only = number != 0,
            O::RcvBuf => self.receive_buffer = size(profile.rmem_max).max(LEAST_RECEIVE_BUFFER),
            O::SndBuf => self.send_buffer = size(profile.wmem_max).max(LEAST_SEND_BUFFER),
            O::Ttl => match number {
                -1 => self.ttl = profile.default_ttl.clamp(1, 255) as u8,
                1..=255 => self.ttl = number as u8,
                _ => return Err(Errno::EINVAL),
            },
            O::Tos => self.tos = number as u8,
            O::UnicastHops => self.hops = hops(number)?,
            O::TrafficClass => self.traffic_class = traffic_class(number)?,
            O::RcvLowAt => {
                let octets = if number < 0 { i32::MAX } else { number.max(1) };
                self.others.insert(option, OptionValue::Number(octets));
            }
            O::KeepAlive | O::OobInline => {
                self.others.insert(option, OptionValue::Number((number != 0).into()));
            }
            O::Linger => {
                self.others.insert(option, value.clone());
            }
            // Of another level than UDP's sockets have.
            _ => return Err(Errno::ENOPROTOOPT),
        }
        Ok(())
    }

    fn get(&self, option: OptionName) -> Option<OptionValue> {
        use OptionName as O;
        let size = |octets: u32| i32::try_from(octets).unwrap_or(i32::MAX);
        Some(match option {
            O::ReuseAddr => OptionValue::Number(self.reuse_addr.into()),
            O::V6Only => OptionValue::Number(self.v6_only.into()),
            O::RcvBuf => OptionValue::Number(size(self.receive_buffer)),
            O::SndBuf => OptionValue::Number(size(self.send_buffer)),
            O::Ttl => OptionValue::Number(self.ttl.into()),
            O::Tos => OptionValue::Number(self.tos.into()),
            O::UnicastHops => OptionValue::Number(self.hops.unwrap_or(HOPS).into()),
            O::TrafficClass => OptionValue::Number(self.traffic_class.into()),
            O::RcvLowAt | O::KeepAlive | O::OobInline | O::Linger => {
                self.others.get(&option).cloned().unwrap_or(match option {
                    O::Linger => OptionValue::Linger { on: false, seconds: 0 },
                    O::RcvLowAt => OptionValue::Number(1),
                    _ => OptionValue::Number(0),
                })
            }
            _ => return None,
        })
    }
}

/// What an option takes, in words.
fn wanted(shape: Shape) -> String {
    match shape {
        Shape::Flag => "it is a flag, 0 or 1".into(),
        Shape::Number { least, most: i32::MAX, unit } => {
            format!("it is a whole number ({unit}), {least} or more")
        }
        Shape::Number { least, most, unit } => {
            format!("it is a whole number ({unit}) from {least} to {most}")
        }
        Shape::Linger => r#"it is on or off and a time, as in {"on": true, "seconds": 5}"#.into(),
        Shape::Text => r#"it is a text, as in "cubic""#.into(),
        Shape::Octets => r#"it is octets, as in {"hex": "0700"}"#.into(),
    }
}

/// What it was given, in words.
fn given(value: &OptionValue) -> String {
    match value {
        OptionValue::Number(number) => format!("the number {number}"),
        OptionValue::Linger { .. } => "a linger time".into(),
        OptionValue::Text(text) => format!("the text “{text}”"),
        OptionValue::Octets(octets) => format!("{} octets", octets.len()),
    }
}
