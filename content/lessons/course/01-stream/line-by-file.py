import socket


def read_line(lines):
    """The next line of the connection, without its end."""
    line = lines.readline()
    if not line.endswith("\n"):
        raise EOFError("the stream ended before the line did")
    return line[:-1]


with socket.create_connection(("127.0.0.1", 5000)) as connection:
    with connection.makefile("r", newline="\n") as lines:
        print(read_line(lines))
        connection.sendall(b"Ada\n")
        print(read_line(lines))
