import socket

with socket.create_connection(("127.0.0.1", 5000)) as s:
    s.sendall(b"time?\n")
    answer = s.recv(1024)
    print(answer.decode())
