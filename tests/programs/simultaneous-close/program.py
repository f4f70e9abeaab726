import socket
import time

listener = socket.create_server(("127.0.0.1", 5053))
client = socket.create_connection(("127.0.0.1", 5053))
server, _ = listener.accept()
client.shutdown(socket.SHUT_WR)
server.shutdown(socket.SHUT_WR)
print(client.recv(1), server.recv(1))
time.sleep(0.2)
for end in (client, server):
    try:
        end.sendall(b"x")
    except BrokenPipeError as error:
        print(error)
try:
    client.shutdown(socket.SHUT_RDWR)
except OSError as error:
    print(error)
try:
    server.getpeername()
except OSError as error:
    print(error)
client.close()
server.close()
print(client, server._closed)
