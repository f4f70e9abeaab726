"""Runs the program as ``python3 FILE`` does, from the first line to the exit status."""

import json
import os
import sys
import types

from tcplab import clocks, host, streams, tracebacks


_USUAL = (
    "argparse", "asyncio", "collections", "concurrent.futures.thread", "contextlib", "dataclasses", "datetime", "hashlib",
    "http.client", "http.server", "itertools", "json", "linecache", "logging", "queue", "random", "selectors", "signal", "socket",
    "socketserver", "struct", "textwrap", "threading", "time", "traceback", "typing", "urllib.request",
)  # fmt: skip


def prepare():
    """What can be done before anybody asks to run something: the modules that programs here are likely to need are read in."""
    import importlib

    for name in _USUAL:
        importlib.import_module(name)


def start(order, source):
    """Begins the program; `order` is the JSON of the message "run" without its source."""
    import _tcplab_host as js

    order = json.loads(order)
    host.bind(js, order["threads"])
    path = _files(order, source)
    _process(order, path)
    if host.alone:
        _main(path)
    else:
        from pyodide.ffi import create_proxy

        js.start(1, create_proxy(lambda ident: _main(path)))


def _files(order, source):
    """Lays the program's files into a directory of its own; returns the program's path."""
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in order.get("host") or "") or "program"
    directory = f"/home/{name}"
    os.makedirs(directory, exist_ok=True)
    os.chdir(directory)
    files = {**(order.get("files") or {}), order["file"]: source}
    for file, text in files.items():
        if "/" in file:
            os.makedirs(os.path.dirname(os.path.join(directory, file)), exist_ok=True)
        with open(file, "w", encoding="utf-8", newline="") as out:
            out.write(text)
    host.program = directory + "/"
    return os.path.join(directory, order["file"])


def _process(order, path):
    """Makes this interpreter the program's process: arguments, environment, streams, clock, signals, exits."""
    from tcplab import descriptors, signals

    sys.argv = [order["file"], *map(str, order.get("args") or [])]
    sys.path = [os.path.dirname(path)] + [entry for entry in sys.path if entry not in ("", os.path.dirname(path))]
    sys.platform = "linux"
    home = os.path.dirname(path)
    name = order.get("host") or "localhost"
    os.environ.clear()
    os.environ.update(HOME=home, PWD=home, LANG="C.UTF-8", PATH="/usr/local/bin:/usr/bin:/bin", HOSTNAME=name)
    os.uname = lambda: os.uname_result(("Linux", name, "6.12.0", "#1 SMP", "x86_64"))
    os._exit = sys.modules["posix"]._exit = _exit
    _undo_pyodide()
    streams.install()
    clocks.install()
    tracebacks.install()
    descriptors.install()
    signals.install()
    if order.get("clock") == "virtual":
        import random

        random.seed(order.get("seed") or 0)
    for module in [module for module in sys.modules if module.split(".")[0] in ("js", "pyodide_js")]:
        del sys.modules[module]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("_pyodide")]


def _undo_pyodide():
    """Pyodide serves programs that share the page's event loop; this one is a process, with CPython's own loop and hooks."""
    import asyncio

    asyncio.run = asyncio.runners.run
    asyncio.events._set_event_loop_policy(None)
    asyncio._set_running_loop(None)
    sys.excepthook = sys.__excepthook__


def _module(path):
    """The module __main__, as the interpreter makes it for a file."""
    import importlib.machinery

    module = types.ModuleType("__main__")
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    module.__builtins__ = sys.modules["builtins"]
    module.__file__ = path
    module.__cached__ = None
    sys.modules["__main__"] = module
    return module


def _main(path):
    """The bottom of the main thread's stack: runs the file, and then ends as the interpreter does."""
    status, error = 0, None
    try:
        try:
            with open(path, "rb") as file:
                code = compile(file.read(), path, "exec", dont_inherit=True)
            namespace = vars(_module(path))
        except SyntaxError as exception:
            exception.__traceback__ = None
            status, error = _uncaught(exception)
        else:
            from tcplab import stepping

            stepping.begin(path)
            exec(code, namespace)
    except BaseException as exception:
        status, error = _uncaught(exception)
    status = _wind_up(status)
    _end(status, error)


def _uncaught(exception):
    """What happens to an exception that nobody caught: (exit status, what the page is told)."""
    exception.__traceback__ = tracebacks.program_part(exception.__traceback__)
    if isinstance(exception, SystemExit):
        return _status_of(exception.code), None
    sys.last_exc = exception
    told = _told(exception)
    _flush(sys.stdout)
    try:
        sys.excepthook(type(exception), exception, exception.__traceback__)
    except SystemExit as again:
        return _status_of(again.code), told
    except BaseException as again:
        again.__traceback__ = tracebacks.program_part(again.__traceback__)
        print("Error in sys.excepthook:", file=sys.stderr)
        sys.__excepthook__(type(again), again, again.__traceback__)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(type(exception), exception, exception.__traceback__)
    return 130 if isinstance(exception, KeyboardInterrupt) else 1, told


def _status_of(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    _flush(sys.stdout)
    print(code, file=sys.stderr)
    return 1


def _told(exception):
    """The exception as data: where in the program it came from, and how it would be printed."""
    import traceback

    file, line = None, 0
    if isinstance(exception, SyntaxError) and (exception.filename or "").startswith(host.program):
        file, line = exception.filename[len(host.program) :], exception.lineno or 0
    tb = exception.__traceback__
    while tb is not None:
        name = tb.tb_frame.f_code.co_filename
        if name.startswith(host.program):
            file, line = name[len(host.program) :], tb.tb_lineno
        tb = tb.tb_next
    try:
        text = str(exception)
    except Exception:
        text = ""
    try:
        printed = "".join(traceback.format_exception(exception))
    except Exception:
        printed = ""
    return {"class": type(exception).__name__, "text": text, "file": file, "line": line, "traceback": printed}


def _wind_up(status):
    """Waits for threads, calls what was registered for the exit, and lets go of all output."""
    import atexit
    import threading

    for step in (threading._shutdown, atexit._run_exitfuncs):
        try:
            step()
        except SystemExit as exception:
            status = _status_of(exception.code)
        except BaseException as exception:
            exception.__traceback__ = tracebacks.program_part(exception.__traceback__)
            tracebacks.report(exception, "Exception ignored in", step)
    if not _flush(sys.stdout):
        status = 120
    _flush(sys.stderr)
    return status


def _flush(stream):
    try:
        stream.flush()
    except Exception:
        return False
    return True


def _end(status, error=None):
    host.js().ended(status, None if error is None else json.dumps(error))


def _exit(status):
    """os._exit: the process ends at once; what is buffered is lost, and nothing is closed by Python."""
    if not isinstance(status, int):
        raise TypeError(f"'{type(status).__name__}' object cannot be interpreted as an integer")
    _end(status & 0xFF)
    host.end()
