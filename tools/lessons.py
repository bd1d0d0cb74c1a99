"""Where the lessons are, and how to read their notebooks. Shared by the tests."""

import json
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
    return int(folder.name.removeprefix("day").partition("_")[0])


def notebook_path(folder: Path) -> Path:
    """The one notebook of a day's folder, whether it exists or not: day05_optimizers/optimizers.ipynb."""
    return folder / f"{folder.name.partition('_')[2]}.ipynb"


def read_notebook(folder: Path) -> nbformat.NotebookNode:
    return nbformat.read(notebook_path(folder), as_version=4)


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def sources(notebook: nbformat.NotebookNode, tag: str) -> list[str]:
    """Sources of the code cells with a tag, in order."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and tag in tags(cell)]


def printed(cell: nbformat.NotebookNode) -> str:
    """What a code cell printed to stdout when it was saved."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")
