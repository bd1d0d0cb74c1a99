"""A course in miniature, for the tests of how the course is tested."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent


class MiniCourse:
    """A copy of the test machinery beside one toy notebook."""

    def __init__(self, folder: Path):
        self.folder, self.path = folder, folder / "day01_toy" / "toy.ipynb"
        (folder / "tests").mkdir(parents=True)
        (folder / "tools").mkdir()
        self.path.parent.mkdir()
        for name in (
            "conftest.py",
            "pyproject.toml",
            "tests/network.py",
            "tests/dirty.py",
            "tests/skips.py",
            "tools/refresh.py",
            "tools/environment.py",
            "tools/lessons.py",
            "tools/exercises.json",
            "tools/reading_time.py",
            "tools/sanitize.cfg",
        ):
            shutil.copy(ROOT / name, folder / name)
        shutil.copytree(
            ROOT / "tests/offline",
            folder / "tests/offline",
            ignore=shutil.ignore_patterns("__pycache__"),
        )

    def write(self, *sources: str) -> nbformat.NotebookNode:
        """Save a notebook with these code cells, not executed."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources]
        )
        nbformat.write(notebook, self.path)
        return notebook

    def read(self):
        return nbformat.read(self.path, as_version=4)

    def run(self, *command: str, below: str = "", **environ: str) -> subprocess.CompletedProcess:
        """Run `python command …` in the mini course, or in a folder below it; output as text,
        colors and xdist off."""
        env = {
            **os.environ,
            "PYTEST_ADDOPTS": "-p no:cacheprovider --color=no -n 0",
            "PYTHONUTF8": "1",
            **environ,
        }
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder / below,
            env=env,
            encoding="utf-8",
            capture_output=True,
            timeout=240,
        )

    def pytest(self):
        return self.run("-m", "pytest", "--nbval", "day01_toy")

    def refresh(self):
        return self.run("tools/refresh.py", "day01_toy")


@pytest.fixture
def mini(tmp_path) -> MiniCourse:
    return MiniCourse(tmp_path / "course")
