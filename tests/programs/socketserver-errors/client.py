import socket

for text in (b"21", b"twenty", b"4"):
    with socket.create_connection(("127.0.0.1", 5023)) as connection:
        connection.sendall(text)
        print(connection.recv(100))
