//! The story of a run: every segment that went over the interface, in its order, and nothing else; for each of our own scripts.

#![cfg(not(target_family = "wasm"))]

use packetdrill::{
    Departed, Engine, Fd, Files, MACHINE, Machine, Returned, SCRIPT, Setting, Source, Stage, Sys, Ticket,
    Verdict, has_hosts, parse, read_play, run, tell,
};
use proptest::prelude::*;
use sockets::{Instant, Log, Micros, Trace, What};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use walkdir::WalkDir;
use wire::Datagram;

/// Who put a datagram on the interface, and the datagram.
type Seen = Vec<(bool, Datagram)>;

/// An engine with somebody who looks at its interface.
struct Watched {
    engine: Engine,
    seen: Rc<RefCell<Seen>>,
}

impl Machine for Watched {
    fn now(&self) -> Instant {
        self.engine.now()
    }
    fn advance(&mut self, until: Instant) {
        self.engine.advance(until);
    }
    fn begin(&mut self, ticket: Ticket, call: &Sys) -> Result<(), String> {
        self.engine.begin(ticket, call)
    }
    fn returned(&mut self) -> Option<Returned> {
        self.engine.returned()
    }
    fn inject(&mut self, datagram: Datagram) {
        self.seen.borrow_mut().push((true, datagram.clone()));
        self.engine.inject(datagram);
    }
    fn departed(&mut self) -> Option<Departed> {
        let departed = self.engine.departed()?;
        self.seen.borrow_mut().push((false, departed.datagram.clone()));
        Some(departed)
    }
    fn info(&mut self, fd: Fd) -> Option<sim::tcp::Info> {
        self.engine.info(fd)
    }
    fn set(&mut self, setting: &Setting) -> Result<(), String> {
        self.engine.set(setting)
    }
}

struct Disk;

impl Files for Disk {
    fn read(&self, from: &str, path: &str) -> Result<Source, String> {
        let path = Path::new(from).parent().unwrap_or(Path::new(".")).join(path);
        let text = std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(Source { name: path.display().to_string(), text })
    }
}

fn told(log: &Log) -> Seen {
    let sent = log.records().iter().filter_map(|record| match &record.what {
        What::Trace(Trace::Sent(transit)) if transit.to != transit.from => {
            assert_eq!([transit.from, transit.to].iter().filter(|host| **host == MACHINE).count(), 1);
            Some((transit.from == SCRIPT, transit.datagram.clone()))
        }
        _ => None,
    });
    sent.collect()
}

#[test]
fn a_story_has_every_segment_of_every_script() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts");
    let mut segments = 0;
    for file in WalkDir::new(directory).sort_by_file_name().into_iter().filter_map(Result::ok) {
        if file.path().extension().is_none_or(|extension| extension != "pkt") {
            continue;
        }
        let name = file.path().display().to_string();
        let source = Source { text: std::fs::read_to_string(&name).expect("a script"), name };
        let script = parse(&source).expect("a script of ours is known");
        let seen = Rc::new(RefCell::new(Seen::new()));
        let watched = |stage: &Stage| Ok(Watched { engine: Engine::new(stage)?, seen: seen.clone() });
        assert_eq!(run(&script, &[], &Disk, watched).verdict, Verdict::Ok, "{}", source.name);
        let (report, log) = tell(&script, &Disk);
        assert_eq!(report.verdict, Verdict::Ok, "{}", source.name);
        assert_eq!(told(&log), *seen.borrow(), "{}", source.name);
        let times: Vec<Instant> = log.records().iter().map(|record| record.at).collect();
        assert!(
            times.is_sorted() && times.first().is_none_or(|first| *first < Instant(60_000_000)),
            "{}",
            source.name
        );
        assert!(report.moments.is_sorted_by_key(|(place, _)| (place.line, place.column)), "{}", source.name);
        segments += told(&log).len();
    }
    assert!(segments > 1_000, "{segments} segments in all scripts");
}

#[test]
fn a_story_ends_where_the_script_is_not_met() {
    let text = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n\
                +0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <mss 1400>\n+.1 < . 1:1(0) ack 1 win 1000\n";
    let script = parse(&Source { name: "x".into(), text: text.into() }).expect("a script");
    let (report, log) = tell(&script, &Disk);
    let Verdict::Failed { place, what } = report.verdict else { panic!("{:?}", report.verdict) };
    assert_eq!((place.line, place.column), (5, 4));
    assert!(what.ends_with(": options"), "{what}");
    assert_eq!(told(&log).len(), 2);
    assert_eq!(report.moments.last().map(|(place, at)| (place.line, *at)), Some((4, Micros(0))));
}

/// What a script with hosts is made of.
const PIECES: &[&str] = &[
    "host client\n",
    "host server:\n",
    "host client // again\n",
    "host 1\n",
    "--delay=20ms\n",
    "--loss=200%\n",
    "--rate=1e9\n",
    "--drop-to-server=1,2\n",
    "--drop-to-mars=1\n",
    "--seed=18446744073709551615\n",
    "--mtu=1\n",
    "--ip_version=ipv6\n",
    "--delay=99999999999999999999s\n",
    "--define=X=1\n",
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
    "+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n",
    "+0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 5\n",
    "+0 bind(3, ..., ...) = 0\n",
    "+0 listen(3, 1) = 0\n",
    "+0...0.2 accept(3, ..., ...) = 4\n",
    "+0 accept(3, ..., ...) = -1 EAGAIN\n",
    "+0 connect(3, ..., ...) = 0\n",
    "+.1 connect(3, \"server:80\", ...) = -1 ECONNREFUSED\n",
    "+.1 read(4, ..., 1000) = 1000\n",
    "+0 write(4, ..., 33554432) = 1\n",
    "+0 write(4, ..., 4294967295) = 1\n",
    "+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n",
    "+0 setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=0}, 16) = 0\n",
    "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
    "+0 sendto(5, ..., 10, 0, \"client:1\", ...) = 10\n",
    "+0 close(3) = 0\n",
    "+0 close(99999999999) = 0\n",
    "+0 < S 0:0(0) win 1\n",
    "%{ assert 1 }%\n",
    "+0 %{ assert 1 }%\n",
    "`sysctl -q net.ipv4.tcp_sack=0`\n",
    "`sysctl -q net.ipv4.nothing=0`\n",
    "/* ",
    "*/ ",
    "\u{e9}\u{301}",
    "+0~+1 close(3) = 0\n",
    "* close(3) = 0\n",
    "\t",
    "\r\n",
    "= ",
    "(",
    "\"",
    "`",
    "\u{feff}",
    "9999999 ",
];

proptest! {
    #[test]
    fn any_text_with_hosts_is_read_or_refused(picks in prop::collection::vec(0..PIECES.len(), 0..25), noise in ".{0,30}") {
        let text: String = picks.iter().map(|pick| PIECES[*pick]).chain([noise.as_str()]).collect();
        let lines = text.matches('\n').count() as u32 + 1;
        has_hosts(&text);
        match read_play(&Source { name: "x".into(), text }) {
            Ok(play) => prop_assert!(play.world.check().is_ok()),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!((1..=lines).contains(&problem.place.line) && !problem.what.is_empty());
                }
            }
        }
    }

    #[test]
    fn any_text_is_told(picks in prop::collection::vec(0..PIECES.len(), 0..25)) {
        let text: String = picks.iter().map(|pick| PIECES[*pick]).filter(|piece| !piece.starts_with("host")).collect();
        if let Ok(script) = parse(&Source { name: "x".into(), text }) {
            tell(&script, &Disk);
        }
    }
}
