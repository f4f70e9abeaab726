import datetime
import time

began = time.monotonic()
time.sleep(0.2)
print(round(time.monotonic() - began, 1))
print(time.time() > 1_600_000_000, abs(time.time() - datetime.datetime.now().timestamp()) < 0.1)
first = time.perf_counter_ns()
print(time.perf_counter_ns() >= first, time.process_time() >= 0)
print(time.strftime("%Y-%m-%d", time.gmtime(0)), time.gmtime(86_400).tm_mday)
try:
    time.sleep(-1)
except ValueError as error:
    print(error)
time.sleep("1")
