import socket
import threading

listener = socket.create_server(("127.0.0.1", 5018))


def work():
    connection, _ = listener.accept()
    with connection:
        int(connection.recv(100))


thread = threading.Thread(target=work, name="worker")
thread.start()
with socket.create_connection(("127.0.0.1", 5018)) as client:
    client.sendall(b"not a number")
    thread.join()
    print("alive:", thread.is_alive(), client.recv(10))
threading.excepthook = lambda args: print("hook:", args.exc_type.__name__, args.exc_value, args.thread.name)
second = threading.Thread(target=lambda: {}["key"], name="second")
second.start()
second.join()
print("end of the main thread")
