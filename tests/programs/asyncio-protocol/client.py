import asyncio


async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", 5026)
    writer.write(b"hello")
    print(await reader.readexactly(5))
    writer.write_eof()
    print(await reader.read(), reader.at_eof())
    writer.close()
    await writer.wait_closed()
    try:
        await reader.readexactly(3)
    except asyncio.IncompleteReadError as error:
        print(error, error.partial)
    reader = asyncio.StreamReader()
    reader.feed_data(b"a|b|rest")
    reader.feed_eof()
    print(await reader.readuntil(b"|"), await reader.readuntil(b"|"))
    await reader.readuntil(b"|")


asyncio.run(main())
