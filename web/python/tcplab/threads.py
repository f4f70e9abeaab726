"""The module ``_thread``: threads that are switched only where one waits, and their locks.

A thread runs until it waits for something: a lock, a call on the network, time. So nothing here needs to be guarded against another
thread, and the same program is switched at the same places in every run.
"""

from tcplab import host
from tcplab.local import _local
from tcplab.modules import builtin

_builtin = builtin("_thread")

__name__ = "_thread"
error = RuntimeError
TIMEOUT_MAX = _builtin.TIMEOUT_MAX
_ExceptHookArgs = _builtin._ExceptHookArgs

_MAIN = 1
_last = _MAIN
_starting = {}
_running = {}
"""The handles of all threads but the main one that have begun and are not done."""


def _timeout(blocking, timeout):
    """Checks the arguments of acquire; returns microseconds, or -1 for ever."""
    if not blocking:
        if timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0
    if timeout == -1:
        return -1
    if timeout != timeout:
        raise ValueError("Invalid value NaN (not a number)")
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return round(timeout * 1_000_000)


class _Waiters:
    """Threads that wait for one thing, first come first served."""

    __slots__ = ("_list",)

    def __init__(self):
        self._list = []

    def wait(self, what, limit, undo=None):
        """Waits at most `limit` microseconds (-1: for ever); whether it was let go on.

        A signal's handler may raise here: then what the thread was given already goes on to the next one, by `undo`.
        """
        waiter = [host.current, False]
        self._list.append(waiter)
        try:
            host.park(what, -1 if limit < 0 else host.now() + limit)
        except BaseException:
            if not waiter[1]:
                self._list.remove(waiter)
            elif undo is not None:
                undo()
            raise
        if not waiter[1]:
            self._list.remove(waiter)
        return waiter[1]

    def first(self):
        """Lets the first one go on; its number, or None if nobody waits."""
        while self._list:
            waiter = self._list.pop(0)
            waiter[1] = True
            if host.wake(waiter[0]):
                return waiter[0]
        return None

    def all(self):
        while self.first() is not None:
            pass


class lock:
    """A lock object is a synchronization primitive. A thread that releases it hands it to the one that has waited longest."""

    __slots__ = ("_held", "_waiters", "__weakref__")
    __module__ = "_thread"

    def __init_subclass__(cls, **options):
        raise TypeError("type '_thread.lock' is not an acceptable base type")

    def __init__(self):
        self._held = False
        self._waiters = None

    def acquire(self, blocking=True, timeout=-1):
        """Lock the lock; returns whether that was done in time."""
        if not self._held and blocking and timeout == -1:
            self._held = True
            return True
        limit = _timeout(blocking, timeout)
        if not self._held:
            self._held = True
            return True
        if limit == 0:
            host.vain()
            return False
        if self._waiters is None:
            self._waiters = _Waiters()
        return self._waiters.wait("lock", limit, self.release)

    def release(self):
        """Release the lock, or hand it on."""
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if self._waiters is None or self._waiters.first() is None:
            self._held = False

    def locked(self):
        """Return whether the lock is locked."""
        return self._held

    def _at_fork_reinit(self):
        self._held = False
        self._waiters = None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exception):
        self.release()

    def __repr__(self):
        state = "locked" if self._held else "unlocked"
        return f"<{state} _thread.lock object at {hex(id(self))}>"

    acquire_lock = acquire
    release_lock = release
    locked_lock = locked


LockType = lock


def allocate_lock():
    """Create a new lock object."""
    return lock()


allocate = allocate_lock


class RLock:
    """A lock that its owner may acquire again."""

    __slots__ = ("_owner", "_count", "_waiters", "__weakref__")
    __module__ = "_thread"

    def __init__(self):
        self._owner = 0
        self._count = 0
        self._waiters = None

    def acquire(self, blocking=True, timeout=-1):
        """Lock the lock, once more if the caller has it already; returns whether that was done in time."""
        me = host.current
        if self._owner == me:
            self._count += 1
            return True
        limit = _timeout(blocking, timeout)
        if self._count:
            if limit == 0:
                host.vain()
                return False
            if self._waiters is None:
                self._waiters = _Waiters()
            if not self._waiters.wait("lock", limit, self._pass_on):
                return False
        self._owner, self._count = me, 1
        return True

    def release(self):
        """Undo one acquire; the last one hands the lock on."""
        if self._owner != host.current:
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._pass_on()

    def _pass_on(self):
        heir = self._waiters.first() if self._waiters is not None else None
        self._owner, self._count = (heir, 1) if heir is not None else (0, 0)

    def locked(self):
        """Return whether the lock is locked."""
        return self._count > 0

    def _is_owned(self):
        return self._owner == host.current

    def _recursion_count(self):
        return self._count if self._owner == host.current else 0

    def _release_save(self):
        if not self._count:
            raise RuntimeError("cannot release un-acquired lock")
        state = (self._count, self._owner)
        self._pass_on()
        return state

    def _acquire_restore(self, state):
        self.acquire()
        self._count, self._owner = state

    def _at_fork_reinit(self):
        self.__init__()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exception):
        self.release()

    def __repr__(self):
        state = "locked" if self._count else "unlocked"
        return f"<{state} _thread.RLock object owner={self._owner} count={self._count} at {hex(id(self))}>"


class _ThreadHandle:
    """What threading.Thread holds of its thread: whether it is done, and a way to wait for that."""

    __module__ = "_thread"

    def __init__(self):
        self.ident = 0
        self._state = "new"
        self._waiters = _Waiters()

    def is_done(self):
        return self._state == "done"

    def _set_done(self):
        if self._state == "new":
            raise RuntimeError("thread not started")
        self._state = "done"
        self._waiters.all()

    def join(self, timeout=None):
        if self._state == "new":
            raise RuntimeError("thread not started")
        if self._state == "done":
            return
        if self.ident == host.current:
            raise RuntimeError("Cannot join current thread")
        self._waiters.wait("join", -1 if timeout is None or timeout < 0 else round(timeout * 1_000_000))

    def __repr__(self):
        return f"<_ThreadHandle object: ident={self.ident}>"


def _make_thread_handle(ident):
    handle = _ThreadHandle()
    handle.ident = ident
    handle._state = "running"
    return handle


def _begin(function, args, kwargs, handle):
    global _last
    if host.alone:
        raise RuntimeError(
            "can't start new thread: this browser cannot switch between threads here "
            "(it lacks JavaScript Promise Integration)"
        )
    _last += 1
    handle.ident = _last
    handle._state = "running"
    _starting[_last] = function, args, kwargs, handle
    host.js().start(_last, _bottom())
    return _last


_proxy = None


def _bottom():
    """`_run` as JavaScript can hold it."""
    global _proxy
    if _proxy is None:
        from pyodide.ffi import create_proxy

        _proxy = create_proxy(_run)
    return _proxy


def _run(ident):
    """The bottom of a thread's stack."""
    host.current = ident
    import contextvars

    function, args, kwargs, handle = _starting.pop(ident)
    _running[ident] = handle
    try:
        contextvars.Context().run(function, *args, **kwargs)
    except SystemExit:
        pass
    except BaseException as exception:
        from tcplab import tracebacks

        tracebacks.report(exception, f"Exception ignored in thread started by {function!r}")
    finally:
        from tcplab import local

        local.forget(ident)
        del _running[ident]
        handle._set_done()


def start_new_thread(function, args, kwargs={}, /):
    """Start a new thread and return its identifier."""
    if not callable(function):
        raise TypeError("first arg must be callable")
    if not isinstance(args, tuple):
        raise TypeError("2nd arg must be a tuple")
    if not isinstance(kwargs, dict):
        raise TypeError("optional 3rd arg must be a dictionary")
    handle = _ThreadHandle()
    handle.daemon = True
    return _begin(function, args, kwargs, handle)


start_new = start_new_thread


def start_joinable_thread(function, handle=None, daemon=True):
    """*For internal use only*: start a new thread that can be waited for."""
    if not callable(function):
        raise TypeError("thread function must be callable")
    if handle is None:
        handle = _ThreadHandle()
    elif not isinstance(handle, _ThreadHandle):
        raise TypeError("'handle' must be a _ThreadHandle")
    elif handle._state != "new":
        raise RuntimeError("thread already started")
    handle.daemon = daemon
    _begin(function, (), {}, handle)
    return handle


def _shutdown():
    """At the program's end: waits for all threads that are not daemons."""
    while True:
        left = [handle for _, _, _, handle in _starting.values()] + list(_running.values())
        left = [handle for handle in left if not handle.daemon and handle.ident != host.current]
        if not left:
            return
        left[0].join()


def exit():
    """Ends the calling thread."""
    raise SystemExit


exit_thread = exit


def interrupt_main(signum=2, /):
    """Simulate the arrival of a signal in the main thread."""
    import signal

    if not 1 <= signum < signal.NSIG:
        raise ValueError("signal number out of range")
    if signal.getsignal(signum) in (signal.SIG_DFL, signal.SIG_IGN, None):
        return
    if host.current == _MAIN or host.alone:
        _builtin.interrupt_main(signum)
    else:
        host.js().interrupt(signum)


def _excepthook(args, /):
    """Handle uncaught Thread.run() exception."""
    import sys
    import traceback

    if args.exc_type is SystemExit or sys.stderr is None:
        return
    name = args.thread.name if args.thread is not None else get_ident()
    print(f"Exception in thread {name}:", file=sys.stderr)
    traceback.print_exception(args.exc_type, args.exc_value, args.exc_traceback, file=sys.stderr)
    sys.stderr.flush()


def get_ident():
    """A number that identifies the current thread among those that exist."""
    return host.current


def get_native_id():
    """The number by which a kernel would know the thread."""
    import os

    return os.getpid() + host.current - _MAIN


def set_name(name):
    """Set the name of the current thread: nobody but Python looks at it here."""


def daemon_threads_allowed():
    return True


_stack_size = 0


def stack_size(size=0, /):
    """Set the stack size of new threads, and return the old one. It is remembered only: stacks grow as they need to."""
    global _stack_size
    if size < 0:
        raise ValueError("size must be 0 or a positive value")
    if 0 < size < 32768:
        raise ValueError(f"size not valid: {size} bytes")
    old, _stack_size = _stack_size, size
    return old


def _count():
    return len(_running) + len(_starting)


def _get_main_thread_ident():
    return _MAIN


def _is_main_interpreter():
    return True


for _name in ("allocate", "allocate_lock", "exit", "get_ident", "get_native_id", "start_new", "start_new_thread"):
    globals()[_name] = staticmethod(globals()[_name])  # as builtin functions: in a class they are no methods
