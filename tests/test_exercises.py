"""Every exercise: the stub is not attempted, the solution passes, and wrong answers get a hint that names the mistake.

The wrong answers stand in wrong_answers/dayNN_topic.py, each marked with the exercise and with words that its hint must hold.
"""

import contextlib
import functools
import importlib
import io
import re

import pytest

from lessons import DAYS, ROOT, read_notebook, sources


@functools.cache
def course(folder) -> dict:
    """The names that a learner has who has run the set-up cells and the exercise cells, and nothing else."""
    notebook, names = read_notebook(folder), {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for kind in ("setup", "exercise", "check", "solution"):
            for source in sources(notebook, kind):
                exec(compile(source, f"{folder.name}:{kind}", "exec"), names)
    return names


def exercises(folder) -> list[str]:
    return [re.search(r"^(?:def|class) (\w+)", source, re.M)[1] for source in sources(read_notebook(folder), "exercise")]


def verdict(folder, exercise: str, answer) -> str:
    """What attempt() prints for an answer."""
    names, said = course(folder), io.StringIO()
    with contextlib.redirect_stdout(said):
        names["attempt"](names[f"check_{exercise}"], answer)
    return said.getvalue().strip()


def wrong_answers(folder) -> list:
    module = importlib.import_module(f"wrong_answers.{folder.name}")
    return [value for value in vars(module).values() if callable(value) and hasattr(value, "exercise")]


EXERCISES = [pytest.param(folder, name, id=f"{folder.name}-{name}") for folder in DAYS for name in exercises(folder)]
WRONG = [pytest.param(folder, answer, id=f"{folder.name}-{answer.exercise}-{answer.__name__}") for folder in DAYS for answer in wrong_answers(folder)]


@pytest.mark.parametrize("folder, exercise", EXERCISES)
def test_stub_is_not_attempted_yet(folder, exercise):
    assert verdict(folder, exercise, course(folder)[exercise]) == f"… {exercise}: not attempted yet"


@pytest.mark.parametrize("folder, exercise", EXERCISES)
def test_solution_passes(folder, exercise):
    assert verdict(folder, exercise, course(folder)[f"{exercise}_solution"]) == f"✓ {exercise}_solution: every check passes"


@pytest.mark.parametrize("folder, exercise", EXERCISES)
def test_at_least_two_wrong_answers_are_kept(folder, exercise):
    assert sum(answer.exercise == exercise for answer in wrong_answers(folder)) >= 2


@pytest.mark.parametrize("folder, answer", WRONG)
def test_wrong_answer_gets_the_hint_that_names_the_mistake(folder, answer):
    said = verdict(folder, answer.exercise, answer)
    assert said.startswith("✗"), f"{answer.__name__} is wrong, but the check says: {said}"
    assert answer.hint in said, f"the hint must name the mistake ('{answer.hint}'), but says: {said}"


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_attempt_never_raises(folder):
    """A learner's typo, or a function with other arguments, is reported and does not stop Run All."""
    exercise = exercises(folder)[0]
    assert "your code stopped with TypeError" in verdict(folder, exercise, lambda: None)
    assert "your code stopped with TypeError" in verdict(folder, exercise, 5)
    assert "your code stopped with ZeroDivisionError" in verdict(folder, exercise, lambda *args: 1 / 0)


def test_readme_states_how_many_wrong_answers_are_kept():
    stated = int(re.search(r"(\d+) wrong answers are kept", (ROOT / "README.md").read_text(encoding="utf-8"))[1])
    assert stated == sum(len(wrong_answers(folder)) for folder in DAYS)


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_no_wrong_answer_hides_another_of_the_same_name(folder):
    source = (ROOT / "tests" / "wrong_answers" / f"{folder.name}.py").read_text(encoding="utf-8")
    assert len(re.findall(r"^@wrong\(", source, re.M)) == len(wrong_answers(folder)), "two functions have the same name"
