import socket
import time

# A backlog of 0 takes one connection; the SYNs of those after it are dropped.
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 5045))
listener.listen(0)
first = socket.create_connection(("127.0.0.1", 5045))
began = time.monotonic()
try:
    socket.create_connection(("127.0.0.1", 5045), timeout=0.4)
except TimeoutError as error:
    print(error, error.errno, 0.3 < time.monotonic() - began < 0.9)
late = socket.socket()
late.settimeout(5)
connection, _ = listener.accept()
print(late.connect_ex(("127.0.0.1", 5045)))
