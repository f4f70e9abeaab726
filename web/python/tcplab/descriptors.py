"""File descriptors that lead to sockets, and the functions of ``os`` that work on any descriptor."""

import errno
import os

from tcplab import host

_table = {}
_inheritable = set()
"""Descriptors that a program has marked as to be inherited; by itself none is."""


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
    if fd in _table and not getattr(_table[fd], "pipe", None):
        return _table[fd]
    os.fstat(fd)
    raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))


def close_socket(fd, wait=True):
    """Closes a socket's descriptor; the last one of a socket closes that too."""
    opened = _table.pop(fd)
    _inheritable.discard(fd)
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
    return install_socket(_table[fd])


def install():
    """Called once, when the program is about to run: descriptors of sockets work in ``os`` and ``fcntl`` as others do."""
    posix = __import__("posix")

    def replace(*modules):
        """Makes the functions of these modules take a socket's descriptor to the function below, and others to their own."""

        def decorator(function):
            own = getattr(modules[0], function.__name__)

            def either(fd, *args, **kwargs):
                number = fd if type(fd) is int else fd.fileno() if hasattr(fd, "fileno") else None
                if number in _table:
                    return function(number, *args, **kwargs)
                return own(fd, *args, **kwargs)

            either.__name__ = either.__qualname__ = function.__name__
            either.__doc__, either.__module__ = own.__doc__, modules[-1].__name__
            for module in modules:
                setattr(module, function.__name__, staticmethod(either))

        return decorator

    @replace(os, posix)
    def close(fd, /):
        close_socket(fd)

    @replace(os, posix)
    def read(fd, length, /):
        got = _table[fd].recv(length, 0, None)
        return got if isinstance(got, bytes) else got.to_bytes()

    @replace(os, posix)
    def write(fd, data, /):
        return _table[fd].send(memoryview(data), 0, None)

    @replace(os, posix)
    def dup(fd, /):
        return duplicate(fd)

    @replace(os, posix)
    def get_blocking(fd, /):
        return _table[fd].blocking

    @replace(os, posix)
    def set_blocking(fd, blocking, /):
        _table[fd].blocking = bool(blocking)

    def pipe():
        """Create a pipe; returns a pair of file descriptors (read, write)."""
        from tcplab.pairs import End

        return tuple(install_socket(end) for end in End.pipe())

    pipe.__module__ = "posix"
    os.pipe = posix.pipe = staticmethod(pipe)

    @replace(os, posix)
    def isatty(fd, /):
        return False

    @replace(os, posix)
    def get_inheritable(fd, /):
        return fd in _inheritable

    @replace(os, posix)
    def set_inheritable(fd, inheritable, /):
        (_inheritable.add if inheritable else _inheritable.discard)(fd)

    @replace(__import__("fcntl"))
    def fcntl(fd, command, argument=0, /):
        return _fcntl(fd, command, argument)


_F_GETFD, _F_SETFD, _F_GETFL, _F_SETFL, _FD_CLOEXEC, _O_RDWR, _O_NONBLOCK = 1, 2, 3, 4, 1, 2, 0o4000


def _fcntl(fd, command, argument):
    """fcntl(2) of a socket: its flags."""
    if command == _F_GETFD:
        return 0 if fd in _inheritable else _FD_CLOEXEC
    if command == _F_SETFD:
        (_inheritable.discard if argument & _FD_CLOEXEC else _inheritable.add)(fd)
        return 0
    if command == _F_GETFL:
        return _O_RDWR | (0 if _table[fd].blocking else _O_NONBLOCK)
    if command == _F_SETFL:
        _table[fd].blocking = not argument & _O_NONBLOCK
        return 0
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
