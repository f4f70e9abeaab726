"""time.sleep, on the network's clock. What the clocks show is worker.js's affair (clock.js)."""

import operator
import time

from tcplab import host


def seconds(value):
    """A number of seconds as the interpreter takes one, a float; or the exception that it raises."""
    if isinstance(value, float):
        if value != value:
            raise ValueError("Invalid value NaN (not a number)")
    else:
        try:
            value = float(operator.index(value))
        except TypeError:
            try:
                value = value.__float__() if hasattr(type(value), "__float__") else None
            except Exception:
                value = None
            if value is None:
                raise
    if not -9223372036.0 <= value <= 9223372036.0:
        raise OverflowError("timestamp out of range for C PyTime_t")
    return value


def sleep(duration, /):
    """Delay execution for a given number of seconds. The argument may be a floating-point number for subsecond precision."""
    try:
        length = seconds(duration)
    except TypeError:
        raise TypeError(
            f"'{type(duration).__name__}' object cannot be interpreted as an integer or float"
        ) from None
    if length < 0:
        raise ValueError("sleep length must be non-negative")
    host.park("time.sleep", host.until(length))


def install():
    """Called once, when the program is about to run."""
    sleep.__module__ = "time"
    time.sleep = staticmethod(sleep)  # as a builtin function: in a class it is no method
