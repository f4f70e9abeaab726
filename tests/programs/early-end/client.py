import socket

with socket.create_connection(("127.0.0.1", 5052)) as connection:
    connection.sendall(b"anybody there?")
    answer = connection.recv(100)
    if not answer:
        raise EOFError("the server has gone")
