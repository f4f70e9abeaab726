import socket

tcp = socket.socket()
udp6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
print(tcp, udp6, sep="\n")
tcp.bind(("127.0.0.1", 5037))
tcp.listen()
client = socket.create_connection(("127.0.0.1", 5037))
server, peer = tcp.accept()
print(repr(server).replace(str(peer[1]), "PORT"))
print(type(tcp), socket.SocketType, socket.socket.__mro__[1].__name__, socket.error is OSError, socket.herror, socket.gaierror.__mro__)
print(tcp.family, tcp.type, tcp.proto, tcp.timeout, bool(tcp), tcp == tcp, tcp.fileno() in range(3, 50))
print(socket.AddressFamily.AF_INET6, socket.SOCK_DGRAM.name, int(socket.SHUT_RDWR), socket.MsgFlag.MSG_PEEK, socket.IPPROTO_TCP, socket.INADDR_ANY, socket.EAI_NONAME)
with tcp:
    print("inside")
print(tcp, tcp.fileno())
import pickle
try:
    pickle.dumps(client)
except TypeError as error:
    print(error)
tcp.nothing
