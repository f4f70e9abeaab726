import hashlib
import socket

with socket.create_server(("127.0.0.1", 5031)) as listener:
    connection, _ = listener.accept()
    with connection:
        digest, total = hashlib.sha256(), 0
        while data := connection.recv(65536):
            digest.update(data)
            total += len(data)
            connection.sendall(data)
        print(total, digest.hexdigest())
