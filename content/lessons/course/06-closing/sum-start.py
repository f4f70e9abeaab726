import socket

s = socket.create_connection(("127.0.0.1", 5000))
s.sendall(b"2\n3\n4\n")
print(s.recv(1024).decode(), end="")
s.close()
