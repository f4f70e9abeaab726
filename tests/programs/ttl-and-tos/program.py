import socket

with socket.socket() as tcp:
    print(tcp.getsockopt(socket.IPPROTO_IP, socket.IP_TTL), tcp.getsockopt(socket.IPPROTO_IP, socket.IP_TOS))
    tcp.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 5)
    tcp.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x10)
    print(tcp.getsockopt(socket.IPPROTO_IP, socket.IP_TTL), tcp.getsockopt(socket.IPPROTO_IP, socket.IP_TOS))
    for value in (0, 256):
        try:
            tcp.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, value)
        except OSError as error:
            print(value, error)
with socket.socket(socket.AF_INET6) as six:
    print(six.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY), six.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS))
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    six.bind(("::1", 0))
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
