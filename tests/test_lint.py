"""`make lint`: the same checks everywhere, and a second-edition notebook gets all rules."""

import importlib.util
import re
import subprocess
import sys
import tomllib

import nbformat
import pytest

import lint
from lessons import DAYS, ROOT, read_notebook, sources

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
IGNORES = SETTINGS["tool"]["ruff"]["lint"]["per-file-ignores"]
needs_ruff = pytest.mark.skipif(
    importlib.util.find_spec("ruff") is None, reason="needs tests/requirements-lint.txt"
)


def hooks(text: str) -> list[tuple[str, str]]:
    """Id and entry of each hook of a pre-commit configuration, in order."""
    return re.findall(r"^ +- id: (\S+)\n(?:.*\n)*? +entry: (.+)$", text, re.M)


def differences(hooks_text: str, ci_text: str) -> list[str]:
    """How the hooks and CI differ from what `make lint` runs."""
    found = []
    wanted = [(name, f"python tools/environment.py lint -- {name}") for name in lint.COMMANDS]
    if hooks(hooks_text) != wanted:
        found.append(f"hooks: {hooks(hooks_text)}")
    if re.findall(r"^ +- repo: (.+)$", hooks_text, re.M) != ["local"]:
        found.append("a hook from elsewhere")
    lines = ci_text.splitlines()
    linted = [k for k, line in enumerate(lines) if line == "make lint VENV=.ci-venv"]
    tested = [k for k, line in enumerate(lines) if line.startswith("make test ")]
    if "set -euo pipefail" not in lines or not linted or not tested or linted > tested:
        found.append("CI does not run `make lint`, all of it, before the tests")
    return found


def test_hooks_and_ci_run_what_make_lint_runs():
    hooks_text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    ci_text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert differences(hooks_text, ci_text) == []
    for hooks_wrong, ci_wrong in (
        (hooks_text.replace("-- types", "-- check"), ci_text),
        (hooks_text.replace("- id: lessons", "- id: rules"), ci_text),
        (hooks_text.replace("repo: local", "repo: https://example.org/ruff"), ci_text),
        (hooks_text, ci_text.replace("make lint VENV=.ci-venv", "make lint VENV=.ci-venv || true")),
        (hooks_text, ci_text.replace("make lint", "make lint LINT_ARGS=check")),
        (hooks_text, ci_text.replace("set -euo pipefail", "")),
        (hooks_text, "make test VENV=.ci-venv\n" + ci_text),
    ):
        assert len(differences(hooks_wrong, ci_wrong)) == 1


def listed_wrongly(listed: set[str], second_edition: set[str]) -> set[str]:
    """Days that stand on the list of the first edition and do not belong there, or are missing."""
    return listed ^ ({folder.name for folder in DAYS} - second_edition)


def test_only_the_first_edition_is_excused():
    listed = {name.partition("/")[0] for name, rules in IGNORES.items() if rules == ["ALL"]}
    metadata = {folder.name: read_notebook(folder).metadata for folder in DAYS}
    second = {name for name, found in metadata.items() if found.get("dl15") == {"edition": 2}}
    assert listed_wrongly(listed, second) == set(), "mend pyproject.toml, per-file-ignores"
    assert listed_wrongly(listed, {*second, "day05_optimizers"}) ^ second == {"day05_optimizers"}
    assert listed_wrongly(listed - {"day15_deployment"}, second - {"day15_deployment"})


def ruff_says(notebook, name: str) -> str:
    """What ruff finds in a notebook of this name."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise"]
    result = subprocess.run(
        [*command, f"--stdin-filename={name}", "-"],
        input=nbformat.writes(notebook), cwd=ROOT, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return result.stdout


@needs_ruff
def test_a_second_edition_notebook_gets_the_rules():
    """Beside the set-up cells, the same on all days; each breach is planted in a last cell."""
    shared = sources(read_notebook(DAYS[0]), "setup")
    fine = "import numpy as np\n\nW = np.ones((2, 3))\nprint(np.ones(2) @ W)"

    def notebook(*more):
        cells = [*shared[:1], fine, shared[-1], *more]
        return nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))

    assert "All checks passed" in ruff_says(notebook(), "day16_new/new.ipynb")
    for code, breach in {
        "F401": "import json",
        "F821": "print(no_such_name)",
        "F841": "def f():\n    unused = 1",
        "B006": "def f(x=[]):\n    return x",
        "E731": "f = lambda x: x",
        "NPY002": "np.random.seed(0)",
        "SIM108": "if W.any():\n    b = 1\nelse:\n    b = 2",
    }.items():
        assert f" {code} " in ruff_says(notebook(breach), "day16_new/new.ipynb")
        assert code not in ruff_says(notebook(breach), "day01_perceptron/perceptron.ipynb")


def test_each_check_runs_to_its_end_and_one_finding_is_enough(monkeypatch, capfd):
    monkeypatch.setattr(lint, "COMMANDS", {"check": ["this", "--help"], "types": ["timeit", "x"]})
    assert lint.main([]) == 1
    printed = capfd.readouterr().out
    assert "check:" in printed and "types:" in printed
    monkeypatch.setattr(lint, "COMMANDS", {"check": ["this"], "types": ["timeit", "-n1", "1"]})
    assert lint.main([]) == lint.main(["types"]) == 0
    assert lint.main(["typos"]) == 2
    assert "There is no check typos. The checks: check types" in capfd.readouterr().out
    monkeypatch.setattr(lint, "COMMANDS", {"check": ["no_such_module"]})
    assert lint.main(["check"]) == 1
    assert "pip install -r tests/requirements-lint.txt" in capfd.readouterr().out


def test_a_broken_rule_of_a_lesson_is_a_finding(monkeypatch, capsys):
    monkeypatch.setattr(lint.lesson_rules, "problems", lambda folder: [f"{folder.name}: a tab"])
    assert lint.main(["lessons"]) == 1
    assert "day01_perceptron: a tab" in capsys.readouterr().out
