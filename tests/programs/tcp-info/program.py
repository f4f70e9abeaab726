import socket
import struct

listener = socket.create_server(("127.0.0.1", 5041))
client = socket.create_connection(("127.0.0.1", 5041))
server, _ = listener.accept()


def state(connection):
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[0]


info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
print(len(info), state(client), state(server), state(listener))
fields = struct.unpack_from("8B24I", info)
print(fields[0], fields[2], fields[3])
client.close()
server.recv(1)
print(state(server))
print(state(socket.socket()))
listener.close()
state(listener)
