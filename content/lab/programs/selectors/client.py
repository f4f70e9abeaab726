import socket

ADDRESS = ("127.0.0.1", 5000)

with socket.create_connection(ADDRESS) as one, socket.create_connection(ADDRESS) as two:
    two.sendall(b"second")
    one.sendall(b"first")
    print(one.recv(100), two.recv(100))
