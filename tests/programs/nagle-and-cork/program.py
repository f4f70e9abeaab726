import socket
import time

listener = socket.create_server(("127.0.0.1", 5054))
client = socket.create_connection(("127.0.0.1", 5054))
server, _ = listener.accept()
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
client.send(b"head ")
client.send(b"body")
server.settimeout(0.05)
try:
    print(server.recv(100))
except TimeoutError:
    print("corked")
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
server.settimeout(2)
print(server.recv(100))
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
client.send(b"a")
time.sleep(0.1)
client.send(b"b")
time.sleep(0.2)
print(server.recv(100))
client.send(b"more", socket.MSG_MORE)
client.send(b" to come")
time.sleep(0.1)
print(server.recv(100))
