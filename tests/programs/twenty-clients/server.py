import socket
import threading

total, lock = 0, threading.Lock()


def serve(connection):
    global total
    with connection:
        while data := connection.recv(1024):
            with lock:
                total += len(data)
            connection.sendall(data)


with socket.create_server(("127.0.0.1", 5033), backlog=32) as listener:
    threads = []
    for _ in range(20):
        connection, _ = listener.accept()
        threads.append(threading.Thread(target=serve, args=(connection,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
print(total)
