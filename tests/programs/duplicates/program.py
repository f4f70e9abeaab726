import os
import socket

listener = socket.create_server(("127.0.0.1", 5010))
client = socket.create_connection(("127.0.0.1", 5010))
server, _ = listener.accept()

copy = client.dup()
print(copy.fileno() != client.fileno(), copy.getsockname() == client.getsockname())
client.close()
copy.sendall(b"still open")
print(server.recv(100))
number = copy.detach()
print(copy.fileno(), number >= 0, copy)
again = socket.socket(fileno=number)
print(again.family, again.type, again.proto)
again.sendall(b"the same again")
print(server.recv(100))
third = socket.fromfd(again.fileno(), socket.AF_INET, socket.SOCK_STREAM)
print(third.fileno() == again.fileno())
again.close()
third.close()
print(server.recv(100))
socket.close(server.detach())
try:
    os.fstat(number)
except OSError as error:
    print(type(error).__name__, error)
try:
    socket.socket(fileno=-5)
except ValueError as error:
    print(error)
print(os.get_inheritable(listener.fileno()), listener.get_inheritable())
listener.set_inheritable(True)
print(listener.get_inheritable())
socket.socket(fileno=number)
