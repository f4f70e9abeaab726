import asyncio


async def serve(reader, writer):
    try:
        while data := await reader.read(1024):
            writer.write(data)
            await writer.drain()
    except OSError as error:
        print(writer.get_extra_info("peername"), error)
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 5000)
    async with server:
        await server.serve_forever()


asyncio.run(main())
