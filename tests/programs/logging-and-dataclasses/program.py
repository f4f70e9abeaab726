import contextlib
import dataclasses
import enum
import logging
import socket
import sys

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(threadName)s %(message)s")


class Kind(enum.Enum):
    HELLO = 1
    BYE = 2


@dataclasses.dataclass(frozen=True)
class Message:
    kind: Kind
    text: str = ""

    def pack(self):
        return bytes([self.kind.value]) + self.text.encode()

    @classmethod
    def unpack(cls, data):
        return cls(Kind(data[0]), data[1:].decode())


with contextlib.closing(socket.create_server(("127.0.0.1", 5055))) as listener, contextlib.ExitStack() as stack:
    client = stack.enter_context(socket.create_connection(("127.0.0.1", 5055)))
    server = stack.enter_context(listener.accept()[0])
    client.sendall(Message(Kind.HELLO, "Ada").pack())
    message = Message.unpack(server.recv(100))
    logging.info("got %s", message)
    match message:
        case Message(Kind.HELLO, name):
            print("hello", name, file=sys.stderr)
    with contextlib.suppress(ValueError):
        Message.unpack(b"\x09")
    try:
        Message.unpack(b"\x09")
    except ValueError:
        logging.exception("cannot be read")
print(client)
Message.unpack(b"")
