import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(5)
    for text in (b"stressed", b"live"):
        client.sendto(text, ("127.0.0.1", 5024))
        print(client.recvfrom(100))
