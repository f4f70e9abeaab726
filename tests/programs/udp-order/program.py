import socket

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for size in (0, 1, 1472, 1473, 9000, 65507):
    print(sender.sendto(bytes(size), receiver.getsockname()))
for _ in range(6):
    data, peer = receiver.recvfrom(65535)
    print(len(data), peer == ("127.0.0.1", sender.getsockname()[1]))
sender.sendto(b"truncated", receiver.getsockname())
print(receiver.recvmsg(5)[0::2])
sender.sendto(b"truncated", receiver.getsockname())
print(receiver.recvmsg(5)[2] & socket.MSG_TRUNC == socket.MSG_TRUNC)
receiver.setblocking(False)
try:
    receiver.recvfrom(1)
except BlockingIOError as error:
    print(error)
sender.sendto(bytes(65508), receiver.getsockname())
