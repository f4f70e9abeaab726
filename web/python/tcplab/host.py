"""The way to worker.js: how a thread waits, and how a call reaches the network.

Before the program begins there is no worker to talk to, and nothing waits.
"""

import sys

current = 1
"""The running thread's number. Threads are switched in `wait` alone, so each puts its own number back when it goes on."""

program = "/home/"
"""The directory of the program's files, with a slash at its end."""

alone = False
"""Whether there can be only one thread: the browser cannot switch stacks."""

before_call = None
"""Called before each call on the network, if the page wants to stop there."""

silent = False
"""Whether calls on the network fail at once: somebody only looks at variables."""

FOREVER = 2**52
"""Microseconds that no program sees the end of: 142 years. JavaScript's numbers are exact a little further."""

moves = 0
"""How many calls have come of which something came, other than a look at what is ready."""

_vainly = False  # whether something was asked for in vain since

_park = _ask = _post = _js = _value = _switch = None
_signalled = False  # a signal arrived while the main thread was about to go on
_SIGNALLED = 1 << 30
_GATE = 1023  # the descriptor of the gate, out of the program's way


def bind(js, threads):
    """Called once, when the program is about to run."""
    global _park, _ask, _post, _js, _value, _switch, alone
    _js, _park, _ask, _post, _value = js, js.park, js.ask, js.post, js.value
    alone = not threads
    if threads:
        _switch = _gate(js)


def _gate(js):
    """The function that lets other threads run until this one is to go on.

    Of what the interpreter can suspend a stack for, a send on one of its own sockets is the cheapest by far. The worker takes it for
    what it is (fibers.js): no socket is there.
    """
    from tcplab.modules import builtin

    socket = builtin("_socket").socket
    js.gate(socket().detach(), _GATE)
    return socket(2, 1, 0, _GATE).send


def js():
    """The worker's own functions."""
    return _js


def open_fd():
    """A new descriptor's number, for what this package keeps behind it."""
    return _js.open_fd() if _js is not None else 0x10000


def close_fd(fd):
    """Gives the number back."""
    if _js is not None:
        _js.close_fd(fd)


def where():
    """The line of the program that is being carried out: (file, line), or (None, 0) in a thread that is not in one of its files."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(program):
            return file[len(program) :], frame.f_lineno
        frame = frame.f_back
    return None, 0


def wait():
    """Waits, while other threads run, for what was just asked of the worker.

    Returns 0 when time is over, 1 when another thread woke this one, and otherwise the outcome of a call.
    """
    global current, _signalled
    if alone:
        code = _js.code()
    else:
        me = current
        loops = sys.modules.get("_asyncio")
        loop = loops and loops._get_running_loop()
        if loop is None:
            code = _switch(b"")
        else:
            # Which event loop and task run is kept per thread of the interpreter, and ours are all one to it.
            task = loops._swap_current_task(loop, None)
            loops._set_running_loop(None)
            code = _switch(b"")
            loops._set_running_loop(loop)
            if task is not None:
                loops._swap_current_task(loop, task)
        current = me
    # fibers.js says what the numbers mean.
    if code >= _SIGNALLED:
        _signalled = True
        code -= _SIGNALLED
    return code if code < 2 else _value() if code == 2 else code - 3


def park(what, until=-1):
    """Waits until another thread wakes this one, or until the network's clock shows `until` (microseconds): then it returns 0."""
    file, line = where()
    while True:
        _park(current, what, min(until, FOREVER), file, line)
        value = wait()
        if value != "signal":
            break
        take_signals()
    if _signalled:
        take_signals()
    return value


def take_signals():
    """Runs the handlers of signals that have arrived for the main thread; what they raise goes through the one who waited."""
    global _signalled
    import signal

    _signalled = False
    while number := _js.arrived():
        if signal.getsignal(number) is signal.SIG_DFL and number not in (signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT):
            _js.ended(128 + number, None)
            end()
        signal.raise_signal(number)


def end():
    """The process is over: this thread goes nowhere any more."""
    while True:
        _park(current, "exit", -1, None, 0)
        wait()


def wake(thread, value=1):
    """Lets a thread go on that waits in `park`. False if it does not."""
    return _js.wake(thread, value)


def nudge(thread):
    """As `wake`, also for a thread that waits for a call: the call is broken off."""
    _js.nudge(thread)


def now():
    """The network's clock, in microseconds."""
    return _js.now()


def until(seconds):
    """The clock's reading after so many seconds; at once for less than nothing."""
    return _js.now() + min(FOREVER, max(0, round(seconds * 1_000_000)))


def ask(request, data=None, timeout=-1, what=None):
    """Carries out a call on the network; `request` is its JSON, `timeout` in microseconds (-1: none).

    Returns a number of octets, octets (a JavaScript array), or the outcome as JSON; "!" stands before an error.
    """
    global moves, _vainly
    if silent:
        return '!{"name":"EBADF","errno":9}'
    if before_call is not None:
        before_call()
    file, line = where()
    end = _js.now() + timeout if timeout > 0 else None
    while True:
        _ask(current, what or request[9 : request.index('"', 9)], request, data, min(timeout, FOREVER), file, line)
        value = wait()
        if value != "signal":
            break
        # The call was broken off; after the handler it goes on for the time that is left (PEP 475).
        take_signals()
        if end is not None:
            timeout = max(1, end - _js.now())
    if _signalled:
        take_signals()
    if what is None and not (type(value) is str and value[0] == "!"):
        moves += 1
        if _vainly:
            _vainly = False
            _js.moved()
    return value


def post(request):
    """Lets a call be carried out without waiting for it."""
    if _js is not None:
        file, line = where()
        _post(current, request, file, line)


def detail():
    """All of the outcome of the call that just came back, for those that answer octets and more."""
    import json

    return json.loads(_js.detail_json())


def vain():
    """The program asked for something that is not there, and will not wait for it: this takes its time (clock.js)."""
    global _vainly
    if _js is not None:
        _vainly = True
        _js.idle()
