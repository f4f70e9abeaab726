//! A learner's program as a [`Program`]: it runs somewhere else, in an interpreter of its own, and this stands for it.
//!
//! ```text
//!             orders()                                    next()
//!   interpreter <------ Process: Run, Turn, Line <------------- Driver
//!       |                 ^                  '--- Action::Call ---^  |
//!       '--- said: Turn --'                       take(outcome) -----'
//!            (calls, what its threads wait for) or Exit
//! ```
//!
//! The interpreter has the turn until none of its threads can run any more; then it says which calls they make and what each waits for. It
//! gets the turn again when a call has come back, a timer is due, or a line for its standard input is there. It knows no interpreter and
//! no network.

mod said;

pub use said::{Exit, Failed, Reply, Request, Turn, Waiting};

use crate::{Action, Program, Seen};
use sockets::{CallId, HostId, Instant, Micros, Op, OpKind, Outcome, SocketId, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is kept of a program's output, in octets; twice as much may be kept for a while. The oldest goes first.
const MOST_PRINTED: usize = 1 << 20;

/// The longest piece of output, in octets.
const LONGEST_PIECE: usize = 1 << 16;

/// What an interpreter is to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Begin with the program.
    Run {
        /// The time.
        now: Instant,
    },
    /// Go on: calls have come back, or a timer is due.
    Turn {
        /// The time.
        now: Instant,
        /// The calls that came back, in that order.
        replies: Vec<Reply>,
    },
    /// Go on with a line for the standard input; `None` is its end.
    Line {
        /// The time.
        now: Instant,
        /// The line, without its end.
        text: Option<String>,
    },
}

/// A line for the standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it is typed: a program that asks before waits until then.
    pub at: Instant,
    /// The line, without its end; `None` is the end of the input.
    pub text: Option<String>,
}

/// A piece of what the program printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The network's time.
    pub at: Instant,
    /// The last of its calls that it knew the outcome of.
    pub after: Option<CallId>,
    /// Whether it went to the standard error.
    pub error: bool,
    /// The text.
    pub text: String,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not begun.
    New,
    /// It has the turn.
    Working,
    /// Each of its threads waits.
    Resting,
    /// It has ended, and its sockets are being closed.
    Leaving,
    /// It is over.
    Over,
}

/// After which a program looks again whether those before it are ready.
const ANON: Micros = Micros(10_000);

/// How long a program may compute before it counts as one that is ready.
const LONG: Micros = Micros(5_000_000);

/// A program in an interpreter of its own.
#[derive(Clone, Debug)]
pub struct Process {
    name: String,
    host: HostId,
    standing: Standing,
    orders: VecDeque<Order>,
    /// When it begins.
    starts: Instant,
    /// When it first waited for something that may take long.
    first: Option<Instant>,
    /// It waits, or has waited, for something that may take long.
    waits_truly: bool,
    /// When the turn began that is or was the last.
    turned: Instant,
    /// When the calls of the last turn are made: its work took time.
    ready: Instant,
    calls: VecDeque<Request>,
    wakes_at: Option<Instant>,
    waits: Vec<Waiting>,
    asks: Option<Instant>,
    lines: VecDeque<Line>,
    typed: Vec<Line>,
    replies: Vec<Reply>,
    /// The interpreter's numbers of the calls that are under way; none where nobody waits for the outcome.
    under_way: BTreeMap<CallId, Option<u32>>,
    sockets: BTreeSet<SocketId>,
    unclosed: BTreeSet<SocketId>,
    /// The last call whose outcome the interpreter was given, or is about to be.
    heard: Option<CallId>,
    printed: Vec<Printed>,
    /// The octets in `printed`.
    kept: usize,
    /// The octets that were printed before.
    forgotten: u64,
    exit: Option<Exit>,
}

impl Process {
    /// A program under its name, with the life line of its calls and the lines that are typed to it, in the order of time.
    pub fn new(name: String, host: HostId, lines: Vec<Line>) -> Process {
        Process {
            name,
            host,
            standing: Standing::New,
            orders: VecDeque::new(),
            starts: Instant::START,
            first: None,
            waits_truly: false,
            turned: Instant::START,
            ready: Instant::START,
            calls: VecDeque::new(),
            wakes_at: None,
            waits: Vec::new(),
            asks: None,
            lines: lines.into(),
            typed: Vec::new(),
            replies: Vec::new(),
            under_way: BTreeMap::new(),
            sockets: BTreeSet::new(),
            unclosed: BTreeSet::new(),
            heard: None,
            printed: Vec::new(),
            kept: 0,
            forgotten: 0,
            exit: None,
        }
    }

    /// The same, to begin at this time.
    pub fn starting_at(self, starts: Instant) -> Process {
        Process { starts, ..self }
    }

    /// Where it stands.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// When the turn began that is its last.
    pub const fn turned_at(&self) -> Instant {
        self.turned
    }

    /// What the interpreter is to do next.
    pub fn order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    /// What its threads wait for, as of its last turn.
    pub fn waits(&self) -> &[Waiting] {
        &self.waits
    }

    /// What it has printed last: the last 1 MiB at least.
    pub fn printed(&self) -> &[Printed] {
        &self.printed
    }

    /// How many octets it printed before [`Process::printed`] begins.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The lines that it has taken from its standard input, each with the time of it.
    pub fn typed(&self) -> &[Line] {
        &self.typed
    }

    /// Its sockets that are open.
    pub const fn open(&self) -> &BTreeSet<SocketId> {
        &self.sockets
    }

    /// Its sockets that it never closed itself: open at its end, or closed for it when nothing of it referred to them any more.
    pub const fn unclosed(&self) -> &BTreeSet<SocketId> {
        &self.unclosed
    }

    /// How it ended, if it has.
    pub const fn exit(&self) -> Option<&Exit> {
        self.exit.as_ref()
    }

    /// The interpreter's turn is over.
    pub fn turned(&mut self, turn: Turn) {
        if self.standing != Standing::Working {
            return;
        }
        self.standing = Standing::Resting;
        self.ready = self.turned + turn.spent;
        // What it does before it waits for others is done at once, but for names that are looked up and work of its own.
        let waits = |request: &Request| match request.op.kind() {
            OpKind::GetAddrInfo => false,
            OpKind::Poll => request.timeout != Some(Micros::ZERO),
            kind => kind.may_block(),
        };
        let computes = turn.waits.iter().any(|wait| wait.what == "running");
        let long = self.turned.since(self.starts) > LONG;
        self.waits_truly |= long || !computes && turn.calls.iter().all(waits);
        self.calls.extend(turn.calls);
        self.replies.extend(turn.senseless);
        self.wakes_at = turn.wakes_at;
        self.waits = turn.waits;
        self.asks = match (turn.asks, self.asks) {
            (false, _) => None,
            (true, since) => since.or(Some(self.ready)),
        };
    }

    /// It printed something, at this time of the network.
    pub fn print(&mut self, at: Instant, error: bool, text: String) {
        self.kept += text.len();
        match self.printed.last_mut() {
            Some(last)
                if last.at == at
                    && last.error == error
                    && last.after == self.heard
                    && last.text.len() < LONGEST_PIECE =>
            {
                last.text.push_str(&text);
            }
            _ => self.printed.push(Printed { at, after: self.heard, error, text }),
        }
        if self.kept > 2 * MOST_PRINTED {
            let mut kept = self.kept;
            let old = self.printed.iter().take_while(|piece| {
                let goes = kept - piece.text.len() >= MOST_PRINTED;
                kept -= if goes { piece.text.len() } else { 0 };
                goes
            });
            let old = old.count();
            self.printed.drain(..old);
            self.forgotten += (self.kept - kept) as u64;
            self.kept = kept;
        }
    }

    /// A person has typed a line; `None` ends the input.
    pub fn type_line(&mut self, at: Instant, text: Option<String>) {
        self.lines.push_back(Line { at, text });
    }

    /// It has ended, or was ended: what it leaves open is closed, as a kernel does.
    pub fn exited(&mut self, exit: Exit) {
        if matches!(self.standing, Standing::Leaving | Standing::Over) {
            return;
        }
        self.standing = Standing::Leaving;
        // What it asked for before its end is still done.
        self.calls.retain(|request| !request.op.kind().may_block());
        self.wakes_at = None;
        self.asks = None;
        self.waits.clear();
        self.replies.clear();
        self.exit = Some(exit);
    }

    fn call(&mut self, request: Request, call: CallId) -> Action {
        let Request { id, mut op, timeout, site, wanted } = request;
        // The interpreter names the call that it breaks off by its own number. One that has come back meanwhile is nobody's: this one's own.
        if let Op::Cancel { target } = &mut op {
            let meant = self.under_way.iter().find(|(_, theirs)| **theirs == Some(target.0));
            *target = meant.map_or(call, |(ours, _)| *ours);
        }
        self.under_way.insert(call, wanted.then_some(id));
        if let Some(socket) = closed_by(&op)
            && self.sockets.remove(&socket)
            && !wanted
        {
            self.unclosed.insert(socket);
        }
        Action::Call { host: self.host, timeout, op, site: site.map(Box::new) }
    }

    /// Hands the turn to the interpreter.
    fn hand(&mut self, now: Instant, order: Order) -> Action {
        self.standing = Standing::Working;
        self.turned = now;
        self.orders.push_back(order);
        Action::Busy
    }

    fn rest(&mut self, now: Instant) -> Action {
        if self.wakes_at.is_some_and(|at| at <= now) || !self.replies.is_empty() {
            let replies = core::mem::take(&mut self.replies);
            return self.hand(now, Order::Turn { now, replies });
        }
        let typed = self.lines.front().filter(|_| self.asks.is_some()).map(|line| line.at);
        if typed.is_some_and(|at| at <= now)
            && let Some(line) = self.lines.pop_front()
        {
            self.typed.push(Line { at: now, text: line.text.clone() });
            return self.hand(now, Order::Line { now, text: line.text });
        }
        match self.wakes_at.into_iter().chain(typed).min() {
            Some(until) => Action::Sleep(until),
            None => Action::Wait(self.what_for()),
        }
    }

    fn what_for(&self) -> String {
        let each: Vec<String> = self.waits.iter().map(ToString::to_string).collect();
        if each.is_empty() { "it waits for nothing that it has said".into() } else { each.join(", ") }
    }
}

/// The socket that a call closes.
const fn closed_by(op: &Op) -> Option<SocketId> {
    match op {
        Op::Close { socket } => Some(*socket),
        _ => None,
    }
}

impl Program for Process {
    fn name(&self) -> &str {
        &self.name
    }

    fn next(&mut self, seen: &Seen<'_>) -> Action {
        let now = seen.now;
        if self.waits_truly || matches!(self.standing, Standing::Leaving | Standing::Over) {
            self.first.get_or_insert(now);
        }
        match self.standing {
            Standing::New => match seen.late {
                // An interpreter is ready when it is ready.
                None => Action::Sleep(now + ANON),
                Some(late) if now < self.starts + late => Action::Sleep(self.starts + late),
                Some(_) => self.hand(now, Order::Run { now }),
            },
            Standing::Working => Action::Busy,
            Standing::Resting if now < self.ready => Action::Sleep(self.ready),
            Standing::Resting => match self.calls.pop_front() {
                Some(request) => self.call(request, seen.call),
                None => self.rest(now),
            },
            Standing::Leaving => {
                if let Some(request) = self.calls.pop_front() {
                    return self.call(request, seen.call);
                }
                if let Some(&socket) = self.sockets.first() {
                    let op = Op::Close { socket };
                    let timeout = Some(Micros::ZERO);
                    return self.call(Request { id: 0, op, timeout, site: None, wanted: false }, seen.call);
                }
                self.standing = Standing::Over;
                Action::Finished
            }
            Standing::Over => Action::Finished,
        }
    }

    fn take(&mut self, call: CallId, outcome: &Outcome) {
        if let Ok(Value::Socket { socket } | Value::Accepted { socket, .. }) = outcome {
            self.sockets.insert(*socket);
        }
        if let Some(Some(id)) = self.under_way.remove(&call)
            && !matches!(self.standing, Standing::Leaving | Standing::Over)
        {
            self.heard = Some(call);
            self.replies.push(Reply { id, outcome: outcome.clone() });
        }
    }

    fn starts(&self) -> Instant {
        self.starts
    }

    fn late(&self) -> Option<Micros> {
        match self.standing {
            Standing::New => Some(Micros::ZERO),
            _ => self.first.map(|first| first.since(self.starts)),
        }
    }

    fn asks(&self) -> Option<Instant> {
        self.asks.filter(|_| self.standing == Standing::Resting && self.lines.is_empty())
    }
}

#[cfg(all(test, feature = "simulator"))]
mod tests;
