import socket


def read_line(connection):
    """The next line of the connection, without its end."""
    return connection.recv(1024).decode().rstrip("\n")


with socket.create_connection(("127.0.0.1", 5000)) as connection:
    print(read_line(connection))
    connection.sendall(b"Ada\n")
    print(read_line(connection))
