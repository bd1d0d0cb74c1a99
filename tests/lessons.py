"""Where the lessons are, and how to read their notebooks. Shared by the tests."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
TOPICS = ["perceptron", "tensors", "activations", "backprop", "optimizers", "losses", "architectures", "regularization",
          "cnn", "rnn", "lstm_gru", "transfer", "generative", "transformers", "deployment"]
NAMES = [f"day{number:02d}_{topic}" for number, topic in enumerate(TOPICS, start=1)]
DAYS = sorted(folder for folder in ROOT.glob("day[0-9][0-9]_*") if folder.is_dir())


def day_number(folder: Path) -> int:
    return int(re.match(r"day(\d\d)_", folder.name)[1])


def notebook_path(folder: Path) -> Path:
    """The one notebook of a day's folder, whether it exists or not: day05_optimizers/optimizers.ipynb."""
    return folder / f"{folder.name.partition('_')[2]}.ipynb"


def read_notebook(folder: Path):
    return nbformat.read(notebook_path(folder), as_version=4)


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def sources(notebook, tag: str) -> list[str]:
    """Sources of the code cells with a tag, in order."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and tag in tags(cell)]


def printed(cell) -> str:
    """What a code cell printed to stdout when it was saved."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")
