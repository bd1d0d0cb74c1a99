"""The pattern of a play cell in CONTRIBUTING.md: what is saved of it, and what strict runs see."""

import re

import nbformat

from lessons import ROOT

LESSON = ROOT / "tests" / "fixtures" / "day00_line" / "line.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"
IMPORTS = """import ipywidgets as widgets
import matplotlib.pyplot as plt
from IPython.display import display

plt.rcdefaults()"""
FIGURE = """def draw_line(slope):
    figure, axes = plt.subplots(figsize=(2, 2))
    axes.plot([0, 1], [0, slope])
    return figure"""


def pattern() -> str:
    """The play cell of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Play\n")[2]
    return re.search(r"```python\n(.+?)```", text, re.DOTALL)[1].strip()


def kinds(cell) -> list[set[str]]:
    """The kinds of content of each output of a cell, text that is printed apart."""
    return [set(output.data) for output in cell.outputs if output.get("data")]


def test_the_fixture_plays_by_the_pattern_and_saves_the_still_picture_alone():
    cells = nbformat.read(LESSON, as_version=4).cells
    plays = [cell for cell in cells if "play" in cell.metadata.get("tags", [])]
    assert [cell.source.startswith(pattern() + "\n") for cell in plays] == [True]
    assert kinds(plays[0]) == [{"image/png", "text/plain"}]


def test_a_strict_run_compares_nothing_of_a_slider_that_is_drawn_at_random(mini):
    """Saved with the slider, as JupyterLab does, or without it; a missing caption is refused."""
    mini.write(IMPORTS, FIGURE, pattern() + '\nprint("caption")')
    assert mini.refresh().returncode == 0
    notebook = mini.read()
    play = notebook.cells[2]
    assert "widgets" not in notebook.metadata
    still = [output for output in play.outputs if "image/png" in output.get("data", {})]
    printed = [output for output in play.outputs if output.output_type == "stream"]
    slider = nbformat.v4.new_output("display_data", {WIDGET: {"model_id": "of another run"}})
    saved = {"alone": [*still, *printed], "with": [slider, *still, *printed], "silent": still}
    for name, play.outputs in saved.items():
        nbformat.write(notebook, mini.path.with_name(f"{name}.ipynb"))
    mini.path.unlink()
    said = mini.pytest().stdout
    assert len(still) == 1
    assert re.findall(r"^FAILED day01_toy/(\w+).ipynb::Cell (\d)", said, re.MULTILINE) == [
        ("silent", "2")
    ], said[-2000:]
    assert re.search(r"\b1 failed, 8 passed", said)
