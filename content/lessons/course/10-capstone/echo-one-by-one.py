import socket

with socket.create_server(("127.0.0.1", 5000)) as listener:
    while True:
        connection, address = listener.accept()
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)
