"""Every lesson has the form that CONTRIBUTING.md describes, and the rules notice when it has not."""

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
    assert [folder.name for folder in DAYS] == NAMES[:len(DAYS)]


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_lessons_are_chained(folder):
    """README and notebook link the day before and the day after, where those exist."""
    place = DAYS.index(folder)
    readme, first = (folder / "README.md").read_text("utf-8"), read_notebook(folder).cells[0].source
    for other in DAYS[max(place - 1, 0):place] + DAYS[place + 1:place + 2]:
        assert f"../{other.name}/README.md" in readme, f"{folder.name}/README.md does not link {other.name}"
        assert f"../{other.name}/{notebook_path(other).name}" in first, f"{folder.name}: the notebook does not link {other.name}"
    last = read_notebook(folder).cells[-1].source
    onward = [f"Next: [Day {place + 2}, ", f"](../{other.name}/{notebook_path(other).name})"] if (other := [*DAYS, None][place + 1]) else ["](../README.md)"]
    assert all(part in last for part in onward), f"{folder.name}: the notebook's last cell does not lead on: {last[:80]!r}"


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
    code_cell(notebook).outputs.append(nbformat.v4.new_output("stream", name="stderr", text="I0000 oneDNN"))


def plant_error(notebook):
    code_cell(notebook).outputs.append(nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[]))


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
    cell = next(cell for cell in notebook.cells if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])))
    cell.source = cell.source.replace("plt.show()", "")


def plant_second_scoreboard(notebook):
    code_cell(notebook).metadata["tags"] = ["scoreboard"]


def plant_foreign_id(notebook):
    notebook.cells[5]["id"] = "3fa9c2d1"


PLANTED = {plant_foreign_id: "cell ids", plant_stderr: "saved stderr", plant_error: "saved error", plant_skip: "unknown tag", plant_marker: "comment marker",
           plant_path: "machine path", plant_count: "not executed once", plant_open_solution: "not collapsed", plant_long_cell: "41 lines",
           plant_long_line: "the limit is 125",
           plant_ignored: "ignore their output", plant_timing: "execution timing", plant_pickle: "loads a pickle", plant_dead_link: "dead link",
           plant_skipped_heading: "never skip one", plant_second_title: "2 titles", plant_vague_link: "does not say where", plant_headless_table: "name for each column",
           plant_other_ending: "Summary and Exercises", plant_image: "without alternative text", plant_caption: "captions", plant_missing_hint: "folded hint", plant_foreign_import: "imports torch",
           plant_shell_command: "shell or magic", plant_open_check: "a check that is not collapsed", plant_silent_plot: "plt.show()",
           plant_second_scoreboard: "exactly one cell"}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_defect_in_a_notebook_is_found(plant, tmp_path):
    folder = tmp_path / DAYS[0].name
    folder.mkdir()
    notebook = copy.deepcopy(read_notebook(DAYS[0]))
    plant(notebook)
    nbformat.write(notebook, notebook_path(folder))
    found = "\n".join(lesson_rules.notebook_problems(notebook_path(folder)))
    assert PLANTED[plant] in found, found
    assert f"{folder.name}/{notebook_path(folder).name}" in found


@pytest.mark.parametrize("old, new, problem", [
    ("## Pitfalls", "## Traps", "sections must be"),
    (r"\tag{1.2}", r"\tag{1.9}", "must be numbered"),
    (r"\tag{1.2}", "", "every one has its"),
    (">>> ", "", "needs a doctest"),
    ("<details>", "", "folded answers"),
    ("<details><summary>Answer", "<details><summary>Solution", "folded below it"),
    ("| Mistake |", "| mistake |", "columns Mistake"),
    ("```mermaid", "```text", "Mermaid"),
    ("(perceptron.ipynb)", "(perception.ipynb)", "dead link"),
])
def test_a_planted_defect_in_a_readme_is_found(old, new, problem, tmp_path):
    folder = shutil.copytree(DAYS[0], tmp_path / DAYS[0].name)
    path = folder / "README.md"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    found = "\n".join(lesson_rules.readme_problems(path, 1))
    assert problem in found, found


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_page_can_be_read_by_ear(page):
    assert not list(lesson_rules.access_problems(page, (ROOT / page).read_text("utf-8")))


def test_containers_install_what_make_installs():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert container["postCreateCommand"] == "make install" and re.search("^install:", (ROOT / "Makefile").read_text("utf-8"), re.M)
    image = (ROOT / ".devcontainer" / container["build"]["dockerfile"]).read_text("utf-8")
    binder = (ROOT / ".binder" / "runtime.txt").read_text("utf-8")
    for found in re.findall(r"^FROM python:(\S+)-slim$", image, re.M), re.findall(r"^python-(\S+)$", binder, re.M):
        assert len(found) == 1 and found[0] in ("3.11", "3.12", "3.13")
    post_build = ROOT / ".binder" / "postBuild"
    installed = re.findall(r"pip install(.*) -r (\S+)", post_build.read_text("utf-8"))
    assert [("--no-deps" in options, name) for options, name in installed] == [(False, "requirements.txt"), (True, "requirements-data.txt")]
    made = re.findall(r'run\(\[\*pip, (.*)"-r", ROOT / "(\S+)"\]', (ROOT / "tools" / "environment.py").read_text("utf-8"))
    assert [("--no-deps" in options, name) for options, name in made] == [("--no-deps" in options, name) for options, name in installed]
    assert os.name == "nt" or os.access(post_build, os.X_OK)
