//! What is measured: connections over one link, each carrying the same amount of data from the client's host to the server's.
//!
//! ```text
//!   client: socket connect send(1 MiB)... shutdown recv -> end, close        one pair for each connection,
//!   server:         accept recv(64 KiB, MSG_WAITALL)... -> end, close        all on the same two hosts
//! ```
//!
//! It knows no clock: who measures brings one.

use bytes::Bytes;
use sim::world::{World, WorldSpec};
use sockets::{
    Call, CallId, Direction, Endpoint, Event, Family, HostId, Instant, Log, Micros, MsgFlag, Network, Op,
    SocketId, SocketKind, Value,
};

const CLIENT: HostId = HostId(0);
const SERVER: HostId = HostId(1);
const PORT: &str = "5000";
/// What a program reads at once, in octets.
const READ: u32 = 1 << 16;
/// What a program writes at once, in octets.
const WRITE: usize = 1 << 20;

/// What to carry, over what.
pub struct Plan {
    /// The link's path, as JSON.
    pub path: &'static str,
    /// How many connections at the same time.
    pub connections: usize,
    /// How much each carries, in octets.
    pub octets: usize,
    /// Whether everything is told and a Log kept.
    pub log: bool,
}

/// How it went.
#[derive(Default)]
pub struct Done {
    /// Segments that the two hosts sent, retransmissions included.
    pub segments: u64,
    /// Of those, sent again.
    pub retransmissions: u64,
    /// How long it took in virtual time.
    pub took: Micros,
    /// The Log; empty where none was asked for.
    pub log: Log,
}

/// One connection's two programs.
#[derive(Default)]
struct Programs {
    client: SocketId,
    server: SocketId,
    taken: usize,
    received: usize,
}

/// Whose call it is, and which: what its outcome means.
#[derive(Clone, Copy)]
enum Turn {
    Listen,
    Client(usize, Step),
    Server(usize, Step),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Socket,
    Open,
    Move,
    End,
    Close,
}

struct Run<'a> {
    plan: &'a Plan,
    world: World,
    now: Instant,
    turns: Vec<Turn>,
    listener: SocketId,
    programs: Vec<Programs>,
    data: Bytes,
    left: usize,
    done: Done,
}

/// Carries it all.
///
/// # Errors
/// The world cannot be, a call failed, or nothing happens any more.
pub fn transfer(plan: &Plan) -> Result<Done, String> {
    let text = format!(
        r#"{{"seed":1,
            "hosts":[{{"name":"client","interfaces":[{{"link":"lan","addresses":["10.0.0.1/24"]}}]}},
                     {{"name":"server","interfaces":[{{"link":"lan","addresses":["10.0.0.2/24"]}}]}}],
            "links":[{{"name":"lan","path":{}}}],
            "bounds":{{"events":1000000000000,"log_octets":1099511627776}}}}"#,
        plan.path
    );
    let spec = WorldSpec::parse(&text).map_err(|error| error.to_string())?;
    let mut world = World::new(&spec).map_err(|error| error.to_string())?;
    world.set_telling(plan.log);
    let mut run = Run {
        plan,
        world,
        now: Instant::START,
        turns: Vec::new(),
        listener: SocketId(0),
        programs: (0..plan.connections).map(|_| Programs::default()).collect(),
        data: Bytes::from(vec![7; WRITE.min(plan.octets)]),
        left: 2 * plan.connections,
        done: Done::default(),
    };
    run.call(Turn::Listen, SERVER, Op::Socket { family: Family::Inet, kind: SocketKind::Stream });
    while run.left > 0 {
        while let Some(event) = run.world.poll(run.now) {
            run.take(event)?;
        }
        if run.left > 0 {
            run.now = run.world.wakes_at().ok_or("nothing happens any more")?;
        }
    }
    run.done.took = run.now.since(Instant::START);
    Ok(run.done)
}

impl Run<'_> {
    fn call(&mut self, turn: Turn, host: HostId, op: Op) {
        let call = Call { id: CallId(self.turns.len() as u32), host, timeout: None, op };
        self.turns.push(turn);
        if self.plan.log {
            self.done.log.enter(self.now, call.clone());
        }
        self.world.submit(self.now, call);
    }

    fn take(&mut self, event: Event) -> Result<(), String> {
        let mut next = None;
        if let Event::Returned { call, outcome, .. } = &event {
            let value = outcome.as_ref().map_err(|failure| format!("call {call}: {}", failure.name()))?;
            next = Some((self.turns[call.0 as usize], brief(value)));
        }
        if self.plan.log {
            self.done.log.observe(self.now, event);
        }
        if let Some((turn, (socket, octets))) = next {
            match turn {
                Turn::Listen => self.listen(socket),
                Turn::Client(place, step) => self.client(place, step, socket, octets),
                Turn::Server(place, step) => self.server(place, step, socket, octets),
            }
        }
        Ok(())
    }

    fn listen(&mut self, socket: SocketId) {
        self.listener = socket;
        let quiet = Turn::Server(0, Step::Close);
        let address = Endpoint::parse("", PORT).expect("it is an endpoint");
        self.call(quiet, SERVER, Op::Bind { socket, address });
        self.call(quiet, SERVER, Op::Listen { socket, backlog: 4096 });
        for place in 0..self.programs.len() {
            self.call(Turn::Server(place, Step::Open), SERVER, Op::Accept { socket });
            let op = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
            self.call(Turn::Client(place, Step::Socket), CLIENT, op);
        }
    }

    fn client(&mut self, place: usize, step: Step, made: SocketId, octets: usize) {
        let socket = self.programs[place].client;
        match step {
            Step::Socket => {
                self.programs[place].client = made;
                let address = Endpoint::parse("10.0.0.2", PORT).expect("it is an endpoint");
                self.call(Turn::Client(place, Step::Open), CLIENT, Op::Connect { socket: made, address });
            }
            Step::Open | Step::Move => {
                self.programs[place].taken += octets;
                let left = self.plan.octets - self.programs[place].taken;
                if left > 0 {
                    let data = self.data.slice(..left.min(WRITE));
                    self.call(
                        Turn::Client(place, Step::Move),
                        CLIENT,
                        Op::Send { socket, flags: [].into(), data },
                    );
                } else {
                    let quiet = Turn::Client(place, Step::Close);
                    self.call(quiet, CLIENT, Op::Shutdown { socket, how: Direction::Write });
                    let op = Op::Recv { socket, max: READ, flags: [].into() };
                    self.call(Turn::Client(place, Step::End), CLIENT, op);
                }
            }
            Step::End => self.close(Turn::Client(place, Step::Close), CLIENT, socket),
            Step::Close => {}
        }
    }

    fn server(&mut self, place: usize, step: Step, made: SocketId, octets: usize) {
        match step {
            Step::Open => self.programs[place].server = made,
            Step::Move if octets == 0 => {
                assert_eq!(self.programs[place].received, self.plan.octets, "data was lost");
                return self.close(Turn::Server(place, Step::Close), SERVER, self.programs[place].server);
            }
            Step::Move => self.programs[place].received += octets,
            Step::Socket | Step::End | Step::Close => return,
        }
        let flags = [MsgFlag::WaitAll].into();
        let op = Op::Recv { socket: self.programs[place].server, max: READ, flags };
        self.call(Turn::Server(place, Step::Move), SERVER, op);
    }

    fn close(&mut self, turn: Turn, host: HostId, socket: SocketId) {
        if let Some(info) = self.world.info(socket) {
            self.done.segments += info.segs_out;
            self.done.retransmissions += info.total_retrans;
        }
        self.call(turn, host, Op::Close { socket });
        self.left -= 1;
    }
}

/// The socket and the number of octets that an outcome brings.
fn brief(value: &Value) -> (SocketId, usize) {
    match value {
        Value::Socket { socket } | Value::Accepted { socket, .. } => (*socket, 0),
        Value::Sent { sent } => (SocketId(0), *sent),
        Value::Data { data, .. } => (SocketId(0), data.len()),
        _ => (SocketId(0), 0),
    }
}
