import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, thing):
        body = json.dumps(thing).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        numbers = json.loads(self.rfile.read(length))
        self.answer(200, {"sum": sum(numbers)})

    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
        else:
            self.answer(200, {"path": self.path, "agent": self.headers.get("User-Agent", "none").split("/")[0]})

    def log_message(self, format, *args):
        print("LOG", format % args)


ThreadingHTTPServer.daemon_threads = False
with ThreadingHTTPServer(("127.0.0.1", 8001), Handler) as server:
    for _ in range(3):
        server.handle_request()
