//! The constants that scripts name, by Linux's numbers (x86-64 and most others).

use sockets::Errno;

/// The value of a constant, or the number of an errno.
pub(crate) fn constant(name: &str) -> Option<i64> {
    let known = TABLE.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    known.or_else(|| errno(name).map(|errno| errno.number().into()))
}

pub(crate) const EEXIST: Errno = Errno::from_number(17);
pub(crate) const ENODEV: Errno = Errno::from_number(19);

/// Errnos that no socket of a program meets, and scripts name.
const OTHERS: &[(&str, Errno)] = &[
    ("ENXIO", Errno::from_number(6)),
    ("E2BIG", Errno::from_number(7)),
    ("ECHILD", Errno::from_number(10)),
    ("EEXIST", EEXIST),
    ("ENODEV", ENODEV),
    ("ENOTTY", Errno::from_number(25)),
    ("EFBIG", Errno::from_number(27)),
    ("ENOSPC", Errno::from_number(28)),
    ("ESPIPE", Errno::from_number(29)),
    ("ERANGE", Errno::from_number(34)),
    ("ENOSYS", Errno::from_number(38)),
    ("ENOMSG", Errno::from_number(42)),
    ("ENODATA", Errno::from_number(61)),
    ("EPROTO", Errno::from_number(71)),
    ("EBADMSG", Errno::from_number(74)),
    ("EOVERFLOW", Errno::from_number(75)),
    ("ENETRESET", Errno::from_number(102)),
    ("ETOOMANYREFS", Errno::from_number(109)),
    ("ECANCELED", Errno::from_number(125)),
    ("EWOULDBLOCK", Errno::EAGAIN),
    ("ENOTSUP", Errno::EOPNOTSUPP),
];

/// An errno by its name.
pub(crate) fn errno(name: &str) -> Option<Errno> {
    let other = || OTHERS.iter().find(|(known, _)| *known == name).map(|(_, errno)| *errno);
    Errno::from_name(name).or_else(other)
}

pub(crate) const O_RDWR: i64 = 0o2;
pub(crate) const O_NONBLOCK: i64 = 0o4000;
pub(crate) const SOCK_NONBLOCK: i64 = 0o4000;
pub(crate) const SOCK_CLOEXEC: i64 = 0o2_000_000;
pub(crate) const MSG_OOB: i64 = 0x1;
pub(crate) const MSG_PEEK: i64 = 0x2;
pub(crate) const MSG_TRUNC: i64 = 0x20;
pub(crate) const MSG_DONTWAIT: i64 = 0x40;
pub(crate) const MSG_EOR: i64 = 0x80;
pub(crate) const MSG_WAITALL: i64 = 0x100;
pub(crate) const MSG_NOSIGNAL: i64 = 0x4000;
pub(crate) const MSG_MORE: i64 = 0x8000;
pub(crate) const POLLIN: i64 = 0x1;
pub(crate) const POLLPRI: i64 = 0x2;
pub(crate) const POLLOUT: i64 = 0x4;
pub(crate) const POLLERR: i64 = 0x8;
pub(crate) const POLLHUP: i64 = 0x10;
pub(crate) const POLLNVAL: i64 = 0x20;
pub(crate) const POLLRDNORM: i64 = 0x40;
pub(crate) const POLLWRNORM: i64 = 0x100;
pub(crate) const POLLRDHUP: i64 = 0x2000;
pub(crate) const EPOLLONESHOT: i64 = 1 << 30;
pub(crate) const EPOLLET: i64 = 1 << 31;
pub(crate) const SPLICE_F_NONBLOCK: i64 = 2;
pub(crate) const SPLICE_F_MORE: i64 = 4;
pub(crate) const MSG_CMSG_CLOEXEC: i64 = 0x4000_0000;
pub(crate) const MSG_ERRQUEUE: i64 = 0x2000;

const TABLE: &[(&str, i64)] = &[
    ("AF_UNSPEC", 0),
    ("AF_INET", 2),
    ("PF_INET", 2),
    ("AF_INET6", 10),
    ("PF_INET6", 10),
    ("SOCK_STREAM", 1),
    ("SOCK_DGRAM", 2),
    ("SOCK_NONBLOCK", SOCK_NONBLOCK),
    ("SOCK_CLOEXEC", SOCK_CLOEXEC),
    ("IPPROTO_IP", 0),
    ("IPPROTO_ICMP", 1),
    ("IPPROTO_TCP", 6),
    ("IPPROTO_UDP", 17),
    ("IPPROTO_IPV6", 41),
    ("SOL_IP", 0),
    ("SOL_SOCKET", 1),
    ("SOL_TCP", 6),
    ("SOL_UDP", 17),
    ("SOL_IPV6", 41),
    ("INADDR_ANY", 0),
    ("INADDR_LOOPBACK", 0x7f00_0001),
    ("SHUT_RD", 0),
    ("SHUT_WR", 1),
    ("SHUT_RDWR", 2),
    ("F_GETFL", 3),
    ("F_SETFL", 4),
    ("O_RDONLY", 0),
    ("O_WRONLY", 1),
    ("O_RDWR", O_RDWR),
    ("O_NONBLOCK", O_NONBLOCK),
    ("O_NDELAY", O_NONBLOCK),
    ("MSG_OOB", MSG_OOB),
    ("MSG_PEEK", MSG_PEEK),
    ("MSG_CTRUNC", 0x8),
    ("MSG_TRUNC", MSG_TRUNC),
    ("MSG_DONTWAIT", MSG_DONTWAIT),
    ("MSG_EOR", MSG_EOR),
    ("MSG_WAITALL", MSG_WAITALL),
    ("MSG_ERRQUEUE", MSG_ERRQUEUE),
    ("MSG_NOSIGNAL", MSG_NOSIGNAL),
    ("MSG_MORE", MSG_MORE),
    ("MSG_ZEROCOPY", 0x0400_0000),
    ("MSG_FASTOPEN", 0x2000_0000),
    ("POLLIN", POLLIN),
    ("POLLPRI", POLLPRI),
    ("POLLOUT", POLLOUT),
    ("POLLERR", POLLERR),
    ("POLLHUP", POLLHUP),
    ("POLLNVAL", POLLNVAL),
    ("POLLRDNORM", POLLRDNORM),
    ("POLLRDBAND", 0x80),
    ("POLLWRNORM", POLLWRNORM),
    ("POLLWRBAND", 0x200),
    ("POLLRDHUP", POLLRDHUP),
    ("EPOLLIN", POLLIN),
    ("EPOLLPRI", POLLPRI),
    ("EPOLLOUT", POLLOUT),
    ("EPOLLERR", POLLERR),
    ("EPOLLHUP", POLLHUP),
    ("EPOLLRDNORM", POLLRDNORM),
    ("EPOLLRDBAND", 0x80),
    ("EPOLLWRNORM", POLLWRNORM),
    ("EPOLLWRBAND", 0x200),
    ("EPOLLMSG", 0x400),
    ("EPOLLRDHUP", POLLRDHUP),
    ("EPOLLEXCLUSIVE", 1 << 28),
    ("EPOLLWAKEUP", 1 << 29),
    ("EPOLLONESHOT", EPOLLONESHOT),
    ("EPOLLET", EPOLLET),
    ("EPOLL_CTL_ADD", 1),
    ("EPOLL_CTL_DEL", 2),
    ("EPOLL_CTL_MOD", 3),
    ("EPOLL_CLOEXEC", SOCK_CLOEXEC),
    ("SPLICE_F_MOVE", 1),
    ("SPLICE_F_NONBLOCK", SPLICE_F_NONBLOCK),
    ("SPLICE_F_MORE", SPLICE_F_MORE),
    ("SPLICE_F_GIFT", 8),
    ("FIONBIO", 0x5421),
    ("F_GETFD", 1),
    ("F_SETFD", 2),
    ("FD_CLOEXEC", 1),
    ("O_CLOEXEC", SOCK_CLOEXEC),
    ("MSG_CMSG_CLOEXEC", MSG_CMSG_CLOEXEC),
    ("MSG_CONFIRM", 0x800),
    ("MSG_DONTROUTE", 0x4),
    ("IP_PMTUDISC_DONT", 0),
    ("IP_PMTUDISC_WANT", 1),
    ("IP_PMTUDISC_DO", 2),
    ("IP_PMTUDISC_PROBE", 3),
    ("IP_PMTUDISC_INTERFACE", 4),
    ("IP_PMTUDISC_OMIT", 5),
    ("IPV6_PMTUDISC_DONT", 0),
    ("IPV6_PMTUDISC_WANT", 1),
    ("IPV6_PMTUDISC_DO", 2),
    ("IPV6_PMTUDISC_PROBE", 3),
    ("TCPI_OPT_USEC_TS", 64),
    ("TCPI_OPT_TFO_CHILD", 128),
    ("SIOCINQ", 0x541b),
    ("FIONREAD", 0x541b),
    ("SIOCOUTQ", 0x5411),
    ("TIOCOUTQ", 0x5411),
    ("SIOCOUTQNSD", 0x894b),
    ("SOMAXCONN", 4096),
    ("EFD_NONBLOCK", O_NONBLOCK),
    ("NULL", 0),
    ("TCP_CM_INQ", 36),
    ("TCP_CA_Open", 0),
    ("TCP_CA_Disorder", 1),
    ("TCP_CA_CWR", 2),
    ("TCP_CA_Recovery", 3),
    ("TCP_CA_Loss", 4),
    ("TCP_ESTABLISHED", 1),
    ("TCP_SYN_SENT", 2),
    ("TCP_SYN_RECV", 3),
    ("TCP_FIN_WAIT1", 4),
    ("TCP_FIN_WAIT2", 5),
    ("TCP_TIME_WAIT", 6),
    ("TCP_CLOSE", 7),
    ("TCP_CLOSE_WAIT", 8),
    ("TCP_LAST_ACK", 9),
    ("TCP_LISTEN", 10),
    ("TCP_CLOSING", 11),
    ("TCPI_OPT_TIMESTAMPS", 1),
    ("TCPI_OPT_SACK", 2),
    ("TCPI_OPT_WSCALE", 4),
    ("TCPI_OPT_ECN", 8),
    ("TCPI_OPT_ECN_SEEN", 16),
    ("TCPI_OPT_SYN_DATA", 32),
    ("TCP_INFINITE_SSTHRESH", 0x7fff_ffff),
];
