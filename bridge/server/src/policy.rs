//! Where sockets may go, decided on the very address that the kernel is about to be given, at every use.
//!
//! Knows addresses and what the learner allowed; knows no socket and asks nobody: names come here only after they were resolved.
//!
//! ```text
//!   address --to_canonical--> never | loopback | private | public
//!                               no    own port, --allow-   --allow-
//!                                     --allow   lan        net
//! ```

use crate::args::{Allow, Args};
use crate::resolve::is_nobodys;
use sockets::{Family, SocketKind};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What the learner allowed at the start.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Places on loopback.
    pub allow: Vec<Allow>,
    /// Names, in lower case.
    pub hosts: Vec<String>,
    /// Private addresses, and binding to all interfaces.
    pub lan: bool,
    /// Public addresses.
    pub net: bool,
    /// The bridge's own port, which no socket may touch.
    pub own_port: u16,
}

/// A local address that the session has bound at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// Stream or datagram.
    pub kind: SocketKind,
    /// Canonical; unspecified where it is bound to all interfaces.
    pub address: IpAddr,
    /// Never 0.
    pub port: u16,
    /// It takes connections. A stream that is bound and does not listen keeps nobody from listening there, if both set
    /// SO_REUSEADDR: its port is not the session's own.
    pub listens: bool,
    /// It takes no IPv4, so whoever listens on that port for IPv4 is somebody else.
    pub only_v6: bool,
}

/// What the session bound: live sockets' addresses, and every port that it ever had.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Addresses of sockets that are open now, and of how many.
    live: BTreeMap<Bound, u32>,
    /// Ports of any socket ever, so that a learner sees what the kernel says of a port that was closed.
    ports: BTreeSet<u16>,
}

impl Own {
    /// A socket was bound.
    pub fn add(&mut self, bound: Bound) {
        *self.live.entry(bound).or_default() += 1;
        self.ports.insert(bound.port);
    }

    /// Whether a socket of this kind has this very address and port.
    pub fn holds(&self, kind: SocketKind, at: SocketAddr) -> bool {
        let (address, port) = (at.ip().to_canonical(), at.port());
        self.live.keys().any(|bound| bound.kind == kind && bound.address == address && bound.port == port)
    }

    /// Whether a socket of this kind has this port, on whatever address.
    pub fn has_port(&self, kind: SocketKind, port: u16) -> bool {
        self.live.keys().any(|bound| bound.kind == kind && bound.port == port)
    }

    /// A socket that was bound is closed.
    pub fn remove(&mut self, bound: Bound) {
        if let Some(count) = self.live.get_mut(&bound) {
            *count -= 1;
            if *count == 0 {
                self.live.remove(&bound);
            }
        }
    }
}

/// Whether a socket may go to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Yes,
    /// Only if nobody else has that address and port: the port is the session's, the address is not.
    IfFree,
    /// It may not, for this reason.
    No(String),
}

enum Class {
    Loopback,
    Private,
    Public,
    Never(&'static str),
}

impl Rules {
    /// The rules that the command line sets.
    pub fn new(args: &Args, own_port: u16) -> Rules {
        Rules {
            allow: args.allow.clone(),
            hosts: args.allow_host.clone(),
            lan: args.allow_lan,
            net: args.allow_net,
            own_port,
        }
    }

    /// Whether a socket may connect or send to `to`.
    pub fn destination(&self, kind: SocketKind, to: SocketAddr, own: &Own) -> Verdict {
        let to = SocketAddr::new(to.ip().to_canonical(), to.port());
        match class(to.ip()) {
            Class::Never(why) => Verdict::No(format!("{} is {why}: the bridge never goes there.", to.ip())),
            Class::Private if self.lan => Verdict::Yes,
            Class::Public if self.net => Verdict::Yes,
            Class::Private => Verdict::No(format!(
                "{} is an address of a private network. If you want your programs to reach it, start the bridge with --allow-lan.",
                to.ip()
            )),
            Class::Public => Verdict::No(format!(
                "{} is an address on the internet. If you want your programs to reach it, start the bridge with --allow-net.",
                to.ip()
            )),
            Class::Loopback => self.here(kind, to, own),
        }
    }

    /// Whether a socket may connect or send to `to`, an address of this machine.
    pub fn here(&self, kind: SocketKind, to: SocketAddr, own: &Own) -> Verdict {
        let to = SocketAddr::new(to.ip().to_canonical(), to.port());
        // Nobody ever listens there: the kernel may say so.
        if to.port() == 0 {
            return Verdict::Yes;
        }
        if to.port() == self.own_port {
            return Verdict::No(format!("{to} is the bridge itself: sockets must not go there."));
        }
        if self.allow.iter().any(|allow| allow.covers(to)) {
            return Verdict::Yes;
        }
        let everywhere: IpAddr =
            if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let has = |address, only_v6| {
            let listens = kind == SocketKind::Stream;
            own.live.contains_key(&Bound { kind, address, port: to.port(), listens, only_v6 })
        };
        // A socket bound to :: takes IPv4 too, unless it was told not to.
        let anywhere = Ipv6Addr::UNSPECIFIED.into();
        let mine = has(to.ip(), false)
            || has(everywhere, false)
            || has(anywhere, false)
            || to.is_ipv6() && (has(to.ip(), true) || has(anywhere, true));
        if mine {
            return Verdict::Yes;
        }
        if own.ports.contains(&to.port()) {
            return Verdict::IfFree;
        }
        Verdict::No(self.not_ours(to))
    }

    /// The refusal of a loopback address that is not the session's.
    pub fn not_ours(&self, to: SocketAddr) -> String {
        let port = to.port();
        format!(
            "On this computer the page reaches only ports that one of its own sockets has bound, so that it cannot touch your \
             other services. If {port} is yours and you want to reach it, start the bridge with --allow {port}."
        )
    }

    /// The address to bind to when a program asks for `ip`, and a note if that is another one.
    ///
    /// # Errors
    /// The reason why a socket may not bind there.
    pub fn local(&self, ip: IpAddr, port: u16) -> Result<(IpAddr, Option<String>), String> {
        if port == self.own_port {
            return Err(format!("Port {port} is the bridge's own: choose another."));
        }
        let canonical = ip.to_canonical();
        if canonical.is_unspecified() {
            if self.lan {
                return Ok((ip, None));
            }
            let instead: IpAddr = match ip {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) if canonical.is_ipv4() => Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            };
            let note = format!(
                "Bound to {instead} instead of {ip}: only this computer reaches it. To let others on your network in, start the \
                 bridge with --allow-lan."
            );
            return Ok((instead, Some(note)));
        }
        match class(canonical) {
            Class::Loopback => Ok((ip, None)),
            Class::Never(why) => Err(format!("{ip} is {why}: the bridge never binds to it.")),
            Class::Private | Class::Public if self.lan => Ok((ip, None)),
            Class::Private | Class::Public => Err(format!(
                "{ip} is not a loopback address: others could reach a socket there. If you want that, start the bridge with \
                 --allow-lan."
            )),
        }
    }

    /// Whether the resolver may be asked for the name of an address; `ours` says that it is this machine's. To ask is to tell a
    /// name server of it, so it goes as far as sockets may.
    ///
    /// # Errors
    /// The reason why not.
    pub fn name_of(&self, ip: IpAddr, ours: bool) -> Result<(), String> {
        let (what, option) = match class(ip) {
            Class::Loopback => return Ok(()),
            Class::Never(why) => return Err(format!("{ip} is {why}: the bridge asks nobody for its name.")),
            _ if ours => return Ok(()),
            Class::Private if self.lan => return Ok(()),
            Class::Public if self.net => return Ok(()),
            Class::Private => ("of a private network", "--allow-lan"),
            Class::Public => ("on the internet", "--allow-net"),
        };
        Err(format!("{ip} is an address {what}. To have its name looked up, start the bridge with {option}."))
    }

    /// Whether a name may be resolved; `own_name` is this host's.
    ///
    /// # Errors
    /// The reason why not.
    pub fn name(&self, name: &str, own_name: &str) -> Result<(), String> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let known = name == "localhost"
            || is_nobodys(name)
            || name.eq_ignore_ascii_case(own_name)
            || self.hosts.iter().any(|host| host.strip_suffix('.').unwrap_or(host) == name);
        if known {
            return Ok(());
        }
        Err(format!(
            "The bridge resolves only localhost, this computer's own name, and names that you named. For this one, start it with \
             --allow-host {name}."
        ))
    }
}

fn class(ip: IpAddr) -> Class {
    match ip {
        IpAddr::V4(v4) => class_v4(v4),
        IpAddr::V6(v6) => class_v6(v6),
    }
}

const METADATA: &str = "where clouds keep their machines' secrets";

/// After the IANA IPv4 Special-Purpose Address Registry (RFC 6890).
fn class_v4(ip: Ipv4Addr) -> Class {
    match ip.octets() {
        [0, ..] => Class::Never("no address to go to (“this host”)"),
        [127, ..] => Class::Loopback,
        // Azure's, Alibaba's, Oracle's; Amazon's and Google's is link-local.
        [168, 63, 129, 16] | [100, 100, 100, 200] | [192, 0, 0, 192] => Class::Never(METADATA),
        [169, 254, ..] => Class::Never("a link-local address"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [198, 18..=19, ..] => {
            Class::Private
        }
        [192, 0, 0, _] | [192, 88, 99, _] => Class::Never("an address for protocols' own use"),
        [224..=239, ..] => Class::Never("a multicast address"),
        [255, 255, 255, 255] => Class::Never("the broadcast address"),
        [240..=255, ..] => Class::Never("a reserved address"),
        _ => Class::Public,
    }
}

/// After the IANA IPv6 Special-Purpose Address Registry (RFC 6890). What holds an IPv4 address inside is refused.
fn class_v6(ip: Ipv6Addr) -> Class {
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Class::Never("no address to go to (“any”)"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Loopback,
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] => {
            Class::Never(METADATA)
        }
        [0xfc00..=0xfdff, ..] => Class::Private,
        [0xfe80..=0xfebf, ..] => Class::Never("a link-local address"),
        [0xff00..=0xffff, ..] => Class::Never("a multicast address"),
        [0x2001, 0, ..] | [0x2002, ..] => Class::Never("an IPv4 address in a tunnel's clothes"),
        [0x2000..=0x3fff, ..] => Class::Public,
        [0x64, 0xff9b, ..] | [0, 0, 0, 0, 0, 0, ..] => Class::Never("an IPv4 address in other clothes"),
        _ => Class::Never("a reserved address"),
    }
}

/// The loopback address of a family.
pub const fn loopback(family: Family) -> IpAddr {
    match family {
        Family::Inet => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Family::Inet6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TCP: SocketKind = SocketKind::Stream;

    fn said(rules: &Rules, own: &Own, to: &str) -> &'static str {
        match rules.destination(TCP, to.parse().expect("an address and a port"), own) {
            Verdict::Yes => "yes",
            Verdict::IfFree => "if free",
            Verdict::No(_) => "no",
        }
    }

    fn own(address: &str, port: u16) -> Own {
        let address = address.parse().expect("an address");
        let mut own = Own::default();
        own.add(Bound { kind: TCP, address, port, listens: true, only_v6: false });
        own
    }

    #[test]
    fn nothing_is_allowed_at_first() {
        let (rules, own) = (Rules { own_port: 8765, ..Rules::default() }, Own::default());
        for to in [
            "127.0.0.1:80",
            "[::1]:80",
            "192.168.0.1:80",
            "8.8.8.8:53",
            "[2606:4700::1111]:53",
            "127.0.0.1:8765",
        ] {
            assert_eq!(said(&rules, &own, to), "no", "{to}");
        }
    }

    #[test]
    fn some_addresses_are_refused_whatever_is_allowed() {
        let rules = Rules { lan: true, net: true, own_port: 8765, ..Rules::default() };
        let never = [
            "169.254.169.254",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "fd20:ce::254",
            "100.100.100.200",
            "168.63.129.16",
            "0.0.0.0",
            "::",
            "::ffff:0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "::127.0.0.1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2002:7f00:1::",
            "2001:0:7f00:1::",
            "100::1",
        ];
        for ip in never {
            let to = SocketAddr::new(ip.parse().expect("an address"), 80);
            assert!(matches!(rules.destination(TCP, to, &Own::default()), Verdict::No(_)), "{ip}");
            assert!(
                ip.parse::<IpAddr>().expect("an address").to_canonical().is_unspecified()
                    || rules.local(ip.parse().expect("an address"), 80).is_err(),
                "{ip}"
            );
        }
        for to in [
            "10.0.0.1:80",
            "[::ffff:10.0.0.1]:80",
            "172.31.0.1:80",
            "[fd12::1]:80",
            "8.8.8.8:53",
            "[2606:4700::1111]:53",
        ] {
            assert_eq!(said(&rules, &Own::default(), to), "yes", "{to}");
        }
        assert_eq!(said(&rules, &own("127.0.0.1", 8765), "127.0.0.1:8765"), "no");
        assert_eq!(said(&rules, &own("127.0.0.1", 8765), "[::ffff:127.0.0.1]:8765"), "no");
    }

    #[test]
    fn lan_and_net_do_not_open_each_other_or_loopback() {
        let lan = Rules { lan: true, ..Rules::default() };
        assert_eq!(said(&lan, &Own::default(), "8.8.8.8:53"), "no");
        assert_eq!(said(&lan, &Own::default(), "127.0.0.1:22"), "no");
        let net = Rules { net: true, ..Rules::default() };
        assert_eq!(said(&net, &Own::default(), "10.0.0.1:80"), "no");
        assert_eq!(said(&net, &Own::default(), "127.0.0.1:22"), "no");
        assert!(net.local("192.168.0.7".parse().expect("an address"), 80).is_err());
    }

    #[test]
    fn the_sessions_own_ports_are_open() {
        let rules = Rules::default();
        assert_eq!(said(&rules, &own("127.0.0.1", 5000), "127.0.0.1:5000"), "yes");
        assert_eq!(said(&rules, &own("127.0.0.1", 5000), "[::ffff:127.0.0.1]:5000"), "yes");
        assert_eq!(said(&rules, &own("0.0.0.0", 5000), "127.9.9.9:5000"), "yes");
        assert_eq!(said(&rules, &own("127.0.0.1", 5000), "127.0.0.2:5000"), "if free");
        assert_eq!(said(&rules, &own("127.0.0.1", 5000), "[::1]:5000"), "if free");
        assert_eq!(said(&rules, &own("127.0.0.1", 5000), "127.0.0.1:5001"), "no");
        let mut udp = Own::default();
        let bound = Bound {
            kind: SocketKind::Datagram,
            address: Ipv4Addr::LOCALHOST.into(),
            port: 7,
            listens: false,
            only_v6: false,
        };
        udp.add(bound);
        assert_eq!(said(&rules, &udp, "127.0.0.1:7"), "if free");
        udp.remove(bound);
        assert_eq!(
            said(&rules, &udp, "127.0.0.1:7"),
            "if free",
            "a learner may knock at a port that was closed"
        );
    }

    #[test]
    fn what_is_allowed_by_name_is_open() {
        let rules = Rules {
            allow: vec![Allow::parse("8000").expect("a port"), Allow::parse("127.0.0.1:9").expect("a place")],
            ..Rules::default()
        };
        for (to, verdict) in
            [("127.0.0.1:8000", "yes"), ("[::1]:8000", "yes"), ("127.0.0.1:9", "yes"), ("127.0.0.2:9", "no")]
        {
            assert_eq!(said(&rules, &Own::default(), to), verdict, "{to}");
        }
    }

    #[test]
    fn binding_to_everything_becomes_binding_to_loopback() {
        let rules = Rules { own_port: 8765, ..Rules::default() };
        let bound = |ip: &str| {
            rules
                .local(ip.parse().expect("an address"), 5000)
                .map(|(ip, note)| (ip.to_string(), note.is_some()))
        };
        assert_eq!(bound("0.0.0.0"), Ok(("127.0.0.1".into(), true)));
        assert_eq!(bound("::"), Ok(("::1".into(), true)));
        assert_eq!(bound("::ffff:0.0.0.0"), Ok(("::ffff:127.0.0.1".into(), true)));
        assert_eq!(bound("127.0.0.9"), Ok(("127.0.0.9".into(), false)));
        assert!(bound("192.168.0.7").is_err());
        assert!(rules.local(Ipv6Addr::LOCALHOST.into(), 8765).is_err());
    }

    #[test]
    fn names_of_addresses_are_asked_for_as_far_as_sockets_may_go() {
        let said = |rules: &Rules, ip: &str, ours| {
            let ip: IpAddr = ip.parse().expect("an address");
            rules
                .name_of(ip, ours)
                .err()
                .map_or("yes".to_owned(), |why| why.split(": ").next().unwrap_or_default().to_owned())
        };
        let open = Rules { lan: true, net: true, ..Rules::default() };
        for (rules, ip, ours, expected) in [
            (&Rules::default(), "127.0.0.1", false, "yes"),
            (&Rules::default(), "192.168.0.7", true, "yes"),
            (
                &Rules::default(),
                "192.168.0.7",
                false,
                "192.168.0.7 is an address of a private network. To have its name looked up, start the bridge with --allow-lan.",
            ),
            (
                &Rules::default(),
                "9.9.9.9",
                false,
                "9.9.9.9 is an address on the internet. To have its name looked up, start the bridge with --allow-net.",
            ),
            (&open, "192.168.0.7", false, "yes"),
            (&open, "9.9.9.9", false, "yes"),
            (&open, "169.254.169.254", false, "169.254.169.254 is a link-local address"),
        ] {
            assert_eq!(said(rules, ip, ours), expected);
        }
    }

    #[test]
    fn names_need_leave() {
        let rules = Rules { hosts: vec!["example.org".into()], ..Rules::default() };
        for name in ["localhost", "localhost.", "example.org", "example.org.", "here", "nobody.invalid"] {
            assert_eq!(rules.name(name, "Here"), Ok(()), "{name}");
        }
        assert!(
            rules
                .name("sub.example.org", "here")
                .is_err_and(|why| why.contains("--allow-host sub.example.org"))
        );
    }
}
