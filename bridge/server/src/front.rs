//! The one port: takes connections, checks them, serves the site, and hands WebSockets to their sessions.
//!
//! ```text
//!   TCP --hyper--> Guard --/ws-----> Session
//!                    '----- else --> Site
//! ```

use crate::calls::Setting;
use crate::guard::{Guard, Refusal};
use crate::guests::{Guests, Patient};
use crate::session;
use crate::site::{Body, Site, text};
use hyper::body::Incoming;
use hyper::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use protocol::SUBPROTOCOL;
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::spawn_local;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

/// How long a client may take for the head of a request, and may keep an idle connection.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// How long one connection may be used for pages. (A WebSocket has no such limit.)
const PAGE_TIME: Duration = Duration::from_secs(120);

/// The HTTP library's own buffer. What fits is judged by [`Guard`]; what does not gets 431.
const HEAD_BUFFER: usize = 160 << 10;

/// Open connections, sessions among them. For one more, the one goes that has been here longest and is no session.
const CONNECTIONS: usize = 512;

const FULL: &str = "As many pages are connected as the bridge takes: close one first.\n";

/// Open sessions.
const SESSIONS: usize = 4;

/// Everything that connections share.
pub struct Front {
    /// Who may come in.
    pub guard: Guard,
    /// The pages.
    pub site: Site,
    /// What sessions share.
    pub setting: Rc<Setting>,
    /// The Content-Security-Policy of every answer.
    content_policy: HeaderValue,
    connections: Cell<usize>,
    sessions: Cell<usize>,
    guests: Guests,
    silent: RefCell<Silent>,
    stop: watch::Receiver<bool>,
}

/// Connections that ended without a word.
#[derive(Default)]
struct Silent {
    count: u32,
    told: Option<Instant>,
}

struct Counted<'a>(&'a Cell<usize>);

impl<'a> Counted<'a> {
    fn new(count: &'a Cell<usize>) -> Counted<'a> {
        count.set(count.get() + 1);
        Counted(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Front {
    /// A front on this port. It ends its sessions when `stop` turns true.
    pub fn new(
        port: u16,
        guard: Guard,
        site: Site,
        setting: Rc<Setting>,
        stop: watch::Receiver<bool>,
    ) -> Front {
        let policy = format!(
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
             connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; worker-src 'self' blob:; \
             object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
        );
        Front {
            guard,
            site,
            setting,
            content_policy: HeaderValue::try_from(policy).expect("it is ASCII"),
            connections: Cell::new(0),
            sessions: Cell::new(0),
            guests: Guests::default(),
            silent: RefCell::default(),
            stop,
        }
    }

    /// How many pages have a session.
    pub fn sessions(&self) -> usize {
        self.sessions.get()
    }

    /// Takes connections for ever. Out of descriptors it waits a little instead of spinning, and uses one that it keeps for
    /// this to tell the client so.
    pub async fn listen(self: Rc<Front>, listener: TcpListener) {
        let mut reserve = File::open(if cfg!(windows) { "NUL" } else { "/dev/null" }).ok();
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!("cannot set TCP_NODELAY: {error}");
                    }
                    if self.connections.get() >= CONNECTIONS {
                        self.guests.make_room();
                    }
                    spawn_local(self.clone().serve(stream, peer));
                    // Who has to go goes before the next one comes.
                    tokio::task::yield_now().await;
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                Err(error) => {
                    tracing::warn!("cannot take a connection, next try in 100 ms: {error}");
                    drop(reserve.take());
                    if let Ok(Ok((stream, _))) = tokio::time::timeout(Duration::ZERO, listener.accept()).await
                    {
                        let _ = stream.try_write(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 41\r\n\r\nThe bridge has no file descriptors left.\n");
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    reserve = File::open(if cfg!(windows) { "NUL" } else { "/dev/null" }).ok();
                }
            }
        }
    }

    async fn serve(self: Rc<Front>, stream: TcpStream, peer: SocketAddr) {
        let _count = Counted::new(&self.connections);
        let spoken = Cell::new(false);
        let service = service_fn(|request| {
            spoken.set(true);
            let front = self.clone();
            async move { Ok::<_, Infallible>(front.answer(request, peer).await) }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_BUFFER)
            .half_close(false);
        let connection = http.serve_connection(TokioIo::new(Patient::new(stream)), service).with_upgrades();
        let mut place = self.guests.enter();
        tokio::select! {
            ended = tokio::time::timeout(PAGE_TIME, connection) => match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!("connection from {peer}: {error}"),
                Err(_) => tracing::debug!("connection from {peer}: closed after {} s", PAGE_TIME.as_secs()),
            },
            _ = &mut place.leave => {
                tracing::debug!("connection from {peer}: closed, since {CONNECTIONS} others are open");
                return;
            }
        }
        drop(place);
        if !spoken.get() {
            self.left_silently();
        }
    }

    /// A browser that denies a page the way to this computer connects and leaves (Chromium's local network access).
    fn left_silently(&self) {
        let mut silent = self.silent.borrow_mut();
        silent.count += 1;
        let due = silent.told.is_none_or(|at| at.elapsed() > Duration::from_secs(300));
        if silent.count >= 3 && due {
            silent.told = Some(Instant::now());
            tracing::info!(
                "somebody connects and leaves without a word. If a page of yours does not come through, its browser blocked it? \
                 Use the address that was printed at the start"
            );
        }
    }

    async fn answer(self: Rc<Front>, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        tracing::debug!("{peer} asks: {} {}", request.method(), request.uri().path());
        let mut response = match self.guard.admit(request.uri(), request.headers()) {
            Err(why) => refuse(why),
            Ok(()) if request.uri().path() == "/ws" => self.clone().upgrade(request, peer).await,
            Ok(()) if is_foreign_part(&request) => {
                text(StatusCode::FORBIDDEN, "Pages of other sites may not use parts of this one.\n")
            }
            Ok(()) => self.site.answer(request.method(), request.uri().path(), request.headers()),
        };
        let fields = response.headers_mut();
        for (name, value) in SECURITY {
            fields.insert(name, HeaderValue::from_static(value));
        }
        fields.insert(CONTENT_SECURITY_POLICY, self.content_policy.clone());
        response
    }

    async fn upgrade(self: Rc<Front>, mut request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        if request.method() != Method::GET {
            return text(StatusCode::METHOD_NOT_ALLOWED, "A WebSocket begins with GET.\n");
        }
        let upgrades = request
            .headers()
            .get(UPGRADE)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
        if !upgrades {
            // A browser hides why a handshake failed, so a page asks in this way whether it was because of too many pages.
            if self.sessions.get() >= SESSIONS {
                return text(StatusCode::TOO_MANY_REQUESTS, FULL);
            }
            let mut response = text(StatusCode::UPGRADE_REQUIRED, "Here is a WebSocket, not a page.\n");
            response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
            response.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            return response;
        }
        if let Err(why) = self.guard.admit_session(request.headers()).await {
            return refuse(why);
        }
        if self.sessions.get() >= SESSIONS {
            tracing::warn!("refused a page: {SESSIONS} are connected already, close one of them first");
            return text(StatusCode::TOO_MANY_REQUESTS, FULL);
        }
        let mut response = match create_response_with_body(&request, Body::default) {
            Ok(response) => response,
            Err(error) => {
                tracing::debug!("{peer}: no WebSocket: {error}");
                return text(
                    StatusCode::BAD_REQUEST,
                    "This is not a WebSocket handshake of version 13 (RFC 6455).\n",
                );
            }
        };
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        let upgrading = hyper::upgrade::on(&mut request);
        spawn_local(async move {
            let _connection = Counted::new(&self.connections);
            let _session = Counted::new(&self.sessions);
            match upgraded(upgrading).await {
                Ok((stream, rest)) => {
                    session::run(stream, rest, peer, self.setting.clone(), self.stop.clone()).await
                }
                Err(error) => tracing::debug!("{peer}: no WebSocket: {error}"),
            }
        });
        response
    }
}

async fn upgraded(upgrading: hyper::upgrade::OnUpgrade) -> io::Result<(TcpStream, Vec<u8>)> {
    let upgraded = upgrading.await.map_err(io::Error::other)?;
    let parts = upgraded
        .downcast::<TokioIo<Patient>>()
        .map_err(|_| io::Error::other("not the stream that came in"))?;
    Ok((parts.io.into_inner().into_inner(), parts.read_buf.to_vec()))
}

const SECURITY: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
];

/// Whether a page of another site wants a part of ours. To follow a link to a page of ours is another thing.
fn is_foreign_part(request: &Request<Incoming>) -> bool {
    let field = |name| request.headers().get(name).map(HeaderValue::as_bytes);
    matches!(field("sec-fetch-site"), Some(b"cross-site" | b"same-site"))
        && field("sec-fetch-mode") != Some(b"navigate")
}

fn refuse(Refusal { status, why }: Refusal) -> Response<Body> {
    let mut response = text(status, why);
    response.headers_mut().insert(hyper::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
