import threading
import time

one, two = threading.Lock(), threading.Lock()


def work(first, second, name):
    with first:
        time.sleep(0.1)
        print(name, "wants the other")
        with second:
            print("never")


other = threading.Thread(target=work, args=(two, one, "thread"))
other.start()
time.sleep(0.05)
work(one, two, "main")
