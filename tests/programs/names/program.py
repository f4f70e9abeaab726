import socket


def attempt(call, *arguments, **more):
    try:
        print(call.__name__, arguments, call(*arguments, **more))
    except OSError as error:
        print(call.__name__, arguments, type(error).__name__, error)
    except (TypeError, ValueError, OverflowError) as error:
        print(call.__name__, type(error).__name__, error)


for family, kind, proto, name, address in socket.getaddrinfo("127.0.0.1", 80):
    print(family, kind, proto, repr(name), address)
attempt(socket.getaddrinfo, "127.0.0.1", "http", type=socket.SOCK_STREAM)
attempt(socket.getaddrinfo, "localhost", 5000, family=socket.AF_INET, type=socket.SOCK_STREAM)
attempt(socket.getaddrinfo, None, 5000, family=socket.AF_INET, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
attempt(socket.getaddrinfo, None, 5000, family=socket.AF_INET, type=socket.SOCK_DGRAM)
attempt(socket.getaddrinfo, "::1", 443, type=socket.SOCK_STREAM)
attempt(socket.getaddrinfo, "::1", 443, family=socket.AF_INET)
attempt(socket.getaddrinfo, "nobody.invalid", 80)
attempt(socket.getaddrinfo, "127.0.0.1", "no-such-service")
attempt(socket.getaddrinfo, None, None)
attempt(socket.getaddrinfo, "nobody", 80, flags=socket.AI_NUMERICHOST)
attempt(socket.gethostbyname, "localhost")
attempt(socket.gethostbyname, "127.0.0.1")
attempt(socket.gethostbyname, "nobody.invalid")
attempt(socket.gethostbyname_ex, "127.0.0.1")
attempt(socket.getservbyname, "http")
attempt(socket.getservbyname, "domain", "udp")
attempt(socket.getservbyname, "no-such")
attempt(socket.getservbyport, 443)
attempt(socket.getservbyport, 70000)
attempt(socket.getprotobyname, "tcp")
attempt(socket.getprotobyname, "nothing")
attempt(socket.getnameinfo, ("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
attempt(socket.getnameinfo, ("127.0.0.1", 80), socket.NI_NUMERICHOST)
attempt(socket.getnameinfo, ("::1", 80, 0, 0), socket.NI_NUMERICHOST)
print(type(socket.gethostname()).__name__, isinstance(socket.getfqdn("127.0.0.1"), str))
socket.create_connection(("nobody.invalid", 80))
