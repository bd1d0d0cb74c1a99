"""Write tools/exercises.json: the exercises of each day, each with a fingerprint of its set-up,
stub and check.

    python tools/exercises.py            done by `make refresh` as well

`make progress` knows by it which exercises a learner has not touched, without running anything.
"""

import json
import re

from nbformat import NotebookNode

from lessons import DAYS, ROOT, read_notebook, sources
from saved_cells import code_cells, exercise_cells, fingerprint

PATH = ROOT / "tools" / "exercises.json"


def fingerprints(notebook: NotebookNode) -> dict[str, str]:
    """The exercises of a notebook, in order, each with its fingerprint."""
    cells = code_cells(notebook)
    stubs = "\n".join(sources(notebook, "exercise"))
    names = re.findall(r"^(?:def|class) (\w+)", stubs, re.M)
    return {
        name: fingerprint(cells[k].source for k in exercise_cells(cells, name)) for name in names
    }


def found() -> dict[str, dict[str, str]]:
    """Day, exercise, fingerprint, as the notebooks have them."""
    return {folder.name: fingerprints(read_notebook(folder)) for folder in DAYS}


def write() -> None:
    PATH.write_text(json.dumps(found(), indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
