import functools
import http.server

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=".")
with http.server.HTTPServer(("127.0.0.1", 8002), handler) as server:
    for _ in range(3):
        server.handle_request()
