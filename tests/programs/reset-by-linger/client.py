import socket

connection = socket.create_connection(("127.0.0.1", 5005))
connection.sendall(b"hello")
try:
    connection.recv(100)
except ConnectionResetError as error:
    print(type(error).__name__, error)
print(connection.recv(100))
connection.sendall(b"hello?")
