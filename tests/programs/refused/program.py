import errno
import socket

ADDRESS = ("127.0.0.1", 5999)

try:
    socket.create_connection(ADDRESS)
except ConnectionRefusedError as error:
    print(type(error).__name__, error, error.errno == errno.ECONNREFUSED, error.strerror)

with socket.socket() as probe:
    print(probe.connect_ex(ADDRESS), errno.errorcode[probe.connect_ex(ADDRESS)])

probe = socket.socket()
probe.connect(ADDRESS)
