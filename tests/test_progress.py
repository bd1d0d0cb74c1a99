"""`make progress`: what it says of a learner's notebooks, whatever the learner has done to them."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import progress
from lessons import DAYS, read_notebook, sources, tags

SETUP = sources(read_notebook(DAYS[0]), "setup")[-1]                # Day 1's attempt()
CHECK = '''def check_double(answer):
    assert answer(3) != 9, "you squared it"
    assert answer(3) == 6, "three doubled is six"

attempt(check_double, double)'''
STUB = 'def double(x):\n    """Twice x."""\n    raise NotImplementedError'


@pytest.fixture(scope="module")
def worker():
    worker = progress.Worker()
    yield worker
    worker.stop()


@pytest.fixture
def said(tmp_path, worker):
    """A function: what progress says of a notebook with these cells, given as (tag, source)."""
    def say(*cells, setup=SETUP):
        (tmp_path / "day01_small").mkdir(exist_ok=True)
        notebook = new_notebook(cells=[new_code_cell(source, metadata={"tags": [tag] if tag else []}) for tag, source in (("setup", setup), *cells)])
        nbformat.write(notebook, tmp_path / "day01_small" / "small.ipynb")
        return progress.verdicts(tmp_path / "day01_small", worker)
    return say


def test_course_as_it_is_has_only_untouched_exercises_and_runs_nothing():
    class Nobody:
        def ask(self, *_):
            raise AssertionError("a stub was run")
    for folder in DAYS:
        assert [line[0] for line in progress.verdicts(folder, Nobody())] == ["…"] * 3


@pytest.mark.parametrize("answer, verdict", [
    ("def double(x):\n    return 2 * x", "✓ double: every check passes"),
    ("def double(x):\n    return x * x", "✗ double: you squared it"),
    ("def double(x):\n    return 5", "✗ double: three doubled is six"),
    ("def double(x):\n    y = 2 * x\n    raise NotImplementedError", "… double: not attempted yet"),
    ("def double(x)\n    return 2 * x", "✗ double: line 1 of the cell is not Python: expected ':'"),
    ("def twice(x):\n    return 2 * x", "✗ double: the cell stopped with NameError: name 'double' is not defined"),
    ("def double(x):\n    return y", "✗ double: your code stopped with NameError: name 'y' is not defined"),
    ("raise SystemExit(3)", "✗ double: the cell stopped with SystemExit: 3"),
    ("print('✓ cheat')\ndouble = 5", "✗ your answer: your code stopped with TypeError: 'int' object is not callable"),
    ("import os\nos._exit(0)", "✗ double: Python itself ended while this cell ran"),
])
def test_verdict(said, answer, verdict):
    assert said(("exercise", answer), ("check", CHECK)) == [verdict]


def test_endless_loop_is_stopped_and_the_next_exercise_is_judged(said, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS", 1.5)
    other = CHECK.replace("double", "two")
    lines = said(("exercise", "def double(x):\n    while True: pass"), ("check", CHECK), ("exercise", "def two(x):\n    return 2 * x"), ("check", other))
    assert lines[0].startswith("✗ double: no verdict after 1.5 seconds") and lines[1] == "✓ two: every check passes"


def test_own_cells_among_the_exercises_are_run_and_those_of_the_lesson_are_not(said):
    lines = said(("", "raise RuntimeError('hours of training')"), ("exercise", STUB), ("check", CHECK), ("solution", "raise RuntimeError"), ("", "factor = 2"),
                 ("exercise", "def two(x):\n    return factor * x"), ("check", CHECK.replace("double", "two")))
    assert lines == ["… double: not attempted yet", "✓ two: every check passes"]


def test_lost_cells_and_files_are_named(said, tmp_path, worker):
    assert said(("check", CHECK)) == ["✗ double: the cell for your answer is gone from the notebook"]
    assert said(("exercise", STUB + "\n"), ("check", "def check_double(answer):\n    pass")) == ["… double: not attempted yet"]
    assert said(("exercise", "def double(x): return 1"), ("check", "def check_double(answer):\n    pass")) == ["✗ double: its check says nothing; was it changed?"]
    (line,) = said(("exercise", "double = 5"), ("check", CHECK), setup="raise SystemExit('The data package x is missing.')")
    assert line == "✗ a set-up cell stopped with SystemExit: The data package x is missing."
    (tmp_path / "day01_small" / "small.ipynb").write_text("{", encoding="utf-8")
    assert progress.verdicts(tmp_path / "day01_small", worker) == ["✗ small.ipynb is not a notebook that can be read"]
    (tmp_path / "day01_small" / "small.ipynb").unlink()
    assert progress.verdicts(tmp_path / "day01_small", worker) == ["✗ small.ipynb is missing"]


def test_a_real_day_solved_by_its_solutions(tmp_path, worker, capsys, monkeypatch):
    folder = DAYS[0]
    notebook, name, answers = read_notebook(folder), folder.name, sources(read_notebook(folder), "solution")
    for cell in notebook.cells:
        if "exercise" in tags(cell):
            definition = answers.pop(0).rpartition("attempt(")[0]
            cell.source = definition.replace("_solution", "")
    (tmp_path / name).mkdir()
    nbformat.write(notebook, tmp_path / name / "perceptron.ipynb")
    monkeypatch.setattr(progress, "DAYS", [tmp_path / name])
    monkeypatch.setattr("sys.stdout.reconfigure", lambda **_: None, raising=False)
    assert progress.main([f"{name}/"]) == 0
    text = capsys.readouterr().out
    assert "perceptron     ✓ ✓ ✓" in text and "3 of 3 solved, 0 wrong, 0 untouched." in text
    assert progress.main(["day99"]) == 2 and "There is no day99" in capsys.readouterr().out
