import atexit
import sys

atexit.register(print, "called at exit")
try:
    sys.exit()
except SystemExit as error:
    print("caught", error.code)
raise SystemExit(256 + 5)
