import socket
import threading


def serve(connection):
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)


listener = socket.create_server(("127.0.0.1", 47311), backlog=32)
threads = []
for _ in range(20):
    connection, _ = listener.accept()
    threads.append(threading.Thread(target=serve, args=(connection,)))
    threads[-1].start()
for thread in threads:
    thread.join()
