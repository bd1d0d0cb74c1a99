"""Every exercise: the stub is not attempted, the solution passes, and wrong answers get a hint that
names the mistake.

The wrong answers stand in wrong_answers/dayNN_topic.py, each marked with the exercise and with
words that its hint must hold. Right answers of other styles stand in right_answers/dayNN_topic.py;
they must pass.
"""

import ast
import builtins
import contextlib
import functools
import importlib
import io
import re
import sys

import pytest

import facts
import unusual_answers
from lessons import DAYS, ROOT, cell_defining, read_notebook, sources


@functools.cache
def course(folder) -> dict:
    """The names that a learner has who has run the set-up cells and the exercise cells, and nothing
    else."""
    notebook, names = read_notebook(folder), {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for kind in ("setup", "exercise", "check", "solution"):
            for source in sources(notebook, kind):
                exec(compile(source, f"{folder.name}:{kind}", "exec"), names)
    return names


@functools.cache
def rebound(folder) -> dict:
    """The checks and `attempt` in a notebook in which, in the end, every name means something else.

    The learner began with `from numpy import *`, ran the set-up and the checks, and then used each
    name of Python, of the set-up and of the libraries for a list. All verdicts in this file are
    given there. One name is left as it was: the class that Day 4's third exercise extends, since
    the answers are made of it.
    """
    import numpy

    notebook, own = read_notebook(folder), course(folder)
    names = {"__name__": "__main__", **{name: getattr(numpy, name) for name in numpy.__all__}}
    names.update({name: own[name] for name in exercises(folder)})
    with contextlib.redirect_stdout(io.StringIO()):
        for source in [*sources(notebook, "setup"), *sources(notebook, "check")]:
            exec(compile(source, f"{folder.name}:check", "exec"), names)
    kept = {name: value for name, value in names.items() if name.startswith("check_")} | {
        "attempt": sys.modules["attempt"]
    }
    for name in {
        *names,
        *dir(builtins),
        "np",
        "tf",
        "keras",
        "layers",
        "math",
        "json",
        "plt",
        "pd",
    } - {"__builtins__", "__name__"}:
        names[name] = [784, 100, 10]
    if "Value" in own:
        names["Value"] = own["Value"]
    return kept


def exercises(folder) -> list[str]:
    return [
        re.search(r"^(?:def|class) (\w+)", source, re.M)[1]
        for source in sources(read_notebook(folder), "exercise")
    ]


def verdict(folder, exercise: str, answer) -> str:
    """What attempt() prints for an answer."""
    names, said = rebound(folder), io.StringIO()
    with contextlib.redirect_stdout(said):
        names["attempt"](names[f"check_{exercise}"], answer)
    return said.getvalue().strip()


def kept_answers(folder, kind: str) -> list:
    """The answers in wrong_answers or right_answers for a day."""
    module = importlib.import_module(f"{kind}.{folder.name}")
    return [
        value for value in vars(module).values() if callable(value) and hasattr(value, "exercise")
    ]


def wrong_answers(folder) -> list:
    return kept_answers(folder, "wrong_answers")


EXERCISES = [
    pytest.param(folder, name, id=f"{folder.name}-{name}")
    for folder in DAYS
    for name in exercises(folder)
]
RIGHT = [
    pytest.param(folder, answer, id=f"{folder.name}-{answer.exercise}-{answer.__name__}")
    for folder in DAYS
    for answer in kept_answers(folder, "right_answers")
]
WRONG = [
    pytest.param(folder, answer, id=f"{folder.name}-{answer.exercise}-{answer.__name__}")
    for folder in DAYS
    for answer in wrong_answers(folder)
]


@pytest.mark.parametrize("folder, exercise", EXERCISES)
def test_stub_is_not_attempted_yet(folder, exercise):
    assert verdict(folder, exercise, course(folder)[exercise]) == f"… {exercise}: not attempted yet"


@pytest.mark.parametrize("folder, exercise", EXERCISES)
def test_solution_passes(folder, exercise):
    assert (
        verdict(folder, exercise, course(folder)[f"{exercise}_solution"])
        == f"✓ {exercise}_solution: every check passes"
    )


@pytest.mark.parametrize("folder, exercise", EXERCISES)
def test_at_least_two_wrong_answers_are_kept(folder, exercise):
    assert sum(answer.exercise == exercise for answer in wrong_answers(folder)) >= 2


@pytest.mark.parametrize("folder, answer", WRONG)
def test_wrong_answer_gets_the_hint_that_names_the_mistake(folder, answer):
    said = verdict(folder, answer.exercise, answer)
    assert said.startswith("✗"), f"{answer.__name__} is wrong, but the check says: {said}"
    assert answer.hint in said, (
        f"the hint must name the mistake ('{answer.hint}'), but says: {said}"
    )


@pytest.mark.parametrize("folder, answer", RIGHT)
def test_right_answer_of_another_style_passes(folder, answer):
    assert verdict(folder, answer.exercise, answer) == f"✓ {answer.exercise}: every check passes"


@pytest.mark.parametrize("folder, exercise", EXERCISES)
def test_at_least_three_right_answers_are_kept(folder, exercise):
    assert sum(answer.exercise == exercise for answer in kept_answers(folder, "right_answers")) >= 3


UNUSUAL = [
    (lambda *arguments: 1 / 0, "your code stopped with ZeroDivisionError: division by zero"),
    (lambda: None, "the check could not use your answer, TypeError: "),
    (5, "the check could not use your answer, TypeError: 'int' object is not callable"),
    (
        unusual_answers.own_assert,
        'an assert of your own failed: assert arguments == "a rule of mine"',
    ),
    (unusual_answers.own_assert_with_words, "an assert of your own failed: mine was broken"),
    (unusual_answers.numpys_assert, "an assert of your own failed: Arrays are not equal"),
    (
        unusual_answers.not_implemented_inside,
        "your code stopped with NotImplementedError: no <class 'numpy.float16'> here",
    ),
    (unusual_answers.leaves, "your code stopped with SystemExit: enough"),
    (unusual_answers.says_nothing, "your code stopped with LookupError: raise LookupError"),
]


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_attempt_says_whose_error_it_is_and_never_raises(folder):
    """A learner's typo, assert or exit is reported in one line, is never empty, and does not stop
    Run All."""
    exercise = next(name for name in exercises(folder) if name != "ask_patiently")
    for answer, words in UNUSUAL:
        said = verdict(folder, exercise, answer)
        assert said.startswith(f"✗ {exercise}: {words}") and len(said.splitlines()) == 1, said


@pytest.mark.parametrize(
    "name, failing, said",
    [
        ("hint", 'assert answer(1) == 2, "twice one is two"', "✗ double: twice one is two"),
        ("no hint", "assert answer(1) == 2", "✗ double: without a word"),
        (
            "the check's own error",
            "assert answer(1) + 'a'",
            "✗ double: the check could not use your answer, TypeError: unsupported operand",
        ),
        ("two lines", 'assert not answer(1), "one\\ntwo"', "✗ double: one two"),
        (
            "numpy's assert",
            "np.testing.assert_equal(answer(1), 2)",
            "✗ double: Items are not equal: ACTUAL: 1 DESIRED: 2",
        ),
    ],
)
def test_a_failing_check_is_never_an_empty_hint(name, failing, said):
    names: dict = {"__name__": "__main__"}
    exec(
        (
            f"import numpy as np\ndef check_double(answer):\n    {failing}\ndef double(x):\n"
            f"    return x"
        ),
        names,
    )
    with contextlib.redirect_stdout(io.StringIO()) as out:
        rebound(DAYS[0])["attempt"](names["check_double"], names["double"])
    assert out.getvalue().strip().startswith(said)


def test_attempt_does_not_let_numpys_error_settings_of_a_learner_through():
    import numpy

    before = numpy.seterr(all="raise")
    try:
        folder = ROOT / "day03_activations"
        assert verdict(folder, "log_softmax", course(folder)["log_softmax_solution"]).startswith(
            "✓"
        )
        assert numpy.geterr()["over"] == "raise"
    finally:
        numpy.seterr(**before)


@pytest.mark.parametrize("folder, exercise", EXERCISES)
def test_check_uses_no_name_but_those_that_attempt_provides(folder, exercise):
    """A name that it took from the notebook could mean anything there. And each of its asserts has
    a hint."""
    source = cell_defining(folder, f"check_{exercise}").source
    check = course(folder)[f"check_{exercise}"]
    codes = [check.__code__]
    for code in codes:
        codes += [constant for constant in code.co_consts if hasattr(constant, "co_code")]
    attributes = {
        node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)
    }
    imported = {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    modules = {
        node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)
    }
    free = (
        {word for code in codes for word in code.co_names}
        - attributes
        - imported
        - modules
        - set(dir(builtins))
    )
    provided = {
        *course(folder)["attempt"].__globals__["MODULES"],
        *vars(course(folder)["attempt"]),
        "Value",
    }
    assert free <= provided, f"{exercise}: {sorted(free - provided)}"
    silent = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assert) and node.msg is None
    ]
    assert not silent, f"{exercise}: an assert without a hint: {silent[0]}"


@pytest.mark.parametrize("kind", ["wrong", "right"])
def test_answers_are_counted_as_they_are_found(kind):
    """tools/facts.py counts lines and imports nothing; the root README states the count."""
    assert facts.answers(kind) == sum(
        len(kept_answers(folder, f"{kind}_answers")) for folder in DAYS
    )


@pytest.mark.parametrize(
    "kind, folder",
    [
        pytest.param(kind, folder, id=f"{kind}-{folder.name}")
        for kind in ("wrong", "right")
        for folder in DAYS
    ],
)
def test_no_answer_hides_another_of_the_same_name(kind, folder):
    source = (ROOT / "tests" / f"{kind}_answers" / f"{folder.name}.py").read_text(encoding="utf-8")
    assert len(re.findall(rf"^@{kind}\(", source, re.M)) == len(
        kept_answers(folder, f"{kind}_answers")
    ), "two functions have the same name"
