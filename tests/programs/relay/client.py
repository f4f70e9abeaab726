import socket

with socket.create_connection(("127.0.0.1", 5051)) as connection:
    connection.sendall(b"Through a Relay")
    connection.shutdown(socket.SHUT_WR)
    answer = b""
    while data := connection.recv(4):
        answer += data
    print(answer)
