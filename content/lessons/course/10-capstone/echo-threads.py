import socket
import threading


def serve(connection, address):
    try:
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)
    except OSError as error:
        print(address, error)


with socket.create_server(("127.0.0.1", 5000)) as listener:
    while True:
        connection, address = listener.accept()
        threading.Thread(target=serve, args=(connection, address), daemon=True).start()
