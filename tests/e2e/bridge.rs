//! The real bridge as a child process, and a client of it that is no browser.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Watch};

use lab::{Clock, Driver, Program, Progress};
use protocol::{Frame, Session};
use sockets::{Call, Event, Instant, Log, Network};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// A bridge that ends with its value.
pub struct Bridge {
    child: Child,
    pub port: u16,
    pub token: String,
}

impl Bridge {
    pub fn start(options: &[&str]) -> Bridge {
        let mut child = Command::new(super::told("TCP_LAB_BRIDGE"))
            .args(["--no-open", "--site"])
            .arg(super::told("TCP_LAB_SITE"))
            .args(if options.contains(&"--port") { &[][..] } else { &["--port", "0"][..] })
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bridge starts");
        let stdout = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_whitespace().find(|word| word.contains("#token=")).map(str::to_owned))
            .expect("the bridge prints its address");
        // Keeps reading, so that the bridge never blocks on a full pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let (origin, token) =
            address.split_once("/live/#token=").expect("the address is the page's, and ends in the token");
        let port =
            origin.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the address has a port");
        Bridge { port, token: token.to_owned(), child }
    }

    pub fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}#token={}", self.port, self.token)
    }

    /// How many sockets the process has open.
    pub fn sockets(&self) -> usize {
        let all = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("the bridge runs");
        let is_socket = |link: std::path::PathBuf| {
            std::fs::read_link(link).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
        };
        all.filter_map(Result::ok).filter(|entry| is_socket(entry.path())).count()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn message(frame: Frame) -> Message {
    match frame {
        Frame::Text(text) => Message::text(text),
        Frame::Binary(octets) => Message::binary(octets),
    }
}

/// What the bridge says within the socket's time-out.
fn heard(socket: &mut WebSocket<TcpStream>) -> Option<Frame> {
    match socket.read() {
        Ok(Message::Text(text)) => Some(Frame::Text(text.to_string())),
        Ok(Message::Binary(octets)) => Some(Frame::Binary(octets)),
        Ok(_) => None,
        Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => None,
        Err(error) => panic!("the bridge was lost: {error}"),
    }
}

/// A session over a blocking WebSocket, with its Log.
pub struct Client {
    socket: WebSocket<TcpStream>,
    session: Session,
    began: Watch,
    pub log: Log,
}

impl Client {
    pub fn connect(bridge: &Bridge) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", bridge.port)).expect("the bridge listens");
        let patience = |stream: &TcpStream, span| {
            stream.set_read_timeout(Some(span)).expect("a stream takes a time-out");
        };
        // A busy machine may take its time to shake hands; afterwards there is always something else to look at.
        patience(&stream, Duration::from_secs(15));
        let mut request =
            format!("ws://127.0.0.1:{}/ws", bridge.port).into_client_request().expect("a sound address");
        let headers = request.headers_mut();
        headers.insert("origin", format!("http://127.0.0.1:{}", bridge.port).parse().expect("ASCII"));
        headers.insert(
            "sec-websocket-protocol",
            format!("{}, {}{}", protocol::SUBPROTOCOL, protocol::TOKEN_PREFIX, bridge.token)
                .parse()
                .expect("ASCII"),
        );
        let (socket, _) = tungstenite::client(request, stream).expect("the bridge takes the token");
        patience(socket.get_ref(), Duration::from_millis(20));
        Client { socket, session: Session::new(), began: Watch::now(), log: Log::new() }
    }

    fn now(&self) -> Instant {
        Instant(self.began.elapsed().as_micros() as u64)
    }

    pub fn submit(&mut self, call: Call) {
        let now = self.now();
        self.log.enter(now, call.clone());
        self.session.submit(now, call);
        self.flush();
    }

    fn flush(&mut self) {
        while let Some(frame) = self.session.transmit() {
            self.socket.send(message(frame)).expect("the bridge takes a message");
        }
    }

    /// Waits up to 20 ms for something to happen, and gives what has.
    pub fn events(&mut self) -> Vec<Event> {
        if let Some(frame) = heard(&mut self.socket) {
            self.receive(frame);
        }
        self.flush();
        let now = self.now();
        let events: Vec<Event> = std::iter::from_fn(|| self.session.poll(now)).collect();
        for event in &events {
            self.log.observe(now, event.clone());
        }
        events
    }

    /// Lets programs make their calls until all have ended, or until nothing has happened for so long. Gives the story.
    pub fn drive<P: Program>(self, programs: Vec<P>, quiet: Duration) -> Log {
        let Client { mut socket, session, began, .. } = self;
        let now = || Instant(began.elapsed().as_micros() as u64);
        let mut driver = Driver::new(session, programs, Clock::Outside, lab::Limits::default());
        let mut last = Watch::now();
        loop {
            match driver.go(now(), 1_000) {
                Progress::Ended(_) if last.elapsed() >= quiet => break,
                Progress::Rests(None) if last.elapsed() >= quiet => break,
                Progress::More => last = Watch::now(),
                Progress::Rests(Some(_)) => last = Watch::now(),
                _ => {}
            }
            while let Some(frame) = driver.network_mut().transmit() {
                last = Watch::now();
                socket.send(message(frame)).expect("the bridge takes a message");
            }
            if let Some(frame) = heard(&mut socket) {
                driver.network_mut().receive(now(), &frame).expect("the bridge speaks the protocol");
            }
        }
        driver.into_parts().0
    }

    fn receive(&mut self, frame: Frame) {
        let now = self.now();
        self.session.receive(now, &frame).expect("the bridge speaks the protocol");
    }
}
