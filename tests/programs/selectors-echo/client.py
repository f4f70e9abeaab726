import socket

for number in range(3):
    with socket.create_connection(("127.0.0.1", 5020)) as connection:
        for part in (b"one", b"two" * number):
            connection.sendall(part)
        connection.settimeout(5)
        wanted = 3 + 3 * number
        got = b""
        while len(got) < wanted:
            got += connection.recv(100)
        print(got)
