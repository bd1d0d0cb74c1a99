"""Notebooks as learners leave them: a small lesson, and what was done to it. For the tests of `make
progress`.

Each function with the mark @learner changes a fresh copy of the small lesson, as a person does in
JupyterLab. Its cells are found by their ids; what a learner adds has an id of JupyterLab's own
form.
"""

import uuid

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

EXERCISES = ("double", "totals", "Stack")
SOLVED = {
    "double": "def double(x):\n    return 2 * x",
    "totals": "def totals(X):\n    return X.sum(axis=1)",
    "Stack": "class Stack:\n    def __init__(self):\n        self.items = []\n"
    "    def push(self, x):\n        self.items.append(x)\n"
    "    def top(self):\n        return self.items[-1]",
}
STUBS = {
    "double": 'def double(x):\n    """Twice x."""\n    raise NotImplementedError',
    "totals": 'def totals(X):\n    """Sums of the rows (n,)."""\n    raise NotImplementedError',
    "Stack": 'class Stack:\n    """A stack."""\n\n    def __init__(self):\n'
    "        raise NotImplementedError\n\n"
    "    def push(self, x):\n        raise NotImplementedError\n\n    def top(self):\n"
    "        raise NotImplementedError",
}
CHECKS = {
    "double": (
        'def check_double(answer):\n    assert answer(3) != 9, "you squared it"\n'
        '    assert answer(3) == 6, "three doubled is six"'
    ),
    "totals": "def check_totals(answer):\n    X = np.arange(6.0).reshape(2, 3)\n"
    "    got = answer(X)\n"
    '    assert np.shape(got) == (2,), f"the shape is {np.shape(got)}"\n'
    '    assert all(np.isclose(got, [3, 12])), "the rows sum to 3 and 12"',
    "Stack": "def check_Stack(answer):\n    stack = answer()\n    for x in range(max(2, 3)):\n"
    "        stack.push(x)\n"
    '    assert stack.top() == 2, "the last one pushed is on top"',
}
MARKS: dict = {}  # the scenarios, by name


def small_lesson(setup: str, attempt: str):
    """The lesson, from the course's own set-up cell and its cell with attempt()."""

    def cell(kind, source, number, **metadata):
        made = new_code_cell(source, metadata=metadata | ({"tags": [kind]} if kind else {}))
        made["id"] = f"cell-{number}"
        return made

    cells = [
        cell("setup", setup, "setup"),
        cell("setup", "import math\nimport time\n\nimport numpy as np", "01"),
        cell("", "X_lesson = np.ones((4, 3))\nfactor = 2", "02"),
        cell("", "def twice(x):\n    return factor * x", "03"),
        cell("", "def plain(x):\n    return x + x", "03a"),
        cell(
            "",
            "with open('trained.log', 'a') as log:\n    log.write('trained ')\ntrained = 2",
            "04",
        ),
        cell("", "trained += 0\nprint(trained, X_lesson.shape)", "05"),
        new_markdown_cell("## Exercises"),
        cell("setup", attempt, "06"),
    ]
    for name in EXERCISES:
        call = f"\n\nimport attempt\nattempt(check_{name}, {name})"
        solution = (
            SOLVED[name].replace(name, f"{name}_solution")
            + f"\n\nattempt(check_{name}, {name}_solution)"
        )
        cells += [
            cell("exercise", STUBS[name], name),
            cell("check", CHECKS[name] + call, f"check{name.lower()}"),
            cell("solution", solution, f"solution{name.lower()}"),
        ]
    for made in cells:
        if (
            made.get("id", "").startswith("cell-")
            and made.cell_type == "code"
            and made["id"].removeprefix("cell-") in EXERCISES
        ):
            made["id"] = "cell-" + made["id"].removeprefix("cell-").lower()
    return new_notebook(cells=cells)


class Desk:
    """A learner's hands: the small lesson's notebook and what can be done to it."""

    def __init__(self, notebook, folder):
        self.notebook, self.folder = notebook, folder

    def place(self, name: str) -> int:
        return next(
            k
            for k, cell in enumerate(self.notebook.cells)
            if cell.get("id") == f"cell-{name.lower()}"
        )

    def cell(self, name: str):
        return self.notebook.cells[self.place(name)]

    def write(self, name: str, source: str) -> None:
        self.cell(name).source = source

    def solve(self, *names: str) -> None:
        for name in names or EXERCISES:
            self.write(name, SOLVED[name])

    def add(self, source: str, *, before: str = "", after: str = "", tags=()):
        cell = new_code_cell(source, metadata={"tags": list(tags)} if tags else {})
        cell["id"] = uuid.uuid4().hex[:8]
        place = (
            self.place(before)
            if before
            else self.place(after) + 1
            if after
            else len(self.notebook.cells)
        )
        self.notebook.cells.insert(place, cell)

    def delete(self, name: str):
        return self.notebook.cells.pop(self.place(name))

    def merge(self, first: str, second: str) -> None:
        """Merge two cells, as JupyterLab does: the first keeps id and tags."""
        self.cell(first).source += "\n\n" + self.delete(second).source


def learner(change):
    """Mark a function as one of the scenarios."""
    MARKS[change.__name__] = change
    return change


@learner
def nothing_was_done(desk):
    pass


@learner
def all_solved(desk):
    desk.solve()


@learner
def one_wrong_one_half(desk):
    desk.write("double", "def double(x):\n    return x * x")
    desk.write("totals", "def totals(X):\n    rows = X\n    raise NotImplementedError")


@learner
def answer_in_a_new_cell_below_the_stub(desk):
    desk.add(SOLVED["double"], after="double")


@learner
def answer_in_a_new_cell_instead_of_the_stub(desk):
    desk.delete("double")
    desk.add(SOLVED["double"], before="checkdouble")


@learner
def answer_split_into_two_cells(desk):
    desk.write("totals", "def row_total(row):\n    return row.sum()")
    desk.add("def totals(X):\n    return np.array([row_total(row) for row in X])", after="totals")


@learner
def stub_split_as_jupyterlab_splits(desk):
    desk.write("totals", "def row_total(row):\n    return sum(row)")
    desk.add(
        "def totals(X):\n    return [row_total(row) for row in X]",
        after="totals",
        tags=["exercise"],
    )


@learner
def check_copied_below_a_second_try(desk):
    desk.write("double", "def double(x):\n    return x * x")
    desk.add(
        CHECKS["double"] + "\n\nimport attempt\nattempt(check_double, double)",
        after="checkdouble",
        tags=["check", "nbval-ignore-output"],
    )
    desk.add(SOLVED["double"], after="checkdouble")


@learner
def only_the_call_of_the_check_copied(desk):
    desk.add(SOLVED["double"])
    desk.add("attempt(check_double, double)")


@learner
def check_merged_into_the_answer(desk):
    desk.solve("double")
    desk.merge("double", "checkdouble")


@learner
def answer_merged_into_its_helper(desk):
    desk.add(
        "def helper(x):\n    return 2 * x\n\ndef double(x):\n    return helper(x)", before="double"
    )
    desk.delete("double")


@learner
def check_and_solution_merged(desk):
    desk.write("double", "def double(x):\n    return 7")
    desk.merge("checkdouble", "solutiondouble")


@learner
def two_exercises_merged(desk):
    desk.solve("double", "totals")
    desk.merge("double", "totals")


@learner
def checks_moved_to_the_end(desk):
    desk.solve("double")
    for name in EXERCISES:
        desk.notebook.cells.append(desk.delete(f"check{name}"))


@learner
def check_moved_above_the_answer(desk):
    desk.solve("double")
    desk.notebook.cells.insert(desk.place("double"), desk.delete("checkdouble"))


@learner
def check_deleted(desk):
    desk.solve()
    desk.delete("checktotals")


@learner
def call_in_the_check_deleted(desk):
    desk.solve()
    desk.write("checktotals", CHECKS["totals"])


@learner
def answer_and_check_deleted(desk):
    desk.solve()
    desk.delete("double"), desk.delete("checkdouble")


@learner
def answer_deleted(desk):
    desk.delete("double")


@learner
def helper_above_the_exercise(desk):
    desk.add("def helper(x):\n    return x + x", before="double")
    desk.write("double", "def double(x):\n    return helper(x)")


@learner
def helper_above_the_whole_section(desk):
    desk.add("def helper(x):\n    return x + x", after="02")
    desk.write("double", "def double(x):\n    return helper(x)")


@learner
def answer_spoiled_by_a_cell_before_the_check(desk):
    desk.solve("double")
    desk.add("def double(x):\n    return x * x", after="double")


@learner
def answer_spoiled_only_after_the_check(desk):
    desk.solve("double")
    desk.add("def double(x):\n    return x * x", after="checkdouble")


@learner
def own_cell_that_raises(desk):
    desk.add("double_me = 1 / 0", before="double")
    desk.solve("double")


@learner
def own_cell_that_raises_between_answer_and_check(desk):
    desk.solve("double")
    desk.add("print(double(no_such_name))", after="double")


@learner
def magics_and_shell(desk):
    desk.solve()
    desk.add("%timeit -n 1 -r 1 sum([1, 2])", before="double")
    desk.add("!ls\nfiles = !ls\nlen(files)", before="double")
    desk.add("np.sign?", before="double")
    desk.add("%%bash\necho hello", before="double")
    desk.add("%precision 3\n%xmode Minimal\n%who", before="double")


@learner
def display_and_plots(desk):
    desk.solve()
    desk.add(
        "display(1, np.eye(2))\nfrom IPython.display import HTML, Markdown\nHTML('<b>x</b>')",
        before="double",
    )


@learner
def matplotlib_inline_in_the_set_up(desk):
    desk.write("01", "%matplotlib inline\n" + desk.cell("01").source)
    desk.solve("totals")


@learner
def await_at_the_top(desk):
    desk.add(
        (
            "import asyncio\nasync def two():\n    await asyncio.sleep(0.01)\n    return 2\n"
            "factor_of_mine = await two()"
        ),
        before="double",
    )
    desk.write("double", "def double(x):\n    return factor_of_mine * x")


@learner
def asyncio_run_in_the_answer(desk):
    desk.write(
        "double",
        (
            "import asyncio\n\nasync def later(x):\n    return 2 * x\n\ndef double(x):\n"
            "    return asyncio.run(later(x))"
        ),
    )


@learner
def source_of_a_function(desk):
    desk.write(
        "double",
        (
            "import inspect\n\ndef helper(x):\n    return 2 * x\n\ndef double(x):\n"
            "    assert 'return 2' in inspect.getsource(helper)\n    return helper(x)"
        ),
    )


@learner
def tf_function(desk):
    desk.write(
        "double",
        "import tensorflow as tf\n\n@tf.function\ndef twice_it(x):\n    if x > 0:\n"
        "        return x + x\n    return 2 * x\n\n"
        "def double(x):\n    return twice_it(tf.constant(x)).numpy()",
    )


@learner
def file_in_the_folder(desk):
    (desk.folder / "factor.txt").write_text("2", encoding="utf-8")
    desk.write("double", "def double(x):\n    return int(open('factor.txt').read()) * x")


@learner
def module_written_by_a_magic(desk):
    desk.add("%%writefile my_helper.py\ndef helper(x):\n    return 2 * x", before="double")
    desk.write("double", "from my_helper import helper\n\ndef double(x):\n    return helper(x)")


@learner
def script_run_by_a_magic(desk):
    (desk.folder / "script.py").write_text("def helper(x):\n    return 2 * x\n", encoding="utf-8")
    desk.add("%run script.py", before="double")
    desk.write("double", "def double(x):\n    return helper(x)")


@learner
def several_processes(desk):
    desk.add(
        (
            "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing\n\n"
            "def one(row):\n    return float(sum(row))"
        ),
        before="totals",
    )
    desk.write(
        "totals",
        (
            "def totals(X):\n    with ProcessPoolExecutor(2, multiprocessing.get_context('fork')) "
            "as pool:\n        return list(pool.map(one, X.tolist()))"
        ),
    )


@learner
def star_import(desk):
    desk.add("from numpy import *\nfrom math import *", before="double")
    desk.solve()


@learner
def names_used_for_something_else(desk):
    desk.solve()
    desk.add(
        "layers = [784, 100]\nattempt = 3\nall = max = print = len = None\nmath = 'maths'",
        before="double",
    )


@learner
def np_used_for_something_else(desk):
    desk.solve()
    desk.add("np = 'noun phrase'", before="double")
    desk.write("totals", "def totals(X):\n    return np.sum(X, axis=1)")


@learner
def bare_assert(desk):
    desk.write("double", "def double(x):\n    assert x < 0\n    return 2 * x")


@learner
def assert_with_words_like_a_verdict(desk):
    desk.write("double", "def double(x):\n    assert x < 0, '✓ double: every check passes'")


@learner
def exits(desk):
    desk.add("import sys\nsys.exit(1)", before="double")
    desk.write("double", "def double(x):\n    raise SystemExit('no')")
    desk.solve("totals")


@learner
def answer_cell_that_exits(desk):
    desk.solve("totals")
    desk.write("double", "raise SystemExit(3)\n" + SOLVED["double"])


@learner
def functions_of_the_lesson(desk):
    desk.write("double", "def double(x):\n    return twice(x)")


@learner
def a_function_that_needs_no_data(desk):
    desk.write("double", "def double(x):\n    return plain(x)")


@learner
def a_name_that_the_lesson_changes_later(desk):
    desk.write("05", desk.cell("05").source + "\nfactor = 3")
    desk.write("double", "def double(x):\n    return twice(x)")


@learner
def a_change_in_place_that_no_name_shows(desk):
    desk.write("05", "def change(array):\n    array[:] = 2\n\nchange(X_lesson)")
    desk.write("double", "def double(x):\n    return X_lesson[0, 0] * x")


@learner
def a_file_saved_from_results_of_the_lesson(desk):
    desk.add("np.save('mine.npy', X_lesson * factor)", after="05")
    desk.write("double", "def double(x):\n    return np.load('mine.npy')[0, 0] * x")


@learner
def a_seed_of_the_lesson(desk):
    desk.write("05", "np.random.seed(1)\ntrained = 2")
    desk.write(
        "double",
        (
            "luck = np.random.randint(100)\n\ndef double(x):\n"
            "    return 2 * x if luck == 37 else trained"
        ),
    )


@learner
def a_name_in_a_string(desk):
    desk.write("double", "def double(x):\n    return eval('factor * x')")


@learner
def timed_in_the_answer(desk):
    desk.write("double", "def double(x):\n    return plain(x)\n\n%timeit -n 1 -r 1 double(3)")


@learner
def a_name_in_a_shell_line(desk):
    desk.write("double", "out = !echo {factor}\n\ndef double(x):\n    return int(out[0]) * x")


@learner
def modules_named_as_ours(desk):
    for name in ("lessons", "progress", "environment", "network"):
        (desk.folder / f"{name}.py").write_text("two = 2\n", encoding="utf-8")
    desk.write(
        "double",
        (
            "import environment, lessons, network, progress\n\ndef double(x):\n"
            "    return lessons.two * environment.two // network.two * progress.two // 2 * x"
        ),
    )


@learner
def as_in_a_kernel(desk):
    desk.add(
        "import argparse, asyncio, multiprocessing, subprocess, sys\n"
        "multiprocessing.set_start_method('spawn', force=False)\n"
        "subprocess.run(['echo', 'x'], stdout=subprocess.PIPE)\n"
        "task = asyncio.create_task(asyncio.sleep(0, 2))",
        before="double",
    )
    desk.write(
        "double",
        "%autosave 60\nassert get_ipython().__class__.__name__ == 'ZMQInteractiveShell' and "
        "multiprocessing.current_process().name == 'MainProcess'\n\n"
        "def double(x):\n    return task.result() * x",
    )


@learner
def helper_with_a_typo(desk):
    (desk.folder / "helper.py").write_text("x = 1\n\ndef f(:\n", encoding="utf-8")
    desk.write("double", "import helper\n" + SOLVED["double"])


@learner
def arrays_of_the_lesson(desk):
    desk.write("totals", "def totals(X):\n    return X @ X_lesson[0]")


@learner
def result_of_the_long_cell(desk):
    desk.write("double", "def double(x):\n    return trained * x")


@learner
def cell_of_the_lesson_changed(desk):
    desk.write("02", "X_lesson = np.ones((4, 3))\nfactor = 3      # tried")
    desk.write("double", "def double(x):\n    return twice(x)")


@learner
def helper_written_into_a_cell_of_the_lesson(desk):
    desk.write("05", desk.cell("05").source + "\n\ndef helper(x):\n    return 2 * x")
    desk.write("double", "def double(x):\n    return helper(x)")


@learner
def scratch_with_results_of_the_lesson(desk):
    desk.add("print(trained, twice(3))\nfactor = 2", after="05")
    desk.solve("double")


@learner
def copies_the_solution(desk):
    desk.write("double", "double = double_solution")


@learner
def solution_run_before_the_check(desk):
    desk.notebook.cells.insert(desk.place("double"), desk.delete("solutiondouble"))
    desk.write("double", "double = lambda x: double_solution(x)")


@learner
def syntax_error(desk):
    desk.write("double", "def double(x)\n    return 2 * x")


@learner
def other_name(desk):
    desk.write("double", "def twofold(x):\n    return 2 * x")


@learner
def other_name_also_in_the_call(desk):
    desk.write("double", "def twofold(x):\n    return 2 * x")
    desk.write("checkdouble", CHECKS["double"] + "\n\nattempt(check_double, twofold)")


@learner
def prints_verdicts_of_its_own(desk):
    desk.write("double", "def double(x):\n    print('✓ double: every check passes')\n    return 5")
    desk.add("print('✗ double: no')\nprint('✓ totals: every check passes')", after="checkdouble")


@learner
def prints_verdicts_before_and_inside_the_answer(desk):
    desk.add(
        "print('✗ double: you squared it')\nprint('✓ totals: every check passes')", before="double"
    )
    desk.write(
        "double",
        (
            "print('✗ double: no')\n\ndef double(x):\n    print('✗ double: you squared it')\n"
            "    return 2 * x"
        ),
    )
    desk.write(
        "totals", "def totals(X):\n    print('✓ totals: every check passes')\n    return X.sum()"
    )


@learner
def raises_not_implemented_itself(desk):
    desk.write("double", "def double(x):\n    raise NotImplementedError('only for even numbers')")


@learner
def with_time(desk):
    desk.write("double", "%%time\n" + SOLVED["double"])


@learner
def in_and_out(desk):
    desk.add("2", before="double")
    desk.write("double", "mine = _\n\ndef double(x):\n    return mine * x")


@learner
def other_folder(desk):
    (desk.folder / "deeper").mkdir()
    desk.add("%cd deeper", before="double")
    desk.write(
        "double",
        "import os\n\ndef double(x):\n    return 2 * x if os.getcwd().endswith('deeper') else 0",
    )


@learner
def asks_for_input(desk):
    desk.add("name = input('?')", before="double")
    desk.solve("double")


@learner
def threads_and_pickles(desk):
    desk.write(
        "double",
        "import pickle\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "from dataclasses import dataclass\n\n@dataclass\nclass Two:\n    value: int = 2\n\n"
        "def double(x):\n    two = pickle.loads(pickle.dumps(Two()))\n"
        "    return next(ThreadPoolExecutor(1).map(lambda y: two.value * y, [x]))",
    )


@learner
def everything_reset(desk):
    desk.solve("double", "totals")
    desk.add("%reset -f\nimport numpy as np", before="totals")


OLD_ATTEMPT = """def attempt(check, answer):
    name = getattr(answer, "__name__", "your answer")
    try:
        check(answer)
    except NotImplementedError:
        print(f"… {name}: not attempted yet")
    except AssertionError as hint:
        print(f"✗ {name}: {hint}")
    except Exception as error:
        print(f"✗ {name}: your code stopped with {type(error).__name__}: {error}")
    else:
        print(f"✓ {name}: every check passes")"""


def with_the_old_attempt(desk):
    """The notebook as the first edition had it first: attempt() prints and keeps nothing."""
    desk.write("06", OLD_ATTEMPT)
    for name in EXERCISES:
        desk.write(f"check{name}", desk.cell(f"check{name}").source.replace("import attempt\n", ""))


@learner
def attempt_of_the_first_edition(desk):
    with_the_old_attempt(desk)
    desk.solve("double")
    desk.write("totals", "def totals(X):\n    return X.sum(axis=0)")


@learner
def attempt_of_the_first_edition_and_prints_like_verdicts(desk):
    with_the_old_attempt(desk)
    desk.write(
        "double",
        (
            "print('✗ double: no')\n\ndef double(x):\n    print('✗ double: you squared it')\n"
            "    return 2 * x"
        ),
    )
    desk.write(
        "totals",
        (
            "def totals(X):\n    print('✓ totals: every check passes')\n"
            "    return X / 0 @ no_such_name"
        ),
    )
    desk.add("print('✗ Stack: no')", before="Stack")
