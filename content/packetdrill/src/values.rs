//! Arguments of calls as values: constants, addresses, buffers, options.

use crate::config::{Config, Version};
use crate::constants::constant;
use crate::machine::Setsockopt;
use crate::script::{Expr, Field};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why an argument has no value, in words.
pub(crate) type Reading<T> = Result<T, String>;

/// A whole number: digits, constants, and what is or-ed of them.
pub(crate) fn number(expr: &Expr, config: &Config) -> Reading<i64> {
    match expr {
        Expr::Int(number) => Ok(*number),
        Expr::Word(name) => match config.defines.get(name) {
            // A definition may name another constant, but not itself in a circle.
            Some(Expr::Word(other)) => constant(other).ok_or_else(|| format!("the constant “{other}”")),
            Some(Expr::Int(number)) => Ok(*number),
            Some(_) => Err(format!("the definition of “{name}” as anything but a number")),
            None => constant(name).ok_or_else(|| format!("the constant “{name}”")),
        },
        Expr::Or(parts) => parts.iter().try_fold(0, |all, part| Ok(all | number(part, config)?)),
        Expr::Not(inner) => Ok(!number(inner, config)?),
        Expr::Call(name, arguments) if matches!(name.as_str(), "htons" | "htonl" | "ntohs" | "ntohl") => {
            match &arguments[..] {
                // Addresses and ports are written in the order of people here.
                [one] => number(one, config),
                _ => Err(format!("{name}() with {} arguments", arguments.len())),
            }
        }
        Expr::Call(name, arguments) if name == "sizeof" => match &arguments[..] {
            [Expr::Word(of)] if matches!(of.as_str(), "int" | "u32" | "uint32_t" | "unsigned") => Ok(4),
            _ => Err("sizeof() of anything but an int".into()),
        },
        Expr::List(items) if items.len() == 1 => number(&items[0], config),
        other => Err(format!("{} where a number is needed", describe(other))),
    }
}

pub(crate) fn narrow<T: TryFrom<i64>>(expr: &Expr, config: &Config) -> Reading<T> {
    let number = number(expr, config)?;
    T::try_from(number).map_err(|_| format!("the number {number}, which is out of range here"))
}

pub(crate) fn describe(expr: &Expr) -> String {
    match expr {
        Expr::Ellipsis => "...".into(),
        Expr::Int(number) => number.to_string(),
        Expr::Word(name) => format!("“{name}”"),
        Expr::Text(text) => format!("\"{text}\""),
        Expr::Call(name, _) => format!("{name}(…)"),
        Expr::List(_) => "a list".into(),
        Expr::Struct(_) => "a struct".into(),
        Expr::Or(_) | Expr::Not(_) => "flags".into(),
    }
}

/// A field of a struct by its name.
pub(crate) fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Expr> {
    fields.iter().find(|field| field.name.as_deref() == Some(name)).map(|field| &field.value)
}

/// The struct's fields have no other names than these.
pub(crate) fn only(fields: &[Field], known: &[&str]) -> Reading<()> {
    match fields.iter().find(|field| !field.name.as_deref().is_some_and(|name| known.contains(&name))) {
        None => Ok(()),
        Some(Field { name: Some(name), .. }) => Err(format!("the field “{name}” here")),
        Some(_) => Err("a field without a name here".into()),
    }
}

/// `{sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr("192.0.2.1")}`; `None` for `...` and NULL.
pub(crate) fn address(expr: &Expr, config: &Config) -> Reading<Option<SocketAddr>> {
    let fields = match expr {
        Expr::Ellipsis => return Ok(None),
        Expr::Word(name) if name == "NULL" => return Ok(None),
        Expr::Text(text) if !config.names.is_empty() => {
            let (host, port) = text
                .rsplit_once(':')
                .ok_or_else(|| format!("the address \"{text}\": write \"host:port\""))?;
            let port = port.parse().map_err(|_| format!("the port “{port}”: a port is 0 to 65535"))?;
            return Ok(Some(config.for_socket(literal(host, config)?, port)));
        }
        Expr::Struct(fields) => fields,
        other => return Err(format!("{} where an address is needed", describe(other))),
    };
    only(
        fields,
        &[
            "sa_family",
            "sin_family",
            "sin6_family",
            "sin_port",
            "sin_addr",
            "sin6_port",
            "sin6_addr",
            "sin6_flowinfo",
            "sin6_scope_id",
        ],
    )?;
    let port = field(fields, "sin_port").or_else(|| field(fields, "sin6_port"));
    let port = narrow(port.ok_or("an address without a port")?, config)?;
    let ip = field(fields, "sin_addr")
        .or_else(|| field(fields, "sin6_addr"))
        .ok_or("an address without a host")?;
    let ip: IpAddr = match ip {
        Expr::Call(name, arguments) if name == "inet_addr" || name == "inet_pton" => {
            let text = match &arguments[..] {
                [.., Expr::Text(text)] => text,
                _ => return Err(format!("{name}() without a text")),
            };
            literal(text, config)?
        }
        Expr::Text(text) => literal(text, config)?,
        Expr::Word(name) if name == "in6addr_any" => Ipv6Addr::UNSPECIFIED.into(),
        Expr::Word(name) if name == "in6addr_loopback" => Ipv6Addr::LOCALHOST.into(),
        other => IpAddr::V4(narrow::<u32>(other, config)?.into()),
    };
    Ok(Some(config.for_socket(ip, port)))
}

/// An address in digits, or a host's name where there are names.
fn literal(text: &str, config: &Config) -> Reading<IpAddr> {
    let digits = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = digits.parse() {
        return Ok(address);
    }
    // As in the socket API, no host at all is every address of this one.
    if text.is_empty() && !config.names.is_empty() {
        let unspecified: IpAddr = match config.version {
            Version::V4 => Ipv4Addr::UNSPECIFIED.into(),
            Version::V6 | Version::Mapped => Ipv6Addr::UNSPECIFIED.into(),
        };
        return Ok(unspecified);
    }
    match config.names.get(text) {
        Some(address) => Ok(*address),
        None if config.names.is_empty() => Err(format!("the address \"{text}\"")),
        None => {
            let names: Vec<&str> = config.names.keys().map(String::as_str).collect();
            Err(format!(
                "the address \"{text}\": it is neither in digits nor one of the hosts {}",
                names.join(", ")
            ))
        }
    }
}

/// How many octets `[{..., 1000}, {..., 2000}]` holds.
pub(crate) fn vector(vector: &Expr, count: Option<i64>, config: &Config) -> Reading<Buffer> {
    let Expr::List(items) = vector else {
        return Err(format!("{} where a list of buffers is needed", describe(vector)));
    };
    if count.is_some_and(|count| count != items.len() as i64) {
        return Err("a count of buffers that is not the list's length".into());
    }
    let mut all = Buffer { length: 0, fault: false };
    for item in items {
        let Expr::Struct(fields) = item else {
            return Err(format!("{} where a buffer {{..., length}} is needed", describe(item)));
        };
        let [Field { value: buffer, .. }, Field { value: length, .. }] = &fields[..] else {
            return Err("a buffer that is not {..., length}".into());
        };
        let length: u32 = narrow(length, config)?;
        let fault = is_bad(buffer)? && length > 0;
        if fault && all.length > 0 && !all.fault {
            return Err("a buffer that is no memory behind one that is".into());
        }
        all.fault |= fault;
        all.length = all.length.checked_add(length).ok_or("buffers that are too long")?;
    }
    Ok(all)
}

/// The memory that a call works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Buffer {
    pub length: u32,
    /// It is no memory of the program.
    pub fault: bool,
}

/// Whether a buffer is an address where there is no memory: NULL, or a number. Contents are not compared, so that the others are `...`.
pub(crate) fn is_bad(buffer: &Expr) -> Reading<bool> {
    match buffer {
        Expr::Ellipsis => Ok(false),
        Expr::Int(_) => Ok(true),
        null if is_null(null) => Ok(true),
        other => Err(format!("{} as a buffer: contents are not compared, write ...", describe(other))),
    }
}

/// NULL, or 0 in its place.
pub(crate) fn is_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Int(0)) || matches!(expr, Expr::Word(name) if name == "NULL")
}

/// A descriptor's or an ioctl's `[1000]`; `None` for `...`, which is not checked.
pub(crate) fn pointed(expr: &Expr, config: &Config) -> Reading<Option<i64>> {
    match expr {
        Expr::Ellipsis => Ok(None),
        Expr::List(items) if items.len() == 1 => match &items[0] {
            Expr::Ellipsis => Ok(None),
            item => number(item, config).map(Some),
        },
        other => Err(format!("{} where [a number] is needed", describe(other))),
    }
}

/// How many octets an option's value takes at least (setsockopt(2)): fewer are EINVAL. IP's options take one octet as well as four.
pub(crate) fn least_length(name: &str, value: &Expr) -> i64 {
    match value {
        Expr::Text(_) => 1,
        Expr::List(items) if items.len() == 1 && !matches!(items[0], Expr::Int(_) | Expr::Word(_)) => {
            least_length(name, &items[0])
        }
        Expr::Struct(fields) if field(fields, "tv_sec").is_some() => 16,
        Expr::Struct(_) => 8,
        _ if name.starts_with("IP_") => 0,
        _ => 4,
    }
}

/// An option's value and its length, `[1], 4`.
pub(crate) fn option(name: &str, value: &Expr, length: Option<i64>, config: &Config) -> Reading<Setsockopt> {
    let (value, size) = match value {
        Expr::Text(text) => {
            // A name ends where the length says, or where the text does.
            let size = length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
            (Setsockopt::Text(text.chars().take(size).collect()), 1)
        }
        Expr::List(items) if matches!(&items[..], [Expr::Text(_) | Expr::Struct(_)]) => {
            return option(name, &items[0], length, config);
        }
        Expr::Struct(fields) if field(fields, "onoff").is_some() => {
            only(fields, &["onoff", "linger"])?;
            let seconds = field(fields, "linger").ok_or("a linger without its time")?;
            let on = field(fields, "onoff").ok_or("a linger without onoff")?;
            (Setsockopt::Linger { on: number(on, config)?, seconds: number(seconds, config)? }, 8)
        }
        Expr::Struct(fields) if field(fields, "tv_sec").is_some() => {
            only(fields, &["tv_sec", "tv_usec"])?;
            let seconds: u32 = narrow(field(fields, "tv_sec").ok_or("a time without seconds")?, config)?;
            let micros: u32 = field(fields, "tv_usec").map_or(Ok(0), |micros| narrow(micros, config))?;
            (Setsockopt::Time(u64::from(seconds) * 1_000_000 + u64::from(micros)), 16)
        }
        Expr::List(_) | Expr::Int(_) | Expr::Word(_) => {
            // ip(7): the options of IP take one octet as well.
            let size = length.filter(|length| *length == 1 && name.starts_with("IP_")).unwrap_or(4);
            (Setsockopt::Number(number(value, config)?), size)
        }
        other => return Err(format!("{} as an option's value", describe(other))),
    };
    match length.filter(|length| *length < size) {
        Some(length) => Err(format!("an option's length of {length} octets here")),
        None => Ok(value),
    }
}

/// The family that a script names: `...` and AF_INET stand for the family of its command line.
pub(crate) fn family_fits(expr: &Expr, config: &Config) -> Reading<()> {
    match (expr, config.version) {
        (Expr::Ellipsis, _) => Ok(()),
        (Expr::Word(name), Version::V4) if name == "AF_INET" || name == "PF_INET" => Ok(()),
        (Expr::Word(name), Version::V6 | Version::Mapped) if name == "AF_INET6" || name == "PF_INET6" => {
            Ok(())
        }
        (other, _) => Err(format!("the family {} with this --ip_version", describe(other))),
    }
}
