"""Run a learner's saved cells as a notebook's kernel does: in IPython, in the day's folder, one
after the other.

`Shell.run` works in a process of its own, so that an endless loop can be stopped and an exit ends
nothing else. Where the system can fork, that process has the big libraries already; they are
imported once, by `warm_up`.
"""

import ast
import asyncio
import builtins
import dataclasses
import functools
import importlib
import io
import multiprocessing
import os
import signal
import sys
import types
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from verdicts import Failure, Kind, Verdict

FORK = (
    "fork"
    if "fork" in multiprocessing.get_all_start_methods() and sys.platform == "linux"
    else "spawn"
)
LIBRARIES = (
    "numpy",
    "pandas",
    "tensorflow",
    "keras",
    "matplotlib.pyplot",
    "seaborn",
    "mlxtend.data",
    "IPython",
)


@dataclasses.dataclass
class Outcome:
    """What came of a cell: how it failed (None if it did not), and the verdicts of `attempt`, in
    order."""

    failure: Failure | None = None
    verdicts: list[Verdict] = dataclasses.field(default_factory=list)

    def packed(self) -> tuple:
        """As plain values: the process that runs the cells no longer knows this module."""
        said = [
            (one.exercise, one.kind.value, one.sentence, one.of_solution) for one in self.verdicts
        ]
        return self.failure and dataclasses.astuple(self.failure), said

    @classmethod
    def unpacked(cls, failure: tuple | None, said: list[tuple]) -> "Outcome":
        verdicts = [Verdict(name, Kind(sign), *rest) for name, sign, *rest in said]
        return cls(Failure(*failure) if failure else None, verdicts)


class Ended(Exception):
    """The process ended while a cell ran."""


def warm_up() -> None:
    """Import the libraries once, where the processes that follow inherit them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["MPLBACKEND"] = (
        "module://matplotlib_inline.backend_inline"  # as in a kernel: no window is opened
    )
    if FORK == "fork":
        with muted():
            for name in LIBRARIES:
                importlib.import_module(name)


class muted:
    """While it lasts, what is written to standard error goes nowhere, also by C++ code."""

    def __enter__(self) -> None:
        sys.stderr.flush()
        self.kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)

    def __exit__(self, *_: object) -> None:
        os.dup2(self.kept, 2)
        os.close(self.kept)


class Shell:
    """One run of cells in a process of its own."""

    def __init__(self, folder: Path):
        context: Any = multiprocessing.get_context(FORK)
        self.here, there = context.Pipe()
        self.process = context.Process(target=work, args=(there, str(folder)))
        self.process.start()
        there.close()

    def run(self, number: int, source: str, seconds: float) -> Outcome:
        """Run a cell, which has this execution count. TimeoutError if it takes longer than
        `seconds`, Ended if Python itself ended in it."""
        try:
            self.here.send((number, source))
            if not self.here.poll(seconds):
                raise TimeoutError
            return Outcome.unpacked(*self.here.recv())
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


class Nowhere(io.TextIOBase):
    """A text stream that keeps nothing: no verdict is read from what a cell prints."""

    encoding, errors = "utf-8", "replace"

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1  # leads nowhere as well: for programs that a cell starts

    def write(self, text: str) -> int:
        return len(text)


def work(connection: Connection, folder: str) -> None:
    """The process: cells come in, outcomes go out. Nothing that a cell prints reaches the
    terminal.
    """
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.chdir(folder)
    forget_this_program()
    said: list[Verdict] = []
    asyncio.run(serve(connection, new_shell(said), said))
    os._exit(0)


def forget_this_program() -> None:
    """Let the process look as a kernel does: imports from the notebook's folder, no modules of
    these tools, its own name."""
    here = Path(__file__).resolve().parent
    for place in [
        place
        for place in sys.path
        if place and Path(place).resolve() in (here, here.parent / "tests")
    ]:
        sys.path.remove(place)
    sys.path.insert(0, "")
    for name, module in list(sys.modules.items()):
        if name != "__main__" and str(getattr(module, "__file__", None) or "").startswith(
            (str(here), str(here.parent / "tests"))
        ):
            del sys.modules[name]
    sys.argv[:] = ["ipykernel_launcher.py", "-f", "kernel.json"]
    multiprocessing.current_process().name = "MainProcess"
    vars(multiprocessing.context)[
        "_default_context"
    ]._actual_context = None  # set_start_method may be called


def new_shell(said: list[Verdict]) -> Any:
    """An IPython shell without a terminal, its history and a pager, that calls itself what a
    kernel's is called.

    said: to which an attempt() that keeps no verdicts itself adds them.
    """
    from IPython.core import page
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.magic import no_var_expand
    from traitlets.config import Config

    class ZMQInteractiveShell(InteractiveShell):
        def enable_gui(self, gui: object = None) -> None:
            pass  # %matplotlib inline asks for it

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.ast_node_interactivity = "last_expr"
    config.IPKernelApp.connection_file = "kernel.json"
    shell: Any = ZMQInteractiveShell.instance(config=config)
    shell.set_hook("show_in_pager", page.as_hook(lambda *_, **__: None), 90)
    for name in ("autosave", "clear", "cls", "connect_info", "less", "more", "man", "qtconsole"):
        shell.register_magic_function(no_var_expand(lambda line: None), "line", name)
    shell.extension_manager.load_extension("storemagic")
    setattr(builtins, RECORDER, functools.partial(recorded, said=said))
    shell.ast_transformers.append(Recording())
    return shell


RECORDER = "_recorded_attempt_"  # a name in builtins, so that %reset does not remove it


class Recording(ast.NodeTransformer):
    """Decorates an attempt() of the first edition's first form, which prints its verdict and keeps
    nothing."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        keeps = any(isinstance(part, ast.Name) and part.id == "verdicts" for part in ast.walk(node))
        if node.name == "attempt" and not keeps:
            name = ast.Name(RECORDER, ast.Load())
            node.decorator_list.append(ast.fix_missing_locations(ast.copy_location(name, node)))
        return node


def recorded(attempt: Callable[..., Any], said: list[Verdict]) -> Callable[..., Any]:
    """An attempt() that adds to `said` how its check ended. What is printed meanwhile plays no
    part."""

    @functools.wraps(attempt)
    def twin(check: Any, answer: Any) -> Any:
        if not isinstance(check, types.FunctionType):
            return attempt(check, answer)
        exercise = check.__name__.removeprefix("check_")
        name = getattr(answer, "__name__", "")

        @functools.wraps(check)
        def watched(answer: Any) -> Any:
            error = None
            try:
                return check(answer)
            except BaseException as caught:
                error = caught
                raise
            finally:
                said.append(Verdict.of_check(exercise, name, error))

        return attempt(watched, answer)

    return twin


async def serve(connection: Connection, shell: Any, said: list[Verdict]) -> None:
    """Run each cell that comes, as the kernel does: inside a loop of asyncio, with In and Out."""
    while True:
        try:
            number, source = await asyncio.to_thread(
                connection.recv
            )  # tasks of earlier cells go on meanwhile
        except EOFError:
            return
        shell.execution_count = number
        sys.stdout, sys.stderr = Nowhere(), Nowhere()
        try:
            transformed = shell.transform_cell(source)
            result = await shell.run_cell_async(
                source, store_history=True, transformed_cell=transformed
            )
            failed = result.error_before_exec or result.error_in_exec
        except (
            BaseException
        ) as caught:  # a KeyboardInterrupt of its own, a syntax that IPython cannot transform
            failed = caught
        verdicts = [*kept_by_attempt(), *said]
        said.clear()
        connection.send(Outcome(None if failed is None else described(failed), verdicts).packed())


def described(error: BaseException) -> Failure:
    """How a cell failed."""
    if isinstance(error, SyntaxError) and (
        error.filename is None or "ipython-input" in error.filename
    ):
        return Failure(type(error).__name__, error.msg, error.lineno or 1)
    return Failure(type(error).__name__, " ".join(str(error).split())[:300])


def kept_by_attempt() -> list[Verdict]:
    """What attempt() has kept since the last call."""
    kept = getattr(sys.modules.get("attempt"), "__globals__", {}).get("verdicts")
    if not isinstance(kept, list):
        return []
    found = [Verdict.recorded(str(exercise), str(line)) for exercise, line in kept]
    kept.clear()
    return found
