"""Sending and receiving: the methods of ``_socket.socket`` that move data."""

import errno
import os

from tcplab import arguments, host
from tcplab.constants import CONSTANTS as C

_DGRAM, _AF_UNIX = C["SOCK_DGRAM"], C["AF_UNIX"]
_MSG_TRUNC = C["MSG_TRUNC"]
_DATAGRAM = 65_535


def _as_bytes(got):
    return got if type(got) is bytes else got.to_bytes()


def _put(got, view):
    """Lays octets that came into a buffer; returns how many."""
    if type(got) is bytes:
        view[: len(got)] = got
        return len(got)
    count = got.length
    if count:
        got.assign_to(view[:count])
    return count


def recv(self, *args, **named):
    """Receive at most so many octets; b'' is the end of the stream."""
    arguments.plain("recv", named)
    arguments.count("recv", args, 1, 2)
    size = arguments.size(args[0])
    flags = arguments.integer(args[1]) if len(args) > 1 else 0
    if size < 0:
        raise ValueError("negative buffersize in recv")
    opened = self._live()
    if size == 0 and _kind(self) != _DGRAM and opened.local:
        return b""
    return _as_bytes(opened.recv(size, flags, self.timeout))


def _into(function, args, named):
    """The arguments of recv_into and recvfrom_into: (view, octets wanted, flags)."""
    values = arguments.keywords(function, ("buffer", "nbytes", "flags"), 1, args, named)
    view = arguments.writable(function, values["buffer"])
    wanted = arguments.size(values.get("nbytes", 0))
    if wanted < 0:
        raise ValueError(f"negative buffersize in {function}")
    return view, wanted, arguments.integer(values.get("flags", 0))


def recv_into(self, *args, **kwargs):
    """Receive into a buffer; returns how many octets came."""
    view, wanted, flags = _into("recv_into", args, kwargs)
    if wanted > len(view):
        raise ValueError("buffer too small for requested bytes")
    opened = self._live()
    return _put(opened.recv(wanted or len(view), flags, self.timeout), view)


def recvfrom(self, *args, **named):
    """As recv(buffersize, flags), but returns the sender's address too."""
    arguments.plain("recvfrom", named)
    arguments.count("recvfrom", args, 1, 2)
    size = arguments.size(args[0])
    flags = arguments.integer(args[1]) if len(args) > 1 else 0
    if size < 0:
        raise ValueError("negative buffersize in recvfrom")
    got, sender = self._live().recvfrom(size, flags, self.timeout)
    return _as_bytes(got), sender


def recvfrom_into(self, *args, **kwargs):
    """As recv_into, but returns the sender's address too."""
    view, wanted, flags = _into("recvfrom_into", args, kwargs)
    if wanted > len(view):
        raise ValueError("nbytes is greater than the length of the buffer")
    got, sender = self._live().recvfrom(wanted or len(view), flags, self.timeout)
    return _put(got, view), sender


def send(self, *args, **named):
    """Send octets; returns how many were taken, which may be less than all."""
    arguments.plain("send", named)
    arguments.count("send", args, 1, 2)
    data = arguments.octets(args[0])
    flags = arguments.integer(args[1]) if len(args) > 1 else 0
    return self._live().send(data, flags, self.timeout)


def sendall(self, *args, **named):
    """Send all of the octets, or raise: then nobody can tell how many were sent."""
    arguments.plain("sendall", named)
    arguments.count("sendall", args, 1, 2)
    data = arguments.octets(args[0])
    flags = arguments.integer(args[1]) if len(args) > 1 else 0
    opened = self._live()
    timeout = self.timeout
    if not timeout:
        sent = opened.send(data, flags, timeout)
        while sent < len(data):
            sent += self._live().send(data[sent:], flags, timeout)
        return
    end = host.until(timeout)
    sent = 0
    while True:
        left = end - host.now()
        if left <= 0:
            raise TimeoutError("timed out")
        sent += self._live().send(data[sent:], flags, left / 1_000_000)
        if sent >= len(data):
            return


def sendto(self, *args, **named):
    """As send(data, flags), but to an address."""
    arguments.plain("sendto", named)
    if len(args) not in (2, 3):
        raise TypeError(f"sendto() takes 2 or 3 arguments ({len(args)} given)")
    data = arguments.octets(args[0])
    flags = arguments.integer(args[1]) if len(args) == 3 else 0
    where = args[-1]
    address = arguments.address("sendto", _family(self), where) if _family(self) != _AF_UNIX else where
    return self._live().sendto(data, flags, address, self.timeout)


def _buffers(value, function):
    try:
        return list(value)
    except TypeError:
        raise TypeError(f"{function}() argument 1 must be an iterable") from None


def sendmsg(self, *args, **named):
    """Send the octets of several buffers as one message. Ancillary data finds nobody who takes it."""
    arguments.plain("sendmsg", named)
    arguments.count("sendmsg", args, 1, 4)
    data = b"".join(arguments.octets(each) for each in _buffers(args[0], "sendmsg"))
    if len(args) > 1 and args[1] is not None:
        _ancillary(args[1])
    flags = arguments.integer(args[2]) if len(args) > 2 else 0
    opened = self._live()
    if len(args) > 3 and args[3] is not None:
        address = arguments.address("sendmsg", _family(self), args[3]) if _family(self) != _AF_UNIX else args[3]
        if _kind(self) == _DGRAM:
            return opened.sendto(memoryview(data), flags, address, self.timeout)
    return opened.send(memoryview(data), flags, self.timeout)


def _ancillary(items):
    try:
        items = list(items)
    except TypeError:
        raise TypeError("sendmsg() argument 2 must be an iterable") from None
    what = "[sendmsg() ancillary data items]() argument must be"
    for item in items:
        if not isinstance(item, tuple):
            raise TypeError(f"{what} 3-item tuple, not {type(item).__name__}")
        if len(item) != 3:
            raise TypeError(f"{what} tuple of length 3, not {len(item)}")
        arguments.integer(item[0]), arguments.integer(item[1]), arguments.octets(item[2])
    if items:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


def sendmsg_afalg(self, *args, **kwargs):
    """For sockets of another family than any here."""
    raise OSError("algset is only supported for AF_ALG")


def _message(self, size, flags):
    """One message of at most `size` octets: (octets, flags that tell about it, address)."""
    opened = self._live()
    if _kind(self) == _DGRAM:
        # Only a datagram that is fetched whole tells whether it was longer than the buffer.
        got, sender = opened.recvfrom(max(size, _DATAGRAM), flags & ~_MSG_TRUNC, self.timeout)
        got = _as_bytes(got)
        return got[:size], _MSG_TRUNC if len(got) > size else 0, sender
    return _as_bytes(opened.recv(size, flags, self.timeout)), 0, None


def recvmsg(self, *args, **named):
    """Receive a message: (data, ancillary data, flags, address). There is never ancillary data."""
    arguments.plain("recvmsg", named)
    arguments.count("recvmsg", args, 1, 3)
    size = arguments.size(args[0])
    if size < 0:
        raise ValueError("negative buffer size in recvmsg()")
    flags = _message_options(args)
    data, told, sender = _message(self, size, flags)
    return data, [], told, sender


def recvmsg_into(self, *args, **named):
    """Receive a message into several buffers: (octets, ancillary data, flags, address)."""
    arguments.plain("recvmsg_into", named)
    arguments.count("recvmsg_into", args, 1, 3)
    try:
        buffers = list(args[0])
    except TypeError:
        raise TypeError("recvmsg_into() argument 1 must be an iterable") from None
    try:
        views = [arguments.writable("recvmsg_into", each) for each in buffers]
    except TypeError:
        raise TypeError(
            "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers"
        ) from None
    flags = _message_options(args)
    data, told, sender = _message(self, sum(map(len, views)), flags)
    at = 0
    for view in views:
        piece = data[at : at + len(view)]
        view[: len(piece)] = piece
        at += len(piece)
    return len(data), [], told, sender


def _message_options(args):
    room = arguments.size(args[1]) if len(args) > 1 else 0
    if not 0 <= room < 2**31:
        raise ValueError("invalid ancillary data buffer length")
    return arguments.integer(args[2]) if len(args) > 2 else 0


_family = _kind = None


def add_to(cls, family, kind):
    """Makes the functions above methods; `family` and `kind` read a socket's as numbers."""
    global _family, _kind
    _family, _kind = family, kind
    for function in (
        recv, recv_into, recvfrom, recvfrom_into, recvmsg, recvmsg_into, send, sendall, sendmsg, sendmsg_afalg, sendto,
    ):  # fmt: skip
        setattr(cls, function.__name__, function)


