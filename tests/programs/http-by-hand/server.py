import socket

with socket.create_server(("127.0.0.1", 8003)) as listener:
    for _ in range(2):
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            request = lines.readline().split()
            headers = {}
            while (line := lines.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            print(request, sorted(headers))
            body = b"<h1>hello</h1>"
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + body)
