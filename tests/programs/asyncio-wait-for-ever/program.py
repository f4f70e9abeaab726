import asyncio


async def main():
    event = asyncio.Event()
    print("waiting")
    await event.wait()


asyncio.run(main())
