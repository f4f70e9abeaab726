import socket
import threading

listener = socket.create_server(("127.0.0.1", 5009))
client = socket.create_connection(("127.0.0.1", 5009))
server, _ = listener.accept()

print(client.sendmsg([b"one ", bytearray(b"two "), memoryview(b"three")]))
print(server.recvmsg(7))
first, second = bytearray(3), bytearray(20)
print(server.recvmsg_into([first, second]), first, second)
buffer = bytearray(b"." * 10)
client.sendall(b"abc")
print(server.recv_into(buffer), buffer)
client.sendall(b"defgh")
view = memoryview(buffer)[4:]
print(server.recv_into(view, 2), buffer)
print(server.recvfrom_into(view), buffer)
client.sendall(b"peek")
print(server.recv(10, socket.MSG_PEEK), server.recv(2), server.recv(10))
client.sendall(b"123")
threading.Timer(0.2, client.sendall, [b"456"]).start()
print(server.recv(6, socket.MSG_WAITALL))
try:
    server.recv(10, socket.MSG_DONTWAIT)
except BlockingIOError as error:
    print(error)
for call in (lambda: server.recv(-1), lambda: client.send("text"), lambda: server.recv_into(b"fixed"), lambda: server.recv(), lambda: client.sendmsg(b"x"), lambda: server.recv_into(buffer, 99)):
    try:
        print(call())
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
client.sendmsg([b"x"] * 3)
print(server.recv(10))
client.send("text")
