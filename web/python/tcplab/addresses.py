"""IPv6 addresses as text and as octets, which the interpreter was built without (RFC 4291, 2.2; printed as glibc prints them)."""

from tcplab.modules import builtin

_builtin = builtin("_socket")
_AF_INET, _AF_INET6 = 2, 10


def _groups(text):
    """The octets of a part of an address between double colons, or None."""
    if text == "":
        return b""
    groups = text.split(":")
    octets = b""
    for at, group in enumerate(groups):
        if "." in group and at == len(groups) - 1:
            numbers = group.split(".")
            plain = all(n.isascii() and n.isdigit() and len(n) <= 3 and int(n) < 256 and (n == "0" or n[0] != "0") for n in numbers)
            if len(numbers) != 4 or not plain:
                return None
            octets += bytes(map(int, numbers))
        elif 1 <= len(group) <= 4 and all(c in "0123456789abcdefABCDEF" for c in group):
            octets += int(group, 16).to_bytes(2)
        else:
            return None
    return octets


def parse(text):
    """The 16 octets of an IPv6 address, or None if the text is none."""
    halves = text.split("::")
    if len(halves) > 2:
        return None
    octets = [_groups(half) for half in halves]
    if None in octets:
        return None
    if len(halves) == 1:
        return octets[0] if len(octets[0]) == 16 else None
    if "." in halves[0]:
        return None
    missing = 16 - len(octets[0]) - len(octets[1])
    return octets[0] + bytes(missing) + octets[1] if missing >= 2 else None


def show(octets):
    """The text of an IPv6 address: the first longest run of two or more zero groups is shortened."""
    groups = [int.from_bytes(octets[at : at + 2]) for at in range(0, 16, 2)]
    start, length = 0, 0
    at = 0
    while at < 8:
        end = at
        while end < 8 and groups[end] == 0:
            end += 1
        if end - at > length:
            start, length = at, end - at
        at = max(end, at + 1)
    if start == 0 and (length == 6 or (length == 5 and groups[5] == 0xFFFF)):
        return ("::" if length == 6 else "::ffff:") + _builtin.inet_ntoa(octets[12:])
    texts = [f"{group:x}" for group in groups]
    if length < 2:
        return ":".join(texts)
    return ":".join(texts[:start]) + "::" + ":".join(texts[start + length :])


def inet_pton(address_family, ip_string, /):
    """Convert an IP address from string format to a packed string suitable for use with low-level network functions."""
    if address_family == _AF_INET6 and isinstance(ip_string, str):
        octets = parse(ip_string)
        if octets is None:
            raise OSError("illegal IP address string passed to inet_pton")
        return octets
    if isinstance(address_family, int) and address_family != _AF_INET:
        import errno
        import os

        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
    return _builtin.inet_pton(address_family, ip_string)


def inet_ntop(address_family, packed_ip, /):
    """Convert a packed IP address of the given family to string format."""
    if address_family == _AF_INET6:
        octets = bytes(memoryview(packed_ip))
        if len(octets) != 16:
            raise ValueError("invalid length of packed IP address string")
        return show(octets)
    return _builtin.inet_ntop(address_family, packed_ip)
