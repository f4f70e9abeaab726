import socket


def read_message(connection):
    """The next message, without its length."""
    received = b""
    while len(received) < 2 or len(received) < 2 + int.from_bytes(received[:2]):
        more = connection.recv(1024)
        if not more:
            raise EOFError("the stream ended inside a message")
        received += more
    return received[2:2 + int.from_bytes(received[:2])]


with socket.create_connection(("127.0.0.1", 5000)) as connection:
    for _ in range(3):
        print(read_message(connection).decode())
