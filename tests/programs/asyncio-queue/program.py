import asyncio


async def produce(queue):
    for number in range(5):
        await queue.put(number)
        await asyncio.sleep(0.01)
    await queue.put(None)


async def consume(queue, name):
    while (item := await queue.get()) is not None:
        print(name, item)
        queue.task_done()
    await queue.put(None)


async def main():
    queue = asyncio.Queue(maxsize=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(queue))
        group.create_task(consume(queue, "a"))
    lock, order = asyncio.Lock(), []

    async def turn(number):
        async with lock:
            order.append(number)
            await asyncio.sleep(0.01)

    await asyncio.gather(*(turn(number) for number in range(4)))
    print(order)
    result = await asyncio.to_thread(sum, [1, 2, 3])
    print(result)
    print(await asyncio.gather(asyncio.sleep(0, 1), turn("x"), fails(), return_exceptions=True))
    async with asyncio.TaskGroup() as group:
        group.create_task(fails())
        group.create_task(asyncio.sleep(10))


async def fails():
    raise ValueError("on purpose")


asyncio.run(main())
