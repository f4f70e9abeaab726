import socket


def attempt(what, call, *arguments):
    try:
        print(what, call(*arguments))
    except (OSError, TypeError, ValueError, OverflowError) as error:
        print(what, type(error).__name__, error)


tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
attempt("text", tcp.connect, "127.0.0.1")
attempt("two arguments", tcp.connect, "127.0.0.1", 80)
attempt("port as text", tcp.connect, ("127.0.0.1", "80"))
attempt("port too large", tcp.bind, ("127.0.0.1", 65536))
attempt("port below 0", tcp.bind, ("127.0.0.1", -1))
attempt("three parts", tcp.connect, ("127.0.0.1", 80, 0))
attempt("one part", tcp.connect, ("127.0.0.1",))
attempt("number", tcp.bind, (127, 80))
attempt("family", tcp.connect, ("::1", 80))
attempt("no name", tcp.connect, ("nobody.invalid", 80))
attempt("udp text", udp.sendto, "text", ("127.0.0.1", 80))
attempt("udp none", udp.sendto, b"x")
attempt("udp not connected", udp.send, b"x")
attempt("udp listen", udp.listen)
attempt("too long", udp.sendto, bytes(70_000), ("127.0.0.1", 5990))
attempt("family 99", socket.socket, 99)
attempt("type 99", socket.socket, socket.AF_INET, 99)
attempt("proto", socket.socket, socket.AF_INET, socket.SOCK_STREAM, 17)
attempt("backlog", tcp.listen, "5")
attempt("shutdown", tcp.shutdown, 7)
attempt("flags", tcp.recv, 10, "x")
attempt("empty name", udp.bind, ("", 0))
print(udp.getsockname()[0])
tcp.connect(("127.0.0.1", 5000, 1, 2))
