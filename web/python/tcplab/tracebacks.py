"""Tracebacks as python3 prints them: of the program's frames and those of CPython's library, without ours below and around them."""

import sys
import traceback

OURS = __file__.rpartition("/")[0] + "/"
LIBRARY = traceback.__file__.rpartition("/")[0] + "/"
SHOWN = f"/usr/lib/python{sys.version_info.major}.{sys.version_info.minor}/"
_HIDDEN = (OURS, LIBRARY + "_pyodide/", LIBRARY + "pyodide/")


def hidden(file):
    """Whether frames of this file are not the program's affair."""
    return file.startswith(_HIDDEN)


def install():
    """Called once, when the program is about to run."""
    extract = traceback.StackSummary._extract_from_extended_frame_gen.__func__

    def visible(cls, frames, **options):
        shown = (frame for frame in frames if not hidden(frame[0].f_code.co_filename))
        summary = extract(cls, shown, **options)
        for each in summary:
            if each.filename.startswith(LIBRARY):
                each.line  # looked up by the file's true name
                each.filename = SHOWN + each.filename[len(LIBRARY) :]
        return summary

    visible.__name__ = visible.__qualname__ = "_extract_from_extended_frame_gen"
    traceback.StackSummary._extract_from_extended_frame_gen = classmethod(visible)
    sys.unraisablehook = sys.__unraisablehook__ = unraisable


def report(exception, what, thing=None):
    """Hands an exception that nobody can catch to sys.unraisablehook."""
    sys.unraisablehook(_arguments()((type(exception), exception, exception.__traceback__, what, thing)))


def _arguments():
    """The type of what sys.unraisablehook gets, which has no name: one is caught."""
    caught = []
    hook, sys.unraisablehook = sys.unraisablehook, caught.append

    class Falls:
        def __del__(self):
            raise RuntimeError

    try:
        Falls()
    finally:
        sys.unraisablehook = hook
    return type(caught.pop())


def program_part(tb):
    """The traceback from the first frame on that is not ours."""
    while tb is not None and hidden(tb.tb_frame.f_code.co_filename):
        tb = tb.tb_next
    return tb


def unraisable(unraisable, /):
    """As the interpreter's own hook, which prints all frames."""
    file = sys.stderr
    if file is None:
        return
    what, thing = unraisable.err_msg, unraisable.object
    if thing is not None:
        try:
            thing = repr(thing)
        except Exception:
            thing = "<object repr() failed>"
        print(f"{what or 'Exception ignored in'}: {thing}", file=file)
    elif what:
        print(f"{what}:", file=file)
    tb = program_part(unraisable.exc_traceback)
    if tb is not None:
        print("Traceback (most recent call last):", file=file)
        for frame in traceback.extract_tb(tb):  # without marks below the lines: this is how the interpreter prints here
            print(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}', file=file)
            if frame.line:
                print(f"    {frame.line}", file=file)
    file.write("".join(traceback.format_exception_only(unraisable.exc_type, unraisable.exc_value)))
    file.flush()


unraisable.__name__ = "unraisablehook"
unraisable.__module__ = "sys"
