"""Signals: a program may send them to itself, at once or by an alarm. The page sends them too (SIGINT is Ctrl-C)."""

import errno
import os
import signal

from tcplab import host
from tcplab.clocks import seconds as _seconds

_interval = 0.0


def _micros(value):
    value = _seconds(value)
    if value < 0:
        raise signal.ItimerError(errno.EINVAL, os.strerror(errno.EINVAL))
    return round(value * 1_000_000)


def setitimer(which, seconds, interval=0.0, /):
    """Sets given itimer (only ITIMER_REAL is there) to fire after seconds, and then every interval seconds. Returns the old values."""
    global _interval
    if which != signal.ITIMER_REAL:
        raise signal.ItimerError(errno.EINVAL, os.strerror(errno.EINVAL))
    old = getitimer(which)
    first, again = _micros(seconds), _micros(interval)
    _interval = again / 1_000_000
    host.js().alarm(host.now() + first if first else -1, again)
    return old


def getitimer(which, /):
    """Returns current value of given itimer: (seconds left, interval)."""
    if which != signal.ITIMER_REAL:
        raise signal.ItimerError(errno.EINVAL, os.strerror(errno.EINVAL))
    left = host.js().alarm_left() / 1_000_000
    return (left, _interval if left else 0.0)


def alarm(seconds, /):
    """Arrange for SIGALRM to arrive after the given number of seconds. Returns the seconds that were left of an earlier alarm."""
    left, _ = setitimer(signal.ITIMER_REAL, int(seconds))
    return int(left + 0.999999)


def pause():
    """Wait until a signal arrives."""
    file, line = host.where()
    js = host.js()
    while True:
        js.park(host.current, "signal", -1, file, line)
        if host.wait() == "signal":
            return host.take_signals()


def _no_process(name):
    def function(*args, **kwargs):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS) + ": a program here is one process")

    function.__name__ = function.__qualname__ = name
    function.__module__ = "posix"
    return function


def install():
    """Called once, when the program is about to run."""
    builtin = __import__("_signal")
    for function in (setitimer, getitimer, alarm, pause):
        function.__module__ = "_signal"
        for module in (signal, builtin):
            setattr(module, function.__name__, staticmethod(function))
    posix = __import__("posix")
    for name in ("fork", "forkpty"):
        for module in (os, posix):
            setattr(module, name, _no_process(name))
    for module in (os, posix):
        if hasattr(module, "sendfile"):  # socket.sendfile then sends piece by piece
            del module.sendfile
