import socket


def attempt(what, call, *arguments):
    try:
        print(what, call(*arguments))
    except OSError as error:
        print(what, type(error).__name__, error)


new = socket.socket()
attempt("recv", new.recv, 10)
attempt("send", new.send, b"x")
attempt("getpeername", new.getpeername)
attempt("getsockname", new.getsockname)
attempt("shutdown", new.shutdown, socket.SHUT_WR)
attempt("accept", new.accept)
attempt("listen", new.listen)
attempt("bind again", new.bind, ("127.0.0.1", 0))
attempt("bind elsewhere", socket.socket().bind, ("192.0.2.1", 0))
new.close()
attempt("closed recv", new.recv, 10)
attempt("closed getsockname", new.getsockname)
attempt("closed fileno", new.fileno)
attempt("closed close", new.close)
print(new)
new.sendall(b"x")
