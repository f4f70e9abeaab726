import socket

listener = socket.create_server(("127.0.0.1", 5007))
connection, _ = listener.accept()
connection.close()
listener.close()
