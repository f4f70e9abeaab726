import socket
import threading

clients = []


def serve(connection):
    with connection:
        name = connection.recv(1024).strip()
        clients.append(connection)
        while line := connection.recv(1024):
            for other in clients:
                if other is not connection:
                    other.sendall(name + b": " + line)


with socket.create_server(("127.0.0.1", 5000)) as listener:
    while True:
        connection, address = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
