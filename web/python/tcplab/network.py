"""An open socket of the network: what all file descriptors that lead to it share. Each function is one call (content/sockets, Op)."""

import errno
import json
import os

from tcplab import host
from tcplab.arguments import endpoint
from tcplab.constants import CONSTANTS as C
from tcplab.modules import builtin

gaierror = builtin("_socket").gaierror

EAI_TEXTS = {
    "EAI_BADFLAGS": "Bad value for ai_flags",
    "EAI_NONAME": "Name or service not known",
    "EAI_AGAIN": "Temporary failure in name resolution",
    "EAI_FAIL": "Non-recoverable failure in name resolution",
    "EAI_NODATA": "No address associated with hostname",
    "EAI_FAMILY": "ai_family not supported",
    "EAI_SOCKTYPE": "ai_socktype not supported",
    "EAI_SERVICE": "Servname not supported for ai_socktype",
    "EAI_ADDRFAMILY": "Address family for hostname not supported",
    "EAI_MEMORY": "Memory allocation failure",
    "EAI_SYSTEM": "System error",
    "EAI_OVERFLOW": "Result too large for supplied buffer",
}

FAMILIES = {C["AF_INET"]: "AF_INET", C["AF_INET6"]: "AF_INET6"}
KINDS = {C["SOCK_STREAM"]: "SOCK_STREAM", C["SOCK_DGRAM"]: "SOCK_DGRAM"}
_FLAGS = {
    C[name]: name
    for name in ("MSG_PEEK", "MSG_WAITALL", "MSG_MORE", "MSG_EOR", "MSG_OOB", "MSG_DONTWAIT")
}
_HARMLESS = C["MSG_NOSIGNAL"] | C["MSG_TRUNC"] | C["MSG_CTRUNC"] | C["MSG_CMSG_CLOEXEC"] | C["MSG_CONFIRM"]
POLLIN, POLLOUT = 0x001, 0x004
_HOWS = ("SHUT_RD", "SHUT_WR", "SHUT_RDWR")
_MOST = 2**32 - 1


def gai_error(name):
    """The exception for an error of getaddrinfo."""
    return gaierror(C[name], EAI_TEXTS[name])


def failed(reply):
    """The exception for an outcome that begins with "!"."""
    error = json.loads(reply[1:])
    name, number = error.get("name"), error.get("errno")
    if name == "TIMEOUT":
        return TimeoutError("timed out")
    if number:
        exception = OSError(number, os.strerror(number))
    elif name in EAI_TEXTS:
        return gai_error(name)
    elif name == "EPOLICY":
        why = error.get("meaning") or "The network does not allow this"
        # Who may not ask for a name has not got its address.
        return gaierror(C["EAI_NONAME"], why) if "--allow-host" in why else PermissionError(errno.EACCES, why)
    else:
        return OSError(errno.EINVAL, error.get("meaning") or error.get("text") or "Invalid argument")
    if number == errno.EAGAIN:
        host.vain()
    return exception


def micros(seconds):
    """A time-out of a socket as one of a call."""
    return -1 if seconds is None else max(1, round(seconds * 1_000_000)) if seconds > 0 else 0


def flags_json(flags):
    """The flags of send or recv as a field of the request; raises EOPNOTSUPP for others than the network has."""
    if not flags:
        return ""
    names = [name for value, name in _FLAGS.items() if flags & value]
    if flags & ~sum(_FLAGS) & ~_HARMLESS:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    return f',"flags":{json.dumps(names)}' if names else ""


def octets_of(reply):
    """What a recv brought, as bytes."""
    return reply.to_bytes()


def call(request, timeout=-1, data=None, what=None):
    """Carries out a call and returns its outcome as parsed JSON."""
    reply = host.ask(request, data, timeout, what)
    if reply == "{}":
        return {}
    if type(reply) is str:
        if reply[0] == "!":
            raise failed(reply)
        return json.loads(reply)
    return reply


class Open:
    """A socket of the network."""

    local = False

    def __init__(self, ident, family, kind, protocol):
        self.ident = ident
        self.family, self.kind, self.protocol = family, kind, protocol
        self.references = 0
        self.blocking = True  # O_NONBLOCK is not set
        self.emptied = {POLLIN: 0, POLLOUT: 0}  # how often the program found nothing left: what EPOLLET goes by
        self.receive_limit = self.send_limit = None  # SO_RCVTIMEO and SO_SNDTIMEO, seconds

    @classmethod
    def create(cls, family, kind, protocol):
        answer = call(f'{{"call":"socket","family":"{FAMILIES[family]}","kind":"{KINDS[kind]}"}}')
        return cls(answer["socket"], family, kind, protocol)

    def close(self):
        call(f'{{"call":"close","socket":{self.ident}}}')

    def abandon(self):
        """Closes without waiting for it: the garbage collector's way."""
        host.post(f'{{"call":"close","socket":{self.ident}}}')

    def bind(self, address):
        call(f'{{"call":"bind","socket":{self.ident},"address":{endpoint(*address)}}}')

    def listen(self, backlog):
        call(f'{{"call":"listen","socket":{self.ident},"backlog":{backlog}}}')

    def accept(self, timeout):
        answer = self._incoming(f'{{"call":"accept","socket":{self.ident}}}', timeout)
        return Open(answer["socket"], self.family, self.kind, self.protocol), tuple(answer["peer"])

    def connect(self, address, timeout):
        timeout = 0 if timeout is None and not self.blocking else timeout
        call(f'{{"call":"connect","socket":{self.ident},"address":{endpoint(*address)}}}', micros(timeout))

    def recv(self, size, flags, timeout):
        """Octets as a JavaScript array."""
        flags = self._patient(flags, timeout)
        request = f'{{"call":"recv","socket":{self.ident},"max":{min(size, _MOST)}{flags_json(flags)}}}'
        reply = self._incoming(request, timeout)
        if reply.length < size:
            self.emptied[POLLIN] += 1
        return reply

    def recvfrom(self, size, flags, timeout):
        """Octets as a JavaScript array, and where they came from, if it is told."""
        flags = self._patient(flags, timeout)
        request = f'{{"call":"recvfrom","socket":{self.ident},"max":{min(size, _MOST)}{flags_json(flags)}}}'
        reply = self._incoming(request, timeout)
        sender = host.detail().get("from")
        return reply, tuple(sender) if sender else None

    @staticmethod
    def _patient(flags, timeout):
        """With a time-out CPython waits before it calls recv, also with MSG_DONTWAIT."""
        return flags & ~C["MSG_DONTWAIT"] if timeout else flags

    def _incoming(self, request, timeout):
        """A call that waits for something to arrive: at most for `timeout`, or for the time that SO_RCVTIMEO sets."""
        if timeout is None and not self.blocking:
            timeout = 0
        limited = timeout is None and self.receive_limit is not None
        try:
            return call(request, micros(self.receive_limit if limited else timeout))
        except BlockingIOError:
            self.emptied[POLLIN] += 1
            raise
        except TimeoutError as exception:
            if not limited or exception.errno is not None:
                raise
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    def send(self, data, flags, timeout):
        """Hands over what the network takes at once, or all of it on a blocking socket; returns how much that was."""
        request = f'{{"call":"send","socket":{self.ident}{flags_json(flags)}}}'
        return self._handed_over(request, data, timeout)

    def sendto(self, data, flags, address, timeout):
        request = f'{{"call":"sendto","socket":{self.ident},"address":{endpoint(*address)}{flags_json(flags)}}}'
        return self._handed_over(request, data, timeout)

    def _handed_over(self, request, data, timeout):
        from pyodide.ffi import to_js

        if timeout is None and not self.blocking:
            timeout = 0
        limited = timeout is None and self.send_limit is not None
        if timeout is None and not limited:
            return call(request, -1, to_js(data))
        end = host.until(self.send_limit if limited else timeout)
        while True:
            try:
                sent = call(request, 0, to_js(data))
                if sent < len(data):
                    self.emptied[POLLOUT] += 1
                return sent
            except BlockingIOError:
                self.emptied[POLLOUT] += 1
                left = end - host.now()
                if left <= 0 or not poll([(self.ident, ("POLLOUT",))], left, "send"):
                    if limited or not timeout:
                        raise
                    raise TimeoutError("timed out") from None

    def shutdown(self, how):
        call(f'{{"call":"shutdown","socket":{self.ident},"how":"{_HOWS[how]}"}}')

    def getsockname(self):
        return tuple(call(f'{{"call":"getsockname","socket":{self.ident}}}')["address"])

    def getpeername(self):
        return tuple(call(f'{{"call":"getpeername","socket":{self.ident}}}')["address"])


def poll(watch, timeout, what="poll"):
    """Which of the sockets have which of their events, [(socket, events)]; empty when the time (microseconds) is over."""
    watched = ",".join(f'{{"socket":{socket},"events":{json.dumps(events)}}}' for socket, events in watch)
    ready = call(f'{{"call":"poll","watch":[{watched}]}}', timeout, None, what)["ready"]
    if not ready and timeout == 0:
        host.vain()
    return [(each["socket"], each["events"]) for each in ready]
