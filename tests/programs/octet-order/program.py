import socket


def attempt(call, *arguments):
    try:
        print(call.__name__, arguments, call(*arguments))
    except (OSError, ValueError, OverflowError, TypeError) as error:
        print(call.__name__, arguments, type(error).__name__, error)


for number in (0, 1, 80, 0x1234, 65535, 65536, -1):
    attempt(socket.htons, number)
    attempt(socket.ntohs, number)
for number in (1, 0x12345678, 2**32 - 1, 2**32, -1):
    attempt(socket.htonl, number)
    attempt(socket.ntohl, number)
attempt(socket.htons, 1.5)
for text in ("127.0.0.1", "192.0.2.255", "1", "0x7f.1", "256.1.1.1", "nonsense", ""):
    attempt(socket.inet_aton, text)
    attempt(socket.inet_pton, socket.AF_INET, text)
for text in ("::1", "2001:db8::5", "::ffff:192.0.2.1", "1::2::3", "fe80::1%lo"):
    attempt(socket.inet_pton, socket.AF_INET6, text)
attempt(socket.inet_ntoa, b"\x7f\0\0\1")
attempt(socket.inet_ntoa, b"\x7f\0")
attempt(socket.inet_ntop, socket.AF_INET6, bytes(15) + b"\1")
attempt(socket.inet_ntop, socket.AF_INET6, bytes(4))
attempt(socket.inet_ntop, 99, bytes(4))
attempt(socket.inet_pton, 99, "::1")
print(socket.AF_INET, socket.SOCK_STREAM, repr(socket.AF_INET6), socket.SocketKind(2), socket.has_ipv6, socket.SOMAXCONN)
print(socket.CMSG_LEN(4), socket.CMSG_SPACE(4))
socket.inet_aton(5)
