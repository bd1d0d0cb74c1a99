"""`make mutants`: which changes it makes, and that it tells a lesson that proves its functions from one that does not."""

import ast
import json
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
    found = {ast.unparse(mutants.replaced(tree, path, new)).partition("return ")[2] for path, node in mutants.paths(tree) for _, new in mutants.mutations(node)}
    return {one for one in found if one != source}


@pytest.mark.parametrize("source, some", [
    ("a + b", {"a - b", "a", "b"}), ("a / b", {"a * b", "a"}), ("-a", {"a"}), ("a <= b", {"a < b"}), ("x.sum(axis=0)", {"x.sum(axis=1)", "x.mean(axis=0)"}),
    ("x.max(axis=-1, keepdims=True)", {"x.max(axis=0, keepdims=True)", "x.max(axis=-1, keepdims=False)", "x.min(axis=-1, keepdims=True)"}),
    ("A.T @ B", {"A @ B"}), ("f(a, b)", {"f(b, a)"}), ("np.exp(z)", {"z"}), ("x.copy()", {"x"}), ("x[1:]", {"x[2:]"}), ("1.5 * x", {"3.0 * x", "1.5 / x"}), ("a and b", {"a or b", "a"}),
])
def test_small_changes(source, some):
    assert some <= changes(source)


def test_docstrings_messages_and_asserts_are_left_alone():
    cell = new_code_cell('def f(x, axis=0):\n    """Adds 1 + 1."""\n    assert x < 5\n    if x < 0:\n        raise ValueError(f"{x + 1} is too small" + "!")\n    x += 1\n    return x')
    found = {mutant.change for mutant in mutants.mutants_of([cell])}
    assert found == {"comparison: if x < 0: -> if x <= 0:", "condition: if x < 0: -> if not x < 0:", "constant: if x < 0: -> if x < 1:", "operator: x += 1 -> x -= 1",
                     "constant: x += 1 -> x += 2", "deleted statement: x += 1 -> pass", "constant: def f(x, axis=0): -> def f(x, axis=1):"}


def test_checks_stubs_and_drawing_are_not_mutated():
    source = "def f(x):\n    return x + 1"
    cells = [new_code_cell(source, metadata={"tags": [tag]}) for tag in ("check", "exercise", "solution", "setup")]
    assert [(mutant.cell, mutant.kind) for mutant in mutants.mutants_of(cells) if mutant.change.startswith("operator")] == [(2, "solution"), (3, "numpy")]
    assert not mutants.mutants_of([new_code_cell("def f(x):\n    plt.plot(x + 1)"), new_code_cell("y = 1 + 1")])
    assert {mutant.kind for mutant in mutants.mutants_of([new_code_cell("def f(x):\n    return keras.ops.relu(x) + 1")])} == {"framework"}


LESSON = [
    ("import numpy as np\nrng = np.random.default_rng(0)", ""),
    ("def double(x):\n    return 2 * x\n\ndef triple(x):\n    return x + x + x", ""),
    ("x = rng.normal(size=3)\nx[0] = 1.0\nprint(round(double(x)[0], 3))", "2.0\n"),
    ("raise_if_run = open('/nowhere/at/all').read() if not True else 0\nx[0] = 7.0", ""),
    ("assert np.allclose(double(x), [14.0, *2 * x[1:]])\nx.round(0)[:1]", None),
    ("unused = triple(x)", ""),
    ("def halve(x):\n    return x / 2", ""),
    ("kept = []\n\n@kept.append\ndef handle():\n    return halve(4.0)", ""),
    ("assert kept[0]() == 2.0", ""),
]


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork as Linux has it")
def test_what_is_proved_is_caught_and_what_is_not_survives(tmp_path):
    folder = tmp_path / "day01_small"
    folder.mkdir()
    cells = []
    for number, (source, text) in enumerate(LESSON, start=1):
        outputs = [new_output("execute_result", {"text/plain": "array([7.])"}, execution_count=number)] if text is None else [new_output("stream", name="stdout", text=text)] if text else []
        cells.append(new_code_cell(source, execution_count=number, outputs=outputs))
    nbformat.write(new_notebook(cells=cells), folder / "small.ipynb")
    program = f"import mutants, pathlib, sys; mutants.DAYS = [pathlib.Path({str(folder)!r})]; sys.argv = ['mutants', '--all', '--json', {str(tmp_path / 'out.json')!r}]; sys.exit(mutants.main())"
    done = subprocess.run([sys.executable, "-c", program], cwd=mutants.ROOT / "tools", capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "not compared" not in done.stdout, done.stdout
    found = json.loads((tmp_path / "out.json").read_text())["day01_small"]
    caught = {mutant["change"]: mutant["result"] for mutant in found if mutant["function"] == "double"}
    # cell 2 sees x = 1 alone, where 2 / x is 2 * x; cell 4 does not let it pass
    assert len(caught) == 4 and sorted(result[:16] for result in caught.values()) == ["caught by cell 2"] * 3 + ["caught by cell 4"], caught
    assert all(mutant["result"] == "survived" for mutant in found if mutant["function"] == "triple") and len(found) >= 8
    halved = [mutant["result"][:16] for mutant in found if mutant["function"] == "halve"]     # called by a name that a decorator keeps
    assert halved == ["caught by cell 8"] * 3, halved
    assert "day01_small | triple | operator" in done.stdout and f"numpy 7 of {len(found)} caught" in done.stdout


def test_a_survivor_that_is_excused_exists_and_has_a_reason():
    excused = mutants.equivalents()
    assert len(excused) >= 20 and all(len(reason) > 8 for reason in excused.values())
    present = {f"{folder.name} | {mutant.key}" for folder in DAYS if any(key.startswith(folder.name) for key in excused)
               for mutant in mutants.mutants_of([cell for cell in read_notebook(folder).cells if cell.cell_type == "code"])}
    assert not set(excused) - present, "these are not made any more: " + "; ".join(sorted(set(excused) - present))
