//! Links, routers and faults with raw datagrams: text in, text out. No host takes part; what arrives is written down.
//!
//! A line of input is `TIME us FROM > TO what`: `0 client > server S 100:100(0)`, where FROM and TO are `node.port`.

mod check;
mod faults;
mod links;
mod routers;

use super::fabric::{Coming, Fabric, Parcel};
use super::router::RouterTurn;
use super::story::Story;
use super::*;
use bytes::Bytes;
use core::net::SocketAddr;
use expect_test::Expect;
use sockets::Log;
use wire::{Datagram, Flags, Internet, Options, Segment, Seq, UserDatagram};

/// A world's links and routers, without hosts.
struct Bench {
    fabric: Fabric,
    story: Story,
    routers: Vec<Router>,
    hosts: usize,
    log: Log,
    names: Vec<String>,
    arrived: Vec<(Instant, usize, Datagram)>,
    now: Instant,
}

impl Bench {
    fn new(json: &str) -> Bench {
        let spec = WorldSpec::parse(json).unwrap_or_else(|error| panic!("{error}"));
        let host_routes =
            spec.hosts.iter().map(|part| routes_of(&part.interfaces, part.gateway, &part.routes));
        let router_routes =
            spec.routers.iter().map(|part| routes_of(&part.interfaces, part.gateway, &part.routes));
        let fabric = Fabric::new(&spec, host_routes.chain(router_routes).collect());
        let make =
            |part: &RouterPart| router(&spec, part, routes_of(&part.interfaces, part.gateway, &part.routes));
        let hosts = spec.hosts.iter().map(|host| host.name.clone());
        Bench {
            fabric,
            story: Story::default(),
            routers: spec.routers.iter().map(make).collect(),
            hosts: spec.hosts.len(),
            log: Log::new(),
            names: hosts.chain(spec.routers.iter().map(|router| router.name.clone())).collect(),
            arrived: Vec::new(),
            now: Instant::START,
        }
    }

    fn write_down(&mut self) {
        while let Some(event) = self.story.take() {
            self.log.observe(self.now, event);
        }
    }

    /// Host `from` sends by its only interface at `at`.
    fn send(&mut self, at: u64, from: usize, datagram: Datagram) -> &mut Bench {
        self.run(at);
        self.now = Instant(at);
        let to = self.fabric.next_address(from, 0, datagram.ip().destination);
        let parcel = Parcel { datagram, socket: None, retransmission: false, corrupted: false };
        if !self.fabric.send(self.now, (from, 0, to), parcel, &mut self.story) {
            self.story.event(Event::Notice(format!("nobody has {to}")));
        }
        self.write_down();
        self
    }

    /// All that comes up to `until`.
    fn run(&mut self, until: u64) -> &mut Bench {
        while let Some(at) = self.fabric.next_at().filter(|at| at.0 <= until) {
            self.now = at;
            match self.fabric.next(&mut self.story) {
                Coming::Arrival { node, interface, packet, parcel } => {
                    self.story.tell(Trace::Arrived { packet, host: HostId(node as u32) });
                    if node < self.hosts {
                        self.arrived.push((at, node, parcel.datagram));
                    } else {
                        self.route(node, interface, parcel);
                    }
                }
                Coming::NoNeighbour { node, parcels, .. } => {
                    for parcel in parcels {
                        let name = &self.names[node];
                        self.story.event(Event::Notice(format!("back to {name}: {}", parcel.datagram)));
                    }
                }
                Coming::Wake { .. } | Coming::Nothing => {}
            }
            self.write_down();
        }
        self
    }

    fn route(&mut self, node: usize, interface: usize, parcel: Parcel) {
        let mut turn = RouterTurn::default();
        let Parcel { datagram, retransmission, corrupted, .. } = parcel;
        self.routers[node - self.hosts].receive(self.now, interface, datagram, corrupted, &mut turn);
        for reaction in turn.story {
            self.story.tell(Trace::Reaction { socket: None, reaction });
        }
        for leaving in turn.leaving {
            let parcel = Parcel { datagram: leaving.datagram, socket: None, retransmission, corrupted };
            self.fabric.send(
                self.now,
                (node, leaving.hop.interface, leaving.hop.to),
                parcel,
                &mut self.story,
            );
        }
    }

    /// What happened, with the names of hosts and routers.
    fn text(&mut self) -> String {
        self.run(u64::MAX);
        let mut text = self.log.text();
        for (place, name) in self.names.iter().enumerate() {
            text = text.replace(&format!("host {place},"), &format!("{name},"));
            text = text.replace(&format!("host {place}:"), &format!("{name}:"));
            text = text.replace(&format!("host {place} "), &format!("{name} "));
            text = text.replace(&format!("host {place}\n"), &format!("{name}\n"));
        }
        text
    }

    fn check(&mut self, expected: Expect) {
        expected.assert_eq(&self.text());
    }
}

fn at(text: &str) -> SocketAddr {
    text.parse().expect(text)
}

fn segment(from: &str, to: &str, flags: Flags, seq: u32, octets: usize) -> Datagram {
    let (from, to) = (at(from), at(to));
    Datagram::Tcp(Segment {
        ip: Internet::between(from.ip(), to.ip()),
        source_port: from.port(),
        destination_port: to.port(),
        seq: Seq(seq),
        ack: Seq(0),
        flags,
        window: 1_000,
        urgent: 0,
        options: Options::NONE,
        payload: Bytes::from(vec![b'x'; octets]),
    })
}

fn udp(from: &str, to: &str, octets: usize) -> Datagram {
    let (from, to) = (at(from), at(to));
    Datagram::Udp(UserDatagram {
        ip: Internet { dont_fragment: false, ..Internet::between(from.ip(), to.ip()) },
        source_port: from.port(),
        destination_port: to.port(),
        payload: Bytes::from(vec![b'x'; octets]),
    })
}

/// Two hosts, a and b, on one link with this path; the whole link may be more.
fn pair(path: &str, more: &str) -> Bench {
    Bench::new(&format!(
        r#"{{"hosts":[{{"name":"a","interfaces":[{{"link":"lan","addresses":["10.0.0.1/24"]}}]}},
                     {{"name":"b","interfaces":[{{"link":"lan","addresses":["10.0.0.2/24"]}}]}}],
            "links":[{{"name":"lan","path":{path}}}]{more}}}"#
    ))
}

const A: &str = "10.0.0.1:1";
const B: &str = "10.0.0.2:2";
