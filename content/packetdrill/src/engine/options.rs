//! Options of sockets that the host does not have: time-outs and TCP_INQ, which live here, and those that are remembered and do nothing.

use super::{Engine, Open};
use crate::constants::ENODEV;
use crate::machine::{Fd, Setsockopt, Sys};
use sockets::{Errno, Micros, OptionName, OptionValue};

/// What a value may be, for an option that is remembered.
#[derive(Clone, Copy)]
enum Takes {
    /// 0 or not 0.
    Flag,
    /// From the least to the most; others are EINVAL.
    Number(i64, i64),
    /// These only; others do something that the engine does not.
    Only(&'static [i64]),
}

/// Options that change nothing of what a script of one machine and one peer can see: their values at first, and what they take.
const KEPT: &[(&str, i64, Takes)] = &[
    // The interface has one queue, and no other host is on its way.
    ("SO_PRIORITY", 0, Takes::Number(i64::MIN, i64::MAX)),
    ("SO_MARK", 0, Takes::Number(i64::MIN, i64::MAX)),
    ("SO_TXREHASH", 1, Takes::Number(-1, 1)),
    ("SO_INCOMING_CPU", -1, Takes::Number(-1, i64::MAX)),
    ("SO_DONTROUTE", 0, Takes::Flag),
    ("SO_BROADCAST", 0, Takes::Flag),
    ("SO_DEBUG", 0, Takes::Flag),
    ("SO_BUSY_POLL", 0, Takes::Number(0, i64::MAX)),
    // Ports that two sockets share: the second bind of such a script is what fails.
    ("SO_REUSEPORT", 0, Takes::Flag),
    ("IP_FREEBIND", 0, Takes::Flag),
    ("IP_TRANSPARENT", 0, Takes::Flag),
    ("IP_RECVTTL", 0, Takes::Flag),
    ("IP_RECVTOS", 0, Takes::Flag),
    ("IP_PKTINFO", 0, Takes::Flag),
    ("IPV6_RECVTCLASS", 0, Takes::Flag),
    ("IPV6_RECVPKTINFO", 0, Takes::Flag),
    ("IPV6_AUTOFLOWLABEL", 1, Takes::Flag),
    // Path MTU discovery is on with both.
    ("IP_MTU_DISCOVER", 1, Takes::Only(&[1, 2])),
    ("IPV6_MTU_DISCOVER", 1, Takes::Only(&[1, 2])),
    // What they bring into recvmsg's control messages or into the queue of errors is not known here.
    ("IP_RECVERR", 0, Takes::Only(&[0])),
    ("IPV6_RECVERR", 0, Takes::Only(&[0])),
    ("SO_TIMESTAMP", 0, Takes::Only(&[0])),
    ("SO_TIMESTAMPNS", 0, Takes::Only(&[0])),
    ("SO_TIMESTAMPING", 0, Takes::Only(&[0])),
    ("SO_ZEROCOPY", 0, Takes::Number(0, 1)),
    // Only what it keeps could be seen, and TCP_SAVED_SYN is not known here.
    ("TCP_SAVE_SYN", 0, Takes::Number(0, 2)),
    // A leftover: without effect since Linux 4.16.
    ("TCP_THIN_DUPACK", 0, Takes::Number(0, 1)),
    ("TCP_FASTOPEN_CONNECT", 0, Takes::Only(&[0])),
    ("TCP_FASTOPEN", 0, Takes::Only(&[0])),
    ("TCP_THIN_LINEAR_TIMEOUTS", 0, Takes::Only(&[0])),
    ("TCP_REPAIR", 0, Takes::Only(&[0])),
    ("TCP_TX_DELAY", 0, Takes::Only(&[0])),
];

/// Options by another name, where they do the same.
const ALIASES: &[(&str, &str)] = &[
    ("SO_RCVTIMEO_OLD", "SO_RCVTIMEO"),
    ("SO_SNDTIMEO_OLD", "SO_SNDTIMEO"),
    ("SO_RCVTIMEO_NEW", "SO_RCVTIMEO"),
    ("SO_SNDTIMEO_NEW", "SO_SNDTIMEO"),
];

/// The name by which the engine has an option.
pub(super) fn alias(name: &str) -> &str {
    ALIASES.iter().find(|(other, _)| *other == name).map_or(name, |(_, name)| name)
}

/// How many octets Linux writes of an option, where the program has room for them (getsockopt(2)).
pub(super) fn option_length(name: &str, value: Option<&Setsockopt>) -> i64 {
    match (name, value) {
        // struct tcp_info up to tcpi_total_rto_time.
        (_, None) => 248,
        // An unsigned long.
        ("SO_MAX_PACING_RATE", _) => 8,
        (_, Some(Setsockopt::Number(_))) => 4,
        (_, Some(Setsockopt::Linger { .. })) => 8,
        // struct timeval, and TCP_CA_NAME_MAX.
        (_, Some(Setsockopt::Time(_) | Setsockopt::Text(_))) => 16,
    }
}

impl Engine {
    /// Sets an option that the host does not have; nothing where it has it.
    ///
    /// # Errors
    /// What would do something that the engine does not, in words.
    pub(super) fn set_beside(
        &mut self,
        fd: Fd,
        name: &str,
        value: &Setsockopt,
    ) -> Result<Option<Result<(), Errno>>, String> {
        let done = Ok(Some(Ok(())));
        match (alias(name), value) {
            ("SO_RCVTIMEO", Setsockopt::Time(micros)) => {
                let timeout = (*micros > 0).then_some(Micros(*micros));
                self.change(fd, |open| open.receive_timeout = timeout);
                done
            }
            ("SO_SNDTIMEO", Setsockopt::Time(micros)) => {
                let timeout = (*micros > 0).then_some(Micros(*micros));
                self.change(fd, |open| open.send_timeout = timeout);
                done
            }
            (_, Setsockopt::Time(_)) => Err(format!("the option {name} with a time")),
            ("TCP_INQ", Setsockopt::Number(number)) => Ok(Some(match number {
                0 | 1 => {
                    self.change(fd, |open| open.tells_left = *number == 1);
                    Ok(())
                }
                _ => Err(Errno::EINVAL),
            })),
            ("SO_BINDTODEVICE", Setsockopt::Text(device)) => Ok(Some(match device.trim_end_matches('\0') {
                "" | "tun0" => Ok(()),
                _ => Err(ENODEV),
            })),
            ("SO_MAX_PACING_RATE", Setsockopt::Number(rate)) => {
                let Some(open) = self.open.get(&fd).copied() else { return Ok(Some(Err(Errno::EBADF))) };
                // An int of all ones is no bound, as a long of all ones is.
                let most = Some(*rate as u32).filter(|rate| *rate != u32::MAX).map(u64::from);
                let result = self.host.pace_at_most(open.socket, most);
                if result.is_ok() {
                    self.kept.insert((fd, name.into()), Setsockopt::Number((*rate as i32).into()));
                }
                Ok(Some(result))
            }
            // As SO_RCVBUF and SO_SNDBUF, without the host's bounds: packetdrill is privileged.
            ("SO_RCVBUFFORCE", Setsockopt::Number(number)) => {
                Ok(Some(self.force(fd, OptionName::RcvBuf, *number as i32)))
            }
            ("SO_SNDBUFFORCE", Setsockopt::Number(number)) => {
                Ok(Some(self.force(fd, OptionName::SndBuf, *number as i32)))
            }
            (name, Setsockopt::Number(number)) => {
                let Some((name, _, takes)) = KEPT.iter().find(|(known, ..)| *known == name) else {
                    return Ok(None);
                };
                let kept = match takes {
                    Takes::Flag => i64::from(*number != 0),
                    Takes::Number(least, most) if (least..=most).contains(&number) => *number,
                    Takes::Number(..) => return Ok(Some(Err(Errno::EINVAL))),
                    Takes::Only(known) if known.contains(number) => *number,
                    Takes::Only(_) => return Err(format!("the option {name} with the value {number}")),
                };
                self.kept.insert((fd, (*name).into()), Setsockopt::Number(kept));
                done
            }
            _ => Ok(None),
        }
    }

    /// A buffer of any size.
    fn force(&mut self, fd: Fd, option: OptionName, octets: i32) -> Result<(), Errno> {
        let Some(socket) = self.open.get(&fd).map(|open| open.socket) else { return Err(Errno::EBADF) };
        let profile = self.host.profile_mut();
        let before = (profile.rmem_max, profile.wmem_max);
        (profile.rmem_max, profile.wmem_max) = (i32::MAX as u32 / 2, i32::MAX as u32 / 2);
        let result = self.set_now(socket, option, OptionValue::Number(octets));
        (self.host.profile_mut().rmem_max, self.host.profile_mut().wmem_max) = before;
        result
    }

    /// The value of an option that the host does not have; nothing where it has it.
    ///
    /// # Errors
    /// What is not known.
    pub(super) fn get_beside(
        &self,
        fd: Fd,
        name: &str,
        open: Open,
    ) -> Result<Option<Option<Setsockopt>>, String> {
        let time = |timeout: Option<Micros>| Setsockopt::Time(timeout.unwrap_or(Micros::ZERO).0);
        let value = match alias(name) {
            "TCP_INQ" => Setsockopt::Number(open.tells_left.into()),
            "SO_RCVTIMEO" => time(open.receive_timeout),
            "SO_SNDTIMEO" => time(open.send_timeout),
            "SO_MAX_PACING_RATE" => {
                let key = (fd, name.to_owned());
                self.kept.get(&key).cloned().unwrap_or(Setsockopt::Number(-1))
            }
            "SO_PROTOCOL" => {
                Setsockopt::Number(if open.kind == sockets::SocketKind::Stream { 6 } else { 17 })
            }
            "SO_DOMAIN" => Setsockopt::Number(if open.is_v6 { 10 } else { 2 }),
            // A script that looks into it says so with %{ }%.
            "TCP_INFO" => return Ok(Some(None)),
            name => match KEPT.iter().find(|(known, ..)| *known == name) {
                Some((_, first, _)) => {
                    self.kept.get(&(fd, name.to_owned())).cloned().unwrap_or(Setsockopt::Number(*first))
                }
                None => return Ok(None),
            },
        };
        Ok(Some(Some(value)))
    }

    /// What accept gives has the listening socket's options.
    pub(super) fn inherit(&mut self, sys: &Sys, child: Fd) {
        let Some(parent) = self.fd(sys) else { return };
        let of_parent = self.kept.iter().filter(|((fd, _), _)| *fd == parent);
        let inherited: Vec<_> =
            of_parent.map(|((_, name), value)| ((child, name.clone()), value.clone())).collect();
        self.kept.extend(inherited);
        if let Some(Open { receive_timeout, send_timeout, tells_left, .. }) = self.open.get(&parent).copied()
        {
            self.change(child, |open| {
                (open.receive_timeout, open.send_timeout, open.tells_left) =
                    (receive_timeout, send_timeout, tells_left);
            });
        }
    }
}
