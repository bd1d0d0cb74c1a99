"""In continuous integration a skip fails the run, but for what the machine cannot have; elsewhere
it does not."""

import os
import types

import pytest

import skips

PLANTED = """
import pytest

def test_good():
    pass

def test_skips():
    pytest.skip("{reason}")

@pytest.mark.xfail(reason="known", strict=True)
def test_expected_to_fail():
    assert False
"""
WHOLE_FILE = 'import pytest\npytest.skip("{reason}", allow_module_level=True)\n'


def run(mini, ci: str, reason: str, text: str = PLANTED, allowed: str = ""):
    (mini.folder / "tests" / "test_planted.py").write_text(
        text.format(reason=reason), encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CI", ci)
        patch.delenv("DL15_NO_SKIPS", raising=False)
        patch.setenv("DL15_ALLOW_MISSING", allowed)
        return mini.run("-m", "pytest", "tests/test_planted.py")


@pytest.mark.parametrize("text", [PLANTED, WHOLE_FILE], ids=["test", "file"])
def test_planted_skip_fails_in_ci_and_passes_elsewhere(mini, text):
    result = run(mini, "", "PyTorch is not installed", text)
    assert result.returncode in (0, 5) and "1 skipped" in result.stdout, (
        result.stdout
    )  # 5: nothing else was collected
    result = run(mini, "true", "PyTorch is not installed", text)
    said = (
        "A test was skipped, which is a failure in continuous integration: PyTorch is not "
        "installed. Let the machine run it."
    )
    assert (
        result.returncode in (1, 2) and said in result.stdout and "skipped in" not in result.stdout
    ), result.stdout
    assert text is WHOLE_FILE or "1 failed, 1 passed, 1 xfailed" in result.stdout, result.stdout


def test_what_is_missing_has_to_be_allowed(mini):
    result = run(mini, "true", "missing browser: Chromium is not installed", WHOLE_FILE)
    assert (
        result.returncode == 2
        and "Install it, or allow it with DL15_ALLOW_MISSING=browser." in result.stdout
    ), result.stdout
    result = run(
        mini,
        "true",
        "missing browser: Chromium is not installed",
        WHOLE_FILE,
        allowed="kserve,browser",
    )
    assert result.returncode == 5 and "1 skipped" in result.stdout, result.stdout


@pytest.mark.parametrize(
    "platform, name, allowed, reason, passes",
    [
        ("linux", "posix", "", "needs Linux: looks into /proc", False),
        ("darwin", "posix", "", "needs Linux: looks into /proc", True),
        ("win32", "nt", "", "Skipped: needs Linux: looks into /proc", True),
        ("linux", "posix", "", "not on Windows: needs make", False),  # make is missing on Linux
        ("darwin", "posix", "", "not on Windows: needs make", False),
        ("win32", "nt", "", "not on Windows: needs make", True),
        ("win32", "nt", "", "Windows", False),
        ("linux", "posix", "browser", "missing kserve: no Python has it", False),
        ("linux", "posix", "browser, kserve", "missing kserve: no Python has it", True),
        ("linux", "posix", "browser", "missing : nothing", False),
        ("linux", "posix", "", "missing : nothing", False),
        ("linux", "posix", "", "", False),
        ("linux", "posix", "browser", "browser", False),
    ],
)
def test_a_reason_has_to_be_true_of_the_machine(
    monkeypatch, platform, name, allowed, reason, passes
):
    monkeypatch.setattr(skips, "sys", types.SimpleNamespace(platform=platform))
    monkeypatch.setattr(skips, "os", types.SimpleNamespace(name=name, environ=os.environ))
    monkeypatch.setenv("DL15_ALLOW_MISSING", allowed)
    monkeypatch.setenv("CI", "true")
    assert (skips.problem(reason) == "") is passes
    monkeypatch.setenv("DL15_NO_SKIPS", "1")
    monkeypatch.setenv("CI", "")
    assert (skips.problem(reason) == "") is passes
    monkeypatch.delenv("DL15_NO_SKIPS")
    assert skips.problem(reason) == ""
