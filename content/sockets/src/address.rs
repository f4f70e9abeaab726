//! Addresses as a program writes them, `("127.0.0.1", 5000)`, and as the network answers them.
//!
//! Reading is strict on purpose: the C library's resolver takes `127.1`, `2130706433` and `0x7f.1` for 127.0.0.1, and whatever
//! decides by address (a learner's eye, a bridge's policy) must not be surprised. Those spellings are errors here, never names.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a call is to go: a host as the program named it and a port (0 to 65535; 0 in `bind` lets the network choose).
///
/// In JSON it is Python's tuple: `["127.0.0.1", 5000]`; a flowinfo of 0 and a scope_id of 0 may follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The host part of Python's tuple.
    pub host: Host,
    /// The port, 0 to 65535.
    pub port: u16,
}

/// The host part of an [`Endpoint`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// The empty string: every local address, as in `bind(("", 5000))`.
    Any,
    /// A literal address.
    Address(IpAddr),
    /// A name that must be resolved first.
    Name(String),
}

/// Why a text is no host. Says what, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEndpoint(String);

impl fmt::Display for BadEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for BadEndpoint {}

impl Host {
    /// Reads the host part as a program writes it.
    ///
    /// # Errors
    /// A text that is neither empty, nor an address in full (`127.0.0.1`, `::1`), nor a host name of letters, digits, hyphens
    /// and dots whose last label is not a number (RFC 1123, 2.1).
    pub fn parse(text: &str) -> Result<Host, BadEndpoint> {
        if text.is_empty() {
            return Ok(Host::Any);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Host::Address(address));
        }
        if text.contains('%') {
            return Err(BadEndpoint(format!(
                "“{text}” has a zone (%…), which is not supported: write the address alone"
            )));
        }
        if text.contains(':') {
            return Err(BadEndpoint(format!(
                "“{text}” is not an IPv6 address: write it as ::1 or 2001:db8::1, without brackets or port"
            )));
        }
        let labels: Vec<&str> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
        let last = labels.last().copied().unwrap_or_default();
        let numeric = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
        let hexadecimal = last
            .strip_prefix("0x")
            .or_else(|| last.strip_prefix("0X"))
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
        if numeric || hexadecimal {
            return Err(BadEndpoint(format!(
                "“{text}” is not an IPv4 address: write all four numbers from 0 to 255, as in 127.0.0.1"
            )));
        }
        let sound = |label: &&str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if text.len() > 253 || !labels.iter().all(sound) {
            return Err(BadEndpoint(format!(
                "“{}” is neither an address nor a host name",
                text.chars().take(60).collect::<String>()
            )));
        }
        Ok(Host::Name(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Any => Ok(()),
            Host::Address(address) => address.fmt(f),
            Host::Name(name) => name.fmt(f),
        }
    }
}

impl Endpoint {
    /// An endpoint from the two fields that a person fills in.
    ///
    /// # Errors
    /// As [`Host::parse`], and a port that is not a whole number from 0 to 65535.
    pub fn parse(host: &str, port: &str) -> Result<Endpoint, BadEndpoint> {
        let port = port.trim().parse::<u16>().map_err(|_| {
            BadEndpoint(format!("“{}” is not a port: write a whole number from 0 to 65535", port.trim()))
        })?;
        Ok(Endpoint { host: Host::parse(host.trim())?, port })
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Endpoint {
        Endpoint { host: Host::Address(address.ip()), port: address.port() }
    }
}

impl From<(Ipv4Addr, u16)> for Endpoint {
    fn from((address, port): (Ipv4Addr, u16)) -> Endpoint {
        Endpoint { host: Host::Address(address.into()), port }
    }
}

impl From<(Ipv6Addr, u16)> for Endpoint {
    fn from((address, port): (Ipv6Addr, u16)) -> Endpoint {
        Endpoint { host: Host::Address(address.into()), port }
    }
}

/// Written as Python writes the argument: `("127.0.0.1", 5000)`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(\"{}\", {})", self.host, self.port)
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.host.to_string(), self.port).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Endpoint, D::Error> {
        let (host, port) = deserializer.deserialize_seq(Tuple)?;
        Ok(Endpoint { host: Host::parse(&host).map_err(de::Error::custom)?, port })
    }
}

/// An address that the network answered, as Python shows it: `["127.0.0.1", 5000]`, or for AF_INET6 the 4-tuple
/// `["::1", 5000, flowinfo, scope_id]` (Python's socket documentation, "Socket families").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PyAddr(pub SocketAddr);

impl fmt::Display for PyAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            SocketAddr::V4(v4) => write!(f, "('{}', {})", v4.ip(), v4.port()),
            SocketAddr::V6(v6) => {
                write!(f, "('{}', {}, {}, {})", v6.ip(), v6.port(), v6.flowinfo(), v6.scope_id())
            }
        }
    }
}

impl Serialize for PyAddr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let width = if self.0.is_ipv4() { 2 } else { 4 };
        let mut tuple = serializer.serialize_tuple(width)?;
        tuple.serialize_element(&self.0.ip())?;
        tuple.serialize_element(&self.0.port())?;
        if let SocketAddr::V6(v6) = self.0 {
            tuple.serialize_element(&v6.flowinfo())?;
            tuple.serialize_element(&v6.scope_id())?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for PyAddr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PyAddr, D::Error> {
        struct Full;
        impl<'de> Visitor<'de> for Full {
            type Value = PyAddr;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address as [\"127.0.0.1\", 5000] or [\"::1\", 5000, 0, 0]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PyAddr, A::Error> {
                let ip: IpAddr = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
                let port: u16 = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))?;
                Ok(PyAddr(match ip {
                    IpAddr::V4(v4) => (v4, port).into(),
                    IpAddr::V6(v6) => {
                        let flowinfo = seq.next_element()?.unwrap_or(0);
                        let scope_id = seq.next_element()?.unwrap_or(0);
                        SocketAddrV6::new(v6, port, flowinfo, scope_id).into()
                    }
                }))
            }
        }
        deserializer.deserialize_seq(Full)
    }
}

struct Tuple;

impl<'de> Visitor<'de> for Tuple {
    type Value = (String, u16);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address as [\"127.0.0.1\", 5000], with a port from 0 to 65535")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(String, u16), A::Error> {
        let host: String = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
        let port: u16 = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))?;
        while let Some(rest) = seq.next_element::<u32>()? {
            if rest != 0 {
                return Err(de::Error::custom(
                    "flowinfo and scope_id other than 0 are not supported: write [host, port]",
                ));
            }
        }
        Ok((host, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    #[cfg(not(target_family = "wasm"))]
    use proptest::prelude::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn check(json: &str, expected: Expect) {
        expected.assert_eq(&match serde_json::from_str::<Endpoint>(json) {
            Ok(endpoint) => {
                format!("{endpoint} {}", serde_json::to_string(&endpoint).expect("an endpoint is JSON"))
            }
            Err(error) => error.to_string(),
        });
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn addresses_are_pythons_tuples() {
        check(r#"["127.0.0.1", 5000]"#, expect![[r#"("127.0.0.1", 5000) ["127.0.0.1",5000]"#]]);
        check(r#"["::1", 5000, 0, 0]"#, expect![[r#"("::1", 5000) ["::1",5000]"#]]);
        check(r#"["", 0]"#, expect![[r#"("", 0) ["",0]"#]]);
        check(r#"["LocalHost", 80]"#, expect![[r#"("localhost", 80) ["localhost",80]"#]]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn spellings_that_the_c_library_would_resolve_are_refused() {
        for text in [
            "127.1",
            "2130706433",
            "0x7f.1",
            "017700000001",
            "127.0.0.1.",
            "1.2.3.4.5",
            "0X7F000001",
            "256.1.1.1",
        ] {
            assert!(Host::parse(text).is_err(), "{text}");
        }
        check(
            r#"["127.1", 1]"#,
            expect!["“127.1” is not an IPv4 address: write all four numbers from 0 to 255, as in 127.0.0.1"],
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn nonsense_gets_a_clear_error() {
        check(
            r#"["fe80::1%lo", 1]"#,
            expect!["“fe80::1%lo” has a zone (%…), which is not supported: write the address alone"],
        );
        check(r#"["a b", 1]"#, expect!["“a b” is neither an address nor a host name"]);
        check(
            r#"["127.0.0.1"]"#,
            expect![[
                r#"invalid length 1, expected an address as ["127.0.0.1", 5000], with a port from 0 to 65535 at line 1 column 13"#
            ]],
        );
        check(
            r#"["127.0.0.1", 70000]"#,
            expect!["invalid value: integer `70000`, expected u16 at line 1 column 19"],
        );
        assert_eq!(
            Endpoint::parse("127.0.0.1", "7e4").expect_err("no port").to_string(),
            "“7e4” is not a port: write a whole number from 0 to 65535"
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn answers_of_ipv6_are_four_tuples() {
        let addr: PyAddr = serde_json::from_str(r#"["::1",5000,7,3]"#).expect("a 4-tuple");
        assert_eq!(addr.to_string(), "('::1', 5000, 7, 3)");
        assert_eq!(serde_json::to_string(&addr).expect("JSON"), r#"["::1",5000,7,3]"#);
    }

    #[cfg(not(target_family = "wasm"))]
    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = Host::parse(&text);
        }

        #[test]
        fn an_address_survives_its_spelling(ip in any::<IpAddr>(), port in any::<u16>()) {
            let endpoint = Endpoint { host: Host::Address(ip), port };
            let json = serde_json::to_string(&endpoint).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Endpoint>(&json).expect("reads back"), endpoint);
        }
    }
}
