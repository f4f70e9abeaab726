import socket

with socket.create_server(("", 5040)) as listener:
    print(listener.getsockname()[1], listener.family.name)
    with socket.create_connection(("127.0.0.1", 5040)) as client:
        server, peer = listener.accept()
        print(server.getsockname(), peer[0])
        server.close()
    with socket.create_connection(("localhost", 5040)) as client:
        server, peer = listener.accept()
        print(server.getsockname(), client.getpeername())
        server.close()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.bind(("", 5040))
    udp.sendto(b"to myself", ("127.0.0.1", 5040))
    print(udp.recvfrom(100))
