import socket

with socket.create_server(("::1", 5012), family=socket.AF_INET6) as listener:
    print(listener.getsockname(), listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
    connection, peer = listener.accept()
    with connection:
        print(peer[0], peer[2:], connection.recv(100))
        connection.sendall(b"over IPv6")
