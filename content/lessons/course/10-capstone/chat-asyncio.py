import asyncio

writers = set()


async def serve(reader, writer):
    try:
        name = (await reader.readline()).strip()
        writers.add(writer)
        while (line := await reader.readline()).endswith(b"\n"):
            for other in writers - {writer}:
                other.write(name + b": " + line)
    except OSError:
        pass
    finally:
        writers.discard(writer)
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 5000)
    async with server:
        await server.serve_forever()


asyncio.run(main())
