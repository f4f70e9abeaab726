"""What a program may hand to a function of the socket module, and what it is told if that is something else.

The exceptions and their texts are CPython's.
"""

import json
import operator
import re

from tcplab import addresses
from tcplab.constants import CONSTANTS as C
from tcplab.modules import builtin

index = operator.index
inet_aton = builtin("_socket").inet_aton
inet_ntoa = builtin("_socket").inet_ntoa

AF_INET, AF_INET6 = C["AF_INET"], C["AF_INET6"]
_INT_MAX, _INT_MIN = 2**31 - 1, -(2**31)


def count(name, args, least, most, low=None):
    """Checks how many arguments came."""
    given = len(args)
    if least <= given <= most:
        return
    if least == most:
        expected = f"exactly {least}"
        bound = least
    elif given < least:
        expected, bound = f"at least {least}", least
    else:
        expected, bound = f"at most {most}", most
    plural = "" if bound == 1 else "s"
    raise TypeError(f"{name}() takes {expected} argument{plural} ({given} given)")


def plain(name, named):
    """Refuses keywords to a function that takes none."""
    if named:
        raise TypeError(f"socket.{name}() takes no keyword arguments")


def keywords(name, names, required, args, named):
    """The arguments of a function that may be called by position or by keyword, as a dictionary."""
    given = len(args) + len(named)
    if given > len(names):
        bound = f"at most {len(names)} argument{'s' if len(names) > 1 else ''}"
        raise TypeError(f"{name}() takes {bound} ({given} given)")
    values = dict(zip(names, args, strict=False))
    for key, value in named.items():
        if key not in names:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
        if key in values:
            raise TypeError(f"argument for {name}() given by name ('{key}') and position ({names.index(key) + 1})")
        values[key] = value
    for at, key in enumerate(names[:required], 1):
        if key not in values:
            raise TypeError(f"{name}() missing required argument '{key}' (pos {at})")
    return values


def one(name, args):
    """The argument of a method that takes exactly one."""
    if len(args) != 1:
        raise TypeError(f"socket.{name}() takes exactly one argument ({len(args)} given)")
    return args[0]


def none(name, args):
    """Checks the arguments of a method that takes none."""
    if args:
        raise TypeError(f"socket.{name}() takes no arguments ({len(args)} given)")


def integer(value):
    """A C int."""
    value = index(value)
    if value > _INT_MAX:
        raise OverflowError("signed integer is greater than maximum")
    if value < _INT_MIN:
        raise OverflowError("signed integer is less than minimum")
    return value


def size(value):
    """A C ssize_t."""
    value = index(value)
    if not -(2**63) <= value < 2**63:
        raise OverflowError("Python int too large to convert to C ssize_t")
    return value


def octets(value):
    """A buffer to read from, as one contiguous run of octets."""
    try:
        view = memoryview(value)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(value).__name__}'") from None
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return view if view.format == "B" and view.ndim == 1 else view.cast("B")


def writable(function, value, position=1):
    """A buffer to write into."""
    try:
        view = memoryview(value)
    except TypeError:
        view = None
    if view is None or view.readonly or not view.c_contiguous:
        raise TypeError(
            f"{function}() argument {position} must be read-write bytes-like object, not {type(value).__name__}"
        )
    return view if view.format == "B" and view.ndim == 1 else view.cast("B")


def host_name(value):
    """The host of an address: text, encoded as names are, or octets. Returns a str."""
    if value is None or not isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f"str, bytes or bytearray expected, not {type(value).__name__}")
    text = encoded_name(value)
    if "\0" in text:
        raise TypeError("host name must not contain null character")
    return text


def encoded_name(value):
    """A name as the resolver gets it."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("idna").decode("ascii")
    return bytes(value).decode("latin-1")


def address(function, family, value):
    """Reads an address for `function`; returns the host as the network takes it, and the port."""
    if family == AF_INET:
        _tuple(function, "AF_INET", value)
        if len(value) != 2:
            raise TypeError("AF_INET address must be a pair (host, port)")
        host, port = value
        host, port = ipv4(host_name(host)), _port(function, port)
        return _sound(host), port
    if family == AF_INET6:
        _tuple(function, "AF_INET6", value)
        if not 2 <= len(value) <= 4:
            raise TypeError("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        host, port = host_name(value[0]), _port(function, value[1])
        flowinfo = index(value[2]) if len(value) > 2 else 0
        if not 0 <= flowinfo <= 0xFFFFF:
            raise OverflowError(f"{function}(): flowinfo must be 0-1048575.")
        if len(value) > 3:
            index(value[3])
        return _sound(host.partition("%")[0]), port
    raise OSError(f"{function}(): bad family")


def _sound(host):
    """A host that may be one: no resolver knows a name with a blank in it."""
    if host and not ipv6(host):
        labels = host.removesuffix(".").split(".")
        if len(host) > 253 or not all(_LABEL(label) for label in labels) or labels[-1].isdigit() and ipv4(host).count(".") != 3:
            raise builtin("_socket").gaierror(C["EAI_NONAME"], "Name or service not known")
    return host


_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)").fullmatch


def _tuple(function, family, value):
    if not isinstance(value, tuple):
        raise TypeError(f"{function}(): {family} address must be tuple, not {type(value).__name__}")


def _port(function, value):
    value = index(value)
    if not 0 <= value <= 0xFFFF:
        raise OverflowError(f"{function}(): port must be 0-65535.")
    return value


def ipv4(host):
    """The C library's short forms of addresses (127.1) in full; names as they are."""
    if host == "<broadcast>":
        return "255.255.255.255"
    if host and not host.isspace() and host[-1] in "0123456789abcdefABCDEFxX" and host[0].isdigit():
        try:
            return inet_ntoa(inet_aton(host))
        except OSError:
            pass
    return host


def ipv6(host):
    """Whether a text is an IPv6 address."""
    return addresses.parse(host) is not None


def endpoint(host, port):
    """The JSON of an address in a request."""
    return f"[{json.dumps(host)},{port}]"
