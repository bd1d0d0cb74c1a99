"""`make progress`: what it says of a learner's notebooks is what JupyterLab shows, whatever the
learner has done to them."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

import exercises
import learners
import saved_cells
from lessons import (
    DAYS,
    EXERCISES,
    ROOT,
    cell_defining,
    definitions,
    notebook_path,
    read_notebook,
    sources,
    tags,
)
from verdicts import Kind, Verdict

SETUP = sources(read_notebook(DAYS[0]), "setup")
LESSON = learners.small_lesson(SETUP[0], cell_defining(DAYS[0], "attempt").source)

CELLS = saved_cells.code_cells(LESSON)
SHIPPED = {
    name: saved_cells.fingerprint(CELLS[k].source for k in saved_cells.exercise_cells(CELLS, name))
    for name in learners.EXERCISES
}


def judged(folders, exercises=SHIPPED, seconds=60.0) -> dict[str, dict[str, str]]:
    """What progress says of the notebooks in these folders: folder, exercise, line."""
    command = [
        sys.executable,
        ROOT / "tests" / "judge_folders.py",
        str(seconds),
        json.dumps(exercises),
        *map(str, folders),
    ]
    paths = os.pathsep.join([str(ROOT / "tools"), os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        encoding="utf-8",
        timeout=500,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def made(folder, change, name="day01_small"):
    """A day's folder with the small lesson, changed."""
    (folder / name).mkdir(parents=True)
    desk = learners.Desk(copy.deepcopy(LESSON), folder / name)
    change(desk)
    nbformat.write(desk.notebook, notebook_path(folder / name))
    return folder / name


def said_by_a_kernel(folder) -> dict[str, str]:
    """The truth: each cell run in a kernel, one after the other; what stands below the last check
    of each exercise.

    "✗" alone where an error stands there, "" where the check is gone or says nothing.
    """
    notebook = nbformat.read(notebook_path(folder), as_version=4)
    NotebookClient(
        notebook,
        timeout=100,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    found = dict.fromkeys(learners.EXERCISES, "")
    for cell in notebook.cells:
        for name in found:
            if cell.cell_type == "code" and re.search(
                rf"attempt\(check_{name}, (?!{name}_solution)", cell.source
            ):
                text = "".join(
                    output.get("text", "")
                    for output in cell.outputs
                    if output.get("name") == "stdout"
                )
                lines = [
                    line
                    for line in re.findall(r"^[✓✗…] .*$", text, re.M)
                    if f"{name}_solution" not in line
                ]
                failed = any(output.output_type == "error" for output in cell.outputs)
                found[name] = "✗" if failed else lines[-1] if lines else ""
    return found


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """For each scenario its folder's name, what progress says and what a kernel says."""
    place = tmp_path_factory.mktemp("learners")
    folders = {
        name: made(place / name / "progress", change) for name, change in learners.MARKS.items()
    }
    twins = {name: made(place / name / "kernel", change) for name, change in learners.MARKS.items()}
    said = judged(folders.values())
    return {name: (folders[name], said[str(folders[name])], twins[name]) for name in folders}


def test_there_are_enough_notebooks():
    assert len(learners.MARKS) >= 40


@pytest.mark.parametrize("name", learners.MARKS)
def test_progress_says_what_jupyterlab_shows(verdicts, name):
    _, said, twin = verdicts[name]
    truth = said_by_a_kernel(twin)
    assert list(said) == list(learners.EXERCISES)
    for exercise, line in truth.items():
        if len(line) > 1:
            assert said[exercise] == line
        else:  # an error, or no check: progress says in a sentence why
            assert re.match(rf"✗ {exercise}: .{{15,}}", said[exercise]), said[exercise]


@pytest.mark.parametrize(
    "name, ran",
    [
        ("all_solved", False),
        ("helper_above_the_whole_section", False),
        ("a_function_that_needs_no_data", False),
        ("scratch_with_results_of_the_lesson", False),
        ("result_of_the_long_cell", True),
        ("functions_of_the_lesson", True),
    ],
)
def test_a_long_cell_of_the_lesson_runs_only_for_an_answer_that_uses_it(verdicts, name, ran):
    assert (verdicts[name][0] / "trained.log").exists() == ran


@pytest.mark.parametrize(
    "name, exercise, line",
    [
        ("syntax_error", "double", "✗ double: line 1 of the cell is not Python: expected ':'"),
        ("other_name", "double", "✗ double: the cell for your answer is gone from the notebook"),
        (
            "answer_deleted",
            "double",
            "✗ double: the cell for your answer is gone from the notebook",
        ),
        ("answer_cell_that_exits", "double", "✗ double: the cell stopped with SystemExit: 3"),
        ("check_deleted", "totals", "✗ totals: its check is gone from the notebook"),
        (
            "call_in_the_check_deleted",
            "totals",
            "✗ totals: its check says nothing; was it changed?",
        ),
        ("bare_assert", "double", "✗ double: an assert of your own failed: assert x < 0"),
    ],
)
def test_sentence(verdicts, name, exercise, line):
    assert verdicts[name][1][exercise] == line


def test_what_is_printed_is_never_a_verdict(tmp_path):
    """Beside a call of attempt() in the same cell, instead of one, and with an attempt() that only
    prints."""

    def after_the_call(desk):
        desk.write("double", "def double(x):\n    return x * x")
        desk.write(
            "checkdouble",
            desk.cell("checkdouble").source + "\nprint('✓ double: every check passes')",
        )

    def instead_of_the_call(desk):
        desk.write(
            "checkdouble",
            desk.cell("checkdouble").source.replace("attempt(check", "if 0: attempt(check")
            + "\nprint('✓ double: every check passes')",
        )

    def before_an_error(desk):
        desk.write(
            "checkdouble",
            "print('✓ double: every check passes')\n1 / 0\n" + desk.cell("checkdouble").source,
        )

    def old(change):
        def both(desk):
            learners.with_the_old_attempt(desk)
            change(desk)

        return both

    def old_in_one_cell(desk):
        after_the_call(desk)
        desk.write(
            "checkdouble",
            learners.OLD_ATTEMPT
            + "\n\n"
            + desk.cell("checkdouble").source.replace("import attempt\n", ""),
        )

    changes = [after_the_call, instead_of_the_call, before_an_error]
    changes += [*map(old, changes), old_in_one_cell]
    said = judged([made(tmp_path / str(k), change) for k, change in enumerate(changes)])
    squared, silent = (
        "✗ double: you squared it",
        "✗ double: its check says nothing; was it changed?",
    )
    stopped = "✗ double: the cell stopped with ZeroDivisionError: division by zero"
    lines = [found["double"] for found in said.values()]
    assert lines == [squared, silent, stopped, squared, silent, stopped, squared]


def test_a_verdict_knows_what_it_is_said_of():
    line = "✗ double: ✓ double: every check passes"
    found = Verdict.recorded("double", line)
    assert (
        found == Verdict("double", Kind.WRONG, "✓ double: every check passes")
        and str(found) == line
    )
    assert Verdict.recorded("double", "✓ double_solution: every check passes").of_solution
    with pytest.raises(ValueError, match="is not a valid Kind"):
        Verdict.recorded("double", "done")


def test_what_stops_python_or_never_ends_is_charged_to_its_own_exercise(tmp_path):
    def loop(desk):
        desk.solve("totals", "Stack")
        desk.write("double", "def double(x):\n    while True: pass")

    def loop_at_the_top(desk):
        desk.solve("totals", "Stack")
        desk.write("double", "while True: print('x' * 1000)")

    def loop_in_a_scratch_cell(desk):
        desk.solve()
        desk.add("while True: pass", before="double")

    def ends_python(desk):
        desk.solve("double", "Stack")
        desk.write("totals", "import os\n\ndef totals(X):\n    os._exit(0)")

    def ends_python_in_a_scratch_cell(desk):
        desk.solve()
        desk.add("import os\nos._exit(1)", before="totals")

    def exits_the_shell(desk):
        desk.solve()
        desk.add("exit", before="totals")
        desk.add("quit()", before="Stack")

    changes = [
        loop,
        loop_at_the_top,
        loop_in_a_scratch_cell,
        ends_python,
        ends_python_in_a_scratch_cell,
        exits_the_shell,
    ]
    folders = [made(tmp_path / change.__name__, change) for change in changes]
    said = [list(lines.values()) for lines in judged(folders, seconds=3).values()]
    endless, fine = (
        "✗ double: no verdict after 3 seconds; is there an endless loop?",
        [f"✓ {name}: every check passes" for name in learners.EXERCISES],
    )
    assert said[0] == said[1] == [endless, *fine[1:]]
    assert said[2] == said[4] == said[5] == fine
    assert said[3] == [fine[0], "✗ totals: Python itself ended while this cell ran", fine[2]]


def test_lost_files_are_named_for_each_exercise(tmp_path):
    broken, empty = made(tmp_path / "a", lambda desk: None), made(tmp_path / "b", lambda desk: None)
    notebook_path(broken).write_text("{", encoding="utf-8")
    notebook_path(empty).unlink()
    assert list(judged([broken, empty]).values()) == [
        {
            name: f"✗ {name}: small.ipynb is not a notebook that can be read"
            for name in learners.EXERCISES
        },
        {name: f"✗ {name}: small.ipynb is missing" for name in learners.EXERCISES},
    ]


def test_a_set_up_cell_that_stops_is_named(tmp_path):
    def change(desk):
        desk.solve()
        desk.write("01", "raise SystemExit('The data package x is missing.')")

    (lines,) = judged([made(tmp_path, change)]).values()
    assert lines["totals"] in (
        "✓ totals: every check passes",
        "✗ totals: a set-up cell stopped with SystemExit: The data package x is missing.",
    )

    def uses_np(desk):
        change(desk)
        desk.write("totals", "z = np.zeros(3)\n" + learners.SOLVED["totals"])

    (lines,) = judged([made(tmp_path / "b", uses_np)]).values()
    assert (
        lines["totals"]
        == "✗ totals: a set-up cell stopped with SystemExit: The data package x is missing."
    )


def test_the_list_of_exercises_is_that_of_the_notebooks():
    assert exercises.found() == EXERCISES, "python tools/exercises.py"
    assert [len(names) for names in EXERCISES.values()] == [3] * len(DAYS)


def test_nothing_that_was_touched_counts_as_untouched():
    """A working answer that still ends with the stub's last line, a check that was changed, a cell
    that speaks of it."""
    assert all(saved_cells.untouched(CELLS, name, SHIPPED[name]) for name in SHIPPED)

    def touched(change):
        desk = learners.Desk(copy.deepcopy(LESSON), None)
        change(desk)
        return not saved_cells.untouched(
            saved_cells.code_cells(desk.notebook), "double", SHIPPED["double"]
        )

    for change in (
        lambda desk: desk.write(
            "double", "def double(x):\n    return 2 * x\n    raise NotImplementedError"
        ),
        lambda desk: desk.write("double", "@fixed\n" + learners.STUBS["double"]),
        lambda desk: desk.write(
            "checkdouble", desk.cell("checkdouble").source.replace("assert", "pass #")
        ),
        lambda desk: desk.delete("06"),
        lambda desk: desk.add("double.__code__ = twice.__code__", before="checkdouble"),
        lambda desk: desk.add("exec('x = 1')"),
        lambda desk: desk.delete("checkdouble"),
    ):
        assert touched(change)
    assert not touched(lambda desk: desk.add("print(X_lesson)")) and not touched(
        lambda desk: desk.write("totals", "pass")
    )


def progress_in(course, *arguments):
    return subprocess.run(
        [sys.executable, course / "tools" / "progress.py", *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def test_the_course_as_it_is_runs_nothing(monkeypatch):
    import learner_shell
    import progress

    monkeypatch.setattr(learner_shell, "Shell", None)
    for folder in DAYS:
        lines = progress.Judge(folder, EXERCISES[folder.name]).verdicts()
        assert list(map(str, lines.values())) == [
            f"… {name}: not attempted yet" for name in EXERCISES[folder.name]
        ], folder.name
    result = progress_in(ROOT)
    assert result.returncode == 0 and "0 of 45 solved, 0 wrong, 45 untouched." in result.stdout, (
        result.stdout + result.stderr
    )
    assert "Day  1  perceptron     … neuron_answers   … xor_weights   … pocket\n" in result.stdout


def test_all_days_solved_by_their_solutions(tmp_path):
    """In a copy of the course; one answer is wrong."""
    course = tmp_path / "course of mine"
    for source in [
        *(ROOT / "tests").glob("*.py"),
        *(ROOT / "tools").glob("*.py"),
        ROOT / "tools" / "exercises.json",
        ROOT / "tools" / "sanitize.cfg",
    ]:
        target = course / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    for folder in DAYS:
        notebook, answers = read_notebook(folder), sources(read_notebook(folder), "solution")
        for cell in notebook.cells:
            if "exercise" in tags(cell):
                cell.source = answers.pop(0).rpartition("attempt(")[0].replace("_solution", "")
                if "pocket" in definitions(cell.source):
                    cell.source = "def pocket(X, y, epochs):\n    return None"
        (course / folder.name).mkdir()
        nbformat.write(notebook, notebook_path(course / folder.name))
    shutil.copytree(
        course / "day01_perceptron", course / "day01_perceptron copy"
    )  # as a learner copies a day
    before = {path: path.read_bytes() for path in course.rglob("*.ipynb")}
    result = progress_in(course)
    assert result.returncode == 0 and "44 of 45 solved, 1 wrong, 0 untouched." in result.stdout, (
        result.stdout + result.stderr
    )
    assert "✓ neuron_answers   ✓ xor_weights   ✗ pocket\n        ✗ pocket: " in result.stdout
    assert {path: path.read_bytes() for path in course.rglob("*.ipynb")} == before
    one = progress_in(course, "day03_activations/")
    assert "3 of 3 solved" in one.stdout
    none = progress_in(course, "day99")
    assert (
        none.returncode == 2
        and "There is no notebook in 'day99'. The days here: day01_perceptron" in none.stdout
    )
