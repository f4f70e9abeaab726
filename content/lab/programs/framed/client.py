import socket
import struct

ADDRESS = ("127.0.0.1", 5000)


def send_message(connection, message):
    """Four octets say how long the message is, in network order; then comes the message."""
    connection.sendall(struct.pack("!I", len(message)) + message)


with socket.create_connection(ADDRESS) as connection:
    for text in ["one", "two", "a longer one " * 300]:
        send_message(connection, text.encode())
        print("sent", len(text), "octets")
