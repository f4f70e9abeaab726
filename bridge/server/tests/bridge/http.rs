//! HTTP octet by octet, so that what is wrong can be sent too.

use std::io::Read;
use std::net::TcpStream;

/// The head of a request, octet by octet as it is to be sent.
#[derive(Clone)]
pub struct Head {
    line: String,
    fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    pub fn get(path: &str) -> Head {
        Head { line: format!("GET {path} HTTP/1.1"), fields: Vec::new() }
    }

    pub fn line(mut self, line: &str) -> Head {
        self.line = line.to_owned();
        self
    }

    /// Sets a field, in place of one of that name.
    pub fn with(self, name: &str, value: &str) -> Head {
        self.without(name).and(name, value.as_bytes())
    }

    /// Adds a field, beside one of that name.
    pub fn and(mut self, name: &str, value: &[u8]) -> Head {
        self.fields.push((name.to_owned(), value.to_vec()));
        self
    }

    pub fn without(mut self, name: &str) -> Head {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// The first field of that name.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    pub fn octets(&self) -> Vec<u8> {
        let mut octets = self.line.clone().into_bytes();
        for (name, value) in &self.fields {
            octets.extend_from_slice(b"\r\n");
            octets.extend_from_slice(name.as_bytes());
            octets.extend_from_slice(b": ");
            octets.extend_from_slice(value);
        }
        octets.extend_from_slice(b"\r\n\r\n");
        octets
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn read_head(stream: &mut TcpStream) -> Answer {
        let (mut head, mut some) = (Vec::new(), [0; 1024]);
        // What comes behind the head stays in the stream.
        while !head.ends_with(b"\r\n\r\n") {
            let there = stream.peek(&mut some).unwrap_or(0);
            let end = some[..there].windows(4).position(|four| four == b"\r\n\r\n");
            let count = end.map_or(there.saturating_sub(3).max(1), |at| at + 4);
            match stream.read(&mut some[..count]) {
                Ok(count @ 1..) => head.extend_from_slice(&some[..count]),
                _ => break,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        let fields = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        Answer { status, fields, body: Vec::new() }
    }

    pub fn read(stream: &mut TcpStream) -> Answer {
        let mut answer = Answer::read_head(stream);
        let length = answer.field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        answer.body = vec![0; length];
        if stream.read_exact(&mut answer.body).is_err() {
            answer.body.clear();
        }
        answer
    }
}
