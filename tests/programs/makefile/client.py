import io
import socket

connection = socket.create_connection(("127.0.0.1", 5008))
reader = connection.makefile("rb")
writer = connection.makefile("wb")
print(type(reader).__name__, type(writer).__name__, reader.readable(), reader.seekable(), reader.name, reader.mode)
writer.write("grüße\n".encode())
writer.write(b"two\n")
writer.flush()
print(reader.readline(), reader.readline())
raw = connection.makefile("rb", buffering=0)
print(type(raw).__name__, isinstance(raw, io.RawIOBase), raw.fileno() == connection.fileno())
writer.write(b"last")
writer.close()
connection.close()
print(connection.fileno() != -1, "closed:", connection._closed)
raw.close()
reader.close()
print(connection.fileno())
try:
    reader.readline()
except ValueError as error:
    print(error)
try:
    socket.socket().makefile("x")
except ValueError as error:
    print(error)
connection.makefile("rb").read()
