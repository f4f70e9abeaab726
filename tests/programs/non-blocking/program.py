import errno
import select
import socket

listener = socket.create_server(("127.0.0.1", 5003))
listener.setblocking(False)
try:
    listener.accept()
except BlockingIOError as error:
    print(error, error.errno == errno.EAGAIN, error.errno == errno.EWOULDBLOCK)

client = socket.socket()
client.setblocking(False)
try:
    client.connect(("127.0.0.1", 5003))
except BlockingIOError as error:
    print(error, error.errno == errno.EINPROGRESS)
_, writable, _ = select.select([], [client], [], 5)
print("writable", writable == [client], client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
readable, _, _ = select.select([listener], [], [], 5)
server, peer = listener.accept()
print(server.getblocking(), peer == client.getsockname())
print("not yet", select.select([client], [], [], 0.1))
server.sendall(b"now")
print(select.select([client], [], [], 5)[0] == [client], client.recv(10))
try:
    client.recv(10)
except BlockingIOError as error:
    print(error)
server.close()
select.select([client], [], [], 5)
print(client.recv(10), client.recv(10))

refused = socket.socket()
refused.setblocking(False)
print(refused.connect_ex(("127.0.0.1", 5998)) in (errno.EINPROGRESS, errno.ECONNREFUSED))
select.select([], [refused], [], 5)
print(errno.errorcode.get(refused.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)))
client.recv(0)
client.connect(("127.0.0.1", 5003))
