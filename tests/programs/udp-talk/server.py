import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 5014))
    while True:
        data, peer = server.recvfrom(16)
        print(len(data), data)
        if not data:
            break
        server.sendto(data[::-1], peer)
