import socket

ADDRESS = ("127.0.0.1", 5000)

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(ADDRESS)
    for _ in range(3):
        data, peer = server.recvfrom(2048)
        print(peer, "sent", data)
        server.sendto(data.upper(), peer)
