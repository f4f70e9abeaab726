"""``threading.local``: attributes of which each thread has its own."""

import weakref

from tcplab import host

_all = weakref.WeakSet()


class _local:
    """Thread-local data"""

    __module__ = "_thread"
    __slots__ = ("_local__of", "_local__arguments", "__weakref__", "__dict__")

    def __new__(cls, /, *args, **kwargs):
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        object.__setattr__(self, "_local__arguments", (args, kwargs))
        # __init__ is about to be called for this thread, by type.__call__.
        object.__setattr__(self, "_local__of", {host.current: {}})
        _all.add(self)
        return self

    def __getattribute__(self, name):
        _enter(self)
        return object.__getattribute__(self, name)

    def __setattr__(self, name, value):
        if name == "__dict__":
            raise AttributeError(f"'{type(self).__name__}' object attribute '__dict__' is read-only")
        _enter(self)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        if name == "__dict__":
            raise AttributeError(f"'{type(self).__name__}' object attribute '__dict__' is read-only")
        _enter(self)
        object.__delattr__(self, name)


def _enter(self):
    """Makes the current thread's attributes those of the object; a thread that comes for the first time runs __init__."""
    of = object.__getattribute__(self, "_local__of")
    me = host.current
    own = of.get(me)
    if own is not None:
        object.__setattr__(self, "__dict__", own)
        return
    own = of[me] = {}
    object.__setattr__(self, "__dict__", own)
    cls = type(self)
    if cls.__init__ is not object.__init__:
        args, kwargs = object.__getattribute__(self, "_local__arguments")
        cls.__init__(self, *args, **kwargs)


def forget(thread):
    """The thread is done: what it kept goes."""
    for each in list(_all):
        own = object.__getattribute__(each, "_local__of").pop(thread, None)
        if own is not None and object.__getattribute__(each, "__dict__") is own:
            object.__setattr__(each, "__dict__", {})
