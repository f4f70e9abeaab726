import socket

WORD = b"height"

with socket.create_connection(("127.0.0.1", 5000)) as s:
    s.sendall(b"ask ")
    s.sendall(WORD + b"\n")
    with s.makefile("r") as answers:
        print(answers.readline().strip())
