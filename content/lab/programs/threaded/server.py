import socket
import threading

ADDRESS = ("127.0.0.1", 5000)
CLIENTS = 3


def serve(connection, peer):
    with connection:
        while data := connection.recv(1024):
            print(threading.current_thread().name, "received", data)
            connection.sendall(data.upper())
    print(threading.current_thread().name, "is done")


with socket.create_server(ADDRESS) as listener:
    threads = []
    for number in range(CLIENTS):
        connection, peer = listener.accept()
        thread = threading.Thread(target=serve, args=(connection, peer), name=f"worker {number + 1}")
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
