import socket

with socket.create_connection(("127.0.0.1", 5000)) as connection:
    connection.sendall("Zoë\n")
    print(connection.recv(1024))
