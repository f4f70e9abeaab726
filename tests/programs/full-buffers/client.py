import socket

with socket.create_connection(("127.0.0.1", 5016)) as connection:
    print("sending")
    connection.sendall(bytes(30_000_000))
    print("never")
