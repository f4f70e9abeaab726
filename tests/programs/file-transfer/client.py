import os
import socket

name = "poem.txt"
with socket.create_connection(("127.0.0.1", 5047)) as connection:
    connection.sendall(f"{name} {os.path.getsize(name)}\n".encode())
    with open(name, "rb") as file:
        print(connection.sendfile(file))
    print(connection.makefile().readline())
