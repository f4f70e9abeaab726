import socket

SERVER = ("127.0.0.1", 5000)

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(1)
    for word in [b"each", b"datagram", b"is its own"]:
        client.sendto(word, SERVER)
        data, peer = client.recvfrom(2048)
        print("answer", data)
