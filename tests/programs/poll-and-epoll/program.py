import select
import socket

listener = socket.create_server(("127.0.0.1", 5021))
client = socket.create_connection(("127.0.0.1", 5021))
server, _ = listener.accept()

poll = select.poll()
poll.register(server, select.POLLIN | select.POLLOUT)
print(poll.poll(0) == [(server.fileno(), select.POLLOUT)])
client.sendall(b"x")
poll.modify(server, select.POLLIN)
print(poll.poll() == [(server.fileno(), select.POLLIN)])
client.shutdown(socket.SHUT_WR)
server.recv(10)
print([event for _, event in poll.poll(1000)])
poll.unregister(server)
try:
    poll.unregister(server)
except KeyError as error:
    print(type(error).__name__)
print(poll.poll(50))

with select.epoll() as epoll:
    epoll.register(client.fileno(), select.EPOLLIN | select.EPOLLET)
    print(epoll.poll(0.05))
    server.sendall(b"edge")
    print([event for _, event in epoll.poll(2)])
    print(epoll.poll(0.05))
    print(client.recv(2), epoll.poll(0.05))
    try:
        epoll.register(client.fileno(), select.EPOLLIN)
    except FileExistsError as error:
        print(error)
print(epoll.closed)
print(select.select([server], [server], [], 0) == ([server], [server], []))
for wrong in (lambda: select.select([object()], [], []), lambda: select.select([-1], [], []), lambda: select.select([], [], [], -1), lambda: select.select(5, [], [])):
    try:
        wrong()
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
server.close()
try:
    select.select([server], [], [], 0)
except ValueError as error:
    print(error)
select.select([50], [], [], 0)
