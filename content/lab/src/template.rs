//! Programs to begin with: pairs of client and server, each a file of its own under `programs/`. They run unchanged in CPython.

use crate::Source;
use sockets::Instant;

/// Programs that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// Short and stable: it stands in links.
    pub id: &'static str,
    /// What a menu shows.
    pub title: &'static str,
    /// What to look for.
    pub look_for: &'static str,
    /// The client's text and the server's.
    texts: [&'static str; 2],
}

/// How much later than its server a client starts: as long as a person needs to type its command.
const LATER: Instant = Instant(200_000);

macro_rules! texts {
    ($id:literal) => {
        [
            include_str!(concat!("../programs/", $id, "/client.py")),
            include_str!(concat!("../programs/", $id, "/server.py")),
        ]
    };
}

/// All of them, in the order of the menu.
pub const TEMPLATES: &[Template] = &[
    Template {
        id: "echo",
        title: "Echo",
        look_for: "The server sends back what it receives, until recv returns b\"\": the peer has closed its side.",
        texts: texts!("echo"),
    },
    Template {
        id: "framed",
        title: "Messages with a length",
        look_for: "TCP keeps no boundaries between sends. A length before each message puts them back, whatever recv brings at once.",
        texts: texts!("framed"),
    },
    Template {
        id: "threaded",
        title: "A thread for each client",
        look_for: "Each connection is its own socket. A thread that waits in recv holds up nobody but itself.",
        texts: texts!("threaded"),
    },
    Template {
        id: "selectors",
        title: "One thread, many sockets",
        look_for: "select waits for all sockets at once, and says which of them can be read without waiting.",
        texts: texts!("selectors"),
    },
    Template {
        id: "asyncio",
        title: "asyncio streams",
        look_for: "The same as with selectors, in the form of coroutines: await is the place where others go on.",
        texts: texts!("asyncio"),
    },
    Template {
        id: "http",
        title: "HTTP",
        look_for: "A request and a response are text on the stream. Each of these two requests has a connection of its own.",
        texts: texts!("http"),
    },
    Template {
        id: "udp",
        title: "UDP, for contrast",
        look_for: "No handshake, no stream: each sendto is a datagram, and arrives whole, or not at all.",
        texts: texts!("udp"),
    },
];

impl Template {
    /// Its programs, client first.
    pub fn sources(&self) -> Vec<Source> {
        let [client, server] = self.texts;
        let source = |name: &str, text: &str, starts| Source {
            name: name.into(),
            file: format!("{name}.py"),
            text: text.into(),
            starts,
            ..Source::default()
        };
        vec![source("client", client, LATER), source("server", server, Instant::START)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_template_has_a_name_of_its_own_and_two_programs() {
        let ids: BTreeSet<&str> = TEMPLATES.iter().map(|template| template.id).collect();
        assert_eq!(ids.len(), TEMPLATES.len());
        for template in TEMPLATES {
            let sources = template.sources();
            assert_eq!(sources.len(), 2, "{}", template.id);
            assert!(
                sources.iter().all(|source| source.text.contains("127.0.0.1") && source.text.ends_with('\n'))
            );
        }
    }
}
