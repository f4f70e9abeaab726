import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        number = int(self.request.recv(100))
        self.request.sendall(str(number * 2).encode())


with socketserver.TCPServer(("127.0.0.1", 5023), Handler, bind_and_activate=False) as server:
    server.allow_reuse_address = True
    server.server_bind()
    server.server_activate()
    for _ in range(3):
        server.handle_request()
    server.timeout = 0.1
    server.handle_timeout = lambda: print("nobody came")
    server.handle_request()
