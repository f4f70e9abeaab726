"""The module ``select``: waits until one of several descriptors is ready.

Sockets of the network are one call, poll. Ends of a socketpair and stdin are watched here; where both kinds are asked for, what
changes here breaks the call off.
"""

import errno
import math
import operator
import os

from tcplab import clocks, descriptors, host, network, streams

__name__ = "select"

error = OSError
PIPE_BUF = 4096

_BITS = {
    "POLLIN": 0x001, "POLLPRI": 0x002, "POLLOUT": 0x004, "POLLERR": 0x008, "POLLHUP": 0x010, "POLLNVAL": 0x020,
    "POLLRDNORM": 0x040, "POLLRDBAND": 0x080, "POLLWRNORM": 0x100, "POLLWRBAND": 0x200, "POLLMSG": 0x400, "POLLRDHUP": 0x2000,
}  # fmt: skip
globals().update(_BITS)
_IN, _PRI, _OUT, _ERR, _HUP, _NVAL, _RDHUP = (
    _BITS[name] for name in ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL", "POLLRDHUP")
)
_ASKED = {"POLLIN": _IN | 0x040, "POLLPRI": _PRI | 0x080, "POLLOUT": _OUT | 0x100 | 0x200, "POLLRDHUP": _RDHUP}
_ALWAYS = _ERR | _HUP | _NVAL

EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP = 0x001, 0x002, 0x004, 0x008, 0x010, 0x2000
EPOLLRDNORM, EPOLLRDBAND, EPOLLWRNORM, EPOLLWRBAND, EPOLLMSG = 0x040, 0x080, 0x100, 0x200, 0x400
EPOLLEXCLUSIVE, EPOLLWAKEUP, EPOLLONESHOT, EPOLLET = 1 << 28, 1 << 29, 1 << 30, 1 << 31
EPOLL_CLOEXEC = 0x80000


def _names(mask):
    """The events of the network that a mask asks for."""
    return [name for name, bits in _ASKED.items() if mask & bits]


def _mask(events, asked):
    """What poll(2) answers for events that hold: those that were asked for, and those that come unasked."""
    mask = 0
    for name in events:
        mask |= (_BITS[name] & _ALWAYS) | (_ASKED.get(name, 0) & asked)
    return mask


class _Stdin:
    """What is watched of stdin."""

    local = True

    def events(self):
        return {"POLLIN", "POLLOUT"} if streams.ready() else {"POLLOUT"}


class _File:
    """A file that is always ready."""

    local = True

    def events(self):
        return {"POLLIN", "POLLOUT"}


def _thing(fd):
    """What a descriptor leads to, or None."""
    opened = descriptors.lookup(fd)
    if opened is not None:
        return opened
    try:
        os.fstat(fd)
    except OSError:
        return None
    return _Stdin() if fd == 0 else _File()


def wait(watch, timeout, what):
    """Waits at most `timeout` microseconds (-1: for ever) for one of `watch`, {fd: mask}; returns {fd: mask} of what is ready."""
    things = {fd: _thing(fd) for fd in watch}
    remote = {fd: thing for fd, thing in things.items() if thing is not None and not thing.local}
    here = {fd: thing for fd, thing in things.items() if thing is not None and thing.local}
    began = host.now()
    end = None if timeout < 0 else began + timeout
    while True:
        ready = {fd: _NVAL for fd, thing in things.items() if thing is None}
        for fd, thing in here.items():
            if mask := _mask(thing.events(), watch[fd]):
                ready[fd] = mask
        left = -1 if end is None else max(0, end - host.now())
        if ready or timeout == 0:
            left = 0
        if remote:
            found = _remote(remote, watch, left, what, here)
            for fd, mask in found.items():
                ready[fd] = mask
        elif left:
            _here(here, what, -1 if end is None else end)
        elif not ready:
            host.vain()
        if ready or timeout == 0 or (end is not None and host.now() >= end):
            _again(began)
            return {fd: ready[fd] for fd in watch if fd in ready}


_moves = 0


def _again(began):
    """Who looks again and again, and makes nothing of what is ready, sees time pass."""
    global _moves
    if _moves == host.moves and host.now() == began:
        host.vain()
    _moves = host.moves


def _remote(remote, watch, left, what, here):
    """Asks the network; what changes `here` meanwhile ends that."""
    asked = {}
    for fd, opened in remote.items():
        asked[opened.ident] = asked.get(opened.ident, 0) | watch[fd]
    _watch(here, True)
    try:
        ready = network.poll([(ident, _names(mask)) for ident, mask in asked.items()], left, what)
    except InterruptedError:
        return {}
    finally:
        _watch(here, False)
    events = dict(ready)
    found = {}
    for fd, opened in remote.items():
        if mask := _mask(events.get(opened.ident, ()), watch[fd]):
            found[fd] = mask
    return found


def _here(here, what, end):
    _watch(here, True)
    try:
        host.park(what, end)
    finally:
        _watch(here, False)


def _watch(here, on):
    """Lets changes of these ends wake the current thread, or no longer."""
    for thing in here.values():
        if isinstance(thing, _Stdin):
            host.js().watch_stdin(host.current, on)
        elif isinstance(thing, _File):
            pass
        elif on:
            thing.watchers.append(host.current)
        else:
            thing.watchers.remove(host.current)


def _descriptor(thing):
    """The descriptor that a program means: a number, or an object that has one."""
    if isinstance(thing, int):
        fd = thing
    elif hasattr(thing, "fileno"):
        fd = thing.fileno()
        if not isinstance(fd, int):
            raise TypeError("fileno() returned a non-integer")
    else:
        raise TypeError("argument must be an int, or have a fileno() method.")
    if fd < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({fd})")
    return fd


def select(rlist, wlist, xlist, timeout=None, /):
    """Wait until one or more file descriptors are ready for some kind of I/O."""
    lists = []
    for each in (rlist, wlist, xlist):
        try:
            things = list(each)
        except TypeError:
            raise TypeError("arguments 1-3 must be sequences") from None
        lists.append([(_descriptor(thing), thing) for thing in things])
    limit = -1
    if timeout is not None:
        try:
            limit = clocks.seconds(timeout)
        except TypeError:
            raise TypeError("timeout must be a float or None") from None
        if limit < 0:
            raise ValueError("timeout must be non-negative")
        limit = math.ceil(limit * 1_000_000)
    watch = {}
    for things, bits in zip(lists, (_IN, _OUT, _PRI), strict=True):
        for fd, _ in things:
            if fd >= 1024:
                raise ValueError("filedescriptor out of range in select()")
            watch[fd] = watch.get(fd, 0) | bits
    ready = wait(watch, limit, "select")
    if any(mask & _NVAL for mask in ready.values()):
        raise descriptors.bad()
    kinds = (_IN | _HUP | _ERR, _OUT | _ERR, _PRI)
    return tuple(
        [thing for fd, thing in things if ready.get(fd, 0) & bits] for things, bits in zip(lists, kinds, strict=True)
    )


def _events(value):
    value = operator.index(value)
    if value < 0:
        raise ValueError("value must be positive")
    if value > 0xFFFF:
        raise OverflowError("Python int too large for C unsigned short")
    return value


class _Poll:
    """poll(2) as an object: descriptors are registered, then polled."""

    __slots__ = ("_watch", "_polling")

    def __new__(cls):
        raise TypeError("cannot create 'select.poll' instances")

    def register(self, fd, eventmask=_IN | _PRI | _OUT, /):
        """Register a file descriptor with the polling object."""
        self._watch[_descriptor(fd)] = _events(eventmask)

    def modify(self, fd, eventmask, /):
        """Modify an already registered file descriptor."""
        fd = _descriptor(fd)
        if fd not in self._watch:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        self._watch[fd] = _events(eventmask)

    def unregister(self, fd, /):
        """Remove a file descriptor being tracked by the polling object."""
        del self._watch[_descriptor(fd)]

    def poll(self, timeout=None, /):
        """Polls the set of registered file descriptors; timeout in milliseconds. Returns [(fd, events)]."""
        limit = -1
        if timeout is not None:
            if not isinstance(timeout, (int, float)):
                try:
                    timeout = operator.index(timeout)
                except TypeError:
                    raise TypeError("timeout must be an integer or None") from None
            if timeout >= 0:
                limit = math.ceil(timeout) * 1000
                if limit >= 2**31 * 1000:
                    raise OverflowError("timeout is too large")
        if self._polling:
            raise RuntimeError("concurrent poll() invocation")
        self._polling = True
        try:
            return list(wait(dict(self._watch), limit, "poll").items())
        finally:
            self._polling = False


_Poll.__name__ = _Poll.__qualname__ = "poll"
_Poll.__module__ = "select"


def poll():
    """Returns a polling object, which supports registering and unregistering file descriptors, and then polling them."""
    self = object.__new__(_Poll)
    self._watch = {}
    self._polling = False
    return self


class _Entry:
    """What an epoll object knows of one descriptor."""

    __slots__ = ("mask", "thing", "seen")

    def __init__(self, mask, thing):
        self.mask, self.thing, self.seen = mask, thing, {}


_interests = {}
"""What each epoll object watches, by its descriptor."""


class epoll:
    """Linux's epoll(7). Events come as long as they hold; with EPOLLET, again only after the program found nothing left."""

    __module__ = "select"

    def __init__(self, sizehint=-1, flags=0):
        if sizehint != -1 and sizehint <= 0:
            raise ValueError("negative sizehint")
        if flags & ~EPOLL_CLOEXEC:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._entries = {}
        self._fd = host.open_fd()
        _interests[self._fd] = self._entries

    @classmethod
    def fromfd(cls, fd, /):
        """Create an epoll object from a given control fd."""
        fd = operator.index(fd)
        if fd not in _interests:
            os.fstat(fd)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self = object.__new__(cls)
        self._fd, self._entries = fd, _interests[fd]
        return self

    @property
    def closed(self):
        """True if the epoll handler is closed"""
        return self._fd < 0

    def _live(self):
        if self._fd < 0:
            raise ValueError("I/O operation on closed epoll object")
        if self._fd not in _interests:
            raise descriptors.bad()

    def fileno(self):
        """Return the epoll control file descriptor."""
        if self._fd < 0:
            self._live()
        return self._fd

    def close(self):
        """Close the epoll control file descriptor."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            if _interests.pop(fd, None) is not None:
                host.close_fd(fd)

    def __del__(self):
        if getattr(self, "_fd", -1) >= 0:
            self.close()

    def __enter__(self):
        self._live()
        return self

    def __exit__(self, *exception):
        self.close()

    def _own(self, fd, there):
        """Checks a descriptor before it is changed; forgets those that were closed meanwhile."""
        self._live()
        fd = _descriptor(fd)
        thing = _thing(fd)
        if thing is None:
            raise descriptors.bad()
        entry = self._entries.get(fd)
        if entry is not None and entry.thing is not thing and isinstance(entry.thing, (network.Open, _pair())):
            del self._entries[fd]
            entry = None
        if there and entry is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if not there and entry is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        if isinstance(thing, _File):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return fd, thing

    def register(self, fd, eventmask=EPOLLIN | EPOLLPRI | EPOLLOUT):
        """Registers a new fd or raises an OSError if the fd is already registered."""
        fd, thing = self._own(fd, False)
        self._entries[fd] = _Entry(operator.index(eventmask), thing)

    def modify(self, fd, eventmask):
        """Modify event mask for a registered file descriptor."""
        fd, thing = self._own(fd, True)
        self._entries[fd] = _Entry(operator.index(eventmask), thing)

    def unregister(self, fd):
        """Remove a registered file descriptor from the epoll object."""
        fd, _ = self._own(fd, True)
        del self._entries[fd]

    def poll(self, timeout=None, maxevents=-1):
        """Wait for events; timeout in seconds (float), None or less than 0: for ever. Returns [(fd, events)]."""
        self._live()
        limit = -1
        if timeout is not None:
            try:
                seconds = clocks.seconds(timeout)
            except TypeError:
                raise TypeError(f"'{type(timeout).__name__}' object cannot be interpreted as an integer or float") from None
            if seconds >= 0:
                limit = math.ceil(seconds * 1000) * 1000
        if maxevents == -1:
            maxevents = 1023
        elif maxevents < 1:
            raise ValueError(f"maxevents must be greater than 0, got {maxevents}")
        watch = {}
        for fd, entry in list(self._entries.items()):
            if isinstance(entry.thing, (network.Open, _pair())) and descriptors.lookup(fd) is not entry.thing:
                del self._entries[fd]
            elif mask := self._wanted(entry):
                watch[fd] = mask
        found = list(wait(watch, limit, "epoll").items())[:maxevents]
        whole = {fd: self._entries[fd].mask & 0xFFFF for fd, _ in found if self._entries[fd].seen}
        if whole:  # with EPOLLET whatever holds is told as soon as something new does
            again = wait(whole, 0, "epoll")
            found = [(fd, mask | again.get(fd, 0)) for fd, mask in found]
        for fd, mask in found:
            entry = self._entries.get(fd)
            if entry is None:
                continue
            if entry.mask & EPOLLONESHOT:
                entry.mask = 0
            elif entry.mask & EPOLLET:
                for bit in (EPOLLIN, EPOLLOUT):
                    if mask & bit:
                        entry.seen[bit] = _emptied(entry.thing, bit)
        return found

    @staticmethod
    def _wanted(entry):
        """The events to ask for: with EPOLLET not those that the program was told and has not used up."""
        mask = entry.mask & 0xFFFF
        if entry.mask & EPOLLET:
            for bit, then in entry.seen.items():
                if _emptied(entry.thing, bit) == then:
                    mask &= ~bit
        return mask


def _emptied(thing, bit):
    return getattr(thing, "emptied", {}).get(bit, 0)


def _pair():
    from tcplab.pairs import End

    return End




select, poll = staticmethod(select), staticmethod(poll)  # as builtin functions: in a class they are no methods
