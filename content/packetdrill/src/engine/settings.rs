//! Settings of scripts, as settings of the host's profile and interface.

use super::{Engine, host};
use crate::machine::Setting;
use sim::BadSetting;

/// Sysctls that say nothing about the engine, and why.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("net.ipv4.route.flush", "no route is cached"),
    ("net.ipv6.route.flush", "no route is cached"),
    ("net.core.default_qdisc", "the interface has its queue already"),
    ("net.ipv4.tcp_mem", "there is no pressure on memory"),
    ("net.ipv4.tcp_max_tw_buckets", "a script makes a few connections only"),
    ("net.ipv4.tcp_max_orphans", "a script makes a few connections only"),
    ("net.ipv4.conf.all.rp_filter", "there is one interface"),
    ("net.ipv4.conf.default.rp_filter", "there is one interface"),
    ("net.ipv4.conf.tun0.rp_filter", "there is one interface"),
];

impl Engine {
    pub(super) fn apply(&mut self, setting: &Setting) -> Result<(), String> {
        match setting {
            Setting::Sysctl { name, value } => match self.host.profile_mut().set(name, value) {
                Ok(()) => Ok(()),
                Err(BadSetting::Name { .. }) if WITHOUT_EFFECT.iter().any(|(known, _)| known == name) => {
                    Ok(())
                }
                Err(why) => Err(why.to_string()),
            },
            Setting::QueueLimit(limit) => {
                self.queue_limit = *limit;
                self.host.limit_interface(0, *limit);
                Ok(())
            }
            // A flow that is not paced sends its packets at once: a script that expects them later fails.
            Setting::Pacing(_) => Ok(()),
            Setting::Mtu(octets) if *octets == self.stage.mtu => Ok(()),
            Setting::Mtu(octets) if self.is_fresh => {
                self.stage.mtu = *octets;
                self.host = host(&self.stage, self.host.profile().clone())?;
                self.host.limit_interface(0, self.queue_limit);
                Ok(())
            }
            Setting::Mtu(octets) => {
                Err(format!("changing the interface's MTU to {octets} after the first event"))
            }
            Setting::Route { name, value } => self.route(name, value),
        }
    }

    fn route(&mut self, name: &str, value: &str) -> Result<(), String> {
        let unknown = || Err(format!("the attribute “{name} {value}” of a route"));
        match name {
            "rto_min" => {
                let (digits, unit) = match value.strip_suffix("ms") {
                    Some(digits) => (digits, 1_000),
                    None => match value.strip_suffix("us") {
                        Some(digits) => (digits, 1),
                        None => (
                            value.strip_suffix('s').unwrap_or(value),
                            if value.ends_with('s') { 1_000_000 } else { 1_000 },
                        ),
                    },
                };
                match digits.parse::<u32>().ok().and_then(|number| number.checked_mul(unit)) {
                    Some(micros) => {
                        self.host.profile_mut().rto_min_us = micros;
                        Ok(())
                    }
                    None => unknown(),
                }
            }
            "mtu" if value.parse() == Ok(self.stage.mtu) => Ok(()),
            _ => unknown(),
        }
    }
}
