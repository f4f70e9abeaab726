import selectors
import socket

ADDRESS = ("127.0.0.1", 5000)
CLIENTS = 2

selector = selectors.DefaultSelector()
listener = socket.create_server(ADDRESS)
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ)
gone = 0

while gone < CLIENTS:
    for key, events in selector.select():
        if key.fileobj is listener:
            connection, peer = listener.accept()
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ, data=peer)
            print("connection from", peer)
            continue
        data = key.fileobj.recv(1024)
        if data:
            # A few octets fit the send buffer; more would need EVENT_WRITE.
            key.fileobj.send(data)
        else:
            print("end of", key.data)
            selector.unregister(key.fileobj)
            key.fileobj.close()
            gone += 1

selector.close()
listener.close()
