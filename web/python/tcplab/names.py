"""Names and addresses: getaddrinfo and what is like it. Literal addresses are read here, names are the network's to know."""

import errno
import json
import os

from tcplab import host as _host
from tcplab import network, services
from tcplab.addresses import inet_ntop, inet_pton
from tcplab.arguments import AF_INET, AF_INET6, encoded_name, index, inet_aton, inet_ntoa, ipv4, ipv6, keywords
from tcplab.constants import CONSTANTS as C
from tcplab.modules import builtin

_builtin = builtin("_socket")
herror = _builtin.herror
_STREAM, _DGRAM, _RAW, _SEQPACKET = C["SOCK_STREAM"], C["SOCK_DGRAM"], C["SOCK_RAW"], C["SOCK_SEQPACKET"]
_PROTOCOLS = {_STREAM: 6, _DGRAM: 17, _RAW: 0}
_KNOWN_FLAGS = (
    C["AI_PASSIVE"] | C["AI_CANONNAME"] | C["AI_NUMERICHOST"] | C["AI_V4MAPPED"] | C["AI_ALL"] | C["AI_ADDRCONFIG"] | C["AI_NUMERICSERV"]
    | 0x0040 | 0x0080 | 0x0100 | 0x0200  # glibc's for internationalized names
)  # fmt: skip


def _literal(text):
    """(family, address, scope) of a literal address, or None."""
    if ":" in text:
        plain, _, zone = text.partition("%")
        return (AF_INET6, inet_ntop(AF_INET6, inet_pton(AF_INET6, plain)), _scope(zone)) if ipv6(plain) else None
    try:
        return (AF_INET, inet_ntoa(inet_aton(text)), 0) if text and text[-1].isalnum() and text[0].isdigit() else None
    except OSError:
        return None


def _scope(zone):
    """The number of a zone: an interface by its name, or the number itself."""
    known = {name: number for number, name in _INTERFACES}
    return known.get(zone) or (int(zone) if zone.isdecimal() else 0)


def _resolve(name, family=0, port=0):
    """The addresses that the network knows for a name, [(family, address)]."""
    fields = f'"host":{json.dumps(name)},"port":{port}'
    if family:
        fields += f',"family":"{network.FAMILIES[family]}"'
    reply = _host.ask(f'{{"call":"getaddrinfo",{fields}}}')
    if reply[0] == "!":
        error = network.failed(reply)
        if isinstance(error, PermissionError):  # the bridge asks nobody beyond this machine; it says how it would
            error = network.gaierror(C["EAI_NONAME"], error.strerror)
        elif type(error) is OSError and error.errno == errno.EINVAL:
            error = network.gai_error("EAI_NONAME")
        raise error
    families = {name: number for number, name in network.FAMILIES.items()}
    found = [(families[each["family"]], each["address"][0]) for each in json.loads(reply)["addresses"]]
    return list(dict.fromkeys(found))


def _service(text, flags, types):
    """The port for each type that a service by this name has: {type: port}."""
    if text is None:
        return {kind: 0 for kind in types}
    stripped = text.strip()
    try:
        number = int(stripped or "0", 10) if stripped.lstrip("+-").isdigit() or not stripped else None
    except ValueError:
        number = None
    if number is not None:
        if not 0 <= number < 2**63:
            raise network.gai_error("EAI_SERVICE")
        return {kind: number & 0xFFFF for kind in types}
    if flags & C["AI_NUMERICSERV"]:
        raise network.gai_error("EAI_NONAME")
    protocols = {_STREAM: "tcp", _DGRAM: "udp"}
    found = {kind: services.port_of(text, protocols[kind]) for kind in types if kind in protocols}
    found = {kind: port for kind, port in found.items() if port is not None}
    if not found:
        raise network.gai_error("EAI_SERVICE")
    return found


def _types(kind, protocol):
    """Which (type, protocol) an answer has, for what was asked."""
    rows = [(_STREAM, 6), (_DGRAM, 17), (_RAW, 0)]
    if kind == _SEQPACKET:
        return [(_SEQPACKET, protocol or 132)]
    if kind == _RAW:
        return [(_RAW, protocol)]
    rows = rows if kind or not protocol else rows[:2]
    found = [(each, own) for each, own in rows if kind in (0, each) and (not protocol or own in (0, protocol))]
    if protocol and not kind:
        found = [(each, own) for each, own in found if own == protocol]
        found = found or [(_RAW, protocol)]
    if not found or kind not in (0, _STREAM, _DGRAM, _RAW):
        raise network.gai_error("EAI_SOCKTYPE")
    return found


_ARGUMENTS = ("host", "port", "family", "type", "proto", "flags")


def getaddrinfo(*args, **named):
    """getaddrinfo(host, port, family=0, type=0, proto=0, flags=0): resolve host and port into addrinfo entries."""
    values = keywords("getaddrinfo", _ARGUMENTS, 2, args, named)
    host, port = values["host"], values["port"]
    if host is not None and not isinstance(host, (str, bytes)):
        raise TypeError("getaddrinfo() argument 1 must be string or None")
    name = None if host is None else encoded_name(host)
    if isinstance(port, int):
        service = str(int(port))
    elif isinstance(port, str):
        service = port.encode("utf-8").decode("latin-1")
    elif isinstance(port, bytes):
        service = port.decode("latin-1")
    elif port is None:
        service = None
    else:
        raise OSError("Int or String expected")
    family, kind, protocol, flags = (index(values.get(name, 0)) for name in _ARGUMENTS[2:])
    if flags & ~_KNOWN_FLAGS or (flags & C["AI_CANONNAME"] and name is None):
        raise network.gai_error("EAI_BADFLAGS")
    if name is None and service is None:
        raise network.gai_error("EAI_NONAME")
    if family not in (0, AF_INET, AF_INET6):
        raise network.gai_error("EAI_FAMILY")
    rows = _types(kind, protocol)
    ports = _service(service, flags, [each for each, _ in rows])
    answer = []
    for found, address, scope in _addresses(name, family, flags):
        for each, own in rows:
            if each in ports:
                where = (address, ports[each]) + ((0, scope) if found == AF_INET6 else ())
                canonical = name if flags & C["AI_CANONNAME"] and not answer else ""
                answer.append((found, each, own, canonical, where))
    return answer


def _addresses(name, family, flags):
    if name is None:
        wildcard = flags & C["AI_PASSIVE"]
        both = [(AF_INET, "0.0.0.0"), (AF_INET6, "::")] if wildcard else [(AF_INET6, "::1"), (AF_INET, "127.0.0.1")]
        return [(*row, 0) for row in both if family in (0, row[0])]
    literal = _literal(name)
    if literal:
        if family == AF_INET6 and literal[0] == AF_INET and flags & C["AI_V4MAPPED"]:
            return [(AF_INET6, f"::ffff:{literal[1]}", 0)]
        if family not in (0, literal[0]):
            raise network.gai_error("EAI_ADDRFAMILY")
        return [literal]
    if flags & C["AI_NUMERICHOST"] or not name:
        raise network.gai_error("EAI_NONAME")
    return [(*row, 0) for row in _resolve(name, family)]


def _one(name, family=AF_INET):
    """The first address of a name, as functions older than getaddrinfo find it."""
    if name == "":
        return "0.0.0.0"
    name = ipv4(name)
    literal = _literal(name)
    if literal is None:
        return _resolve(name, family)[0][1]
    if literal[0] != family:
        raise network.gai_error("EAI_ADDRFAMILY")
    return literal[1]


def _name_argument(function, value):
    if not isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f"{function}() argument 1 must be str, bytes or bytearray, not {type(value).__name__}")
    return encoded_name(value)


def gethostbyname(name, /):
    """Return the IP address (a string of the form '255.255.255.255') for a host."""
    return _one(_name_argument("gethostbyname", name))


def gethostbyname_ex(name, /):
    """Return the true host name, a list of aliases, and a list of IP addresses, for a host."""
    text = _name_argument("gethostbyname_ex", name)
    literal = _literal(ipv4(text)) if text else (AF_INET, "0.0.0.0")
    if literal:
        if literal[0] != AF_INET:
            raise network.gai_error("EAI_ADDRFAMILY")
        return (text or "0.0.0.0", [], [literal[1]])
    return (text, [], [address for _, address in _resolve(text, AF_INET)])


def gethostbyaddr(name, /):
    """Return the true host name, a list of aliases, and a list of IP addresses, for a host or an address."""
    text = _name_argument("gethostbyaddr", name)
    family, address = (_literal(ipv4(text)) or _resolve(text)[0])[:2]
    reply = _reverse(family, address, 0)
    if reply is None:
        raise herror(1, "Unknown host")
    return (reply, [], [address])


def _reverse(family, address, port):
    """The name of an address, or None."""
    where = [address, port] if family == AF_INET else [address, port, 0, 0]
    reply = _host.ask(f'{{"call":"getnameinfo","address":{json.dumps(where)}}}')
    if reply[0] != "!":
        return json.loads(reply)["name"]
    error = network.failed(reply)
    if isinstance(error, (network.gaierror, PermissionError)) or error.errno == errno.EINVAL:
        return None
    raise error


def getnameinfo(sockaddr, flags, /):
    """Get host and port for a sockaddr."""
    if not isinstance(sockaddr, tuple):
        raise TypeError("getnameinfo() argument 1 must be a tuple")
    flags = index(flags)
    if not 2 <= len(sockaddr) <= 4 or not isinstance(sockaddr[0], str):
        raise TypeError("getnameinfo(): illegal sockaddr argument")
    try:
        port = index(sockaddr[1])
        flowinfo = index(sockaddr[2]) if len(sockaddr) > 2 else 0
    except TypeError:
        raise TypeError("getnameinfo(): illegal sockaddr argument") from None
    if not 0 <= flowinfo <= 0xFFFFF:
        raise OverflowError("getnameinfo(): flowinfo must be 0-1048575.")
    if port < 0:
        raise network.gai_error("EAI_SERVICE")
    literal = _literal(sockaddr[0])
    if literal is None:
        raise network.gai_error("EAI_NONAME")
    family, address, scope = literal
    if family == AF_INET and len(sockaddr) != 2:
        raise OSError("IPv4 sockaddr must be 2 tuple")
    port &= 0xFFFF
    name = None if flags & C["NI_NUMERICHOST"] else _reverse(family, address, port)
    if name is None:
        if flags & C["NI_NAMEREQD"]:
            raise network.gai_error("EAI_NONAME")
        scope = scope or (index(sockaddr[3]) if len(sockaddr) > 3 else 0)
        zones = dict(_INTERFACES)
        name = f"{address}%{zones.get(scope, scope)}" if scope else address
    service = None
    if not flags & C["NI_NUMERICSERV"]:
        service = services.service_at(port, "udp" if flags & C["NI_DGRAM"] else "tcp")
    return (name, service or str(port))


def gethostname():
    """Return the current host name."""
    return network.call('{"call":"gethostname"}')["name"]


def sethostname(name, /):
    """Only a privileged program may do it, and this is none."""
    if not isinstance(name, (str, bytes)):
        raise TypeError(f"sethostname() argument 1 must be str, not {type(name).__name__}")
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _text(function, value, position=1):
    if not isinstance(value, str):
        raise TypeError(f"{function}() argument {position} must be str, not {type(value).__name__}")
    return value


def getservbyname(*args):
    """Return a port number from a service name and protocol name."""
    if not 1 <= len(args) <= 2:
        raise TypeError(f"getservbyname() takes at {'least 1 argument' if not args else 'most 2 arguments'} ({len(args)} given)")
    names = [_text("getservbyname", value, at) for at, value in enumerate(args, 1)]
    port = services.port_of(*names)
    if port is None:
        raise OSError("service/proto not found")
    return port


def getservbyport(port, protocol=None, /):
    """Return the service name from a port number and protocol name."""
    port = index(port)
    if protocol is not None:
        _text("getservbyport", protocol, 2)
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("getservbyport: port must be 0-65535.")
    name = services.service_at(port, protocol)
    if name is None:
        raise OSError("port/proto not found")
    return name


def getprotobyname(name, /):
    """Return the protocol number for the named protocol."""
    number = services.PROTOCOLS.get(_text("getprotobyname", name).lower())
    if number is None:
        raise OSError("protocol not found")
    return number


_INTERFACES = ((1, "lo"), (2, "eth0"))


def if_nameindex():
    """Returns a list of network interface information (index, name) tuples: every host has the same two."""
    return list(_INTERFACES)


def if_nametoindex(name, /):
    """Returns the interface index corresponding to the interface name."""
    text = os.fsdecode(name)
    for number, known in _INTERFACES:
        if known == text:
            return number
    raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


def if_indextoname(number, /):
    """Returns the interface name corresponding to the interface index."""
    number = index(number)
    if number < 0:
        raise ValueError("Cannot convert negative int")
    if number > 2**32 - 1:
        raise OverflowError("Python int too large for C unsigned int")
    for known, name in _INTERFACES:
        if known == number:
            return name
    raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
