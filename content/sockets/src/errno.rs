//! Linux's errnos as one table: number, name, text (strerror(3)), and what it means to somebody who learns sockets.

use core::fmt;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// An errno by Linux's number (errno(3)), whatever the system it came from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Errno(i32);

macro_rules! errnos {
    ($($name:ident = $number:literal, $text:literal, $meaning:literal;)*) => {
        impl Errno {
            $(
                #[doc = $text]
                pub const $name: Errno = Errno($number);
            )*

            /// Every errno of the table, by number.
            pub const TABLE: &'static [Errno] = &[$(Errno::$name),*];
        }

        const fn row(number: i32) -> Option<(&'static str, &'static str, &'static str)> {
            match number {
                $($number => Some((stringify!($name), $text, $meaning)),)*
                _ => None,
            }
        }
    };
}

errnos! {
    EPERM = 1, "Operation not permitted",
        "This needs a privilege that the program does not have.";
    ENOENT = 2, "No such file or directory",
        "There is nothing of that name: no such congestion control algorithm, for example.";
    EINTR = 4, "Interrupted system call",
        "The call was broken off while it waited. What it had begun goes on: a handshake, for example, is completed by the kernel.";
    EIO = 5, "Input/output error",
        "The system failed below the socket.";
    EBADF = 9, "Bad file descriptor",
        "There is no such socket (any more): it was closed, perhaps while this call was waiting on it.";
    EAGAIN = 11, "Resource temporarily unavailable",
        "The call would have had to wait, and it was told not to. Try again when the socket is ready.";
    ENOMEM = 12, "Cannot allocate memory",
        "The system has no memory left for this.";
    EACCES = 13, "Permission denied",
        "Not allowed: ports below 1024 are kept for privileged programs.";
    EFAULT = 14, "Bad address",
        "The call was given memory that is not there.";
    EBUSY = 16, "Device or resource busy",
        "It is in use elsewhere just now, or too many calls wait already.";
    EINVAL = 22, "Invalid argument",
        "The socket is not in a state for this call, or an argument is out of its range.";
    EMFILE = 24, "Too many open files",
        "No more sockets for this session: close some first.";
    ENFILE = 23, "Too many open files in system",
        "The whole system is out of file descriptors.";
    EPIPE = 32, "Broken pipe",
        "This side can no longer send: it shut its sending direction down, or the connection is gone.";
    EDOM = 33, "Numerical argument out of domain",
        "The number is outside the option's range.";
    ENOTSOCK = 88, "Socket operation on non-socket",
        "This is not a socket.";
    EDESTADDRREQ = 89, "Destination address required",
        "A datagram needs an address: use sendto, or connect first.";
    EMSGSIZE = 90, "Message too long",
        "One datagram cannot hold that much (at most 65,507 octets over IPv4).";
    EPROTOTYPE = 91, "Protocol wrong type for socket",
        "The protocol does not go with this type of socket.";
    ENOPROTOOPT = 92, "Protocol not available",
        "The option does not exist at this level, or not on this system.";
    EPROTONOSUPPORT = 93, "Protocol not supported",
        "The system does not have this protocol.";
    EOPNOTSUPP = 95, "Operation not supported",
        "This type of socket has no such call: only stream sockets listen and accept.";
    EAFNOSUPPORT = 97, "Address family not supported by protocol",
        "The address is of another family than the socket: AF_INET takes IPv4, AF_INET6 takes IPv6.";
    EADDRINUSE = 98, "Address already in use",
        "Another socket has this address and port. A connection in TIME-WAIT keeps it too, for 60 s on Linux: SO_REUSEADDR before bind, on the old socket and on the new one, cures that.";
    EADDRNOTAVAIL = 99, "Cannot assign requested address",
        "The address is not one of this host's, or no port is left.";
    ENETDOWN = 100, "Network is down",
        "The interface is down.";
    ENETUNREACH = 101, "Network is unreachable",
        "There is no route to that network.";
    ECONNABORTED = 103, "Software caused connection abort",
        "The connection was broken off on this side before it could be used.";
    ECONNRESET = 104, "Connection reset by peer",
        "A RST arrived: the peer threw the connection away. What was not yet received is lost.";
    ENOBUFS = 105, "No buffer space available",
        "There is no buffer left for this: too much data waits to be sent.";
    EISCONN = 106, "Transport endpoint is already connected",
        "The socket has a peer already; one socket makes one connection.";
    ENOTCONN = 107, "Transport endpoint is not connected",
        "There is no peer: connect first, or use the socket that accept returned.";
    ESHUTDOWN = 108, "Cannot send after transport endpoint shutdown",
        "This direction was shut down.";
    ETIMEDOUT = 110, "Connection timed out",
        "The peer did not answer at all: every retransmission went unanswered until the kernel gave up.";
    ECONNREFUSED = 111, "Connection refused",
        "Nobody listens there: the host answered the SYN with a RST at once.";
    EHOSTDOWN = 112, "Host is down",
        "The host does not answer on its link.";
    EHOSTUNREACH = 113, "No route to host",
        "A router, or this host, says that the host cannot be reached.";
    EALREADY = 114, "Operation already in progress",
        "The socket is connecting already.";
    EINPROGRESS = 115, "Operation now in progress",
        "The handshake has begun and the call was told not to wait for it.";
    ECANCELED = 125, "Operation canceled",
        "The call was taken back before it was done.";
}

impl Errno {
    /// The errno with this number of Linux; a number that the table lacks is kept.
    pub const fn from_number(number: i32) -> Errno {
        Errno(number)
    }

    /// The errno with this name, if the table has it.
    pub fn from_name(name: &str) -> Option<Errno> {
        Errno::TABLE.iter().copied().find(|errno| row(errno.0).is_some_and(|(known, ..)| known == name))
    }

    /// Linux's number.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The name, `ECONNREFUSED`, or `errno 999` for one that the table lacks.
    pub fn name(self) -> Cow<'static, str> {
        match row(self.0) {
            Some((name, ..)) => name.into(),
            None => format!("errno {}", self.0).into(),
        }
    }

    /// The text of strerror(3).
    pub const fn text(self) -> &'static str {
        match row(self.0) {
            Some((_, text, _)) => text,
            None => "Unknown error",
        }
    }

    /// What it means, whatever the call was.
    pub const fn meaning(self) -> &'static str {
        match row(self.0) {
            Some((.., meaning)) => meaning,
            None => "An error that sockets seldom give; errno(3) lists them all.",
        }
    }

    /// The exception that CPython raises for it (PEP 3151).
    pub const fn python_class(self) -> &'static str {
        match self {
            Errno::EAGAIN | Errno::EALREADY | Errno::EINPROGRESS => "BlockingIOError",
            Errno::EPIPE | Errno::ESHUTDOWN => "BrokenPipeError",
            Errno::ECONNABORTED => "ConnectionAbortedError",
            Errno::ECONNREFUSED => "ConnectionRefusedError",
            Errno::ECONNRESET => "ConnectionResetError",
            Errno::EINTR => "InterruptedError",
            Errno::ENOENT => "FileNotFoundError",
            Errno::EACCES | Errno::EPERM => "PermissionError",
            Errno::ETIMEDOUT => "TimeoutError",
            _ => "OSError",
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.name(), self.0, self.text())
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn names_and_numbers_go_both_ways() {
        for &errno in Errno::TABLE {
            assert_eq!(Errno::from_name(&errno.name()), Some(errno));
        }
        assert_eq!(Errno::from_name("EDRAGON"), None);
        assert_eq!(Errno::from_number(4_242).name(), "errno 4242");
    }

    /// CPython on this machine is asked for each number's name, text and exception.
    #[test]
    #[cfg(all(not(target_family = "wasm"), target_os = "linux"))]
    fn cpython_agrees_with_the_table() {
        let script = "import errno, os\n[print(name, getattr(errno, name), type(OSError(getattr(errno, name), '')).__name__, os.strerror(getattr(errno, name)), sep='|') for name in dir(errno) if name.startswith('E')]";
        let Ok(output) = std::process::Command::new("python3").args(["-c", script]).output() else {
            panic!("python3 is needed for this test: install it");
        };
        let told = String::from_utf8(output.stdout).expect("CPython prints UTF-8");
        let rows: std::collections::BTreeSet<&str> = told.lines().collect();
        for &errno in Errno::TABLE {
            let ours =
                format!("{}|{}|{}|{}", errno.name(), errno.number(), errno.python_class(), errno.text());
            assert!(rows.contains(ours.as_str()), "CPython does not say {ours}");
        }
    }
}
