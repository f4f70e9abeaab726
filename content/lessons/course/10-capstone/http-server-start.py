import socket

PAGES = {"/": b"Hello\n", "/tcp": b"A stream of octets.\n"}


def answer(status, body):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


with socket.create_server(("127.0.0.1", 5000)) as listener:
    while True:
        connection, address = listener.accept()
        with connection:
            request = connection.recv(1024).decode()
            path = request.split()[1]
            if path in PAGES:
                connection.sendall(answer("200 OK", PAGES[path]))
            else:
                connection.sendall(answer("404 Not Found", b"Not found\n"))
