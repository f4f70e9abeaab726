//! Ports that several sockets have: SO_REUSEPORT, and on datagram sockets SO_REUSEADDR.
//!
//! A kernel lets every program of the same user share a port whose holders all ask for it: a page could take the connections and
//! datagrams of another program, or send its own to one. So these options are wishes here. The kernel learns of them only for
//! sockets of one session that have the very same address and port, and while one of them is being bound there.

use super::Calls;
use crate::os;
use sockets::{OptionName, OptionValue, SocketId, SocketKind};

/// Whether an option is a wish to share.
pub(super) fn is_wish(kind: SocketKind, option: OptionName) -> bool {
    match option {
        OptionName::ReusePort => true,
        // Winsock's shares a stream's port as well.
        OptionName::ReuseAddr => kind == SocketKind::Datagram || cfg!(windows),
        _ => false,
    }
}

impl Calls {
    /// Sets a wish. On systems that do not know the option it is refused as any other is.
    pub(super) fn wish(&mut self, id: SocketId, option: OptionName, on: bool) -> std::io::Result<()> {
        let Some(entry) = self.sockets.get_mut(&id) else { return Ok(()) };
        entry.with(|socket| os::get_option(socket, option))?;
        if on {
            entry.wishes.insert(option);
        } else {
            entry.wishes.remove(&option);
            entry.with(|socket| os::set_option(socket, option, &OptionValue::Number(0)))?;
        }
        Ok(())
    }

    /// A socket is about to be bound: those of the session that wish to share may share with it.
    pub(super) fn let_share(&mut self, id: SocketId) {
        let Some(entry) = self.sockets.get(&id).filter(|entry| !entry.wishes.is_empty()) else { return };
        let kind = entry.kind;
        self.sockets.values().filter(|other| other.kind == kind && other.bound.is_some()).for_each(|other| {
            other.share(true);
        });
    }

    /// It is bound, or not: who shares with nobody of the session shares with nobody at all.
    pub(super) fn shared(&mut self, id: SocketId) {
        let Some(entry) = self.sockets.get(&id).filter(|entry| !entry.wishes.is_empty()) else { return };
        let kind = entry.kind;
        let place = |bound: &crate::policy::Bound| (bound.address, bound.port);
        let places: Vec<_> = self
            .sockets
            .values()
            .filter(|entry| entry.kind == kind)
            .filter_map(|entry| entry.bound.as_ref().map(place))
            .collect();
        for entry in self.sockets.values().filter(|entry| entry.kind == kind && !entry.wishes.is_empty()) {
            let own = entry.bound.as_ref().map(place);
            entry.share(own.is_some_and(|own| places.iter().filter(|other| **other == own).count() > 1));
        }
    }
}
