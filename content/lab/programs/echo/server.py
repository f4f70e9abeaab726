import socket

HOST = "127.0.0.1"
PORT = 5000

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, PORT))
    listener.listen()
    print("listening on", listener.getsockname())

    connection, peer = listener.accept()
    with connection:
        print("connection from", peer)
        while True:
            data = connection.recv(1024)
            if not data:  # the peer has closed its side
                break
            connection.sendall(data)
    print("done")
