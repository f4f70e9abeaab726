import socket

PIECES = [b"every octet", b", once", b", in ", b"order", b""]
RECEIVER = ("127.0.0.1", 5000)

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(0.2)
    for number, piece in enumerate(PIECES):
        s.sendto(bytes([number]) + piece, RECEIVER)
        while True:
            try:
                answer, peer = s.recvfrom(16)
                break
            except TimeoutError:
                s.sendto(bytes([number]) + piece, RECEIVER)
