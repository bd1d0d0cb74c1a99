"""The small lesson in the second edition's form, done by a learner: what `make progress` says of
it untouched, solved and answered wrongly."""

import shutil

import nbformat

import exercises
from lessons import ROOT, notebook_path, read_notebook, sources, tags
from test_progress import judged

FIXTURE = ROOT / "tests" / "fixtures" / "day00_line"
WRONG = {
    "mean_absolute_error": "def mean_absolute_error(slope, intercept, x, y):\n"
    "    return np.sum(np.abs(slope * x + intercept - y))",
    "one_step": "def one_step(slope, intercept, x, y, rate):\n"
    "    errors = slope * x + intercept - y\n"
    "    return slope + rate * 2 * np.mean(errors * x), intercept + rate * 2 * np.mean(errors)",
    "largest_rate": "def largest_rate(x):\n    return 2 / np.mean(x ** 2)",
}
HINTS = {
    "mean_absolute_error": "divide by the number of points",
    "one_step": "turn the sign",
    "largest_rate": "a factor 2",
}


def answered(place, answers):
    """A copy of the fixture in `place`, with these answers in the stubs' cells, in order."""
    folder = shutil.copytree(FIXTURE, place / FIXTURE.name)
    notebook = read_notebook(folder)
    left = list(answers)
    for cell in notebook.cells:
        if "exercise" in tags(cell) and left:
            cell.source = left.pop(0)
    nbformat.write(notebook, notebook_path(folder))
    return folder


def test_progress_knows_a_second_edition_lesson_untouched_solved_and_wrong(tmp_path):
    notebook = read_notebook(FIXTURE)
    known = exercises.fingerprints(notebook)
    assert list(known) == list(WRONG)
    solved = [
        source.rpartition("attempt(")[0].replace("_solution", "")
        for source in sources(notebook, "solution")
    ]
    folders = [
        answered(tmp_path / "untouched", []),
        answered(tmp_path / "solved", solved),
        answered(tmp_path / "wrong", WRONG.values()),
    ]
    said = judged(folders, known)
    untouched, right, wrong = (said[str(folder)] for folder in folders)
    assert untouched == {name: f"… {name}: not attempted yet" for name in known}
    assert right == {name: f"✓ {name}: every check passes" for name in known}
    for name in known:
        assert wrong[name].startswith(f"✗ {name}: "), wrong
        assert HINTS[name] in wrong[name], wrong[name]
