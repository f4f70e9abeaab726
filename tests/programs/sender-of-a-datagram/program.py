import socket
import time

one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
two = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
three = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for each in (one, two, three):
    each.bind(("127.0.0.1", 0))
    each.settimeout(0.3)
one.connect(two.getsockname())
three.sendto(b"not from two", one.getsockname())
two.sendto(b"from two", one.getsockname())
print(one.recv(100))
one.sendto(b"elsewhere", three.getsockname())
print(three.recvfrom(100)[0])
buffer = bytearray(20)
one.send(b"into a buffer")
count, sender = two.recvfrom_into(buffer)
print(buffer[:count], sender == one.getsockname())
one.connect(("127.0.0.1", 5994))
one.send(b"x")
try:
    time.sleep(0.2)
    one.send(b"y")
except ConnectionRefusedError as error:
    print(error)
one.recv(1)
