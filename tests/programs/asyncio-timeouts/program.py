import asyncio


async def serve(reader, writer):
    try:
        line = await reader.readline()
        if line == b"slow\n":
            await asyncio.sleep(0.5)
        writer.write(b"answer to " + line)
        await writer.drain()
    finally:
        writer.close()


async def ask(word, seconds):
    reader, writer = await asyncio.open_connection("127.0.0.1", 5025)
    try:
        writer.write(word)
        return await asyncio.wait_for(reader.readline(), seconds)
    except TimeoutError as error:
        return f"{type(error).__name__}{error.args}"
    finally:
        writer.close()
        await writer.wait_closed()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 5025)
    async with server:
        print(await asyncio.gather(ask(b"quick\n", 2), ask(b"slow\n", 0.2), ask(b"slow\n", 5)))
        try:
            async with asyncio.timeout(0.1):
                await asyncio.sleep(10)
        except TimeoutError:
            print("too long")
        task = asyncio.create_task(asyncio.sleep(10), name="sleeper")
        await asyncio.sleep(0.05)
        print(task.get_name(), task.cancel("enough"))
        try:
            await task
        except asyncio.CancelledError as error:
            print("cancelled", error.args, task.cancelled())
        done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(n, n)) for n in (0.05, 5)], timeout=0.5)
        print([each.result() for each in done], len(pending))
        try:
            await asyncio.open_connection("127.0.0.1", 5999)
        except ConnectionRefusedError as error:
            print(error)
    print(server.sockets, server.is_serving())
    raise RuntimeError("out of main")


asyncio.run(main())
