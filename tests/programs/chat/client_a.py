import socket

with socket.create_connection(("127.0.0.1", 5034)) as connection, connection.makefile() as lines:
    print(lines.readline(), end="")
    connection.sendall(b"hello b")
    print(lines.readline(), end="")
