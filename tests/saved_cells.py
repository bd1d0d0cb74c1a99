"""Which cells of a learner's saved notebook have to be run to judge its exercises, and which can be left out.

Run are the set-up cells, the exercises, their checks, and the learner's own cells. A cell of the lesson is run only if
one of those needs a name that it makes (and then the cells that it needs in turn). A cell of the learner's that needs
such a name is run only if an exercise needs it. So nobody waits for a training that no answer uses.
"""

import ast
import builtins
import functools
import re
import symtable

from IPython.core.inputtransformer2 import TransformerManager

from lessons import tags
from refresh import LESSON_ID

PYTHON_MAGICS = ("time", "timeit", "capture", "prun")  # whose text is Python; they may bind names
BINDS_ANYTHING = {"exec", "globals", "locals", "vars", "setattr"}


class Cell:
    """A code cell: where it stands among all cells, its text, its tags, and whether the lesson brought it (by its id)."""

    def __init__(self, place: int, saved):
        self.place, self.source, self.roles = place, saved.source, set(tags(saved))
        self.of_lesson = bool(LESSON_ID.fullmatch(saved.get("id", "")))

    @functools.cached_property
    def python(self) -> str:
        """The text as Python, with magics and shell lines as the calls that IPython makes of them."""
        source, magic = self.source, re.match(r"\s*%%(\w+).*\n?", self.source)
        if magic and magic[1] in PYTHON_MAGICS:
            source = source[magic.end():]
        source = re.sub(rf"^(\s*)%({'|'.join(PYTHON_MAGICS)})\b((?: -\S+)*) ", r"\1", source, flags=re.M)
        return TransformerManager().transform_cell(source)

    @functools.cached_property
    def tree(self) -> ast.Module | None:
        """None if it is not Python, as a cell with a typo is not: it is run all the same, and says so itself."""
        try:
            return ast.parse(self.python)
        except (SyntaxError, ValueError, RecursionError):
            return None

    @functools.cached_property
    def scopes(self) -> list[symtable.SymbolTable]:
        """The cell's own scope and all those inside it; empty for an await that only IPython allows."""
        try:
            found = [symtable.symtable(self.python, "cell", "exec")]
        except (SyntaxError, ValueError):
            return []
        for table in found:                        # appended while it runs: the scopes inside
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
            return {node.name for node in self.tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))} \
                | {node.id for node in self.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        return {symbol.get_name() for table in self.scopes for symbol in table.get_symbols()
                if (table is self.scopes[0] or symbol.is_global()) and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace())}

    @functools.cached_property
    def needs(self) -> set[str]:
        """Global names that the cell, or a function in it, uses without having bound them before; not those of Python."""
        bound, found = set(), set()
        for node in [] if self.tree is None else in_order(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in bound:
                found.add(node.id)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id not in bound:
                found.add(node.target.id)
            elif isinstance(node, ast.Name):
                bound.add(node.id)
            elif isinstance(node, DEFINITIONS):
                bound.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                bound |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        for table in self.scopes[1:]:              # functions run later, when all of the cell is bound
            found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()} - bound
        return {name for name in found if not hasattr(builtins, name) and name != "get_ipython"}

    @functools.cached_property
    def imports(self) -> set[str]:
        """Names that import statements bind; "*" for a star import."""
        return {(alias.asname or alias.name).partition(".")[0] for node in self.nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}

    @functools.cached_property
    def changes(self) -> set[str]:
        """Names whose values the cell may change without binding them: model.fit(…), weights[0] = …, layer.trainable = …"""
        found = set()
        for node in self.nodes:
            called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
            stored = isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, (ast.Store, ast.Del))
            base = called if isinstance(called, ast.Attribute) else node if stored else None
            while isinstance(base, (ast.Subscript, ast.Attribute, ast.Call)):
                base = base.func if isinstance(base, ast.Call) else base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
        return found

    @functools.cached_property
    def makes_anything(self) -> bool:
        """True if the names that the cell makes cannot be seen: a star import, exec, %run …"""
        magic = re.search(r"^\s*%(run|load|pylab|load_ext|store|reset)\b", self.source, re.M)
        return "*" in self.imports or bool(magic) or any(isinstance(node, ast.Name) and node.id in BINDS_ANYTHING for node in self.nodes)

    @property
    def checks(self) -> list[str]:
        """Names of the exercises that this cell judges: it defines their check, or calls it (a solution's cell does not count)."""
        found = re.findall(r"\bdef check_(\w+)", self.source)
        if "solution" not in self.roles:
            found += re.findall(r"\battempt\(\s*check_(\w+)", self.source)
        return list(dict.fromkeys(found))


DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def in_order(node: ast.AST):
    """The nodes below, but for the bodies of functions and classes, about in the order in which Python comes to them."""
    first = {ast.Assign: ("value", "targets"), ast.AnnAssign: ("value", "target"), ast.For: ("iter", "target", "body", "orelse"),
             ast.ListComp: ("generators", "elt"), ast.SetComp: ("generators", "elt"), ast.GeneratorExp: ("generators", "elt"),
             ast.DictComp: ("generators", "key", "value"), ast.comprehension: ("iter", "target", "ifs")}
    outside = ("decorator_list", "bases", "keywords", "args")          # of a definition: what is computed when it is made
    names = [name for name in outside if name in node._fields] if isinstance(node, (*DEFINITIONS, ast.Lambda)) else first.get(type(node), node._fields)
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


def code_cells(notebook) -> list[Cell]:
    """The code cells of a notebook, in order."""
    return [Cell(place, saved) for place, saved in enumerate(notebook.cells) if saved.cell_type == "code"]


def answers_to(cells: list[Cell], exercise: str) -> list[int]:
    """Indices of the cells in which an exercise's function is defined. A lesson may use the name for something else."""
    found = [k for k, cell in enumerate(cells) if exercise in cell.source and exercise in cell.makes]
    answers = [k for k in found if not cells[k].of_lesson or "exercise" in cells[k].roles]
    return answers or [k for k in found if "solution" not in cells[k].roles]


def to_run(cells: list[Cell], exercises) -> list[int]:
    """Indices of the cells to run, in order. exercises: the day's names."""
    modules = {name for cell in cells for name in cell.imports}
    makers: dict[str, list[int]] = {}
    for k, cell in enumerate(cells):
        for name in cell.makes | cell.changes - modules:
            makers.setdefault(name, []).append(k)

    def needed_by(k: int) -> set[int]:
        """For each name that cell k uses: the nearest cell above that makes or changes it, else the first below."""
        found = [[i for i in makers.get(name, ()) if i != k] for name in cells[k].needs]
        return {max((i for i in places if i < k), default=places[0]) for places in found if places}

    roots = {k for k, cell in enumerate(cells)
             if cell.roles & {"setup", "exercise", "check"} or set(cell.checks) & set(exercises) or "*" in cell.imports}
    left = [*roots, *(k for exercise in exercises for k in answers_to(cells, exercise))]
    chosen = set()
    while left:
        k = left.pop()
        if k not in chosen:
            chosen.add(k)
            left += needed_by(k)
    for k, cell in enumerate(cells):
        if not cell.of_lesson and "solution" not in cell.roles and (cell.makes_anything or needed_by(k) <= chosen):
            chosen.add(k)
    return sorted(chosen)


def is_stub(source: str) -> bool:
    """True for a cell that still is as it was: one function or class whose every body is a raise NotImplementedError."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return False
    functions = [node for top in body for node in ast.walk(top) if isinstance(node, ast.FunctionDef)]
    last = [ast.unparse(node.body[-1]) for node in functions]
    return len(body) == 1 and bool(functions) and all(len(node.body) <= 2 for node in functions) \
        and all(line == "raise NotImplementedError" for line in last)


def untouched(cells: list[Cell], exercise: str) -> bool:
    """True if it can be seen without running anything that an exercise was not attempted: its check follows its stub."""
    if any(cell.makes_anything for cell in cells if not cell.of_lesson):
        return False
    answers, judges = answers_to(cells, exercise), [k for k, cell in enumerate(cells) if exercise in cell.checks]
    if len(answers) != 1 or len(judges) != 1 or answers[0] > judges[0]:
        return False
    judge = cells[judges[0]]
    return is_stub(cells[answers[0]].source) and judge.of_lesson and "check" in judge.roles \
        and judge.source.rstrip().endswith(f"\nattempt(check_{exercise}, {exercise})")
