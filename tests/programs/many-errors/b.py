import socket

try:
    1 / 0
finally:
    print("finally")
    socket.socket().connect(("127.0.0.1", 0))
