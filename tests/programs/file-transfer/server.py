import os
import socket

with socket.create_server(("127.0.0.1", 5047)) as listener:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as stream:
        name, size = stream.readline().decode().split()
        with open("copy-of-" + name, "wb") as file:
            left = int(size)
            while left:
                part = stream.read(min(left, 4096))
                file.write(part)
                left -= len(part)
        print(name, os.path.getsize("copy-of-" + name), open("copy-of-" + name).readline().strip())
        connection.sendall(b"OK\n")
