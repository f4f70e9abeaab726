import hashlib
import socket
import threading

blob = bytes(range(256)) * 4096
with socket.create_connection(("127.0.0.1", 5031)) as connection:

    def send():
        connection.sendall(blob)
        connection.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    back = bytearray()
    while data := connection.recv(65536):
        back += data
    sender.join()
    print(len(back), back == blob, hashlib.sha256(back).hexdigest())
