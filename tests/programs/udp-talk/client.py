import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(2)
    client.connect(("127.0.0.1", 5014))
    print(client.getpeername())
    for word in (b"short", b"longer than sixteen octets"):
        print(client.send(word))
        print(client.recv(100))
    client.send(b"")
    lost = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    lost.settimeout(0.2)
    try:
        lost.recvfrom(10)
    except TimeoutError as error:
        print(type(error).__name__, error)
    lost.connect(("127.0.0.1", 5995))
    lost.send(b"to nobody")
    try:
        lost.recv(10)
    except ConnectionRefusedError as error:
        print(error)
