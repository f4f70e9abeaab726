import socket

received = b""


def read_line(connection):
    """The next line of the connection, without its end."""
    global received
    while b"\n" not in received:
        more = connection.recv(1024)
        if not more:
            raise EOFError("the stream ended before the line did")
        received += more
    line, received = received.split(b"\n", 1)
    return line.decode()


with socket.create_connection(("127.0.0.1", 5000)) as connection:
    print(read_line(connection))
    connection.sendall(b"Ada\n")
    print(read_line(connection))
