//! A bridge of one's own, and a page that speaks to it: blocking, with a deadline on everything.

pub use crate::http::{Answer, Head};
use protocol::{Frame, Hello, Message, Reply, Request, SUBPROTOCOL};
use sockets::{
    CallId, Endpoint, Errno, Failure, Family, Host, Micros, Op, Outcome, PyAddr, Sample, SocketId,
    SocketKind, Value,
};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{self, Message as WsMessage, WebSocket};

/// The longest that anything may take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Where a bridge is to be had.
pub struct Door {
    pub port: u16,
    pub token: String,
}

/// A bridge that dies with this value.
pub struct Bridge {
    pub child: Child,
    door: Door,
    log: Arc<Mutex<String>>,
}

impl std::ops::Deref for Bridge {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Bridge {
    pub fn start(options: &[&str]) -> Bridge {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
        command.args(["--port", "0", "--no-open"]).args(options);
        Bridge::spawn(&mut command)
    }

    pub fn spawn(command: &mut Command) -> Bridge {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("it prints");
        let log = Arc::new(Mutex::new(String::new()));
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        std::thread::spawn({
            let log = log.clone();
            move || {
                let mut line = String::new();
                while stderr.read_line(&mut line).is_ok_and(|count| count > 0) {
                    log.lock().expect("no panic holds it").push_str(&std::mem::take(&mut line));
                }
            }
        });
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut lines, &mut std::io::sink());
        });
        Bridge { door: Door::of(&line), child, log }
    }

    pub fn log(&self) -> String {
        self.log.lock().expect("no panic holds it").clone()
    }

    /// Octets of memory that the process has in RAM.
    pub fn memory(&self) -> usize {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux has it");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it is there");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).expect("a number") * 1024
    }

    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("Linux has it").count()
    }

    pub fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("Linux has it").count()
    }

    /// The process's time on a core so far.
    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("Linux has it");
        let fields: Vec<&str> =
            stat.rsplit_once(')').expect("a name in parentheses").1.split_whitespace().collect();
        let ticks: u64 = [11, 12].iter().map(|&at| fields[at].parse::<u64>().expect("a number")).sum();
        Duration::from_millis(ticks * 10)
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.expect("kill is there").success());
    }
}

impl Door {
    /// The door that a line with a page's address tells of.
    pub fn of(line: &str) -> Door {
        let address = line.split_once("http://127.0.0.1:").map(|(_, rest)| rest.trim());
        let (port, token) = address
            .and_then(|address| {
                address.split_once("/#token=").map(|(home, token)| (home.trim_end_matches("/live"), token))
            })
            .unwrap_or_else(|| panic!("no address in {line:?}"));
        Door { port: port.parse().expect("a port"), token: token.to_owned() }
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The head of a handshake that is let in.
    pub fn handshake(&self) -> Head {
        Head::get("/ws")
            .with("Host", &format!("127.0.0.1:{}", self.port))
            .with("Origin", &self.origin())
            .with("Connection", "Upgrade")
            .with("Upgrade", "websocket")
            .with("Sec-WebSocket-Version", "13")
            .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .with("Sec-WebSocket-Protocol", &format!("{SUBPROTOCOL}, tok.{}", self.token))
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the bridge listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a time-out can be set");
        stream
    }

    /// Sends a head and takes the answer.
    pub fn ask(&self, head: &Head) -> Answer {
        let mut stream = self.connect();
        let _ = stream.write_all(&head.octets());
        Answer::read(&mut stream)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(&Head::get(path).with("Host", &format!("127.0.0.1:{}", self.port)))
    }

    /// Opens a page's WebSocket.
    pub fn page(&self) -> Page {
        let mut stream = self.connect();
        stream.set_nodelay(true).expect("TCP has it");
        stream.write_all(&self.handshake().octets()).expect("the bridge reads");
        let answer = Answer::read_head(&mut stream);
        assert_eq!(answer.status, 101);
        assert_eq!(answer.field("sec-websocket-protocol"), Some(SUBPROTOCOL));
        Page::new(stream)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the bridge's close frame; its code.
pub fn close_code(page: &mut Page) -> u16 {
    page.socket.get_ref().set_read_timeout(Some(LIMIT)).expect("a time-out can be set");
    loop {
        match page.socket.read() {
            Ok(WsMessage::Close(Some(frame))) => return frame.code.into(),
            Ok(_) => {}
            Err(error) => panic!("no close frame but {error}"),
        }
    }
}

/// A page: asks, and takes what comes.
pub struct Page {
    pub socket: WebSocket<TcpStream>,
    pub hello: Hello,
    next: u32,
    replies: HashMap<CallId, Reply>,
    pub complaints: Vec<Failure>,
    states: HashMap<SocketId, Vec<Sample>>,
}

impl Page {
    fn new(stream: TcpStream) -> Page {
        let mut socket = WebSocket::from_raw_socket(stream, Role::Client, None);
        let hello = match socket.read() {
            Ok(WsMessage::Text(text)) => Message::decode(&Frame::Text(text.as_str().to_owned())),
            other => panic!("no hello but {other:?}"),
        };
        let Ok(Message::Hello(hello)) = hello else { panic!("no hello but {hello:?}") };
        Page {
            socket,
            hello,
            next: 0,
            replies: HashMap::new(),
            complaints: Vec::new(),
            states: HashMap::new(),
        }
    }

    pub fn put(&mut self, frame: Frame) {
        let message = match frame {
            Frame::Text(text) => WsMessage::Text(text.into()),
            Frame::Binary(octets) => WsMessage::Binary(octets),
        };
        self.socket.send(message).expect("the bridge reads");
    }

    /// An id that no request has yet.
    pub fn next_id(&mut self) -> CallId {
        self.next += 1;
        CallId(self.next)
    }

    /// Sends a request and does not wait.
    pub fn ask(&mut self, timeout: Option<Micros>, op: Op) -> CallId {
        let id = self.next_id();
        self.put(Request { id, timeout, continues: false, op }.encode());
        id
    }

    /// Takes one message; false if none came in time.
    pub fn take(&mut self, time: Duration) -> bool {
        self.socket
            .get_ref()
            .set_read_timeout(Some(time.max(Duration::from_millis(1))))
            .expect("a time-out can be set");
        let frame = match self.socket.read() {
            Ok(WsMessage::Text(text)) => Frame::Text(text.as_str().to_owned()),
            Ok(WsMessage::Binary(octets)) => Frame::Binary(octets),
            Ok(_) => return true,
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
            {
                return false;
            }
            Err(error) => panic!("the bridge went away: {error}"),
        };
        match Message::decode(&frame).expect("a message of the bridge") {
            Message::Reply(reply) => {
                assert!(self.replies.insert(reply.id, reply).is_none(), "two replies to one request")
            }
            Message::State { socket, sample } => self.states.entry(socket).or_default().push(sample),
            Message::Complaint(failure) => self.complaints.push(failure),
            Message::Hello(_) => panic!("a second hello"),
            Message::Notice(text) => panic!("a notice: {text}"),
        }
        true
    }

    /// Takes messages until `done` finds what it looks for.
    pub fn until<T>(&mut self, what: &str, mut done: impl FnMut(&mut Page) -> Option<T>) -> T {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(found) = done(self) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}");
            self.take(left.min(Duration::from_millis(50)));
        }
    }

    pub fn reply(&mut self, id: CallId) -> Reply {
        self.until(&format!("the reply to {id}"), |page| page.replies.remove(&id))
    }

    /// The reply to a request, if it is there.
    pub fn has_replied(&mut self, id: CallId) -> Option<Reply> {
        self.replies.remove(&id)
    }

    /// Drops what was told of states, which a long test does not want to keep.
    pub fn forget_states(&mut self) {
        self.states.clear();
    }

    /// Takes out the replies that came, of which each must be so; how many.
    pub fn taken(&mut self, mut so: impl FnMut(Reply) -> bool) -> u32 {
        let replies = std::mem::take(&mut self.replies);
        replies.into_values().map(|reply| assert!(so(reply))).count() as u32
    }

    /// Whether a request is still without reply after `time`.
    pub fn is_pending(&mut self, id: CallId, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        while !self.replies.contains_key(&id) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            self.take(left);
        }
        false
    }

    pub fn call(&mut self, op: Op) -> Outcome {
        let id = self.ask(None, op);
        self.reply(id).outcome
    }

    pub fn call_within(&mut self, timeout: Micros, op: Op) -> Outcome {
        let id = self.ask(Some(timeout), op);
        self.reply(id).outcome
    }

    pub fn done(&mut self, op: Op) {
        assert_eq!(self.call(op), Ok(Value::Done {}));
    }

    pub fn errno(&mut self, op: Op) -> Errno {
        errno(self.call(op))
    }

    pub fn policy(&mut self, op: Op) -> String {
        match self.call(op.clone()) {
            Err(Failure::Policy(why)) => why,
            other => panic!("{op:?} should be refused by policy, but: {other:?}"),
        }
    }

    pub fn socket_of(&mut self, family: Family, kind: SocketKind) -> SocketId {
        match self.call(Op::Socket { family, kind }) {
            Ok(Value::Socket { socket }) => socket,
            other => panic!("no socket but {other:?}"),
        }
    }

    pub fn stream(&mut self) -> SocketId {
        self.socket_of(Family::Inet, SocketKind::Stream)
    }

    pub fn local(&mut self, socket: SocketId) -> SocketAddr {
        match self.call(Op::GetSockName { socket }) {
            Ok(Value::Address { address: PyAddr(address) }) => address,
            other => panic!("no address but {other:?}"),
        }
    }

    /// A listener on 127.0.0.1 and its address.
    pub fn listener(&mut self, backlog: i32) -> (SocketId, SocketAddr) {
        let socket = self.stream();
        self.done(Op::Bind { socket, address: at("127.0.0.1", 0) });
        self.done(Op::Listen { socket, backlog });
        let address = self.local(socket);
        (socket, address)
    }

    pub fn accept(&mut self, socket: SocketId) -> SocketId {
        accepted(self.call(Op::Accept { socket }))
    }

    /// A connection with the test itself at the other end.
    pub fn connection(&mut self) -> (SocketId, TcpStream) {
        let (listener, address) = self.listener(8);
        let peer = TcpStream::connect(address).expect("the page listens");
        peer.set_read_timeout(Some(LIMIT)).expect("a time-out can be set");
        let socket = self.accept(listener);
        self.done(Op::Close { socket: listener });
        (socket, peer)
    }

    /// The newest state of a socket for which `is` holds.
    pub fn state(&mut self, socket: SocketId, what: &str, is: impl Fn(&Sample) -> bool) -> Sample {
        self.until(&format!("a state of socket {socket}: {what}"), |page| {
            page.states.get(&socket).and_then(|samples| samples.last()).filter(|sample| is(sample)).cloned()
        })
    }

    pub fn states(&self, socket: SocketId) -> usize {
        self.states.get(&socket).map_or(0, Vec::len)
    }

    /// Leaves without a word.
    pub fn vanish(self) {
        let stream = self.socket.get_ref();
        let socket = socket2::SockRef::from(stream);
        socket.set_linger(Some(Duration::ZERO)).expect("TCP has it");
        let _ = stream.shutdown(Shutdown::Read);
    }
}

pub fn at(host: &str, port: u16) -> Endpoint {
    Endpoint { host: Host::parse(host).expect("a host"), port }
}

pub fn send(socket: SocketId, data: &[u8]) -> Op {
    Op::Send { socket, flags: [].into(), data: data.to_vec().into() }
}

pub fn recv(socket: SocketId, max: u32) -> Op {
    Op::Recv { socket, max, flags: [].into() }
}

pub fn data(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Ok(Value::Data { data, .. }) => data.to_vec(),
        other => panic!("no data but {other:?}"),
    }
}

pub fn accepted(outcome: Outcome) -> SocketId {
    match outcome {
        Ok(Value::Accepted { socket, .. }) => socket,
        other => panic!("no connection but {other:?}"),
    }
}

pub fn errno(outcome: Outcome) -> Errno {
    match outcome {
        Err(Failure::Errno(errno)) => errno,
        other => panic!("no errno but {other:?}"),
    }
}

/// Waits until something is so.
pub fn wait_until(what: &str, limit: Duration, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !is() {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A directory of a test's own, gone with this value.
pub struct Place(std::path::PathBuf);

impl Place {
    pub fn new(name: &str) -> Place {
        let path =
            std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("cargo's directory is ours");
        Place(path)
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is in the directory"))
            .expect("the directory is ours");
        std::fs::write(path, content).expect("the directory is ours");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A bridge in a thread of this program: with a resolver of the test's, until `until` comes.
pub fn inside<U: Future<Output = ()> + Send + 'static>(
    resolver: Box<dyn FnOnce() -> Box<dyn server::Resolver> + Send>,
    until: U,
    options: &[&str],
) -> Door {
    let args = <server::Args as clap::Parser>::parse_from(
        ["bridge", "--port", "0", "--no-open"].iter().chain(options),
    );
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let bridge = server::Bridge::new(&args, resolver()).await.expect("a bridge");
            sender.send(bridge.page()).expect("the test waits");
            bridge.serve(until).await;
        });
    });
    Door::of(&receiver.recv().expect("it starts"))
}
