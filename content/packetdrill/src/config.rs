//! What the options at the top of a script ask for.

use crate::machine::Stage;
use crate::parse::{Cursor, read_expr};
use crate::place::{Place, Unsupported};
use crate::script::{Expr, OptionLine};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use sockets::Family;
use std::collections::BTreeMap;

/// How a script is run; times in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub tolerance: u64,
    /// The tolerance grows with the time since the event before, by this many per cent of it.
    pub tolerance_percent: u64,
    /// How long a step of the machine's timestamp clock takes; 0: timestamps are not compared.
    pub timestamp_tick: u64,
    pub version: Version,
    pub local: Option<IpAddr>,
    pub remote: Option<IpAddr>,
    pub prefix: Option<u8>,
    pub mtu: u32,
    pub bind_port: u16,
    pub connect_port: u16,
    pub defines: BTreeMap<String, Expr>,
    /// Hosts' names, which stand for their addresses; none where there is one machine.
    pub names: BTreeMap<String, IpAddr>,
    /// Files of settings that the script names as options.
    pub init: Vec<(Place, String)>,
}

/// The largest tolerance, and the longest step of a clock, in microseconds: a day, far beyond any script.
const MOST_TOLERANCE: u64 = 24 * 3_600_000_000;

/// Which sockets, and what is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V4,
    V6,
    /// AF_INET6 sockets, IPv4 on the wire.
    Mapped,
}

/// Options that change nothing here, and why.
const WITHOUT_EFFECT: &[&str] = &[
    "verbose",        // the trace has all of it
    "send_omit_free", // about memory of the tool
    "gateway_ip",     // the interface leads to the script alone
    "local_linkaddr", // there is no link layer
    "persistent_tun_dev",
    "speed", // the interface has no bit rate
    "code_format",
    "mss", // how the tool cuts what the kernel hands over in one: here segments are whole already
    "strict_segments", // the same
    "non_fatal", // whatever differs is fatal here
    "debug",
    "no_cleanup",
    "is_anyip", // the machine has its addresses
    "wire_server_dev",
    "wire_client_dev",
];

impl Config {
    pub(crate) fn read(options: &[OptionLine]) -> Result<Config, Unsupported> {
        let (config, problems) = Config::read_all(options);
        problems.into_iter().next().map_or(Ok(config), Err)
    }

    /// Reads what can be read, and says what cannot.
    pub(crate) fn read_all(options: &[OptionLine]) -> (Config, Vec<Unsupported>) {
        let mut config = Config {
            tolerance: 4_000,
            tolerance_percent: 1,
            timestamp_tick: 0,
            version: Version::V4,
            local: None,
            remote: None,
            prefix: None,
            mtu: 1_500,
            bind_port: 8_080,
            connect_port: 8_080,
            defines: BTreeMap::new(),
            names: BTreeMap::new(),
            init: Vec::new(),
        };
        let problems = options.iter().filter_map(|option| config.take(option).err()).collect();
        (config, problems)
    }

    fn take(&mut self, option: &OptionLine) -> Result<(), Unsupported> {
        let value = option.value.as_deref().unwrap_or_default();
        let unknown = || {
            let what = match &option.value {
                Some(value) => format!("the option --{}={value}", option.name),
                None => format!("the option --{}", option.name),
            };
            Unsupported { place: option.place.clone(), what }
        };
        fn number<T: core::str::FromStr>(text: &str) -> Option<T> {
            text.parse().ok()
        }
        // What is allowed stands in the message.
        let wrong = |allowed: &str| {
            let what = format!("the option --{}={value}: allowed is {allowed}", option.name);
            Unsupported { place: option.place.clone(), what }
        };
        let up_to = |text: &str, most: u64, unit: &str| {
            let fits = number(text).filter(|number: &u64| *number <= most);
            fits.ok_or_else(|| wrong(&format!("a whole number of {unit}, 0 to {most}")))
        };
        let port = || number(value).ok_or_else(|| wrong("a port, 0 to 65535"));
        let ip = |text: &str| number(text).ok_or_else(|| wrong("an IPv4 or IPv6 address"));
        match option.name.as_str() {
            "tolerance_usecs" => self.tolerance = up_to(value, MOST_TOLERANCE, "microseconds")?,
            // A part of a per cent is not granted.
            "tolerance_percent" => {
                let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
                self.tolerance_percent = up_to(whole, 1_000_000, "per cent")?;
            }
            "tcp_ts_tick_usecs" => self.timestamp_tick = up_to(value, MOST_TOLERANCE, "microseconds")?,
            "mtu" => {
                let mtu = number(value).filter(|mtu| (68..=65_535).contains(mtu));
                self.mtu = mtu.ok_or_else(|| wrong("a number of octets, 68 to 65535"))?;
            }
            "bind_port" => self.bind_port = port()?,
            "connect_port" => self.connect_port = port()?,
            "local_ip" => self.local = Some(ip(value)?),
            "remote_ip" => {
                self.remote = Some(ip(value.split('/').next().unwrap_or_default())?);
            }
            "netmask_ip" => {
                let mask: Ipv4Addr = number(value).ok_or_else(|| wrong("a mask as 255.255.0.0"))?;
                self.prefix = Some(mask.to_bits().leading_ones() as u8);
            }
            "ip_version" => {
                self.version = match value {
                    "ipv4" => Version::V4,
                    "ipv6" => Version::V6,
                    "ipv4-mapped-ipv6" => Version::Mapped,
                    _ => return Err(wrong("ipv4, ipv6 or ipv4-mapped-ipv6")),
                }
            }
            "init_scripts" => self.init.push((option.place.clone(), value.to_owned())),
            "tcp_ts_ecr_scaled" if matches!(value, "0" | "false") => {}
            "code_command" if value == "python" || value.ends_with("/python") => {}
            "code_sockopt" if value == "TCP_INFO" => {}
            "define" => {
                let (name, text) = value.split_once('=').ok_or_else(|| wrong("NAME=VALUE"))?;
                let mut cursor = Cursor::new(&option.place.file, text);
                let expression = read_expr(&mut cursor, 0).map_err(|_| unknown())?;
                if !cursor.is_at_end() {
                    return Err(unknown());
                }
                self.defines.insert(name.to_owned(), expression);
            }
            known if WITHOUT_EFFECT.contains(&known) => {}
            _ => return Err(unknown()),
        }
        Ok(())
    }

    /// The addresses on the wire, and the interface's MTU.
    pub(crate) fn stage(&self) -> Stage {
        let (local, prefix, remote): (IpAddr, u8, IpAddr) = match self.version {
            Version::V4 | Version::Mapped => {
                (Ipv4Addr::new(192, 168, 0, 1).into(), 16, Ipv4Addr::new(192, 0, 2, 1).into())
            }
            Version::V6 => (
                Ipv6Addr::new(0xfd3d, 0x0a0b, 0x17d6, 0, 0, 0, 0, 1).into(),
                64,
                Ipv6Addr::new(0xfd3d, 0xfa7b, 0xd17d, 0, 0, 0, 0, 1).into(),
            ),
        };
        Stage {
            local: (self.local.unwrap_or(local), self.prefix.unwrap_or(prefix)),
            remote: self.remote.unwrap_or(remote),
            mtu: self.mtu,
        }
    }

    pub(crate) const fn family(&self) -> Family {
        match self.version {
            Version::V4 => Family::Inet,
            Version::V6 | Version::Mapped => Family::Inet6,
        }
    }

    /// An address as this script's sockets write it.
    pub(crate) fn for_socket(&self, address: IpAddr, port: u16) -> SocketAddr {
        match (self.version, address) {
            (Version::Mapped, IpAddr::V4(v4)) => SocketAddr::new(v4.to_ipv6_mapped().into(), port),
            _ => SocketAddr::new(address, port),
        }
    }
}
