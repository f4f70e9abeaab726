import socket
import urllib.request

print(urllib.request.urlopen("http://127.0.0.1:8003/x").read())
with socket.create_connection(("127.0.0.1", 8003)) as connection:
    connection.sendall(b"GET / HTTP/1.0\r\nHost: here\r\n\r\n")
    parts = []
    while part := connection.recv(7):
        parts.append(part)
    print(b"".join(parts).splitlines())
