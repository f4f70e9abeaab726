import socket
import time


def timed(what, call, *arguments):
    began = time.monotonic()
    try:
        result = call(*arguments)
    except OSError as error:
        result = f"{type(error).__name__}: {error}"
    print(what, result, "at once" if time.monotonic() - began < 0.1 else "after a while")


print(socket.timeout is TimeoutError, socket.getdefaulttimeout())
listener = socket.create_server(("127.0.0.1", 5002))
listener.settimeout(0.2)
timed("accept", listener.accept)
client = socket.create_connection(("127.0.0.1", 5002), timeout=0.3)
print(client.gettimeout(), client.getblocking())
server, _ = listener.accept()
print(server.gettimeout(), listener.gettimeout())
timed("recv", client.recv, 10)
timed("recv_into", client.recv_into, bytearray(10))
server.sendall(b"late")
timed("recv", client.recv, 10)
timed("sendall", client.sendall, bytes(20_000_000))
client.settimeout(0)
print(client.gettimeout(), client.getblocking())
timed("without waiting", client.recv, 10)
for wrong in (-1, "1", None):
    try:
        client.settimeout(wrong)
        print(wrong, client.gettimeout())
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
socket.setdefaulttimeout(1.5)
print(socket.socket().gettimeout())
socket.setdefaulttimeout(None)
listener.accept()
