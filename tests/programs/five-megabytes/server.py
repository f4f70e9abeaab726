import socket

with socket.create_server(("127.0.0.1", 5032)) as listener:
    connection, _ = listener.accept()
    with connection, open("sent.bin", "wb") as file:
        file.write(b"TCP" * 1_700_000)
        file.close()
        with open("sent.bin", "rb") as again:
            print(connection.sendfile(again))
