//! The calls of one page and the sockets that they work on. No WebSocket here: requests come in, frames go out.
//!
//! ```text
//!   request --> tried at once --> reply
//!                  | kernel would have to wait
//!                  v
//!               lane of its socket --(socket ready, name looked up, time over, cancel, close)--> reply
//! ```
//!
//! All of it is one task: whatever wakes a lane puts it on the list in [`Woken`] and wakes that task, which calls
//! [`Calls::go_on`]. So there are no locks that anybody waits for, and dropping `Calls` closes every socket on the spot.

mod apart;
mod at_once;
mod polls;
mod sharing;

use crate::attempt::{self, Around, Step};
use crate::machine::Machine;
use crate::orphans::Orphans;
use crate::os;
use crate::outbox::Outbox;
use crate::policy::{Own, Rules};
use crate::receive;
use crate::resolve::Resolver;
use crate::sample::Sampler;
use crate::socket::{Entry, Progress, Side, Waiting};
use crate::threads::Threads;
use apart::{Apart, Query};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::task::AtomicWaker;
use polls::Polls;
use protocol::{Message, Reply, Request};
use socket2::Socket;
use sockets::{CallId, Errno, Failure, Family, Micros, Op, Outcome, SocketId, SocketKind, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// Calls that may wait in one lane; one more gets EBUSY.
const LANE: usize = 64;

/// Octets of waiting sends, all sockets together; a send beyond gets ENOBUFS.
const HELD: usize = 16 << 20;

/// Look-ups of one session under way; one more gets EBUSY.
const LOOKUPS: usize = 8;

/// What every session of a bridge shares.
pub struct Setting {
    /// Where sockets may go.
    pub rules: Rules,
    /// Who looks names up.
    pub resolver: Box<dyn Resolver>,
    /// This host's name.
    pub host_name: String,
    /// Most open sockets of a session.
    pub max_sockets: usize,
    /// Most waiting calls of a session; one more gets EBUSY.
    pub max_pending: usize,
    /// Which addresses are this machine's.
    pub machine: Machine,
    /// For closes that linger.
    pub threads: Threads,
}

/// Lanes that may go on, and the task that sees to it.
#[derive(Debug, Default)]
pub struct Woken {
    lanes: Mutex<Vec<(SocketId, Side)>>,
    task: AtomicWaker,
}

struct LaneWaker {
    woken: Arc<Woken>,
    socket: SocketId,
    side: Side,
}

impl Wake for LaneWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.lanes.lock().unwrap_or_else(PoisonError::into_inner).push((self.socket, self.side));
        self.woken.task.wake();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Lane(SocketId, Side),
    /// No lane: a poll.
    Polls,
    /// No lane: a look-up, or a close that lingers, under this number.
    Apart(u64),
}

/// The calls and sockets of one page.
pub struct Calls {
    setting: Rc<Setting>,
    sockets: BTreeMap<SocketId, Entry>,
    last_socket: u32,
    own: Own,
    pending: HashMap<CallId, Place>,
    polls: Polls,
    queries: HashMap<u64, Query>,
    last_apart: u64,
    /// Closes that linger; each holds a thread, also when its caller waits no more.
    lingering: usize,
    /// Look-ups under way; each holds a thread, also when its caller waits no more.
    looking: usize,
    apart: FuturesUnordered<LocalBoxFuture<'static, (u64, Apart)>>,
    deadlines: BTreeSet<(tokio::time::Instant, CallId)>,
    held: usize,
    woken: Arc<Woken>,
    /// Lanes that wait for room in the outbox.
    starved: BTreeSet<(SocketId, Side)>,
    /// Sockets that tokio cannot watch, to be tried at each tick.
    unwatched: BTreeSet<SocketId>,
    sampler: Sampler,
    orphans: Orphans,
    /// What is to be said to the page.
    pub out: Outbox,
}

impl Calls {
    /// A page that has just come.
    pub fn new(setting: Rc<Setting>) -> Calls {
        Calls {
            setting,
            sockets: BTreeMap::new(),
            last_socket: 0,
            own: Own::default(),
            pending: HashMap::new(),
            polls: Polls::new(),
            queries: HashMap::new(),
            last_apart: 0,
            lingering: 0,
            looking: 0,
            apart: FuturesUnordered::new(),
            deadlines: BTreeSet::new(),
            held: 0,
            woken: Arc::default(),
            starved: BTreeSet::new(),
            unwatched: BTreeSet::new(),
            sampler: Sampler::default(),
            orphans: Orphans::default(),
            out: Outbox::default(),
        }
    }

    /// How many sockets are open.
    pub fn open_sockets(&self) -> usize {
        self.sockets.len()
    }

    /// Whether there is anything whose state may change by itself.
    pub fn has_something_to_look_at(&self) -> bool {
        !self.sockets.is_empty() || !self.orphans.is_empty()
    }

    /// When the next waiting call runs out of time.
    pub fn next_deadline(&self) -> Option<tokio::time::Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Takes a request. Replies, and whatever else is to be said, are in the outbox afterwards or later.
    pub fn submit(&mut self, request: Request) {
        let Request { id, timeout, continues, op } = request;
        if self.pending.contains_key(&id) {
            // A reply with this id would be taken for the first one's, so this one says which id it means in words.
            let why = format!(
                "id {id} is still pending: give each request an id of its own until its reply has come"
            );
            return self.out.push(Message::Complaint(Failure::Protocol(why)).encode());
        }
        let began = Instant::now();
        let on = op.socket();
        self.make(id, began, timeout, continues, op);
        // What the call did to its socket, polls may be waiting for.
        on.into_iter().for_each(|socket| self.poll_again(socket));
    }

    fn make(&mut self, id: CallId, began: Instant, timeout: Option<Micros>, continues: bool, op: Op) {
        if let Op::Poll { watch } = op {
            return self.poll(id, began, timeout, watch);
        }
        if let (Some(socket), Some(side)) = (op.socket(), Side::of(&op)) {
            let Some(entry) = self.sockets.get(&socket) else {
                return self.answer(id, began, Err(Errno::EBADF.into()), None);
            };
            let blocking = op.may_wait(timeout) && !receive::is_urgent(entry.kind, &op);
            let deadline = timeout
                .filter(|_| blocking)
                .and_then(|Micros(us)| tokio::time::Instant::now().checked_add(Duration::from_micros(us)));
            let waiting = Waiting { id, op, began, deadline, blocking, continues, progress: Progress::Fresh };
            return self.enter(socket, side, waiting);
        }
        if let Some((outcome, note)) = self.at_once(id, began, timeout, &op) {
            if let Some(entry) = op.socket().and_then(|socket| self.sockets.get_mut(&socket)) {
                self.sampler.touch(op.socket().unwrap_or_default(), entry);
            }
            self.answer(id, began, outcome, note);
        }
    }

    fn adopt(&mut self, socket: Socket, family: Family, kind: SocketKind) -> SocketId {
        self.last_socket += 1;
        let id = SocketId(self.last_socket);
        let waker = |side| Waker::from(Arc::new(LaneWaker { woken: self.woken.clone(), socket: id, side }));
        let entry = Entry::new(socket, family, kind, waker(Side::Read), waker(Side::Write));
        let entry = self.sockets.entry(id).or_insert(entry);
        self.sampler.touch(id, entry);
        id
    }

    fn enter(&mut self, socket: SocketId, side: Side, mut waiting: Waiting) {
        let Some(entry) = self.sockets.get_mut(&socket) else { return };
        let lane = entry.lane(side);
        let queued = lane.iter().any(|other| waiting.blocking && waiting.queues_behind(other));
        if !queued && self.try_now(socket, &mut waiting) {
            return;
        }
        let octets = waiting.op.payload().map_or(0, Bytes::len);
        let Some(entry) = self.sockets.get_mut(&socket) else { return };
        let full = if entry.lane(side).len() >= LANE {
            let doing = if side == Side::Read { "reading" } else { "writing" };
            Some((
                Errno::EBUSY,
                format!(
                    "The bridge's own limit, not the kernel's: {LANE} calls wait for {doing} on this socket."
                ),
            ))
        } else if self.pending.len() >= self.setting.max_pending {
            Some((Errno::EBUSY, self.too_many_calls()))
        } else if self.held + octets > HELD {
            Some((
                Errno::ENOBUFS,
                format!(
                    "The bridge's own limit, not the kernel's: the sends that wait would hold more than {} MiB.",
                    HELD >> 20
                ),
            ))
        } else {
            None
        };
        if let Some((errno, note)) = full {
            return self.answer(waiting.id, waiting.began, Err(errno.into()), Some(note));
        }
        let Some(entry) = self.sockets.get_mut(&socket) else { return };
        self.held += octets;
        self.pending.insert(waiting.id, Place::Lane(socket, side));
        if let Some(at) = waiting.deadline {
            self.deadlines.insert((at, waiting.id));
        }
        entry.lane(side).push_back(waiting);
        self.watch(socket, side);
    }

    /// Tries a call; true if it is answered.
    fn try_now(&mut self, socket: SocketId, waiting: &mut Waiting) -> bool {
        let setting = self.setting.clone();
        if matches!(waiting.progress, Progress::Resolving(_)) {
            return false;
        }
        if matches!(waiting.op, Op::Accept { .. }) && self.sockets.len() >= setting.max_sockets {
            let note = self.too_many_sockets();
            self.answer(waiting.id, waiting.began, Err(Errno::EMFILE.into()), Some(note));
            return true;
        }
        let binds = matches!(waiting.op, Op::Bind { .. });
        if binds {
            self.let_share(socket);
        }
        let Some(entry) = self.sockets.get_mut(&socket) else { return false };
        let mut around = Around::new(&setting, &mut self.own);
        let step = attempt::attempt(entry, waiting, &mut around);
        self.sampler.touch(socket, entry);
        let (family, low_mark) = (entry.family, entry.low_mark);
        if binds {
            self.shared(socket);
        }
        match step {
            Step::Wait => return false,
            Step::Lookup(_) if self.looking >= LOOKUPS => {
                let note = Calls::too_many_lookups();
                self.answer(waiting.id, waiting.began, Err(Errno::EBUSY.into()), Some(note));
            }
            Step::Lookup(name) => {
                self.last_apart += 1;
                waiting.progress = Progress::Resolving(self.last_apart);
                self.look_up(self.last_apart, &name);
                return false;
            }
            Step::Done(outcome, note) => self.answer(waiting.id, waiting.began, outcome, note),
            Step::Data(buffer, from) => {
                self.out.push(Message::data_reply(waiting.id, since(waiting.began), from, buffer));
            }
            Step::Accepted(socket, peer) => {
                let socket = self.adopt(socket, family, SocketKind::Stream);
                if low_mark != 1
                    && let Some(entry) = self.sockets.get_mut(&socket)
                {
                    // Linux's new connection has it from its listener.
                    entry.note_low_mark();
                }
                self.answer(waiting.id, waiting.began, Ok(Value::Accepted { socket, peer }), None);
            }
        }
        true
    }

    fn too_many_sockets(&self) -> String {
        let most = self.setting.max_sockets;
        format!(
            "The bridge's own limit, not the kernel's: this page has {most} open sockets. Start the bridge with --max-sockets for more."
        )
    }

    fn too_many_calls(&self) -> String {
        let most = self.setting.max_pending;
        format!("The bridge's own limit, not the kernel's: {most} calls of this page wait.")
    }

    fn too_many_lookups() -> String {
        format!(
            "The bridge's own limit, not the kernel's: {LOOKUPS} look-ups of this page are under way. One that was cancelled counts until \
             the name server has answered."
        )
    }

    fn watch(&mut self, socket: SocketId, side: Side) {
        let Some(entry) = self.sockets.get_mut(&socket) else { return };
        if entry.lane(side).front().is_none_or(|first| matches!(first.progress, Progress::Resolving(_))) {
            return;
        }
        if !entry.watch(side) || side == Side::Read && !entry.watch_for_errors() {
            self.unwatched.insert(socket);
        }
    }

    /// Lets a lane go on as far as it goes.
    fn go_on_with(&mut self, socket: SocketId, side: Side) {
        loop {
            if !self.out.has_room() {
                self.starved.insert((socket, side));
                return;
            }
            let Some(entry) = self.sockets.get_mut(&socket) else { return };
            let Some(mut waiting) = entry.lane(side).pop_front() else { return };
            if !self.try_now(socket, &mut waiting) {
                if let Some(entry) = self.sockets.get_mut(&socket) {
                    entry.lane(side).push_front(waiting);
                }
                return self.watch(socket, side);
            }
            self.left(&waiting);
        }
    }

    /// Lets everything go on that can. `Ready` if anything moved; otherwise the task of `cx` is woken when something can.
    pub fn go_on(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.woken.task.register(cx.waker());
        let mut lanes = std::mem::take(&mut *self.woken.lanes.lock().unwrap_or_else(PoisonError::into_inner));
        if self.out.has_room() {
            lanes.extend(std::mem::take(&mut self.starved));
        }
        let mut moved = !lanes.is_empty();
        for (socket, side) in lanes {
            self.go_on_with(socket, side);
            if side == Side::Write
                && self.sockets.get(&socket).is_some_and(|entry| entry.kind == SocketKind::Datagram)
            {
                // It may be woken by an error, of which who reads must learn too.
                self.go_on_with(socket, Side::Read);
            }
            self.poll_again(socket);
        }
        while let Poll::Ready(Some((number, what))) = self.apart.poll_next_unpin(cx) {
            moved = true;
            self.came_back(number, what);
        }
        if moved { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Ends the calls whose time is over, tries what cannot be watched, and looks at sockets if it is a tick.
    pub fn time_passes(&mut self, tick: bool) {
        let now = tokio::time::Instant::now();
        while let Some(&(at, id)) = self.deadlines.first().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, id));
            self.give_up(id, Failure::TimedOut);
        }
        if tick {
            for socket in std::mem::take(&mut self.unwatched) {
                if let Some(entry) = self.sockets.get_mut(&socket) {
                    entry.unwatch();
                    self.go_on_with(socket, Side::Read);
                    self.go_on_with(socket, Side::Write);
                    self.poll_again(socket);
                }
            }
        }
        self.sampler.look(&mut self.sockets, &mut self.out, tick);
        self.orphans.look(&mut self.out);
    }

    /// Ends a waiting call from outside. What the kernel did for it already is its answer, as after a signal.
    fn give_up(&mut self, id: CallId, failure: Failure) {
        match self.pending.get(&id).copied() {
            Some(Place::Lane(socket, side)) => {
                let Some(entry) = self.sockets.get_mut(&socket) else { return };
                let lane = entry.lane(side);
                let Some(at) = lane.iter().position(|waiting| waiting.id == id) else { return };
                let Some(mut waiting) = lane.remove(at) else { return };
                // A receive that waits for more than there is takes what is there.
                let takes_less = at == 0
                    && receive::least(entry, &waiting.op) > 1
                    && entry.with(|socket| Ok(os::unread(socket))).is_ok_and(|octets| octets > Some(0));
                self.left(&waiting);
                if takes_less {
                    waiting.blocking = false;
                    self.try_now(socket, &mut waiting);
                    return self.go_on_with(socket, side);
                }
                match std::mem::replace(&mut waiting.progress, Progress::Fresh) {
                    Progress::Sent(sent) if sent > 0 => {
                        self.answer(id, waiting.began, Ok(Value::Sent { sent }), None)
                    }
                    Progress::Received(buffer) => {
                        self.out.push(Message::data_reply(id, since(waiting.began), None, buffer))
                    }
                    _ => self.answer(id, waiting.began, Err(failure), None),
                }
                self.go_on_with(socket, side);
            }
            Some(Place::Polls) => self.give_up_poll(id, failure),
            Some(Place::Apart(number)) => {
                // A close that lingers cannot be called back: the kernel goes on with it, and only the caller waits no more.
                if let Some(query) = self.queries.remove(&number) {
                    self.pending.remove(&id);
                    self.deadlines.retain(|(_, other)| *other != id);
                    self.answer(id, query.began, Err(failure), None);
                }
            }
            None => {}
        }
    }

    /// A call is no longer in its lane.
    fn left(&mut self, waiting: &Waiting) {
        self.pending.remove(&waiting.id);
        self.held -= waiting.op.payload().map_or(0, Bytes::len);
        if let Some(at) = waiting.deadline {
            self.deadlines.remove(&(at, waiting.id));
        }
    }

    fn answer(&mut self, id: CallId, began: Instant, outcome: Outcome, note: Option<String>) {
        self.out.push(Message::Reply(Reply { id, outcome, took: since(began), note }).encode());
    }
}

impl Drop for Calls {
    /// Nobody is left to wait for a close that lingers.
    fn drop(&mut self) {
        for entry in self.sockets.values() {
            let _ = entry.with(|socket| match socket.linger()? {
                Some(time) if !time.is_zero() => socket.set_linger(None),
                _ => Ok(()),
            });
        }
    }
}

fn since(began: Instant) -> Micros {
    Micros(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX))
}
