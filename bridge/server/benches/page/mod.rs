//! The bridge as a process, and a page that frames by hand: requests are collected and written in one go, the mask is zero, and
//! payloads are counted, not kept.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Bridge {
    child: Child,
    port: u16,
    token: String,
}

impl Bridge {
    pub fn start(options: &[&str]) -> Bridge {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bridge"))
            .args(["--port", "0", "--no-open", "--log", "error"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("it prints");
        let (_, address) = line.trim().split_once("http://127.0.0.1:").expect("an address");
        let (port, token) = address.split_once("/#token=").expect("a token");
        Bridge { port: port.parse().expect("a port"), token: token.to_owned(), child }
    }

    /// Octets in RAM.
    pub fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).unwrap_or_default() * 1024
    }

    /// Time on a core so far.
    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
        Duration::from_millis(fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Page {
    stream: TcpStream,
    out: Vec<u8>,
    input: Vec<u8>,
    start: usize,
    end: usize,
    next: u32,
    early: HashMap<u32, (String, usize)>,
}

impl Page {
    pub fn open(bridge: &Bridge) -> Page {
        let stream = TcpStream::connect(("127.0.0.1", bridge.port)).expect("the bridge listens");
        stream.set_nodelay(true).expect("TCP has it");
        let mut page = Page {
            stream,
            out: Vec::new(),
            input: vec![0; 1 << 20],
            start: 0,
            end: 0,
            next: 0,
            early: HashMap::new(),
        };
        let Bridge { port, token, .. } = bridge;
        let head = format!(
            "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: tcpb.v1, tok.{token}\r\n\r\n"
        );
        page.stream.write_all(head.as_bytes()).expect("the bridge reads");
        let end = loop {
            match page.input[..page.end].windows(4).position(|four| four == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => page.read_more(),
            }
        };
        assert!(page.input.starts_with(b"HTTP/1.1 101"), "the bridge lets us in");
        page.start = end;
        page
    }

    fn frame(&mut self, opcode: u8, length: usize) {
        self.out.push(0x80 | opcode);
        match length {
            0..126 => self.out.push(0x80 | length as u8),
            126..0x1_0000 => {
                self.out.push(0x80 | 126);
                self.out.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                self.out.push(0x80 | 127);
                self.out.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        self.out.extend_from_slice(&[0; 4]);
    }

    fn request(&mut self, rest: &str, payload: Option<&[u8]>) -> u32 {
        self.next += 1;
        let header = format!("{{\"id\":{},{rest}}}", self.next);
        match payload {
            None => {
                self.frame(1, header.len());
                self.out.extend_from_slice(header.as_bytes());
            }
            Some(payload) => {
                self.frame(2, 2 + header.len() + payload.len());
                self.out.extend_from_slice(&(header.len() as u16).to_be_bytes());
                self.out.extend_from_slice(header.as_bytes());
                self.out.extend_from_slice(payload);
            }
        }
        self.next
    }

    pub fn flush(&mut self) {
        self.stream.write_all(&self.out).expect("the bridge reads");
        self.out.clear();
    }

    pub fn send(&mut self, socket: u32, data: &[u8]) -> u32 {
        self.request(&format!("\"call\":\"send\",\"socket\":{socket}"), Some(data))
    }

    pub fn recv(&mut self, socket: u32, max: usize) -> u32 {
        self.request(&format!("\"call\":\"recv\",\"socket\":{socket},\"max\":{max}"), None)
    }

    fn ask(&mut self, rest: &str) -> String {
        let id = self.request(rest, None);
        self.flush();
        self.reply(id)
    }

    pub fn stream(&mut self) -> u32 {
        number(
            &self.ask("\"call\":\"socket\",\"family\":\"AF_INET\",\"kind\":\"SOCK_STREAM\""),
            "\"socket\":",
        )
    }

    pub fn connect(&mut self, socket: u32, port: u16) {
        self.ask(&format!("\"call\":\"connect\",\"socket\":{socket},\"address\":[\"127.0.0.1\",{port}]"));
    }

    pub fn close(&mut self, socket: u32) {
        self.ask(&format!("\"call\":\"close\",\"socket\":{socket}"));
    }

    /// A connection of the page with this program.
    pub fn connection(&mut self) -> (u32, TcpStream) {
        let listener = self.stream();
        self.ask(&format!("\"call\":\"bind\",\"socket\":{listener},\"address\":[\"127.0.0.1\",0]"));
        self.ask(&format!("\"call\":\"listen\",\"socket\":{listener},\"backlog\":1"));
        let name = self.ask(&format!("\"call\":\"getsockname\",\"socket\":{listener}"));
        let port = number(&name, "\"address\":[\"127.0.0.1\",");
        let peer = TcpStream::connect(("127.0.0.1", u16::try_from(port).expect("a port")))
            .expect("the page listens");
        peer.set_nodelay(true).expect("TCP has it");
        let accepted = self.ask(&format!("\"call\":\"accept\",\"socket\":{listener}"));
        self.close(listener);
        (number(&accepted, "\"socket\":"), peer)
    }

    /// The header of the reply to `id`.
    pub fn reply(&mut self, id: u32) -> String {
        self.wait(id).0
    }

    /// The length of the payload of the reply to `id`.
    pub fn payload(&mut self, id: u32) -> usize {
        self.wait(id).1
    }

    fn wait(&mut self, id: u32) -> (String, usize) {
        if let Some(reply) = self.early.remove(&id) {
            return reply;
        }
        loop {
            let (header, payload) = self.message();
            if let Some(digits) = header.strip_prefix("{\"id\":") {
                assert!(!header.contains("\"error\""), "{header}");
                let came = number(digits, "");
                if came == id {
                    return (header, payload);
                }
                self.early.insert(came, (header, payload));
            }
        }
    }

    fn read_more(&mut self) {
        if self.start > self.input.len() / 2 {
            self.input.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let count = self.stream.read(&mut self.input[self.end..]).expect("the bridge answers");
        assert!(count > 0, "the bridge went away");
        self.end += count;
    }

    fn need(&mut self, octets: usize) {
        while self.end - self.start < octets {
            self.read_more();
        }
    }

    /// One message's JSON, and how much payload came with it.
    fn message(&mut self) -> (String, usize) {
        self.need(2);
        let (opcode, short) = (self.input[self.start] & 0x0f, self.input[self.start + 1] & 0x7f);
        let head = match short {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        self.need(head);
        let field = &self.input[self.start + 2..self.start + head];
        let length = if field.is_empty() {
            usize::from(short)
        } else {
            field.iter().fold(0, |sum, &octet| sum << 8 | usize::from(octet))
        };
        self.need(head + length);
        let message = &self.input[self.start + head..self.start + head + length];
        let (json, payload) = if opcode == 2 {
            let header = usize::from(u16::from_be_bytes([message[0], message[1]]));
            (&message[2..2 + header], length - 2 - header)
        } else {
            (message, 0)
        };
        let json = String::from_utf8_lossy(json).into_owned();
        self.start += head + length;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        (json, payload)
    }
}

fn number(text: &str, after: &str) -> u32 {
    let at = text.find(after).unwrap_or_else(|| panic!("no {after} in {text}")) + after.len();
    let digits: String = text[at..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number after {after} in {text}"))
}
