"""Run a learner's saved cells as a notebook's kernel does: in IPython, in the day's folder, one after the other.

`Shell.run` works in a process of its own, so that an endless loop can be stopped and an exit ends nothing else. Where
the system can fork, that process has the big libraries already; they are imported once, by `warm_up`.
"""

import asyncio
import importlib
import io
import multiprocessing
import os
import re
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

FORK = "fork" if "fork" in multiprocessing.get_all_start_methods() and sys.platform == "linux" else "spawn"
LIBRARIES = ("numpy", "pandas", "tensorflow", "keras", "matplotlib.pyplot", "seaborn", "mlxtend.data", "IPython")


@dataclass
class Outcome:
    """What came of a cell: how it failed ("" if it did not), and what `attempt` said in it, as (exercise, line)."""

    error: str = ""
    verdicts: list[tuple[str, str]] = field(default_factory=list)


class Ended(Exception):
    """The process ended while a cell ran."""


def warm_up() -> None:
    """Import the libraries once, where the processes that follow inherit them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"     # as in a kernel: no window is opened
    if FORK == "fork":
        with muted():
            for name in LIBRARIES:
                importlib.import_module(name)


class muted:
    """While it lasts, what is written to standard error goes nowhere, also by C++ code."""

    def __enter__(self):
        sys.stderr.flush()
        self.kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)

    def __exit__(self, *_):
        os.dup2(self.kept, 2)
        os.close(self.kept)


class Shell:
    """One run of cells in a process of its own."""

    def __init__(self, folder):
        context = multiprocessing.get_context(FORK)
        self.here, there = context.Pipe()
        self.process = context.Process(target=work, args=(there, str(folder)))
        self.process.start()
        there.close()

    def run(self, number: int, source: str, seconds: float) -> Outcome:
        """Run a cell, which has this execution count. TimeoutError if it takes longer than `seconds`, Ended if Python itself ended in it."""
        try:
            self.here.send((number, source))
            if not self.here.poll(seconds):
                raise TimeoutError
            return Outcome(*self.here.recv())
        except (EOFError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise Ended from None

    def stop(self) -> None:
        """End the process, and on Unix whatever it has started."""
        try:
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.process.kill()
        self.process.join()
        self.here.close()


class Tail(io.TextIOBase):
    """A text stream that keeps the end of what was written to it, however much that is."""

    encoding, errors = "utf-8", "replace"

    def __init__(self):
        self.text = ""

    def writable(self):
        return True

    def fileno(self):
        return 1                                   # leads nowhere as well: for programs that a cell starts

    def write(self, text):
        self.text = (self.text + str(text))[-20_000:]
        return len(text)


def work(connection, folder: str) -> None:
    """The process: cells come in, outcomes go out. Nothing that a cell prints reaches the terminal."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.chdir(folder)
    forget_this_program()
    asyncio.run(serve(connection, new_shell()))
    os._exit(0)


def forget_this_program() -> None:
    """Let the process look as a kernel does: imports from the notebook's folder, no modules of these tools, its own name."""
    here = Path(__file__).resolve().parent
    for place in [place for place in sys.path if place and Path(place).resolve() in (here, here.parent / "tests")]:
        sys.path.remove(place)
    sys.path.insert(0, "")
    for name, module in list(sys.modules.items()):
        if name != "__main__" and str(getattr(module, "__file__", None) or "").startswith((str(here), str(here.parent / "tests"))):
            del sys.modules[name]
    sys.argv[:] = ["ipykernel_launcher.py", "-f", "kernel.json"]
    multiprocessing.current_process().name = "MainProcess"
    multiprocessing.context._default_context._actual_context = None            # set_start_method may be called


def new_shell():
    """An IPython shell without a terminal, its history and a pager, that calls itself what a kernel's is called."""
    from IPython.core import page
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.magic import no_var_expand
    from traitlets.config import Config

    class ZMQInteractiveShell(InteractiveShell):
        def enable_gui(self, gui=None):
            pass                                   # %matplotlib inline asks for it

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.ast_node_interactivity = "last_expr"
    config.IPKernelApp.connection_file = "kernel.json"
    shell = ZMQInteractiveShell.instance(config=config)
    shell.set_hook("show_in_pager", page.as_hook(lambda *_, **__: None), 90)
    for name in ("autosave", "clear", "cls", "connect_info", "less", "more", "man", "qtconsole"):
        shell.register_magic_function(no_var_expand(lambda line: None), "line", name)
    shell.extension_manager.load_extension("storemagic")
    return shell


async def serve(connection, shell) -> None:
    """Run each cell that comes, as the kernel does: inside a loop of asyncio, with In and Out."""
    while True:
        try:
            number, source = await asyncio.to_thread(connection.recv)          # tasks of earlier cells go on meanwhile
        except EOFError:
            return
        shell.execution_count = number
        sys.stdout, sys.stderr = printed, _ = Tail(), Tail()
        error = ""
        try:
            transformed = shell.transform_cell(source)
            result = await shell.run_cell_async(source, store_history=True, transformed_cell=transformed)
            failed = result.error_before_exec or result.error_in_exec
        except BaseException as caught:            # a KeyboardInterrupt of its own, a syntax that IPython cannot transform
            failed = caught
        if failed is not None:
            error = described(failed)
        connection.send((error, verdicts_of(source, printed.text)))


def described(error: BaseException) -> str:
    """How a cell failed, in one line."""
    if isinstance(error, SyntaxError) and "ipython-input" in str(error.filename) + "ipython-input" * (error.filename is None):
        return f"line {error.lineno} of the cell is not Python: {error.msg}"
    return f"the cell stopped with {type(error).__name__}: {' '.join(str(error).split())[:300]}"


def verdicts_of(source: str, printed: str) -> list[tuple[str, str]]:
    """What attempt() has said since the last call, as (exercise, line).

    It keeps that itself. A notebook of the first edition has an attempt() that prints only: then the last line printed
    that looks like a verdict is taken.
    """
    kept = getattr(sys.modules.get("attempt"), "__globals__", {}).get("verdicts")
    if kept:
        said = [(str(exercise), str(line)) for exercise, line in kept]
        kept.clear()
        return said
    called = re.findall(r"\battempt\(\s*check_(\w+)", source)
    lines = re.findall(r"^[✓✗…] .+$", printed, re.M)
    return [(called[-1], lines[-1])] if called and lines else []
