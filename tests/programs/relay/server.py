import socket

with socket.create_server(("127.0.0.1", 5050)) as listener:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data.swapcase())
