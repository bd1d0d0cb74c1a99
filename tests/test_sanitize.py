"""A number after ≈ may change, and nothing else: in strict runs, and wherever saved texts are
compared.
"""

import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns

from lessons import SANITIZE, SANITIZE_FILE, sanitized

SAME = [
    ("accuracy ≈93.4%", "accuracy ≈93.1%"),
    ("It reads ≈93.4%. Good.", "It reads ≈9.25%. Good."),
    ("≈1,000 digits", "≈999 digits"),
    ("≈1,234,567.8 tokens", "≈12 tokens"),
    ("difference ≈-3e-10", "difference ≈2.5E+10"),
    ("≈ 5 s", "≈ 12 s"),
    ("from ≈5 to ≈7", "from ≈6 to ≈8"),
    ("≈5 of 10", "≈6 of 10"),
    ("≈3.2 s", "≈0.9 s"),
    ("≈3.2s", "≈14s"),
    ("≈5.", "≈6."),
    ("≈5, then", "≈6, then"),
    ("gap ≈\N{MINUS SIGN}0.3", "gap ≈+0.1"),
    ("a column  ≈9.9%  more", "a column ≈10.1%  more"),
    ("a column ≈  9.9", "a column ≈ 10.1"),
    ("(≈0.5)", "(≈7)"),
]
DIFFERENT = [
    ("accuracy 93.4%", "accuracy 93.1%"),  # no sign of approximation
    ("≈93.4%", "≈93.4"),  # a unit
    ("≈3.2 s", "≈3.2 ms"),
    ("≈3.2s", "≈3.2ms"),
    ("≈5 of 10", "≈5 of 11"),  # the number behind it
    ("≈5 ± 0.1", "≈5 ± 0.2"),
    ("≈5, 6", "≈5, 7"),
    ("≈5,6", "≈5,7"),
    ("≈123,4567", "≈123,4568"),
    ("≈5-7", "≈5-8"),
    ("≈2.21.0", "≈2.21.1"),
    ("≈12:30", "≈12:31"),
    ("≈93.4%.", "≈93.4%"),  # the end of a sentence
    ("≈5.", "≈5"),
    ("≈5,", "≈5"),
    ("≈5.", "≈5,"),
    ("≈5 digits", "≈5 letters"),  # a word
    ("-≈5", "≈5"),  # a sign before it
    ("+≈5", "-≈5"),
    ("≈5", "5"),  # the sign of approximation itself
    ("≈5", "~5"),
    ("≈5 of 10", "≈ of 10"),  # no number
    ("≈5", "≈"),
    ("≈5", "≈nan"),
    ("≈5%", "≈nan%"),
    ("≈5", "≈inf"),
    ("≈5", "≈-inf"),
    ("≈5", "≈None"),
    ("≈5\n6", "≈5\n7"),
    ("≈\n5", "≈\n6"),  # a line of its own
    ("≈5 ≈6", "≈5"),
    ("a ≈5", "a≈5"),
    ("≈5e", "≈5"),
    ("≈1_000", "≈1_001"),  # not a form of the course
]


@pytest.mark.parametrize("saved, live", SAME)
def test_a_changed_number_after_the_sign_is_no_difference(saved, live):
    assert sanitized(saved) == sanitized(live)


@pytest.mark.parametrize("saved, live", DIFFERENT)
def test_any_other_change_is_a_difference(saved, live):
    assert sanitized(saved) != sanitized(live)


def test_replacing_is_done_once_and_leaves_other_texts_alone():
    text = "Figure 3.1  loss 0.25, accuracy 93.4%, 1,000 digits\n[[1. 2.]\n [3. 4.]]"
    assert sanitized(text) == text
    assert sanitized(sanitized("≈93.4%")) == sanitized("≈93.4%") == "≈<number>%"


def test_nbval_reads_the_file_as_the_tools_do():
    """nbval opens it in the locale's encoding, so it must be ASCII."""
    assert (
        get_sanitize_patterns(SANITIZE_FILE.read_text("ascii")) == SANITIZE and len(SANITIZE) == 1
    )


def planted(mini, pairs) -> None:
    """One cell for each pair: the second text is printed, the first one is saved."""
    notebook = mini.write(*(f"print({live!r})" for _, live in pairs))
    for number, (cell, (saved, _)) in enumerate(zip(notebook.cells, pairs, strict=True), start=1):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=saved + "\n")]
    nbformat.write(notebook, mini.path)


def test_a_strict_run_lets_a_number_after_the_sign_change(mini):
    """Also from the day's folder, and where the locale knows ASCII alone."""
    planted(mini, SAME)
    inside = mini.run(
        *("-m", "pytest", "--nbval", "toy.ipynb"),
        below="day01_toy",
        LC_ALL="C",
        PYTHONCOERCECLOCALE="0",
        PYTHONUTF8="0",
        PYTHONIOENCODING="utf-8",
    )
    assert inside.returncode == 0 and f"{len(SAME)} passed" in inside.stdout, (
        inside.stdout + inside.stderr
    )


def test_a_strict_run_refuses_every_other_change(mini):
    planted(mini, DIFFERENT)
    result = mini.run("-m", "pytest", "--nbval", "day01_toy", CI="")  # there each is printed twice
    assert result.returncode == 1 and f"{len(DIFFERENT)} failed" in result.stdout, result.stdout
    assert result.stdout.count("mismatch 'stdout'") == len(DIFFERENT), result.stdout
