import socket

with socket.create_server(("127.0.0.1", 5052)) as listener:
    connection, _ = listener.accept()
    data = connection.recv(100)
    raise SystemExit(f"got {data!r}, and leave without a word")
