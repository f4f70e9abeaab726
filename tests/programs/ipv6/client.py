import socket

with socket.socket(socket.AF_INET6) as connection:
    connection.connect(("::1", 5012))
    print(connection.getpeername())
    connection.sendall(b"hello")
    print(connection.recv(100))
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
    udp.bind(("::1", 0))
    print(udp.getsockname()[0])
    try:
        udp.connect(("127.0.0.1", 1))
    except OSError as error:
        print(type(error).__name__, error)
socket.create_connection(("::1", 5996))
