import socket

with socket.create_connection(("127.0.0.1", 5000)) as s:
    answers = s.makefile("r")
    for word in [b"height", b"depth"]:
        s.sendall(b"ask ")
        s.sendall(word + b"\n")
        print(answers.readline().strip())
    answers.close()
