import socket


def read_exactly(connection, count):
    """So many octets, neither more nor fewer."""
    received = b""
    while len(received) < count:
        received += connection.recv(count - len(received))
    return received


def read_message(connection):
    """The next message, without its length."""
    size = int.from_bytes(read_exactly(connection, 2))
    return read_exactly(connection, size)


with socket.create_connection(("127.0.0.1", 5000)) as connection:
    for _ in range(3):
        print(read_message(connection).decode())
