import queue
import socket
import threading

jobs, results = queue.Queue(), queue.Queue()
listener = socket.create_server(("127.0.0.1", 5028))


def serve():
    while True:
        connection, _ = listener.accept()
        with connection:
            number = int(connection.recv(100))
            if number < 0:
                return
            connection.sendall(str(number * number).encode())


def work():
    while (number := jobs.get()) is not None:
        with socket.create_connection(("127.0.0.1", 5028)) as connection:
            connection.sendall(str(number).encode())
            results.put(int(connection.recv(100)))
        jobs.task_done()


threading.Thread(target=serve, daemon=True).start()
workers = [threading.Thread(target=work) for _ in range(3)]
for worker in workers:
    worker.start()
for number in range(10):
    jobs.put(number)
jobs.join()
for worker in workers:
    jobs.put(None)
for worker in workers:
    worker.join()
print(sorted(results.queue))
small = queue.Queue(maxsize=1)
small.put(1)
try:
    small.put(2, timeout=0.1)
except queue.Full as error:
    print(repr(error))
small.get()
heap = queue.PriorityQueue()
for item in (3, 1, 2):
    heap.put(item)
print([heap.get() for _ in range(3)], heap.empty())
small.get(timeout=0.1)
