"""setsockopt and getsockopt: between C's structures, which Python programs pack, and the options by name that the network has."""

import errno
import json
import os
import struct

from tcplab import host, network
from tcplab.constants import CONSTANTS as C

_LEVELS = {C["SOL_SOCKET"]: "SO_", C["IPPROTO_TCP"]: "TCP_", C["IPPROTO_IP"]: "IP_", C["IPPROTO_IPV6"]: "IPV6_"}

# Names that are no options: states and flags that share the prefix, and what only a privileged program may ask for.
_NOT_OPTIONS = {"IP_DEFAULT_MULTICAST_LOOP", "IP_DEFAULT_MULTICAST_TTL", "IP_MAX_MEMBERSHIPS"}

# glibc's names for options that the module socket lacks, but programs know by their numbers.
_MORE = {(6, 36): "TCP_INQ", (6, 25): "TCP_NOTSENT_LOWAT", (6, 10): "TCP_WINDOW_CLAMP"}

NAMES = {
    (level, number): name
    for level, prefix in _LEVELS.items()
    for name, number in C.items()
    if name.startswith(prefix) and name not in _NOT_OPTIONS
} | _MORE

_KEPT = {
    "SO_DEBUG": 0, "SO_MARK": 0, "SO_INCOMING_CPU": -1, "SO_PASSCRED": 0, "SO_PASSSEC": 0, "SO_BINDTOIFINDEX": 0,
    "IP_MULTICAST_TTL": 1, "IP_MULTICAST_LOOP": 1, "IP_RECVERR": 0, "IP_RECVTTL": 0, "IP_RECVTOS": 0, "IP_RECVOPTS": 0, "IP_RETOPTS": 0,
    "IP_PKTINFO": 0, "IP_RECVORIGDSTADDR": 0, "IP_FREEBIND": 0, "IP_BIND_ADDRESS_NO_PORT": 0, "IP_TRANSPARENT": 0,
    "IPV6_MULTICAST_HOPS": 1, "IPV6_MULTICAST_LOOP": 1, "IPV6_MULTICAST_IF": 0, "IPV6_RECVERR": 0, "IPV6_RECVPKTINFO": 0,
    "IPV6_RECVHOPLIMIT": 0, "IPV6_RECVTCLASS": 0, "IPV6_RECVPATHMTU": 0, "IPV6_RECVRTHDR": 0, "IPV6_RECVHOPOPTS": 0,
    "IPV6_RECVDSTOPTS": 0, "IPV6_DONTFRAG": 0,
    "TCP_FASTOPEN": 0, "TCP_FASTOPEN_CONNECT": 0, "TCP_FASTOPEN_NO_COOKIE": 0, "TCP_SAVE_SYN": 0, "TCP_THIN_DUPACK": 0,
    "TCP_THIN_LINEAR_TIMEOUTS": 0, "TCP_INQ": 0, "TCP_TX_DELAY": 0, "TCP_REPAIR": 0,
}  # fmt: skip
"""Options that the network does not have and that change nothing here: Linux's value to begin with, then the program's own."""

_PRIVILEGED = {"SO_DEBUG": "EACCES", "SO_MARK": "EPERM", "IP_TRANSPARENT": "EPERM", "TCP_REPAIR": "EPERM"}

_TEXTS = {"TCP_CONGESTION": 16}
"""Options whose value is a text, and how many octets Linux answers."""

def _error(name):
    number = getattr(errno, name)
    return OSError(number, os.strerror(number))


def _local(opened, name):
    """Options that need no network; None for the others."""
    if name == "SO_DOMAIN":
        return opened.family
    if name == "SO_TYPE":
        return opened.kind
    if name == "SO_PROTOCOL":
        return opened.protocol or {C["SOCK_STREAM"]: 6, C["SOCK_DGRAM"]: 17}[opened.kind]
    return None


def set_option(opened, level, number, value, absent_length=None):
    """Sets an option to an int, to octets, or to NULL of a length."""
    name = NAMES.get((level, number))
    if name is None or _local(opened, name) is not None:
        raise _error("ENOPROTOOPT")
    if absent_length is not None:
        raise _error("EFAULT" if absent_length >= 4 else "EINVAL")
    if name in ("SO_RCVTIMEO", "SO_SNDTIMEO"):
        return _set_limit(opened, name, value)
    if opened.local or _keeps(opened, name):
        number = _number(value)
        if number and name in _PRIVILEGED:
            raise _error(_PRIVILEGED[name])
        opened.__dict__.setdefault("options", {})[name] = number
        return None
    _call(f'{{"call":"setsockopt","socket":{opened.ident},"option":"{name}","value":{_json(name, value)}}}')
    return None


def _keeps(opened, name):
    """Whether the option is kept here, on a socket of its kind."""
    if name not in _KEPT:
        return False
    if name.startswith("TCP_") and opened.kind != C["SOCK_STREAM"] or name.startswith("IPV6_") and opened.family != C["AF_INET6"]:
        raise _error("ENOPROTOOPT" if name.startswith("IPV6_") else "EOPNOTSUPP")
    return True


def _call(request):
    """A call that may name an option which the network does not know at all."""
    reply = host.ask(request)
    if reply[0] != "!":
        return json.loads(reply)
    raise _error("ENOPROTOOPT") if json.loads(reply[1:])["name"] == "EPROTOCOL" else network.failed(reply)


def _number(value):
    if isinstance(value, int):
        return value
    if len(value) < 4:
        raise _error("EINVAL")
    return struct.unpack_from("i", value)[0]


def _json(name, value):
    """A value as the network takes it."""
    if name in _TEXTS:
        if isinstance(value, int):
            value = struct.pack("i", value)
        return json.dumps(bytes(value).split(b"\0")[0].decode("ascii", "replace"))
    if name == "SO_LINGER":
        if isinstance(value, int) or len(value) < 8:
            raise _error("EINVAL")
        on, seconds = struct.unpack_from("ii", value)
        return json.dumps({"on": on != 0, "seconds": max(0, min(seconds, 65535))})
    if not isinstance(value, int) and name.startswith(("IP_", "IPV6_")) and len(value) not in (1, 4):
        return json.dumps({"hex": bytes(value).hex()})
    if not isinstance(value, int) and len(value) == 1 and name.startswith("IP_"):
        return str(value[0])
    return str(_number(value))


def _set_limit(opened, name, value):
    """SO_RCVTIMEO and SO_SNDTIMEO are kept here: each call is given its time."""
    if isinstance(value, int):
        raise _error("EINVAL")
    if len(value) < 16:
        if len(value) < 2 * struct.calcsize("l"):
            raise _error("EINVAL")
        seconds, micros = struct.unpack_from("ll", value)
    else:
        seconds, micros = struct.unpack_from("<qq", value)
    if not 0 <= micros < 1_000_000:
        raise _error("EDOM")
    limit = None if seconds < 0 else (seconds + micros / 1_000_000 or None)
    setattr(opened, "receive_limit" if name == "SO_RCVTIMEO" else "send_limit", limit)


def get_option(opened, level, number, length):
    """The value of an option: an int if `length` is 0, else at most so many octets."""
    name = NAMES.get((level, number))
    if name is None:
        raise _error("EOPNOTSUPP" if level not in _LEVELS else "ENOPROTOOPT")
    value = _octets(opened, name)
    if length:
        return value[:length]
    if len(value) < 4:
        value = value.ljust(4, b"\0")
    return struct.unpack_from("i", value)[0]


def _octets(opened, name):
    """The value as Linux lays it out in memory."""
    known = _local(opened, name)
    if known is not None:
        return struct.pack("i", known)
    if name in ("SO_RCVTIMEO", "SO_SNDTIMEO"):
        limit = (opened.receive_limit if name == "SO_RCVTIMEO" else opened.send_limit) or 0
        return struct.pack("<qq", int(limit), round((limit - int(limit)) * 1_000_000))
    if opened.local or _keeps(opened, name):
        unset = 212992 if name in ("SO_SNDBUF", "SO_RCVBUF") else _KEPT.get(name, 0)
        return struct.pack("i", getattr(opened, "options", {}).get(name, unset))
    value = _call(f'{{"call":"getsockopt","socket":{opened.ident},"option":"{name}"}}')["value"]
    if isinstance(value, str):
        return value.encode().ljust(_TEXTS.get(name, 0), b"\0")
    if isinstance(value, dict):
        if "hex" in value:
            return bytes.fromhex(value["hex"])
        return struct.pack("ii", value["on"], value["seconds"])
    return struct.pack("i", int(value))
