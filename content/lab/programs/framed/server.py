import socket
import struct

ADDRESS = ("127.0.0.1", 5000)


def receive_exactly(connection, count):
    """TCP is a stream of octets: one recv may bring less than was asked for."""
    parts = []
    while count:
        part = connection.recv(count)
        if not part:
            raise EOFError(f"the stream ended, {count} octets too early")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def receive_message(connection):
    (length,) = struct.unpack("!I", receive_exactly(connection, 4))
    return receive_exactly(connection, length)


with socket.create_server(ADDRESS) as listener:
    connection, peer = listener.accept()
    with connection:
        while True:
            try:
                message = receive_message(connection)
            except EOFError:
                break
            print(len(message), "octets:", message[:40].decode())
print("no more messages")
