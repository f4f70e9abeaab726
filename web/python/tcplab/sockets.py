"""The module ``_socket``: the class below socket.socket, and what else CPython's socket.py builds on."""

import errno
import os

from tcplab import arguments, descriptors, network, options, pairs, tracebacks
from tcplab.addresses import inet_ntop, inet_pton  # noqa: F401
from tcplab.clocks import seconds as _seconds
from tcplab.constants import CONSTANTS
from tcplab.modules import builtin
from tcplab.names import (  # noqa: F401
    getaddrinfo,
    gethostbyaddr,
    gethostbyname,
    gethostbyname_ex,
    gethostname,
    getnameinfo,
    getprotobyname,
    getservbyname,
    getservbyport,
    if_indextoname,
    if_nameindex,
    if_nametoindex,
    sethostname,
)

__name__ = "_socket"

_builtin = builtin("_socket")
htonl, htons, ntohl, ntohs = _builtin.htonl, _builtin.htons, _builtin.ntohl, _builtin.ntohs
inet_aton, inet_ntoa = _builtin.inet_aton, _builtin.inet_ntoa
error, gaierror, herror, timeout = OSError, _builtin.gaierror, _builtin.herror, TimeoutError
has_ipv6 = True
globals().update(CONSTANTS)

_default_timeout = None
_NONBLOCK, _CLOEXEC = CONSTANTS["SOCK_NONBLOCK"], CONSTANTS["SOCK_CLOEXEC"]
_STREAM, _DGRAM, _RAW = CONSTANTS["SOCK_STREAM"], CONSTANTS["SOCK_DGRAM"], CONSTANTS["SOCK_RAW"]
_AF_UNIX, _AF_INET, _AF_INET6 = CONSTANTS["AF_UNIX"], CONSTANTS["AF_INET"], CONSTANTS["AF_INET6"]


def _fail(name):
    number = getattr(errno, name)
    return OSError(number, os.strerror(number))


def _checked_timeout(value):
    """A time-out as a program gives it: None, or seconds."""
    if value is None:
        return None
    try:
        value = _seconds(value)
    except TypeError:
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer or float") from None
    if value < 0:
        raise ValueError("Timeout value out of range")
    return value


def _check_kind(family, kind, protocol):
    """What Linux answers to a socket that is none of TCP and UDP over IP."""
    if family not in (_AF_INET, _AF_INET6):
        raise _fail("EAFNOSUPPORT")
    if not 0 < kind < 11 or kind < 0:
        raise _fail("EINVAL")
    if kind == _RAW:
        raise _fail("EPERM" if protocol else "EPROTONOSUPPORT")
    if kind not in (_STREAM, _DGRAM):
        raise _fail("ESOCKTNOSUPPORT")
    if protocol < 0 or protocol > 262:
        raise _fail("EINVAL")
    if protocol not in (0, 6 if kind == _STREAM else 17):
        raise _fail("EPROTONOSUPPORT")


class socket:
    """socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object
    socket(family=-1, type=-1, proto=-1, fileno=None) -> socket object

    An end point of a connection, or of datagrams."""

    __module__ = "_socket"
    __slots__ = ("family", "type", "proto", "timeout", "_fd", "_open")

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        _label(self, 0, 0, 0)
        self.timeout = None
        self._fd = -1
        self._open = None
        return self

    def __init__(self, *args, **kwargs):
        family, kind, protocol, fd = _socket_arguments(args, kwargs)
        if fd is not None:
            self._adopt(family, kind, protocol, fd)
        else:
            family = _AF_INET if family == -1 else family
            kind = _STREAM if kind == -1 else kind
            protocol = 0 if protocol == -1 else protocol
            plain = kind & ~_NONBLOCK & ~_CLOEXEC
            _check_kind(family, plain, protocol)
            opened = network.Open.create(family, plain, protocol)
            self._set(opened, descriptors.install_socket(opened), protocol)
            if kind & _NONBLOCK:
                self.timeout = 0.0
                opened.blocking = False
            elif _default_timeout is not None:
                self.timeout = _default_timeout
                opened.blocking = False

    def _set(self, opened, fd, protocol):
        self._open, self._fd = opened, fd
        _label(self, opened.family, opened.kind, protocol)
        self.timeout = None

    def _adopt(self, family, kind, protocol, fd):
        """Takes a descriptor that is open already."""
        if isinstance(fd, float):
            raise TypeError("'float' object cannot be interpreted as an integer")
        fd = arguments.integer(fd)
        if fd < 0:
            raise ValueError("negative file descriptor")
        opened = descriptors.socket_of(fd)
        if protocol == -1:
            protocol = options.get_option(opened, 1, CONSTANTS["SO_PROTOCOL"], 0) if opened.family != _AF_UNIX else 0
        self._set(opened, fd, protocol)
        kind = opened.kind if kind == -1 else kind & ~_NONBLOCK & ~_CLOEXEC
        _label(self, opened.family if family == -1 else family, kind, protocol)
        if _default_timeout is not None:
            self.timeout = _default_timeout
            opened.blocking = False

    def _live(self):
        """The open socket, or EBADF: also where another object has closed the descriptor."""
        opened = self._open
        if opened is None or descriptors.lookup(self._fd) is not opened:
            raise descriptors.bad()
        return opened

    def __repr__(self):
        return f"<socket object, fd={self._fd}, family={_family(self)}, type={_kind(self)}, proto={self.proto}>"

    def __del__(self):
        if self._fd != -1:
            import warnings

            fd, self._fd = self._fd, -1
            try:
                saved, self._fd = self._fd, fd
                # It is told of the program's line, as the interpreter does for a type of its own.
                warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, skip_file_prefixes=(tracebacks.OURS,))
            finally:
                self._fd = saved
                if descriptors.lookup(fd) is self._open:
                    descriptors.close_socket(fd, wait=False)

    # the life of a socket

    def close(self, *args, **named):
        """Close the socket. It cannot be used after this call."""
        arguments.plain("close", named)
        arguments.none("close", args)
        fd, opened, self._fd, self._open = self._fd, self._open, -1, None
        if fd == -1:
            return
        if descriptors.lookup(fd) is not opened:
            raise descriptors.bad()
        try:
            descriptors.close_socket(fd)
        except ConnectionResetError:
            pass

    def detach(self, *args, **named):
        """Close the socket object without closing the underlying file descriptor, and return that."""
        arguments.plain("detach", named)
        arguments.none("detach", args)
        fd, self._fd, self._open = self._fd, -1, None
        return fd

    def fileno(self, *args, **named):
        """Return the integer file descriptor of the socket, or -1."""
        arguments.plain("fileno", named)
        arguments.none("fileno", args)
        return self._fd

    def bind(self, *args, **named):
        """Bind the socket to a local address."""
        arguments.plain("bind", named)
        value = arguments.one("bind", args)
        address = arguments.address("bind", _family(self), value) if _family(self) != _AF_UNIX else value
        self._live().bind(address)

    def listen(self, *args, **named):
        """Enable a server to accept connections."""
        arguments.plain("listen", named)
        arguments.count("listen", args, 0, 1)
        backlog = arguments.integer(args[0]) if args else 128
        self._live().listen(max(0, backlog))

    def _accept(self, *args, **named):
        """Wait for an incoming connection: (descriptor, address)."""
        arguments.plain("_accept", named)
        arguments.none("_accept", args)
        opened, address = self._live().accept(self.timeout)
        return descriptors.install_socket(opened), address

    def connect(self, *args, **named):
        """Connect the socket to a remote address."""
        arguments.plain("connect", named)
        value = arguments.one("connect", args)
        address = arguments.address("connect", _family(self), value) if _family(self) != _AF_UNIX else value
        self._live().connect(address, self.timeout)

    def connect_ex(self, *args, **named):
        """As connect(address), but returns an errno, or 0."""
        arguments.plain("connect_ex", named)
        value = arguments.one("connect_ex", args)
        address = arguments.address("connect_ex", _family(self), value) if _family(self) != _AF_UNIX else value
        try:
            self._live().connect(address, self.timeout)
        except gaierror:
            raise
        except OSError as exception:
            if exception.errno is not None:
                return exception.errno
            if isinstance(exception, TimeoutError):
                return errno.EAGAIN
            raise
        return 0

    def shutdown(self, *args, **named):
        """Shut down the reading side, the writing side, or both."""
        arguments.plain("shutdown", named)
        how = arguments.integer(arguments.one("shutdown", args))
        opened = self._live()
        if how not in (0, 1, 2):
            raise _fail("EINVAL")
        opened.shutdown(how)

    # addresses, options, time-outs

    def getsockname(self, *args, **named):
        """Return the address of the local endpoint."""
        arguments.plain("getsockname", named)
        arguments.none("getsockname", args)
        return self._live().getsockname()

    def getpeername(self, *args, **named):
        """Return the address of the remote endpoint."""
        arguments.plain("getpeername", named)
        arguments.none("getpeername", args)
        return self._live().getpeername()

    def setsockopt(self, *args, **named):
        """Set a socket option: to an int, to octets, or to NULL of a length."""
        arguments.plain("setsockopt", named)
        if len(args) not in (3, 4):
            raise TypeError(f"setsockopt() takes exactly 3 arguments ({len(args)} given)")
        level, number = arguments.integer(args[0]), arguments.integer(args[1])
        value = args[2]
        if len(args) == 4:
            if value is not None or not isinstance(args[3], int):
                raise TypeError("setsockopt() takes exactly 3 arguments (4 given)")
            return options.set_option(self._live(), level, number, None, args[3])
        if isinstance(value, int) and -(2**31) <= value < 2**31:
            value = int(value)
        else:
            value = arguments.octets(value)
        return options.set_option(self._live(), level, number, value)

    def getsockopt(self, *args, **named):
        """Get a socket option: an int, or, with a length, octets."""
        arguments.plain("getsockopt", named)
        arguments.count("getsockopt", args, 2, 3)
        level, number, *length = map(arguments.integer, args)
        length = length[0] if length else 0
        if not 0 <= length <= 1024:
            raise OSError("getsockopt buflen out of range")
        return options.get_option(self._live(), level, number, length)

    def settimeout(self, *args, **named):
        """Set a timeout on socket operations, in seconds; None: they block."""
        arguments.plain("settimeout", named)
        self.timeout = _checked_timeout(arguments.one("settimeout", args))
        self._live().blocking = self.timeout is None

    def gettimeout(self, *args, **named):
        """Returns the timeout in seconds (float) associated with socket operations, or None."""
        arguments.plain("gettimeout", named)
        arguments.none("gettimeout", args)
        return self.timeout

    def setblocking(self, *args, **named):
        """Set the socket to blocking (True) or non-blocking (False)."""
        arguments.plain("setblocking", named)
        self.timeout = None if arguments.one("setblocking", args) else 0.0
        self._live().blocking = self.timeout is None

    def getblocking(self, *args, **named):
        """Returns True if socket is in blocking mode, or False if it is in non-blocking mode."""
        arguments.plain("getblocking", named)
        arguments.none("getblocking", args)
        return self.timeout is None or self.timeout != 0.0


_slots = socket.family, socket.type, socket.proto


_family, _kind = socket.family.__get__, socket.type.__get__


def _label(self, *values):
    """Sets family, type and proto, which subclasses show in ways of their own."""
    for slot, value in zip(_slots, values, strict=True):
        slot.__set__(self, value)


def _socket_arguments(args, named):
    names = ("family", "type", "proto", "fileno")
    values = arguments.keywords("socket", names, 0, args, named)
    return *(arguments.integer(values.get(name, -1)) for name in names[:3]), values.get("fileno")


from tcplab import transfer  # noqa: E402

transfer.add_to(socket, _family, _kind)
SocketType = socket


def socketpair(family=_AF_UNIX, type=_STREAM, proto=0, /):
    """Create a pair of sockets that are joined; returns their descriptors' objects."""
    family, kind = arguments.integer(family), arguments.integer(type)
    plain = kind & ~_NONBLOCK & ~_CLOEXEC
    if family in (_AF_INET, _AF_INET6):
        raise _fail("EOPNOTSUPP")
    if family != _AF_UNIX:
        raise _fail("EAFNOSUPPORT")
    if not 0 < plain < 11:
        raise _fail("EINVAL")
    if plain not in (_STREAM, _DGRAM, CONSTANTS["SOCK_SEQPACKET"]):
        raise _fail("ESOCKTNOSUPPORT")
    if proto not in (0, 1):
        raise _fail("EPROTONOSUPPORT")
    made = []
    for end in pairs.End.pair(family, plain, proto):
        each = socket.__new__(socket)
        each._set(end, descriptors.install_socket(end), proto)
        each.timeout = 0.0 if kind & _NONBLOCK else _default_timeout
        end.blocking = each.timeout is None
        made.append(each)
    return tuple(made)


def close(fd, /):
    """Close an integer socket file descriptor, and only that."""
    fd = arguments.integer(fd)
    if descriptors.lookup(fd) is None:
        os.close(fd)
    else:
        descriptors.close_socket(fd)


def dup(fd, /):
    """Duplicate an integer socket file descriptor."""
    fd = arguments.integer(fd)
    if descriptors.lookup(fd) is None:
        return os.dup(fd)
    return descriptors.duplicate(fd)


def getdefaulttimeout():
    """Returns the default timeout in seconds (float) for new socket objects, or None."""
    return _default_timeout


def setdefaulttimeout(timeout, /):
    """Set the default timeout in seconds (float) for new socket objects."""
    global _default_timeout
    _default_timeout = _checked_timeout(timeout)


def _ancillary_size(function, length, most):
    length = arguments.size(length)
    if not 0 <= length <= most:
        raise OverflowError(f"{function}() argument out of range")
    return length


def CMSG_LEN(length, /):
    """Return the total length, without trailing padding, of an ancillary data item with associated data of the given length."""
    return 16 + _ancillary_size("CMSG_LEN", length, 2**31 - 1 - 16)


def CMSG_SPACE(length, /):
    """Return the buffer size needed for recvmsg() to receive an ancillary data item with associated data of the given length."""
    return 16 + (_ancillary_size("CMSG_SPACE", length, 2**31 - 1 - 24) + 7 & ~7)


for _name, _thing in list(globals().items()):
    if type(_thing) is type(close) and not _name.startswith("_"):
        globals()[_name] = staticmethod(_thing)  # as builtin functions: in a class they are no methods
