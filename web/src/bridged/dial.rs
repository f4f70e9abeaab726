//! One connection to the bridge for whoever needs one of their own, beside the session of the page "Live sockets".

use super::hook::token;
use super::link::{HOME, Road};
use super::wire::Wire;
use crate::browser;
use core::future::Future;
use core::pin::Pin;
use protocol::Frame;
use std::rc::Rc;

/// A connection that is open; dropping it closes it.
pub struct Dialled(Wire);

/// Comes true when the connection is closed, with the reason.
pub type Closed = Pin<Box<dyn Future<Output = String>>>;

impl Dialled {
    /// Hands a frame over.
    pub fn send(&self, frame: &Frame) {
        self.0.send(frame);
    }

    /// Begins to close it.
    pub fn close(&self) {
        self.0.close();
    }
}

/// Opens a connection, and hands each frame that comes to `on_frame`.
///
/// # Errors
/// Why there is none, and what to do.
pub async fn dial(on_frame: Rc<dyn Fn(Frame)>) -> Result<(Dialled, Closed), String> {
    let road = Road::from(&browser::place());
    let Some(token) = token() else {
        return Err(match road {
            Road::Own { .. } => "This page has no token of the bridge. Open the address that the bridge printed when it started, then come \
                back here."
                .to_owned(),
            Road::Far { .. } => format!(
                "Real sockets need the bridge on your own machine. Start it, and open the address that it prints; it looks like \
                 http://{HOME}/#token=…"
            ),
        });
    };
    let nobody = || {
        "No bridge answers. Is it running? Start it, and open the address that it prints; or go on with the simulator.".to_owned()
    };
    let (wire, fate) = Wire::open(road.socket(), &token, on_frame).ok_or_else(nobody)?;
    let opened = fate.opened.await.is_ok_and(|opened| opened.is_truthy());
    if !opened {
        return Err(nobody());
    }
    let closed = async move {
        let reason = fate.closed.await.ok().and_then(|reason| reason.as_string()).unwrap_or_default();
        if reason.is_empty() { "the connection to the bridge was lost".to_owned() } else { reason }
    };
    Ok((Dialled(wire), Box::pin(closed)))
}
