import asyncio


class Answer(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data[::-1], address)


class Ask(asyncio.DatagramProtocol):
    def __init__(self):
        self.answer = asyncio.get_running_loop().create_future()

    def datagram_received(self, data, address):
        self.answer.set_result((data, address))


async def main():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Answer, local_addr=("127.0.0.1", 5027))
    other, ask = await loop.create_datagram_endpoint(Ask, remote_addr=("127.0.0.1", 5027))
    other.sendto(b"desserts")
    print(await asyncio.wait_for(ask.answer, 5))
    transport.close()
    other.close()


asyncio.run(main())
