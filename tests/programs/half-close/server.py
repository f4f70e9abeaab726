import socket

with socket.create_server(("127.0.0.1", 5004)) as listener:
    connection, _ = listener.accept()
    with connection:
        total = 0
        while data := connection.recv(4096):
            total += len(data)
        print("the client has said all:", total, "octets")
        connection.sendall(f"{total} octets, thank you".encode())
        connection.shutdown(socket.SHUT_WR)
        try:
            connection.sendall(b"more")
        except BrokenPipeError as error:
            print(type(error).__name__, error)
