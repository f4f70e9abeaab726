import socketserver


class Handler(socketserver.DatagramRequestHandler):
    def handle(self):
        text = self.rfile.read()
        self.wfile.write(text[::-1])
        print(self.packet, self.client_address[0])


with socketserver.UDPServer(("127.0.0.1", 5024), Handler) as server:
    server.handle_request()
    server.handle_request()
