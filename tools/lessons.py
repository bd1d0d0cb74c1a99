"""Where the lessons are, and how to read their notebooks. Shared by the tests."""

import ast
import copy
import difflib
import functools
import json
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
TOPICS = [
    "perceptron",
    "tensors",
    "activations",
    "backprop",
    "optimizers",
    "losses",
    "architectures",
    "regularization",
    "cnn",
    "rnn",
    "lstm_gru",
    "transfer",
    "generative",
    "transformers",
    "deployment",
]
NAMES = [f"day{number:02d}_{topic}" for number, topic in enumerate(TOPICS, start=1)]
# The three exercises of each day, by name, with a fingerprint of their cells: known also where a
# learner's notebook has lost them. Made by tools/exercises.py.
EXERCISES = json.loads((Path(__file__).parent / "exercises.json").read_text(encoding="utf-8"))
ROLES = ("setup", "proof", "figure", "play", "exercise", "check", "solution", "scoreboard")
# What a markdown cell contains after which the next cell's output is folded.
QUESTION = re.compile(r"\*\*(?:Guess first|Try it):\*\*")
MAX_OPEN_FIGURE_LINES = 10
# As nbval reads its file: pairs of a regular expression and what stands for it.
SANITIZE_FILE = Path(__file__).resolve().parent / "sanitize.cfg"
SANITIZE = re.findall(r"^regex: (.*)$\n^replace: (.*)$", SANITIZE_FILE.read_text("utf-8"), re.M)
DAYS = [
    ROOT / name for name in NAMES if (ROOT / name).is_dir()
]  # not a copy that a learner has made beside one


def day_number(folder: Path) -> int:
    return int(folder.name.removeprefix("day").partition("_")[0])


def notebook_path(folder: Path) -> Path:
    """The one notebook of a day's folder, whether it exists or not:
    day05_optimizers/optimizers.ipynb."""
    return folder / f"{folder.name.partition('_')[2]}.ipynb"


def read_notebook(folder: Path) -> nbformat.NotebookNode:
    return nbformat.read(notebook_path(folder), as_version=4)


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def edition(notebook: NotebookNode) -> int:
    """2 if the notebook says in its metadata that it is of the second edition, else 1."""
    return 2 if notebook.metadata.get("dl15") == {"edition": 2} else 1


def roles(cell: NotebookNode) -> set[str]:
    """The tags of a cell that name a role of it (ROLES). A plain cell of the reader's path has
    none."""
    return set(tags(cell)) & set(ROLES)


def is_folded_by_role(cell: NotebookNode) -> bool:
    """Whether the source of a code cell is folded in the second edition.

    Folded are proofs, figures of more than ten lines, the set-up, checks and solutions.
    """
    is_long = len(cell.source.splitlines()) > MAX_OPEN_FIGURE_LINES
    found = roles(cell)
    return bool(found & {"proof", "check", "solution", "setup"}) or ("figure" in found and is_long)


def answer_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells whose output answers a question, and is folded.

    They stand directly after a markdown cell with **Guess first:** or **Try it:**.
    """
    pairs = zip(notebook.cells, notebook.cells[1:], strict=False)
    return [
        cell
        for question, cell in pairs
        if question.cell_type == "markdown"
        and cell.cell_type == "code"
        and QUESTION.search(question.source)
    ]


def sanitized(text: str) -> str:
    """A text as strict runs compare it: a number after ≈ is replaced.

    What is replaced stands in tools/sanitize.cfg, which nbval reads, too.
    """
    for regex, replacement in SANITIZE:
        text = re.sub(regex, replacement, text)
    return text


def sources(notebook: NotebookNode, tag: str) -> list[str]:
    """Sources of the code cells with a tag, in order."""
    return [
        cell.source for cell in notebook.cells if cell.cell_type == "code" and tag in tags(cell)
    ]


def is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def definitions(source: str) -> dict[str, list[ast.stmt]]:
    """The names that a code cell binds at its top level, each with the statements that bind it.

    Functions, classes, variables and what is imported, which counts only where nothing else binds
    the name. {} for a cell that is not plain Python.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return {}
    found: dict[str, list[ast.stmt]] = {}
    for statement in sorted(body, key=is_import):  # stable: what is imported comes last
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = {statement.name}
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            imported = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
            names = imported - set(found)
        else:
            targets = getattr(statement, "targets", [getattr(statement, "target", None)])
            is_binding = isinstance(statement, ast.Assign | ast.AnnAssign)
            names = {
                node.id
                for target in (targets if is_binding else ())
                for node in ast.walk(target)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
        for name in names:
            found.setdefault(name, []).append(statement)
    return found


def code_cells(notebook: NotebookNode) -> list[tuple]:
    """The code cells of a notebook: (place among all cells, cell, its definitions)."""
    cells = enumerate(notebook.cells)
    return [
        (place, cell, definitions(cell.source)) for place, cell in cells if cell.cell_type == "code"
    ]


@functools.lru_cache
def cells_of_file(path: Path, changed: int) -> list[tuple]:
    """`code_cells` of a file, read once for each time of its last change, in ns."""
    return code_cells(nbformat.read(path, as_version=4))


def cell_defining(where: Path | NotebookNode, name: str) -> NotebookNode:
    """The one code cell of a notebook that defines a function, class or variable at its top level.

    A name that no cell defines may be one that a single cell imports. where: a day's folder, a
    notebook's file, or a notebook that was read. LookupError, in one sentence, if there is no such
    cell (with names near to it), or several.
    """
    if isinstance(where, Path):
        path = notebook_path(where) if where.is_dir() else where
        cells, title = cells_of_file(path, path.stat().st_mtime_ns), path.name
    else:
        cells, title = code_cells(where), "the notebook"
    found = [(place, cell, names[name]) for place, cell, names in cells if name in names]
    if any(not is_import(statements[0]) for *_, statements in found):
        found = [row for row in found if not is_import(row[2][0])]
    if not found:
        known = sorted({name for *_, names in cells for name in names})
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f" Near it: {', '.join(near)}." if near else ""
        raise LookupError(f"{title}: no code cell defines {name} at its top level.{hint}")
    if len(found) > 1:
        places = " and ".join(f"{cell.get('id', '?')} (cell {place})" for place, cell, _ in found)
        raise LookupError(
            f"{title}: {len(found)} cells define {name}: {places}. Name what only one defines."
        )
    return copy.deepcopy(found[0][1])


def cell_after(where: Path, name: str) -> NotebookNode:
    """The next code cell after the one that defines the name in a day's folder: for a cell that
    only checks.

    LookupError: as for `cell_defining`, or if none follows.
    """
    notebook = read_notebook(where)
    place = notebook.cells.index(cell_defining(where, name))
    for cell in notebook.cells[place + 1 :]:
        if cell.cell_type == "code":
            return cell
    raise LookupError(
        f"{notebook_path(where).name}: no code cell follows the one that defines {name}."
    )


def definition(where: Path | NotebookNode, name: str) -> str:
    """The source of a function, class or variable alone, decorators included, without the rest of
    its cell.

    where, LookupError: as for `cell_defining`. Also if the cell binds the name more than once.
    """
    source = cell_defining(where, name).source
    statements = definitions(source)[name]
    if len(statements) > 1:
        raise LookupError(
            f"{name} is bound {len(statements)} times in its cell: its one definition cannot "
            f"be told."
        )
    (statement,) = statements
    first = min(
        [statement.lineno, *(node.lineno for node in getattr(statement, "decorator_list", ()))]
    )
    return "\n".join(source.splitlines()[first - 1 : statement.end_lineno]) + "\n"


def beginning(source: str, end: str) -> str:
    """A cell's source before the first place where the text `end` stands. LookupError if it does
    not stand there."""
    before, found, _ = source.partition(end)
    if not found:
        raise LookupError(f"The cell that begins with {source[:60]!r} does not hold {end!r}.")
    return before


def printed(cell: NotebookNode) -> str:
    """What a code cell printed to stdout when it was saved."""
    return "".join(
        output.text
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )
