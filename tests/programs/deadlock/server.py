import socket

with socket.create_server(("127.0.0.1", 5015)) as listener:
    connection, _ = listener.accept()
    print("waiting for the client to speak first")
    print(connection.recv(100))
