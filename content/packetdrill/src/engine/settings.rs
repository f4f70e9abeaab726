//! Settings of scripts, as settings of the host's profile and interface.

use super::{Engine, host};
use crate::machine::Setting;
use sim::{BadSetting, Metrics};

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

/// Attributes of a route that say nothing about the engine, and why.
const ROUTE_WITHOUT_EFFECT: &[(&str, &str)] = &[("fastopen_no_cookie", "the engine does not use Fast Open")];

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
            Setting::Pacing(paces) => {
                self.host.profile_mut().paces = *paces;
                Ok(())
            }
            Setting::File { path, length } => {
                self.files.insert(path.clone(), *length);
                Ok(())
            }
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
            Setting::Route(attributes) => self.route(attributes),
        }
    }

    /// Another route for the old one.
    fn route(&mut self, attributes: &[(String, String)]) -> Result<(), String> {
        let mut route = Metrics::default();
        for (name, value) in attributes {
            if ROUTE_WITHOUT_EFFECT.iter().any(|(known, _)| known == name) {
                continue;
            }
            route.set(name, value).map_err(|_| format!("the attribute “{name} {value}” of a route"))?;
        }
        self.host.profile_mut().route = route;
        Ok(())
    }
}
