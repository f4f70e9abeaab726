//! Who may come in: Host on every request; Origin and token on the WebSocket.
//!
//! Three locks, each for its own thief. The Host stops a page that rebinds its own name to 127.0.0.1, the Origin stops every
//! page that is not ours, the token stops other programs and users of this computer. "The Origin equals the Host" opens
//! nothing: a rebound page satisfies it.

use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use hyper::{StatusCode, Uri};
use protocol::{SUBPROTOCOL, TOKEN_PREFIX};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt::Write;
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;

/// The largest head of a request in octets; more gets 400. (The HTTP library itself refuses what is larger than its buffer.)
const HEAD: usize = 16 << 10;

/// Wrong tokens within [`WINDOW`] that are answered at once.
const FREE_FAILURES: usize = 20;
const WINDOW: Duration = Duration::from_secs(10);

/// How long an answer to a further wrong token takes, and how many such answers wait at a time; more get 429 at once.
const DELAY: Duration = Duration::from_secs(1);
const DELAYED: usize = 32;

/// The secret of one run of the bridge: 32 octets from the system's random generator, as 64 hex digits.
pub struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// The system has no random octets.
    pub fn new() -> Result<Token, getrandom::Error> {
        let mut octets = [0_u8; 32];
        getrandom::fill(&mut octets)?;
        Ok(Token(octets.iter().fold(String::new(), |mut hex, octet| {
            let _ = write!(hex, "{octet:02x}");
            hex
        })))
    }

    /// The hex digits, for the address that is shown to the learner alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it is this one, in a time that does not tell how much of it was right.
    pub fn matches(&self, offered: &str) -> bool {
        self.0.as_bytes().ct_eq(offered.as_bytes()).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// What to tell; one sentence for people.
    pub why: &'static str,
}

const fn refusal(status: StatusCode, why: &'static str) -> Refusal {
    Refusal { status, why }
}

const WRONG_TOKEN: Refusal = refusal(
    StatusCode::FORBIDDEN,
    "The token is missing or not of this run of the bridge: use the address that the bridge printed when it started.",
);

/// The three locks.
#[derive(Debug)]
pub struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
    cli: bool,
    token: Token,
    failures: RefCell<VecDeque<Instant>>,
    delayed: Cell<usize>,
}

impl Guard {
    /// The locks of a bridge on this port; `origins` are allowed beside its own, `cli` allows none at all.
    pub fn new(port: u16, origins: &[String], cli: bool, token: Token) -> Guard {
        let hosts: Vec<String> =
            ["127.0.0.1", "localhost", "[::1]"].iter().map(|host| format!("{host}:{port}")).collect();
        let own = hosts.iter().map(|host| format!("http://{host}"));
        let origins = own.chain(origins.iter().map(|origin| origin.to_ascii_lowercase())).collect();
        Guard { hosts, origins, cli, token, failures: RefCell::default(), delayed: Cell::new(0) }
    }

    /// The secret.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// Checks what every request must have: a head of sane size and a Host that is this bridge.
    ///
    /// # Errors
    /// The answer to give instead.
    pub fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let octets: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if octets + uri.path().len() > HEAD {
            return Err(refusal(StatusCode::BAD_REQUEST, "The request's head is too large."));
        }
        let host = only(headers, HOST)?.ok_or(refusal(StatusCode::BAD_REQUEST, "The Host is missing."))?;
        // A request that names its target in full overrides the Host (RFC 9112, 3.2.2).
        let named = uri.authority().map_or(host, |authority| authority.as_str());
        for host in [host, named] {
            let host = host.to_ascii_lowercase();
            if !self.hosts.contains(&host) {
                return Err(match host.parse::<hyper::http::uri::Authority>() {
                    Ok(_) if has_odd_port(&host) => {
                        refusal(StatusCode::BAD_REQUEST, "The Host is malformed.")
                    }
                    Err(_) => refusal(StatusCode::BAD_REQUEST, "The Host is malformed."),
                    Ok(_) => refusal(
                        StatusCode::FORBIDDEN,
                        "The bridge answers only to 127.0.0.1, localhost and [::1] with its port: use the address that it printed.",
                    ),
                });
            }
        }
        Ok(())
    }

    /// Checks who wants a WebSocket, after [`Guard::admit`].
    ///
    /// # Errors
    /// The answer to give instead. With wrong tokens it takes longer and longer to come.
    pub async fn admit_session(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match only(headers, ORIGIN)? {
            Some(origin) if self.origins.contains(&origin.to_ascii_lowercase()) => {}
            None if self.cli => {}
            Some(origin) if !is_origin(origin) => {
                return Err(refusal(StatusCode::BAD_REQUEST, "The Origin is malformed."));
            }
            Some(origin) => {
                tracing::warn!(
                    "refused a page of {}: only the bridge's own page may use it. If this page is yours, start the bridge \
                     with --allow-origin and that origin",
                    origin.escape_debug()
                );
                return Err(refusal(StatusCode::FORBIDDEN, "Pages of this origin may not use the bridge."));
            }
            None => {
                return Err(refusal(
                    StatusCode::FORBIDDEN,
                    "A program without an Origin may use the bridge only if it was started with --cli.",
                ));
            }
        }
        let mut token = None;
        let mut speaks = false;
        for value in headers.get_all(SEC_WEBSOCKET_PROTOCOL) {
            let text =
                value.to_str().map_err(|_| refusal(StatusCode::BAD_REQUEST, "A header is malformed."))?;
            for name in text.split(',').map(str::trim) {
                speaks |= name == SUBPROTOCOL;
                token = name.strip_prefix(TOKEN_PREFIX).or(token);
            }
        }
        if !self.token.matches(token.unwrap_or_default()) {
            return Err(self.wrong_token().await);
        }
        if !speaks {
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "The bridge speaks the subprotocol tcpb.v1; offer it beside the token.",
            ));
        }
        Ok(())
    }

    async fn wrong_token(&self) -> Refusal {
        let now = Instant::now();
        let count = {
            let mut failures = self.failures.borrow_mut();
            while failures.front().is_some_and(|at| now - *at > WINDOW) || failures.len() > FREE_FAILURES {
                failures.pop_front();
            }
            failures.push_back(now);
            failures.len()
        };
        if count == 1 {
            tracing::warn!(
                "refused a connection with a wrong token: a page from before the last start, or somebody who guesses"
            );
        }
        if count > FREE_FAILURES {
            if self.delayed.get() >= DELAYED {
                return refusal(StatusCode::TOO_MANY_REQUESTS, "Too many wrong tokens: wait a little.");
            }
            self.delayed.set(self.delayed.get() + 1);
            let _count = Countdown(&self.delayed);
            tokio::time::sleep(DELAY).await;
        }
        WRONG_TOKEN
    }
}

struct Countdown<'a>(&'a Cell<usize>);

impl Drop for Countdown<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Whether there is something behind the host's colon that is no number (RFC 3986, 3.2.3).
fn has_odd_port(authority: &str) -> bool {
    let after_host = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    after_host.rsplit_once(':').is_some_and(|(_, port)| !port.bytes().all(|octet| octet.is_ascii_digit()))
}

/// Whether a text has the shape of an Origin (RFC 6454, 7.1): null, or a scheme and what follows. An empty one names nobody,
/// which is for the list of origins to refuse.
fn is_origin(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once("://") else { return text.is_empty() || text == "null" };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
}

/// The value of a header that must not stand twice.
fn only(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) if !text.starts_with("http") || text.parse::<Uri>().is_ok() => Ok(Some(text)),
            _ => Err(refusal(StatusCode::BAD_REQUEST, "A header is malformed.")),
        },
        (Some(_), Some(_)) => Err(refusal(StatusCode::BAD_REQUEST, "A header stands twice.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_new_and_compares_whole() {
        let (token, other) = (Token::new().expect("random octets"), Token::new().expect("random octets"));
        assert_eq!(token.reveal().len(), 64);
        assert!(token.matches(token.reveal()));
        assert!(!token.matches(other.reveal()));
        assert!(!token.matches(&token.reveal()[..63]));
        assert!(!token.matches(&format!("{}0", token.reveal())));
        assert!(!token.matches(""));
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
