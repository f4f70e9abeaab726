import asyncio


async def ask(text):
    reader, writer = await asyncio.open_connection("127.0.0.1", 5056)
    writer.write(text + b"\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def main():
    print(await ask(b"7"), await ask(b"x"))
    for answer in await asyncio.gather(*(ask(b"%d" % n) for n in range(1, 6))):
        print(answer)


asyncio.run(main())
