import asyncio

HOST, PORT = "127.0.0.1", 5000
CLIENTS = 2


async def main():
    gone = asyncio.Semaphore(0)

    async def serve(reader, writer):
        peer = writer.get_extra_info("peername")
        print("connection from", peer)
        while line := await reader.readline():
            writer.write(line[::-1].strip() + b"\n")
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        print("end of", peer)
        gone.release()

    server = await asyncio.start_server(serve, HOST, PORT)
    async with server:
        for _ in range(CLIENTS):
            await gone.acquire()


asyncio.run(main())
