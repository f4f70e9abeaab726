import threading
import time

lock, numbers = threading.Lock(), []


def add(number):
    time.sleep(0.05 * (number + 1))
    with lock:
        numbers.append(number)


threads = [threading.Thread(target=add, args=(number,), name=f"adder-{number}") for number in range(3)]
for thread in threads:
    thread.start()
print(threading.active_count(), [thread.name for thread in threading.enumerate()])
for thread in threads:
    thread.join()
print(numbers, threads[0].is_alive())
event = threading.Event()
print(event.wait(0.05))
threading.Timer(0.05, event.set).start()
print(event.wait(5))
print(lock.acquire(), lock.acquire(timeout=0.05), lock.acquire(blocking=False))
lock.release()
again = threading.RLock()
with again, again:
    print("twice")
condition, ready = threading.Condition(), []


def wait():
    with condition:
        print(condition.wait_for(lambda: ready, timeout=5))


waiter = threading.Thread(target=wait)
waiter.start()
with condition:
    ready.append("ready")
    condition.notify_all()
waiter.join()
barrier = threading.Barrier(2, timeout=5)
other = threading.Thread(target=barrier.wait)
other.start()
print(barrier.wait() in (0, 1))
other.join()
semaphore = threading.BoundedSemaphore(1)
semaphore.acquire()
semaphore.release()
local = threading.local()
local.x = 1
seen = []
reader = threading.Thread(target=lambda: seen.append(hasattr(local, "x")))
reader.start()
reader.join()
print(seen, threading.current_thread().name, threading.main_thread() is threading.current_thread())
try:
    semaphore.release()
except ValueError as error:
    print(error)
try:
    reader.start()
except RuntimeError as error:
    print(error)
lock.release()
