"""Look at the code without running it: ruff, mypy, and the rules of the lessons. `make lint`.

    python tools/lint.py [check] [format] [types] [lessons]            all of them, if none is named

CI and .pre-commit-config.yaml start the same checks by the same names. Their caches lie in the
environment's folder.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import lesson_rules
from environment import isolated
from lessons import DAYS, ROOT

# What `ruff format` sets; pyproject.toml leaves notebooks and the learners' answers out.
FORMATTED = ("conftest.py", "tools", "tests", "day15_deployment", "day12_transfer/pretrain.py")
COMMANDS = {
    "check": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", *FORMATTED],
    "types": ["mypy"],
    "lessons": [],  # no program: tools/lesson_rules.py
}


def ran(command: list[str]) -> bool:
    """Run a module of this environment in the course's folder; whether it found nothing."""
    if find_spec(command[0]) is None:
        print(
            f"{command[0]} is missing. Install it with: "
            "python -m pip install -r tests/requirements-lint.txt"
        )
        return False
    own = Path(sys.prefix, "share", "deep-learning-in-15-days")
    caches = {"RUFF_CACHE_DIR": str(own / "ruff"), "MYPY_CACHE_DIR": str(own / "mypy")}
    environ = {**isolated(os.environ, sys.prefix), **caches}
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environ).returncode == 0


def lessons_keep_the_rules() -> bool:
    """Print what breaks a rule of the lessons; whether nothing does."""
    found = [problem for folder in DAYS for problem in lesson_rules.problems(folder)]
    print(*found, f"{len(DAYS)} days, {len(found)} problems", sep="\n")
    return not found


def main(names: list[str]) -> int:
    """Run these checks, all if none is named, each to its end. 1: a finding, 2: no such check."""
    if unknown := [name for name in names if name not in COMMANDS]:
        print(f"There is no check {unknown[0]}. The checks: {' '.join(COMMANDS)}")
        return 2
    fine = True
    for name in names or COMMANDS:
        print(f"{name}:", flush=True)
        fine &= ran(COMMANDS[name]) if COMMANDS[name] else lessons_keep_the_rules()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
