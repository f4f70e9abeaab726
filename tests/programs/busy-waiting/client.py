import socket
import time

with socket.create_connection(("127.0.0.1", 5046)) as connection:
    for word in (b"one ", b"two ", b"three"):
        connection.sendall(word)
        time.sleep(0.1)
