"""Which of our modules stands for which builtin one, and how it gets there."""

import importlib.machinery
import importlib.util
import sys

OURS = {
    "_queue": "simplequeue",
    "_socket": "sockets",
    "_thread": "threads",
    "select": "readiness",
}


class Finder:
    """Finds our modules under the builtin ones' names, ahead of the interpreter's own finders."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("_sysconfigdata__linux"):  # what sysconfig looks for since sys.platform is "linux"
            return importlib.util.find_spec(name.replace("linux", "emscripten"))
        if name not in OURS:
            return None
        file = f"{__file__.rpartition('/')[0]}/{OURS[name]}.py"
        return importlib.util.spec_from_file_location(name, file)


_builtin = {}


def builtin(name):
    """The module that is compiled into the interpreter under this name."""
    if name in _builtin:
        return _builtin[name]
    spec = importlib.machinery.BuiltinImporter.find_spec(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _builtin[name] = module
    return module


def install():
    """Called once, by sitecustomize."""
    from . import errnos

    errnos.install()
    sys.meta_path.insert(0, Finder)
    # The import system holds the builtin _thread for locks of its own, which never wait; all others get ours.
    sys.modules.pop("_thread", None)
    import _thread  # noqa: F401
