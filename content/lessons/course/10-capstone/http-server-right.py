import socket
import threading

PAGES = {"/": b"Hello\n", "/tcp": b"A stream of octets.\n"}
LONGEST_HEAD = 8192


def answer(status, body):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def read_head(stream):
    """The lines of the next request's head; nothing at the end of the stream."""
    lines, size = [], 0
    while True:
        line = stream.readline(LONGEST_HEAD)
        size += len(line)
        if not line.endswith(b"\n") or size > LONGEST_HEAD:
            return None
        line = line.rstrip(b"\r\n").decode("latin-1")
        if line:
            lines.append(line)
        elif lines:
            return lines


def respond(lines):
    """The answer to a request, and whether the connection stays."""
    fields = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        fields[name.lower()] = value.strip()
    words = lines[0].split(" ")
    if len(words) != 3 or "host" not in fields:
        return answer("400 Bad Request", b"Bad request\n"), False
    method, path, version = words
    stays = fields.get("connection", "").lower() != "close"
    if method != "GET":
        return answer("501 Not Implemented", b"Only GET\n"), False
    if path not in PAGES:
        return answer("404 Not Found", b"Not found\n"), stays
    return answer("200 OK", PAGES[path]), stays


def serve(connection):
    try:
        with connection, connection.makefile("rb") as stream:
            stays = True
            while stays and (lines := read_head(stream)):
                octets, stays = respond(lines)
                connection.sendall(octets)
    except OSError:
        pass


with socket.create_server(("127.0.0.1", 5000)) as listener:
    while True:
        connection, address = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
