//! A router: takes a datagram from one link and puts it on another, or says why it does not (RFC 1812).
//!
//! ```text
//!   arrives -> outside address to inside -> for me? -> filter -> hops left? -> route? -> inside address to outside -> fits? -> leaves
//!                 (NAT)                      RST,       silence   time          network      (NAT)                     too
//!                                            port       or        exceeded      unreachable                            big
//!                                            unreach.   prohibited
//! ```
//!
//! It knows no link's delay and no time but that of its translations.

use super::fault::{ports, protocol};
use super::nat::{Nat, Translated};
use super::prefix::{Hop, Prefix, Routes};
use super::spec::{FilterAction, Protocol};
use crate::tcp::{self, Effects, Told, Turning};
use crate::{Profile, rules};
use core::net::IpAddr;
use sockets::{Instant, Reaction, Rule, State};
use wire::{Datagram, IcmpMessage, Internet, Unreachable};

/// A row of the filter, its link by interface.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub arriving_on: Option<usize>,
    pub source: Option<Prefix>,
    pub destination: Option<Prefix>,
    pub protocol: Option<Protocol>,
    pub port: Option<u32>,
    pub action: FilterAction,
}

/// An interface of a router.
#[derive(Clone, Debug)]
pub(super) struct RouterInterface {
    pub addresses: Vec<IpAddr>,
    pub mtu: u32,
}

/// A router.
#[derive(Clone, Debug)]
pub(super) struct Router {
    pub interfaces: Vec<RouterInterface>,
    pub routes: Routes,
    pub nat: Option<Nat>,
    pub filters: Vec<Filter>,
    pub profile: Profile,
}

/// A datagram that leaves a router.
#[derive(Clone, Debug)]
pub(super) struct Leaving {
    pub hop: Hop,
    pub datagram: Datagram,
    /// Whether it came from elsewhere; otherwise it is the router's own.
    pub forwarded: bool,
}

/// What a router did with one datagram.
#[derive(Debug, Default)]
pub(super) struct RouterTurn {
    pub leaving: Vec<Leaving>,
    pub story: Vec<Reaction>,
}

/// What is to be done with a datagram.
enum Decision {
    Leaves(Hop),
    /// By which rule it goes no further, and what its sender is told.
    Refused(&'static Rule, Option<Unreachable>),
    Done,
}

impl RouterTurn {
    fn tell(&mut self, rule: &'static Rule) {
        self.story.push(Reaction { rule, before: State::Closed, after: State::Closed, change: None });
    }
}

impl Router {
    /// A datagram arrived. `corrupted` says that its payload's checksum is wrong, which a router does not look at.
    pub fn receive(
        &mut self,
        now: Instant,
        interface: usize,
        mut datagram: Datagram,
        corrupted: bool,
        turn: &mut RouterTurn,
    ) {
        // What an ICMP message about it quotes is what arrived, before any translation.
        let arrived = self.nat.is_some().then(|| datagram.clone());
        match self.decide(now, interface, &mut datagram, corrupted, turn) {
            Decision::Leaves(hop) => turn.leaving.push(Leaving { hop, datagram, forwarded: true }),
            Decision::Done => {}
            Decision::Refused(rule, what) => {
                turn.tell(rule);
                let about = arrived.as_ref().unwrap_or(&datagram);
                if let Some(what) = what {
                    self.answer(interface, about, what, turn);
                }
            }
        }
    }

    fn decide(
        &mut self,
        now: Instant,
        interface: usize,
        datagram: &mut Datagram,
        corrupted: bool,
        turn: &mut RouterTurn,
    ) -> Decision {
        if let Some(nat) = &mut self.nat
            && interface == nat.outside
            && datagram.ip().destination == nat.address
        {
            match nat.inward(now, datagram) {
                Translated::New => turn.tell(&rules::NAT_FORWARD),
                Translated::Known => turn.tell(&rules::NAT_INWARD),
                Translated::No | Translated::Full => turn.tell(&rules::NAT_UNKNOWN),
            }
        }
        let destination = datagram.ip().destination;
        if let Some(filter) = self.filters.iter().find(|filter| filter.fits(interface, datagram)) {
            match filter.action {
                FilterAction::Accept => {}
                FilterAction::Drop => return Decision::Refused(&rules::FILTER_DROP, None),
                FilterAction::Prohibit => {
                    return Decision::Refused(&rules::FILTER_PROHIBIT, Some(Unreachable::Prohibited));
                }
            }
        }
        if self.is_own(destination) {
            return self.for_me(now, datagram, corrupted, turn);
        }
        if datagram.ip().ttl <= 1 {
            return Decision::Refused(&rules::HOPS_SPENT, Some(Unreachable::TimeExceeded));
        }
        datagram.ip_mut().ttl -= 1;
        let Some(hop) = self.routes.find(destination) else {
            return Decision::Refused(&rules::NO_ROUTE, Some(Unreachable::Network));
        };
        if let Some(nat) = &mut self.nat
            && hop.interface == nat.outside
            && interface != nat.outside
            && datagram.ip().source.is_ipv4()
        {
            match nat.outward(now, datagram) {
                Translated::New => turn.tell(&rules::NAT_NEW),
                Translated::Known | Translated::No => turn.tell(&rules::NAT_OUTWARD),
                Translated::Full => return Decision::Refused(&rules::NAT_FULL, None),
            }
        }
        let mtu = self.interfaces[hop.interface].mtu;
        let ip = datagram.ip();
        if datagram.length() > mtu as usize && (ip.dont_fragment || ip.source.is_ipv6()) {
            return Decision::Refused(&rules::FRAGMENTATION_NEEDED, Some(Unreachable::TooBig { mtu }));
        }
        Decision::Leaves(hop)
    }

    /// Whether the address is the router's.
    pub fn is_own(&self, address: IpAddr) -> bool {
        self.interfaces.iter().any(|own| own.addresses.contains(&address))
    }

    /// A router has no sockets: TCP is refused, UDP finds no port, ICMP is read and forgotten.
    fn for_me(&self, now: Instant, datagram: &Datagram, corrupted: bool, turn: &mut RouterTurn) -> Decision {
        if corrupted {
            return Decision::Refused(&rules::CHECKSUM, None);
        }
        match datagram {
            Datagram::Icmp(_) => Decision::Done,
            Datagram::Udp(_) => Decision::Refused(&rules::NO_PORT, Some(Unreachable::Port)),
            Datagram::Tcp(segment) => {
                let mut effects = Effects { telling: true, ..Effects::default() };
                tcp::refuse(segment, &mut Turning { now, profile: &self.profile, effects: &mut effects });
                turn.story.extend(effects.story.iter().filter_map(|told| match told {
                    Told::Reaction(reaction) => Some(*reaction),
                    _ => None,
                }));
                for sending in effects.segments {
                    let datagram = Datagram::Tcp(sending.segment);
                    if let Some(hop) = self.routes.find(datagram.ip().destination) {
                        turn.leaving.push(Leaving { hop, datagram, forwarded: false });
                    }
                }
                Decision::Done
            }
        }
    }

    /// Tells the sender, from the address of the interface at which the datagram came in. Of an ICMP error nobody is told
    /// (RFC 1122, 3.2.2).
    fn answer(&self, interface: usize, about: &Datagram, what: Unreachable, turn: &mut RouterTurn) {
        if let Some(message) = self.message(interface, about, what)
            && let Some(hop) = self.routes.find(message.ip().destination)
        {
            turn.leaving.push(Leaving { hop, datagram: message, forwarded: false });
        }
    }

    /// The ICMP message about a datagram that came in at this interface.
    pub fn message(&self, interface: usize, about: &Datagram, what: Unreachable) -> Option<Datagram> {
        unreachable_message(&self.interfaces[interface].addresses, about, what)
    }
}

/// An ICMP message about a datagram, from the first of these addresses that is of its family; `None` about an ICMP message.
pub(super) fn unreachable_message(from: &[IpAddr], about: &Datagram, what: Unreachable) -> Option<Datagram> {
    if matches!(about, Datagram::Icmp(_)) {
        return None;
    }
    let to = about.ip().source;
    let from = from.iter().copied().find(|own| own.is_ipv4() == to.is_ipv4())?;
    Some(Datagram::Icmp(IcmpMessage { ip: Internet::between(from, to), what, quoted: about.quote() }))
}

impl Filter {
    fn fits(&self, interface: usize, datagram: &Datagram) -> bool {
        let ip = datagram.ip();
        let port = ports(datagram).map(|(_, destination)| u32::from(destination));
        self.arriving_on.is_none_or(|wanted| wanted == interface)
            && self.source.is_none_or(|prefix| prefix.holds(ip.source))
            && self.destination.is_none_or(|prefix| prefix.holds(ip.destination))
            && self.protocol.is_none_or(|wanted| wanted == protocol(datagram))
            && self.port.is_none_or(|wanted| port == Some(wanted))
    }
}
