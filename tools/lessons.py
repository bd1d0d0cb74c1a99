"""Where the lessons are, and how to read their notebooks. Shared by the tests."""

import json
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
TOPICS = ["perceptron", "tensors", "activations", "backprop", "optimizers", "losses", "architectures", "regularization",
          "cnn", "rnn", "lstm_gru", "transfer", "generative", "transformers", "deployment"]
NAMES = [f"day{number:02d}_{topic}" for number, topic in enumerate(TOPICS, start=1)]
# The three exercises of each day, by name, with a fingerprint of their cells: known also where a learner's notebook has
# lost them. Made by tools/exercises.py.
EXERCISES = json.loads((Path(__file__).parent / "exercises.json").read_text(encoding="utf-8"))
DAYS = [ROOT / name for name in NAMES if (ROOT / name).is_dir()]       # not a copy that a learner has made beside one


def day_number(folder: Path) -> int:
    return int(re.match(r"day(\d\d)_", folder.name)[1])


def notebook_path(folder: Path) -> Path:
    """The one notebook of a day's folder, whether it exists or not: day05_optimizers/optimizers.ipynb."""
    return folder / f"{folder.name.partition('_')[2]}.ipynb"


def read_notebook(folder: Path):
    return nbformat.read(notebook_path(folder), as_version=4)


def edition(notebook) -> int:
    """The edition whose rules a notebook keeps: 2 if its metadata say so, else 1."""
    return 2 if notebook.metadata.get("dl15") == {"edition": 2} else 1


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def sources(notebook, tag: str) -> list[str]:
    """Sources of the code cells with a tag, in order."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and tag in tags(cell)]


def printed(cell) -> str:
    """What a code cell printed to stdout when it was saved."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")
