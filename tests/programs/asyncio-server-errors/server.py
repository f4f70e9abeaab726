import asyncio


async def serve(reader, writer):
    try:
        number = int(await reader.readline())
        writer.write(f"{100 // number}\n".encode())
        await writer.drain()
    except ValueError as error:
        writer.write(f"error: {error}\n".encode())
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 5056)
    print([each.getsockname() for each in server.sockets])
    async with server:
        try:
            await asyncio.wait_for(server.serve_forever(), 3)
        except TimeoutError:
            print("long enough")


asyncio.run(main())
