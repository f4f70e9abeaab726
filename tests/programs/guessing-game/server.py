import socket

SECRET = 62
with socket.create_server(("127.0.0.1", 5049)) as listener:
    connection, _ = listener.accept()
    with connection:
        tries = 0
        while (guess := int(connection.recv(100))) != SECRET:
            tries += 1
            connection.sendall(b"higher" if guess < SECRET else b"lower")
        connection.sendall(f"right after {tries + 1} tries".encode())
