"""Which cells of a learner's saved notebook have to be run to judge its exercises, and which can be
left out.

Run are the set-up cells, the exercises, their checks, and the learner's own cells. They may use
what the lesson merely defines: functions, classes, imports. As soon as an exercise, or a cell of
the learner's that does more than look, uses anything else that the lesson has made, all cells are
run, as JupyterLab does. So nobody waits for a training that no answer uses, and nobody is judged by
half a lesson.
"""

import ast
import builtins
import functools
import hashlib
import re
import symtable
from collections.abc import Iterable, Iterator

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from lessons import tags
from refresh import LESSON_ID

PYTHON_MAGICS = ("time", "timeit", "capture", "prun")  # whose text is Python; they may bind names
BINDS_ANYTHING = {"exec", "globals", "locals", "vars", "setattr", "eval"}
READS_STRINGS = {"eval", "exec", "query", "getoutput", "system", "run_line_magic", "run_cell_magic"}
# Calls by which a cell does something that no name shows: it writes a file, goes to another folder,
# draws a seed.
DOES = {
    "chdir",
    "dump",
    "mkdir",
    "open",
    "remove",
    "rename",
    "run",
    "save",
    "savetxt",
    "savez",
    "savefig",
    "seed",
    "set_random_seed",
    "seterr",
    "setrecursionlimit",
    "symlink_to",
    "system",
    "to_csv",
    "touch",
    "unlink",
    "write",
    "write_bytes",
    "write_text",
}


class Cell:
    """A code cell: where it stands among all cells, its text, its tags, and whether the lesson
    brought it (by its id)."""

    def __init__(self, place: int, saved: nbformat.NotebookNode):
        self.place, self.source, self.roles = place, saved.source, {str(tag) for tag in tags(saved)}
        self.of_lesson = bool(LESSON_ID.fullmatch(str(saved.get("id", ""))))

    @functools.cached_property
    def python(self) -> str:
        """The text as Python, with magics and shell lines as the calls that IPython makes of
        them.
        """
        source, magic = self.source, re.match(r"\s*%%(\w+).*\n?", self.source)
        if magic and magic[1] in PYTHON_MAGICS:
            source = source[magic.end() :]
        source = re.sub(
            rf"^(\s*)%({'|'.join(PYTHON_MAGICS)})\b(?: +-\w+(?: +\d+)?)* ",
            r"\1",
            source,
            flags=re.M,
        )
        return TransformerManager().transform_cell(source)

    @functools.cached_property
    def tree(self) -> ast.Module | None:
        """None if it is not Python, as a cell with a typo is not: it is run all the same, and says
        so itself."""
        try:
            return ast.parse(self.python)
        except (SyntaxError, ValueError, RecursionError):
            return None

    @functools.cached_property
    def scopes(self) -> list[symtable.SymbolTable]:
        """The cell's own scope and all those inside it; empty for an await that only IPython
        allows."""
        try:
            found = [symtable.symtable(self.python, "cell", "exec")]
        except (SyntaxError, ValueError):
            return []
        for table in found:  # appended while it runs: the scopes inside
            found += table.get_children()
        return found

    @functools.cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree)) if self.tree else []

    @functools.cached_property
    def makes(self) -> set[str]:
        """Global names that the cell binds."""
        if self.tree is None:
            return set(re.findall(r"^(?:async +)?(?:def|class) +(\w+)", self.source, re.M))
        if not self.scopes:
            return {
                node.name
                for node in self.tree.body
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            } | {
                node.id
                for node in self.nodes
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
        return {
            symbol.get_name()
            for table in self.scopes
            for symbol in table.get_symbols()
            if (table is self.scopes[0] or symbol.is_global())
            and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace())
        }

    @functools.cached_property
    def needs(self) -> set[str]:
        """Global names that the cell, or a function in it, uses without having bound them before;
        not those of Python."""
        if self.tree is None:
            return set(re.findall(r"[^\W\d]\w*", self.source))
        bound, found = set(), set()
        for node in in_order(self.tree):
            if (
                isinstance(node, ast.Name)
                and isinstance(node.ctx, ast.Load)
                and node.id not in bound
            ):
                found.add(node.id)
            elif (
                isinstance(node, ast.AugAssign)
                and isinstance(node.target, ast.Name)
                and node.target.id not in bound
            ):
                found.add(node.target.id)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
                found.add(node.id)
            elif isinstance(node, ast.Name):
                bound.add(node.id)
            elif isinstance(node, DEFINITIONS):
                bound.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                bound |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        for table in self.scopes[1:]:  # functions run later, when all of the cell is bound
            found |= {
                symbol.get_name()
                for symbol in table.get_symbols()
                if symbol.is_global() and symbol.is_referenced()
            } - bound
        for (
            call
        ) in self.nodes:  # a shell line's {name} and $name, a query's @name, a string for eval
            if (
                isinstance(call, ast.Call)
                and getattr(call.func, "attr", getattr(call.func, "id", "")) in READS_STRINGS
            ):
                texts = [
                    node.value
                    for node in ast.walk(call)
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                ]
                found |= {word for text in texts for word in re.findall(r"[^\W\d]\w*", text)}
        return {name for name in found if not hasattr(builtins, name) and name != "get_ipython"}

    @functools.cached_property
    def imports(self) -> set[str]:
        """Names that import statements bind; "*" for a star import."""
        return {
            (alias.asname or alias.name).partition(".")[0]
            for node in self.nodes
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }

    @functools.cached_property
    def only_defines(self) -> bool:
        """True if nothing is computed: imports, functions and classes with plain bodies, a
        docstring."""
        if self.tree is None:
            return False
        plain = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Import, ast.ImportFrom)
        return (
            all(
                isinstance(node, plain)
                or (
                    isinstance(node, ast.ClassDef)
                    and all(isinstance(part, plain) or is_text(part) for part in node.body)
                )
                or is_text(node)
                for node in self.tree.body
            )
            and "*" not in self.imports
        )

    @functools.cached_property
    def does_more_than_look(self) -> bool:
        """True if the cell may have an effect that none of its names shows: a file, a folder, a
        seed, an attribute of a module."""
        called = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in self.nodes
            if isinstance(node, ast.Call)
        }
        stored = [
            node
            for node in self.nodes
            if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store)
        ]
        return bool(called & DOES) or bool(stored) or self.makes_anything

    @functools.cached_property
    def makes_anything(self) -> bool:
        """True if the names that the cell makes cannot be seen: a star import, exec, %run …"""
        magic = re.search(r"^\s*%(run|load|pylab|load_ext|store|reset)\b", self.source, re.M)
        return (
            "*" in self.imports
            or bool(magic)
            or any(isinstance(node, ast.Name) and node.id in BINDS_ANYTHING for node in self.nodes)
        )

    @property
    def checks(self) -> list[str]:
        """Names of the exercises that this cell judges: it defines their check, or calls it (a
        solution's cell does not count)."""
        found = re.findall(r"\bdef check_(\w+)", self.source)
        if "solution" not in self.roles:
            found += re.findall(r"\battempt\(\s*check_(\w+)", self.source)
        return list(dict.fromkeys(found))


DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def in_order(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below, but for the bodies of functions and classes, about in the order in which
    Python comes to them."""
    first = {
        ast.Assign: ("value", "targets"),
        ast.AnnAssign: ("value", "target"),
        ast.For: ("iter", "target", "body", "orelse"),
        ast.ListComp: ("generators", "elt"),
        ast.SetComp: ("generators", "elt"),
        ast.GeneratorExp: ("generators", "elt"),
        ast.DictComp: ("generators", "key", "value"),
        ast.comprehension: ("iter", "target", "ifs"),
        ast.NamedExpr: ("value", "target"),
    }
    outside = (
        "decorator_list",
        "bases",
        "keywords",
        "args",
        "returns",
    )  # of a definition: what is computed when it is made
    names = (
        [name for name in outside if name in node._fields]
        if isinstance(node, (*DEFINITIONS, ast.Lambda))
        else first.get(type(node), node._fields)
    )
    if isinstance(node, COMPREHENSIONS):  # its variable is its own
        own = {
            name.id
            for part in node.generators
            for name in ast.walk(part.target)
            if isinstance(name, ast.Name)
        }
        inner = [
            found
            for name in first[type(node)]
            for value in [getattr(node, name)]
            for part in (value if isinstance(value, list) else [value])
            for found in in_order(part)
        ]
        yield from (
            found for found in inner if not (isinstance(found, ast.Name) and found.id in own)
        )
        return
    is_read_first = isinstance(node, ast.AugAssign)
    if is_read_first:
        yield node
    for name in names:
        value = getattr(node, name)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, ast.AST):
                yield from in_order(inner)
    if not is_read_first:
        yield node


def code_cells(notebook: nbformat.NotebookNode) -> list[Cell]:
    """The code cells of a notebook, in order."""
    return [
        Cell(place, saved)
        for place, saved in enumerate(notebook.cells)
        if saved.cell_type == "code"
    ]


def answers_to(cells: list[Cell], exercise: str) -> list[int]:
    """Indices of the cells in which an exercise's function is defined. A lesson may use the name
    for something else."""
    found = [
        k for k, cell in enumerate(cells) if exercise in cell.source and exercise in cell.makes
    ]
    answers = [k for k in found if not cells[k].of_lesson or "exercise" in cells[k].roles]
    return answers or [k for k in found if "solution" not in cells[k].roles]


def to_run(cells: list[Cell], exercises: Iterable[str]) -> list[int]:
    """Indices of the cells to run, in order: without the lesson's own, or all of them. exercises:
    the day's names."""
    everything = [
        k for k, cell in enumerate(cells) if "solution" not in cell.roles or uses_solution(cells, k)
    ]
    makers: dict[str, list[int]] = {}
    for k, cell in enumerate(cells):
        for name in cell.makes:
            makers.setdefault(name, []).append(k)

    answers = {exercise: answers_to(cells, exercise) for exercise in exercises}

    def needed_by(k: int) -> set[int]:
        """All cells that make a name which cell k uses. If one made it and another changed it, both
        count."""
        return {
            i
            for name in cells[k].needs
            for i in (answers[name] if name in answers else makers.get(name, ()))
            if i != k
        }

    roots = {
        k
        for k, cell in enumerate(cells)
        if cell.roles & {"setup", "exercise", "check"}
        or set(cell.checks) & set(exercises)
        or "*" in cell.imports
    }
    left = [
        *roots,
        *(k for places in answers.values() for k in places),
        *(
            k
            for k, cell in enumerate(cells)
            if not cell.of_lesson and "solution" not in cell.roles and cell.does_more_than_look
        ),
    ]
    chosen = set()
    while left:
        k = left.pop()
        if k not in chosen:
            chosen.add(k)
            left += needed_by(k)
    of_lesson = [
        k
        for k in chosen
        if cells[k].of_lesson and not cells[k].roles & {"setup", "exercise", "check", "solution"}
    ]
    if not all(cells[k].only_defines for k in of_lesson):
        return everything
    for k, cell in enumerate(cells):
        if not cell.of_lesson and "solution" not in cell.roles and needed_by(k) <= chosen:
            chosen.add(k)
    return sorted(chosen)


def uses_solution(cells: list[Cell], place: int) -> bool:
    """Whether another cell uses what a solution's cell defines."""
    made = {name for name in cells[place].makes if name.endswith("_solution")}
    return any(
        made & cell.needs
        for k, cell in enumerate(cells)
        if k != place and "solution" not in cell.roles
    )


def untouched(cells: list[Cell], exercise: str, shipped: str) -> bool:
    """True if it can be seen without running anything that an exercise was not attempted.

    shipped: the fingerprint of the set-up, the exercise's stub and its check, as the course has
    them. They stand in the notebook in this order, and no other cell speaks of the exercise.
    """
    parts = exercise_cells(cells, exercise)
    others = [
        cell
        for k, cell in enumerate(cells)
        if k not in parts and not (cell.of_lesson and "solution" in cell.roles)
    ]
    if any(
        re.search(rf"\b{exercise}\b", cell.source) or cell.makes_anything or cell.checks
        for cell in others
        if not cell.of_lesson
    ):
        return False
    return fingerprint(cells[k].source for k in parts) == shipped


def exercise_cells(cells: list[Cell], exercise: str) -> list[int]:
    """Indices of the cells on which an untouched exercise rests: the set-up, its stub, its
    check.
    """
    return [
        k
        for k, cell in enumerate(cells)
        if "setup" in cell.roles
        or (
            cell.roles & {"exercise", "check"}
            and re.search(rf"\b(check_)?{exercise}\b", cell.source)
        )
    ]


def fingerprint(sources: Iterable[str]) -> str:
    return hashlib.sha256(
        "\0".join(source.strip() for source in sources).encode("utf-8", "replace")
    ).hexdigest()[:16]
