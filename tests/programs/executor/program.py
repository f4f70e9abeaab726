import concurrent.futures
import socket
import time

listener = socket.create_server(("127.0.0.1", 5030))


def serve():
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"hello " + connection.recv(100))


def ask(name):
    with socket.create_connection(("127.0.0.1", 5030)) as connection:
        connection.sendall(name.encode())
        return connection.recv(100).decode()


with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
    for _ in range(2):
        pool.submit(serve)
    print(list(pool.map(ask, ["Ada", "Grace"])))
    slow = pool.submit(time.sleep, 0.3)
    try:
        slow.result(timeout=0.05)
    except TimeoutError as error:
        print(type(error).__name__)
    bad = pool.submit(int, "x")
    print(repr(bad.exception()), bad.done())
    print([f.result() for f in concurrent.futures.as_completed([pool.submit(pow, 2, 5)])])
bad.result()
