import gc
import signal
import socket
import warnings

warnings.simplefilter("always")
socket.socket().bind(("127.0.0.1", 0))
gc.collect()
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
signal.signal(signal.SIGUSR1, lambda number, frame: print("signal", signal.Signals(number).name))
signal.raise_signal(signal.SIGUSR1)
raise KeyboardInterrupt
