import socket

listener = socket.create_server(("127.0.0.1", 47311))
connection, _ = listener.accept()
while data := connection.recv(65536):
    connection.sendall(data)
