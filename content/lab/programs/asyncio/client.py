import asyncio

HOST, PORT = "127.0.0.1", 5000


async def talk(words):
    reader, writer = await asyncio.open_connection(HOST, PORT)
    for word in words:
        writer.write(word.encode() + b"\n")
        answer = await reader.readline()
        print(word, "->", answer.decode().strip())
        await asyncio.sleep(0.1)
    writer.close()
    await writer.wait_closed()


async def main():
    await asyncio.gather(talk(["drawer", "level"]), talk(["stressed", "live"]))


asyncio.run(main())
