import socket
import threading
import time

ADDRESS = ("127.0.0.1", 5000)


def talk(number):
    with socket.create_connection(ADDRESS) as connection:
        for word in ["hello", "again"]:
            connection.sendall(f"{word} from {number}".encode())
            print(number, "got", connection.recv(1024))
            time.sleep(0.2 * number)


threads = [threading.Thread(target=talk, args=(number,)) for number in range(1, 4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
