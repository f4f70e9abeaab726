"""sys.stdin, sys.stdout and sys.stderr, whose other ends are the page's."""

import io
import sys

from tcplab import host


class Output(io.RawIOBase):
    """The raw file below stdout or stderr."""

    def __init__(self, name, fd):
        self._name = name
        self._fd = fd

    def writable(self):
        return True

    def fileno(self):
        return self._fd

    def write(self, octets, /):
        from pyodide.ffi import to_js

        octets = memoryview(octets)
        host.js().write(self._name, to_js(octets))
        return octets.nbytes


class Input(io.RawIOBase):
    """The raw file below stdin: lines as a person enters them."""

    _rest = b""

    def readable(self):
        return True

    def fileno(self):
        return 0

    def readinto(self, buffer, /):
        if not self._rest:
            self._rest = self._line()
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _line(self):
        while (line := host.js().line()) is None:
            host.park("input")
        if not isinstance(line, str):  # JavaScript's null: the end
            return b""
        host.js().take_line()
        return line.encode("utf-8", "surrogateescape") + b"\n"


def ready():
    """Whether a read of stdin would not wait."""
    return sys.__stdin__.buffer.raw._rest or host.js().line() is not None


def _text(name, buffer, mode, **options):
    text = io.TextIOWrapper(buffer, encoding="utf-8", **options)
    text.mode = mode
    buffer.raw.name = name
    return text


def install():
    """Called once, when the program is about to run."""
    sys.stdin = _text("<stdin>", io.BufferedReader(Input()), "r", errors="surrogateescape")
    sys.stdout = _text("<stdout>", io.BufferedWriter(Output("stdout", 1)), "w", line_buffering=True, errors="surrogateescape")
    sys.stderr = _text("<stderr>", io.BufferedWriter(Output("stderr", 2)), "w", line_buffering=True, errors="backslashreplace")
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
