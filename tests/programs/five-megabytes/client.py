import socket
import zlib

with socket.create_connection(("127.0.0.1", 5032)) as connection:
    total, crc = 0, 0
    buffer = bytearray(100_000)
    while count := connection.recv_into(buffer):
        total += count
        crc = zlib.crc32(memoryview(buffer)[:count], crc)
    print(total, hex(crc))
