//! The whole state of the page "Live sockets", and the one function that changes it.
//!
//! ```text
//!   click --Order--> bridged --Act--> Screen::after --> Screen --> html
//!                       ^  |
//!               frames  |  v
//!                      bridge
//! ```
//!
//! Pure: it knows no browser, no WebSocket and no clock. What happened is in the Log on its [`Tape`]; [`Sockets`] is its fold; all else
//! here is what the person has chosen and typed. The Log counts time from its first record; outside, time is the page's.

use super::field::Draft;
use super::show::Show;
use super::tape::Tape;
use super::wording;
use crate::bridged::Link;
use crate::timeline::{Cast, Player, Role};
use lab::Script;
use sockets::python::Names;
use sockets::{
    Call, CallId, Event, Fate, HostId, Instant, Micros, Op, Phase, Record, Sample, SocketId, SocketView,
    Sockets, Trace, Value, What,
};
use std::rc::Rc;
use yew::Reducible;

/// One host: a place where a program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pane {
    /// Which host.
    pub host: HostId,
    /// What the person calls it.
    pub name: String,
    /// Which colour it has.
    pub role: Role,
    /// The socket whose calls are shown.
    pub chosen: Option<SocketId>,
    /// What is typed into its fields.
    pub draft: Draft,
}

/// Everything that the page shows.
#[derive(Clone, Debug)]
pub struct Screen {
    /// Where the bridge is.
    pub link: Link,
    /// Calls go to the simulator, where a segment is under way so long.
    pub simulated: Option<Micros>,
    /// What happened.
    pub log: Tape,
    /// The page's time of the first record, from which the Log counts.
    pub began: Option<Instant>,
    /// What that says of each socket.
    pub sockets: Sockets,
    /// The variables that sockets are called.
    pub names: Names,
    /// The hosts, clients first.
    pub panes: Vec<Pane>,
    /// Calls that make no sense may be made all the same.
    pub force: bool,
    /// The call that is marked everywhere.
    pub picked: Option<CallId>,
    /// What a screen reader is told next.
    pub told: String,
    /// What the bridge last said of its own accord.
    pub notice: Option<String>,
    /// The preset that is being shown.
    pub show: Option<Show>,
    wanted: Vec<(CallId, String)>,
    early: Vec<(SocketId, Sample)>,
}

/// One change.
#[derive(Clone, Debug)]
pub enum Act {
    /// The connection to the bridge changed.
    Linked(Link),
    /// Everything begins anew, on the simulator or on real sockets.
    Simulate(Option<Micros>),
    /// A call was made, perhaps as a step of the preset.
    Entered { at: Instant, call: Call, name: Option<String>, step: Option<usize> },
    /// The bridge said these.
    Happened { at: Instant, events: Vec<Event> },
    /// Another socket of a host is to be shown.
    Choose(HostId, SocketId),
    /// Something was typed.
    Edit(HostId, super::field::Field, String),
    /// One more host.
    AddPane,
    /// Another name for a host.
    Rename(HostId, String),
    /// One host less.
    RemovePane(HostId),
    /// Calls that make no sense are allowed, or not.
    Force(bool),
    /// A call is pointed at.
    Pick(Option<CallId>),
    /// Forget everything that happened. The sockets are closed by whoever sends this.
    Clear,
    /// Show a preset from its beginning.
    Begin(Script),
    /// A change of the preset's course.
    Steer(super::show::Steer),
    /// Say this to a screen reader.
    Tell(String),
}

impl Default for Screen {
    fn default() -> Screen {
        let mut screen = Screen {
            link: Link::Looking,
            simulated: None,
            log: Tape::default(),
            began: None,
            sockets: Sockets::default(),
            names: Names::default(),
            panes: Vec::new(),
            force: false,
            picked: None,
            told: String::new(),
            notice: None,
            show: None,
            wanted: Vec::new(),
            early: Vec::new(),
        };
        screen.pane_named("server");
        screen.pane_named("client");
        screen
    }
}

impl Reducible for Screen {
    type Action = Act;

    fn reduce(self: Rc<Screen>, act: Act) -> Rc<Screen> {
        let mut next = Rc::unwrap_or_clone(self);
        next.apply(act);
        Rc::new(next)
    }
}

impl Screen {
    /// Whether calls can be made.
    pub const fn is_open(&self) -> bool {
        self.simulated.is_some() || self.link.hello().is_some()
    }

    /// The pane of a host.
    pub fn pane(&self, host: HostId) -> Option<&Pane> {
        self.panes.iter().find(|pane| pane.host == host)
    }

    /// What a host is called.
    pub fn host_name(&self, host: HostId) -> String {
        self.pane(host).map_or_else(|| format!("host {host}"), |pane| pane.name.clone())
    }

    /// The socket whose calls a pane shows.
    pub fn chosen(&self, pane: &Pane) -> Option<&SocketView> {
        pane.chosen.and_then(|id| self.sockets.get(id))
    }

    /// Who takes part in the picture.
    pub fn cast(&self) -> Cast {
        let player = |pane: &Pane| Player { host: pane.host, name: pane.name.clone(), role: pane.role };
        Cast { players: self.panes.iter().map(player).collect(), names: self.names.clone() }
    }

    /// Sockets that are not closed.
    pub fn open_sockets(&self) -> impl Iterator<Item = &SocketView> {
        self.sockets.iter().filter(|view| view.phase != Phase::Closed)
    }

    /// The host of this name; it is made if there is none.
    pub fn pane_named(&mut self, name: &str) -> HostId {
        if let Some(pane) = self.panes.iter().find(|pane| pane.name == name) {
            return pane.host;
        }
        let host = HostId(self.panes.iter().map(|pane| pane.host.0 + 1).max().unwrap_or(0));
        let role = if name.starts_with("server") { Role::Server } else { Role::Client };
        // The client stands left, as in every ladder diagram.
        let clients = self.panes.iter().take_while(|pane| pane.role == Role::Client).count();
        let place = if role == Role::Client { clients } else { self.panes.len() };
        self.panes
            .insert(place, Pane { host, name: name.to_owned(), role, chosen: None, draft: Draft::default() });
        host
    }

    fn pane_mut(&mut self, host: HostId) -> Option<&mut Pane> {
        self.panes.iter_mut().find(|pane| pane.host == host)
    }

    fn apply(&mut self, act: Act) {
        match act {
            Act::Linked(link) => self.linked(link),
            Act::Simulate(delay) => {
                self.clear();
                self.simulated = delay;
                self.tell(if delay.is_some() {
                    "Calls go to the simulator.".to_owned()
                } else {
                    "Calls go to real sockets.".to_owned()
                });
            }
            Act::Entered { at, call, name, step } => self.entered(at, call, name, step),
            Act::Happened { at, events } => {
                for event in events {
                    self.happened(at, event);
                }
            }
            Act::Choose(host, socket) => {
                if let Some(pane) = self.pane_mut(host) {
                    pane.chosen = Some(socket);
                }
            }
            Act::Edit(host, field, text) => {
                if let Some(pane) = self.pane_mut(host) {
                    pane.draft.set(field, text);
                }
            }
            Act::AddPane => {
                let taken = |name: &String| self.panes.iter().any(|pane| pane.name == *name);
                let name = (1..).map(|number| format!("client {number}")).skip(1).find(|name| !taken(name));
                self.pane_named(&name.unwrap_or_default());
            }
            Act::Rename(host, name) => {
                let name: String = name.trim().chars().take(24).collect();
                let taken = self.panes.iter().any(|pane| pane.host != host && pane.name == name);
                if let Some(pane) = self.pane_mut(host).filter(|_| !name.is_empty() && !taken) {
                    pane.name = name;
                }
            }
            Act::RemovePane(host) => {
                let busy = self.open_sockets().any(|view| view.host == host);
                if !busy && self.panes.len() > 1 {
                    self.panes.retain(|pane| pane.host != host);
                }
            }
            Act::Force(force) => self.force = force,
            Act::Pick(call) => self.picked = call,
            Act::Clear => self.clear(),
            Act::Begin(script) => {
                self.clear();
                let hosts: Vec<HostId> = script.hosts.iter().map(|name| self.pane_named(name)).collect();
                // A host that has no part and never did anything would only take room.
                self.panes.retain(|pane| hosts.contains(&pane.host));
                self.tell(format!("{}: {}", script.title, script.look_for));
                self.show = Some(Show::new(script, hosts));
            }
            Act::Steer(steer) => {
                if let Some(show) = &mut self.show {
                    show.steer(steer);
                }
                if self.show.as_ref().is_some_and(Show::is_left) {
                    self.show = None;
                }
            }
            Act::Tell(text) => self.tell(text),
        }
    }

    fn linked(&mut self, link: Link) {
        if self.link == link {
            return;
        }
        if let (Link::Open(_), None) = (&link, self.simulated) {
            // A new bridge numbers its sockets anew; the old ones went with the old bridge.
            self.clear();
        }
        if let Some(text) = link.announcement() {
            self.tell(text);
        }
        self.link = link;
    }

    fn clear(&mut self) {
        let Screen { link, simulated, mut panes, force, .. } = std::mem::take(self);
        for pane in &mut panes {
            pane.chosen = None;
        }
        *self = Screen { link, simulated, panes, force, ..Screen::default() };
    }

    fn entered(&mut self, at: Instant, call: Call, name: Option<String>, step: Option<usize>) {
        if let Some(name) = name {
            self.wanted.push((call.id, name));
        }
        if let Some(pane) = self.pane_mut(call.host) {
            pane.chosen = call.op.socket().or(pane.chosen);
        }
        if let (Some(show), Some(step)) = (&mut self.show, step) {
            show.submitted(step, call.id, at);
        }
        let at = self.inside(at);
        self.log.enter(at, call);
        self.fold_last();
    }

    /// A time of the page as the Log counts it.
    fn inside(&mut self, at: Instant) -> Instant {
        Instant(at.since(*self.began.get_or_insert(at)).0)
    }

    /// Puts the Log's times in the place of the page's.
    fn tell_times(&mut self, event: &mut Event) {
        match event {
            Event::Trace(Trace::Sent(transit)) => {
                if let Fate::Arrives { at } | Fate::Corrupted { at } = &mut transit.fate {
                    *at = self.inside(*at);
                }
            }
            Event::Trace(Trace::Armed { fires: Some(at), .. }) => *at = self.inside(*at),
            _ => {}
        }
    }

    fn happened(&mut self, at: Instant, mut event: Event) {
        if let Some(show) = &mut self.show {
            show.observe(&event);
        }
        // A session begins with a call: what comes before is no story, or is left of one that was cleared away.
        if self.began.is_none() {
            if let Event::Notice(text) = event {
                self.tell(text.clone());
                self.notice = Some(text);
            }
            return;
        }
        let at = self.inside(at);
        self.tell_times(&mut event);
        match event {
            Event::Returned { call, outcome, took, note } => {
                let Some((host, op)) = self
                    .sockets
                    .pending()
                    .find(|&(id, ..)| id == call)
                    .map(|(_, host, op)| (host, op.clone()))
                else {
                    return; // It belongs to a story that was cleared away.
                };
                let made = match &outcome {
                    Ok(Value::Socket { socket } | Value::Accepted { socket, .. }) => Some(*socket),
                    _ => None,
                };
                if let Some(socket) = made {
                    let wanted = take(&mut self.wanted, call).unwrap_or_else(|| self.wanted_name(host, &op));
                    self.names.set(socket, &wanted);
                    if let Some(pane) = self.pane_mut(host)
                        && (pane.chosen == op.socket() || op.socket().is_none())
                    {
                        pane.chosen = Some(socket);
                        pane.draft.forget_name();
                    }
                }
                self.tell(wording::announcement(&self.host_name(host), &op, &outcome, took, &self.names));
                self.log.observe(at, Event::Returned { call, outcome, took, note });
                self.fold_last();
                if let Some(socket) = made
                    && let Some(sample) = take(&mut self.early, socket)
                {
                    self.log.observe(at, Event::State { socket, sample });
                    self.fold_last();
                }
            }
            Event::State { socket, sample } => match self.sockets.get(socket) {
                // The path's numbers change with every segment: the newest is shown, but they are no story.
                Some(view) if view.sample.as_ref().is_some_and(|old| same_but_path(old, &sample)) => {
                    self.sockets.apply(&Record { at, what: What::State { socket, sample } });
                }
                Some(_) => {
                    self.log.observe(at, Event::State { socket, sample });
                    self.fold_last();
                }
                // The state of a new socket may overtake the answer that names it.
                None => {
                    self.early.retain(|(early, _)| *early != socket);
                    self.early.push((socket, sample));
                }
            },
            // The story of a network that sees segments; the bridge tells none.
            Event::Trace(_) => self.log.observe(at, event),
            Event::Notice(_) | Event::Gone(_) => {
                if let Event::Notice(text) = &event {
                    self.tell(text.clone());
                    self.notice = Some(text.clone());
                }
                self.log.observe(at, event);
                self.fold_last();
            }
        }
    }

    /// A screen reader says a text again only when it changed: the same words get a space that is not seen.
    fn tell(&mut self, mut text: String) {
        if self.told == text {
            text.push('\u{a0}');
        }
        self.told = text;
    }

    fn fold_last(&mut self) {
        if let Some(record) = self.log.last() {
            self.sockets.apply(&record);
        }
    }

    /// What a new socket is called unless the person says otherwise.
    pub fn wanted_name(&self, host: HostId, op: &Op) -> String {
        match op {
            Op::Accept { .. } => "conn".to_owned(),
            _ => self.host_name(host),
        }
    }
}

/// Takes what was kept under a key.
fn take<K: PartialEq, V>(kept: &mut Vec<(K, V)>, key: K) -> Option<V> {
    kept.iter().position(|(own, _)| *own == key).map(|index| kept.swap_remove(index).1)
}

fn same_but_path(old: &Sample, new: &Sample) -> bool {
    Sample { path: None, ..old.clone() } == Sample { path: None, ..new.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockets::{Family, Micros, PyAddr, SocketKind, State};

    fn after(acts: impl IntoIterator<Item = Act>) -> Screen {
        let mut screen = Rc::new(Screen::default());
        for act in acts {
            screen = screen.reduce(act);
        }
        Rc::unwrap_or_clone(screen)
    }

    const SERVER: HostId = HostId(0);

    fn enters(id: u32, op: Op) -> Act {
        let call = Call { id: CallId(id), host: SERVER, timeout: None, op };
        Act::Entered { at: Instant(u64::from(id)), call, name: None, step: None }
    }

    fn returns(id: u32, outcome: sockets::Outcome) -> Act {
        let event = Event::Returned { call: CallId(id), outcome, took: Micros(5), note: None };
        Act::Happened { at: Instant(u64::from(id)), events: vec![event] }
    }

    fn makes(id: u32) -> [Act; 2] {
        let op = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
        [enters(id, op), returns(id, Ok(Value::Socket { socket: SocketId(id) }))]
    }

    #[test]
    fn the_client_stands_left_and_a_new_host_beside_it() {
        let screen = after([Act::AddPane, Act::AddPane]);
        let names: Vec<&str> = screen.panes.iter().map(|pane| pane.name.as_str()).collect();
        assert_eq!(names, ["client", "client 2", "client 3", "server"]);
    }

    #[test]
    fn a_new_socket_is_chosen_and_named_after_its_host() {
        let screen = after(makes(1).into_iter().chain(makes(2)));
        assert_eq!(screen.pane(SERVER).and_then(|pane| pane.chosen), Some(SocketId(2)));
        assert_eq!(screen.names.get(SocketId(1)), "server");
        assert_eq!(screen.names.get(SocketId(2)), "server2");
    }

    #[test]
    fn an_accepted_socket_is_chosen_only_where_its_listener_was() {
        let peer = PyAddr(([127, 0, 0, 1], 9).into());
        let accept = || {
            [
                enters(3, Op::Accept { socket: SocketId(1) }),
                returns(3, Ok(Value::Accepted { socket: SocketId(4), peer })),
            ]
        };
        let screen = after(makes(1).into_iter().chain(accept()));
        assert_eq!(screen.pane(SERVER).and_then(|pane| pane.chosen), Some(SocketId(4)));
        let [entered, returned] = accept();
        let screen = after(makes(1).into_iter().chain([entered]).chain(makes(2)).chain([returned]));
        assert_eq!(screen.pane(SERVER).and_then(|pane| pane.chosen), Some(SocketId(2)));
    }

    #[test]
    fn a_state_that_overtakes_its_socket_is_kept_for_it() {
        let sample = Sample { state: Some(State::Closed), ..Sample::default() };
        let event = Event::State { socket: SocketId(1), sample: sample.clone() };
        let [entered, returned] = makes(1);
        let early = Act::Happened { at: Instant(1), events: vec![event] };
        let screen = after([entered, early, returned]);
        assert_eq!(screen.sockets.get(SocketId(1)).and_then(|view| view.sample.clone()), Some(sample));
    }

    #[test]
    fn what_comes_back_after_a_clear_belongs_to_nobody() {
        let [entered, returned] = makes(1);
        let screen = after([entered, Act::Clear, returned]);
        assert!(screen.log.is_empty());
        assert_eq!(screen.sockets.iter().count(), 0);
    }

    #[test]
    fn a_new_round_trip_time_is_shown_and_not_logged() {
        let sample = |rtt_us| Sample {
            path: Some(Box::new(sockets::Path { rtt_us, ..sockets::Path::default() })),
            ..Sample::default()
        };
        let says = |rtt| Act::Happened {
            at: Instant(9),
            events: vec![Event::State { socket: SocketId(1), sample: sample(rtt) }],
        };
        let screen = after(makes(1).into_iter().chain([says(5), says(7)]));
        assert_eq!(screen.sockets.get(SocketId(1)).and_then(|view| view.sample.clone()), Some(sample(7)));
        assert_eq!(screen.log.len(), 3);
    }

    #[test]
    fn the_log_counts_from_the_first_call_whatever_the_page_counts_from() {
        let op = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
        let call = |id| Call { id: CallId(id), host: SERVER, timeout: None, op: op.clone() };
        let enters = |at, id| Act::Entered { at: Instant(at), call: call(id), name: None, step: None };
        let armed = Event::Trace(Trace::Armed {
            socket: SocketId(1),
            timer: sockets::Timer::Retransmission,
            fires: Some(Instant(5_900)),
        });
        let happens = |event| Act::Happened { at: Instant(5_400), events: vec![event] };
        let times = |screen: &Screen| -> Vec<u64> {
            screen.log.read().log().records().iter().map(|record| record.at.0).collect()
        };
        let screen = after([happens(armed.clone()), enters(5_000, 1), happens(armed)]);
        assert_eq!(times(&screen), [0, 400], "what comes before the first call is none of it");
        let told = screen.log.read();
        assert!(matches!(
            told.log().records()[1].what,
            What::Trace(Trace::Armed { fires: Some(Instant(900)), .. })
        ));
        let cleared = after([enters(5_000, 1), Act::Clear, enters(9_000, 2)]);
        assert_eq!((times(&cleared), cleared.began), (vec![0], Some(Instant(9_000))));
    }

    #[test]
    fn the_same_words_are_said_again() {
        let first = after([Act::Tell("no".into())]).told;
        let second = after([Act::Tell("no".into()), Act::Tell("no".into())]).told;
        assert_ne!(first, second);
    }

    #[test]
    fn a_host_with_open_sockets_stays() {
        let screen = after(makes(1).into_iter().chain([Act::RemovePane(SERVER)]));
        assert!(screen.pane(SERVER).is_some());
        let close = [enters(2, Op::Close { socket: SocketId(1) }), returns(2, Ok(Value::Done {}))];
        let screen = after(makes(1).into_iter().chain(close).chain([Act::RemovePane(SERVER)]));
        assert!(screen.pane(SERVER).is_none());
    }

    #[test]
    fn two_hosts_never_have_one_name() {
        let screen = after([Act::Rename(SERVER, "client".into()), Act::Rename(HostId(1), "  ".into())]);
        assert_eq!(screen.host_name(SERVER), "server");
        assert_eq!(screen.host_name(HostId(1)), "client");
    }
}
