"""Signals: the module ``signal`` works, and a program may send one to itself; nobody else sends any."""

import os


def install():
    """Called once, when the program is about to run."""
    for name in ("fork", "forkpty", "sendfile"):
        for module in (os, __import__("posix")):
            if hasattr(module, name):
                delattr(module, name)
