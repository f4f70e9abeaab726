import errno
import socket

first = socket.create_server(("127.0.0.1", 5001))
second = socket.socket()
try:
    second.bind(("127.0.0.1", 5001))
except OSError as error:
    print(type(error).__name__, error.errno == errno.EADDRINUSE, error)
second.close()
socket.create_server(("127.0.0.1", 5001))
