import selectors
import socket

selector = selectors.DefaultSelector()
listener = socket.create_server(("127.0.0.1", 5000))
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ)

while True:
    for key, events in selector.select():
        if key.fileobj is listener:
            connection, address = listener.accept()
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
            continue
        data = key.fileobj.recv(1024)
        if data:
            key.fileobj.send(data)
        else:
            selector.unregister(key.fileobj)
            key.fileobj.close()
