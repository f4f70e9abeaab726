//! The seam to the operating system: what the portable crates do not offer, and nothing that decides anything.
//!
//! Linux tells all that the page shows. Elsewhere the same functions answer what can be had portably and say plainly what
//! cannot ([`SIGHT`]). Errors come back as Linux's errnos on every system, since those are what `sockets` speaks.

use bytes::BufMut;
use socket2::{SockAddr, Socket};
use std::io;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod system;

pub use system::{
    SIGHT, WHOLE_LENGTH, connection_states, disconnect, errno, get_option, has, keep_freed_memory,
    message_flags, raise_descriptor_limit, readiness, sample_tcp, set_option, tcp_port, unread,
};

/// Who has a TCP port.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpPort {
    /// Somebody listens there.
    pub listens: bool,
    /// A connection has it, be it in TIME-WAIT.
    pub connected: bool,
}

/// Receives into `space`, which is not initialised before: at most `space.remaining_mut()` octets, in one call to the kernel.
///
/// # Errors
/// Whatever the kernel answers.
#[allow(unsafe_code, reason = "octets from the kernel go straight into the message that carries them")]
pub fn receive(socket: &Socket, space: &mut impl BufMut, flags: i32) -> io::Result<usize> {
    if !space.has_remaining_mut() {
        return socket.recv_with_flags(&mut [], flags);
    }
    // SAFETY: recv only writes to the slice.
    let slice = unsafe { space.chunk_mut().as_uninit_slice_mut() };
    let count = socket.recv_with_flags(slice, flags)?.min(slice.len());
    // SAFETY: the kernel has initialised the first `count` octets of that slice.
    unsafe { space.advance_mut(count) };
    Ok(count)
}

/// As [`receive`], of one datagram: with the sender's address where the kernel names one, and how many octets the datagram had where
/// that is more than there was space for, and the kernel tells ([`WHOLE_LENGTH`]).
///
/// # Errors
/// Whatever the kernel answers.
#[allow(unsafe_code, reason = "as in receive")]
pub fn receive_from(
    socket: &Socket,
    space: &mut impl BufMut,
    flags: i32,
) -> io::Result<(SockAddr, Option<usize>)> {
    let flags = flags | WHOLE_LENGTH;
    if !space.has_remaining_mut() {
        let (whole, from) = socket.recv_from_with_flags(&mut [], flags)?;
        return Ok((from, (whole > 0).then_some(whole)));
    }
    // SAFETY: recvfrom only writes to the slice.
    let slice = unsafe { space.chunk_mut().as_uninit_slice_mut() };
    let room = slice.len();
    let (whole, from) = socket.recv_from_with_flags(slice, flags)?;
    // SAFETY: the kernel has initialised so many octets of that slice, and no more than it has.
    unsafe { space.advance_mut(whole.min(room)) };
    Ok((from, (whole > room).then_some(whole)))
}
