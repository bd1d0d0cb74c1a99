"""A number that no cell measures comes from a script of tests/experiments, which prints it."""

import nbformat
import pytest

import experiments
import toy_lesson
from lessons import DAYS, ROOT, day_number

FIXTURES = sorted(path.parent for path in (ROOT / "tests" / "fixtures").glob("day00_*/README.md"))
SCRIPTS = sorted(experiments.FOLDER.glob("*.py"))
EVERY = [pytest.param(folder, id=folder.name) for folder in [*DAYS, *FIXTURES]]
# Sentences of the first edition that say "run separately" without a script. They go when the lesson
# is rewritten.
KNOWN = {"day14_transformers": 6}


def test_every_script_is_named_by_its_day_and_every_named_script_exists():
    named = {folder: experiments.names_in(folder) for folder in [*DAYS, *FIXTURES]}
    there = {script.stem for script in SCRIPTS}
    for folder, names in named.items():
        assert not names - there, (
            f"{folder.name} names scripts that do not exist: {sorted(names - there)}"
        )
    for script in SCRIPTS:
        own = [folder for folder in named if day_number(folder) == day_number(script)]
        assert own and script.stem in named[own[0]], (
            f"no README or notebook of its day names {script.name}"
        )
    for saved in experiments.FOLDER.glob("*.txt"):
        assert saved.stem in there, f"{saved.name} is the output of no script"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_says_day_command_and_run_time_and_does_nothing_when_imported(script):
    assert not experiments.script_problems(script)
    compile(script.read_text("utf-8"), script.name, "exec")


@pytest.mark.parametrize("folder", EVERY)
def test_a_sentence_that_says_it_measured_elsewhere_names_a_script(folder):
    found = experiments.numbers_without_script(folder)
    assert len(found) == KNOWN.get(folder.name, 0), "\n".join(found)


@pytest.mark.parametrize("folder", EVERY)
def test_what_the_second_edition_quotes_was_printed__the_first_has_no_saved_outputs(folder):
    assert not experiments.quoted_numbers_not_printed(folder)


# ---------------------------------------------------------------------- the rules are shown to work

GOOD = '''"""Day 1: how many are right.

    python tests/experiments/day01_right.py        about 2 seconds on one core
"""

import sys

SHARES = [0.9137, 0.75]


def main():
    print("right:", *SHARES, "after 1,500 steps, largest difference 2e-10")


if __name__ == "__main__":
    main()
'''


def lesson(tmp_path, sentence: str, edition_of=2):
    """A toy lesson with a sentence in it, and the script, run: the lesson's folder, the script."""
    script = tmp_path / "day01_right.py"
    script.write_text(GOOD, encoding="utf-8")
    assert experiments.run(script, tmp_path) == 0
    folder = tmp_path / "day01_toy"
    notebook = toy_lesson.write(folder)
    notebook.cells[2].source += "\n\n" + sentence
    notebook.metadata["dl15"] = {"edition": edition_of}
    nbformat.write(notebook, folder / "toy.ipynb")
    return folder, script


def test_the_output_of_a_run_is_saved_without_a_date_and_the_same_each_time(tmp_path, capsys):
    _, script = lesson(tmp_path, "")
    saved = script.with_suffix(".txt").read_bytes()
    printed = b"right: 0.9137 0.75 after 1,500 steps, largest difference 2e-10\n"
    assert saved.startswith(
        b"# python tests/experiments/day01_right.py\n# script "
    ) and saved.endswith(b"\n\n" + printed)
    assert (
        experiments.run(script, tmp_path) == 0 and script.with_suffix(".txt").read_bytes() == saved
    )
    script.write_text(GOOD.replace("print(", "raise ValueError("), encoding="utf-8")
    assert experiments.run(script, tmp_path) and script.with_suffix(".txt").read_bytes() == saved
    assert (
        experiments.main(["day99_nothing"]) == 2
        and "There are: day04_mask" in capsys.readouterr().err
    )


NAME = "(`tests/experiments/day01_right.py`)"


@pytest.mark.parametrize(
    "sentence",
    [
        f"It reads 91.4% of them {NAME}.",
        f"It reads 91.4% {NAME}, see Day 7 and section 3, (1.9) and Figure 1.2.",
        f"It reads ≈91% after 1,500 steps {NAME}.",
        f"A share of 0.914, or 0.75 {NAME}.",
        f"They agree to 2e-10 {NAME}.",
        f"It reads 91.4%, on other digits. {NAME}",
        f"| share | of |\n|---|---|\n| 91% | 75% |\n\n{NAME} prints them.",
        f"Three seeds {NAME}.",
        "It was measured as 12% here.",
    ],
)
def test_a_number_that_the_script_printed_may_be_quoted(sentence, tmp_path):
    folder, _ = lesson(tmp_path, sentence)
    assert experiments.quoted_numbers_not_printed(folder, tmp_path) == []
    assert experiments.numbers_without_script(folder) == []


@pytest.mark.parametrize(
    "sentence, said",
    [
        (f"It reads 91.5% of them {NAME}.", "did not print 91.5%"),
        (f"It reads 91.4% after 1,501 steps {NAME}.", "did not print 1,501"),
        (f"It takes 92 steps {NAME}.", "did not print 92"),
        (f"A share of 0.915 {NAME}.", "did not print 0.915"),
        (f"They agree to 3e-10 {NAME}.", "did not print 3e-10"),
        (f"It reads 74%, on other digits. {NAME}", "did not print 74%"),
        (f"| share | of |\n|---|---|\n| 91% | 76% |\n\n{NAME} prints them.", "did not print 76%"),
        ("It reads 91.4% (`tests/experiments/day01_left.py`).", "day01_left.py does not exist"),
    ],
)
def test_a_number_that_the_script_did_not_print_is_found(sentence, said, tmp_path):
    folder, _ = lesson(tmp_path, sentence)
    found = experiments.quoted_numbers_not_printed(folder, tmp_path)
    assert (
        len(found) == 1 and said in found[0] and found[0].startswith("day01_toy/toy.ipynb, cell 2")
    ), found


def test_the_first_edition_is_exempt(tmp_path):
    folder, _ = lesson(tmp_path, f"It reads 12.3% of them {NAME}.", edition_of=1)
    assert experiments.quoted_numbers_not_printed(folder, tmp_path) == []


def test_an_output_that_is_missing_or_older_than_its_script_is_found(tmp_path):
    folder, script = lesson(tmp_path, f"It reads 91.4% {NAME}. And 75% {NAME}.")
    script.write_text(GOOD.replace("0.75", "0.74"), encoding="utf-8")
    found = experiments.quoted_numbers_not_printed(folder, tmp_path)
    assert len(found) == 1 and "is newer than its saved output" in found[0]
    script.with_suffix(".txt").unlink()
    found = experiments.quoted_numbers_not_printed(folder, tmp_path)
    assert len(found) == 1 and "has no saved output; make it with" in found[0]


@pytest.mark.parametrize(
    "sentence",
    [
        "Three seeds, run separately, read 91%.",
        "It reads 91% (measured\nelsewhere).",
        "In a separate run it read 91%.",
        "Measured outside this notebook: 91%.",
    ],
)
def test_a_number_from_elsewhere_without_a_script_is_found(sentence, tmp_path):
    folder, _ = lesson(tmp_path, sentence)
    assert len(experiments.numbers_without_script(folder)) == 1
    folder, _ = lesson(tmp_path, sentence.replace("91%", f"91% {NAME}"))
    assert experiments.numbers_without_script(folder) == []


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("Day 1:", "Day 2:", "must begin with 'Day 1'"),
        ("day01_right.py ", "right.py ", "must give the command"),
        ("about 2 seconds", "a moment", "how long it runs"),
        (
            "SHARES = ",
            "for SHARES in ([1], [2]):\n    print(SHARES)\nSHARES = ",
            "line 8 does something",
        ),
        ("SHARES = ", "print(1)\nSHARES = ", "line 8 does something"),
        ("SHARES = ", "with open(__file__) as file:\n    pass\nSHARES = ", "line 8 does something"),
        ("import sys", "import sys\nexec('x = 1')", "line 7 does something"),
        ('if __name__ == "__main__":\n    main()\n', "main()\n", "does something"),
        ('if __name__ == "__main__":\n    main()\n', "", "no if __name__"),
    ],
)
def test_a_script_of_another_form_is_found(old, new, said, tmp_path):
    script = tmp_path / "day01_right.py"
    script.write_text(GOOD, encoding="utf-8")
    assert experiments.script_problems(script) == []
    script.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    assert said in "\n".join(experiments.script_problems(script))
