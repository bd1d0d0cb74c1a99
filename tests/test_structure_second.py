"""The second edition's rules: a lesson that keeps them all, and for each rule a breach that is
refused."""

import re
import shutil

import nbformat
import pytest

import lesson_rules
import reading_time
import test_structure
from lessons import ROOT, edition, notebook_path, tags

FIXTURE = ROOT / "tests" / "fixtures" / "day00_line"
NEXT = "day01_perceptron"


def one(found):
    """The first of these. LookupError, in one sentence, if there is none."""
    for item in found:
        return item
    raise LookupError("the fixture lesson has no such cell any more: the breach must follow it")


class Planted:
    """A copy of the fixture lesson, followed by a next day, that a breach may change."""

    def __init__(self, place):
        self.folder = place / FIXTURE.name
        shutil.copytree(FIXTURE, self.folder)
        after = place / NEXT
        after.mkdir()
        for name in ("README.md", "perceptron.ipynb"):
            (after / name).touch()
        self.days = [self.folder, after]
        self.notebook = nbformat.read(notebook_path(self.folder), as_version=4)
        self.readme = (self.folder / "README.md").read_text("utf-8")
        self.cells = self.notebook.cells
        self.readme += f"\n[Day 1](../{NEXT}/README.md)\n"
        self.cells[0].source += f"\n\n[Day 1](../{NEXT}/perceptron.ipynb)"
        self.cells[-1].source = f"Next: [Day 1, The Perceptron](../{NEXT}/perceptron.ipynb)."

    @property
    def code(self):
        return [cell for cell in self.cells if cell.cell_type == "code"]

    def number(self, cell) -> int:
        """Place of a code cell among the code cells, as pytest counts them."""
        return one(number for number, other in enumerate(self.code) if other is cell)

    def first(self, role):
        """The first code cell with a role, or with none if the role is ""."""
        roles = set(lesson_rules.ROLES)
        return one(
            cell
            for cell in self.code
            if role in tags(cell) or (not role and not roles & set(tags(cell)))
        )

    def add(self, source, printed="", where=None, **metadata):
        """A new code cell that follows the code cell `where`, else the first of the reader's
        path."""
        after = one(
            place for place, cell in enumerate(self.cells) if cell is (where or self.first(""))
        )
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)] if printed else []
        cell = nbformat.v4.new_code_cell(source, metadata=metadata, outputs=outputs)
        self.cells.insert(after + 1, cell)
        return cell

    def replace(self, old, new, count=-1):
        """Replace in README.md and in all Markdown cells."""
        assert old in self.readme + "".join(cell.source for cell in self.cells), old
        self.readme = self.readme.replace(old, new, count)
        for cell in self.cells:
            if cell.cell_type == "markdown":
                cell.source = cell.source.replace(old, new, count)

    def save(self):
        for number, cell in enumerate(self.code, start=1):
            cell.execution_count = number if cell.execution_count != 99 else 99
        if notebook_path(self.folder).exists():
            nbformat.write(self.notebook, notebook_path(self.folder))
        if self.readme:
            (self.folder / "README.md").write_text(self.readme, "utf-8")

    def broken(self) -> list[lesson_rules.Problem]:
        self.save()
        return lesson_rules.broken(self.folder, self.days)


# ------------------------------------------------------------------------------- the breaches
README, NOTEBOOK = "day00_line/README.md", "day00_line/line.ipynb"
BREACHES = []  # the rule, the breach, the file that the message must name


def breach(rule, where=None):
    """A function that plants a breach of `rule`. It returns the cell that the message must name,
    if any."""

    def register(function):
        BREACHES.append(pytest.param(rule, function, where, id=f"{rule}-{function.__name__}"))
        return function

    return register


def replaced(rule, old, new, where=README, name=""):
    """A breach made by replacing a text in README.md and the Markdown cells."""

    def plant(lesson):
        lesson.replace(old, new)

    plant.__name__ = name or "replaced"
    breach(rule, where)(plant)


def appended(rule, source, printed="", where=None, name="appended", **metadata):
    """A breach made by a further cell; the message must name it."""

    def plant(lesson):
        return lesson.add(source, printed, lesson.first(where) if where else None, **metadata)

    plant.__name__ = name
    breach(rule, NOTEBOOK)(plant)


FOLDED = {"source_hidden": True}

# README.md
replaced("readme-sections", "## Pitfalls", "## Traps")
replaced(
    "readme-sections", "## The key formulas", "## The mathematics", name="of_the_first_edition"
)
replaced("readme-title", "# Day 0: A Line", "# A Line")
replaced("readme-doctest", ">>> ", "")
replaced("formulas-in-order", r"\tag{0.2}", r"\tag{0.7}")
replaced("formulas-all-numbered", r" \tag{0.2}", "")
replaced("five-questions", "<details><summary>Answer", "<details><summary>Solution")
replaced("five-questions", "\n5. ", "\n6. ", name="no_fifth")
replaced("pitfalls-table", "| How you notice |", "| How |")
replaced("run-time", "runs in about", "takes about")
replaced("idea-drawing", "figures/loop.svg", "loop.svg")
replaced("readme-length", "\n## The idea\n", "\n## The idea\n\n" + "word " * 1200)
replaced("readme-minutes", "\n## The idea\n", "\n## The idea\n\n" + "word " * 1300)
replaced("links-lead-somewhere", "(figures/loop.svg)", "(figures/lop.svg)", NOTEBOOK)
replaced(
    "alternative-text-says-it",
    "![A loop: petal length, the line's answer, its error, the loss, "
    "and back to slope and intercept by the gradient]",
    "![the loop]",
)


@breach("minutes-in-facts", README)
def no_minutes(lesson):
    lesson.readme = re.sub(
        r"^About .*$", "The notebook runs in about 5 seconds.", lesson.readme, count=1, flags=re.M
    )


@breach("readme-exists", README)
def no_readme(lesson):
    lesson.readme = ""
    (lesson.folder / "README.md").unlink()


@breach("alternative-text", NOTEBOOK)
def image_without_words(lesson):
    lesson.cells[0].source += "\n\n![](figures/loop.svg)"


@breach("drawings-as-images", README)
def drawing_with_a_width(lesson):
    lesson.readme += '\n<img alt="the loop of four boxes" width="300" src="figures/loop.svg">\n'


@breach("heading-levels", NOTEBOOK)
def level_skipped(lesson):
    lesson.cells[0].source += "\n\n#### Too deep"


@breach("one-title", README)
def two_titles(lesson):
    lesson.readme += "\n# Another\n"


@breach("link-text", README)
def vague_link(lesson):
    lesson.readme += "\n[here](line.ipynb)\n"


@breach("table-heads", NOTEBOOK)
def headless_table(lesson):
    lesson.cells[0].source += "\n\n| | value |\n|---|---|\n| a | 1 |\n"


# the notebook
@breach("notebook-size", NOTEBOOK)
def large(lesson):
    lesson.first("").outputs.append(nbformat.v4.new_output("stream", text="x" * 1_500_000))


@breach("machine-paths", NOTEBOOK)
def path_of_a_machine(lesson):
    lesson.first("").source += "\n# see /home/ada/data"


@breach("cell-ids", NOTEBOOK)
def foreign_id(lesson):
    lesson.cells[5]["id"] = "3fa9c2d1"


@breach("kernel", NOTEBOOK)
def other_kernel(lesson):
    lesson.notebook.metadata["kernelspec"]["name"] = "julia"


@breach("no-widget-state", NOTEBOOK)
def widgets_state(lesson):
    lesson.notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}


@breach("executed-once", NOTEBOOK)
def run_twice(lesson):
    lesson.first("").execution_count = 99


@breach("exercise-cells", NOTEBOOK)
def missing_solution(lesson):
    lesson.cells.remove(lesson.first("solution"))


@breach("exercise-cells", NOTEBOOK)
def fourth_exercise(lesson):
    lesson.add("def f():\n    raise NotImplementedError", tags=["exercise"])


@breach("exercise-tasks", NOTEBOOK)
def no_hint(lesson):
    place = lesson.cells.index(lesson.first("exercise"))
    lesson.cells[place - 1].source = lesson.cells[place - 1].source.replace("<details>", "")


@breach("exercise-stubs", NOTEBOOK)
def stub_that_answers(lesson):
    lesson.first("exercise").source = lesson.first("exercise").source.replace(
        "raise NotImplementedError", "return 1"
    )


@breach("exercise-checks", NOTEBOOK)
def check_not_called(lesson):
    lesson.first("check").source += "\nprint()"


@breach("exercise-solutions", NOTEBOOK)
def solution_unchecked(lesson):
    lesson.first("solution").source = lesson.first("solution").source.replace("attempt(", "print(")


@breach("exercise-statements", NOTEBOOK)
def long_statement(lesson):
    place = lesson.cells.index(lesson.first("exercise"))
    lesson.cells[place - 1].source += "\n\n" + "word " * 120


@breach("ignored-cells", NOTEBOOK)
def many_ignored(lesson):
    for _ in range(4):
        lesson.add("print(1)", "1\n", tags=["nbval-ignore-output"])


@breach("captions-numbered", NOTEBOOK)
def caption_with_another_number(lesson):
    for cell in lesson.code:
        for output in cell.outputs:
            if "text" in output:
                output.text = output.text.replace("Figure 0.2  ", "Figure 0.3  ")


@breach("order-of-sections", NOTEBOOK)
def deeper_in_the_core(lesson):
    place = one(k for k, cell in enumerate(lesson.cells) if "## 4. Monday" in cell.source)
    lesson.cells.insert(place, nbformat.v4.new_markdown_cell("## Deeper: too early"))


@breach("order-of-sections", NOTEBOOK)
def section_after_the_exercises(lesson):
    lesson.cells[-1].source = "## And more\n\n" + lesson.cells[-1].source


@breach("order-of-sections", NOTEBOOK)
def core_after_yours(lesson):
    place = one(k for k, cell in enumerate(lesson.cells) if cell.source.startswith("## Summary"))
    lesson.cells.insert(place, nbformat.v4.new_markdown_cell("## 6. One more"))


replaced("section-monday", "Monday", "Tuesday", NOTEBOOK)


def yours(lesson):
    place = one(
        k for k, cell in enumerate(lesson.cells) if re.search(r"^## .*Yours", cell.source, re.M)
    )
    return one(cell for cell in lesson.cells[place:] if cell.cell_type == "code")


@breach("section-yours", NOTEBOOK)
def long_yours(lesson):
    for _ in range(2):
        last = lesson.add("\n".join(f"x{n} = {n}" for n in range(10)), where=yours(lesson))
    return (
        last
        if lesson.number(last) > lesson.number(yours(lesson)) + 1
        else lesson.code[lesson.number(last) + 1]
    )


@breach("section-yours", NOTEBOOK)
def yours_without_code(lesson):
    lesson.cells.remove(yours(lesson))


@breach("yours-says-what-to-change", NOTEBOOK)
def yours_without_a_hint(lesson):
    cell = yours(lesson)
    cell.source = "# your own rows\n" + cell.source.partition("\n")[2]
    return cell


@breach("opening-is-short", NOTEBOOK)
def long_opening(lesson):
    for _ in range(2):
        last = lesson.add("print(1)", "1\n", where=lesson.first(""))
    return lesson.code[lesson.number(last) + 1]


replaced("first-cell", "(README.md)", "(line.ipynb)", NOTEBOOK)


@breach("last-cell", NOTEBOOK)
def no_way_on(lesson):
    lesson.cells[-1].source = "The end."


@breach("chained", README)
def readme_without_the_next_day(lesson):
    lesson.readme = lesson.readme.replace(f"../{NEXT}/README.md", "line.ipynb")


@breach("chained", NOTEBOOK)
def notebook_without_the_next_day(lesson):
    lesson.cells[-1].source = "Next: Day 1."


@breach("one-scoreboard", NOTEBOOK)
def second_scoreboard(lesson):
    lesson.add("print(1)", "1\n", tags=["scoreboard"])


replaced("enough-guesses", "**Guess first:**", "**Guess:**", NOTEBOOK)
replaced("enough-tries", "**Try it:**", "**Try:**", NOTEBOOK)


@breach("answers-follow", NOTEBOOK)
def question_before_text(lesson):
    place = one(k for k, cell in enumerate(lesson.cells) if "**Guess first:**" in cell.source)
    lesson.cells.insert(place + 1, nbformat.v4.new_markdown_cell("A word before the answer."))


def answer(lesson):
    place = one(k for k, cell in enumerate(lesson.cells) if "**Try it:**" in cell.source)
    return lesson.cells[place + 1]


@breach("answers-folded", NOTEBOOK)
def open_answer(lesson):
    answer(lesson).metadata.pop("jupyter")
    return answer(lesson)


@breach("answers-begin-neutrally", NOTEBOOK)
def answer_in_its_first_line(lesson):
    answer(lesson).outputs[0].text = answer(lesson).outputs[0].text.replace("answer, folded:\n", "")
    return answer(lesson)


@breach("some-proof", NOTEBOOK)
def no_proof(lesson):
    for cell in lesson.code:
        if "proof" in tags(cell):
            cell.metadata = {"jupyter": FOLDED}


PROOF = "# proof: again\nassert 1 < 2\nprint('✓ again')"
appended(
    "one-proof-a-section",
    PROOF,
    "✓ again\n",
    "proof",
    "second_proof",
    tags=["proof", "hide-input"],
    jupyter=FOLDED,
)


@breach("proof-at-the-end", NOTEBOOK)
def code_after_the_proof(lesson):
    lesson.add("print(1)", "1\n", where=lesson.first("proof"))
    return lesson.first("proof")


@breach("number-of-drawings", NOTEBOOK)
def a_drawing_too_few(lesson):
    lesson.replace("figures/misses.svg", "figures/loop.svg")


@breach("number-of-drawings", NOTEBOOK)
def seven_drawings(lesson):
    for n in range(4):
        shutil.copy(
            lesson.folder / "figures" / "loop.svg", lesson.folder / "figures" / f"loop{n}.svg"
        )
        lesson.readme += f"\n![one more drawing of the loop](figures/loop{n}.svg)\n"


@breach("drawings-shown", "day00_line/figures/unseen.svg")
def a_drawing_that_nobody_sees(lesson):
    shutil.copy(lesson.folder / "figures" / "loop.svg", lesson.folder / "figures" / "unseen.svg")


@breach("drawings-shown", "day00_line/figures/photo.png")
def a_photo(lesson):
    (lesson.folder / "figures" / "photo.png").touch()


def with_words(lesson, title, count):
    cell = one(cell for cell in lesson.cells if re.search(rf"^## {title}", cell.source, re.M))
    cell.source += "\n\n" + "word " * count


@breach("core-minutes", NOTEBOOK)
def long_core(lesson):
    with_words(lesson, "3. ", 8000)


@breach("deeper-minutes", NOTEBOOK)
def long_deeper(lesson):
    with_words(lesson, "Deeper", 4600)


@breach("exercises-minutes", NOTEBOOK)
def long_exercises(lesson):
    with_words(lesson, "Exercises", 4600)


@breach("minutes-stated", "day00_line")
def another_time(lesson):
    with_words(lesson, "3. ", 800)


appended("idioms-explained", "both = np.r_[x, y]", name="r_")
appended("idioms-explained", "column = x[:, None]", name="none")
appended("idioms-explained", "column = x[np.newaxis]", name="newaxis")
appended("idioms-explained", "np.add.at(x, [0, 0], 1)", name="at")
appended("idioms-explained", "np.add.reduceat(x, [0, 2])  ", name="reduceat")
appended(
    "timing-after-approximately",
    "start = time.perf_counter()\nprint('3.2 ms')",
    "3.2 ms\n",
    name="in_the_cell",
)


@breach("timing-after-approximately", NOTEBOOK)
def time_in_a_later_cell(lesson):
    earlier = lesson.add("def seconds():\n    return time.perf_counter()\n\nspent = 2 * seconds()")
    return lesson.add("print(f'{spent} times faster')", "40 times faster\n", where=earlier)


@breach("notebook-exists", NOTEBOOK)
def no_notebook(lesson):
    notebook_path(lesson.folder).unlink()


# code cells
appended("not-empty", " ")
appended("roles-of-the-list", "x = 1", name="skipped", tags=["nbval-skip"])
appended("roles-of-the-list", "x = 1", name="invented", tags=["deeper"])
appended("one-role", "x = 1", tags=["figure", "play"])
appended("no-markers", "x = 1  # NBVAL_IGNORE_OUTPUT")
appended("body-lines", "\n".join(f"x{n} = {n}" for n in range(16)))
appended(
    "folded-lines",
    "# figure: long\n" * 81,
    name="figure",
    tags=["figure", "hide-input"],
    jupyter=FOLDED,
)
appended(
    "folded-lines",
    PROOF + "\nassert 1 < 2" * 121,
    "✓ again\n",
    name="proof",
    tags=["proof", "hide-input"],
    jupyter=FOLDED,
)
appended("columns", "x = 1  # " + "w" * 92, name="body")
appended("columns", "x = 1  # " + "w" * 92, name="proof", tags=["proof"])
appended("columns", "x = 1  # " + "w" * 212, name="check", tags=["check"])
appended("no-pickle", "pickle.load(file)")
appended("plain-python", "!pip install torch")
appended("known-imports", "import os, torch")
appended("no-assert-in-the-path", "assert 1 < 2", name="body")
appended("no-assert-in-the-path", "assert 1 < 2", name="figure", tags=["figure"])
appended("no-verdicts", "print('equal:', 1 == 1)", "equal: True\n")
appended("no-verdicts", "print(1 == 2)", "False\n", name="alone")
appended("proof-folded", PROOF, "✓ again\n", tags=["proof"])
appended(
    "proof-folded", PROOF, "✓ again\n", name="without_hide_input", tags=["proof"], jupyter=FOLDED
)
appended(
    "proof-first-line",
    "assert 1 < 2\nprint('✓')",
    "✓ so\n",
    tags=["proof", "hide-input"],
    jupyter=FOLDED,
)
appended(
    "proof-prints-one-line",
    PROOF,
    "✓ again\n✓ and again\n",
    name="two",
    tags=["proof", "hide-input"],
    jupyter=FOLDED,
)
appended(
    "proof-prints-one-line",
    PROOF,
    "again\n",
    name="unmarked",
    tags=["proof", "hide-input"],
    jupyter=FOLDED,
)
appended(
    "proof-prints-one-line", PROOF, name="silent", tags=["proof", "hide-input"], jupyter=FOLDED
)
appended(
    "proof-compared",
    PROOF,
    "✓ again\n",
    tags=["proof", "hide-input", "nbval-ignore-output"],
    jupyter=FOLDED,
)
appended(
    "proof-proves",
    "# proof: none\nprint('✓ so')",
    "✓ so\n",
    tags=["proof", "hide-input"],
    jupyter=FOLDED,
)
appended("figure-folded", "# figure: long\n" * 11, tags=["figure"])
appended("figure-first-line", "x = 1\n" * 11, tags=["figure", "hide-input"], jupyter=FOLDED)
appended("no-comprehension-in-print", "print(*[n for n in x])", name="list")
appended("no-comprehension-in-print", "print(', '.join(str(n) for n in x))", name="generator")
appended("no-walrus-in-condition", "if (n := 3) > 2:\n    y = n", name="if")
appended("no-walrus-in-condition", "y = [n for m in x if (n := m)]", name="comprehension")
appended("no-tuple-keys", "y = {(0, 1): 2}", name="dict")
appended("no-tuple-keys", "y = {(n, 1): 2 for n in x}", name="comprehension")
appended("no-tuple-arithmetic", "y = (1,) + x.shape")
appended("no-dispatch-on-shape", "y = x.T if x.ndim == 2 else x", name="expression")
appended("no-dispatch-on-shape", "if len(x.shape) > 1:\n    y = x", name="statement")
appended(
    "no-chained-asserts",
    PROOF + "\nassert 1 < 2 and 2 < 3",
    "✓ again\n",
    name="and",
    tags=["proof"],
)
appended(
    "no-chained-asserts", PROOF + "\nassert 1 == 1 == 1", "✓ again\n", name="equals", tags=["proof"]
)


def the_figure(lesson):
    return one(
        cell for cell in lesson.code if "figure" in tags(cell) and "plt.show()" in cell.source
    )


@breach("shows-its-figure", NOTEBOOK)
def plot_not_shown(lesson):
    the_figure(lesson).source = the_figure(lesson).source.replace("plt.show()", "x")
    return lesson.first("figure")


@breach("figure-title", NOTEBOOK)
def figure_without_a_title(lesson):
    cell = the_figure(lesson)
    cell.source = re.sub(r"set_title|suptitle|title=", "set_label", cell.source)
    return cell


@breach("play-still", NOTEBOOK)
def play_without_a_picture(lesson):
    lesson.first("play").outputs = []
    return lesson.first("play")


@breach("no-saved-error", NOTEBOOK)
def error(lesson):
    lesson.first("").outputs.append(
        nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])
    )
    return lesson.first("")


@breach("no-saved-stderr", NOTEBOOK)
def stderr(lesson):
    lesson.first("").outputs.append(
        nbformat.v4.new_output("stream", name="stderr", text="I0000 oneDNN")
    )
    return lesson.first("")


@breach("png-figures", NOTEBOOK)
def svg_output(lesson):
    lesson.first("").outputs.append(
        nbformat.v4.new_output("display_data", data={"image/svg+xml": "<svg/>"})
    )
    return lesson.first("")


@breach("no-execution-times", NOTEBOOK)
def times(lesson):
    lesson.first("").metadata["execution"] = {"iopub.execute_input": "2026-01-01"}
    return lesson.first("")


@breach("plain-numbers", NOTEBOOK)
def scalar(lesson):
    lesson.first("").outputs.append(nbformat.v4.new_output("stream", text="np.float64(0.5)\n"))
    return lesson.first("")


for role, rule in (
    ("setup", "set-up-folded"),
    ("solution", "solution-folded"),
    ("check", "check-folded"),
):

    def unfold(lesson, role=role):
        lesson.first(role).metadata.pop("jupyter")
        return lesson.first(role)

    unfold.__name__ = role
    breach(rule, NOTEBOOK)(unfold)


@breach("check-not-compared", NOTEBOOK)
def compared_check(lesson):
    lesson.first("check").metadata["tags"] = ["check"]
    return lesson.first("check")


# --------------------------------------------------------------------------------------- tests
def test_the_fixture_is_of_the_second_edition_and_keeps_its_rules(tmp_path):
    lesson = Planted(tmp_path)
    assert edition(lesson.notebook) == 2
    before = [problem.text for problem in lesson_rules.broken(FIXTURE)]
    assert not before, "\n".join(before)
    assert not lesson.broken(), lesson.broken()


@pytest.mark.parametrize("rule, plant, where", BREACHES)
def test_a_planted_breach_is_refused(rule, plant, where, tmp_path):
    lesson = Planted(tmp_path)
    cell = plant(lesson)
    found = lesson.broken()
    about = [problem.text for problem in found if problem.rule == rule]
    assert about, f"{rule} did not notice; others did: {found}"
    place = f"{where}::Cell {lesson.number(cell)}: " if cell is not None else where
    mark = "" if plant is no_notebook else f" [{rule}]"  # without a notebook no edition is known
    assert any(text.startswith(place) and text.endswith(mark) for text in about), (place, about)


def test_every_rule_has_a_planted_breach():
    planted = {parameter.values[0] for parameter in BREACHES}
    of_the_first = {rule for rule, _ in test_structure.PLANTED.values()} | {
        rule for *_, rule in test_structure.IN_README
    }
    for rule in lesson_rules.RULES.values():
        assert rule.name in (planted if 2 in rule.editions else of_the_first), (
            f"no breach of {rule.name} is planted"
        )
    assert planted | of_the_first <= set(lesson_rules.RULES)


@pytest.mark.parametrize(
    "source, printed, metadata",
    [
        ("assert 1 < 2  # the lesson: an assert stops a program", "", {}),
        ("both = np.r_[x, y]  # r_ puts arrays end to end", "", {}),
        ("both = np.r_[x, y]  # r_ puts arrays end to end\nmore = np.r_[x, x]", "", {}),
        ("start = time.perf_counter()\nprint(f'≈{start:.1f} s')", "≈3.2 s, ≈40 times\n", {}),
        (
            "start = time.perf_counter()\nprint(f'{start:.1f} s')",
            "3.2 s\n",
            {"tags": ["nbval-ignore-output"]},
        ),
        ("start = time.perf_counter()\nprint('step 3 of 1,000')", "step 3 of 1,000\n", {}),
        ("{'a': 1 > 0}", "{'a': True}\n", {}),
        ("x > 2", "[False, False, True]\n", {}),
        ("if x.ndim != 1:\n    raise ValueError('one axis')", "", {}),
        ("if (x > 2).any():\n    names = {'a': 1}", "", {}),
        ("y = [n for n in x]\nprint(y)", "", {}),
        ("# five\n\n" * 15 + "\n".join(f"x{n} = {n}" for n in range(0)), "", {}),
        ("x = 1  # " + "w" * 91, "", {}),
    ],
)
def test_what_is_allowed_passes(source, printed, metadata, tmp_path):
    lesson = Planted(tmp_path)
    lesson.add(source, printed, **metadata)
    found = [
        problem.text
        for problem in lesson.broken()
        if problem.rule not in ("minutes-stated", "cell-ids")
    ]
    assert not found, "\n".join(found)


def test_the_first_edition_is_not_held_to_the_second(tmp_path):
    lesson = Planted(tmp_path)
    del lesson.notebook.metadata["dl15"]
    only_second = {rule.name for rule in lesson_rules.RULES.values() if rule.editions == (2,)}
    found = lesson.broken()
    assert found and not {problem.rule for problem in found} & only_second
    assert not any(
        problem.text.endswith("]") and f"[{problem.rule}]" in problem.text for problem in found
    )


def test_a_rule_is_a_sentence():
    for rule in lesson_rules.RULES.values():
        assert re.fullmatch(r"[A-Z].{10,300}", rule.sentence) and rule.sentence[-1] in ".…`)", (
            rule.sentence
        )
        assert "{" not in rule.sentence and rule.editions in ((1,), (2,), (1, 2))


def test_budgets_are_those_of_the_reading_time():
    limits, budget = lesson_rules.LIMITS, reading_time.budget
    assert limits["README_MINUTES"] == budget("readme", 1)
    assert limits["CORE_MINUTES"] == budget("core", 1)
    assert limits["LONG_CORE_MINUTES"] == budget("core", 14)
    assert limits["DEEPER_MINUTES"] == budget("deeper", 1)
    assert limits["EXERCISES_MINUTES"] == budget("exercises", 1)


def test_contributing_lists_the_rules_as_they_are():
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert lesson_rules.with_rules(page) == page, "python tools/lesson_rules.py --write"
    with pytest.raises(ValueError, match="the page needs the lines"):
        lesson_rules.with_rules("no markers")


def test_the_command_lists_and_judges(capsys, tmp_path):
    assert lesson_rules.main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"`{name}`" in listed for name in lesson_rules.RULES) and "(first edition)" in listed
    lesson = Planted(tmp_path)
    lesson.readme = lesson.readme.replace("## Pitfalls", "## Traps")
    lesson.save()
    assert lesson_rules.main([str(lesson.folder)]) == 1
    assert "README.md: the sections must be" in capsys.readouterr().out
    assert lesson_rules.main([str(FIXTURE)]) == 0
