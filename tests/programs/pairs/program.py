import socket

left, right = socket.socketpair()
print(left.family, left.type, left.getsockname() == "", right.getpeername() == "")
left.sendall(b"across")
print(right.recv(100))
left.shutdown(socket.SHUT_WR)
print(right.recv(100))
right.sendall(b"back")
print(left.recv(100))
left.close()
try:
    right.send(b"x")
except BrokenPipeError as error:
    print(error)
with socket.socketpair()[0] as one:
    print(one.recv(10))
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
a.send(b"first")
a.send(b"second")
print(b.recv(100), b.recv(3))
b.settimeout(0.1)
b.recv(1)
