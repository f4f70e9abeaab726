import socket

REQUEST = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1:5000\r\n\r\n"


def read_line(stream):
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError("the stream ended inside a line")
    return line.rstrip(b"\r\n")


def read_exactly(stream, count):
    octets = stream.read(count)
    if len(octets) < count:
        raise EOFError("the stream ended inside the body")
    return octets


def read_chunks(stream):
    body = b""
    while size := int(read_line(stream).split(b";")[0], 16):
        body += read_exactly(stream, size)
        read_line(stream)
    while read_line(stream):
        pass  # Fields behind the last chunk, which few servers send.
    return body


with socket.create_connection(("127.0.0.1", 5000)) as connection:
    connection.sendall(REQUEST)
    with connection.makefile("rb") as stream:
        status = read_line(stream).split()[1]
        fields = {}
        while line := read_line(stream):
            name, colon, value = line.partition(b":")
            fields[name.lower()] = value.strip()
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            body = read_chunks(stream)
        elif b"content-length" in fields:
            body = read_exactly(stream, int(fields[b"content-length"]))
        else:
            body = stream.read()
print(status.decode())
print(body.decode(), end="")
