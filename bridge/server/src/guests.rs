//! Connections that are no session: they read pages, and nobody is to be kept out because others do so slowly, or not at all.
//!
//! Knows no HTTP. A guest that takes nothing of its answer for [`STUCK`] is dropped, and where there are too many, the one that came
//! first goes, so that whoever holds all places open holds nothing up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a client may take nothing of an answer that is under way.
pub const STUCK: Duration = Duration::from_secs(5);

/// Who is here, in the order in which they came.
#[derive(Debug, Default)]
pub struct Guests {
    here: RefCell<Here>,
}

#[derive(Debug, Default)]
struct Here {
    last: u64,
    by_arrival: BTreeMap<u64, oneshot::Sender<()>>,
}

/// One guest's place, given back when this is dropped.
pub struct Place<'a> {
    guests: &'a Guests,
    number: u64,
    /// Comes when the guest has to go.
    pub leave: oneshot::Receiver<()>,
}

impl Guests {
    /// A guest comes.
    pub fn enter(&self) -> Place<'_> {
        let (sender, leave) = oneshot::channel();
        let mut here = self.here.borrow_mut();
        here.last += 1;
        let number = here.last;
        here.by_arrival.insert(number, sender);
        Place { guests: self, number, leave }
    }

    /// Sends away who came first.
    pub fn make_room(&self) {
        if let Some((_, first)) = self.here.borrow_mut().by_arrival.pop_first() {
            // It may have left already.
            let _ = first.send(());
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.guests.here.borrow_mut().by_arrival.remove(&self.number);
    }
}

/// A guest's stream: to write ends with an error when the client takes nothing for [`STUCK`].
pub struct Patient {
    stream: TcpStream,
    until: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    /// Puts a limit on a stream's patience.
    pub fn new(stream: TcpStream) -> Patient {
        Patient { stream, until: None }
    }

    /// The stream, without the limit.
    pub fn into_inner(self) -> TcpStream {
        self.stream
    }

    fn wrote(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if result.is_ready() {
            self.until = None;
            return result;
        }
        let until = self.until.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + STUCK)));
        ready!(until.as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, octets);
        self.wrote(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
