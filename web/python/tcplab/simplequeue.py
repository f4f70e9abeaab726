"""The module ``_queue``, whose builtin form waits with a lock of the interpreter's own."""

from collections import deque

from tcplab.modules import builtin

import _thread

__name__ = "_queue"
Empty = builtin("_queue").Empty


class SimpleQueue:
    """Simple, unbounded, reentrant FIFO queue."""

    __module__ = "_queue"
    __slots__ = ("_items", "_waiters", "__weakref__")

    def __init__(self):
        self._items = deque()
        self._waiters = _thread._Waiters()

    def put(self, item, block=True, timeout=None):
        """Put the item on the queue; this never waits."""
        self._items.append(item)
        self._waiters.first()

    def put_nowait(self, item):
        """Put the item on the queue."""
        self.put(item)

    def get(self, block=True, timeout=None):
        """Remove and return an item from the queue, waiting for one if told to."""
        if timeout is not None and block and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        if block and not self._items:
            _end = None if timeout is None else _thread.host.until(timeout)
            while not self._items:
                limit = -1 if _end is None else max(0, _end - _thread.host.now())
                if not self._waiters.wait("queue", limit) and not self._items:
                    raise Empty
        if not self._items:
            _thread.host.vain()
            raise Empty
        return self._items.popleft()

    def get_nowait(self):
        """Remove and return an item from the queue, or raise Empty."""
        return self.get(False)

    def empty(self):
        """Return True if the queue is empty, False otherwise."""
        return not self._items

    def qsize(self):
        """Return the approximate size of the queue."""
        return len(self._items)

    def __class_getitem__(cls, item):
        import types

        return types.GenericAlias(cls, item)
