import socket

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 5036))
early = socket.socket()
print(early.connect_ex(("127.0.0.1", 5036)))
listener.listen(1)
waiting = []
for _ in range(2):
    client = socket.create_connection(("127.0.0.1", 5036), timeout=5)
    client.sendall(b"before accept")
    waiting.append(client)
third = socket.socket()
third.settimeout(0.5)
try:
    third.connect(("127.0.0.1", 5036))
except TimeoutError as error:
    print("third:", error)
for _ in range(2):
    connection, _ = listener.accept()
    print(connection.recv(100))
