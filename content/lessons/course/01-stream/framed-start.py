import socket


def read_message(connection):
    """The next message, without its length."""
    size = int.from_bytes(connection.recv(2))
    return connection.recv(size)


with socket.create_connection(("127.0.0.1", 5000)) as connection:
    for _ in range(3):
        print(read_message(connection).decode())
