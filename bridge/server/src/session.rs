//! One page's WebSocket: frames in, [`Calls`], frames out. Ends with it every socket that the page had.

use crate::calls::{Calls, Setting};
use crate::os;
use crate::sample::TICK;
use futures_util::{Sink, SinkExt, Stream};
use protocol::{BadRequest, Frame, Hello, Limits, MAX_MESSAGE, Message, Policy, Reply, Request, SUBPROTOCOL};
use sockets::{Failure, Micros};
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message as WsMessage, error::CapacityError};

/// How often a page is asked for a sign of life.
const PING: Duration = Duration::from_secs(30);

/// How long the answer to a second ping may take when the first has none either.
const LAST_CHANCE: Duration = Duration::from_secs(10);

/// How long the last words to a page may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// Rounds of work before other tasks get their turn.
const ROUNDS: usize = 32;

/// Requests of one round, so that replies go out in between.
const REQUESTS: usize = 64;

type Socket = WebSocketStream<TcpStream>;

/// Whether the page lives: pings at their time, and how many have no answer. Only pongs are answers. RFC 6455 (5.5.3) asks
/// for them of whoever is there, while what a program sends and takes may be left over from before it hung.
struct Pulse {
    next: Pin<Box<Sleep>>,
    unanswered: u32,
    /// A ping is to go out.
    due: bool,
}

impl Pulse {
    fn new() -> Pulse {
        Pulse { next: Box::pin(sleep_until(Instant::now() + PING)), unanswered: 0, due: false }
    }

    /// Sees to the clock, and is woken by it. True when the page had its last chance.
    fn is_lost(&mut self, cx: &mut Context<'_>) -> bool {
        while self.next.as_mut().poll(cx).is_ready() {
            if self.unanswered >= 2 {
                return true;
            }
            self.unanswered += 1;
            self.due = true;
            let pause = if self.unanswered == 2 { LAST_CHANCE } else { PING };
            self.next.as_mut().reset(Instant::now() + pause);
        }
        false
    }

    fn answered(&mut self) {
        if self.unanswered == 2 {
            // Back to the usual rhythm, counted from the second ping.
            let next = self.next.deadline() + PING.saturating_sub(LAST_CHANCE);
            self.next.as_mut().reset(next);
        }
        self.unanswered = 0;
    }
}

/// Why a session ended.
enum End {
    /// The page closed it, or is gone; the text is for the log.
    Left(String),
    /// The bridge closes it.
    Close(CloseCode, &'static str),
}

struct Session {
    socket: Socket,
    calls: Calls,
    stop: Pin<Box<dyn Future<Output = ()>>>,
    tick: Interval,
    pulse: Pulse,
    deadline: Pin<Box<Sleep>>,
}

/// Serves a page until it leaves, or until `stop` turns true. `rest` is what came behind the handshake already.
pub async fn run(
    stream: TcpStream,
    rest: Vec<u8>,
    peer: SocketAddr,
    setting: Rc<Setting>,
    mut stop: watch::Receiver<bool>,
) {
    let config = WebSocketConfig::default()
        .read_buffer_size(128 << 10)
        .write_buffer_size(16 << 10)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let socket = WebSocketStream::from_partially_read(stream, rest, Role::Server, Some(config)).await;
    tracing::info!("a page is connected ({peer})");
    let mut calls = Calls::new(setting.clone());
    calls.out.push(Message::Hello(hello(&setting)).encode());
    let mut tick = interval_at(Instant::now() + TICK, TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = Box::pin(async move {
        // An error means that nobody can stop us any more, which is a reason to stop.
        let _ = stop.wait_for(|stop| *stop).await;
    });
    let mut session = Session {
        socket,
        calls,
        stop,
        tick,
        pulse: Pulse::new(),
        deadline: Box::pin(sleep_until(Instant::now())),
    };
    let end = poll_fn(|cx| session.poll(cx)).await;
    let Session { socket, calls, .. } = session;
    let sockets = calls.open_sockets();
    drop(calls);
    match end {
        End::Left(why) => {
            tracing::info!("the page left ({peer}): {why}; its {sockets} open sockets are closed")
        }
        End::Close(code, why) => {
            tracing::info!("the page is sent away ({peer}): {why}; its {sockets} open sockets are closed");
            farewell(socket, code, why).await;
        }
    }
}

fn hello(setting: &Setting) -> Hello {
    Hello {
        protocol: SUBPROTOCOL.into(),
        bridge: env!("CARGO_PKG_VERSION").into(),
        system: std::env::consts::OS.into(),
        sight: os::SIGHT,
        limits: Limits { sockets: setting.max_sockets, pending: setting.max_pending, message: MAX_MESSAGE },
        policy: Policy {
            allow: setting.rules.allow.iter().map(|allow| allow.port).collect(),
            hosts: setting.rules.hosts.clone(),
            lan: setting.rules.lan,
            net: setting.rules.net,
        },
    }
}

/// Says why, and reads on for a moment: unread data would turn the close into a RST that takes the words away with it.
async fn farewell(mut socket: Socket, code: CloseCode, why: &'static str) {
    let words = async {
        socket.send(WsMessage::Close(Some(CloseFrame { code, reason: why.into() }))).await.ok()?;
        let stream = socket.get_mut();
        stream.shutdown().await.ok()?;
        let mut rest = vec![0; 64 << 10];
        while stream.read(&mut rest).await.ok()? > 0 {}
        Some(())
    };
    let _ = timeout(FAREWELL, words).await;
}

impl Session {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if self.stop.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::Close(CloseCode::Away, "the bridge stops"));
        }
        for _ in 0..ROUNDS {
            let mut moved = self.calls.go_on(cx).is_ready();
            match self.read(cx) {
                Ok(some) => moved |= some,
                Err(end) => return Poll::Ready(end),
            }
            moved |= self.clock(cx);
            if self.pulse.is_lost(cx) {
                return Poll::Ready(End::Close(CloseCode::Policy, "no answer to two pings"));
            }
            match self.write(cx) {
                Ok(some) => moved |= some,
                Err(error) => return Poll::Ready(End::Left(error.to_string())),
            }
            if !moved {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes requests while there is room for their replies.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let mut moved = false;
        for _ in 0..REQUESTS {
            if !self.calls.out.has_room() {
                break;
            }
            let message = match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Pending => break,
                Poll::Ready(None) => return Err(End::Left("the connection is closed".into())),
                Poll::Ready(Some(Ok(message))) => message,
                Poll::Ready(Some(Err(error))) => return Err(ended(error)),
            };
            moved = true;
            let frame = match message {
                WsMessage::Binary(octets) => Frame::Binary(octets),
                WsMessage::Text(text) => Frame::Text(text.as_str().to_owned()),
                WsMessage::Close(_) => {
                    let _ = Pin::new(&mut self.socket).poll_flush(cx);
                    return Err(End::Left("it said good-bye".into()));
                }
                WsMessage::Pong(_) => {
                    self.pulse.answered();
                    continue;
                }
                WsMessage::Ping(_) | WsMessage::Frame(_) => continue,
            };
            match Request::decode(&frame) {
                Ok(request) => self.calls.submit(request),
                Err(BadRequest { id: Some(id), why }) => {
                    let outcome = Err(Failure::Protocol(why));
                    self.calls
                        .out
                        .push(Message::Reply(Reply { id, outcome, took: Micros::ZERO, note: None }).encode());
                }
                Err(BadRequest { id: None, why }) => {
                    self.calls.out.push(Message::Complaint(Failure::Protocol(why)).encode());
                }
            }
        }
        Ok(moved)
    }

    /// Sees to time-outs and samples. True if something may have come of it.
    fn clock(&mut self, cx: &mut Context<'_>) -> bool {
        let tick = self.calls.has_something_to_look_at() && self.tick.poll_tick(cx).is_ready();
        let before = self.calls.out.is_empty();
        self.calls.time_passes(tick);
        if let Some(at) = self.calls.next_deadline() {
            if self.deadline.deadline() != at {
                self.deadline.as_mut().reset(at);
            }
            if self.deadline.as_mut().poll(cx).is_ready() {
                return true;
            }
        }
        tick || before != self.calls.out.is_empty()
    }

    /// Says what is to be said, as far as the page takes it.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let had_room = self.calls.out.has_room();
        let mut moved = false;
        let mut socket = Pin::new(&mut self.socket);
        // A page that takes much at the moment gets its ping when there is room: never is one left out.
        if self.pulse.due && socket.as_mut().poll_ready(cx)?.is_ready() {
            self.pulse.due = false;
            socket.as_mut().start_send(WsMessage::Ping(Default::default()))?;
        }
        while !self.calls.out.is_empty() {
            match socket.as_mut().poll_ready(cx)? {
                Poll::Pending => break,
                Poll::Ready(()) => {}
            }
            let Some(frame) = self.calls.out.pop() else { break };
            moved = true;
            socket.as_mut().start_send(match frame {
                Frame::Text(text) => WsMessage::Text(text.into()),
                Frame::Binary(octets) => WsMessage::Binary(octets),
            })?;
        }
        let _ = socket.poll_flush(cx)?;
        // Room again: requests and sockets that waited for it may go on.
        Ok(moved && !had_room && self.calls.out.has_room())
    }
}

fn ended(error: Error) -> End {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            End::Close(CloseCode::Size, "a message was larger than 1 MiB")
        }
        Error::Utf8(_) => End::Close(CloseCode::Invalid, "a text was not UTF-8"),
        Error::Protocol(_) if is_gone(&error) => End::Left("the connection broke".into()),
        Error::Protocol(why) => {
            tracing::debug!("not a WebSocket frame: {why}");
            End::Close(CloseCode::Protocol, "not a WebSocket frame (RFC 6455)")
        }
        other => End::Left(other.to_string()),
    }
}

fn is_gone(error: &Error) -> bool {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    matches!(error, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))
}
