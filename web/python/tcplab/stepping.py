"""Pausing the program: at breakpoints, at the next line, at the next call on the network; and what its variables hold then.

The interpreter tells of lines only while somebody wants to know (sys.monitoring, PEP 669); otherwise nothing here costs anything.
"""

import json
import sys

from tcplab import host

_TOOL = 3  # of sys.monitoring's numbers for tools one that debuggers and profilers leave alone
_MOST_VARIABLES, _MOST_TEXT = 60, 200

_main = None  # the program's own file
_mode = "run"  # or "line", "call", "out", "pause"
_breakpoints = frozenset()
_follows = False
_from = None  # (thread, depth) of the frame that is to be left: mode "out"
_active = False


def begin(path):
    """The program's first line is about to run."""
    global _main
    _main = path
    from pyodide.ffi import create_proxy

    js = host.js()
    js.steps(create_proxy(configure))
    _attention(js)


def configure(mode, breakpoints, follows):
    """What the page wants: how to go on, at which lines to stop (JSON), and whether to tell where the program is."""
    global _mode, _breakpoints, _follows, _from, _active
    _mode, _breakpoints, _follows = mode, frozenset(json.loads(breakpoints)), follows
    if mode != "out":
        _from = None
    monitoring = sys.monitoring
    wanted = bool(mode in ("line", "out", "pause") or _breakpoints or follows)
    host.before_call = _at_call if mode == "call" else None
    if wanted and not _active:
        monitoring.use_tool_id(_TOOL, "tcplab")
        monitoring.register_callback(_TOOL, monitoring.events.LINE, _at_line)
    if wanted:
        monitoring.set_events(_TOOL, monitoring.events.LINE)
        monitoring.restart_events()
    elif _active:
        monitoring.set_events(_TOOL, 0)
        monitoring.register_callback(_TOOL, monitoring.events.LINE, None)
        monitoring.free_tool_id(_TOOL)
    _active = wanted


def _at_line(code, line):
    """The interpreter is about to run a line."""
    if not code.co_filename.startswith(host.program):
        return sys.monitoring.DISABLE
    if _follows:
        host.js().at(host.current, code.co_filename[len(host.program) :], line)
    stops = line in _breakpoints and code.co_filename == _main
    if stops:
        return _pause("breakpoint", sys._getframe(1))
    if _mode in ("line", "pause"):
        return _pause(_mode, sys._getframe(1))
    if _mode == "out":
        thread, depth = _from
        if host.current == thread and _depth(sys._getframe(1)) < depth:
            return _pause("line", sys._getframe(1))
        return None
    return None if _follows else sys.monitoring.DISABLE


def _at_call():
    """The program is about to make a call on the network."""
    frame = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.startswith(host.program):
        frame = frame.f_back
    if frame is not None:
        _pause("call", frame)


def _depth(frame):
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth


def _pause(why, frame):
    """Tells the page where the program stands, and waits for it to say how to go on."""
    global _from, _mode
    _mode = "run"
    place = (host.current, _depth(frame))
    frames = []
    host.silent = True  # a socket's repr asks the network for its addresses
    try:
        while frame is not None:
            if frame.f_code.co_filename.startswith(host.program):
                frames.append(_told(frame))
            frame = frame.f_back
    finally:
        host.silent = False
    host.js().paused(why, host.current, json.dumps(frames))
    how = host.wait()
    if how == "out":
        _from = place


def _told(frame):
    """A frame as the page shows it."""
    code = frame.f_code
    whole = code.co_name == "<module>"
    variables = []
    for name, value in frame.f_locals.items():
        if whole and (name.startswith("__") or type(value).__name__ in ("module", "function", "type", "builtin_function_or_method")):
            continue
        if name.startswith("."):
            continue
        variables.append({"name": name, "type": type(value).__name__, "text": _text(value), "size": _size(value)})
        if len(variables) == _MOST_VARIABLES:
            break
    return {
        "function": code.co_qualname,
        "file": code.co_filename[len(host.program) :],
        "line": frame.f_lineno,
        "variables": variables,
    }


def _size(value):
    try:
        return len(value) if isinstance(value, (bytes, bytearray, memoryview, str, list, tuple, dict, set)) else None
    except Exception:
        return None


def _text(value):
    """The value as Python writes it, shortened."""
    import reprlib

    try:
        if isinstance(value, (bytes, bytearray)) and len(value) > _MOST_TEXT:
            return repr(value[:_MOST_TEXT]) + "…"
        if isinstance(value, memoryview):
            return f"<memory of {bytes(value[:_MOST_TEXT])!r}>"
        short = reprlib.Repr(maxlist=20, maxtuple=20, maxdict=20, maxset=20, maxdeque=20, maxstring=200, maxother=200, maxlong=80)
        return short.repr(value)
    except Exception as exception:
        return f"<its repr raises {type(exception).__name__}>"


def _attention(js):
    """Lets the worker break in on a program that computes: for other threads, for the page's messages, for a pause.

    The interpreter looks for signals every few microseconds; the worker answers with one that no program uses (attention.js).
    """
    import signal

    from tcplab.tracebacks import hidden

    def break_in(number, frame):
        if frame is None or hidden(frame.f_code.co_filename) or frame.f_code.co_filename.startswith("<frozen importlib"):
            return js.later()
        js.attend(host.current)
        if host.wait() == "pause":
            while frame is not None and not frame.f_code.co_filename.startswith(host.program):
                frame = frame.f_back
            if frame is not None:
                _pause("pause", frame)

    signal.signal(signal.SIGRTMAX, break_in)
    js.listen(int(signal.SIGRTMAX))
