"""Every lesson has the form that CONTRIBUTING.md describes, and the rules notice when it has
not.
"""

import copy
import json
import os
import re
import shutil

import nbformat
import pytest

import lesson_rules
from lessons import DAYS, NAMES, ROOT, cell_defining, notebook_path, read_notebook


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_lesson_keeps_the_rules(folder):
    found = lesson_rules.problems(folder)
    assert not found, "\n".join(found)


def test_days_are_those_of_the_roadmap():
    assert [folder.name for folder in DAYS] == NAMES[: len(DAYS)]


def test_attempt_is_the_same_everywhere():
    """Each notebook carries its own copy of attempt(); the copies must not drift apart."""
    copies = {cell_defining(folder, "attempt").source for folder in DAYS}
    assert len(copies) == 1


# The rules are shown to work: a planted defect, and a piece of the problem that it must cause.
def code_cell(notebook, number=2):
    return [cell for cell in notebook.cells if cell.cell_type == "code"][number]


def tagged(notebook, tag):
    """The first cell with this tag; LookupError if there is none."""
    found = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
    if not found:
        raise LookupError(f"no cell is tagged {tag}")
    return found[0]


def plant_stderr(notebook):
    code_cell(notebook).outputs.append(
        nbformat.v4.new_output("stream", name="stderr", text="I0000 oneDNN")
    )


def plant_error(notebook):
    code_cell(notebook).outputs.append(
        nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])
    )


def plant_skip(notebook):
    code_cell(notebook).metadata["tags"] = ["nbval-skip"]


def plant_marker(notebook):
    code_cell(notebook).source += "\n# NBVAL_IGNORE_OUTPUT"


def plant_path(notebook):
    code_cell(notebook).source += "\n# see /home/ada/data"


def plant_count(notebook):
    code_cell(notebook).execution_count = None


def plant_open_solution(notebook):
    tagged(notebook, "solution").metadata.pop("jupyter")


def plant_long_cell(notebook):
    code_cell(notebook).source = "\n".join(f"x{n} = {n}" for n in range(41))


def plant_long_line(notebook):
    code_cell(notebook).source += "\nx = 1  # " + "long " * 30


def plant_ignored(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code" and "check" not in cell.metadata.get("tags", []):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "nbval-ignore-output"]


def plant_timing(notebook):
    code_cell(notebook).metadata["execution"] = {"iopub.execute_input": "2026-01-01"}


def plant_pickle(notebook):
    code_cell(notebook).source += "\npickle.load(file)"


def plant_dead_link(notebook):
    notebook.cells[0].source += " [gone](../day99_gone/README.md)"


def plant_skipped_heading(notebook):
    notebook.cells[0].source += "\n\n#### Too deep"


def plant_second_title(notebook):
    notebook.cells[0].source += "\n\n# Another title"


def plant_vague_link(notebook):
    notebook.cells[0].source += " [here](README.md)"


def plant_headless_table(notebook):
    notebook.cells[0].source += "\n\n| | value |\n|---|---|\n| a | 1 |\n"


def plant_other_ending(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace("## Summary", "## What was shown")


def plant_image(notebook):
    notebook.cells[0].source += " ![](figure.png)"


def plant_caption(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text" in output:
                output.text = re.sub(r"^Figure \d+\.2  ", "", output.text, flags=re.M)


def plant_missing_hint(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace("<details>", "")


def plant_foreign_import(notebook):
    code_cell(notebook).source += "\nimport os, torch"


def plant_shell_command(notebook):
    code_cell(notebook).source = "!pip install torch"


def plant_open_check(notebook):
    tagged(notebook, "check").metadata.pop("jupyter")


def plant_silent_plot(notebook):
    cell = next(
        cell
        for cell in notebook.cells
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
    )
    cell.source = cell.source.replace("plt.show()", "")


def plant_second_scoreboard(notebook):
    code_cell(notebook).metadata["tags"] = ["scoreboard"]


def plant_foreign_id(notebook):
    notebook.cells[5]["id"] = "3fa9c2d1"


def plant_clock(notebook):
    code_cell(notebook).source += "\nimport time\nstart = time.perf_counter()"


# the rule that must notice, and a piece of its message
PLANTED = {
    plant_foreign_id: ("cell-ids", "cell ids"),
    plant_stderr: ("no-saved-stderr", "saved stderr"),
    plant_error: ("no-saved-error", "saved error"),
    plant_skip: ("known-tags", "unknown tag"),
    plant_marker: ("no-markers", "comment marker"),
    plant_path: ("machine-paths", "machine path"),
    plant_count: ("executed-once", "not executed once"),
    plant_open_solution: ("solution-folded", "not collapsed"),
    plant_long_cell: ("cell-lines", "41 lines"),
    plant_long_line: ("cell-columns", "the limit is 125"),
    plant_ignored: ("ignored-share", "ignore their output"),
    plant_timing: ("no-execution-times", "execution timing"),
    plant_pickle: ("no-pickle", "loads a pickle"),
    plant_dead_link: ("links-lead-somewhere", "dead link"),
    plant_skipped_heading: ("heading-levels", "never skip one"),
    plant_second_title: ("one-title", "2 titles"),
    plant_vague_link: ("link-text", "does not say where"),
    plant_headless_table: ("table-heads", "name for each column"),
    plant_other_ending: ("last-sections", "Summary and Exercises"),
    plant_image: ("alternative-text", "without alternative text"),
    plant_caption: ("captions-of-figures", "captions"),
    plant_missing_hint: ("exercise-tasks", "folded hint"),
    plant_foreign_import: ("known-imports", "imports torch"),
    plant_shell_command: ("plain-python", "shell or magic"),
    plant_open_check: ("check-folded", "a check that is not collapsed"),
    plant_silent_plot: ("shows-its-figure", "plt.show()"),
    plant_second_scoreboard: ("one-scoreboard", "exactly one cell"),
    plant_clock: ("no-timing", "measures time in a compared cell"),
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_defect_in_a_notebook_is_found(plant, tmp_path):
    folder = tmp_path / DAYS[0].name
    folder.mkdir()
    notebook = copy.deepcopy(read_notebook(DAYS[0]))
    plant(notebook)
    nbformat.write(notebook, notebook_path(folder))
    found = lesson_rules.broken(folder)
    rule, problem = PLANTED[plant]
    name = f"{folder.name}/{notebook_path(folder).name}"
    assert any(
        each.rule == rule and problem in each.text and each.text.startswith(name) for each in found
    ), found


IN_README = [
    ("## Pitfalls", "## Traps", "sections must be", "readme-sections"),
    (r"\tag{1.2}", r"\tag{1.9}", "must be numbered", "formulas-in-order"),
    (r"\tag{1.2}", "", "every one has its", "formulas-all-numbered"),
    (">>> ", "", "needs a doctest", "readme-doctest"),
    ("<details>", "", "folded answers", "five-questions"),
    ("<details><summary>Answer", "<details><summary>Solution", "folded below it", "five-questions"),
    ("| Mistake |", "| mistake |", "columns Mistake", "pitfalls-table"),
    ("```mermaid", "```text", "Mermaid", "idea-diagram"),
    ("## The idea", "## The idea" + " word" * 200, "the rule is 150 to 350", "idea-words"),
    ("(perceptron.ipynb)", "(perception.ipynb)", "dead link", "links-lead-somewhere"),
    ("../day02_tensors/README.md", "../README.md", "does not link day02_tensors", "chained"),
]


@pytest.mark.parametrize("old, new, problem, rule", IN_README)
def test_a_planted_defect_in_a_readme_is_found(old, new, problem, rule, tmp_path):
    folder = shutil.copytree(DAYS[0], tmp_path / DAYS[0].name)
    path = folder / "README.md"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    found = lesson_rules.broken(folder, days=[folder, *DAYS[1:]])
    assert any(each.rule == rule and problem in each.text for each in found), found


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_page_can_be_read_by_ear(page):
    assert not list(lesson_rules.access_problems(page, (ROOT / page).read_text("utf-8")))


def test_containers_install_what_make_installs():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert container["postCreateCommand"] == "make install" and re.search(
        "^install:", (ROOT / "Makefile").read_text("utf-8"), re.M
    )
    image = (ROOT / ".devcontainer" / container["build"]["dockerfile"]).read_text("utf-8")
    binder = (ROOT / ".binder" / "runtime.txt").read_text("utf-8")
    for found in (
        re.findall(r"^FROM python:(\S+)-slim$", image, re.M),
        re.findall(r"^python-(\S+)$", binder, re.M),
    ):
        assert len(found) == 1 and found[0] in ("3.11", "3.12", "3.13")
    post_build = ROOT / ".binder" / "postBuild"
    installed = re.findall(r"pip install(.*) -r (\S+)", post_build.read_text("utf-8"))
    assert [("--no-deps" in options, name) for options, name in installed] == [
        (False, "requirements.txt"),
        (True, "requirements-data.txt"),
    ]
    made = re.findall(
        r'\[\*pip, (.*)"-r", ROOT / "(\S+)"\]',
        (ROOT / "tools" / "environment.py").read_text("utf-8"),
    )
    assert [("--no-deps" in options, name) for options, name in made] == [
        ("--no-deps" in options, name) for options, name in installed
    ]
    assert os.name == "nt" or os.access(post_build, os.X_OK)
