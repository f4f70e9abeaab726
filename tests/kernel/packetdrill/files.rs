//! What a script does on the kernel with descriptors that are no sockets, and with memory that is none: the system calls themselves.

use ::packetdrill::Registration;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// An address where no program has memory.
const NOWHERE: usize = 1;

fn checked(result: i64) -> io::Result<i64> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

#[allow(unsafe_code, reason = "the kernel has just made the descriptor, and nobody else has it")]
fn owned(fd: i64) -> OwnedFd {
    // SAFETY: `fd` is a new descriptor, a number that fits.
    unsafe { OwnedFd::from_raw_fd(fd as RawFd) }
}

/// epoll_create1(2).
#[allow(unsafe_code, reason = "no crate here has it")]
pub fn epoll() -> io::Result<OwnedFd> {
    // SAFETY: it takes no memory.
    checked(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) }.into()).map(owned)
}

/// epoll_ctl(2).
#[allow(unsafe_code, reason = "no crate here has it")]
pub fn control(epoll: RawFd, action: Registration, fd: RawFd, events: i64, data: i64) -> io::Result<i64> {
    let action = match action {
        Registration::Add => libc::EPOLL_CTL_ADD,
        Registration::Delete => libc::EPOLL_CTL_DEL,
        Registration::Modify => libc::EPOLL_CTL_MOD,
    };
    let mut event = libc::epoll_event { events: events as u32, u64: data as u64 };
    // SAFETY: the kernel reads `event` during the call.
    checked(unsafe { libc::epoll_ctl(epoll, action, fd, &mut event) }.into())
}

/// epoll_wait(2): events and data.
#[allow(unsafe_code, reason = "no crate here has it")]
pub fn wait(epoll: &impl AsRawFd, most: usize, millis: i32) -> io::Result<Vec<(i64, i64)>> {
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; most];
    let most = i32::try_from(most).unwrap_or(i32::MAX);
    // SAFETY: the kernel writes at most `most` events, for which there is room.
    let count =
        checked(unsafe { libc::epoll_wait(epoll.as_raw_fd(), events.as_mut_ptr(), most, millis) }.into())?;
    Ok(events.iter().take(count as usize).map(|event| (i64::from(event.events), event.u64 as i64)).collect())
}

/// poll(2): how many have something, and what each has.
#[allow(unsafe_code, reason = "no crate here takes descriptors that are closed")]
pub fn poll(fds: &[(RawFd, i16)], millis: i32) -> io::Result<(i64, Vec<i64>)> {
    let mut fds: Vec<libc::pollfd> =
        fds.iter().map(|&(fd, events)| libc::pollfd { fd, events, revents: 0 }).collect();
    // SAFETY: the kernel reads and writes as many as there are.
    let count = checked(unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, millis) }.into())?;
    Ok((count, fds.iter().map(|fd| i64::from(fd.revents)).collect()))
}

/// pipe(2): the end that reads, and the one that writes.
#[allow(unsafe_code, reason = "no crate here has it")]
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: the kernel writes two ints.
    checked(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) }.into())?;
    Ok((owned(ends[0].into()), owned(ends[1].into())))
}

/// splice(2), without offsets.
#[allow(unsafe_code, reason = "no crate here has it")]
pub fn splice(from: RawFd, to: RawFd, length: u32, flags: i64) -> io::Result<i64> {
    let none = core::ptr::null_mut;
    // SAFETY: it takes no memory.
    checked(unsafe { libc::splice(from, none(), to, none(), length as usize, flags as u32) } as i64)
}

/// sendfile(2).
#[allow(unsafe_code, reason = "no crate here has it")]
pub fn send_file(to: RawFd, from: RawFd, offset: Option<u32>, count: u32) -> io::Result<i64> {
    let mut offset = offset.map(libc::off_t::from);
    let at = offset.as_mut().map_or(core::ptr::null_mut(), core::ptr::from_mut);
    // SAFETY: the kernel reads and writes `offset` during the call, if there is one.
    checked(unsafe { libc::sendfile(to, from, at, count as usize) } as i64)
}

/// read(2) or recv(2) into so many octets; into no memory at all where `fault` says so.
#[allow(unsafe_code, reason = "safe calls do not take memory that is none")]
pub fn receive(fd: RawFd, max: u32, flags: i64, fault: bool) -> io::Result<i64> {
    let mut room = vec![0_u8; if fault { 0 } else { max as usize }];
    let at = if fault { NOWHERE as *mut libc::c_void } else { room.as_mut_ptr().cast() };
    // SAFETY: the kernel checks the address itself; where it is good there is room for `max` octets.
    let count = unsafe {
        if flags == 0 {
            libc::read(fd, at, max as usize)
        } else {
            libc::recv(fd, at, max as usize, flags as i32)
        }
    };
    checked(count as i64)
}

/// write(2) or send(2) of so many octets; of no memory at all where `fault` says so.
#[allow(unsafe_code, reason = "safe calls do not take memory that is none")]
pub fn send(fd: RawFd, length: u32, flags: i64, fault: bool) -> io::Result<i64> {
    let data = vec![b'x'; if fault { 0 } else { length as usize }];
    let at = if fault { NOWHERE as *const libc::c_void } else { data.as_ptr().cast() };
    // SAFETY: the kernel checks the address itself; where it is good there are `length` octets.
    let count = unsafe {
        if flags == 0 {
            libc::write(fd, at, length as usize)
        } else {
            libc::send(fd, at, length as usize, flags as i32)
        }
    };
    checked(count as i64)
}
