"""Pausing the program: breakpoints, step by step, and what its variables hold."""


def begin(path):
    """The program's first line is about to run."""
