# 1 MB there and back, in pieces that fit into any buffer.
import socket
import time

began = time.perf_counter()
while True:
    try:
        connection = socket.create_connection(("127.0.0.1", 47311))
        break
    except ConnectionRefusedError:
        time.sleep(0.02)
        began = time.perf_counter()
piece = bytes(range(256)) * 64
for _ in range(64):
    connection.sendall(piece)
    back = b""
    while len(back) < len(piece):
        back += connection.recv(len(piece))
    assert back == piece
connection.close()
print("took", time.perf_counter() - began)
