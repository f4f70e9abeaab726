import selectors
import socket
import types

selector = selectors.DefaultSelector()
print(type(selector).__name__)
listener = socket.create_server(("127.0.0.1", 5020))
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ, data=None)
left = 3
while left:
    for key, mask in selector.select(timeout=None):
        if key.data is None:
            connection, address = key.fileobj.accept()
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, types.SimpleNamespace(out=b"", sent=0))
            continue
        if mask & selectors.EVENT_READ:
            data = key.fileobj.recv(1000)
            if data:
                key.data.out += data
            else:
                print("closing after", key.data.sent, "octets")
                selector.unregister(key.fileobj)
                key.fileobj.close()
                left -= 1
                continue
        if mask & selectors.EVENT_WRITE and key.data.out:
            sent = key.fileobj.send(key.data.out)
            key.data.out = key.data.out[sent:]
            key.data.sent += sent
print(len(selector.get_map()), "left")
selector.unregister(listener)
try:
    selector.unregister(listener)
except KeyError as error:
    print(type(error).__name__)
selector.close()
