import socket
import time

listener = socket.create_server(("127.0.0.1", 5006))
connection, _ = listener.accept()
time.sleep(0.3)
connection.close()  # with data unread
time.sleep(0.5)
