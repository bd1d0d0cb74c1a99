"""The Makefile and tools/environment.py: nothing of a learner's is lost, and nothing of theirs gets
in the way."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

import dirty
import environment
from lessons import DAYS, ROOT, read_notebook, sources

pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("make") is None, reason="not on Windows: needs make"
)
ODD = "a course (copy) of Zoë's — 50%"  # a folder as people name it


class Course:
    """A copy of the course with one small notebook, no packages to install, and a learner's things
    around it."""

    def __init__(self, folder: Path):
        self.folder, self.venv = folder, folder / ".venv"
        for name in ("Makefile", "tools/environment.py", "pyproject.toml", "conftest.py"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        for path in [
            *(ROOT / "tests").glob("*.py"),
            *(ROOT / "tools").glob("*.py"),
            ROOT / "tools" / "exercises.json",
            ROOT / "tools" / "sanitize.cfg",
            ROOT / "tests" / "offline" / "sitecustomize.py",
        ]:
            (folder / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path.relative_to(ROOT))
        for name in environment.REQUIREMENTS:
            (folder / name).write_text("# nothing\n", encoding="utf-8")
        for day in ("day01_toy", "day02_other"):
            (folder / day).mkdir()
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
            nbformat.write(notebook, folder / day / f"{day[6:]}.ipynb")

    def make(self, *arguments, path="", **environ):
        """Run make in the course's folder, among exported variables; without a colored or a verbose
        environment."""
        base = {
            "PATH": path or os.environ["PATH"],
            "HOME": str(self.folder.parent),
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=base | environ,
            encoding="utf-8",
            capture_output=True,
            timeout=200,
        )

    def borrow(self) -> None:
        """An environment as `make install` leaves it, with the packages of the one that runs the
        tests."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.venv], check=True)
        inside = json.loads(
            subprocess.check_output(
                [
                    environment.python_of(self.venv),
                    "-c",
                    "import json, sysconfig; print(json.dumps(sysconfig.get_path('purelib')))",
                ]
            )
        )
        Path(inside, "borrowed.pth").write_text(
            sysconfig.get_path("purelib") + "\n", encoding="utf-8"
        )
        shutil.rmtree(self.venv / "share", ignore_errors=True)
        shutil.copytree(
            Path(sys.prefix) / "share" / "jupyter",
            self.venv / "share" / "jupyter",
            ignore=shutil.ignore_patterns("*.map"),
        )
        self.mark(
            folder=str(self.venv),
            python="%d.%d" % sys.version_info[:2],
            requirements=self.required(),
        )

    def mark(self, **content) -> None:
        self.venv.mkdir(exist_ok=True)
        (self.venv / environment.MARK).write_text(json.dumps(content), encoding="utf-8")

    def required(self) -> str:
        return hashlib.sha256(
            b"\0".join((self.folder / name).read_bytes() for name in environment.REQUIREMENTS)
        ).hexdigest()

    def python_in_venv(self) -> str:
        return subprocess.check_output(
            [
                environment.python_of(self.venv),
                "-c",
                "import sys; print('%d.%d' % sys.version_info[:2])",
            ],
            text=True,
        ).strip()


@pytest.fixture
def course(tmp_path) -> Course:
    return Course(tmp_path / ODD)


def everything(folder: Path) -> dict[str, str]:
    """Each file, link and folder below a folder, with a fingerprint of what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = (
            f"link to {path.readlink()}"
            if path.is_symlink()
            else "folder"
            if path.is_dir()
            else hashlib.sha256(path.read_bytes()).hexdigest()
        )
        found[str(path.relative_to(folder))] = kind
    return found


# --------------------------------------------------------------------------------------- make clean

LEARNERS = [
    "day03_activations copy/.ipynb_checkpoints/activations-checkpoint.ipynb",
    "day03_activations/activations.ipynb",
    "bob's notes/__pycache__/x.cpython-311.pyc",
    'say "hi"/.ipynb_checkpoints/a',
    "two\nlines/__pycache__/b.pyc",
    "-rf/__pycache__/c.pyc",
    "$HOME/.pytest_cache/README.md",
    "*/__pycache__/d.pyc",
    ".ipynb_checkpoints/Untitled-checkpoint.ipynb",
    "day01_toy/.ipynb_checkpoints/toy-checkpoint.ipynb",
    "day01_toy/__pycache__/helper.cpython-311.pyc",
    "day01_toy/notes.txt",
    "tests/__pycache__/mine.txt",
    "tests/__pycache__/gone.cpython-311.pyc",
    ".pytest_cache/v/cache/my results",
    ".hypothesis/my examples/1",
    "day15_deployment/models/digits/7/saved_model.pb",
    "day15_deployment/models/digits/1/my_notes.md",
    "day15_deployment/models/mine/1/saved_model.pb",
    "day12_transfer/custom_dataset/cats/1.jpg",
    "node_modules/x/__pycache__/e.cpython-311.pyc",
    "venv/bin/python",
    ".venv/my notes.md",
    ".venv/lib/notes.md",
    ".venv/share/mine/thesis.md",
    ".venv/bin/my script",
    ".venv/lib/python3.11/mine.py",
    ".venv-lock/mine",
    "tools/__pycache__/*.cpython-311.pyc",
]
OURS = [
    ".venv/bin/python",
    ".venv/bin/python3.11",
    ".venv/bin/pip",
    ".venv/bin/activate",
    ".venv/bin/jupyter",
    ".venv/lib/python3.11/site-packages/x.py",
    ".venv/lib/python3.11/site-packages/j-1.dist-info/RECORD",
    ".venv/share/jupyter/lab/index.html",
    ".venv/pyvenv.cfg",
    ".pytest_cache/CACHEDIR.TAG",
    ".pytest_cache/v/cache/nodeids",
    ".mutants_cache/day01_perceptron-0123456789abcdef.json",
    ".hypothesis/constants/0123456789abcdef",
    "tests/__pycache__/learners.cpython-311.pyc",
    "tests/__pycache__/test_data.cpython-311-pytest-9.2.0.pyc",
    "tools/__pycache__/environment.cpython-311.pyc",
    "day15_deployment/models/digits/1/saved_model.pb",
    "day15_deployment/models/digits/1/made_by_day15",
    "day15_deployment/models/digits/1/variables/variables.index",
    "day15_deployment/models/digits/1/variables/variables.data-00000-of-00001",
]


def fill(course: Course) -> None:
    for name in LEARNERS + OURS:
        (course.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (course.folder / name).write_text(f"this is {name}", encoding="utf-8")
    (course.folder / ".venv/lib/python3.11/site-packages/j-1.dist-info/RECORD").write_text(
        "../../../bin/jupyter,sha256=x,1\nj.py,,\n", encoding="utf-8"
    )
    course.mark()


@pytest.mark.parametrize(
    "exported",
    [
        {},
        {
            "VENV": "bob's notes",
            "PYTHON": "python2",
            "DAY": "Monday",
            "MAKECMDGOALS": "x",
            "BIN": "/",
        },
    ],
)
def test_clean_removes_what_the_course_made_and_nothing_else(course, exported):
    before = everything(course.folder)
    fill(course)
    outside = course.folder.parent / "elsewhere"
    for name in (
        "a/__pycache__/x.pyc",
        "models/digits/1/saved_model.pb",
        "models/digits/1/made_by_day15",
    ):
        (outside / name).parent.mkdir(parents=True, exist_ok=True)
        (outside / name).write_text("precious", encoding="utf-8")
    (course.folder / "day12_transfer" / "__pycache__").symlink_to(outside / "a")
    (course.folder / "link").symlink_to(outside)
    (course.folder / ".venv" / "lib" / "python3.11" / "site-packages" / "elsewhere").symlink_to(
        outside
    )
    (course.folder / ".venv" / "etc").symlink_to(outside)
    kept_outside, filled = everything(outside), everything(course.folder)
    result = course.make("clean", **exported)
    assert result.returncode == 0, result.stderr
    after = everything(course.folder)
    gone = set(filled) - set(after)
    files = {name for name in gone if filled[name] != "folder"}
    assert files == {
        *OURS,
        ".venv/" + environment.MARK,
        ".venv/lib/python3.11/site-packages/elsewhere",
    }
    assert (
        all(name in after and after[name] == filled[name] for name in LEARNERS)
        and everything(outside) == kept_outside
    )
    assert {name: after[name] for name in before} == before
    assert "Kept in" in result.stdout and "my notes.md" in result.stdout


@pytest.mark.parametrize(
    "place",
    [
        "day15_deployment",
        "day15_deployment/models",
        "day15_deployment/models/digits",
        ".hypothesis",
        ".pytest_cache",
        "tests/__pycache__",
    ],
)
def test_clean_follows_no_link(course, place):
    fill(course)
    outside = course.folder.parent / "elsewhere"
    shutil.rmtree(course.folder / ".venv")
    (course.folder / place).rename(outside)
    (course.folder / place).symlink_to(outside)
    kept = everything(outside)
    assert course.make("clean").returncode == 0
    assert everything(outside) == kept and (course.folder / place).is_symlink()


def test_clean_leaves_a_foreign_environment_alone(course):
    (course.venv / "bin").mkdir(parents=True)
    (course.venv / "pyvenv.cfg").write_text("home = /usr/bin\n", encoding="utf-8")
    before = everything(course.folder)
    result = course.make("clean")
    assert (
        result.returncode == 0
        and "was not made by the course" in result.stdout
        and everything(course.folder) == before
    )
    (course.folder / "my work").mkdir()
    (course.folder / "my work" / "thesis.md").write_text("years", encoding="utf-8")
    result = course.make("clean", "VENV=my work")
    assert (
        result.returncode == 2
        and "was not made by the course" in result.stderr
        and (course.folder / "my work" / "thesis.md").exists()
    )
    shutil.rmtree(course.venv)
    course.venv.symlink_to(course.folder / "my work")
    result = course.make("clean")
    assert (
        result.returncode == 2
        and "is a link" in result.stderr
        and (course.folder / "my work" / "thesis.md").exists()
    )


@pytest.mark.parametrize("place", [".", "..", "./tools/.."])
def test_clean_and_install_refuse_the_course_itself(course, place):
    """Also with a mark in it, as somebody leaves who copies an environment's files about."""
    for folder in (course.folder, course.folder.parent):
        (folder / environment.MARK).write_text(
            json.dumps({"folder": "x", "python": "3.11", "requirements": ""}), encoding="utf-8"
        )
        for name in (
            "lib/python3.11/site-packages/thesis.py",
            "share/jupyter/thesis.md",
            "bin/python",
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("years", encoding="utf-8")
    before = everything(course.folder.parent)
    for target in ("clean", "install", "lab"):
        result = course.make(target, f"VENV={place}")
        assert (
            result.returncode == 2
            and "holds the course itself" in result.stderr
            and "Traceback" not in result.stderr
        )
    assert everything(course.folder.parent) == before


def test_clean_says_what_it_cannot_do_in_one_sentence(course, tmp_path):
    assert course.make("clean", "VENV=typo").stdout == "There is no typo.\n"
    result = course.make("clean", "VENV=" + "x" * 300)
    assert result.returncode in (0, 2) and "Traceback" not in result.stderr
    for arguments in (["VENV=--"], ["DAY=--"]):
        result = course.make("clean", *arguments)
        assert result.returncode == 2 and "Traceback" not in result.stderr
    fill(course)
    with environment.alone(course.venv):
        for target in ("clean", "install"):
            result = course.make(target)
            assert result.returncode == 2 and result.stderr.startswith(
                "Another make is at work on .venv. Wait until it is done."
            )
    assert (course.venv / "lib" / "python3.11" / "site-packages" / "x.py").exists()


def test_clean_of_a_clean_course_changes_nothing(course):
    before = everything(course.folder)
    result = course.make("clean")
    assert result.returncode == 0 and not result.stdout and everything(course.folder) == before


# ------------------------------------------------------------------------------- exported variables


@pytest.mark.parametrize("flag", [[], ["-e"]])
def test_exported_variables_reach_nothing(course, flag):
    exported = {
        "VENV": "/nowhere",
        "PYTHON": "python2",
        "DAY": "Monday",
        "LAB_ARGS": "--bad",
        "SERVE_ARGS": "--bad",
        "PYTEST_ARGS": "--bad",
        "MUTANTS_ARGS": "--bad",
        "LINT_ARGS": "--bad",
    }
    exported |= {"VARIABLES": "x", "course": "@echo mine", "quoted": "mine"}
    for target in (
        "lab",
        "serve",
        "test",
        "lint",
        "progress",
        "refresh",
        "minutes",
        "report",
        "facts",
        "mutants",
        "drawings",
        "install",
        "clean",
        "lock",
    ):
        assert (
            course.make(*flag, "-n", target, **exported).stdout == course.make("-n", target).stdout
        )
    said = course.make(
        "-n", "lab", "DAY=it's", "VENV=my venv", "LAB_ARGS=--no-browser --port=9", **exported
    ).stdout
    assert (
        "--day='it'\\''s'" in said
        and "--venv='my venv'" in said
        and "lab -- --no-browser --port=9" in said
    )


def test_python_that_is_missing_or_too_old_is_one_sentence(course):
    result = course.make("lab", "PYTHON=python9")
    assert (
        result.returncode
        and "There is no python9." in result.stderr
        and "Traceback" not in result.stderr
    )
    old = course.folder / "old python"
    old.write_text(
        (
            f"#!/bin/sh\nexec {sys.executable} -c 'import sys; sys.version_info = (3, 8, 1); "
            f'exec(sys.argv[1])\' "$4"\n'
        ),
        encoding="utf-8",
    )
    old.chmod(0o755)
    result = course.make("lab", f"PYTHON={old}")
    assert (
        result.returncode
        and "The course needs Python 3.11, 3.12 or 3.13, and this is 3.8." in result.stderr
    )


# ---------------------------------------------------------------------------------- the environment


def quick_python(course: Course) -> Path:
    """A program that runs this Python, but lets venv copy pip from the course's environment:
    ensurepip takes five seconds."""
    kept, base = course.folder.parent / "kept", sys._base_executable
    shutil.copytree(course.venv / "lib", kept / "lib", symlinks=True)
    venv, program = kept / "venv", kept / "python"
    venv.write_text(
        f"""#!/bin/sh
[ "$1 $2 $3" = "-I -m venv" ] && '{base}' -I -m venv --without-pip "$4" && cp -r '{kept}/lib' "$4"
""",
        encoding="utf-8",
    )
    start = (
        "import runpy, sys; sys._base_executable = sys.argv[1]; sys.argv = sys.argv[5:]; "
        'runpy.run_path("tools/environment.py", run_name="__main__")'
    )
    program.write_text(
        f"""#!/bin/sh
if [ "$1" = -E ]; then exit 0; fi
exec '{base}' -I -X utf8 -c '{start}' '{venv}' "$@"
""",
        encoding="utf-8",
    )
    for path in (venv, program):
        path.chmod(0o755)
    return program


def test_environment_is_made_mended_or_refused(course):
    """Its whole life in one test, since making it takes seconds: made, used, moved, stale,
    interrupted, old, foreign."""
    first = course.make("install")
    assert first.returncode == 0 and "Installing" in first.stdout, first.stderr
    mark = json.loads((course.venv / environment.MARK).read_text("utf-8"))
    assert mark == {
        "folder": str(course.venv),
        "python": "%d.%d" % sys.version_info[:2],
        "requirements": course.required(),
    }
    assert course.make("install").stdout == ""
    quick = quick_python(
        course
    )  # what venv and ensurepip make has been seen: from here on it is copied

    # new requirements are installed, the rest stays
    (course.folder / "requirements.txt").write_text("# still nothing\n", encoding="utf-8")
    assert "Installing" in course.make("install").stdout and course.make("install").stdout == ""

    # moved: libraries are found, and so are the programs in bin/
    moved = Course.__new__(Course)
    moved.folder = course.folder.rename(course.folder.parent / "moved")
    moved.venv = moved.folder / ".venv"
    result = moved.make("install")
    assert (
        result.returncode == 0
        and result.stdout == "The course has moved: .venv is mended.\n"
        and moved.make("install").stdout == ""
    )
    assert str(moved.venv) in subprocess.check_output(
        [moved.venv / "bin" / "pip", "--version"], text=True
    )
    assert str(moved.venv) in (moved.venv / "bin" / "activate").read_text("utf-8")
    again = Course.__new__(
        Course
    )  # and back into a name with spaces, which needs the other kind of first line
    again.folder = moved.folder.rename(course.folder)
    again.venv = again.folder / ".venv"
    assert again.make("install").returncode == 0
    assert str(again.venv) in subprocess.check_output(
        [again.venv / "bin" / "pip", "--version"], text=True
    )

    # interrupted, in whatever state: made anew
    course.mark()
    (course.venv / "my notes.md").write_text("mine", encoding="utf-8")
    result = course.make("install", f"PYTHON={quick}")
    assert result.returncode == 0 and ".venv was not finished. It is made anew" in result.stdout
    assert (course.venv / "my notes.md").read_text("utf-8") == "mine" and course.make(
        "install", f"PYTHON={quick}"
    ).stdout == ""

    # the Python that it was made with is gone, or was replaced by another version
    for link in (course.venv / "bin").glob("python*"):
        link.unlink()
    (course.venv / "bin" / "python").symlink_to("/gone/python3.11")
    result = course.make("install", f"PYTHON={quick}")
    assert (
        result.returncode == 0
        and "its Python (3.11) is gone or was replaced"
        in result.stdout.replace("3.12", "3.11").replace("3.13", "3.11")
    )
    mark = json.loads((course.venv / environment.MARK).read_text("utf-8"))
    course.mark(**{**mark, "python": "3.10"})
    assert (
        "its Python (3.10) is gone or was replaced"
        in course.make("install", f"PYTHON={quick}").stdout
    )

    # an update that fails leaves what was there, and the next try goes on from it
    (course.folder / "requirements.txt").write_text(
        "no-such-package-of-the-course==1\n", encoding="utf-8"
    )
    (course.venv / "lib" / "mine.txt").write_text("mine", encoding="utf-8")
    for _ in range(2):
        result = course.make("install", f"PYTHON={quick}", PIP_NO_INDEX="1")
        assert (
            result.returncode == 2
            and "The installation did not finish (see above). The next try goes on from here."
            in result.stderr
        )
        assert (
            "anew" not in result.stdout
            and course.python_in_venv() == "%d.%d" % sys.version_info[:2]
        )
    (course.folder / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    assert (
        course.make("install", f"PYTHON={quick}").returncode == 0
        and (course.venv / "lib" / "mine.txt").exists()
    )

    # without pyvenv.cfg its Python is the computer's own, into which nothing may be installed
    (course.venv / "pyvenv.cfg").unlink()
    assert "is gone or was replaced" in course.make("install", f"PYTHON={quick}").stdout

    # started by the very Python that has to go, as where .venv is activated
    course.mark()
    result = course.make("install", path=f"{course.venv / 'bin'}:{os.environ['PATH']}")
    assert result.returncode == 0 and "was not finished" in result.stdout, result.stderr

    # marks that make no sense
    for nonsense in (
        '{"folder": 5, "python": "3.11", "requirements": ""}',
        "[" * 100_000,
        "null",
        '{"folder": "x"}',
    ):
        (course.venv / environment.MARK).write_text(nonsense, encoding="utf-8")
        assert environment.read_mark(course.venv) == {}

    # a mark that cannot be read is that of an unfinished one
    (course.venv / environment.MARK).write_text("{", encoding="utf-8")
    assert "was not finished" in course.make("install", f"PYTHON={quick}").stdout

    # somebody else's
    (course.venv / environment.MARK).unlink()
    before = everything(course.folder)
    result = course.make("install")
    assert (
        result.returncode == 2
        and result.stderr.startswith(".venv was not made by the course, so it is left alone.")
        and everything(course.folder) == before
    )
    shutil.rmtree(course.venv)
    course.venv.write_text("a file", encoding="utf-8")
    result = course.make("lab")
    assert (
        result.returncode == 2
        and ".venv is not a folder" in result.stderr
        and course.venv.read_text("utf-8") == "a file"
    )


def test_a_python_that_cannot_be_asked_just_now_is_not_taken_for_gone(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    for error, words in (
        (OSError(12, "Cannot allocate memory"), "cannot be started just now"),
        (subprocess.TimeoutExpired("python", 60), "does not answer"),
    ):
        monkeypatch.setattr(
            subprocess, "run", lambda *_, error=error, **__: (_ for _ in ()).throw(error)
        )
        with pytest.raises(environment.Refused, match=words):
            environment.version_that_runs(tmp_path)


def test_packages_that_went_elsewhere_are_noticed(course, monkeypatch):
    course.borrow()
    monkeypatch.setattr(environment, "ROOT", course.folder)
    (course.folder / "requirements.txt").write_text(
        (
            f"pytest=={pytest.__version__}  # there\nnumpy==0.1\n"
            f"no-such-package==1 ; python_version > '3'\n"
        ),
        encoding="utf-8",
    )
    assert environment.not_installed(course.venv) == ["numpy==0.1", "no-such-package==1"]


def test_what_a_learner_needs_for_pip_stays(tmp_path):
    given = {
        "PIP_INDEX_URL": "a",
        "PIP_PROXY": "b",
        "HTTPS_PROXY": "c",
        "HOME": "d",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "DL15_FULL": "1",
        "SSL_CERT_FILE": "e",
    }
    taken = {
        "PIP_TARGET": "x",
        "PIP_NO_DEPENDENCIES": "1",
        "PIP_NO_BINARY": ":all:",
        "JUPYTERLAB_DIR": "/x",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "XLA_FLAGS": "x",
        "Keras_Backend": "torch",
    }
    found = environment.isolated({**given, **taken, "no_proxy": "*"}, tmp_path)
    assert (
        given.items() <= found.items()
        and not taken.keys() & found.keys()
        and found["no_proxy"] == "*"
    )


def test_environment_of_the_first_edition_is_recognized(tmp_path):
    """It has an empty file `installed` and JupyterLab's settings. One without both may be
    anybody's."""
    venv = tmp_path / ".venv"
    (venv / environment.LAB_OVERRIDES).parent.mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text(
        f"home = /usr/bin\nversion = 3.12.4\ncommand = /usr/bin/python3 -m venv {venv}\n",
        encoding="utf-8",
    )
    assert environment.read_mark(venv) is None
    (venv / environment.LAB_OVERRIDES).write_text(
        json.dumps(environment.LAB_SETTINGS), encoding="utf-8"
    )
    assert environment.read_mark(venv) is None
    (venv / "installed").touch()
    assert environment.read_mark(venv) == {
        "folder": str(venv),
        "python": "3.12",
        "requirements": "",
    }


def test_named_python_must_be_that_of_the_environment(course):
    course.borrow()
    mark = json.loads((course.venv / environment.MARK).read_text("utf-8"))
    assert course.make("install", f"PYTHON={sys.executable}").returncode == 0
    result = course.make("install", f"PYTHON={other_python(course.folder)}")
    assert (
        result.returncode == 2
        and f".venv has Python {mark['python']}, and you named 3.99. To make it anew: make clean"
        in result.stderr
    )


def other_python(folder: Path) -> Path:
    """A program that runs this Python and says that it is 3.99."""
    program = folder / "python3.99"
    program.write_text(
        f"""#!/bin/sh
if [ "$1" = -E ]; then exit 0; fi
exec {sys.executable} -c 'import runpy, sys; sys.version_info = (3, 99, 0, "final", 0); sys.argv = sys.argv[4:]; sys.path[0] = "tools"; runpy.run_path("tools/environment.py", run_name="__main__")' "$@"
""",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def test_unsupported_python_is_refused_before_anything_is_made(course):
    result = course.make("install", f"PYTHON={other_python(course.folder)}")
    assert (
        result.returncode == 2
        and "The course needs Python 3.11, 3.12 or 3.13, and this is 3.99." in result.stderr
        and not course.venv.exists()
    )


# ----------------------------------------------------------------------------------------- commands


def test_names_of_days():
    assert environment.chosen(
        [
            "day02_tensors/",
            "./day03_activations/",
            "day04",
            "day01_perceptron/perceptron.ipynb",
            str(ROOT / "day05_optimizers"),
        ]
    ) == [
        "day02_tensors",
        "day03_activations",
        "day04_backprop",
        "day01_perceptron",
        "day05_optimizers",
    ]
    with pytest.raises(environment.Refused, match="opens on one day"):
        environment.command_line("lab", ["day01_perceptron", "day02_tensors"], [], ROOT)
    for wrong in (
        "Monday",
        "day99_nothing",
        "tests",
        "day",
        "",
        "/",
        "../day02_tensors",
        "day02_tensors copy",
    ):
        with pytest.raises(
            environment.Refused, match=r"There is no notebook in .* The days here: day01_perceptron"
        ):
            environment.chosen([wrong])
    venv = ROOT / ".venv"
    assert environment.command_line("test", ["day02_tensors"], ["-x"], venv)[3:5] == [
        "--nbval",
        "day02_tensors",
    ]
    assert environment.command_line("test", [], ["-x"], venv) == [
        "-P",
        "-m",
        "pytest",
        "--nbval",
        "-x",
    ]
    assert environment.command_line("lab", ["day02_tensors"], ["--no-browser"], venv)[-2:] == [
        "--LabApp.default_url=/lab/tree/day02_tensors/tensors.ipynb?file-browser-path=/",
        "--no-browser",
    ]


def test_unknown_day_and_no_day_are_one_sentence(course):
    course.borrow()
    for target in (
        "lab",
        "test",
        "progress",
        "refresh",
        "minutes",
        "report",
        "mutants",
        "drawings",
    ):
        result = course.make(target, "DAY=day99_nothing")
        assert result.returncode == 2 and result.stderr.startswith(
            "There is no notebook in 'day99_nothing'. The days here: day01_toy day02_other\n"
        ), result.stderr
    assert "Which day? make refresh DAY=" in course.make("refresh").stderr


STUB = (
    "import os, sys\nprint(sys.argv[0], sys.argv[1:], os.environ.get('KERAS_BACKEND'), "
    "'MAKEFLAGS' in os.environ, os.getcwd())\n"
)


def test_each_target_of_the_makefile_starts_its_program(course):
    """With stubs in the place of the programs: the file, the arguments, the environment's Python,
    the course's folder."""
    course.borrow()
    for name in (
        "tools/progress.py",
        "tools/refresh.py",
        "tools/reading_time.py",
        "tools/report.py",
        "tools/facts.py",
        "tools/lint.py",
        "tools/drawings.py",
        "tools/mutants.py",
        "day15_deployment/serve.py",
    ):
        (course.folder / name).parent.mkdir(exist_ok=True)
        (course.folder / name).write_text(STUB, encoding="utf-8")
    where = f"tensorflow False {course.folder}"
    targets = {
        "progress": (["DAY=day01_toy"], "tools/progress.py ['day01_toy']"),
        "refresh": (
            ["DAY=day01_toy day02_other/"],
            "tools/refresh.py ['day01_toy', 'day02_other']",
        ),
        "minutes": (["DAY=day02_other"], "tools/reading_time.py ['day02_other']"),
        "report": ([], "tools/report.py []"),
        "facts": ([], "tools/facts.py []"),
        "lint": (["LINT_ARGS=types"], "tools/lint.py ['types']"),
        "drawings": ([], "tools/drawings.py ['--sheet']"),
        "mutants": (["MUTANTS_ARGS=--all --seed 1"], "tools/mutants.py ['--all', '--seed', '1']"),
        "serve": (["SERVE_ARGS=--port 9000"], "day15_deployment/serve.py ['--port', '9000']"),
    }
    for target, (arguments, said) in targets.items():
        result = course.make(target, *arguments, CI="")
        assert result.returncode == 0 and result.stdout == f"{said} {where}\n", (
            target,
            result.stdout,
            result.stderr,
        )
    assert course.make("lab", "LAB_ARGS=--version").stdout.count(".") == 2
    result = course.make("test", "PYTEST_ARGS=--version")
    assert (
        result.returncode == 0 and f"pytest {pytest.__version__}" in result.stdout + result.stderr
    )
    listed = {line.split()[1] for line in course.make("help").stdout.splitlines()}
    assert course.make().stdout == course.make("help").stdout  # what make alone does
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert listed == set(makefile.partition(".PHONY: ")[2].partition("\n")[0].split())
    assert listed == {
        *targets,
        "help",
        "install",
        "lab",
        "test",
        "lock",
        "clean",
    }  # install, clean, lock: tests of their own


def test_lock_resolves_in_an_environment_of_its_own_that_is_removed(course):
    """With a stub for Python, which writes down what it is asked for: the package index is not
    reached in tests."""
    stub, log = course.folder.parent / "python stub", course.folder.parent / "log"
    stub.write_text(
        f"""#!/bin/sh
echo "$@" >> '{log}'
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi
if [ "$3" = pip ] && [ "$2" = uv ]; then cat "$(dirname "$0")/../direct.txt" > constraints.txt; [ ! -e fail ]; fi
""",
        encoding="utf-8",
    )
    stub.chmod(0o755)
    (course.folder / "requirements.txt").write_text(
        "-c constraints.txt\nnumpy==2.4.6\n", encoding="utf-8"
    )
    result = course.make("lock", f"PYTHON={stub}", TMPDIR=str(course.folder.parent))
    assert result.returncode == 0, result.stderr
    assert (course.folder / "constraints.txt").read_text("utf-8") == "numpy==2.4.6\n"
    made, installed, compiled = log.read_text("utf-8").splitlines()
    assert made.startswith("-m venv ") and installed.endswith(
        "pip install --quiet --disable-pip-version-check uv"
    )
    assert compiled.startswith(
        "-m uv pip compile --quiet --universal --python-version 3.11"
    ) and compiled.endswith("--output-file constraints.txt")
    (course.folder / "fail").touch()
    assert course.make("lock", f"PYTHON={stub}", TMPDIR=str(course.folder.parent)).returncode
    assert not list(course.folder.parent.glob("tmp.*"))  # gone in both cases


def test_one_day_is_refreshed_and_tested_among_all_that_a_learner_has_configured(course):
    """PYTHONPATH with modules of the libraries' names, PYTHONOPTIMIZE, hostile options: nothing of
    it arrives."""
    course.borrow()
    mine = course.folder.parent / "my modules"
    mine.mkdir()
    for name in ("numpy", "nbformat", "lessons", "sitecustomize", "keras", "pytest", "random"):
        (mine / f"{name}.py").write_text("raise SystemExit('mine')\n", encoding="utf-8")
    exported = {
        **dirty.settings(course.folder.parent / "settings"),
        "PYTHONPATH": str(mine),
        "PYTHONOPTIMIZE": "2",
        "PYTHONWARNINGS": "error",
        "PYTHONHOME": "",
        "PYTHONSTARTUP": str(mine / "numpy.py"),
        "PYTEST_ADDOPTS": "--collect-only",
        "JUPYTER_PATH": str(mine),
        "PYTHONSAFEPATH": "1",
    }
    for day, last in (("day01_toy", "41 + 1"), ("day02_other", "1 / 0")):
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(source)
                for source in (
                    "1\n2",
                    (
                        "import os\nprint(sorted(n for n in os.environ if n.startswith(('KERAS', "
                        "'PYTHON', 'MPL', 'MATPLOT'))))\nassert __debug__"
                    ),
                    last,
                )
            ]
        )
        nbformat.write(notebook, course.folder / day / f"{day[6:]}.ipynb")
    shutil.copy(
        course.folder / "day01_toy" / "toy.ipynb", course.folder / "day01_toy" / "toy-Copy1.ipynb"
    )
    result = course.make("refresh", "DAY=day01_toy/", **exported)
    assert result.returncode == 0 and "day01_toy/toy.ipynb: saved" in result.stdout, (
        result.stdout + result.stderr
    )
    first, second, _ = nbformat.read(course.folder / "day01_toy" / "toy.ipynb", as_version=4).cells
    assert [output.data["text/plain"] for output in first.outputs] == ["2"]
    assert (
        "PYTHONPATH" not in second.outputs[0].text
        and "PYTHONOPTIMIZE" not in second.outputs[0].text
    )


def test_lab_opens_in_a_moved_course_with_the_course_s_own_kernel(course):
    course.borrow()
    moved = course.folder.rename(course.folder.parent / "moved course")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    exported = dirty.settings(course.folder.parent / "settings")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(course.folder.parent),
        **exported,
        "PYTHONPATH": "/nowhere",
    }
    lab = subprocess.Popen(
        [
            "make",
            "lab",
            "DAY=day02_other/",
            (
                f"LAB_ARGS=--no-browser --port={port} --ServerApp.port_retries=0 "
                f"--IdentityProvider.token=t --allow-root"
            ),
        ],
        cwd=moved,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def ask(address, **content):
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}{address}?token=t",
                data=json.dumps(content).encode() if content else None,
            )
            return json.loads(opener.open(request, timeout=10).read() or "{}")

        for _ in range(100):
            try:
                names = [entry["name"] for entry in ask("/api/contents/")["content"]]
                break
            except OSError:
                assert lab.poll() is None, lab.stdout.read()
                time.sleep(0.3)
        assert (
            "day02_other" in names
            and ask("/api/contents/day02_other")["content"][0]["name"] == "other.ipynb"
        )
        kernel = ask("/api/kernels", name="python3", path="day02_other/other.ipynb")
        python = Path(f"/proc/{child_with(kernel['id'], lab.pid)}")
        variables = dict(
            line.split("=", 1)
            for line in (python / "environ").read_text().split("\0")
            if "=" in line
        )
        assert (
            variables["KERAS_BACKEND"] == "tensorflow"
            and "PYTHONPATH" not in variables
            and "MPLBACKEND" not in variables
        )
        assert (python / "cmdline").read_text().split("\0")[0].startswith(str(moved / ".venv"))
    finally:
        os.killpg(lab.pid, 9)
        lab.wait()


def child_with(words: str, session: int) -> int:
    """Number of the process whose command line holds these words."""
    for _ in range(50):
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if words in path.read_text():
                    return int(path.parent.name)
            except OSError:
                continue
        time.sleep(0.2)
    raise AssertionError(f"no process with {words}")


# ------------------------------------------------------------------------- the notebooks themselves

SETUP = sources(read_notebook(DAYS[0]), "setup")[0]


def run_setup(folder, *options, code="", **environ):
    """The first cell of every notebook, in a Python started by somebody else: exit status, what it
    printed."""
    script = folder / "cell.py.txt"
    script.write_text(SETUP + "\n" + code, encoding="utf-8")
    base = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "KERAS_HOME", "KERAS_BACKEND", "no_proxy", "NO_PROXY")
    }
    command = [
        sys.executable,
        *options,
        "-c",
        (
            f"import sys; sys.path[0] = ''; exec(open({str(script)!r}, encoding='utf-8').read(), "
            f"globals())"
        ),
    ]
    result = subprocess.run(
        command, cwd=folder, env=base | environ, capture_output=True, encoding="utf-8", timeout=100
    )
    return result.returncode, result.stdout + result.stderr


def test_set_up_is_the_same_on_all_days_and_comes_first():
    firsts = {
        next(cell for cell in read_notebook(folder).cells if cell.cell_type == "code").source
        for folder in DAYS
    }
    assert firsts == {SETUP}


def test_keras_is_configured_as_the_lessons_need_it_also_when_it_was_loaded_before(tmp_path):
    """Both in one process, whose import of Keras takes longest."""
    exported = {**dirty.settings(tmp_path), "HOME": str(tmp_path)}
    code = (
        "import keras, tensorflow as tf\nprint(keras.backend.backend(), keras.config.floatx(), "
        "keras.config.image_data_format(), keras.config.epsilon(), "
        "keras.config.max_epochs(), tf.keras.__version__[0])\n"
        "keras.config.set_floatx('float16'), "
        "keras.config.set_image_data_format('channels_first')\n"
        + SETUP
        + "\nprint('again', keras.config.floatx(), keras.config.image_data_format())"
    )
    status, said = run_setup(tmp_path, code=code, **exported)
    assert (
        status == 0
        and "tensorflow float32 channels_last 1e-07 None 3" in said
        and "again float32 channels_last" in said
    ), said


def test_this_machine_is_reached_without_a_proxy(tmp_path):
    code = (
        "import os, requests.utils\n"
        "print([requests.utils.should_bypass_proxies(f'http://{host}:8501/', None) for host "
        "in ('127.0.0.1', 'localhost', 'example.com')], os.environ['NO_PROXY'])"
    )
    proxies = {
        name: value for name, value in dirty.settings(tmp_path).items() if "proxy" in name.lower()
    }
    status, said = run_setup(tmp_path, code=code, **proxies, NO_PROXY="intranet")
    assert status == 0 and "[True, True, False] intranet,localhost,127.0.0.1,::1" in said, said
    status, said = run_setup(tmp_path, code=SETUP + "\n" + code, **proxies)
    assert status == 0 and "[True, True, False] localhost,127.0.0.1,::1\n" in said, said


@pytest.mark.parametrize(
    "place, name",
    [
        (".", "turtle.py"),
        (".", "notes.py"),
        (".", "utils.py"),
        (".", "calendar.py"),
        (".", "code.py"),
        ("numpy", "data.csv"),
        ("keras", "notes.py"),
        ("test", "__init__.py"),
    ],
)
def test_innocent_files_are_no_obstacle(tmp_path, place, name):
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / name).write_text("", encoding="utf-8")
    status, said = run_setup(
        tmp_path,
        code="print('went on')",
        PYTHONPATH=os.pathsep.join([sysconfig.get_path("purelib"), "/nowhere", "", "x" * 5000]),
    )
    assert status == 0 and "went on" in said, said


def test_set_up_can_be_run_again_among_names_that_hide_pythons(tmp_path):
    status, said = run_setup(
        tmp_path,
        code="list = dir = set = filter = str = sorted = any = map = [1]\n"
        + SETUP
        + "\nprint('went on')",
    )
    assert status == 0 and "went on" in said, said


@pytest.mark.parametrize(
    "name", ["numpy.py", "keras/__init__.py", "secrets.py", "flask.py", "cycler.py"]
)
@pytest.mark.parametrize("by_path", [False, True])
def test_a_file_that_hides_a_library_is_named(tmp_path, name, by_path):
    place = tmp_path / ("elsewhere" if by_path else ".")
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_text("", encoding="utf-8")
    status, said = run_setup(
        tmp_path, code="print('went on')", **({"PYTHONPATH": str(place)} if by_path else {})
    )
    module = name.removesuffix(".py").removesuffix("/__init__")
    assert (
        status == 1
        and f"{(place / name).resolve()} hides the module {module}, which the lesson needs" in said
        and "went on" not in said
        and "Traceback" not in said
    )


def test_a_python_without_asserts_is_refused(tmp_path):
    status, said = run_setup(tmp_path, "-O")
    assert status == 1 and "Without its" not in said and "leaves out every assert" in said


def test_the_dirty_kernel_of_these_tests_spoils_a_notebook_that_is_not_set_apart(mini):
    """And the set-up cell is what saves it: the kernels are dirty, and its cells are not in
    vain.
    """
    body = [
        "import matplotlib.pyplot as plt\nplt.rcdefaults()",
        "1\nsum([1, 2], 3)",
        "import os\nprint(os.environ['KERAS_BACKEND'], 'COLUMNS' in os.environ)",
        "plt.figure(figsize=(2, 2)).text(0.5, 0.5, 'x')\nplt.show()",
    ]
    for setup, outcome in (([SETUP], 0), ([], 1)):
        mini.write(*setup, *body)
        assert mini.refresh().returncode == 0
        saved = mini.read()
        if not setup:  # what the notebook prints on a clean computer
            saved.cells[2].outputs[0].text = "tensorflow False\n"
        nbformat.write(saved, mini.path)
        result = mini.pytest()
        assert result.returncode == outcome, result.stdout
    assert "2 failed" in result.stdout or "3 failed" in result.stdout, result.stdout
