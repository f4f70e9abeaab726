import socket

listener = socket.create_server(("127.0.0.1", 5042))
client = socket.create_connection(("127.0.0.1", 5042))
server, _ = listener.accept()
server.close()  # this side closes first: its end goes to TIME-WAIT
print(client.recv(1))
client.close()
listener.close()
plain = socket.socket()
try:
    plain.bind(("127.0.0.1", 5042))
except OSError as error:
    print(error)
plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
plain.bind(("127.0.0.1", 5042))
plain.listen()
print("listens again")
other = socket.socket()
other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    other.bind(("127.0.0.1", 5042))
    other.listen()
except OSError as error:
    print(error)
one = socket.create_server(("127.0.0.1", 5043), reuse_port=True)
two = socket.create_server(("127.0.0.1", 5043), reuse_port=True)
print(one.getsockname() == two.getsockname())
