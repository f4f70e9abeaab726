//! What a route says of the connections that use it (ip-route(8)). It knows no address: one set holds for all of a host's routes.

use crate::tcp::Algorithm;

/// The attributes of a host's routes. `Metrics::default()` says nothing of any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// `initcwnd`: cwnd to begin with, in segments, 1 to 65,535.
    pub initial_window: Option<u32>,
    /// `initrwnd`: the window that the SYN announces, in segments, 1 to 65,535.
    pub initial_receive_window: Option<u32>,
    /// `quickack`: no ACK is delayed.
    pub quick_ack: bool,
    /// `rto_min`: the least retransmission time-out, in microseconds.
    pub rto_min_us: Option<u32>,
    /// `mtu`: the path's MTU, in octets.
    pub mtu: Option<u32>,
    /// `advmss`: the MSS that the SYN announces, in octets.
    pub advertised_mss: Option<u16>,
    /// `features ecn`: ECN is asked for and answered, whatever net.ipv4.tcp_ecn says.
    pub ecn: bool,
    /// `congctl`: the congestion control.
    pub congestion: Option<Algorithm>,
    /// `window`: the most that is announced as a window, in octets.
    pub window: Option<u32>,
}

/// An attribute that the engine does not know, or a value that it cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAttribute;

impl Metrics {
    /// Gives an attribute a value, as ip-route(8) has both: `initcwnd`, `20`; `rto_min`, `5ms`. 0 takes a number back.
    ///
    /// # Errors
    /// Where the engine does not know the attribute, or it cannot have this value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), BadAttribute> {
        fn number<T: core::str::FromStr + Default + PartialEq>(
            value: &str,
        ) -> Result<Option<T>, BadAttribute> {
            value.parse().map(|number| (number != T::default()).then_some(number)).map_err(|_| BadAttribute)
        }
        match name {
            "initcwnd" => self.initial_window = number::<u16>(value)?.map(u32::from),
            "initrwnd" => self.initial_receive_window = number::<u16>(value)?.map(u32::from),
            "quickack" => self.quick_ack = number::<u32>(value)?.is_some(),
            "rto_min" => self.rto_min_us = Some(micros(value).ok_or(BadAttribute)?),
            "mtu" => self.mtu = number(value)?,
            "advmss" => self.advertised_mss = number(value)?,
            "features" if value == "ecn" => self.ecn = true,
            "congctl" => self.congestion = Some(Algorithm::from_name(value).ok_or(BadAttribute)?),
            "window" => self.window = number(value)?,
            _ => return Err(BadAttribute),
        }
        Ok(())
    }
}

/// A time with its unit, s, ms or us; milliseconds where there is none.
fn micros(text: &str) -> Option<u32> {
    let units = [("ms", 1_000), ("us", 1), ("s", 1_000_000), ("", 1_000)];
    let (digits, unit) = units.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, size)))?;
    digits.parse::<u32>().ok()?.checked_mul(*unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn attributes_are_read_as_ip_route_writes_them() {
        let mut metrics = Metrics::default();
        for (name, value) in
            [("initcwnd", "20"), ("rto_min", "5ms"), ("features", "ecn"), ("congctl", "reno")]
        {
            assert_eq!(metrics.set(name, value), Ok(()), "{name} {value}");
        }
        let expected = Metrics {
            initial_window: Some(20),
            rto_min_us: Some(5_000),
            ecn: true,
            congestion: Some(Algorithm::Reno),
            ..Metrics::default()
        };
        assert_eq!(metrics, expected);
        for (text, expected) in [("5", 5_000), ("7us", 7), ("1s", 1_000_000)] {
            assert_eq!(micros(text), Some(expected), "{text}");
        }
        for (name, value) in
            [("initcwnd", "many"), ("rto_min", "5000s"), ("congctl", "dragon"), ("colour", "1")]
        {
            assert_eq!(metrics.set(name, value), Err(BadAttribute), "{name} {value}");
        }
        assert_eq!(metrics.set("initcwnd", "0"), Ok(()));
        assert_eq!(metrics.initial_window, None);
    }
}
