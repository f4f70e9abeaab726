//! The link between the hosts, from options at the top of the text: `--delay=20ms`, `--loss-to-server=1%`.

use super::fault;
use crate::place::{Place, Unsupported};
use crate::script::OptionLine;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use sim::world::{
    BadSpec, Bounds, FaultAction, FaultPart, HostPart, InterfacePart, LinkPart, PathPart, Prefix, WorldSpec,
};
use sockets::Micros;
use std::collections::BTreeMap;

/// What an option's value is.
#[derive(Clone, Copy)]
enum Unit {
    Time,
    Rate,
    Share,
    Count,
    /// Numbers of datagrams, `3,7`.
    Places,
}

/// An option of the link: it may have `-to-HOST` behind its name.
struct LinkOption {
    name: &'static str,
    unit: Unit,
}

const LINK: &[LinkOption] = &[
    LinkOption { name: "delay", unit: Unit::Time },
    LinkOption { name: "jitter", unit: Unit::Time },
    LinkOption { name: "rate", unit: Unit::Rate },
    LinkOption { name: "queue", unit: Unit::Count },
    LinkOption { name: "loss", unit: Unit::Share },
    LinkOption { name: "reorder", unit: Unit::Share },
    LinkOption { name: "duplicate", unit: Unit::Share },
    LinkOption { name: "corrupt", unit: Unit::Share },
    LinkOption { name: "mark", unit: Unit::Count },
    LinkOption { name: "drop", unit: Unit::Places },
];

/// The units of times.
const TIMES: &[(&str, u64)] = &[("us", 1), ("ms", 1_000), ("s", 1_000_000)];

/// The name of the one link.
const THE_LINK: &str = "link";

/// How far a world from a text may run: enough for every timer of TCP but keep-alive's, little enough for a page to stay alive.
const BOUNDS: Bounds =
    Bounds { time_us: 4 * 3_600_000_000, events: 400_000, log_octets: 96 << 20, events_at_once: 100_000 };

/// The world as far as it is read.
#[derive(Debug, Default)]
pub(super) struct Setup {
    seed: u64,
    mtu: Option<u32>,
    path: PathPart,
    toward: BTreeMap<String, PathPart>,
    faults: Vec<FaultPart>,
    /// Where each fault stands.
    fault_places: Vec<Place>,
    is_v6: bool,
    /// How long the world goes on after the last program has ended.
    pub afterwards: Option<Micros>,
    /// The settings of each host, with their places.
    pub settings: Vec<Settings>,
    /// Where each option stands, by the field of the link that it sets.
    places: BTreeMap<&'static str, Place>,
}

/// What a host's part says of the host itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// Its settings, each with its place.
    pub sysctls: Vec<(Place, String, String)>,
    /// What its route says.
    pub route: Vec<(String, String)>,
    /// The initial sequence number of its connections.
    pub iss: Option<u32>,
}

/// The option of the link with this name, and the host that it is aimed at.
fn link_option(name: &str) -> Option<(&'static LinkOption, Option<&str>)> {
    let (base, host) = match name.split_once("-to-") {
        Some((base, host)) => (base, Some(host)),
        None => (name, None),
    };
    Some((LINK.iter().find(|option| option.name == base)?, host))
}

/// Why a host cannot have this name.
pub(super) fn bad_name(name: &str) -> Option<String> {
    let sound = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.ends_with('-');
    let shown: String = name.chars().take(40).collect();
    (!sound).then(|| {
        format!("“{shown}” is no name for a host: write letters, digits and hyphens, a letter first")
    })
}

impl Setup {
    /// Whether an option is of the world; others are those of every script.
    pub fn takes(option: &OptionLine) -> bool {
        matches!(option.name.as_str(), "seed" | "mtu" | "ip_version" | "fault" | "afterwards")
            || link_option(&option.name).is_some()
    }

    pub fn read(&mut self, options: &[OptionLine], hosts: &[&str], problems: &mut Vec<Unsupported>) {
        for option in options {
            if let Err(what) = self.take(option, hosts) {
                problems.push(Unsupported { place: option.place.clone(), what });
            }
        }
    }

    fn take(&mut self, option: &OptionLine, hosts: &[&str]) -> Result<(), String> {
        let value = option.value.as_deref().unwrap_or_default();
        let wrong = |allowed: &str| format!("--{}={value}: write {allowed}", option.name);
        match option.name.as_str() {
            "seed" => {
                self.seed = value.parse().map_err(|_| wrong("a whole number, --seed=7"))?;
                return Ok(());
            }
            "mtu" => {
                self.mtu = Some(value.parse().map_err(|_| wrong("a number of octets, --mtu=1500"))?);
                self.places.insert("mtu", option.place.clone());
                return Ok(());
            }
            "fault" => {
                self.faults.push(fault::read(value).map_err(|why| format!("--fault: {why}"))?);
                self.fault_places.push(option.place.clone());
                return Ok(());
            }
            "afterwards" => {
                let us = scaled(value, TIMES).filter(|us| *us <= BOUNDS.time_us);
                let us = us.ok_or_else(|| wrong("a time with its unit, as 500ms or 60s, up to 4 hours"))?;
                self.afterwards = Some(Micros(us));
                return Ok(());
            }
            "ip_version" => {
                self.is_v6 = match value {
                    "ipv4" => false,
                    "ipv6" => true,
                    _ => return Err(wrong("ipv4 or ipv6")),
                };
                return Ok(());
            }
            _ => {}
        }
        let Some((known, host)) = link_option(&option.name) else { return Ok(()) };
        if let Some(host) = host.filter(|host| !hosts.contains(host)) {
            return Err(format!(
                "--{}: there is no host “{host}”; the hosts are {}",
                option.name,
                hosts.join(", ")
            ));
        }
        self.places.insert(known.name, option.place.clone());
        let number = match known.unit {
            Unit::Time => {
                scaled(value, TIMES).ok_or_else(|| wrong("a time with its unit, as 20ms, 500us or 1.5s"))?
            }
            Unit::Rate => {
                scaled(value, &[("kbit", 1_000), ("mbit", 1_000_000), ("gbit", 1_000_000_000), ("bit", 1)])
                    .ok_or_else(|| wrong("a rate with its unit, as 512kbit, 10mbit or 1gbit"))?
            }
            Unit::Share => scaled(value, &[("%", 10_000)])
                .filter(|share| *share <= 1_000_000)
                .ok_or_else(|| wrong("a share, 0% to 100%"))?,
            Unit::Count => value.parse().map_err(|_| wrong("a number of datagrams, as 20"))?,
            Unit::Places => {
                let places: Option<Vec<u64>> = value
                    .split(',')
                    .map(|place| place.trim().parse().ok().filter(|place| *place > 0))
                    .collect();
                let places = places
                    .filter(|places| places.len() <= 100)
                    .ok_or_else(|| wrong("which datagrams are lost, counted from 1: --drop-to-server=3,7"))?;
                let to = host.map(str::to_owned);
                self.fault_places.extend(places.iter().map(|_| option.place.clone()));
                let lost = |nth| FaultPart { to: to.clone(), nth, ..FaultPart::first(FaultAction::Drop) };
                self.faults.extend(places.into_iter().map(lost));
                return Ok(());
            }
        };
        let path = match host {
            Some(host) => self.toward.entry(host.to_owned()).or_default(),
            None => &mut self.path,
        };
        let field = match known.name {
            "delay" => &mut path.delay_us,
            "jitter" => &mut path.jitter_us,
            "rate" => &mut path.rate_bps,
            "queue" => &mut path.queue_datagrams,
            "loss" => &mut path.loss_ppm,
            "reorder" => &mut path.reorder_ppm,
            "duplicate" => &mut path.duplicate_ppm,
            "mark" => &mut path.mark_above_datagrams,
            _ => &mut path.corrupt_ppm,
        };
        *field = Some(number);
        Ok(())
    }

    /// The version of all addresses.
    pub fn is_v6(&self) -> bool {
        self.is_v6
    }

    /// The world of these hosts, all on one link.
    pub fn world(&self, hosts: &[(String, IpAddr)]) -> WorldSpec {
        let part = |(number, (name, address)): (usize, &(String, IpAddr))| {
            let settings = self.settings.get(number);
            HostPart {
                name: name.clone(),
                interfaces: vec![InterfacePart {
                    link: THE_LINK.into(),
                    addresses: Prefix::new(*address, if self.is_v6 { 64 } else { 24 }).into_iter().collect(),
                    mtu: None,
                }],
                sysctl: settings
                    .into_iter()
                    .flat_map(|settings| &settings.sysctls)
                    .map(|(_, name, value)| (name.clone(), value.clone()))
                    .collect(),
                route_attributes: settings
                    .into_iter()
                    .flat_map(|settings| settings.route.iter().cloned())
                    .collect(),
                iss: settings.and_then(|settings| settings.iss),
                // As packetdrill runs: any port may be bound.
                privileged: true,
                ..HostPart::default()
            }
        };
        WorldSpec {
            seed: self.seed,
            hosts: hosts.iter().enumerate().map(part).collect(),
            links: vec![LinkPart {
                name: THE_LINK.into(),
                mtu: self.mtu.unwrap_or(1_500),
                path: self.path.clone(),
                toward: self.toward.clone(),
            }],
            faults: self.faults.clone(),
            bounds: BOUNDS,
            ..WorldSpec::default()
        }
    }

    /// What a world's check found, at the places where the text says it.
    pub fn placed(&self, bad: BadSpec, hosts: &[Place], top: &Place) -> Vec<Unsupported> {
        bad.problems
            .into_iter()
            .map(|problem| {
                let field = problem.field;
                let number = field
                    .strip_prefix("hosts[")
                    .and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
                let fault = field
                    .strip_prefix("faults[")
                    .and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
                let place = if let Some(place) = fault.and_then(|number| self.fault_places.get(number)) {
                    place
                } else if let Some(number) = number {
                    let its = self.settings.get(number).into_iter().flat_map(|settings| &settings.sysctls);
                    let named = its.into_iter().find(|(_, name, _)| field.contains(name.as_str()));
                    named.map(|(place, ..)| place).or(hosts.get(number)).unwrap_or(top)
                } else {
                    let field = field.rsplit('.').next().unwrap_or_default();
                    let named = self.places.iter().find(|(name, _)| field.starts_with(**name));
                    named.map_or(top, |(_, place)| place)
                };
                Unsupported { place: place.clone(), what: problem.why }
            })
            .collect()
    }
}

/// The address of the host in this place.
pub(super) fn address(number: usize, is_v6: bool) -> IpAddr {
    let number = number as u16 + 1;
    if is_v6 {
        Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number).into()
    } else {
        Ipv4Addr::new(10, 0, 0, number as u8).into()
    }
}

/// A number with decimals and a unit as a whole number of the least unit: `1.5s` is 1,500,000 us.
pub(super) fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let (digits, scale) = units.iter().find_map(|(unit, scale)| {
        let digits = lower.strip_suffix(unit)?.trim_end();
        digits.ends_with(|c: char| c.is_ascii_digit() || c == '.').then_some((digits, *scale))
    })?;
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if digits == "." || decimals.len() > 9 || !all_digits(whole) || !all_digits(decimals) {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: u64 = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
    whole.checked_mul(scale)?.checked_add(part.checked_mul(scale)? / 10u64.pow(decimals.len() as u32))
}
