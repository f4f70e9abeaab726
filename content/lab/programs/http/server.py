from http.server import BaseHTTPRequestHandler, HTTPServer

ADDRESS = ("127.0.0.1", 8000)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"You asked for {self.path}.\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


with HTTPServer(ADDRESS, Handler) as server:
    for _ in range(2):
        server.handle_request()
