import socket

REQUEST = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1:5000\r\n\r\n"

with socket.create_connection(("127.0.0.1", 5000)) as connection:
    connection.sendall(REQUEST)
    head, body = connection.recv(65536).split(b"\r\n\r\n", 1)
    print(head.split()[1].decode())
    print(body.decode(), end="")
