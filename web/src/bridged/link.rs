//! Where the bridge is, as far as this page can tell, and how the page finds it. Pure.

use crate::browser::Place;
use protocol::Hello;

/// Where a bridge listens unless it is told otherwise; what a page from elsewhere looks for.
pub const HOME: &str = "127.0.0.1:8765";

/// What is known of the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// The page has not looked yet.
    Looking,
    /// Connected; this is what the bridge said of itself.
    Open(Hello),
    /// Nobody answers. `lost`: there was a connection before.
    Absent {
        /// Whether there was a connection before.
        lost: bool,
    },
    /// A bridge answers, but this page has no token.
    NoToken,
    /// A bridge answers, but it does not know this page's token.
    Refused,
    /// A bridge answers, but as many pages are connected as it takes.
    Full,
    /// The page came from some other host, which cannot reach the bridge by itself.
    Elsewhere {
        /// A bridge was looked for and answered.
        answered: Option<bool>,
    },
    /// The bridge said something that it must not.
    Broken(String),
}

impl Link {
    /// Who the bridge is, while connected.
    pub const fn hello(&self) -> Option<&Hello> {
        match self {
            Link::Open(hello) => Some(hello),
            _ => None,
        }
    }

    /// What a screen reader is told when it comes to this.
    pub fn announcement(&self) -> Option<String> {
        Some(match self {
            Link::Looking => return None,
            Link::Open(hello) => format!("Connected to bridge {} on {}.", hello.bridge, hello.system),
            Link::Absent { lost: true } => "The bridge is gone, and its sockets with it.".to_owned(),
            Link::Absent { lost: false } => "There is no bridge.".to_owned(),
            Link::NoToken => "A bridge is there, but this page does not have its token.".to_owned(),
            Link::Refused => "A bridge is there, but it does not know this page's token.".to_owned(),
            Link::Full => "A bridge is there, but it has as many pages as it takes.".to_owned(),
            Link::Elsewhere { .. } => "Live sockets need the bridge on your own machine.".to_owned(),
            Link::Broken(why) => format!("The connection was closed: {why}."),
        })
    }
}

/// Where this page should look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Road {
    /// At the host that the page came from.
    Own {
        /// The WebSocket's address.
        socket: String,
    },
    /// At the bridge's usual place, and only when the person asks for it: the browser will ask or refuse.
    Far {
        /// The WebSocket's address.
        socket: String,
    },
}

impl Road {
    /// The road from this place.
    pub fn from(place: &Place) -> Road {
        let loopback = matches!(place.host.as_str(), "127.0.0.1" | "localhost" | "[::1]");
        if place.scheme == "http:" && loopback {
            Road::Own { socket: format!("ws://{}/ws", place.authority) }
        } else {
            Road::Far { socket: format!("ws://{HOME}/ws") }
        }
    }

    /// The WebSocket's address.
    pub fn socket(&self) -> &str {
        match self {
            Road::Own { socket } | Road::Far { socket } => socket,
        }
    }

    /// The same address for a plain question: is anybody there?
    pub fn door(&self) -> String {
        self.socket().replacen("ws:", "http:", 1)
    }
}

/// The token in what a person pasted or in the page's fragment: the bare token, `#token=…` or the whole address.
pub fn token_in(text: &str) -> Option<String> {
    let text = text.trim();
    let token = match text.rsplit_once("token=") {
        Some((_, token)) => token,
        None => text,
    };
    let sound = (32..=128).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_hexdigit());
    sound.then(|| token.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(scheme: &str, host: &str, authority: &str) -> Place {
        Place {
            scheme: scheme.into(),
            host: host.into(),
            authority: authority.into(),
            fragment: String::new(),
        }
    }

    #[test]
    fn a_page_from_loopback_looks_at_its_own_host() {
        let road = Road::from(&place("http:", "127.0.0.1", "127.0.0.1:9000"));
        assert_eq!(road, Road::Own { socket: "ws://127.0.0.1:9000/ws".into() });
        assert_eq!(road.door(), "http://127.0.0.1:9000/ws");
        assert!(matches!(Road::from(&place("http:", "[::1]", "[::1]:8765")), Road::Own { .. }));
    }

    #[test]
    fn a_page_from_elsewhere_looks_at_the_bridges_usual_place() {
        for (scheme, host) in [("https:", "example.org"), ("http:", "192.168.0.7"), ("https:", "localhost")] {
            assert_eq!(
                Road::from(&place(scheme, host, host)),
                Road::Far { socket: "ws://127.0.0.1:8765/ws".into() }
            );
        }
    }

    #[test]
    fn tokens_are_found_in_whatever_is_pasted() {
        let token = "0123456789abcdef".repeat(4);
        for text in [
            token.clone(),
            format!("#token={token}"),
            format!(" http://127.0.0.1:8765/live/#token={token}\n"),
            token.to_uppercase(),
        ] {
            assert_eq!(token_in(&text), Some(token.clone()), "{text}");
        }
        for text in ["", "#token=", "hello", "#token=xyz", &token[..20]] {
            assert_eq!(token_in(text), None, "{text}");
        }
    }
}
