import socket

S, T = socket.SOL_SOCKET, socket.IPPROTO_TCP
tcp = socket.socket()
for level, name in [
    (S, "SO_REUSEADDR"), (S, "SO_REUSEPORT"), (S, "SO_KEEPALIVE"), (S, "SO_BROADCAST"), (S, "SO_OOBINLINE"), (S, "SO_DONTROUTE"),
    (S, "SO_TYPE"), (S, "SO_DOMAIN"), (S, "SO_PROTOCOL"), (S, "SO_ERROR"), (S, "SO_ACCEPTCONN"), (S, "SO_PRIORITY"),
    (S, "SO_RCVLOWAT"), (S, "SO_SNDLOWAT"), (S, "SO_MARK"),
    (T, "TCP_NODELAY"), (T, "TCP_CORK"), (T, "TCP_KEEPIDLE"), (T, "TCP_KEEPINTVL"), (T, "TCP_KEEPCNT"), (T, "TCP_SYNCNT"),
    (T, "TCP_LINGER2"), (T, "TCP_DEFER_ACCEPT"), (T, "TCP_WINDOW_CLAMP"), (T, "TCP_QUICKACK"), (T, "TCP_USER_TIMEOUT"), (T, "TCP_MAXSEG"),
    (T, "TCP_NOTSENT_LOWAT"),
]:
    number = getattr(socket, name)
    try:
        print(name, number, tcp.getsockopt(level, number))
    except OSError as error:
        print(name, number, error)
for level, name, value in [
    (S, "SO_REUSEADDR", 1), (S, "SO_KEEPALIVE", 1), (S, "SO_KEEPALIVE", 0), (S, "SO_RCVBUF", 10_000), (S, "SO_SNDBUF", 10_000), (S, "SO_RCVBUF", 1), (S, "SO_SNDBUF", 1),
    (T, "TCP_NODELAY", True), (T, "TCP_CORK", 1), (T, "TCP_KEEPIDLE", 10), (T, "TCP_KEEPINTVL", 5), (T, "TCP_KEEPCNT", 3), (T, "TCP_SYNCNT", 2),
    (T, "TCP_USER_TIMEOUT", 3000), (T, "TCP_MAXSEG", 1000), (T, "TCP_LINGER2", 5), (T, "TCP_KEEPIDLE", 0), (T, "TCP_KEEPCNT", 1000), (T, "TCP_MAXSEG", 1),
    (S, "SO_ERROR", 1), (S, "SO_TYPE", 1), (99, "SO_TYPE", 1),
]:
    number = getattr(socket, name)
    try:
        tcp.setsockopt(level, number, value)
        print(name, value, tcp.getsockopt(level, number))
    except OSError as error:
        print(name, value, type(error).__name__, error)
print(tcp.getsockopt(S, socket.SO_KEEPALIVE, 4), tcp.getsockopt(T, socket.TCP_CONGESTION, 16).rstrip(b"\0") in (b"cubic", b"reno", b"bbr"))
for call in (lambda: tcp.setsockopt(S, socket.SO_REUSEADDR), lambda: tcp.setsockopt(S, socket.SO_REUSEADDR, "1"), lambda: tcp.getsockopt(S, socket.SO_TYPE, -1), lambda: tcp.setsockopt(S, socket.SO_LINGER, 1)):
    try:
        print(call())
    except (TypeError, OSError) as error:
        print(type(error).__name__, error)
tcp.getsockopt(T, 9999)
