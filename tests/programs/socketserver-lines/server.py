import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            print(self.client_address[0], line)
            self.wfile.write(line.upper())
            if line == b"stop\n":
                threading.Thread(target=self.server.shutdown).start()
                break


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", 5022), Handler) as server:
    server.serve_forever(poll_interval=0.1)
print("shut down")
