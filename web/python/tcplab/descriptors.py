"""File descriptors that lead to sockets, and the functions of ``os`` that work on any descriptor."""

import errno
import os

from tcplab import host

_table = {}


def bad():
    """The exception for a number that is no descriptor."""
    return OSError(errno.EBADF, os.strerror(errno.EBADF))


def install_socket(opened):
    """Gives an open socket a descriptor: the lowest number that is free."""
    fd = host.open_fd()
    opened.references += 1
    _table[fd] = opened
    return fd


def lookup(fd):
    """The open socket behind a descriptor, or None."""
    return _table.get(fd)


def socket_of(fd):
    """The open socket behind a descriptor, or the exception for what is none."""
    if fd in _table:
        return _table[fd]
    os.fstat(fd)
    raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))


def close(fd, wait=True):
    """Closes a socket's descriptor; the last one of a socket closes that too."""
    opened = _table.pop(fd)
    host.close_fd(fd)
    opened.references -= 1
    if opened.references:
        return
    if wait:
        opened.close()
    else:
        opened.abandon()


def duplicate(fd):
    """A second descriptor for the same open socket."""
    return install_socket(socket_of(fd))


def install():
    """Called once, when the program is about to run: descriptors of sockets work in ``os`` as others do."""
    posix = __import__("posix")

    def replace(function):
        own = getattr(os, function.__name__)

        def either(fd, *args, **kwargs):
            if type(fd) is int and fd in _table:
                return function(fd, *args, **kwargs)
            return own(fd, *args, **kwargs)

        either.__name__ = either.__qualname__ = function.__name__
        either.__doc__, either.__module__ = own.__doc__, "posix"
        setattr(os, function.__name__, either)
        setattr(posix, function.__name__, either)

    def read(fd, length, /):
        got = _table[fd].recv(length, 0, None if get_blocking(fd) else 0)
        return got if isinstance(got, bytes) else got.to_bytes()

    def write(fd, data, /):
        return _table[fd].send(memoryview(data), 0, None if get_blocking(fd) else 0)

    def dup(fd, /):
        return duplicate(fd)

    def get_blocking(fd, /):
        return getattr(_table[fd], "blocking", True)

    def set_blocking(fd, blocking, /):
        _table[fd].blocking = bool(blocking)

    def isatty(fd, /):
        return False

    posix_close = close

    def _close(fd):
        posix_close(fd)

    _close.__name__ = "close"
    for function in (_close, read, write, dup, get_blocking, set_blocking, isatty):
        replace(function)
