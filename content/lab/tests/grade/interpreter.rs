//! Stands for an interpreter: programs are functions, each in a thread that runs only while it has the turn.

use lab::grade::{Exercise, Finding, Played, Trial, judge};
use lab::{Exit, Failed, Order, Player, Process, Progress, Reply, Request, Turn, Waiting, begin};
use sockets::{
    Direction, Endpoint, Failure, Family, Instant, Log, Micros, Op, Outcome, Site, SocketId, SocketKind,
    Value,
};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What a program says.
enum Said {
    Printed(String),
    Turn(Turn),
    Ended(Exit),
}

/// An exception that a program did not catch.
pub struct Raised {
    class: String,
    text: String,
}

impl From<Failure> for Raised {
    fn from(failure: Failure) -> Raised {
        Raised { class: failure.python_class().into(), text: failure.text().into() }
    }
}

/// Raises an exception.
pub fn raise<T>(class: &str) -> Result<T, Raised> {
    Err(Raised { class: class.into(), text: String::new() })
}

/// A program's way to the network. Each call says in which line it stands.
pub struct Py {
    orders: Receiver<Order>,
    said: Sender<Said>,
    calls: u32,
    line: u32,
    now: Instant,
    /// The time-out of its sockets.
    pub timeout: Option<Micros>,
}

impl Py {
    fn turn(&mut self, turn: Turn) -> Vec<Reply> {
        // Whoever listens no more has ended the run, and this thread with it.
        if self.said.send(Said::Turn(turn)).is_err() {
            std::panic::resume_unwind(Box::new(()));
        }
        match self.orders.recv() {
            Ok(Order::Turn { now, replies }) => {
                self.now = now;
                replies
            }
            _ => std::panic::resume_unwind(Box::new(())),
        }
    }

    fn call(&mut self, line: u32, op: Op, wanted: bool) -> Outcome {
        self.calls += 1;
        self.line = line;
        let waits = Waiting {
            thread: 1,
            what: op.kind().name().into(),
            file: None,
            line,
            since: self.now,
            until: None,
        };
        let timeout = if op.kind().may_block() { self.timeout } else { Some(Micros::ZERO) };
        let site = Some(Site { file: "client.py".into(), line, thread: 1 });
        let request = Request { id: self.calls, op, timeout, site, wanted };
        let wakes_at = (!wanted).then_some(self.now);
        let turn = Turn { calls: vec![request], waits: vec![waits], wakes_at, ..Turn::default() };
        let mut replies = self.turn(turn);
        if wanted { replies.remove(0).outcome } else { Ok(Value::Done {}) }
    }

    pub fn print(&mut self, text: &str) {
        let _ = self.said.send(Said::Printed(format!("{text}\n")));
    }

    pub fn sleep(&mut self, us: u64) {
        let until = self.now + Micros(us);
        let waits = Waiting {
            thread: 1,
            what: "time.sleep".into(),
            file: None,
            line: self.line + 1,
            since: self.now,
            until: Some(until),
        };
        self.turn(Turn { wakes_at: Some(until), waits: vec![waits], ..Turn::default() });
    }

    pub fn socket(&mut self, line: u32) -> SocketId {
        match self.call(line, Op::Socket { family: Family::Inet, kind: SocketKind::Stream }, true) {
            Ok(Value::Socket { socket }) => socket,
            other => panic!("socket gave {other:?}"),
        }
    }

    pub fn connect(&mut self, line: u32, host: &str) -> Result<SocketId, Raised> {
        let socket = self.socket(line);
        let address = Endpoint::parse(host, "5000").expect("an address");
        self.call(line, Op::Connect { socket, address }, true)?;
        Ok(socket)
    }

    pub fn listen(&mut self, line: u32) -> SocketId {
        let socket = self.socket(line);
        let address = Endpoint::parse("127.0.0.1", "5000").expect("an address");
        self.call(line, Op::Bind { socket, address }, true).expect("the port is free");
        self.call(line, Op::Listen { socket, backlog: 8 }, true).expect("it is bound");
        socket
    }

    pub fn accept(&mut self, line: u32, socket: SocketId) -> Result<SocketId, Raised> {
        match self.call(line, Op::Accept { socket }, true)? {
            Value::Accepted { socket, .. } => Ok(socket),
            other => panic!("accept gave {other:?}"),
        }
    }

    pub fn recv(&mut self, line: u32, socket: SocketId, max: u32) -> Result<Vec<u8>, Failure> {
        match self.call(line, Op::Recv { socket, max, flags: [].into() }, true)? {
            Value::Data { data, .. } => Ok(data.to_vec()),
            other => panic!("recv gave {other:?}"),
        }
    }

    pub fn send(&mut self, line: u32, socket: SocketId, data: &[u8]) -> Result<usize, Failure> {
        match self.call(line, Op::Send { socket, flags: [].into(), data: data.to_vec().into() }, true)? {
            Value::Sent { sent } => Ok(sent),
            other => panic!("send gave {other:?}"),
        }
    }

    pub fn finish(&mut self, line: u32, socket: SocketId) -> Result<(), Raised> {
        self.call(line, Op::Shutdown { socket, how: Direction::Write }, true)?;
        Ok(())
    }

    pub fn close(&mut self, line: u32, socket: SocketId) {
        // An exception that passes was raised before.
        let raised = self.line;
        self.call(line, Op::Close { socket }, true).expect("it is open");
        self.line = raised;
    }

    /// As the garbage collector closes.
    pub fn collect(&mut self, socket: SocketId) {
        self.call(0, Op::Close { socket }, false).expect("nobody waits for it");
    }
}

/// A program: a function that ends, or raises.
pub type Program = fn(&mut Py) -> Result<(), Raised>;

/// A trial that is over.
pub struct Over {
    pub findings: Vec<Finding>,
    pub log: Log,
}

/// Runs a trial, with this program in the place of the exercise's only one.
pub fn play(exercise: &Exercise, trial: &Trial, program: Program) -> Over {
    let scenario =
        exercise.scenario(trial, &exercise.programs).expect("a trial of an exercise can be played");
    let mut driver = begin(&scenario).expect("the world was checked");
    let (order, orders) = channel();
    let (said, heard) = channel();
    let thread = thread::spawn(move || {
        let Ok(Order::Run { now }) = orders.recv() else { return };
        let mut py = Py { orders, said, calls: 0, line: 0, now, timeout: None };
        let exit = match program(&mut py) {
            Ok(()) => Exit::default(),
            Err(Raised { class, text }) => {
                let error = Failed { class, text, line: Some(py.line), ..Failed::default() };
                Exit { status: 1, error: Some(error) }
            }
        };
        let _ = py.said.send(Said::Ended(exit));
    });
    let ending = loop {
        match driver.go(Instant::START, 1_000) {
            Progress::More => {}
            Progress::Ended(ending) => break ending,
            Progress::Busy => {
                let process = driver.program_mut(0).and_then(Player::process_mut).expect("the learner's");
                while let Some(next) = process.order() {
                    order.send(next).expect("it listens while it has the turn");
                    hear(process, &heard);
                }
                driver.rouse(0);
            }
            other => panic!("{other:?}: nobody is asked, and time is virtual"),
        }
    };
    let (log, _, players) = driver.into_parts();
    drop((order, heard));
    let _ = thread.join();
    let findings = judge(
        exercise,
        trial,
        &Played { scenario: &scenario, log: &log, players: &players, ending: &ending },
    );
    Over { findings, log }
}

/// Takes what the program says until its turn is over.
fn hear(process: &mut Process, heard: &Receiver<Said>) {
    loop {
        match heard.recv().expect("it says when its turn is over") {
            // While it has the turn, no time passes.
            Said::Printed(text) => process.print(process.turned_at(), false, text),
            Said::Turn(turn) => return process.turned(turn),
            Said::Ended(exit) => return process.exited(exit),
        }
    }
}
