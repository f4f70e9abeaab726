//! The fields of a pane, and what each holds while nobody has typed into it.
//!
//! Defaults are chosen so that clicking the buttons in their order makes a working connection.

use super::screen::{Pane, Screen};
use crate::timeline::Role;
use sockets::{Family, MsgFlag, OpKind, OptionName, Phase, PollEvent, PyAddr, Shape, SocketKind};

/// One field of a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// AF_INET or AF_INET6 of a new socket.
    Family,
    /// SOCK_STREAM or SOCK_DGRAM of a new socket.
    Kind,
    /// The variable of a new socket.
    Name,
    /// The host part of a call's address.
    Host(OpKind),
    /// The port of a call's address.
    Port(OpKind),
    /// listen's argument.
    Backlog,
    /// What to send.
    Data(OpKind),
    /// Whether that is text or hexadecimal.
    Form(OpKind),
    /// How much to receive at most.
    Max(OpKind),
    /// A flag of send or recv: empty or not.
    Flag(OpKind, MsgFlag),
    /// An event that poll waits for: empty or not.
    Event(PollEvent),
    /// What shutdown ends.
    How,
    /// Which option.
    Option(OpKind),
    /// The option's value; for SO_LINGER, the seconds.
    Value(OptionName),
    /// SO_LINGER's first half: empty or not.
    Linger,
    /// The family that getaddrinfo is asked for; empty for any.
    LookupFamily,
    /// How long a call may wait: `ever`, `never`, `for`.
    Wait(OpKind),
    /// For how many seconds.
    WaitSeconds(OpKind),
}

/// What was typed into the fields of a pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft(Vec<(Field, String)>);

impl Draft {
    /// Something was typed.
    pub fn set(&mut self, field: Field, text: String) {
        self.0.retain(|(typed, _)| *typed != field);
        self.0.push((field, text));
    }

    /// A name is for one socket.
    pub fn forget_name(&mut self) {
        self.0.retain(|(field, _)| *field != Field::Name);
    }

    /// What was typed, if anything was.
    pub fn typed(&self, field: Field) -> Option<&str> {
        self.0.iter().find(|(typed, _)| *typed == field).map(|(_, text)| text.as_str())
    }
}

impl Screen {
    /// What a field holds: what was typed, or else its default.
    pub fn text(&self, pane: &Pane, field: Field) -> String {
        pane.draft.typed(field).map_or_else(|| self.default_text(pane, field), str::to_owned)
    }

    /// Whether a check box is on.
    pub fn is_on(&self, pane: &Pane, field: Field) -> bool {
        !self.text(pane, field).is_empty()
    }

    fn default_text(&self, pane: &Pane, field: Field) -> String {
        let family = self.chosen(pane).map_or(Family::Inet, |view| view.family);
        let text = match field {
            Field::Family => Family::Inet.name(),
            Field::Kind => SocketKind::Stream.name(),
            Field::Name => return super::wording::variable(&pane.name),
            Field::Host(OpKind::GetAddrInfo) => "localhost",
            Field::Port(OpKind::GetAddrInfo) => "80",
            Field::Host(OpKind::Connect | OpKind::SendTo) => match self.newest_address(pane) {
                Some(address) => return address.0.ip().to_string(),
                None => loopback(family),
            },
            Field::Port(OpKind::Connect | OpKind::SendTo) => match self.newest_address(pane) {
                Some(address) => return address.0.port().to_string(),
                None => "5000",
            },
            Field::Host(_) => loopback(family),
            Field::Port(_) => "0",
            Field::Backlog => "5",
            Field::Data(_) if pane.role == Role::Server => "hello, client\\n",
            Field::Data(_) => "hello, server\\n",
            Field::Form(_) => "text",
            Field::Max(_) => "1024",
            Field::Flag(..) | Field::LookupFamily | Field::Linger => "",
            Field::Event(event) => {
                if event == PollEvent::In {
                    "on"
                } else {
                    ""
                }
            }
            Field::How => "SHUT_WR",
            Field::Option(OpKind::SetSockOpt) => "SO_REUSEADDR",
            Field::Option(_) => "SO_RCVBUF",
            Field::Value(option) => match option.row().shape {
                Shape::Flag => "1",
                Shape::Number { least, unit: "octets", .. } if least < 8_192 => "8192",
                Shape::Number { least, .. } => return least.max(1).to_string(),
                Shape::Linger => "0",
                Shape::Text => "cubic",
                Shape::Octets => "00",
            },
            Field::Wait(_) => "ever",
            Field::WaitSeconds(_) => "5",
        };
        text.to_owned()
    }

    /// Addresses that a socket of this pane could reach, newest first: those of listeners, or for UDP of bound sockets.
    pub fn reachable(&self, pane: &Pane) -> Vec<(String, PyAddr)> {
        let own = self.chosen(pane);
        let (id, kind) = own.map_or((None, SocketKind::Stream), |view| (Some(view.id), view.kind));
        let mut found: Vec<(String, PyAddr)> = self
            .sockets
            .iter()
            .filter(|view| Some(view.id) != id && view.kind == kind)
            .filter(|view| match kind {
                SocketKind::Stream => view.phase == Phase::Listening,
                SocketKind::Datagram => view.phase == Phase::Bound,
            })
            .filter_map(|view| Some((self.names.get(view.id), reached_at(view.local?))))
            .collect();
        found.reverse();
        found
    }

    fn newest_address(&self, pane: &Pane) -> Option<PyAddr> {
        self.reachable(pane).into_iter().next().map(|(_, address)| address)
    }
}

/// A socket that is bound to every address is reached at one of them.
fn reached_at(bound: PyAddr) -> PyAddr {
    let mut address = bound.0;
    if address.ip().is_unspecified() {
        let family = if address.is_ipv4() { Family::Inet } else { Family::Inet6 };
        if let Ok(ip) = loopback(family).parse() {
            address.set_ip(ip);
        }
    }
    PyAddr(address)
}

const fn loopback(family: Family) -> &'static str {
    match family {
        Family::Inet => "127.0.0.1",
        Family::Inet6 => "::1",
    }
}
