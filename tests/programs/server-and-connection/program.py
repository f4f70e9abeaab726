import socket

listener = socket.create_server(("127.0.0.1", 5011), backlog=3)
print(listener.getsockname(), listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
print(repr(listener).replace(str(listener.fileno()), "N", 1))
client = socket.create_connection(("localhost", 5011), timeout=5, source_address=("127.0.0.1", 0))
server, peer = listener.accept()
print(client.getpeername(), peer == client.getsockname(), server.family is socket.AF_INET, server.proto, client.proto)
with listener:
    pass
print(listener.fileno(), listener)
try:
    socket.create_connection(("localhost", 5997))
except OSError as error:
    print(type(error).__name__, error)
try:
    socket.create_connection(("localhost", 5997), all_errors=True)
except* ConnectionRefusedError as group:
    print(group.message, [type(error).__name__ for error in group.exceptions][-1:])
for wrong in (dict(dualstack_ipv6=True), dict(reuse_port=True)):
    try:
        with socket.create_server(("127.0.0.1", 0), **wrong) as other:
            print(other.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT))
    except ValueError as error:
        print(error)
print(socket.has_dualstack_ipv6())
socket.create_server(("203.0.113.9", 0))
