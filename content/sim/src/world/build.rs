//! From what a world is made of to what runs: routes, hosts' specs, routers.

use super::nat::Nat;
use super::prefix::{Prefix, Routes};
use super::router::{Filter, Router, RouterInterface};
use super::spec::{FilterPart, HostPart, InterfacePart, RoutePart, RouterPart, WorldSpec};
use crate::Profile;
use crate::host::{HostSpec, InterfaceSpec, RouteSpec};
use core::net::IpAddr;

pub(super) fn routes_of(interfaces: &[InterfacePart], gateway: Option<IpAddr>, more: &[RoutePart]) -> Routes {
    let mut routes = Routes::default();
    for (interface, part) in interfaces.iter().enumerate() {
        for prefix in &part.addresses {
            routes.add(*prefix, None, interface);
        }
    }
    let gateway = gateway.map(|via| (Prefix::everything(via), via));
    for (to, via) in more.iter().map(|route| (route.to, route.via)).chain(gateway) {
        let reached = |part: &InterfacePart| part.addresses.iter().any(|prefix| prefix.holds(via));
        if let Some(interface) = interfaces.iter().position(reached) {
            routes.add(to, Some(via), interface);
        }
    }
    routes
}

fn mtu_of(spec: &WorldSpec, part: &InterfacePart) -> u32 {
    let link = spec.links.iter().find(|link| link.name == part.link);
    part.mtu.or(link.map(|link| link.mtu)).unwrap_or(1_500)
}

pub(super) fn host_spec(spec: &WorldSpec, part: &HostPart, routes: &Routes) -> Result<HostSpec, String> {
    let mut profile = Profile::linux();
    for (name, value) in &part.sysctl {
        profile.set(name, value).map_err(|error| error.to_string())?;
    }
    for (name, value) in &part.route_attributes {
        profile.route.set(name, value).map_err(|_| format!("{name}: {value}"))?;
    }
    profile.iss = part.iss;
    let own_networks = |to: Prefix| {
        to.length() == 0
            || part
                .interfaces
                .iter()
                .all(|interface| interface.addresses.iter().all(|own| own.network() != to))
    };
    let route = |(to, via, interface): (Prefix, Option<IpAddr>, usize)| RouteSpec {
        destination: (to.address(), to.length()),
        via,
        interface,
    };
    let others = spec.hosts.iter().filter(|other| other.name != part.name);
    Ok(HostSpec {
        name: part.name.clone(),
        interfaces: part
            .interfaces
            .iter()
            .map(|interface| InterfaceSpec {
                addresses: interface
                    .addresses
                    .iter()
                    .map(|prefix| (prefix.address(), prefix.length()))
                    .collect(),
                mtu: mtu_of(spec, interface),
            })
            .collect(),
        routes: routes.iter().filter(|(to, via, _)| via.is_some() && own_networks(*to)).map(route).collect(),
        profile,
        names: others
            .flat_map(|other| other.interfaces.iter().map(move |interface| (other, interface)))
            .flat_map(|(other, interface)| {
                interface.addresses.iter().map(move |prefix| (other.name.clone(), prefix.address()))
            })
            .collect(),
        privileged: part.privileged,
        loopback_outside: part.loopback.is_some(),
    })
}

pub(super) fn router(spec: &WorldSpec, part: &RouterPart, routes: Routes) -> Router {
    let on = |link: &str| part.interfaces.iter().position(|interface| interface.link == link);
    let addresses = |interface: &InterfacePart| {
        interface.addresses.iter().map(|prefix| prefix.address()).collect::<Vec<IpAddr>>()
    };
    let nat = part.nat.as_ref().and_then(|nat| {
        let outside = on(&nat.outside)?;
        let address = addresses(&part.interfaces[outside]).into_iter().find(IpAddr::is_ipv4)?;
        Some(Nat::new(nat, outside, address))
    });
    let filter = |row: &FilterPart| Filter {
        arriving_on: row.arriving_on.as_deref().and_then(on),
        source: row.source,
        destination: row.destination,
        protocol: row.protocol,
        port: row.port,
        action: row.action,
    };
    Router {
        interfaces: part
            .interfaces
            .iter()
            .map(|interface| RouterInterface {
                addresses: addresses(interface),
                mtu: mtu_of(spec, interface),
            })
            .collect(),
        routes,
        nat,
        filters: part.filters.iter().map(filter).collect(),
        profile: Profile::linux(),
    }
}
