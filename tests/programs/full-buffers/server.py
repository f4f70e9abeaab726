import socket

with socket.create_server(("127.0.0.1", 5016)) as listener:
    connection, _ = listener.accept()
    print("sending")
    connection.sendall(bytes(30_000_000))
    print("never")
