import os
import socketserver

print(hasattr(socketserver, "ThreadingTCPServer"), os.getpid() > 0)
try:
    pid = os.fork()
except OSError as error:
    print(error)
else:
    if pid == 0:
        os._exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
