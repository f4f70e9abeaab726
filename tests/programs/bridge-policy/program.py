import socket

try:
    socket.create_connection(("127.0.0.1", 5989))
except OSError as error:
    print(type(error).__name__)
try:
    socket.socket().bind(("192.0.2.1", 0))
except OSError as error:
    print(type(error).__name__)
try:
    socket.getaddrinfo("nowhere.test", 80)
except socket.gaierror as error:
    print(type(error).__name__, error.errno == socket.EAI_NONAME)
