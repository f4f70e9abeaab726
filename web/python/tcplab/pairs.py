"""socketpair: two sockets within the program, joined by buffers. No network has a part in them."""

import errno
import os

from tcplab import host
from tcplab.constants import CONSTANTS as C

_ROOM = 212_992  # octets that one end holds for the other: Linux's default for such sockets
_DGRAM = C["SOCK_DGRAM"]


def _error(name):
    number = getattr(errno, name)
    return OSError(number, os.strerror(number))


class End:
    """One end of a pair."""

    local = True

    def __init__(self, family, kind, protocol):
        self.family, self.kind, self.protocol = family, kind, protocol
        self.references = 0
        self.blocking = True
        self.emptied = {0x001: 0, 0x004: 0}
        self.peer = None
        self.pipe = None  # or which end of one: "read", "write"
        self.arrived = []  # what the other end sent: pieces, or datagrams
        self.held = 0
        self.open = True
        self.reads = self.writes = True
        self.watchers = []  # threads that wait for a change here
        self.receive_limit = self.send_limit = None

    @staticmethod
    def pair(family, kind, protocol):
        a, b = End(family, kind, protocol), End(family, kind, protocol)
        a.peer, b.peer = b, a
        return a, b

    @staticmethod
    def pipe():
        """The reading and the writing end of a pipe."""
        read, write = End.pair(C["AF_UNIX"], C["SOCK_STREAM"], 0)
        read.pipe, write.pipe = "read", "write"
        read.writes = write.reads = False
        return read, write

    # what a poll sees

    def events(self):
        """poll(2)'s events that hold now."""
        events = set()
        gone = not self.peer.open
        if self.pipe == "read":
            return {"POLLIN"} & {"POLLIN" if self.arrived else ""} | ({"POLLHUP"} if gone else set())
        if self.pipe == "write":
            return {"POLLOUT", "POLLERR"} if gone else {"POLLOUT"} & {"POLLOUT" if self.peer.held < _ROOM else ""}
        stream = self.kind != _DGRAM
        if self.arrived or (stream and (gone or not self.peer.writes or not self.reads)) or not self.reads:
            events.add("POLLIN")
        if stream and (gone or not self.peer.writes or not self.reads):
            events.add("POLLRDHUP")
        if stream and (gone or not (self.reads or self.writes) or not (self.peer.writes or self.writes)):
            events.add("POLLHUP")
        if gone or self.peer.held < _ROOM or not self.writes:
            events.add("POLLOUT")
        return events

    def _changed(self):
        for end in (self, self.peer):
            for thread in end.watchers:
                host.nudge(thread)

    def _wait(self, what, timeout, limit, done):
        """Waits until `done` is true; the caller's time-out in seconds, or the one that an option sets."""
        if timeout == 0 or (timeout is None and not self.blocking):
            if not done():
                self.emptied[0x004 if what == "send" else 0x001] += 1
                host.vain()
                raise _error("EAGAIN")
            return
        seconds = limit if timeout is None else timeout
        end = None if seconds is None else host.until(seconds)
        while not done():
            if end is not None and host.now() >= end:
                if timeout is None:
                    raise _error("EAGAIN")
                raise TimeoutError("timed out")
            self.watchers.append(host.current)
            try:
                host.park(what, -1 if end is None else end)
            finally:
                self.watchers.remove(host.current)
            if not self.open:
                raise _error("EBADF")

    # what the program calls

    def recv(self, size, flags, timeout):
        if flags & C["MSG_DONTWAIT"]:
            timeout = 0
        stream = self.kind != _DGRAM
        if self.pipe == "write":
            raise _error("EBADF")

        def there():
            return self.arrived or not self.reads or (stream and not (self.peer.open and self.peer.writes))

        if flags & C["MSG_OOB"]:
            raise _error("EOPNOTSUPP" if stream else "EINVAL")
        self._wait("read" if self.pipe else "recv", timeout, self.receive_limit, there)
        if not self.arrived:
            return b""
        keep = flags & C["MSG_PEEK"]
        if not stream:
            piece = self.arrived[0]
            if not keep:
                self._take(len(piece), 1)
            return piece[:size]
        got = bytearray()
        waits_for_all = flags & C["MSG_WAITALL"] and not keep
        while True:
            taken = 0
            for piece in self.arrived:
                got += piece[: size - len(got)]
                taken += 1
                if len(got) >= size:
                    break
            if not keep:
                self._consume(len(got), taken)
            if not waits_for_all or len(got) >= size:
                return bytes(got[:size])
            rest = self.recv(size - len(got), C["MSG_WAITALL"], timeout)
            return bytes(got) + rest

    def _consume(self, count, pieces):
        total = sum(len(piece) for piece in self.arrived[:pieces])
        last = self.arrived[pieces - 1]
        rest = last[len(last) - (total - count) :] if total > count else b""
        self.arrived[:pieces] = [rest] if rest else []
        self.held -= count
        self._changed()

    def _take(self, count, pieces):
        del self.arrived[:pieces]
        self.held -= count
        self._changed()

    def recvfrom(self, size, flags, timeout):
        return self.recv(size, flags, timeout), None

    def send(self, data, flags, timeout):
        if flags & C["MSG_DONTWAIT"]:
            timeout = 0
        data = bytes(data)
        peer = self.peer
        if self.pipe == "read":
            raise _error("EBADF")

        def room():
            return not self.writes or not peer.open or not peer.reads or peer.held < _ROOM

        sent = 0
        while True:
            if not self.writes or (self.kind != _DGRAM and not (peer.open and peer.reads)):
                raise _error("EPIPE")
            if not peer.open:
                raise _error("ECONNREFUSED")
            if self.kind == _DGRAM and len(data) > _ROOM:
                raise _error("EMSGSIZE")
            try:
                self._wait("send", timeout, self.send_limit, room)
            except OSError:
                if sent:
                    return sent
                raise
            if not room() or not (self.writes and peer.open and peer.reads):
                continue
            piece = data if self.kind == _DGRAM else data[sent : sent + _ROOM - peer.held]
            if piece or self.kind == _DGRAM:
                peer.arrived.append(piece)
                peer.held += len(piece)
                self._changed()
            sent += len(piece)
            if sent >= len(data) or timeout is not None:
                return sent

    def sendto(self, data, flags, address, timeout):
        raise _error("EISCONN")

    def shutdown(self, how):
        if how in (C["SHUT_RD"], C["SHUT_RDWR"]):
            self.reads = False
        if how in (C["SHUT_WR"], C["SHUT_RDWR"]):
            self.writes = False
        self._changed()

    def close(self):
        self.open = False
        self._changed()

    abandon = close

    def connect(self, address, timeout):
        raise _error("EISCONN")

    def bind(self, address):
        raise _error("EINVAL")

    def listen(self, backlog):
        raise _error("EINVAL")

    def accept(self, timeout):
        raise _error("EINVAL")

    def getsockname(self):
        return ""

    def getpeername(self):
        return ""
