"""Continuous integration itself: the hosted workflow is valid, and .ci/run does not turn green with
its proofs missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import environment
from lessons import ROOT

RUN = (ROOT / ".ci" / "run").read_text("utf-8")
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
TEXT = WORKFLOW.read_text("utf-8")
CHECKER = Path(sys.executable).with_name("check-jsonschema")


def check_schema(*paths) -> subprocess.CompletedProcess:
    command = [
        CHECKER,
        "--builtin-schema",
        "vendor.github-workflows",
        *paths,
    ]  # the schema comes with the package
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=100)


@pytest.mark.skipif(
    not CHECKER.exists(),
    reason="missing lint: python -m pip install -r tests/requirements-lint.txt",
)
def test_workflow_keeps_the_schema_and_planted_faults_do_not(tmp_path):
    assert check_schema(WORKFLOW).returncode == 0, check_schema(WORKFLOW).stdout
    faults = {
        "a key": ("runs-on:", "run-on:"),
        "a number": ("timeout-minutes: 45", "timeout-minutes: soon"),
        "an event": ("pull_request:", "pull-request:"),
        "a permission": ("contents: read", "contents: some"),
        "a step": ("- uses: actions/checkout@v4", "- use: actions/checkout@v4"),
    }
    for name, (right, wrong) in faults.items():
        assert right in TEXT
        (tmp_path / f"{name}.yml").write_text(TEXT.replace(right, wrong, 1), "utf-8")
    result = check_schema(*tmp_path.iterdir())
    assert result.returncode == 1 and all(f"{name}.yml" in result.stdout for name in faults), (
        result.stdout
    )


def jobs() -> dict[str, str]:
    """The text of each job of the workflow, by name."""
    parts = re.split(r"^  (\w+):\n", TEXT.partition("\njobs:\n")[2], flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_job_lets_the_kernel_close_the_network_before_it_tests():
    assert set(jobs()) == {"locked", "newest"}
    for name, text in jobs().items():
        lines = [
            line.strip()
            for line in text.splitlines()
            if line.strip().startswith(("run: ", "- name: "))
        ]
        lock = lines.index("run: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
        tests = [place for place, line in enumerate(lines) if ".ci/run" in line or "pytest" in line]
        assert tests and lock < min(tests), name


def test_windows_runs_the_course_s_own_command():
    (command,) = re.findall(r"if: runner\.os == 'Windows'\n +run: python (.*)\n", TEXT)
    program, *arguments = command.split()
    assert (ROOT / program).samefile(environment.__file__) and arguments == ["test"]


@pytest.mark.skipif(os.name == "nt", reason="not on Windows: needs bash")
@pytest.mark.parametrize(
    "ci, allowed, code, left",
    [
        ("true", "", 1, None),
        ("true", "kserve", 1, None),
        ("true", "browsers", 1, None),
        ("true", "browser,kserve", 0, "browser,kserve"),
        ("", "", 0, "browser"),
        ("", "kserve", 0, "kserve,browser"),
    ],
)
def test_what_cannot_be_installed_fails_in_ci_with_one_sentence(ci, allowed, code, left):
    function = re.search(r"^missing\(\) \{\n.*?^\}\n", RUN, re.M | re.S)[0]
    script = (
        f'set -euo pipefail\n{function}missing browser "Chromium could not be '
        f'installed."\necho "left: $DL15_ALLOW_MISSING"'
    )
    environ = {"PATH": os.environ["PATH"], "CI": ci, "DL15_ALLOW_MISSING": allowed}
    result = subprocess.run(
        [shutil.which("bash"), "-c", script], env=environ, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == code
    if code:
        said = "In CI its tests may not be skipped, unless DL15_ALLOW_MISSING names it: browser."
        assert result.stderr == f"Chromium could not be installed. {said}\n" and not result.stdout
    else:
        assert (
            result.stdout
            == f"Chromium could not be installed. Its tests are skipped.\nleft: {left}\n"
        )


def test_a_skip_fails_the_run_and_each_name_of_what_may_be_missing_is_known():
    assert RUN.index("\nexport DL15_NO_SKIPS=1\n") < RUN.index("\nmake test")
    known = set(re.findall(r"(?<!\.)\bmissing (\w+) \"", RUN))
    used = {
        name
        for path in (ROOT / "tests").glob("*.py")
        if path.name not in ("skips.py", "test_skips.py")
        for name in re.findall(r"[\"']missing (\w+): ", path.read_text("utf-8"))
    }
    assert known == used == {"browser", "kserve", "lint"}
