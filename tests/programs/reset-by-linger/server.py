import socket
import struct

listener = socket.create_server(("127.0.0.1", 5005))
connection, _ = listener.accept()
print(connection.recv(100))
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
print(struct.unpack("ii", connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)))
connection.close()
