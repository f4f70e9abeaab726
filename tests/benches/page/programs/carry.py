# One octet there, and taken out: two calls and a segment each time.
import socket
import time

ROUNDS = 1_000
listener = socket.create_server(("127.0.0.1", 0))
sender = socket.create_connection(listener.getsockname())
receiver, _ = listener.accept()
began = time.perf_counter()
for _ in range(ROUNDS):
    sender.send(b"x")
    receiver.recv(1)
print("took", time.perf_counter() - began)
