import socket
import time

listener = socket.create_server(("127.0.0.1", 5046))
listener.setblocking(False)
tries = 0
while True:
    try:
        connection, _ = listener.accept()
        break
    except BlockingIOError:
        tries += 1
connection.setblocking(False)
end = time.monotonic() + 5
data = b""
while time.monotonic() < end:
    try:
        part = connection.recv(100)
    except BlockingIOError:
        continue
    if not part:
        break
    data += part
print(tries > 0, data)
