import socket

with socket.create_connection(("127.0.0.1", 5022)) as one, socket.create_connection(("127.0.0.1", 5022)) as two:
    two.sendall(b"second\n")
    print(two.recv(100))
    one.sendall(b"first\n")
    print(one.recv(100))
    one.sendall(b"stop\n")
    print(one.recv(100))
    print(one.recv(100))
