//! A scenario of the gallery, played, and what a mark names in it.
//!
//! The page's stage finds the same with more comfort, in its Story. Here a Log is enough: which segment an exercise is about, and
//! whether a figure's mark names anything.

use lab::prose::Mark;
use lab::{Ending, Scenario, exhibit_text, life_lines};
use sockets::{Fate, HostId, Log, Trace, Transit, What};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wire::{Datagram, Ecn, Flags, Segment, Seq};

/// A scenario that was played.
#[derive(Clone, Debug)]
pub struct Played {
    log: Log,
    hosts: Vec<String>,
}

thread_local! {
    /// What was played already: many figures and exercises are about the same scenario.
    static PLAYED: RefCell<BTreeMap<String, Result<Rc<Played>, String>>> = const { RefCell::new(BTreeMap::new()) };
}

impl Played {
    /// Plays one of the gallery, or remembers how it went.
    ///
    /// # Errors
    /// There is none of this id, or it does not come to its end.
    pub fn of(id: &str) -> Result<Rc<Played>, String> {
        let known = PLAYED.with_borrow(|played| played.get(id).cloned());
        known.unwrap_or_else(|| {
            let played = Played::play(id).map(Rc::new);
            PLAYED.with_borrow_mut(|all| all.insert(id.to_owned(), played.clone()));
            played
        })
    }

    fn play(id: &str) -> Result<Played, String> {
        let text = exhibit_text(id).ok_or_else(|| format!("the gallery has no scenario “{id}”"))?;
        let scenario = Scenario::parse(text).map_err(|bad| format!("the scenario “{id}”: {bad}"))?;
        let run = lab::run(&scenario).map_err(|bad| format!("the scenario “{id}”: {bad}"))?;
        if run.ending != Ending::Finished {
            return Err(format!("the scenario “{id}” does not come to its end: {}", run.ending));
        }
        // Routers stand behind the hosts, as in the Log.
        let routers = scenario.world.routers.iter().map(|router| router.name.clone());
        Ok(Played { log: run.log, hosts: life_lines(&scenario).into_iter().chain(routers).collect() })
    }

    fn host(&self, name: &str) -> Result<HostId, String> {
        let place = self.hosts.iter().position(|host| host == name);
        let place = place
            .ok_or_else(|| format!("there is no host “{name}”; the hosts are {}", self.hosts.join(", ")))?;
        Ok(HostId(place as u32))
    }

    fn transits(&self) -> impl Iterator<Item = &Transit> {
        self.log.records().iter().filter_map(|record| match &record.what {
            What::Trace(Trace::Sent(transit)) => Some(&**transit),
            _ => None,
        })
    }

    /// The datagram that a mark names.
    ///
    /// # Errors
    /// No mark of a segment, an unknown host, or nothing that fits.
    pub fn segment(&self, mark: &str) -> Result<&Segment, String> {
        let Some(Mark::Segment { host, words, nth }) = Mark::parse(mark) else {
            return Err(format!(
                "“{mark}” names no segment: it is written as #segment:HOST:WORDS, with :2 or :last for another than the first"
            ));
        };
        let host = self.host(host)?;
        let all = self
            .transits()
            .filter(|transit| transit.from == host && words.split('+').all(|word| is(transit, word)));
        let transit =
            nth.of(all).ok_or_else(|| format!("“{mark}” names nothing: no such segment is sent"))?;
        transit.datagram.segment().ok_or_else(|| format!("“{mark}” names a datagram that is no TCP segment"))
    }

    /// The initial sequence numbers of a segment's sender and receiver; 0 where the Log has no SYN of it.
    pub fn bases(&self, segment: &Segment) -> (Seq, Seq) {
        let ports = |source: u16, destination: u16| {
            let mut all = self.transits().filter_map(|transit| transit.datagram.segment());
            let syn = all.find(|other| {
                other.flags.syn() && (other.source_port, other.destination_port) == (source, destination)
            });
            syn.map_or(Seq(0), |syn| syn.seq)
        };
        (
            ports(segment.source_port, segment.destination_port),
            ports(segment.destination_port, segment.source_port),
        )
    }

    /// Whether a mark names something here, as far as a Log tells: of timers, rules and sockets only the host is looked at.
    ///
    /// # Errors
    /// What it names is not there.
    pub fn has(&self, mark: &str) -> Result<(), String> {
        let read = Mark::parse(mark).ok_or_else(|| {
            format!("“{mark}” is no mark: it is #segment:HOST:WORDS, #call:HOST:NAME, #state:HOST:STATE, #timer:…, #rule:…, #socket:… or #field:NAME")
        })?;
        match read {
            Mark::Segment { host, words, nth } => {
                let from = self.host(host)?;
                let all = self
                    .transits()
                    .filter(|transit| transit.from == from && words.split('+').all(|word| is(transit, word)));
                nth.of(all)
                    .map(drop)
                    .ok_or_else(|| format!("“{mark}” names nothing: no such segment is sent"))
            }
            Mark::Call { host, name, nth } => {
                let host = self.host(host)?;
                let calls = self.log.calls();
                let all =
                    calls.iter().filter(|line| line.host() == host && line.call.op.kind().name() == name);
                nth.of(all).map(drop).ok_or_else(|| format!("“{mark}” names nothing: there is no such call"))
            }
            Mark::State { host, name, .. } => {
                self.host(host)?;
                let known = sockets::State::ALL.iter().any(|state| state.name() == name);
                if known { Ok(()) } else { Err(format!("“{name}” is no state of RFC 9293")) }
            }
            Mark::Timer { host, .. } | Mark::Rule { host, .. } | Mark::Socket { host, .. } => {
                self.host(host).map(drop)
            }
            Mark::Field(name) => {
                crate::field::any(name).map(drop).ok_or_else(|| format!("there is no field “{name}”"))
            }
        }
    }
}

/// Whether a word holds of a datagram (content/lab/gallery/README.md).
fn is(transit: &Transit, word: &str) -> bool {
    let datagram = &transit.datagram;
    let segment = datagram.segment();
    let bit = |bit: Flags| segment.is_some_and(|segment| segment.flags.contains(bit));
    match word {
        "SYN" => bit(Flags::SYN) && !bit(Flags::ACK),
        "SYN-ACK" => bit(Flags::SYN_ACK),
        "ACK" => segment.is_some_and(|segment| {
            segment.flags.ack()
                && segment.payload.is_empty()
                && !segment.flags.intersects(Flags::SYN.with(Flags::FIN).with(Flags::RST))
        }),
        "FIN" => bit(Flags::FIN),
        "RST" => bit(Flags::RST),
        "ECE" => bit(Flags::ECE),
        "CWR" => bit(Flags::CWR),
        "CE" => datagram.ip().ecn == Ecn::CongestionExperienced,
        "data" => segment.is_some_and(|segment| !segment.payload.is_empty()),
        "SACK" => segment.is_some_and(|segment| segment.options.sack().next().is_some()),
        "zero" => segment.is_some_and(|segment| segment.window == 0 && !segment.flags.rst()),
        "UDP" => matches!(datagram, Datagram::Udp(_)),
        "ICMP" => matches!(datagram, Datagram::Icmp(_)),
        "again" => transit.retransmission,
        "lost" => !matches!(transit.fate, Fate::Arrives { .. } | Fate::Corrupted { .. }),
        "corrupted" => matches!(transit.fate, Fate::Corrupted { .. }),
        "copy" => transit.copy_of.is_some(),
        port => port.parse().is_ok_and(|port: u16| {
            segment.is_some_and(|segment| segment.source_port == port || segment.destination_port == port)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_name_what_the_engine_sends() {
        let played = Played::of("handshake").expect("the gallery has it");
        let syn_ack = played.segment("#segment:server:SYN-ACK").expect("the server answers");
        let (sender, receiver) = played.bases(syn_ack);
        assert_eq!((syn_ack.seq.since(sender), syn_ack.ack.since(receiver)), (0, 1));
        let why = |mark: &str| played.has(mark).expect_err("there is no such thing");
        assert!(why("#segment:server:RST").contains("no such segment"));
        assert!(
            why("#segment:srever:SYN").contains("the hosts are client, server"),
            "{}",
            why("#segment:srever:SYN")
        );
        assert!(why("#segmant:server:SYN").contains("is no mark"));
        assert!(why("#state:server:ESTABLISHD").contains("no state"));
        assert_eq!(played.has("#call:client:connect"), Ok(()));
    }
}
