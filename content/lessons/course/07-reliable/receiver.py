import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(("127.0.0.1", 5000))
    wanted, text, over = 0, b"", False
    while True:
        try:
            datagram, peer = s.recvfrom(2048)
        except TimeoutError:
            break
        number, piece = datagram[0], datagram[1:]
        if number == wanted and not over:
            wanted += 1
            text += piece
            if not piece:
                over = True
                print(text.decode())
                s.settimeout(1)  # stay to answer repetitions
        s.sendto(bytes([wanted]), peer)
