import socket
import time

connection = socket.create_connection(("127.0.0.1", 5007))
print("end of stream:", connection.recv(10))
connection.sendall(b"the first is answered by RST")
time.sleep(0.3)
try:
    connection.sendall(b"second")
except BrokenPipeError as error:
    print(type(error).__name__, error)
connection.sendall(b"third")
