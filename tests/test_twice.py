"""A cell that is run twice, as learners do, does not fail the second time, nor the cells after it.

All fifteen notebooks were run so. What failed then is kept here: a comparison that hung on the
state of a shared generator (Day 4), and names that were taken out of a dictionary for good (Day
12). Day 15's cells, which start and stop servers, take three minutes twice: `python
tests/test_twice.py day15_deployment`, or any other day.
"""

import copy
import sys

import pytest
from nbclient import NotebookClient

from lessons import ROOT, cell_defining, read_notebook, tags


def failures(folder, until: str = "") -> list[str]:
    """What fails in a day's notebook if each code cell is run twice in a row: all of it, or until
    the cell that defines this name."""
    notebook, twice = read_notebook(folder), []
    last = cell_defining(folder, until) if until else None
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and not {"exercise", "check", "solution"} & set(tags(cell)):
            for run in "ab":
                twice.append(copy.deepcopy(cell))
                twice[-1]["id"] = f"run-{number}-{run}"
            if cell == last:
                break
    notebook.cells = twice
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return [
        f"{cell.id}: {output.ename}: {output.evalue[:200]}"
        for cell in twice
        for output in cell.outputs
        if output.output_type == "error"
    ]


def test_day_4_up_to_its_forward_mode():
    assert not failures(ROOT / "day04_backprop", "forward_mode")


def test_day_12_counts_its_mistakes_twice(capsys):
    cell = cell_defining(ROOT / "day12_transfer", "worst")
    names = {
        "from_start": {"as in pre-training": [0.9], "black on white": [0.2]},
        "later": {"as in pre-training": [0.9], "black on white": [0.1]},
    }
    for _ in range(2):
        exec(cell.source, names)
        assert "each costs at least fifty: True" in capsys.readouterr().out
    names["later"]["black on white"] = [0.8]
    with pytest.raises(AssertionError):
        exec(cell.source, names)


if __name__ == "__main__":
    print("\n".join(failures(ROOT / sys.argv[1])) or "each cell can be run twice")
