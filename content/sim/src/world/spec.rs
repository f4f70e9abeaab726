//! What a world is made from, as plain data and as JSON. What it may be is said in `check`; nothing acts here.

use super::Prefix;
use core::fmt;
use core::net::IpAddr;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A whole world: hosts, routers, the links between them, the faults that befall single datagrams, and how far it may run.
///
/// Every number is a whole number, with its unit in its name. Chances are in parts per million (`ppm`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldSpec {
    /// What all chance comes from: two worlds that are alike behave alike.
    #[serde(default)]
    pub seed: u64,
    /// Where programs run; at least one.
    pub hosts: Vec<HostPart>,
    /// What forwards between links.
    #[serde(default)]
    pub routers: Vec<RouterPart>,
    /// What joins interfaces.
    #[serde(default)]
    pub links: Vec<LinkPart>,
    /// What befalls single datagrams.
    #[serde(default)]
    pub faults: Vec<FaultPart>,
    /// How far it may run.
    #[serde(default)]
    pub bounds: Bounds,
}

/// A host. Its [`HostId`](sockets::HostId) is its place in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostPart {
    /// Its name, unique among hosts and routers; names resolve to addresses in every host.
    pub name: String,
    /// Its interfaces; none for a host that talks to itself alone (every host has 127.0.0.1 and ::1).
    #[serde(default)]
    pub interfaces: Vec<InterfacePart>,
    /// The router to which everything goes that no other route knows.
    #[serde(default)]
    pub gateway: Option<IpAddr>,
    /// More routes.
    #[serde(default)]
    pub routes: Vec<RoutePart>,
    /// Settings that differ from a current Linux's, by their sysctl's name: `{"net.ipv4.tcp_sack": "0"}`.
    #[serde(default)]
    pub sysctl: BTreeMap<String, String>,
    /// What its routes say of the connections that use them, by ip-route(8)'s names: `{"initcwnd": "4"}`.
    #[serde(default)]
    pub route_attributes: BTreeMap<String, String>,
    /// The initial sequence number of its connections, for pictures of numbers that wrap around. No real host has such: whoever knows
    /// the number can forge segments (RFC 9293, 3.4.1).
    #[serde(default)]
    pub iss: Option<u32>,
    /// Whether programs may bind any port, as root may.
    #[serde(default)]
    pub privileged: bool,
    /// What happens on the way of what the host sends to itself, as netem(8) has it on `lo`: faults can befall it too, and a delay shows
    /// to the eye what happens there. Where it is not given, all arrives at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loopback: Option<PathPart>,
}

/// An interface of a host or router.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterfacePart {
    /// The name of the link that it is on.
    pub link: String,
    /// Its addresses with their prefix lengths.
    pub addresses: Vec<Prefix>,
    /// Its MTU in octets, where it is less than the link's.
    #[serde(default)]
    pub mtu: Option<u32>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutePart {
    /// What is reached.
    pub to: Prefix,
    /// By way of whom: an address on a link of this host's.
    pub via: IpAddr,
}

/// A router. Its [`HostId`](sockets::HostId) comes after those of all hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouterPart {
    /// Its name, unique among hosts and routers.
    pub name: String,
    /// Its interfaces, at least one.
    pub interfaces: Vec<InterfacePart>,
    /// The router to which everything goes that no other route knows.
    #[serde(default)]
    pub gateway: Option<IpAddr>,
    /// More routes.
    #[serde(default)]
    pub routes: Vec<RoutePart>,
    /// Address translation between the inside and the outside.
    #[serde(default)]
    pub nat: Option<NatPart>,
    /// What may not pass; the first row that fits decides, and what fits none passes.
    #[serde(default)]
    pub filters: Vec<FilterPart>,
}

/// Address translation (RFC 3022), as Linux's masquerading does it: everything that leaves by the outside interface leaves with that
/// interface's address, and with its own source port if that is free. Answers are let in from exactly the address and port that was
/// written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatPart {
    /// The link on which the outside is.
    pub outside: String,
    /// What the outside may begin.
    #[serde(default)]
    pub forward: Vec<ForwardPart>,
    /// The least outside port that is given where the source port is taken.
    #[serde(default = "first_port")]
    pub first_port: u32,
    /// How long a TCP translation lives in silence, in seconds (RFC 5382, REQ-5: not less than 7,440).
    #[serde(default = "tcp_idle")]
    pub tcp_idle_s: u64,
    /// How long a UDP translation lives in silence, in seconds (RFC 4787, REQ-5: not less than 120).
    #[serde(default = "udp_idle")]
    pub udp_idle_s: u64,
}

fn first_port() -> u32 {
    1_024
}

fn tcp_idle() -> u64 {
    7_440
}

fn udp_idle() -> u64 {
    300
}

/// A port that is forwarded: what comes from outside for it goes to an inside address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardPart {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The port of the outside address, 1 to 65535.
    pub outside_port: u32,
    /// Where it goes.
    pub to: IpAddr,
    /// The port there, 1 to 65535.
    pub port: u32,
}

/// What a datagram carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the protocols' own")]
pub enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

/// A row of a router's filter. A datagram fits when all that is given fits; addresses and ports are those of the inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterPart {
    /// The link that it comes from.
    #[serde(default)]
    pub arriving_on: Option<String>,
    /// Where its source lies.
    #[serde(default)]
    pub source: Option<Prefix>,
    /// Where its destination lies.
    #[serde(default)]
    pub destination: Option<Prefix>,
    /// What it carries.
    #[serde(default)]
    pub protocol: Option<Protocol>,
    /// Its destination port.
    #[serde(default)]
    pub port: Option<u32>,
    /// What becomes of it.
    pub action: FilterAction,
}

/// What a filter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FilterAction {
    /// It passes.
    Accept,
    /// It is thrown away in silence.
    Drop,
    /// It is thrown away, and its sender is told that a filter forbids it (ICMP "administratively prohibited").
    Prohibit,
}

/// A link: a cable between two interfaces, or a small switch between more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkPart {
    /// Its name, unique among links.
    pub name: String,
    /// The largest datagram that it takes, in octets: 88 (1280 where there is IPv6) to 65535. 1500 where it is not given.
    #[serde(default = "ethernet")]
    pub mtu: u32,
    /// What happens on the way, in every direction.
    #[serde(default)]
    pub path: PathPart,
    /// What is different on the way to one end, by that host's or router's name. What is given here replaces the same field of `path`.
    #[serde(default)]
    pub toward: BTreeMap<String, PathPart>,
}

fn ethernet() -> u32 {
    1_500
}

macro_rules! path {
    ($($field:ident: $kind:ty, $says:literal;)*) => {
        /// The way to one end of a link. Fields that are not given are those of a perfect link: no delay, no limit, no loss.
        ///
        /// A datagram first waits in the queue, then takes its time to be sent at the link's rate, may be lost or corrupted, and arrives
        /// after the delay. On a switch, the queue is the one before the receiver's port.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct PathPart {
            $(
                #[doc = $says]
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$kind>,
            )*
        }

        impl PathPart {
            /// These fields, and where one is not given that of `other`.
            pub fn or(&self, other: &PathPart) -> PathPart {
                PathPart { $($field: self.$field.clone().or_else(|| other.$field.clone()),)* }
            }
        }
    };
}

path! {
    delay_us: u64, "How long a datagram is under way, in microseconds.";
    jitter_us: u64, "How much longer it may take, in microseconds: any number from 0 to this one, each as likely. Jitter alone never changes the order.";
    rate_bps: u64, "How fast datagrams are sent, in bits per second of internet datagrams; without it they take no time.";
    queue_datagrams: u64, "How many datagrams may wait behind the one that is being sent; 1000 where there is a rate and nothing is given.";
    queue_octets: u64, "How many octets may wait behind the datagram that is being sent.";
    mark_above_datagrams: u64, "With this many datagrams waiting or more, one that is ECN-capable is marked with congestion experienced (RFC 3168).";
    loss_ppm: u64, "How many datagrams of a million are lost.";
    bursts: BurstPart, "Loss that comes in bursts (Gilbert and Elliott), besides `loss_ppm`.";
    reorder_ppm: u64, "How many datagrams of a million come late, so that others overtake them.";
    reorder_by_us: u64, "How late those come, in microseconds; 1000 where it is not given.";
    duplicate_ppm: u64, "How many datagrams of a million arrive twice.";
    corrupt_ppm: u64, "How many datagrams of a million arrive with changed bits.";
}

/// Loss in bursts: the link is either good or bad, and loses only while it is bad (Gilbert, 1960; Elliott, 1963).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BurstPart {
    /// The chance, with each datagram, that a good link turns bad.
    pub enter_ppm: u64,
    /// The chance, with each datagram, that a bad link turns good.
    pub leave_ppm: u64,
    /// How many datagrams of a million are lost while it is bad; all where it is not given.
    #[serde(default = "million")]
    pub loss_ppm: u64,
}

fn million() -> u64 {
    1_000_000
}

/// Something that befalls single datagrams. A datagram fits when all that is given fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPart {
    /// On this link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Put on the link by this host or router.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// On its way over the link to this host or router.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// A segment with exactly these control bits, joined by hyphens: `SYN`, `SYN-ACK`, `ACK`, `FIN-ACK`, `RST`. PSH, ECE and CWR do not
    /// count unless they are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<String>,
    /// With data (true) or without (false).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<bool>,
    /// Sent before (true) or for the first time (false).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retransmission: Option<bool>,
    /// A segment that holds any of these sequence numbers, first and last, counted as Wireshark does: the SYN is 0, the first octet of
    /// data 1. A segment that takes no sequence number fits by its SEQ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<[u64; 2]>,
    /// From this port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_port: Option<u32>,
    /// To this port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_port: Option<u32>,
    /// Not before this time, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_us: Option<u64>,
    /// Before this time, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_us: Option<u64>,
    /// The how-manieth datagram that fits is the first to be befallen; the first (1) where it is not given.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub nth: u64,
    /// How many datagrams that fit are befallen, one after the other; 0 for all that come. 1 where it is not given.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u64,
    /// What befalls it.
    pub action: FaultAction,
}

impl FaultPart {
    /// That this befalls the first datagram that comes, whichever it is.
    pub const fn first(action: FaultAction) -> FaultPart {
        FaultPart {
            link: None,
            from: None,
            to: None,
            protocol: None,
            flags: None,
            data: None,
            retransmission: None,
            seq: None,
            source_port: None,
            destination_port: None,
            from_us: None,
            until_us: None,
            nth: 1,
            times: 1,
            action,
        }
    }
}

fn once() -> u64 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
fn is_once(times: &u64) -> bool {
    *times == once()
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// It never arrives.
    Drop,
    /// It comes this much later, in microseconds, and others overtake it.
    DelayUs(u64),
    /// It arrives twice.
    Duplicate,
    /// It arrives with changed bits.
    Corrupt,
    /// It goes right behind the next datagram of its direction; where none comes within a second, it goes alone.
    Swap,
    /// It is marked with congestion experienced (RFC 3168), ECN-capable or not.
    Mark,
}

/// How far a world may run. Each bound ends the run with a message that names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// The most virtual time, in microseconds: 1 to 10 years; an hour where it is not given.
    pub time_us: u64,
    /// The most events (calls, arrivals, timers): 1 to 10^12; 20 million where it is not given.
    pub events: u64,
    /// The most memory that the Log and all that is on its way may take, in octets, as the world estimates it: 1,000 to 2^40; 2^30 where it is not given.
    pub log_octets: u64,
    /// The most events at one instant of virtual time: 1 to 10^9; a million where it is not given.
    pub events_at_once: u64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { time_us: 3_600_000_000, events: 20_000_000, log_octets: 1 << 30, events_at_once: 1_000_000 }
    }
}

/// Why a world cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSpec {
    /// Everything that was found, in the order of the fields; at least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field: `links[0].path.rate_bps`; empty for the whole.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() { f.write_str(&self.why) } else { write!(f, "{}: {}", self.field, self.why) }
    }
}

/// One line for each problem.
impl fmt::Display for BadSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            write!(f, "{line}{problem}")?;
        }
        Ok(())
    }
}

impl core::error::Error for BadSpec {}

impl From<Problem> for BadSpec {
    fn from(problem: Problem) -> BadSpec {
        BadSpec { problems: vec![problem] }
    }
}

impl Problem {
    /// From what reading JSON found, in words for people who write JSON rather than Rust.
    pub fn from_path(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
        let path = error.path().to_string();
        // The whole is a point, and what breaks off a question mark.
        let field = if path == "." || path == "?" { String::new() } else { path };
        let mut why = error.into_inner().to_string();
        for (rust, words) in [
            ("expected u64", "expected a whole number from 0 to 18446744073709551615"),
            ("expected u32", "expected a whole number from 0 to 4294967295"),
        ] {
            why = why.replace(rust, words);
        }
        // `struct WorldSpec with 6 elements`: to whoever writes JSON it is an object.
        while let Some(start) = why.find("struct ") {
            let rest = &why[start + "struct ".len()..];
            let name = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let mut end = start + "struct ".len() + name;
            if let Some(count) = why[end..].strip_prefix(" with ") {
                let digits = count.len() - count.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let word = &count[digits..];
                let said = [" elements", " element"].into_iter().find(|said| word.starts_with(said));
                end += said.map_or(0, |said| " with ".len() + digits + said.len());
            }
            why.replace_range(start..end, "an object");
        }
        Problem { field, why }
    }
}

impl WorldSpec {
    /// Reads a world from JSON and checks it.
    ///
    /// # Errors
    /// What is not JSON of this form, with the field's path; and everything that [`WorldSpec::check`] finds.
    pub fn parse(text: &str) -> Result<WorldSpec, BadSpec> {
        let mut json = serde_json::Deserializer::from_str(text);
        let spec: WorldSpec = serde_path_to_error::deserialize(&mut json).map_err(Problem::from_path)?;
        json.end().map_err(|error| BadSpec {
            problems: vec![Problem { field: String::new(), why: error.to_string() }],
        })?;
        spec.check()?;
        Ok(spec)
    }
}
