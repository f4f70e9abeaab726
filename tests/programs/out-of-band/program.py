import select
import socket
import time

listener = socket.create_server(("127.0.0.1", 5035))
client = socket.create_connection(("127.0.0.1", 5035))
server, _ = listener.accept()
client.send(b"ab!", socket.MSG_OOB)
print(select.select([], [], [server], 5)[2] == [server])
print(server.recv(1, socket.MSG_OOB), server.recv(10))
try:
    server.recv(1, socket.MSG_OOB)
except OSError as error:
    print(error)
client.send(b"next")
print(server.recv(10))
server.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
client.send(b"cd!", socket.MSG_OOB)
client.send(b"e")
time.sleep(0.3)
print(server.recv(10), server.recv(10))
