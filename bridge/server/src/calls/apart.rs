//! What is worked on apart from any socket's lane, and comes back by itself: look-ups of names and addresses, and closes that linger.

use super::{Calls, LOOKUPS, Place};
use crate::resolve::{self, Answer};
use crate::socket::{Progress, Side};
use sockets::{
    AddrInfo, CallId, Errno, Failure, Family, Host, Micros, Outcome, PyAddr, Resolve, SocketKind, Value,
};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// What was worked on apart from the lanes.
pub(super) enum Apart {
    Name(Answer),
    NameOf(Result<String, Resolve>),
    Closed,
}

/// A call that is worked on apart; of a getaddrinfo, what it asked for beside the name.
pub(super) struct Query {
    pub id: CallId,
    pub began: Instant,
    pub ask: Option<(u16, Option<Family>, Option<SocketKind>)>,
}

impl Calls {
    pub(super) fn set_apart(&mut self, id: CallId, query: Query) -> u64 {
        self.last_apart += 1;
        self.queries.insert(self.last_apart, query);
        self.pending.insert(id, Place::Apart(self.last_apart));
        self.last_apart
    }

    /// When a call that is worked on apart runs out of time, if it does.
    pub(super) fn until(&mut self, id: CallId, timeout: Option<Micros>) {
        if let Some(Micros(us)) = timeout.filter(|timeout| *timeout != Micros::ZERO)
            && let Some(at) = tokio::time::Instant::now().checked_add(Duration::from_micros(us))
        {
            self.deadlines.insert((at, id));
        }
    }

    pub(super) fn look_back(&mut self, number: u64, ip: IpAddr) {
        self.looking += 1;
        let coming = self.setting.resolver.name_of(ip);
        self.apart.push(Box::pin(async move { (number, Apart::NameOf(coming.await)) }));
    }

    pub(super) fn look_up(&mut self, number: u64, name: &str) {
        self.looking += 1;
        let coming = self.setting.resolver.resolve(name);
        self.apart.push(Box::pin(async move { (number, Apart::Name(coming.await)) }));
    }

    pub(super) fn came_back(&mut self, number: u64, what: Apart) {
        match what {
            Apart::Closed => self.lingering -= 1,
            Apart::Name(_) | Apart::NameOf(_) => self.looking -= 1,
        }
        if let Some(query) = self.queries.remove(&number) {
            if self.pending.remove(&query.id).is_none() {
                return;
            }
            self.deadlines.retain(|(_, id)| *id != query.id);
            let outcome = match (what, query.ask) {
                (Apart::Name(Ok(addresses)), Some(ask)) => address_infos(&addresses, ask, Resolve::NoName),
                (Apart::NameOf(Ok(name)), _) => Ok(Value::Name { name }),
                (Apart::Name(Err(why)) | Apart::NameOf(Err(why)), _) => Err(Failure::Resolve(why)),
                _ => Ok(Value::Done {}),
            };
            return self.answer(query.id, query.began, outcome, None);
        }
        let Apart::Name(answer) = what else { return };
        let found = self.sockets.iter_mut().find_map(|(&socket, entry)| {
            let lane = entry.lane(Side::Write);
            let at = lane
                .iter()
                .position(|waiting| matches!(waiting.progress, Progress::Resolving(own) if own == number))?;
            Some((socket, at))
        });
        let Some((socket, at)) = found else { return };
        let Some(lane) = self.sockets.get_mut(&socket).map(|entry| entry.lane(Side::Write)) else { return };
        match answer {
            Ok(addresses) => lane[at].progress = Progress::Resolved(addresses),
            Err(why) => {
                if let Some(waiting) = lane.remove(at) {
                    self.left(&waiting);
                    self.answer(waiting.id, waiting.began, Err(Failure::Resolve(why)), None);
                }
            }
        }
        self.go_on_with(socket, Side::Write);
    }

    /// Whether there is no room for one more look-up.
    fn is_too_busy(&self) -> bool {
        self.looking >= LOOKUPS || self.pending.len() >= self.setting.max_pending
    }

    pub(super) fn too_busy(&self) -> String {
        if self.looking >= LOOKUPS { Calls::too_many_lookups() } else { self.too_many_calls() }
    }

    /// `None` if the answer comes later.
    pub(super) fn get_name_info(
        &mut self,
        id: CallId,
        began: Instant,
        timeout: Option<Micros>,
        ip: IpAddr,
    ) -> Option<Failure> {
        let ip = ip.to_canonical();
        if let Err(why) = self.setting.rules.name_of(ip, self.setting.machine.has(ip)) {
            return Some(Failure::Policy(why));
        }
        if self.is_too_busy() {
            return Some(Errno::EBUSY.into());
        }
        let number = self.set_apart(id, Query { id, began, ask: None });
        self.until(id, timeout);
        self.look_back(number, ip);
        None
    }

    pub(super) fn get_addr_info(
        &mut self,
        id: CallId,
        began: Instant,
        timeout: Option<Micros>,
        host: &str,
        ask: (u16, Option<Family>, Option<SocketKind>),
    ) -> Option<Outcome> {
        let host = match Host::parse(host) {
            Ok(Host::Any) => return Some(Err(Failure::Resolve(sockets::Resolve::NoName))),
            Ok(host) => host,
            Err(error) => return Some(Err(Failure::Protocol(error.to_string()))),
        };
        if let Some(addresses) = resolve::at_once(&host) {
            return Some(address_infos(&addresses, ask, resolve::none_of_family(&host)));
        }
        let Host::Name(name) = host else { unreachable!("only a name is not known at once") };
        if let Err(why) = self.setting.rules.name(&name, &self.setting.host_name) {
            return Some(Err(Failure::Policy(why)));
        }
        if self.is_too_busy() {
            return Some(Err(Errno::EBUSY.into()));
        }
        let number = self.set_apart(id, Query { id, began, ask: Some(ask) });
        self.until(id, timeout);
        self.look_up(number, &name);
        None
    }
}

fn address_infos(
    addresses: &[IpAddr],
    (port, family, kind): (u16, Option<Family>, Option<SocketKind>),
    none: Resolve,
) -> Outcome {
    let mut infos = Vec::new();
    for &ip in addresses {
        let its = if ip.is_ipv4() { Family::Inet } else { Family::Inet6 };
        for each in [SocketKind::Stream, SocketKind::Datagram] {
            if family.is_none_or(|wanted| wanted == its) && kind.is_none_or(|wanted| wanted == each) {
                infos.push(AddrInfo { family: its, kind: each, address: PyAddr(SocketAddr::new(ip, port)) });
            }
        }
    }
    match infos.is_empty() {
        true => Err(Failure::Resolve(none)),
        false => Ok(Value::Addresses { addresses: infos }),
    }
}
