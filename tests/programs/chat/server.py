import selectors
import socket

selector = selectors.DefaultSelector()
listener = socket.create_server(("127.0.0.1", 5034))
selector.register(listener, selectors.EVENT_READ)
clients, seen = {}, 0
while not seen or clients:
    for key, _ in selector.select():
        if key.fileobj is listener:
            connection, _ = listener.accept()
            selector.register(connection, selectors.EVENT_READ)
            seen += 1
            clients[connection] = f"client {seen}"
            continue
        text = key.fileobj.recv(1000)
        name = clients[key.fileobj]
        print(name, text)
        if not text:
            selector.unregister(key.fileobj)
            del clients[key.fileobj]
            key.fileobj.close()
        for other in clients:
            if other is not key.fileobj:
                other.sendall(f"{name}: {text.decode() or 'has left'}\n".encode())
