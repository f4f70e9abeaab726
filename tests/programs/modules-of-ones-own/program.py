import socket

import protocol
from protocol import ProtocolError, unpack

left, right = socket.socketpair()
left.sendall(protocol.pack("hello"))
print(unpack(right.recv(100)), protocol.__name__)
left.sendall(b"\0\5abc")
try:
    unpack(right.recv(100))
except ProtocolError as error:
    print(error)
import missing_module
