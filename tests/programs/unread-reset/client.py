import socket
import time

connection = socket.create_connection(("127.0.0.1", 5006))
connection.sendall(b"nobody will read this")
time.sleep(0.5)
data = connection.recv(100)
print("never", data)
