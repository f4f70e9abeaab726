import socket

with socket.create_connection(("127.0.0.1", 5034)) as connection, connection.makefile() as lines:
    connection.sendall(b"hello a")
    print(lines.readline(), end="")
