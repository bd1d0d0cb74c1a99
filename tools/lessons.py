"""Where the lessons are, and how to read their notebooks. Shared by the tests."""

import json
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
TOPICS = ["perceptron", "tensors", "activations", "backprop", "optimizers", "losses", "architectures", "regularization",
          "cnn", "rnn", "lstm_gru", "transfer", "generative", "transformers", "deployment"]
NAMES = [f"day{number:02d}_{topic}" for number, topic in enumerate(TOPICS, start=1)]
# The three exercises of each day, by name, with a fingerprint of their cells: known also where a learner's notebook has
# lost them. Made by tools/exercises.py.
EXERCISES = json.loads((Path(__file__).parent / "exercises.json").read_text(encoding="utf-8"))
ROLES = ("setup", "proof", "figure", "play", "exercise", "check", "solution", "scoreboard")
# What a markdown cell contains after which the next cell's output is folded.
QUESTION = re.compile(r"\*\*(?:Guess first|Try it):\*\*")
MAX_OPEN_FIGURE_LINES = 10
# As nbval reads its file: pairs of a regular expression and what stands for it.
SANITIZE_FILE = Path(__file__).resolve().parent / "sanitize.cfg"
SANITIZE = re.findall(r"^regex: (.*)$\n^replace: (.*)$", SANITIZE_FILE.read_text("utf-8"), re.M)
DAYS = [ROOT / name for name in NAMES if (ROOT / name).is_dir()]       # not a copy that a learner has made beside one


def day_number(folder: Path) -> int:
    return int(re.match(r"day(\d\d)_", folder.name)[1])


def notebook_path(folder: Path) -> Path:
    """The one notebook of a day's folder, whether it exists or not: day05_optimizers/optimizers.ipynb."""
    return folder / f"{folder.name.partition('_')[2]}.ipynb"


def read_notebook(folder: Path):
    return nbformat.read(notebook_path(folder), as_version=4)


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def edition(notebook: NotebookNode) -> int:
    """2 if the notebook says in its metadata that it is of the second edition, else 1."""
    return 2 if notebook.metadata.get("dl15") == {"edition": 2} else 1


def roles(cell: NotebookNode) -> set[str]:
    """The tags of a cell that name a role of it (ROLES). A plain cell of the reader's path has none."""
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


def sources(notebook, tag: str) -> list[str]:
    """Sources of the code cells with a tag, in order."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and tag in tags(cell)]


def printed(cell) -> str:
    """What a code cell printed to stdout when it was saved."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")
