# Twenty clients at once, ten messages each.
import socket
import threading
import time


def talk(number):
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", 47311))
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    with connection:
        for turn in range(10):
            message = f"{number} {turn}".encode()
            connection.sendall(message)
            assert connection.recv(4096) == message


began = time.perf_counter()
threads = [threading.Thread(target=talk, args=(number,)) for number in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("took", time.perf_counter() - began)
