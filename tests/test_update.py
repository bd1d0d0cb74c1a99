"""The README's commands for updating a clone in which one has worked keep every answer."""

import os
import re
import shutil
import subprocess

import nbformat
import pytest

from lessons import ROOT

pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("git") is None, reason="not on Windows: needs git and a shell"
)
DAY = "day03_activations/activations.ipynb"


def blocks() -> list[str]:
    """The two blocks of commands of the README's section."""
    section = (
        (ROOT / "README.md")
        .read_text("utf-8")
        .partition("### A newer course, and your answers\n")[2]
        .partition("\n## ")[0]
    )
    return re.findall(r"```bash\n(.*?)```", section, re.S)


def saved(path, *sources):
    path.parent.mkdir(exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def clone(tmp_path):
    """A learner's clone, with answers, behind a newer course."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}

    def shell(commands, folder, check=True):
        return subprocess.run(
            ["bash", "-c", commands],
            cwd=folder,
            env=environ,
            check=check,
            capture_output=True,
            encoding="utf-8",
        )

    upstream, mine = tmp_path / "upstream", tmp_path / "my clone"
    upstream.mkdir()
    as_teacher = "git -c user.name=t -c user.email=t@example.org "
    saved(upstream / DAY, "lesson = 1", "raise NotImplementedError")
    saved(upstream / "day04_backprop" / "backprop.ipynb", "lesson = 1", "raise NotImplementedError")
    shell(f"git init -q -b main && git add -A && {as_teacher} commit -qm first", upstream)
    shell(f"git clone -q upstream '{mine.name}'", tmp_path)
    saved(mine / DAY, "lesson = 1", "answer = 42")
    saved(mine / "day04_backprop" / "backprop.ipynb", "lesson = 1", "answer = 43")
    saved(mine / "day04_backprop" / "Untitled.ipynb", "scratch")
    saved(upstream / DAY, "lesson = 2", "raise NotImplementedError('newer')")
    saved(upstream / "day05_optimizers" / "optimizers.ipynb", "new day")
    shell(f"git add -A && {as_teacher} commit -qm second", upstream)
    return mine, shell


def sources_of(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


@pytest.mark.parametrize("choice", ["--theirs", "--ours"])
def test_answers_are_kept(clone, choice):
    mine, shell = clone
    result = shell(blocks()[0], mine, check=False)
    assert "CONFLICT" in result.stdout + result.stderr
    shell(
        "\n".join(
            line for line in blocks()[1].splitlines() if choice in line or "checkout" not in line
        ),
        mine,
    )
    assert sources_of(mine / DAY) == (
        ["lesson = 1", "answer = 42"]
        if choice == "--theirs"
        else ["lesson = 2", "raise NotImplementedError('newer')"]
    )
    assert sources_of(mine / "day04_backprop" / "backprop.ipynb") == ["lesson = 1", "answer = 43"]
    assert sources_of(mine / "day04_backprop" / "Untitled.ipynb") == ["scratch"] and sources_of(
        mine / "day05_optimizers" / "optimizers.ipynb"
    ) == ["new day"]
    assert sources_of(mine.parent / "my-course" / DAY) == ["lesson = 1", "answer = 42"]
    assert "UU" not in shell("git status --porcelain", mine).stdout
