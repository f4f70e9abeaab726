import socket


def read_line(connection):
    """The next line of the connection, without its end."""
    line = b""
    while not line.endswith(b"\n"):
        line += connection.recv(1)
    return line[:-1].decode()


with socket.create_connection(("127.0.0.1", 5000)) as connection:
    print(read_line(connection))
    connection.sendall(b"Ada\n")
    print(read_line(connection))
