import socket

with socket.create_connection(("127.0.0.1", 5000)) as s:
    # Ask, then print what comes back.
    pass
