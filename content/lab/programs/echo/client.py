import socket

HOST = "127.0.0.1"
PORT = 5000

with socket.create_connection((HOST, PORT)) as connection:
    print("connected from", connection.getsockname())
    connection.sendall(b"Hello, TCP")
    data = connection.recv(1024)
    print("received", data)
