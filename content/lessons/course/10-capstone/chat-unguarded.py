import socket
import threading

clients = []


def serve(connection):
    with connection, connection.makefile("rb") as lines:
        name = lines.readline().strip()
        clients.append(connection)
        for line in lines:
            for other in clients:
                if other is not connection:
                    other.sendall(name + b": " + line)


with socket.create_server(("127.0.0.1", 5000)) as listener:
    while True:
        connection, address = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
