import atexit
import os

atexit.register(print, "never called")
print("before")
os._exit(7)
