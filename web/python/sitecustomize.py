"""Runs when the interpreter starts, before anything imports threading or socket: puts our modules in their builtin ones' place."""

from tcplab import modules

modules.install()
