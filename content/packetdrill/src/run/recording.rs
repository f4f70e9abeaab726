//! A machine for the runner's tests that plays a recording, which is itself a script: `>` lines are what it sends, calls are its answers.

use crate::calls::prepare;
use crate::check::Check;
use crate::config::Config;
use crate::machine::{Departed, Fd, Got, Machine, Refusal, Returned, Setting, Stage, Sys, Ticket};
use crate::place::Source;
use crate::script::{Action, Content, EventTime, Packet, SystemCall, Wanted};
use crate::values::number;
use crate::{Script, parse};
use bytes::Bytes;
use core::cell::RefCell;
use core::net::SocketAddr;
use sim::tcp::Info;
use sockets::{Errno, Instant};
use std::collections::VecDeque;
use std::rc::Rc;
use wire::{Datagram, Internet, Options, Segment, Seq, TcpOption};

/// Where the recorded machine's stream begins, and its timestamp clock.
pub(super) const ISS: u32 = 4_294_967_000;
pub(super) const CLOCK: u32 = 77_000;

/// A machine that plays a recording: what it sends when, and what its calls answer in their order.
pub(super) struct Recording {
    stage: Stage,
    now: Instant,
    packets: VecDeque<Departed>,
    calls: VecDeque<SystemCall>,
    returned: Vec<Returned>,
    injected: Rc<RefCell<Vec<Datagram>>>,
}

impl Recording {
    pub(super) fn new(text: &str, stage: &Stage, injected: Rc<RefCell<Vec<Datagram>>>) -> Recording {
        let script = script(text);
        let mut recording = Recording {
            stage: stage.clone(),
            now: Instant(50),
            packets: VecDeque::new(),
            calls: VecDeque::new(),
            returned: Vec::new(),
            injected,
        };
        for event in script.events {
            let EventTime::Absolute(at) = event.time else { panic!("a recording has absolute times") };
            match event.action {
                Action::Packet(packet) => {
                    let at = Instant(50 + at);
                    recording.packets.push_back(Departed { at, datagram: recording.datagram(&packet) });
                }
                Action::Call(call) => recording.calls.push_back(call),
                other => panic!("a recording has packets and calls, not {other:?}"),
            }
        }
        recording
    }

    fn datagram(&self, packet: &Packet) -> Datagram {
        let Content::Tcp(tcp) = &packet.content else { panic!("a recording has TCP") };
        let mut ip = Internet::between(self.stage.local.0, self.stage.remote);
        ip.ecn = packet.marks.ecn.unwrap_or_default();
        let mut options = Options::NONE;
        for option in tcp.options.unwrap_or_default().iter() {
            let pushed = match option {
                TcpOption::Timestamps { value, echo } => {
                    options.push(TcpOption::Timestamps { value: value + CLOCK, echo })
                }
                TcpOption::Sack(blocks) => options.push_sack(&blocks.blocks().collect::<Vec<_>>()),
                other => options.push(other),
            };
            pushed.expect("as many as were read");
        }
        let (source_port, destination_port) = packet.ports.unwrap_or((8_080, 40_000));
        Datagram::Tcp(Segment {
            ip,
            source_port,
            destination_port,
            seq: Seq(ISS.wrapping_add(tcp.seq)),
            ack: Seq(tcp.ack.unwrap_or(0)),
            flags: tcp.flags,
            window: tcp.window.unwrap_or(0),
            urgent: tcp.urgent.unwrap_or(0),
            options,
            payload: Bytes::from(vec![0; tcp.length as usize]),
        })
    }
}

impl Machine for Recording {
    fn now(&self) -> Instant {
        self.now
    }

    fn advance(&mut self, until: Instant) {
        let packets = self.packets.iter().map(|departed| departed.at);
        let next = packets.chain(self.returned.iter().map(|returned| returned.at)).min();
        self.now = self.now.max(next.map_or(until, |next| next.min(until)));
    }

    fn begin(&mut self, ticket: Ticket, _: &Sys) -> Result<(), String> {
        let Some(call) = self.calls.pop_front() else { return Ok(()) };
        let config = Config::read(&[]).expect("no options");
        let prepared =
            prepare(&call, &config, &self.stage, &|fd| Fd(fd as i32)).expect("a call that is known");
        let mut got = Got { length: prepared.length, ..Got::default() };
        match prepared.check {
            Check::Nothing => {}
            Check::Option(option) => got.option = Some(option),
            Check::Address(address) => got.address = Some(address),
            Check::Events(events) => got.events = events,
            Check::Left(left) => got.left = Some(left),
            Check::Ready(ready) => got.ready = ready,
            Check::Pipe(..) => {}
        }
        if let Wanted::Value(value) = &call.wanted {
            got.value = number(value, &config).expect("a number");
        }
        if call.name == "accept" {
            got.address = Some(SocketAddr::new(self.stage.remote, 40_000));
        }
        let result = match call.errno.as_deref().and_then(Errno::from_name) {
            Some(errno) => Err(Refusal::Errno(errno)),
            None => Ok(got),
        };
        let at = call.end.map_or(self.now, |end| Instant(50 + end));
        self.returned.push(Returned { ticket, at, result });
        Ok(())
    }

    fn returned(&mut self) -> Option<Returned> {
        let place = self.returned.iter().position(|returned| returned.at <= self.now)?;
        Some(self.returned.remove(place))
    }

    fn inject(&mut self, datagram: Datagram) {
        self.injected.borrow_mut().push(datagram);
    }

    fn departed(&mut self) -> Option<Departed> {
        if self.packets.front()?.at <= self.now { self.packets.pop_front() } else { None }
    }

    fn info(&mut self, _: Fd) -> Option<Info> {
        Some(Info { snd_cwnd: 10, ca_state: 3, ..Info::default() })
    }

    fn set(&mut self, setting: &Setting) -> Result<(), String> {
        match setting {
            Setting::Sysctl { name, .. } if name.ends_with("unknown") => Err(format!("the setting {name}")),
            _ => Ok(()),
        }
    }
}

pub(super) fn script(text: &str) -> Script {
    parse(&Source { name: "t.pkt".into(), text: text.into() }).expect("a script that is known")
}
