import socket

with socket.create_connection(("127.0.0.1", 5015)) as connection:
    print("waiting for the server to speak first")
    print(connection.recv(100))
