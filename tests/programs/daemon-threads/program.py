import socket
import threading
import time

listener = socket.create_server(("127.0.0.1", 5029))


def forever():
    while True:
        listener.accept()


threading.Thread(target=forever, daemon=True).start()


def late():
    time.sleep(0.2)
    print("threads that are no daemons end first")


threading.Thread(target=late).start()
print("the main thread ends")
