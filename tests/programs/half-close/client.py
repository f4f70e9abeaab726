import socket

with socket.create_connection(("127.0.0.1", 5004)) as connection:
    connection.sendall(b"a" * 10_000)
    connection.shutdown(socket.SHUT_WR)
    try:
        connection.send(b"b")
    except BrokenPipeError as error:
        print("after shutdown:", error)
    print(connection.recv(100))
    print(connection.recv(100))
    connection.shutdown(socket.SHUT_RD)
    print(connection.recv(100))
