"""Every import of the course is declared in a requirements file; those of tests beside them."""

import ast
import functools
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from lessons import DAYS, ROOT, read_notebook

# Modules whose package has another name; one that is installed is looked up.
PACKAGES = {"PIL": "pillow", "attempt": ""}  # each lesson makes the module `attempt` itself
CODE = (
    "tools",
    "tests",
    "tests/experiments",
    "tests/offline",
    "day12_transfer",
    "day15_deployment",
)
LOADS = {"find_spec", "import_module", "importorskip"}


def imported(source: str) -> set[str]:
    """Top-level names of what Python code imports, also by importorskip and its like."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found |= {str(node.args[0].value)} if called in LOADS else set()
    return {name.partition(".")[0] for name in found if re.match(r"[A-Za-z_][\w.]*$", name)}


def normal(package: str) -> str:
    """A package's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", package).lower()


def declared(*patterns: str) -> set[str]:
    """The packages in these requirement files, whether pinned or not."""
    texts = [path.read_text("utf-8") for name in patterns for path in ROOT.glob(name)]
    found = re.findall(r"^([A-Za-z][\w.-]*) *(?:[=<>~!].*)?(?:#.*)?$", "\n".join(texts), re.M)
    return set(map(normal, found))


@functools.cache
def installed() -> dict[str, list[str]]:
    """For each module that can be imported here the packages that bring it."""
    return dict(packages_distributions())


@functools.cache
def own_modules() -> set[str]:
    """Names of the course's own modules and packages."""
    folders = [ROOT / name for name in CODE]
    files = [path for folder in folders for path in folder.glob("*.py")]
    packages = [path.parent for folder in folders for path in folder.glob("*/__init__.py")]
    return {path.stem for path in [*files, *packages, ROOT / "conftest.py"]}


def undeclared(source: str, packages: set[str]) -> list[str]:
    """The imports of a piece of code that none of these packages brings, sorted."""
    found = []
    for name in imported(source) - sys.stdlib_module_names - own_modules():
        names = [PACKAGES[name]] if name in PACKAGES else installed().get(name, [name])
        if names != [""] and not packages & set(map(normal, names)):
            found.append(name)
    return sorted(found)


def sources_with_packages():
    """Each piece of code of the course: place, text, and the packages that it may import."""
    always = declared("requirements.txt", "requirements-data.txt")
    in_tests = always | declared("tests/requirements-*.txt")
    available = in_tests | declared("constraints.txt")  # a learner's answer may use what is there
    for path in [
        ROOT / "conftest.py",
        *(path for name in CODE for path in (ROOT / name).glob("*.py")),
    ]:
        yield path, path.read_text("utf-8"), in_tests if path.parent.name == "tests" else always
    for path in (ROOT / "day15_deployment" / "service").glob("*.py"):
        yield path, path.read_text("utf-8"), always
    for path in [*ROOT.glob("tests/*_answers/*.py")]:
        yield path, path.read_text("utf-8"), available
    for folder in [*DAYS, *(ROOT / "tests" / "fixtures").glob("day*_*")]:
        for cell in read_notebook(folder).cells:
            if cell.cell_type == "code" and not re.search(r"^\s*[!%]", cell.source, re.M):
                yield folder, cell.source, always


def test_every_import_is_declared():
    found = {}
    for path, source, packages in sources_with_packages():
        for name in undeclared(source, packages):
            found.setdefault(name, set()).add(str(Path(path).relative_to(ROOT)))
    assert not found, f"imported, and in no requirements file: {found}"


def test_an_undeclared_import_is_found():
    packages = {"numpy", "pillow", "ruff"}
    for source in (
        "import psutil",
        "import os, psutil",
        "def f():\n    from psutil import Process",
        "import numpy as np\nimport psutil._common as p",
        "psutil = pytest.importorskip('psutil')",
        "importlib.import_module('psutil')",
        "if find_spec('psutil'): pass",
    ):
        assert undeclared(source, packages) == ["psutil"], source
    fine = "import json, numpy.linalg, PIL.Image, attempt, lessons, service.app\nfrom . import x"
    assert undeclared(fine, packages) == []
    assert undeclared("import PIL, selenium, torch", {"numpy"}) == ["PIL", "selenium", "torch"]
    assert {"numpy", "pytest-xdist", "prometheus-client"} <= declared("requirements.txt")
    assert "-c" not in declared("requirements.txt") and "ruff" in declared(
        "tests/requirements-*.txt"
    )
