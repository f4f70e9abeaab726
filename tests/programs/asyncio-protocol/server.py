import asyncio


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        print("made", transport.get_extra_info("peername")[0])

    def data_received(self, data):
        print("data", data)
        self.transport.write(data.upper())

    def eof_received(self):
        print("eof")
        return False

    def connection_lost(self, error):
        print("lost", error)
        over.set_result(None)


async def main():
    global over
    over = asyncio.get_running_loop().create_future()
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 5026)
    async with server:
        await over


asyncio.run(main())
