import struct


class ProtocolError(Exception):
    """What came was no message."""


def pack(text):
    return struct.pack("!H", len(text)) + text.encode()


def unpack(data):
    (length,) = struct.unpack_from("!H", data)
    if len(data) != 2 + length:
        raise ProtocolError(f"{len(data) - 2} octets instead of {length}")
    return data[2:].decode()


if __name__ == "__main__":
    print("never here")
