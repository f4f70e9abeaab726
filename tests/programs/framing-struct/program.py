import socket
import struct

HEAD = struct.Struct("!BHI")
left, right = socket.socketpair()
for kind, text in ((1, "short"), (2, "x" * 1000)):
    body = text.encode()
    left.sendall(HEAD.pack(kind, len(text), sum(body)) + body)


def exactly(count):
    data = bytearray()
    while len(data) < count:
        part = right.recv(count - len(data))
        if not part:
            raise ConnectionError(f"{len(data)} of {count} octets")
        data += part
    return bytes(data)


for _ in range(2):
    kind, length, check = HEAD.unpack(exactly(HEAD.size))
    body = exactly(length)
    print(kind, length, check == sum(body))
left.send(b"\x01")
left.close()
try:
    struct.pack("!H", 70_000)
except struct.error as error:
    print(error)
exactly(HEAD.size)
