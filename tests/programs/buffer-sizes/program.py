import socket

listener = socket.create_server(("127.0.0.1", 5044))
client = socket.socket()
for name in ("SO_RCVBUF", "SO_SNDBUF"):
    option = getattr(socket, name)
    print(name, client.getsockopt(socket.SOL_SOCKET, option) > 10_000)
    client.setsockopt(socket.SOL_SOCKET, option, 8192)
    print(name, client.getsockopt(socket.SOL_SOCKET, option))
client.connect(("127.0.0.1", 5044))
server, _ = listener.accept()
client.setblocking(False)
sent = 0
try:
    while True:
        sent += client.send(bytes(1000))
except BlockingIOError:
    print("full", sent > 4000)
server.settimeout(1)
got = 0
try:
    while got < sent:
        got += len(server.recv(65536))
except TimeoutError as error:
    print(error)
print(got == sent)
