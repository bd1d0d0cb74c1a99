"""`make mutants`: the changes that it makes, and that it tells what is proved from what is not."""

import ast
import json
import re
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

import mutants
from lessons import DAYS, read_notebook


def changes(source: str) -> set[str]:
    """Every one-step change of an expression, as text."""
    tree = ast.parse(f"def f():\n    return {source}").body[0]
    found = {
        ast.unparse(mutants.replaced(tree, path, new)).partition("return ")[2]
        for path, node in mutants.paths(tree)
        for _, new in mutants.mutations(node)
    }
    return {one for one in found if one != source}


@pytest.mark.parametrize(
    "source, some",
    [
        ("a + b", {"a - b", "a", "b"}),
        ("a / b", {"a * b", "a"}),
        ("-a", {"a"}),
        ("a <= b", {"a < b"}),
        ("x.sum(axis=0)", {"x.sum(axis=1)", "x.mean(axis=0)"}),
        (
            "x.max(axis=-1, keepdims=True)",
            {
                "x.max(axis=0, keepdims=True)",
                "x.max(axis=-1, keepdims=False)",
                "x.min(axis=-1, keepdims=True)",
            },
        ),
        ("A.T @ B", {"A @ B"}),
        ("f(a, b)", {"f(b, a)"}),
        ("np.exp(z)", {"z"}),
        ("x.copy()", {"x"}),
        ("x[1:]", {"x[2:]"}),
        ("1.5 * x", {"3.0 * x", "1.5 / x"}),
        ("a and b", {"a or b", "a"}),
    ],
)
def test_small_changes(source, some):
    assert some <= changes(source)


def test_docstrings_messages_and_asserts_are_left_alone():
    cell = new_code_cell(
        'def f(x, axis=0):\n    """Adds 1 + 1."""\n    assert x < 5\n    if x < 0:\n'
        '        raise ValueError(f"{x + 1} is too small" + "!")\n    x += 1\n    return x'
    )
    found = {mutant.change for mutant in mutants.mutants_of([cell])}
    assert found == {
        "comparison: if x < 0: -> if x <= 0:",
        "condition: if x < 0: -> if not x < 0:",
        "constant: if x < 0: -> if x < 1:",
        "operator: x += 1 -> x -= 1",
        "constant: x += 1 -> x += 2",
        "deleted statement: x += 1 -> pass",
        "constant: def f(x, axis=0): -> def f(x, axis=1):",
    }


def test_checks_stubs_and_drawing_are_not_mutated():
    source = "def f(x):\n    return x + 1"
    cells = [
        new_code_cell(source, metadata={"tags": [tag]})
        for tag in ("check", "exercise", "solution", "setup")
    ]
    assert [
        (mutant.cell, mutant.kind)
        for mutant in mutants.mutants_of(cells)
        if mutant.change.startswith("operator")
    ] == [(2, "solution"), (3, "numpy")]
    assert not mutants.mutants_of(
        [new_code_cell("def f(x):\n    plt.plot(x + 1)"), new_code_cell("y = 1 + 1")]
    )
    assert {
        mutant.kind
        for mutant in mutants.mutants_of(
            [new_code_cell("def f(x):\n    return keras.ops.relu(x) + 1")]
        )
    } == {"framework"}


def test_proofs_are_not_mutated_and_what_draws_in_figure_and_play_cells_neither():
    source = "def f(x):\n    return x + 1"
    assert not mutants.mutants_of(
        [new_code_cell(source, metadata={"tags": ["proof", "hide-input"]})]
    )
    source += "\n\ndef g(x):\n    return h(x + 1)\n\ndef h(x):\n    return display(x + 1)"
    for tag in ("figure", "play"):
        found = mutants.mutants_of([new_code_cell(source, metadata={"tags": [tag]})])
        assert {mutant.function for mutant in found} == {"f"}
    assert {mutant.function for mutant in mutants.mutants_of([new_code_cell(source)])} == {*"fgh"}


@pytest.mark.parametrize(
    "text, other, same",
    [
        ("accuracy ≈93.4%", "accuracy ≈91.0%", True),
        ("≈ 1,024 and ≈-3.1e-07", "≈ 999 and ≈2e+10", True),
        ("accuracy ≈93.4%", "Accuracy ≈93.4%", False),
        ("≈93.4% of 10", "≈93.4% of 11", False),
        ("≈93.4%", "93.4%", False),
        ("≈93.4%", "≈93.4 s", False),
        ("≈5 s\n", "≈6 s\n\n", True),
    ],
)
def test_a_number_after_the_sign_does_not_count_and_anything_else_does(text, other, same):
    assert (mutants.clean(text) == mutants.clean(other)) == same


def test_only_functions_that_differ_from_a_commit(tmp_path):
    def git(*arguments):
        command = [
            "git",
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-C",
            str(tmp_path),
            *arguments,
        ]
        subprocess.run(command, check=True, capture_output=True)

    folder = tmp_path / "day01_small"
    write(folder, [("def f(x):\n    return x + 1\n\ndef g(x):\n    return x", "")])
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    cells = write(
        folder,
        [
            ("def f(x):\n    # new words\n    return x + 1", ""),
            ("def g(x):\n    return x + 2\n\ndef h(x):\n    return 1", ""),
        ],
    )
    assert mutants.changed_since(folder, cells, "HEAD") == {"g", "h"}
    new = write(tmp_path / "day02_new", [("def f(x):\n    return x + 1", "")])
    assert mutants.changed_since(tmp_path / "day02_new", new, "HEAD") == {"f"}
    with pytest.raises(SystemExit, match="git knows no commit nowhere"):
        mutants.changed_since(folder, cells, "nowhere")


def test_a_function_in_a_list_may_call_a_changed_one():
    sources = ["def f():\n    return 1 + 0", "calls = [lambda: f()]", "assert calls[0]() == 1"]
    cells = [new_code_cell(source) for source in sources]
    record = mutants.record(cells)
    for mutant in mutants.mutants_of(cells, {"f"}):
        names = {"__name__": "__main__"}
        met = mutants.play_mutant(cells, record, mutant, mutant.source, {0, 1, 2}, 0, set(), names)
        same = mutant.change.endswith(("return 1 - 0", "return 1"))
        assert met.said == ("" if same else "cell 2: AssertionError: "), mutant.change
        assert met.ran == [0, 1, 2]


def test_what_a_mutant_does_not_reach_is_not_run():
    sources = [
        "x = [1, 2]",
        "def f(x):\n    return x[0] + 0",
        "y = f(x)",
        "z = y + 1",
        "w = f([0, 5])\nx.append(w)",
        "assert z == 2",
        "assert w == 0",
    ]
    cells = [new_code_cell(source) for source in sources]
    record = mutants.Record.from_json(mutants.record(cells).to_json())
    everything = set(record.affected(1, "f"))
    assert everything == {1, 2, 3, 4, 5, 6}
    ran = {}
    for mutant in mutants.mutants_of(cells):
        names = {"__name__": "__main__"}
        met = mutants.play_mutant(cells, record, mutant, mutant.source, everything, 0, set(), names)
        ran[mutant.change.partition("return x[0] + 0 -> ")[2]] = met.said, met.ran
    # x[0] - 0 gives the numbers of the record: nothing but the two calls is run
    assert ran["return x[0] - 0"] == ran["return x[0]"] == ("", [0, 1, 2, 4])
    assert ran["return x[0] + 1"] == ("cell 5: AssertionError: ", [0, 1, 2, 3, 4, 5])
    # x[1] + 0 is 2 in the first call
    assert ran["return x[1] + 0"][0].startswith("cell 5")


FIRST = [
    (
        "import numpy as np\nrng = np.random.default_rng(0)\n"
        "with open(COUNTS, 'a') as file:\n    print('run', file=file)",
        "",
    ),
    ("def double(x):\n    return 2 * x\n\ndef triple(x):\n    return x + x + x", ""),
    ("x = rng.normal(size=3)\nx[0] = 1.0\nprint(round(double(x)[0], 3))", "2.0\n"),
    ("raise_if_run = open('/nowhere/at/all').read() if not True else 0\nx[0] = 7.0", ""),
    ("assert np.allclose(double(x), [14.0, *2 * x[1:]])\nx.round(0)[:1]", None),
    ("unused = triple(x)", ""),
    ("def halve(x):\n    return x / 2", ""),
    ("kept = []\n\n@kept.append\ndef handle():\n    return halve(4.0)", ""),
    ("assert kept[0]() == 2.0", ""),
    ("def centered(x):\n    x = x.copy()\n    x -= x.mean()\n    return x", ""),
    ("middle = centered(x)", ""),
    ("assert x[0] == 7.0 and len(middle) == 3", ""),  # a mutant that changes its argument
    (
        "import threading\nwait = threading.Event()\n"
        "worker = threading.Thread(target=wait.wait, daemon=True)\nworker.start()",
        "",
    ),
    ("def half_again(x):\n    return x + x / 2", ""),
    ("assert worker.is_alive()\nassert half_again(2.0) == 3.0", ""),  # no thread outlives a fork
    ("def forever(n):\n    while n > 0:\n        n -= 1\n    return n", ""),
    ("assert forever(3) == 0", ""),
]
SECOND = [
    ("import numpy as np\nvalues = np.arange(1.0, 5.0)", "", ""),
    ("def double(x):\n    return 2 * x", "", ""),
    ("print(f'about ≈{np.sum(double(values)):.1f}')", "about ≈18.0\n", ""),
    ("far = [7][int(double(values)[1] != 4)]", "", ""),  # fails before the proof, and is no proof
    (
        "# proof: of double\ndef twice(x):\n    return x + x\n\n"
        "assert np.allclose(double(values), twice(values))\nprint('✓ double = x + x')",
        "✓ double = x + x\n",
        "proof",
    ),
    ("def about(x):\n    return x * 3", "", ""),
    (
        "print(f'roughly ≈{about(2.0):.1f}')",
        "roughly ≈6.0\n",
        "",
    ),  # a number that is not compared, and no proof of it
    ("def said(x):\n    return x - 1", "", ""),
    ("print(f'said {said(2.0):.1f}')", "said 1.0\n", ""),
    ("def moved(x):\n    return display(x + 1)", "", "play"),
    ("def answer_solution(x):\n    return x - 5", "", "solution"),
]


def write(folder, cells, metadata=None) -> list:
    """Save a notebook of (source, text[, tag]) and return its code cells; text None is a value."""
    made = []
    for number, (source, text, *tag) in enumerate(cells, start=1):
        outputs = (
            [new_output("execute_result", {"text/plain": "array([7.])"}, execution_count=number)]
            if text is None
            else [new_output("stream", name="stdout", text=text)]
            if text
            else []
        )
        made.append(
            new_code_cell(
                source,
                execution_count=number,
                outputs=outputs,
                metadata={"tags": [*filter(None, tag)]},
            )
        )
    folder.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=made, metadata=metadata or {}), mutants.notebook_path(folder))
    return made


def run(folder, *commands) -> list[str]:
    """What the program prints for each command, all in one process; `folder` keeps the records."""
    calls = [["mutants", "--jobs", "1", *map(str, command)] for command in commands]
    program = (
        "import mutants, pathlib, sys\n"
        f"mutants.CACHE, mutants.PATIENCE = pathlib.Path({str(folder / 'cache')!r}), 1.0\n"
        f"for sys.argv in {calls!r}:\n    mutants.main()\n    print('=====')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=mutants.ROOT / "tools",
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "not compared" not in done.stdout, done.stdout
    return done.stdout.split("=====\n")


needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="needs fork as Linux has it")


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A small lesson of each edition: printed texts, results by function, the folder."""
    folder = tmp_path_factory.mktemp("mutants")
    first, second = folder / "day01_first", folder / "day02_second"
    write(
        first,
        [(source.replace("COUNTS", repr(str(folder / "counts"))), text) for source, text in FIRST],
    )
    write(second, SECOND, {"dl15": {"edition": 2}})
    said = run(
        folder,
        [first, "--all", "--json", folder / "1.json"],
        [second, "--all", "--json", folder / "2.json"],
        [first, "--function", "double", "--all"],
    )
    results: dict[str, dict] = {}
    for number, name in enumerate(("day01_first", "day02_second"), start=1):
        for mutant in json.loads((folder / f"{number}.json").read_text(encoding="utf-8"))[name]:
            results.setdefault(f"{number} {mutant['function']}", {})[mutant["change"]] = mutant[
                "result"
            ]
    return said, results, folder


@needs_fork
def test_what_is_proved_is_caught_and_what_is_not_survives(judged):
    said, results, _ = judged
    # cell 2 sees x = 1 alone, where 2 / x is 2 * x; cell 4 does not let it pass
    doubled = results["1 double"].values()
    assert sorted(result[:16] for result in doubled) == ["caught by cell 2"] * 3 + [
        "caught by cell 4"
    ], doubled
    assert set(results["1 triple"].values()) == {"survived"} and len(results["1 triple"]) >= 4
    halved = results["1 halve"].values()  # called by a name that a decorator keeps
    assert [result[:16] for result in halved] == ["caught by cell 8"] * 3, halved
    found = [
        result
        for function, group in results.items()
        if function[0] == "1"
        for result in group.values()
    ]
    assert "day01_first | triple | operator" in said[0]
    assert (
        f"numpy {sum(result != 'survived' for result in found)} of {len(found)} caught" in said[0]
    )


@needs_fork
def test_a_changed_argument_is_noticed_though_the_result_is_the_same(judged):
    assert judged[1]["1 centered"]["dropped function: x = x.copy() -> x = x"].startswith(
        "caught by cell 11"
    )


@needs_fork
def test_no_fork_begins_after_a_cell_that_leaves_a_thread(judged):
    _, results, folder = judged
    assert {result[:17] for result in results["1 half_again"].values()} == {"caught by cell 14"}
    [record] = (folder / "cache").glob("day01_first-*.json")
    assert json.loads(record.read_text(encoding="utf-8"))["lasting"] == [12]


@needs_fork
def test_a_mutant_without_end_is_stopped_by_the_processor_time_that_it_took(judged):
    endless = [
        result for change, result in judged[1]["1 forever"].items() if "n -= 1 -> n += 1" in change
    ]
    assert len(endless) == 1 and re.fullmatch(
        r"caught by no end after \d+ s of a processor", endless[0]
    ), endless


@needs_fork
def test_the_cells_before_are_run_once_and_the_record_is_kept(judged):
    said, results, folder = judged
    assert "numpy 4 of 4 caught" in said[2]
    runs = (folder / "counts").read_text(encoding="utf-8").count("run")
    mutants_run = sum(len(group) for function, group in results.items() if function[0] == "1") + 4
    assert runs < mutants_run / 2, (runs, mutants_run)


@needs_fork
def test_proofs_come_first_and_a_number_after_the_sign_catches_nothing(judged):
    said, results, _ = judged
    assert {result[:16] for result in results["2 double"].values()} == {"caught by cell 4"}
    assert set(results["2 about"].values()) == {"survived"}
    assert {result[:16] for result in results["2 said"].values()} == {"caught by cell 8"}
    assert "2 twice" not in results and "2 moved" not in results and "2 answer_solution" in results
    assert "  no proof reads: about (cell 5), said (cell 7)\n" in said[1]
    assert "no proof reads" not in said[0]


@needs_fork
def test_the_small_lesson_of_the_second_edition(tmp_path):
    pytest.importorskip("ipywidgets")
    lesson = mutants.ROOT / "tests" / "fixtures" / "day00_line"
    if not lesson.is_dir():
        pytest.skip("there is no small lesson yet")
    said = run(
        tmp_path,
        [lesson, "--function", "gradient", "--all"],
        [lesson, "--function", "seconds_for", "--sample", 3],
    )
    assert re.search(r"day00_line: numpy (\d+) of \1 caught", said[0]), said[0]
    assert re.search(r"day00_line: numpy \d of 3 caught", said[1]), said[1]


def test_a_survivor_that_is_excused_exists_and_has_a_reason():
    excused = mutants.equivalents()
    assert len(excused) >= 20 and all(len(reason) > 8 for reason in excused.values())
    functions: dict[str, set[str]] = {}
    for key in excused:
        day, function, _ = key.split(" | ", 2)
        functions.setdefault(day, set()).add(function)
    present = {
        f"{folder.name} | {mutant.key}"
        for folder in DAYS
        if folder.name in functions
        for mutant in mutants.mutants_of(
            mutants.code_cells(read_notebook(folder)), functions[folder.name]
        )
    }
    assert not set(excused) - present, "these are not made any more: " + "; ".join(
        sorted(set(excused) - present)
    )
