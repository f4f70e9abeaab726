"""Ports and protocols with names, as in /etc/services and /etc/protocols: those that a program is likely to name."""

PROTOCOLS = {
    "ip": 0, "icmp": 1, "igmp": 2, "tcp": 6, "egp": 8, "udp": 17, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "gre": 47,
    "esp": 50, "ah": 51, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "ospf": 89, "sctp": 132, "udplite": 136,
}  # fmt: skip

_TCP, _UDP, _BOTH = ("tcp",), ("udp",), ("tcp", "udp")

SERVICES = (
    ("tcpmux", 1, _TCP), ("echo", 7, _BOTH), ("discard", 9, _BOTH), ("systat", 11, _TCP), ("daytime", 13, _BOTH),
    ("netstat", 15, _TCP), ("qotd", 17, _TCP), ("chargen", 19, _BOTH), ("ftp-data", 20, _TCP), ("ftp", 21, _TCP),
    ("ssh", 22, _TCP), ("telnet", 23, _TCP), ("smtp", 25, _TCP), ("time", 37, _BOTH), ("whois", 43, _TCP),
    ("tacacs", 49, _BOTH), ("domain", 53, _BOTH), ("bootps", 67, _UDP), ("bootpc", 68, _UDP), ("tftp", 69, _UDP),
    ("gopher", 70, _TCP), ("finger", 79, _TCP), ("http", 80, _TCP), ("kerberos", 88, _BOTH), ("pop3", 110, _TCP),
    ("sunrpc", 111, _BOTH), ("auth", 113, _TCP), ("nntp", 119, _TCP), ("ntp", 123, _UDP), ("netbios-ns", 137, _UDP),
    ("netbios-dgm", 138, _UDP), ("netbios-ssn", 139, _TCP), ("imap2", 143, _TCP), ("snmp", 161, _BOTH),
    ("snmp-trap", 162, _BOTH), ("bgp", 179, _TCP), ("irc", 194, _BOTH), ("ldap", 389, _BOTH), ("https", 443, _BOTH),
    ("microsoft-ds", 445, _BOTH), ("syslog", 514, _UDP), ("printer", 515, _TCP), ("submission", 587, _TCP),
    ("ipp", 631, _TCP), ("ldaps", 636, _BOTH), ("rsync", 873, _TCP), ("ftps", 990, _TCP), ("telnets", 992, _TCP),
    ("imaps", 993, _TCP), ("pop3s", 995, _TCP), ("socks", 1080, _TCP), ("openvpn", 1194, _BOTH), ("mysql", 3306, _TCP),
    ("postgresql", 5432, _TCP), ("sip", 5060, _BOTH), ("http-alt", 8080, _BOTH),
)  # fmt: skip

_ALIASES = {"www": "http", "mail": "smtp", "imap": "imap2", "pop-3": "pop3", "nicname": "whois", "portmapper": "sunrpc", "ident": "auth"}


def port_of(name, protocol=None):
    """The port of a service, or None."""
    name = _ALIASES.get(name, name)
    return next(
        (port for known, port, protocols in SERVICES if known == name and (protocol is None or protocol in protocols)), None
    )


def service_at(port, protocol=None):
    """The name of the service at a port, or None."""
    return next(
        (name for name, known, protocols in SERVICES if known == port and (protocol is None or protocol in protocols)), None
    )
