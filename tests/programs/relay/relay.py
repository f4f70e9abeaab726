import socket
import threading


def pump(source, target):
    while data := source.recv(1024):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


with socket.create_server(("127.0.0.1", 5051)) as listener:
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", 5050))
    with client, server:
        back = threading.Thread(target=pump, args=(server, client))
        back.start()
        pump(client, server)
        back.join()
print("relayed")
