import socket

with socket.create_server(("127.0.0.1", 5000)) as listener:
    connection, address = listener.accept()
    with connection:
        connection.sendall(connection.recv(1024))
