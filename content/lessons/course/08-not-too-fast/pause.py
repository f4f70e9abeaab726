import socket
import time

WORD = b"height"

with socket.create_connection(("127.0.0.1", 5000)) as s:
    s.sendall(b"ask ")
    time.sleep(0.05)
    s.sendall(WORD + b"\n")
    with s.makefile("r") as answers:
        print(answers.readline().strip())
