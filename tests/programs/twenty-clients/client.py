import socket
import threading

results = {}


def talk(number):
    with socket.create_connection(("127.0.0.1", 5033)) as connection:
        for turn in range(5):
            message = f"{number}:{turn}".encode()
            connection.sendall(message)
            results[number, turn] = connection.recv(100) == message


threads = [threading.Thread(target=talk, args=(number,)) for number in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(results), all(results.values()))
