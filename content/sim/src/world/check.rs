//! What a world may be: every rule that a [`WorldSpec`] must keep, each with the path of the field that breaks it.

use super::fault;
use super::spec::{
    BadSpec, Bounds, FaultPart, InterfacePart, LinkPart, PathPart, Problem, RouterPart, WorldSpec,
};
use crate::{Metrics, Profile};
use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

/// The longest delay: a day, in microseconds.
const DAY_US: u64 = 86_400_000_000;
/// The highest rate: 10^12 bits per second.
const MOST_BPS: u64 = 1_000_000_000_000;
const MILLION: u64 = 1_000_000;
/// The most hosts and routers together: each host knows the names of all others.
const MOST_NODES: usize = 1_000;
/// The least MTU of IPv4 in octets. RFC 791 (3.2) asks for 68, but both headers at their longest take 20 + 60, and data goes in fragments
/// of 8 octets: with less, no data would ever pass.
const LEAST_MTU_V4: u64 = 88;
/// Ten years, in microseconds.
const TEN_YEARS_US: u64 = 315_576_000_000_000;

struct Checker<'a> {
    spec: &'a WorldSpec,
    problems: Vec<Problem>,
    /// Host's or router's name, and its interfaces.
    nodes: Vec<(&'a str, &'a [InterfacePart])>,
}

impl WorldSpec {
    /// Says whether this world can be.
    ///
    /// # Errors
    /// Everything that is wrong, each with the field's path and what is allowed.
    pub fn check(&self) -> Result<(), BadSpec> {
        let hosts = self.hosts.iter().map(|host| (&host.name[..], &host.interfaces[..]));
        let routers = self.routers.iter().map(|router| (&router.name[..], &router.interfaces[..]));
        let mut checker = Checker { spec: self, problems: Vec::new(), nodes: hosts.chain(routers).collect() };
        checker.whole();
        if checker.problems.is_empty() { Ok(()) } else { Err(BadSpec { problems: checker.problems }) }
    }
}

impl Checker<'_> {
    fn wrong(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.problems.push(Problem { field: field.into(), why: why.into() });
    }

    fn range(&mut self, field: impl Into<String>, value: u64, least: u64, most: u64, what: &str) {
        if !(least..=most).contains(&value) {
            self.wrong(field, format!("{value} is no {what}: it must be from {least} to {most}"));
        }
    }

    fn port(&mut self, field: impl Into<String>, value: u32) {
        self.range(field, value.into(), 1, 65_535, "port");
    }

    fn whole(&mut self) {
        let spec = self.spec;
        if spec.hosts.is_empty() {
            self.wrong("hosts", "there is none: a world has at least one host");
        }
        if self.nodes.len() > MOST_NODES {
            let why = format!("there are {} hosts and routers: at most {MOST_NODES} are", self.nodes.len());
            // Every one of them would be compared with all others.
            return self.wrong("hosts", why);
        }
        for (place, host) in spec.hosts.iter().enumerate() {
            let at = format!("hosts[{place}]");
            let named = self.problems.len();
            self.node(&at, place, host.gateway, host.routes.iter().map(|route| (route.to, route.via)));
            let found = self.problems.len();
            for (name, value) in &host.sysctl {
                if let Err(error) = Profile::linux().set(name, value) {
                    self.wrong(format!("{at}.sysctl.{name}"), error.to_string());
                }
            }
            if let Some(path) = &host.loopback {
                self.path(&format!("{at}.loopback"), path);
            }
            for (name, value) in &host.route_attributes {
                if Metrics::default().set(name, value).is_err() {
                    let why = format!(
                        "“{value}” is no value of a route's attribute “{name}”: the engine has initcwnd, initrwnd, quickack, rto_min, mtu, advmss, features, congctl and window, with values as ip-route(8) has them"
                    );
                    self.wrong(format!("{at}.route_attributes.{name}"), why);
                }
            }
            let named =
                self.problems[named..found].iter().any(|problem| problem.field == format!("{at}.name"));
            if !named && !host_name(&host.name) {
                let why = format!(
                    "“{}” is no host name: write letters, digits, hyphens and points, and no address",
                    host.name
                );
                self.wrong(format!("{at}.name"), why);
            }
        }
        for (place, router) in spec.routers.iter().enumerate() {
            let at = format!("routers[{place}]");
            let node = spec.hosts.len() + place;
            self.node(&at, node, router.gateway, router.routes.iter().map(|route| (route.to, route.via)));
            self.router(&at, router);
        }
        let mut names = BTreeSet::new();
        for (place, link) in spec.links.iter().enumerate() {
            let at = format!("links[{place}]");
            if !names.insert(&link.name) {
                self.wrong(
                    format!("{at}.name"),
                    format!("“{}” is there twice: a link's name is its own", link.name),
                );
            }
            self.link(&at, link);
        }
        self.addresses();
        for (place, fault) in spec.faults.iter().enumerate() {
            self.fault(&format!("faults[{place}]"), fault);
        }
        self.bounds(&spec.bounds);
    }

    fn node(
        &mut self,
        at: &str,
        node: usize,
        gateway: Option<IpAddr>,
        routes: impl Iterator<Item = (super::Prefix, IpAddr)>,
    ) {
        let (name, interfaces) = self.nodes[node];
        if name.is_empty()
            || name.len() > 63
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        {
            self.wrong(
                format!("{at}.name"),
                format!("“{name}” is no name: write 1 to 63 letters, digits, hyphens, points"),
            );
        } else if self.nodes[..node].iter().any(|(other, _)| *other == name) {
            self.wrong(
                format!("{at}.name"),
                format!("“{name}” is there twice: hosts and routers share one list of names"),
            );
        }
        let mut on = BTreeSet::new();
        for (place, interface) in interfaces.iter().enumerate() {
            let at = format!("{at}.interfaces[{place}]");
            let link = self.spec.links.iter().find(|link| link.name == interface.link);
            match link {
                None => {
                    let known = listed(self.spec.links.iter().map(|link| &link.name[..]));
                    self.wrong(
                        format!("{at}.link"),
                        format!("there is no link “{}”; {known}", interface.link),
                    );
                }
                Some(_) if !on.insert(&interface.link) => {
                    self.wrong(format!("{at}.link"), format!("“{name}” is on “{}” already", interface.link));
                }
                Some(link) => {
                    if let Some(mtu) = interface.mtu {
                        self.range(
                            format!("{at}.mtu"),
                            mtu.into(),
                            least_mtu(interface),
                            link.mtu.into(),
                            "MTU here",
                        );
                    }
                }
            }
            if interface.addresses.is_empty() {
                self.wrong(format!("{at}.addresses"), "there is none: an interface has at least one address");
            }
            for (number, prefix) in interface.addresses.iter().enumerate() {
                let ip = prefix.address();
                let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
                if ip.is_unspecified() || ip.is_multicast() || ip.is_loopback() || broadcast {
                    self.wrong(
                        format!("{at}.addresses[{number}]"),
                        format!("{ip} cannot be an interface's: write an address of one host on the link"),
                    );
                } else if ip.to_canonical() != ip {
                    self.wrong(
                        format!("{at}.addresses[{number}]"),
                        format!("{ip} is an IPv4 address in IPv6's clothes: write {}", ip.to_canonical()),
                    );
                }
            }
        }
        let reached = |via: IpAddr| {
            interfaces.iter().flat_map(|interface| &interface.addresses).any(|prefix| prefix.holds(via))
        };
        let wrong_router = |via: IpAddr| {
            let own = interfaces.iter().flat_map(|interface| &interface.addresses);
            if !reached(via) {
                Some(format!("{via} is on no link of “{name}”"))
            } else if own.into_iter().any(|prefix| prefix.address() == via) {
                Some(format!("{via} is “{name}” itself: write the address of a router"))
            } else if via.is_unspecified() || via.is_multicast() || via.is_loopback() {
                Some(format!("{via} is no router's address"))
            } else {
                None
            }
        };
        if let Some(why) = gateway.and_then(wrong_router) {
            self.wrong(format!("{at}.gateway"), why);
        }
        for (place, (to, via)) in routes.enumerate() {
            let at = format!("{at}.routes[{place}]");
            if to.network() != to {
                self.wrong(
                    format!("{at}.to"),
                    format!("{to} has bits after its prefix: write {}", to.network()),
                );
            }
            if to.address().is_ipv4() != via.is_ipv4() {
                self.wrong(format!("{at}.via"), format!("{via} is of another family than {to}"));
            } else if let Some(why) = wrong_router(via) {
                self.wrong(format!("{at}.via"), why);
            }
        }
    }

    fn router(&mut self, at: &str, router: &RouterPart) {
        if router.interfaces.is_empty() {
            self.wrong(format!("{at}.interfaces"), "there is none: a router has at least one interface");
        }
        let links = || router.interfaces.iter().map(|interface| &interface.link[..]);
        if let Some(nat) = &router.nat {
            if !links().any(|link| link == nat.outside) {
                let known = listed(links());
                self.wrong(
                    format!("{at}.nat.outside"),
                    format!("the router is not on “{}”; {known}", nat.outside),
                );
            }
            let outside = router.interfaces.iter().find(|interface| interface.link == nat.outside);
            if outside.is_some_and(|part| part.addresses.iter().all(|prefix| prefix.address().is_ipv6())) {
                let why = format!(
                    "the router has no IPv4 address on “{}”, and only IPv4 is translated",
                    nat.outside
                );
                self.wrong(format!("{at}.nat.outside"), why);
            }
            self.port(format!("{at}.nat.first_port"), nat.first_port);
            self.range(format!("{at}.nat.tcp_idle_s"), nat.tcp_idle_s, 1, 10_000_000, "idle time in seconds");
            self.range(format!("{at}.nat.udp_idle_s"), nat.udp_idle_s, 1, 10_000_000, "idle time in seconds");
            let mut taken = BTreeSet::new();
            for (place, row) in nat.forward.iter().enumerate() {
                let at = format!("{at}.nat.forward[{place}]");
                self.port(format!("{at}.outside_port"), row.outside_port);
                self.port(format!("{at}.port"), row.port);
                if row.protocol == super::Protocol::Icmp {
                    self.wrong(format!("{at}.protocol"), "icmp has no ports: write tcp or udp");
                }
                if row.to.is_ipv6() {
                    self.wrong(
                        format!("{at}.to"),
                        format!("{} is IPv6, and only IPv4 is translated", row.to),
                    );
                }
                if !taken.insert((row.protocol, row.outside_port)) {
                    self.wrong(
                        format!("{at}.outside_port"),
                        format!("{} is forwarded already", row.outside_port),
                    );
                }
            }
        }
        for (place, row) in router.filters.iter().enumerate() {
            let at = format!("{at}.filters[{place}]");
            if let Some(link) = row.arriving_on.as_ref().filter(|link| !links().any(|known| known == *link)) {
                self.wrong(
                    format!("{at}.arriving_on"),
                    format!("the router is not on “{link}”; {}", listed(links())),
                );
            }
            if let Some(port) = row.port {
                self.port(format!("{at}.port"), port);
            }
        }
    }

    fn link(&mut self, at: &str, link: &LinkPart) {
        let ends: Vec<&str> = self
            .nodes
            .iter()
            .filter(|(_, interfaces)| interfaces.iter().any(|interface| interface.link == link.name))
            .map(|(name, _)| *name)
            .collect();
        if ends.len() < 2 {
            let why = match ends.first() {
                None => "no interface is on it: a link has at least two ends".to_owned(),
                Some(one) => format!("only “{one}” is on it: a link has at least two ends"),
            };
            self.wrong(at, why);
        }
        let with_ipv6 = self
            .nodes
            .iter()
            .flat_map(|(_, interfaces)| interfaces.iter())
            .any(|interface| interface.link == link.name && least_mtu(interface) > LEAST_MTU_V4);
        self.range(
            format!("{at}.mtu"),
            link.mtu.into(),
            if with_ipv6 { 1_280 } else { LEAST_MTU_V4 },
            65_535,
            "MTU here",
        );
        self.path(&format!("{at}.path"), &link.path);
        for (name, path) in &link.toward {
            if !ends.contains(&&name[..]) {
                let known = listed(ends.iter().copied());
                self.wrong(format!("{at}.toward.{name}"), format!("“{name}” is not on this link; {known}"));
            }
            self.path(&format!("{at}.toward.{name}"), path);
        }
    }

    fn path(&mut self, at: &str, path: &PathPart) {
        let rows = [
            ("delay_us", path.delay_us, 0, DAY_US, "delay in microseconds"),
            ("jitter_us", path.jitter_us, 0, DAY_US, "jitter in microseconds"),
            ("rate_bps", path.rate_bps, 1, MOST_BPS, "rate in bits per second"),
            ("queue_datagrams", path.queue_datagrams, 0, MILLION, "limit in datagrams"),
            ("queue_octets", path.queue_octets, 0, 1 << 40, "limit in octets"),
            ("mark_above_datagrams", path.mark_above_datagrams, 0, MILLION, "threshold in datagrams"),
            ("loss_ppm", path.loss_ppm, 0, MILLION, "chance in parts per million"),
            ("reorder_ppm", path.reorder_ppm, 0, MILLION, "chance in parts per million"),
            ("reorder_by_us", path.reorder_by_us, 1, DAY_US, "delay in microseconds"),
            ("duplicate_ppm", path.duplicate_ppm, 0, MILLION, "chance in parts per million"),
            ("corrupt_ppm", path.corrupt_ppm, 0, MILLION, "chance in parts per million"),
        ];
        for (name, value, least, most, what) in rows {
            if let Some(value) = value {
                self.range(format!("{at}.{name}"), value, least, most, what);
            }
        }
        if let Some(bursts) = &path.bursts {
            let rows = [
                ("enter_ppm", bursts.enter_ppm),
                ("leave_ppm", bursts.leave_ppm),
                ("loss_ppm", bursts.loss_ppm),
            ];
            for (name, value) in rows {
                self.range(format!("{at}.bursts.{name}"), value, 0, MILLION, "chance in parts per million");
            }
        }
    }

    /// No address twice in one host, on one link, or, where it is a public one, anywhere.
    fn addresses(&mut self) {
        let mut seen: BTreeMap<IpAddr, Vec<(usize, &str, String)>> = BTreeMap::new();
        let nodes = self.nodes.clone();
        for (node, (_, interfaces)) in nodes.iter().enumerate() {
            let kind = if node < self.spec.hosts.len() {
                format!("hosts[{node}]")
            } else {
                format!("routers[{}]", node - self.spec.hosts.len())
            };
            for (place, interface) in interfaces.iter().enumerate() {
                for (number, prefix) in interface.addresses.iter().enumerate() {
                    let at = format!("{kind}.interfaces[{place}].addresses[{number}]");
                    let ip = prefix.address();
                    let others = seen.entry(ip).or_default();
                    let clash = others.iter().find(|(other, link, _)| {
                        *other == node || *link == interface.link || !is_private(ip)
                    });
                    if let Some((.., first)) = clash {
                        let why = format!("{ip} is used twice: {first} has it");
                        self.problems.push(Problem { field: at.clone(), why });
                    }
                    others.push((node, &interface.link, at));
                }
            }
        }
    }

    fn fault(&mut self, at: &str, part: &FaultPart) {
        if let Some(link) =
            part.link.as_ref().filter(|name| !self.spec.links.iter().any(|link| link.name == **name))
        {
            let known = listed(self.spec.links.iter().map(|link| &link.name[..]));
            self.wrong(format!("{at}.link"), format!("there is no link “{link}”; {known}"));
        }
        for (field, name) in [("from", &part.from), ("to", &part.to)] {
            if let Some(name) =
                name.as_ref().filter(|name| !self.nodes.iter().any(|(known, _)| known == *name))
            {
                let known = listed(self.nodes.iter().map(|(known, _)| *known));
                self.wrong(format!("{at}.{field}"), format!("there is no host or router “{name}”; {known}"));
            }
        }
        if let Some(Err(why)) = part.flags.as_deref().map(fault::read_flags) {
            self.wrong(format!("{at}.flags"), why);
        }
        if let Some([first, last]) = part.seq
            && (last > u64::from(u32::MAX) || first > last)
        {
            let why = format!(
                "[{first}, {last}] is no range: write the first and the last number, 0 to 4294967295"
            );
            self.wrong(format!("{at}.seq"), why);
        }
        if part.protocol.is_some_and(|protocol| protocol != super::Protocol::Tcp)
            && (part.flags.is_some() || part.seq.is_some() || part.retransmission.is_some())
        {
            self.wrong(format!("{at}.protocol"), "only tcp has flags, seq and retransmission");
        }
        for (field, port) in [("source_port", part.source_port), ("destination_port", part.destination_port)]
        {
            if let Some(port) = port {
                self.port(format!("{at}.{field}"), port);
            }
        }
        if let (Some(from), Some(until)) = (part.from_us, part.until_us)
            && until <= from
        {
            self.wrong(format!("{at}.until_us"), format!("{until} is not after from_us, which is {from}"));
        }
        self.range(format!("{at}.nth"), part.nth, 1, u64::from(u32::MAX), "number of an occurrence");
        self.range(format!("{at}.times"), part.times, 0, u64::from(u32::MAX), "number of times");
        if let super::FaultAction::DelayUs(delay) = part.action {
            self.range(format!("{at}.action.delay_us"), delay, 1, DAY_US, "delay in microseconds");
        }
    }

    fn bounds(&mut self, bounds: &Bounds) {
        self.range("bounds.time_us", bounds.time_us, 1, TEN_YEARS_US, "bound in microseconds");
        self.range("bounds.events", bounds.events, 1, 1_000_000_000_000, "bound in events");
        self.range("bounds.log_octets", bounds.log_octets, 1_000, 1 << 40, "bound in octets");
        self.range("bounds.events_at_once", bounds.events_at_once, 1, 1_000_000_000, "bound in events");
    }
}

/// Whether a host may have this name: one that reads as an address means that address in every call.
fn host_name(text: &str) -> bool {
    matches!(sockets::Host::parse(text), Ok(sockets::Host::Name(_)))
}

/// What the interface must at least take: see [`LEAST_MTU_V4`], and RFC 8200 (5).
fn least_mtu(interface: &InterfacePart) -> u64 {
    if interface.addresses.iter().any(|prefix| prefix.address().is_ipv6()) { 1_280 } else { LEAST_MTU_V4 }
}

/// Addresses that may be used again on another link: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 (2.5.6).
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            v4.is_private() || v4.is_link_local() || (v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.segments()[0] & 0xfe00 == 0xfc00 || v6.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "there is none at all".into() } else { format!("known are {}", names.join(", ")) }
}
