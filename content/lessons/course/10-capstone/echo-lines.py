import socket
import threading


def serve(connection):
    try:
        with connection, connection.makefile("rwb") as lines:
            for line in lines:
                lines.write(line)
                lines.flush()
    except OSError:
        pass


with socket.create_server(("127.0.0.1", 5000)) as listener:
    while True:
        connection, address = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
