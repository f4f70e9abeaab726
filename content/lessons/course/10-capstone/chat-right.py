import socket
import threading

clients = []
lock = threading.Lock()


def tell_others(sender, line):
    with lock:
        others = [connection for connection in clients if connection is not sender]
    for connection in others:
        try:
            connection.sendall(line)
        except OSError:
            pass  # It is leaving; its own thread sees to that.


def serve(connection):
    try:
        with connection, connection.makefile("rb") as lines:
            name = lines.readline().strip()
            with lock:
                clients.append(connection)
            for line in lines:
                if line.endswith(b"\n"):
                    tell_others(connection, name + b": " + line)
    except OSError:
        pass  # A client that breaks off takes nobody with it.
    finally:
        with lock:
            if connection in clients:
                clients.remove(connection)


with socket.create_server(("127.0.0.1", 5000)) as listener:
    while True:
        connection, address = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
