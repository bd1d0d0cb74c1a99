"""The rules of both editions that a machine can see, one small function each.

    python tools/lesson_rules.py day05_optimizers …   what breaks a rule, one problem a line
    python tools/lesson_rules.py --list               every rule in one sentence
    python tools/lesson_rules.py --write              the second edition's into CONTRIBUTING.md

A rule is a generator under the decorator `rule`: its docstring is the rule's sentence, and it
yields a message for each place that breaks it. What it is given depends on its scope: the
`Lesson` ("readme", "notebook"), a code `Cell` ("cell"), or a `Page`, which is a README or the
prose of a notebook ("page"). A problem names the file, the cell (counted from 0, as pytest does)
and, in the second edition, the rule.
"""

import argparse
import ast
import contextlib
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import nbformat

import lessons
from lessons import ROOT, day_number, notebook_path, printed
from refresh import LESSON_ID

FIRST, LAST = ["You will be able to", "The idea"], ["In code", "Pitfalls", "Check yourself"]
SECTIONS = {
    1: [*FIRST, "The mathematics", *LAST, "Further reading"],
    2: [*FIRST, "The key formulas", *LAST, "Further reading"],
}
ROLES = ("setup", "proof", "figure", "play", "exercise", "check", "solution", "scoreboard")
TAGS = {
    1: {"setup", "exercise", "check", "solution", "scoreboard", "nbval-ignore-output"},
    2: {*ROLES, "hide-input", "nbval-ignore-output"},
}
MACHINE_PATHS = [
    r"/root/",
    r"/home/\w",
    r"/Users/\w",
    r"/tmp/\w",
    r"[A-Z]:\\\\Users",
    r"site-packages",
]
VAGUE = {"", "here", "this", "link", "click here", "more", "read more", "this page", "see"}
LIBRARIES = frozenset(
    "IPython PIL attempt flask gguf ipywidgets keras matplotlib mlxtend numpy pandas requests "
    "prometheus_client safetensors seaborn tensorflow transformers waitress".split()
)
CLOCKS = r"\b(time\.time|perf_counter|monotonic|timeit|datetime\.now)\b"
# The limits; the rules' sentences are formatted with them.
LIMITS: dict[str, Any] = {
    "BYTES": 1_500_000,
    # first edition
    "LINES": 40,
    "COLUMNS": 125,
    "IGNORED_SHARE": 0.25,
    "IDEA_WORDS": (150, 350),
    # both
    "FOLDED_LINES": 80,
    "FOLDED_COLUMNS": 220,
    # second edition
    "BODY_LINES": 15,
    "BODY_COLUMNS": 100,
    "PROOF_LINES": 120,
    "OPEN_FIGURE_LINES": 10,
    "YOURS_LINES": 20,
    "OPENING_CELLS": 2,
    "IGNORED": 3,
    "GUESSES": 3,
    "TRIES": 2,
    "README_WORDS": 1200,
    "STATEMENT_WORDS": 120,
    "DRAWINGS": (3, 6),
    "ALT_WORDS": 4,
    "README_MINUTES": 12,
    "CORE_MINUTES": 80,
    "LONG_CORE_MINUTES": 100,
    "DEEPER_MINUTES": 45,
    "EXERCISES_MINUTES": 45,
}
ANSWER = "answer, folded:"
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.S | re.M)
DRAWING = re.compile(r"figures/[^)\"'\s]+\.svg")


# ------------------------------------------------------------------------------ what rules see
@lru_cache(maxsize=2048)
def parsed(source: str) -> tuple[ast.Module, tuple[ast.AST, ...], frozenset[str]]:
    """The tree, all its nodes and the names of some code; an empty tree if it is no plain
    Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        tree = ast.Module(body=[], type_ignores=[])
    nodes = tuple(ast.walk(tree))
    return tree, nodes, frozenset(node.id for node in nodes if isinstance(node, ast.Name))


@dataclass(frozen=True)
class Cell:
    """A code cell: its place among all cells, its number among code cells, its section."""

    node: Any
    place: int
    number: int
    section: str

    @property
    def source(self) -> str:
        return self.node.source

    @property
    def lines(self) -> list[str]:
        return self.source.split("\n")

    @property
    def full_lines(self) -> int:
        """Lines that are not blank."""
        return sum(bool(line.strip()) for line in self.lines)

    @property
    def tags(self) -> list[str]:
        return lessons.tags(self.node)

    @property
    def role(self) -> str:
        """The first of its roles, or "" for a cell of the reader's path that has none."""
        return next((tag for tag in self.tags if tag in ROLES), "")

    @property
    def source_hidden(self) -> bool:
        return bool(self.node.metadata.get("jupyter", {}).get("source_hidden"))

    @property
    def outputs_hidden(self) -> bool:
        return bool(self.node.metadata.get("jupyter", {}).get("outputs_hidden"))

    @property
    def is_compared(self) -> bool:
        return "nbval-ignore-output" not in self.tags

    @property
    def is_shown(self) -> bool:
        """Whether a reader sees its code without unfolding anything, on the way through the
        lesson."""
        return not self.source_hidden and self.role in ("", "figure", "play", "scoreboard", "proof")

    @property
    def said(self) -> str:
        return printed(self.node)

    @property
    def result(self) -> str:
        """What it printed, and the value of its last line as text."""
        values = [output.get("data", {}).get("text/plain", "") for output in self.node.outputs]
        return "\n".join([self.said, *values])

    @property
    def has_picture(self) -> bool:
        return any("image/png" in output.get("data", {}) for output in self.node.outputs)

    @property
    def tree(self) -> ast.Module:
        """Its code, parsed; without a body if it is no plain Python."""
        return parsed(self.source)[0]

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of that tree."""
        return parsed(self.source)[1]

    @property
    def names(self) -> frozenset[str]:
        """The names that it uses or makes."""
        return parsed(self.source)[2]

    @cached_property
    def commented(self) -> set[int]:
        """Numbers, from 1, of the lines that carry a comment."""
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(self.source).readline))
        except (tokenize.TokenError, SyntaxError):
            return set()
        return {token.start[0] for token in tokens if token.type == tokenize.COMMENT}


@dataclass(frozen=True)
class Page:
    """Markdown that is read in one piece: a README, or the prose of a notebook."""

    name: str
    text: str
    folder: Path

    @property
    def prose(self) -> str:
        """The text without blocks of code."""
        return FENCE.sub("", self.text)


class Lesson:
    """One day's folder. `days` are all folders of the course in order, for the links between
    them."""

    def __init__(self, folder: Path, days: Sequence[Path]):
        self.folder, self.days = folder, list(days)
        self.day = day_number(folder)
        self.readme_path, self.notebook_path = folder / "README.md", notebook_path(folder)
        self.readme_name = f"{folder.name}/README.md"
        self.notebook_name = f"{folder.name}/{self.notebook_path.name}"

    @cached_property
    def readme(self) -> str:
        """The text of README.md; "" if there is none."""
        return self.readme_path.read_text("utf-8") if self.readme_path.exists() else ""

    @cached_property
    def raw(self) -> str:
        return self.notebook_path.read_text("utf-8") if self.notebook_path.exists() else ""

    @cached_property
    def notebook(self) -> Any:
        """The notebook; an empty one if the file is missing."""
        if not self.raw:
            return nbformat.v4.new_notebook()
        return nbformat.reads(self.raw, as_version=4)

    @property
    def edition(self) -> int:
        return lessons.edition(self.notebook)

    @cached_property
    def cells(self) -> list[Cell]:
        """The code cells, each with the title of its section ("" before the first)."""
        found: list[Cell] = []
        section = ""
        for place, node in enumerate(self.notebook.cells):
            if node.cell_type == "markdown":
                section = [section, *headings(node.source)][-1]
            elif node.cell_type == "code":
                found.append(Cell(node, place, len(found), section))
        return found

    @cached_property
    def markdown(self) -> list[str]:
        return [node.source for node in self.notebook.cells if node.cell_type == "markdown"]

    @cached_property
    def sections(self) -> list[str]:
        return [title for source in self.markdown for title in headings(source)]

    @property
    def pages(self) -> list[Page]:
        return [
            Page(self.readme_name, self.readme, self.folder),
            Page(self.notebook_name, "\n\n".join(self.markdown), self.folder),
        ]

    def answers(self) -> list[tuple[str, Any]]:
        """For each question to the reader its kind and the cell after it (None at the end)."""
        nodes = [*self.notebook.cells, None]
        return [
            (kind, nodes[place + 1])
            for place, node in enumerate(nodes[:-1])
            for kind in ("Guess first", "Try it")
            if node.cell_type == "markdown" and f"**{kind}:**" in node.source
        ]


def headings(markdown: str) -> list[str]:
    """Titles of the sections (level 2) that begin in a piece of Markdown."""
    return re.findall(r"^## +(.+?)\s*$", FENCE.sub("", markdown), re.M)


def imported(nodes: Iterable[ast.AST]) -> list[str]:
    """Names of the top-level packages that some code imports."""
    nodes = list(nodes)
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)]
    return [name.partition(".")[0] for name in names]


# -------------------------------------------------------------------------------- the registry
@dataclass(frozen=True)
class Rule:
    name: str
    scope: str
    editions: tuple[int, ...]
    sentence: str
    check: Callable[[Any], Iterator[str]]


@dataclass(frozen=True)
class Problem:
    rule: str
    text: str


Check = TypeVar("Check", bound=Callable[[Any], Iterator[str]])
RULES: dict[str, Rule] = {}
SCOPES = {
    "readme": "README.md",
    "page": "README.md and the notebook's prose",
    "notebook": "The notebook",
    "cell": "A code cell",
}


def rule(scope: str, editions: tuple[int, ...] = (1, 2)) -> Callable[[Check], Check]:
    """Register a generator as a rule. Its docstring, formatted with `LIMITS`, is the sentence.

    A "cell" rule yields messages about the cell it is given, and is also given the lesson if it
    has two arguments; the other rules begin their messages with the file's name themselves.
    """
    assert scope in SCOPES, scope

    def register(check: Check) -> Check:
        name = check.__name__.replace("_", "-")
        assert name not in RULES, f"two rules are called {name}"
        sentence = " ".join((check.__doc__ or "").format(**LIMITS).split())
        RULES[name] = Rule(name, scope, editions, sentence, check)
        return check

    return register


def broken(folder: Path, days: Sequence[Path] | None = None) -> list[Problem]:
    """Everything in a day's folder that breaks a rule of its edition. `days`: see `Lesson`."""
    lesson = Lesson(Path(folder), lessons.DAYS if days is None else days)
    found = []
    for each in RULES.values():
        if lesson.edition in each.editions:
            mark = f" [{each.name}]" if lesson.edition > 1 else ""
            found += [Problem(each.name, text + mark) for text in apply(each, lesson)]
    return found


def apply(each: Rule, lesson: Lesson) -> Iterator[str]:
    """Messages of one rule about a lesson. A file that is missing breaks one rule, not all."""
    if (each.scope == "readme" and (lesson.readme or each.name == "readme-exists")) or (
        each.scope == "notebook" and (lesson.raw or each.name == "notebook-exists")
    ):
        yield from each.check(lesson)
    elif each.scope == "page":
        for page in lesson.pages:
            if page.text:
                yield from each.check(page)
    elif each.scope == "cell":
        for cell in lesson.cells:
            for message in each.check(cell):
                yield f"{lesson.notebook_name}::Cell {cell.number}: {message}"


def problems(folder: Path, days: Sequence[Path] | None = None) -> list[str]:
    """The same, in words; empty if no rule is broken."""
    return [problem.text for problem in broken(folder, days)]


def access_problems(name: str, text: str) -> list[str]:
    """What stops a reader who hears a page, or reads it without color."""
    page = Page(name, text, ROOT)
    return [
        message
        for each in (heading_levels, one_title, link_text, table_heads)
        for message in each(page)
    ]


# ----------------------------------------------------------------------------------- README.md
@rule("readme")
def readme_exists(lesson: Lesson) -> Iterator[str]:
    """Every day has a README."""
    if not lesson.readme_path.exists():
        yield f"{lesson.readme_name}: missing; every day has a README"


@rule("readme")
def readme_sections(lesson: Lesson) -> Iterator[str]:
    """Its sections are: You will be able to, The idea, The key formulas (first edition: The
    mathematics), In code, Pitfalls, Check yourself, Further reading, in this order."""
    wanted, found = SECTIONS[lesson.edition], re.findall(r"^## (.+)$", lesson.readme, re.M)
    if found != wanted:
        yield f"{lesson.readme_name}: the sections must be {wanted}, not {found}"


@rule("readme")
def readme_title(lesson: Lesson) -> Iterator[str]:
    """The title begins with the day: `# Day 5: `."""
    if not lesson.readme.startswith(f"# Day {lesson.day}: "):
        yield f"{lesson.readme_name}: the title must begin with '# Day {lesson.day}: '"


@rule("readme")
def readme_doctest(lesson: Lesson) -> Iterator[str]:
    """In code has a doctest."""
    if ">>> " not in lesson.readme:
        yield f"{lesson.readme_name}: 'In code' needs a doctest"


def equation_numbers(lesson: Lesson) -> list[int]:
    return [int(n) for n in re.findall(rf"\\tag\{{{lesson.day}\.(\d+)\}}", lesson.readme)]


@rule("readme")
def formulas_in_order(lesson: Lesson) -> Iterator[str]:
    """Formulas are numbered with the day, from 1 and in order: (5.1), (5.2), …"""
    day, numbers = lesson.day, equation_numbers(lesson)
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        yield (
            f"{lesson.readme_name}: equations must be numbered ({day}.1), ({day}.2), … in order, "
            f"not {numbers}"
        )


@rule("readme")
def formulas_all_numbered(lesson: Lesson) -> Iterator[str]:
    """Every displayed formula has its number."""
    displayed = len(re.findall(r"\$\$.+?\$\$", lesson.readme, re.S))
    if displayed != (count := len(equation_numbers(lesson))):
        yield (
            f"{lesson.readme_name}: {displayed} displayed equations, but {count} numbers; "
            "every one has its \\tag"
        )


@rule("readme")
def five_questions(lesson: Lesson) -> Iterator[str]:
    """Check yourself has five numbered questions, each with its answer folded below it (in the
    first edition nothing else is folded)."""
    checks = lesson.readme
    if lesson.edition == 2:
        checks = checks.partition("\n## Check yourself")[2].partition("\n## ")[0]
    asked = re.findall(r"^(\d)\. \S.*\n   <details><summary>Answer</summary>\n\n", checks, re.M)
    if asked != list("12345") or checks.count("<details>") != 5:
        yield (
            f"{lesson.readme_name}: {checks.count('<details>')} folded answers; the rule is five "
            "numbered questions, each with its answer folded below it"
        )


@rule("readme")
def pitfalls_table(lesson: Lesson) -> Iterator[str]:
    """Pitfalls is a table: Mistake, How you notice, Fix."""
    if "| Mistake | How you notice | Fix |" not in lesson.readme:
        yield (
            f"{lesson.readme_name}: the pitfalls' table has the columns Mistake, "
            "How you notice, Fix"
        )


@rule("readme", editions=(1,))
def idea_diagram(lesson: Lesson) -> Iterator[str]:
    """The idea has a Mermaid diagram."""
    if "```mermaid" not in lesson.readme:
        yield f"{lesson.readme_name}: no Mermaid diagram"


@rule("readme", editions=(1,))
def idea_words(lesson: Lesson) -> Iterator[str]:
    """The idea has {IDEA_WORDS[0]} to {IDEA_WORDS[1]} words before its diagram."""
    least, most = LIMITS["IDEA_WORDS"]
    count = len(lesson.readme.partition("## The idea")[2].partition("```mermaid")[0].split())
    if not least <= count <= most:
        yield (f"{lesson.readme_name}: 'The idea' has {count} words, the rule is {least} to {most}")


@rule("readme")
def run_time(lesson: Lesson) -> Iterator[str]:
    """The line of facts says how long the notebook runs: `notebook runs in about 12 seconds`."""
    if not re.search(r"notebook runs in about \d+ seconds", lesson.readme):
        yield f"{lesson.readme_name}: the facts line must say how long the notebook runs"


@rule("readme", editions=(2,))
def minutes_in_facts(lesson: Lesson) -> Iterator[str]:
    """The line of facts under the title says how many minutes the day takes."""
    if not re.search(r"\b\d+ minutes\b", lesson.readme.partition("\n## ")[0]):
        yield f"{lesson.readme_name}: the facts line must say how many minutes the day takes"


@rule("readme", editions=(2,))
def readme_length(lesson: Lesson) -> Iterator[str]:
    """It has at most {README_WORDS:,} words outside folded parts."""
    from reading_time import words

    if (count := words(lesson.readme)) > LIMITS["README_WORDS"]:
        yield (
            f"{lesson.readme_name}: {count:,} words outside folded parts, "
            f"the limit is {LIMITS['README_WORDS']:,}"
        )


@rule("readme", editions=(2,))
def idea_drawing(lesson: Lesson) -> Iterator[str]:
    """The idea shows the day's main drawing, from figures/."""
    idea = lesson.readme.partition("\n## The idea")[2].partition("\n## ")[0]
    if not DRAWING.search(idea):
        yield f"{lesson.readme_name}: 'The idea' shows no drawing from figures/"


@rule("readme", editions=(2,))
def readme_minutes(lesson: Lesson) -> Iterator[str]:
    """It takes at most {README_MINUTES} minutes to read, counted as tools/reading_time.py does."""
    from reading_time import readme_minutes as count

    if (minutes := count(lesson.readme)) > LIMITS["README_MINUTES"]:
        yield (
            f"{lesson.readme_name}: {minutes:.1f} minutes to read, "
            f"the limit is {LIMITS['README_MINUTES']}"
        )


# ------------------------------------------------------------------ README and notebook's prose
@rule("page")
def links_lead_somewhere(page: Page) -> Iterator[str]:
    """A link to a file leads to one that exists."""
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.text):
        if not (page.folder / target).exists():
            yield f"{page.name}: dead link {target}"


@rule("page")
def alternative_text(page: Page) -> Iterator[str]:
    """An image has alternative text."""
    empty = re.search(r"<img(?![^>]*\balt=\"[^\"]+\")", page.text)
    if re.search(r"!\[\s*\]\(", page.text) or empty:
        yield f"{page.name}: an image without alternative text"


@rule("page", editions=(2,))
def alternative_text_says_it(page: Page) -> Iterator[str]:
    """A drawing's alternative text says what it shows, in at least {ALT_WORDS} words."""
    for text, target in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)", page.text):
        if DRAWING.fullmatch(target) and len(text.split()) < LIMITS["ALT_WORDS"]:
            yield (
                f"{page.name}: the alternative text of {target}, '{text}', does not say what "
                "the drawing shows"
            )


@rule("page", editions=(2,))
def drawings_as_images(page: Page) -> Iterator[str]:
    """A drawing is shown as a Markdown image, without a width of the page's own."""
    if match := re.search(r"<(?:img|object|embed|iframe)\b[^>]*?(figures/[^\"'\s>]+)", page.text):
        yield f"{page.name}: {match[1]} is shown by HTML; use ![what it shows]({match[1]})"


@rule("page")
def heading_levels(page: Page) -> Iterator[str]:
    """Heading levels begin with 1 and never skip one."""
    levels = [len(found) for found in re.findall(r"^(#{1,6}) ", page.prose, re.M)]
    skips = any(after > before + 1 for before, after in pairwise(levels))
    if (levels and levels[0] != 1) or skips:
        yield f"{page.name}: the heading levels {levels} must begin with 1 and never skip one"


@rule("page")
def one_title(page: Page) -> Iterator[str]:
    """There is one title of level 1."""
    if (count := len(re.findall(r"^# ", page.prose, re.M))) > 1:
        yield f"{page.name}: {count} titles of level 1"


@rule("page")
def link_text(page: Page) -> Iterator[str]:
    """The text of a link says where it leads."""
    for text in re.findall(r"(?<!!)\[([^\]]*)\]\([^)]+\)", page.prose):
        if text.strip(" *_`").lower() in VAGUE:
            yield f"{page.name}: the link text '{text}' does not say where it leads"


@rule("page")
def table_heads(page: Page) -> Iterator[str]:
    """Every column of a table has a name."""
    for table in re.findall(r"(?:^\|.*\n?)+", page.prose, re.M):
        first, *rest = table.splitlines()
        head = [cell.strip() for cell in first.strip("|").split("|")]
        if not rest or not re.fullmatch(r"[|:\- ]+", rest[0]) or not all(head):
            yield f"{page.name}: a table without a name for each column: {first[:60]}"


# -------------------------------------------------------------------------------- the notebook
@rule("notebook")
def notebook_exists(lesson: Lesson) -> Iterator[str]:
    """Every day has a notebook."""
    if not lesson.notebook_path.exists():
        yield f"{lesson.notebook_name}: missing; every day has a notebook"


@rule("notebook")
def notebook_size(lesson: Lesson) -> Iterator[str]:
    """The file has at most {BYTES:,} bytes."""
    if (size := lesson.notebook_path.stat().st_size) > LIMITS["BYTES"]:
        yield f"{lesson.notebook_name}: {size:,} bytes, the limit is {LIMITS['BYTES']:,}"


@rule("notebook")
def machine_paths(lesson: Lesson) -> Iterator[str]:
    """It carries no path of the machine on which it was made."""
    for pattern in MACHINE_PATHS:
        if match := re.search(pattern, lesson.raw):
            yield f"{lesson.notebook_name}: carries a machine path, {match[0]}"


@rule("notebook")
def cell_ids(lesson: Lesson) -> Iterator[str]:
    """Cells have the ids that refresh gives, each once."""
    ids = [node.get("id", "") for node in lesson.notebook.cells]
    if strange := [name for name in ids if not LESSON_ID.fullmatch(name) or ids.count(name) > 1]:
        yield (
            f"{lesson.notebook_name}: cell ids that are not the course's, or not unique: "
            f"{strange[:3]}; refresh the notebook"
        )


@rule("notebook")
def kernel(lesson: Lesson) -> Iterator[str]:
    """The kernel is python3."""
    if lesson.notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield f"{lesson.notebook_name}: the kernel must be python3"


@rule("notebook", editions=(2,))
def no_widget_state(lesson: Lesson) -> Iterator[str]:
    """The state of widgets is not saved in its metadata."""
    if "widgets" in lesson.notebook.metadata:
        yield f"{lesson.notebook_name}: the state of widgets is saved; refresh the notebook"


@rule("notebook")
def executed_once(lesson: Lesson) -> Iterator[str]:
    """It was saved after one run from the top: counts 1, 2, 3, …"""
    counts = [cell.node.execution_count for cell in lesson.cells]
    if counts != list(range(1, len(counts) + 1)):
        yield (f"{lesson.notebook_name}: not executed once from the top: execution counts {counts}")


@rule("notebook")
def exercise_cells(lesson: Lesson) -> Iterator[str]:
    """There are three exercises, each a stub, a check and a solution, in this order."""
    kinds = exercise_kinds(lesson)
    order = [kind for kind in kinds if kind in ("exercise", "check", "solution")]
    if order != ["exercise", "check", "solution"] * 3:
        yield (
            f"{lesson.notebook_name}: the exercise cells must be exercise, check, solution, "
            f"three times, not {order}"
        )


def exercise_kinds(lesson: Lesson) -> list[str]:
    """For each cell exercise, check, solution, or else its type."""
    return [
        next(
            (kind for kind in ("exercise", "check", "solution") if kind in lessons.tags(node)),
            node.cell_type,
        )
        for node in lesson.notebook.cells
    ]


def exercises(lesson: Lesson) -> Iterator[tuple[int, Any, Any, Any, Any]]:
    """Place of the stub, task, stub, check and solution; nothing if they are not in order."""
    if not list(exercise_cells(lesson)):
        for place, kind in enumerate(exercise_kinds(lesson)):
            if kind == "exercise":
                task, stub, check, solution = lesson.notebook.cells[place - 1 : place + 3]
                yield place, task, stub, check, solution


@rule("notebook")
def exercise_tasks(lesson: Lesson) -> Iterator[str]:
    """Before the stub stands a cell with the task and a folded hint."""
    for place, task, *_ in exercises(lesson):
        if task.cell_type != "markdown" or "<details>" not in task.source:
            yield (
                f"{lesson.notebook_name}: before exercise cell {place} a markdown cell with "
                "the task and a folded hint is missing"
            )


def stub_name(stub: Any) -> tuple[str, str]:
    """`def` or `class`, and the name that the stub defines; ("", "") if it is no stub."""
    function = re.search(r"^(def|class) (\w+)", stub.source, re.M)
    if not function or "raise NotImplementedError" not in stub.source or '"""' not in stub.source:
        return "", ""
    return function[1], function[2]


@rule("notebook")
def exercise_stubs(lesson: Lesson) -> Iterator[str]:
    """A stub is a function or class with a docstring that raises NotImplementedError."""
    for place, _, stub, *_ in exercises(lesson):
        if not stub_name(stub)[1]:
            yield (
                f"{lesson.notebook_name}: exercise cell {place} must be a function or class "
                "with docstring that raises NotImplementedError"
            )


@rule("notebook")
def exercise_checks(lesson: Lesson) -> Iterator[str]:
    """The check of `name` defines `check_name(answer)` and ends with
    `attempt(check_name, name)`."""
    for _, _, stub, check, _ in exercises(lesson):
        if name := stub_name(stub)[1]:
            is_defined = f"def check_{name}(answer)" in check.source
            if not is_defined or not ends_with(check, f"attempt(check_{name}, {name})"):
                yield (
                    f"{lesson.notebook_name}: the check of {name} must define "
                    f"check_{name}(answer) and end with attempt(check_{name}, {name})"
                )


@rule("notebook")
def exercise_solutions(lesson: Lesson) -> Iterator[str]:
    """The solution of `name` defines `name_solution` and passes it to the same check."""
    for _, _, stub, _, solution in exercises(lesson):
        kind, name = stub_name(stub)
        if name:
            is_defined = re.search(rf"^{kind} {name}_solution\b", solution.source, re.M)
            if not is_defined or not ends_with(solution, f"attempt(check_{name}, {name}_solution)"):
                yield (
                    f"{lesson.notebook_name}: the solution of {name} must define {name}_solution "
                    f"and end with attempt(check_{name}, {name}_solution)"
                )


def ends_with(node: Any, line: str) -> bool:
    return node.source.rstrip().endswith(line)


@rule("notebook", editions=(2,))
def exercise_statements(lesson: Lesson) -> Iterator[str]:
    """The statement of an exercise has at most {STATEMENT_WORDS} words, hints and title apart."""
    from reading_time import words

    for place, task, *_ in exercises(lesson):
        count = words(re.sub(r"^#.*$", "", task.source, flags=re.M))
        if count > LIMITS["STATEMENT_WORDS"]:
            yield (
                f"{lesson.notebook_name}: the statement before exercise cell {place} has {count} "
                f"words, the limit is {LIMITS['STATEMENT_WORDS']}"
            )


@rule("notebook", editions=(1,))
def ignored_share(lesson: Lesson) -> Iterator[str]:
    """At most {IGNORED_SHARE:.0%} of the cells ignore their output."""
    count = sum(not cell.is_compared and "check" not in cell.tags for cell in lesson.cells)
    if count > LIMITS["IGNORED_SHARE"] * len(lesson.cells):
        yield (
            f"{lesson.notebook_name}: {count} of {len(lesson.cells)} cells ignore their output, "
            f"the limit is {LIMITS['IGNORED_SHARE']:.0%}"
        )


@rule("notebook", editions=(2,))
def ignored_cells(lesson: Lesson) -> Iterator[str]:
    """At most {IGNORED} cells ignore their output, apart from checks and play: a number that may
    differ stands after ≈."""
    ignored = [
        cell.number
        for cell in lesson.cells
        if not cell.is_compared and not {"check", "play"} & set(cell.tags)
    ]
    if len(ignored) > LIMITS["IGNORED"]:
        yield (
            f"{lesson.notebook_name}: {len(ignored)} cells ignore their output ({ignored}), at "
            f"most {LIMITS['IGNORED']}; write ≈ before a number that may differ"
        )


def captions(lesson: Lesson) -> list[int]:
    """The numbers of the printed captions, in order."""
    said = "\n".join(cell.said for cell in lesson.cells)
    return [int(n) for n in re.findall(rf"^Figure {lesson.day}\.(\d+)  ", said, re.M)]


@rule("notebook", editions=(1,))
def captions_of_figures(lesson: Lesson) -> Iterator[str]:
    """There are figures, and each prints its caption: `Figure 5.2  …`, numbered in order."""
    figures = sum(
        "image/png" in output.get("data", {})
        for cell in lesson.cells
        for output in cell.node.outputs
    )
    numbers = captions(lesson)
    if figures == 0 or numbers != list(range(1, figures + 1)):
        yield (
            f"{lesson.notebook_name}: {figures} figures, but the printed captions are numbered "
            f"{[str(n) for n in numbers]}"
        )


@rule("notebook", editions=(2,))
def captions_numbered(lesson: Lesson) -> Iterator[str]:
    """Each figure, a play cell's still picture too, prints its caption, `Figure 5.2  …`,
    numbered in order."""
    figures = sum(
        "image/png" in output.get("data", {})
        for cell in lesson.cells
        for output in cell.node.outputs
    )
    numbers = captions(lesson)
    if numbers != list(range(1, figures + 1)):
        yield (
            f"{lesson.notebook_name}: {figures} figures, but the printed captions are numbered "
            f"{numbers}"
        )


@rule("notebook", editions=(1,))
def last_sections(lesson: Lesson) -> Iterator[str]:
    """The last two sections are Summary and Exercises."""
    if (ending := lesson.sections[-2:]) != ["Summary", "Exercises"]:
        yield (
            f"{lesson.notebook_name}: the last two sections must be Summary and Exercises, "
            f"not {ending}"
        )


@rule("notebook", editions=(2,))
def order_of_sections(lesson: Lesson) -> Iterator[str]:
    """The core's sections end with Yours; then come Summary, the sections `Deeper: …`, and
    Exercises at the end."""
    kinds = [kind_of_section(title) for title in lesson.sections]
    order = [kind for kind in kinds if kind != "core"]
    deeper = ["deeper"] * order.count("deeper")
    wanted = ["yours", "summary", *deeper, "exercises"]
    if order != wanted or kinds[len(kinds) - len(order) :] != order:
        yield (
            f"{lesson.notebook_name}: the sections must be those of the core with Yours as the "
            f"last, then Summary, Deeper: …, Exercises, not {lesson.sections}"
        )


def kind_of_section(title: str) -> str:
    """core, yours, summary, deeper or exercises."""
    if title in ("Summary", "Exercises"):
        return title.lower()
    if title.startswith("Deeper"):
        return "deeper"
    return "yours" if re.search(r"\bYours\b", title) else "core"


@rule("notebook", editions=(2,))
def section_monday(lesson: Lesson) -> Iterator[str]:
    """A section of the core, Monday, shows the library's lines for what was written by hand."""
    if not any(re.search(r"\bMonday\b", title) for title in lesson.sections):
        yield f"{lesson.notebook_name}: no section 'Monday'"


def cells_of_yours(lesson: Lesson) -> list[Cell]:
    return [
        cell
        for cell in lesson.cells
        if kind_of_section(cell.section) == "yours" and cell.is_shown and cell.role != "proof"
    ]


@rule("notebook", editions=(2,))
def section_yours(lesson: Lesson) -> Iterator[str]:
    """Yours has at most {YOURS_LINES} lines of code."""
    if not (own := cells_of_yours(lesson)):
        yield f"{lesson.notebook_name}: no section 'Yours' with code for the reader's own input"
    elif (count := sum(cell.full_lines for cell in own)) > LIMITS["YOURS_LINES"]:
        yield (
            f"{lesson.notebook_name}::Cell {own[-1].number}: the section Yours has {count} lines "
            f"of code, the limit is {LIMITS['YOURS_LINES']}"
        )


@rule("notebook", editions=(2,))
def yours_says_what_to_change(lesson: Lesson) -> Iterator[str]:
    """The first line of Yours says what to change, in a comment: `# change this sentence`."""
    for cell in cells_of_yours(lesson)[:1]:
        if not re.search(r"#.*\bchange\b", cell.source.lstrip().split("\n")[0], re.I):
            yield (
                f"{lesson.notebook_name}::Cell {cell.number}: the first line of Yours must say "
                "what to change, in a comment with that word"
            )


@rule("notebook", editions=(2,))
def opening_is_short(lesson: Lesson) -> Iterator[str]:
    """Before the first section stand at most {OPENING_CELLS} cells of code beside the set-up."""
    opening = [
        cell for cell in lesson.cells if not cell.section and cell.role not in ("setup", "proof")
    ]
    if len(opening) > LIMITS["OPENING_CELLS"]:
        yield (
            f"{lesson.notebook_name}::Cell {opening[-1].number}: {len(opening)} cells of code "
            f"before the first section, the limit is {LIMITS['OPENING_CELLS']}"
        )


@rule("notebook")
def first_cell(lesson: Lesson) -> Iterator[str]:
    """The first cell links its README."""
    if not lesson.notebook.cells or "(README.md)" not in lesson.notebook.cells[0].source:
        yield f"{lesson.notebook_name}: the first cell must link its README.md"


@rule("notebook", editions=(2,))
def last_cell(lesson: Lesson) -> Iterator[str]:
    """The last cell leads on: `Next: …`, or a link to the course's README."""
    last = lesson.notebook.cells[-1]
    leads_on = last.source.startswith("Next: ") or "](../README.md)" in last.source
    if last.cell_type != "markdown" or not leads_on:
        yield (
            f"{lesson.notebook_name}: the last cell does not lead on ('Next: …', or a link to "
            f"../README.md): {last.source[:60]!r}"
        )


@rule("notebook")
def chained(lesson: Lesson) -> Iterator[str]:
    """README and notebook link the day before and the day after, where those exist."""
    if lesson.folder not in lesson.days:
        return
    place = lesson.days.index(lesson.folder)
    before = lesson.days[max(place - 1, 0) : place]
    after = lesson.days[place + 1 : place + 2]
    first, last = (lesson.notebook.cells[place].source for place in (0, -1))
    for other in before + after:
        if f"../{other.name}/README.md" not in lesson.readme:
            yield f"{lesson.readme_name}: does not link {other.name}"
        if f"../{other.name}/{notebook_path(other).name}" not in first:
            yield f"{lesson.notebook_name}: the first cell does not link {other.name}"
    onward = ["](../README.md)"]
    for other in after:
        onward = [
            f"Next: [Day {day_number(other)}, ",
            f"](../{other.name}/{notebook_path(other).name})",
        ]
    if not all(part in last for part in onward):
        yield f"{lesson.notebook_name}: the last cell does not lead on: {last[:80]!r}"


@rule("notebook")
def one_scoreboard(lesson: Lesson) -> Iterator[str]:
    """Exactly one cell is tagged scoreboard."""
    if sum("scoreboard" in cell.tags for cell in lesson.cells) != 1:
        yield f"{lesson.notebook_name}: exactly one cell is tagged scoreboard"


@rule("notebook", editions=(2,))
def enough_guesses(lesson: Lesson) -> Iterator[str]:
    """At least {GUESSES} times the reader is asked to decide first: `**Guess first:** …`"""
    count = sum(kind == "Guess first" for kind, _ in lesson.answers())
    if count < LIMITS["GUESSES"]:
        yield f"{lesson.notebook_name}: {count} of '**Guess first:**', at least {LIMITS['GUESSES']}"


@rule("notebook", editions=(2,))
def enough_tries(lesson: Lesson) -> Iterator[str]:
    """At least {TRIES} times the reader is asked to turn a knob: `**Try it:** change … to …`"""
    if (count := sum(kind == "Try it" for kind, _ in lesson.answers())) < LIMITS["TRIES"]:
        yield f"{lesson.notebook_name}: {count} of '**Try it:**', at least {LIMITS['TRIES']}"


@rule("notebook", editions=(2,))
def answers_follow(lesson: Lesson) -> Iterator[str]:
    """After a question to the reader comes the code cell that answers it."""
    for kind, node in lesson.answers():
        if node is None or node.cell_type != "code":
            yield f"{lesson.notebook_name}: no code cell directly after a cell with '**{kind}:**'"


def answering_cells(lesson: Lesson) -> list[Cell]:
    places = {id(node) for _, node in lesson.answers()}
    return [cell for cell in lesson.cells if id(cell.node) in places]


@rule("notebook", editions=(2,))
def answers_folded(lesson: Lesson) -> Iterator[str]:
    """The output that answers a question is folded."""
    for cell in answering_cells(lesson):
        if not cell.outputs_hidden:
            yield (
                f"{lesson.notebook_name}::Cell {cell.number}: the answer to a question is not "
                "folded (outputs_hidden); refresh the notebook"
            )


@rule("notebook", editions=(2,))
def answers_begin_neutrally(lesson: Lesson) -> Iterator[str]:
    """The first line of a folded answer, which JupyterLab shows, is `answer, folded:`."""
    for cell in answering_cells(lesson):
        first = (cell.node.outputs or [{}])[0]
        if not first.get("text", "").startswith(ANSWER):
            yield (
                f"{lesson.notebook_name}::Cell {cell.number}: a folded answer begins with "
                f"'{ANSWER}', printed before anything else"
            )


@rule("notebook", editions=(2,))
def some_proof(lesson: Lesson) -> Iterator[str]:
    """There is a proof cell."""
    if not any("proof" in cell.tags for cell in lesson.cells):
        yield f"{lesson.notebook_name}: no cell is tagged proof"


@rule("notebook", editions=(2,))
def one_proof_a_section(lesson: Lesson) -> Iterator[str]:
    """A section has at most one proof cell."""
    seen = set()
    for section, cell in ((cell.section, cell) for cell in lesson.cells if "proof" in cell.tags):
        if section in seen:
            yield (
                f"{lesson.notebook_name}::Cell {cell.number}: a second proof cell in the section "
                f"'{section}'"
            )
        seen.add(section)


@rule("notebook", editions=(2,))
def proof_at_the_end(lesson: Lesson) -> Iterator[str]:
    """The proof cell is the section's last code cell (a scoreboard's row may follow)."""
    for cell, following in pairwise(lesson.cells):
        if (
            "proof" in cell.tags
            and following.section == cell.section
            and not {"proof", "scoreboard"} & set(following.tags)
        ):
            yield (
                f"{lesson.notebook_name}::Cell {cell.number}: a proof cell that is not at the "
                f"end of its section '{cell.section}'"
            )


def shown_drawings(lesson: Lesson) -> set[str]:
    """Paths, relative to the folder, of the drawings that README and notebook show."""
    return set(DRAWING.findall("\n".join([lesson.readme, *lesson.markdown])))


@rule("notebook", editions=(2,))
def number_of_drawings(lesson: Lesson) -> Iterator[str]:
    """README and notebook show {DRAWINGS[0]} to {DRAWINGS[1]} drawings from figures/."""
    least, most = LIMITS["DRAWINGS"]
    if not least <= (count := len(shown_drawings(lesson))) <= most:
        yield (
            f"{lesson.notebook_name}: {count} drawings of ideas with its README, "
            f"the rule is {least} to {most}"
        )


@rule("notebook", editions=(2,))
def drawings_shown(lesson: Lesson) -> Iterator[str]:
    """Every drawing in figures/ is shown, and nothing but drawings (SVG) and the scripts that make
    them lies there."""
    shown = shown_drawings(lesson)
    for path in sorted((lesson.folder / "figures").glob("*")):
        if path.suffix == ".svg" and f"figures/{path.name}" not in shown:
            yield (
                f"{lesson.folder.name}/figures/{path.name}: neither README.md nor "
                f"{lesson.notebook_path.name} shows it"
            )
        elif path.suffix not in (".svg", ".py"):
            yield f"{lesson.folder.name}/figures/{path.name}: neither a drawing nor its script"


def minutes_of(lesson: Lesson, part: str) -> float:
    """Minutes of the core, the deeper sections or the exercises; the run time is part of the
    core."""
    import reading_time

    found = sum(
        section.minutes
        for section in reading_time.sections(lesson.notebook)
        if section.part == part
    )
    seconds = re.search(r"runs in about (\d+) seconds", lesson.readme) if part == "core" else None
    return found + (int(seconds[1]) / 60 if seconds else 0)


@rule("notebook", editions=(2,))
def core_minutes(lesson: Lesson) -> Iterator[str]:
    """The core takes at most {CORE_MINUTES} minutes (Day 14: {LONG_CORE_MINUTES})."""
    limit = LIMITS["LONG_CORE_MINUTES" if lesson.day == 14 else "CORE_MINUTES"]
    if (minutes := minutes_of(lesson, "core")) > limit:
        yield f"{lesson.notebook_name}: the core takes {minutes:.0f} minutes, the limit is {limit}"


@rule("notebook", editions=(2,))
def deeper_minutes(lesson: Lesson) -> Iterator[str]:
    """The deeper sections together take at most {DEEPER_MINUTES} minutes."""
    if (minutes := minutes_of(lesson, "deeper")) > LIMITS["DEEPER_MINUTES"]:
        yield (
            f"{lesson.notebook_name}: the deeper sections take {minutes:.0f} minutes, "
            f"the limit is {LIMITS['DEEPER_MINUTES']}"
        )


@rule("notebook", editions=(2,))
def exercises_minutes(lesson: Lesson) -> Iterator[str]:
    """The exercises take at most {EXERCISES_MINUTES} minutes."""
    if (minutes := minutes_of(lesson, "exercises")) > LIMITS["EXERCISES_MINUTES"]:
        yield (
            f"{lesson.notebook_name}: the exercises take {minutes:.0f} minutes, "
            f"the limit is {LIMITS['EXERCISES_MINUTES']}"
        )


@rule("notebook", editions=(2,))
def minutes_stated(lesson: Lesson) -> Iterator[str]:
    """The first cell lists the minutes of each section and the README their sum, as refresh writes
    them, at most 10% off."""
    import reading_time

    with contextlib.suppress(FileNotFoundError, ValueError):  # another rule's problem
        yield from reading_time.problems(lesson.folder)


CONFUSING = {
    "np.r_": "np.r_ or np.c_",
    "None": "an index None or np.newaxis",
    "at": "np.add.at or another ufunc.at",
    "reduceat": "reduceat",
}


@rule("notebook", editions=(2,))
def idioms_explained(lesson: Lesson) -> Iterator[str]:
    """NumPy's riddles (np.r_, an index None, np.add.at, reduceat) are avoided, or explained by a
    comment on the line where they first appear."""
    seen = set()
    for cell in lesson.cells:
        if cell.role in ("setup", "check", "proof"):
            continue
        for line, kind in sorted(riddles(cell.nodes)):
            if kind not in seen and line not in cell.commented:
                yield (
                    f"{lesson.notebook_name}::Cell {cell.number}: line {line}: {CONFUSING[kind]} "
                    "without a comment that explains it"
                )
            seen.add(kind)


def riddles(nodes: Iterable[ast.AST]) -> set[tuple[int, str]]:
    """Line and kind of each of NumPy's expressions that a junior would have to look up."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Attribute):
            if node.attr in ("r_", "c_"):
                found.add((node.lineno, "np.r_"))
            elif node.attr == "reduceat":
                found.add((node.lineno, "reduceat"))
            elif node.attr == "at" and ast.unparse(node.value).startswith(("np.", "numpy.")):
                found.add((node.lineno, "at"))
        elif isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if any(ast.unparse(part) in ("None", "np.newaxis") for part in parts):
                found.add((node.lineno, "None"))
    return found


@rule("notebook", editions=(2,))
def timing_after_approximately(lesson: Lesson) -> Iterator[str]:
    """A measured time is printed only after ≈, or by a cell whose output is not compared."""
    timed: set[str] = set()
    for cell in lesson.cells:
        measures = re.search(CLOCKS, cell.source)
        uses = cell.names & timed
        for statement in cell.tree.body if measures or uses else []:
            timed |= timed_names(statement, timed)
        bare = re.search(
            r"(?<![≈\d.,])[-+]?\d[\d.,]*(?:e[-+]?\d+)?\s?"
            r"(?:ms|µs|μs|ns|s|seconds?|milliseconds?|times|×|x)\b",
            cell.result,
        )
        if (measures or uses) and cell.is_compared and bare:
            yield (
                f"{lesson.notebook_name}::Cell {cell.number}: prints the measured '{bare[0]}' "
                "without ≈ before it in a compared cell"
            )


def timed_names(statement: ast.stmt, timed: set[str]) -> set[str]:
    """Names that a statement makes from a clock, from functions that read one, or from such
    names."""
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    if not re.search(CLOCKS, ast.unparse(statement)) and not names & timed:
        return set()
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


# --------------------------------------------------------------------------------- a code cell
@rule("cell")
def not_empty(cell: Cell) -> Iterator[str]:
    """It is not empty."""
    if not cell.source.strip():
        yield "empty"


@rule("cell", editions=(1,))
def known_tags(cell: Cell) -> Iterator[str]:
    """Its tags are setup, exercise, check, solution, scoreboard, nbval-ignore-output."""
    if unknown := set(cell.tags) - TAGS[1]:
        yield f"unknown tag {sorted(unknown)}; nothing is ever skipped"


@rule("cell", editions=(2,))
def roles_of_the_list(cell: Cell) -> Iterator[str]:
    """Its tags are roles (setup, proof, figure, play, exercise, check, solution, scoreboard),
    beside hide-input and nbval-ignore-output; nothing is ever skipped."""
    if unknown := set(cell.tags) - TAGS[2]:
        yield f"unknown tag {sorted(unknown)}; nothing is ever skipped"


@rule("cell", editions=(2,))
def one_role(cell: Cell) -> Iterator[str]:
    """It has at most one role."""
    if len(roles := [tag for tag in cell.tags if tag in ROLES]) > 1:
        yield f"has {len(roles)} roles, {' and '.join(roles)}"


@rule("cell")
def no_markers(cell: Cell) -> Iterator[str]:
    """Tags say how it is tested, not comments."""
    if re.search(r"NBVAL_|PYTEST_VALIDATE", cell.source):
        yield "a comment marker; use tags"


@rule("cell", editions=(1,))
def cell_lines(cell: Cell) -> Iterator[str]:
    """It has at most {LINES} lines; folded, {FOLDED_LINES}."""
    most = LIMITS["FOLDED_LINES" if cell.source_hidden else "LINES"]
    if len(cell.lines) > most:
        yield f"{len(cell.lines)} lines, the limit is {most}"


@rule("cell", editions=(1,))
def cell_columns(cell: Cell) -> Iterator[str]:
    """A line has at most {COLUMNS} characters; folded, {FOLDED_COLUMNS}."""
    limit = LIMITS["FOLDED_COLUMNS" if cell.source_hidden else "COLUMNS"]
    if (longest := max(map(len, cell.lines))) > limit:
        yield f"a line of {longest} characters, the limit is {limit}"


@rule("cell", editions=(2,))
def body_lines(cell: Cell) -> Iterator[str]:
    """In the reader's path it has at most {BODY_LINES} lines, blank ones apart."""
    if not cell.role and cell.full_lines > LIMITS["BODY_LINES"]:
        yield (f"{cell.full_lines} lines in the reader's path, the limit is {LIMITS['BODY_LINES']}")


@rule("cell", editions=(2,))
def folded_lines(cell: Cell) -> Iterator[str]:
    """With a role it has at most {FOLDED_LINES} lines; a proof, {PROOF_LINES}."""
    most = LIMITS["PROOF_LINES" if cell.role == "proof" else "FOLDED_LINES"]
    if cell.role and len(cell.lines) > most:
        yield f"{len(cell.lines)} lines, the limit is {most}"


@rule("cell", editions=(2,))
def columns(cell: Cell) -> Iterator[str]:
    """A line has at most {BODY_COLUMNS} columns; in set-up and checks, {FOLDED_COLUMNS}."""
    dense = cell.role in ("setup", "check")
    limit = LIMITS["FOLDED_COLUMNS" if dense else "BODY_COLUMNS"]
    if (longest := max(map(len, cell.lines))) > limit:
        number = [len(line) for line in cell.lines].index(longest) + 1
        yield f"line {number} has {longest} columns, the limit is {limit}"


@rule("cell")
def no_pickle(cell: Cell) -> Iterator[str]:
    """It loads no pickle."""
    if re.search(r"\b(pickle|joblib)\.load|allow_pickle\s*=\s*True", cell.source):
        yield "loads a pickle"


@rule("cell")
def plain_python(cell: Cell) -> Iterator[str]:
    """It has no shell or magic command."""
    if re.search(r"^\s*[!%]", cell.source, re.M):
        yield "a shell or magic command"


@rule("cell")
def known_imports(cell: Cell) -> Iterator[str]:
    """It imports only what requirements.txt or the standard library holds."""
    for module in imported(cell.nodes):
        if module not in LIBRARIES and module not in sys.stdlib_module_names:
            yield (
                f"imports {module}, which is neither in requirements.txt nor in the standard "
                "library"
            )


@rule("cell", editions=(1,))
def no_timing(cell: Cell) -> Iterator[str]:
    """It measures time only where its output is not compared."""
    if re.search(CLOCKS, cell.source) and cell.is_compared:
        yield "measures time in a compared cell"


@rule("cell")
def shows_its_figure(cell: Cell) -> Iterator[str]:
    """A cell with a figure ends with `plt.show()` (a play cell may not)."""
    if cell.has_picture and cell.role != "play" and not ends_with(cell, "plt.show()"):
        yield "a figure whose cell does not end with plt.show()"


@rule("cell", editions=(2,))
def figure_title(cell: Cell) -> Iterator[str]:
    """A figure has a title, which is the answer."""
    has_title = any(
        (isinstance(node, ast.keyword) and node.arg == "title")
        or (isinstance(node, ast.Attribute) and node.attr in ("set_title", "suptitle", "title"))
        for node in cell.nodes
    )
    if cell.has_picture and cell.role != "play" and not has_title:
        yield "a figure without a title"


@rule("cell", editions=(2,))
def figure_folded(cell: Cell) -> Iterator[str]:
    """A figure cell of more than {OPEN_FIGURE_LINES} lines is folded and tagged hide-input."""
    is_folded = cell.source_hidden and "hide-input" in cell.tags
    if cell.role == "figure" and len(cell.lines) > LIMITS["OPEN_FIGURE_LINES"] and not is_folded:
        yield (
            f"a figure cell of {len(cell.lines)} lines that is not folded (source_hidden, tag "
            "hide-input); refresh the notebook"
        )


@rule("cell", editions=(2,))
def figure_first_line(cell: Cell) -> Iterator[str]:
    """The first line of a folded figure cell, which JupyterLab shows, is a comment that names
    it."""
    if cell.role == "figure" and cell.source_hidden and not cell.source.startswith("# "):
        yield "a folded figure cell whose first line is no comment that says what it draws"


@rule("cell", editions=(2,))
def play_still(cell: Cell) -> Iterator[str]:
    """A play cell's saved output is a still picture (image/png)."""
    if cell.role == "play" and not cell.has_picture:
        yield "a play cell without a still picture (image/png) among its outputs"


@rule("cell")
def no_saved_error(cell: Cell) -> Iterator[str]:
    """No error is saved."""
    for output in cell.node.outputs:
        if output.output_type == "error":
            yield f"a saved error, {output.get('ename')}"


@rule("cell")
def no_saved_stderr(cell: Cell) -> Iterator[str]:
    """No stderr is saved."""
    if any(output.get("name") == "stderr" for output in cell.node.outputs):
        yield "saved stderr; refresh the notebook"


@rule("cell")
def png_figures(cell: Cell) -> Iterator[str]:
    """Figures are PNG, not SVG."""
    if any("image/svg+xml" in output.get("data", {}) for output in cell.node.outputs):
        yield "an SVG image, which is compared byte for byte; use PNG"


@rule("cell")
def no_execution_times(cell: Cell) -> Iterator[str]:
    """Its metadata hold no times of execution."""
    if "execution" in cell.node.metadata or "ExecuteTime" in cell.node.metadata:
        yield "execution timing in the metadata; refresh the notebook"


@rule("cell")
def plain_numbers(cell: Cell) -> Iterator[str]:
    """It prints numbers, not the repr of a NumPy scalar."""
    if re.search(r"np\.(float|int)\d+\(", cell.result):
        yield "prints a NumPy scalar's repr; format it"


@rule("cell", editions=(2,))
def set_up_folded(cell: Cell) -> Iterator[str]:
    """A set-up cell is folded."""
    if "setup" in cell.tags and not cell.source_hidden:
        yield "a set-up cell that is not folded; refresh the notebook"


@rule("cell")
def solution_folded(cell: Cell) -> Iterator[str]:
    """A solution is folded."""
    if "solution" in cell.tags and not cell.source_hidden:
        yield "a solution that is not collapsed"


@rule("cell")
def check_folded(cell: Cell) -> Iterator[str]:
    """A check is folded."""
    if "check" in cell.tags and not cell.source_hidden:
        yield "a check that is not collapsed"


@rule("cell")
def check_not_compared(cell: Cell) -> Iterator[str]:
    """The output of a check is not compared."""
    if "check" in cell.tags and cell.is_compared:
        yield "a check whose output is compared: it changes when a learner answers"


@rule("cell", editions=(2,))
def no_assert_in_the_path(cell: Cell) -> Iterator[str]:
    """An assert stands in proofs, checks and the scoreboard's cell alone; where it is itself
    what is taught, a comment on its line says `the lesson`."""
    for node in cell.nodes:
        if isinstance(node, ast.Assert) and cell.role not in ("proof", "check", "scoreboard"):
            line = cell.lines[node.lineno - 1]
            if node.lineno not in cell.commented or "the lesson" not in line:
                yield f"line {node.lineno}: an assert in the reader's path; it belongs in a proof"


@rule("cell", editions=(2,))
def no_verdicts(cell: Cell) -> Iterator[str]:
    """In the reader's path it prints numbers, no verdicts True or False."""
    verdict = re.search(r"(?:^|[:=] *)(?:True|False)\b(?! *[,\]}])", cell.result, re.M)
    if verdict and cell.role in ("", "figure", "play", "scoreboard"):
        yield f"prints the verdict '{verdict[0].strip()}' instead of a number"


@rule("cell", editions=(2,))
def proof_folded(cell: Cell) -> Iterator[str]:
    """A proof is folded and tagged hide-input."""
    if cell.role == "proof" and not (cell.source_hidden and "hide-input" in cell.tags):
        yield "a proof that is not folded (source_hidden, tag hide-input); refresh the notebook"


@rule("cell", editions=(2,))
def proof_first_line(cell: Cell) -> Iterator[str]:
    """The first line of a proof, which JupyterLab shows, names it: `# proof: the gradients of …`"""
    if cell.role == "proof" and not re.match(r"# proof: \S", cell.source):
        yield "a proof whose first line is not '# proof: …'"


@rule("cell", editions=(2,))
def proof_prints_one_line(cell: Cell) -> Iterator[str]:
    """A proof prints one line, which begins with ✓, and nothing else."""
    if cell.role == "proof":
        others = [output for output in cell.node.outputs if output.get("name") != "stdout"]
        if others or not re.fullmatch(r"✓ [^\n]+\n?", cell.said):
            yield f"a proof prints one line that begins with ✓, not {cell.said[:60]!r}"


@rule("cell", editions=(2,))
def proof_compared(cell: Cell) -> Iterator[str]:
    """What a proof prints is compared."""
    if cell.role == "proof" and not cell.is_compared:
        yield "a proof whose output is not compared"


@rule("cell", editions=(2,))
def proof_proves(cell: Cell) -> Iterator[str]:
    """A proof asserts something."""
    asserts = any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Attribute) and node.attr.startswith("assert_"))
        for node in cell.nodes
    )
    if cell.role == "proof" and not asserts:
        yield "a proof without an assert"


# What a junior would have to decode. It is looked for where a reader looks for a model.
MODEL_ROLES = ("", "figure", "play", "exercise", "solution")


def model_nodes(cell: Cell) -> Iterator[Any]:
    if cell.role in MODEL_ROLES:
        yield from cell.nodes


@rule("cell", editions=(2,))
def no_comprehension_in_print(cell: Cell) -> Iterator[str]:
    """A print has no comprehension inside."""
    kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    for node in model_nodes(cell):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "print"
            and any(isinstance(part, kinds) for part in ast.walk(node))
        ):
            yield f"line {node.lineno}: a comprehension inside a print; give it a name or a loop"


@rule("cell", editions=(2,))
def no_walrus_in_condition(cell: Cell) -> Iterator[str]:
    """A condition assigns nothing (:=)."""
    for node in model_nodes(cell):
        tests = [node.test] if isinstance(node, (ast.If, ast.While, ast.IfExp)) else []
        tests += node.ifs if isinstance(node, ast.comprehension) else []
        for test in tests:
            if any(isinstance(part, ast.NamedExpr) for part in ast.walk(test)):
                yield f"line {test.lineno}: an assignment := in a condition"


@rule("cell", editions=(2,))
def no_tuple_keys(cell: Cell) -> Iterator[str]:
    """A dictionary is not keyed by tuples."""
    for node in model_nodes(cell):
        keys = node.keys if isinstance(node, ast.Dict) else []
        keys = [node.key] if isinstance(node, ast.DictComp) else keys
        if any(isinstance(key, ast.Tuple) for key in keys):
            yield f"line {node.lineno}: a dictionary keyed by tuples"


@rule("cell", editions=(2,))
def no_tuple_arithmetic(cell: Cell) -> Iterator[str]:
    """Tuples are not added or multiplied."""
    for node in model_nodes(cell):
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, (ast.Add, ast.Mult))
            and any(isinstance(side, ast.Tuple) for side in (node.left, node.right))
        ):
            yield f"line {node.lineno}: arithmetic with a tuple"


@rule("cell", editions=(2,))
def no_dispatch_on_shape(cell: Cell) -> Iterator[str]:
    """Nothing is chosen by an array's shape or number of axes (but an error may be raised)."""
    for node in model_nodes(cell):
        if isinstance(node, (ast.If, ast.IfExp)):
            shapes = any(
                isinstance(part, ast.Attribute) and part.attr in ("shape", "ndim")
                for part in ast.walk(node.test)
            )
            raises = isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise)
            if shapes and not raises:
                yield f"line {node.lineno}: a choice by an array's shape"


@rule("cell", editions=(2,))
def no_chained_asserts(cell: Cell) -> Iterator[str]:
    """An assert, also in a proof, says one thing: no `and`, no `a == b == c`."""
    for node in cell.nodes:
        if isinstance(node, ast.Assert) and cell.role != "check":
            both = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
            equals = (
                isinstance(node.test, ast.Compare)
                and len(node.test.ops) > 1
                and all(isinstance(op, ast.Eq) for op in node.test.ops)
            )
            if both or equals:
                yield f"line {node.lineno}: a chained assert; write one for each claim"


# ------------------------------------------------------------------------------------ commands
def listing(edition: int | None = None) -> str:
    """All rules, or those of one edition, as a Markdown list, in groups by what they are about."""
    said: dict[tuple[int, ...], str] = {(1,): " *(first edition)*", (2,): " *(second edition)*"}
    groups = []
    for scope, title in SCOPES.items():
        chosen = [
            each
            for each in RULES.values()
            if each.scope == scope and (edition is None or edition in each.editions)
        ]
        lines = [
            f"- `{each.name}`: {each.sentence}"
            + (said.get(each.editions, "") if edition is None else "")
            for each in chosen
        ]
        groups.append("\n".join([f"**{title}**", "", *lines]))
    return "\n\n".join(groups) + "\n"


START, END = "<!-- rules: python tools/lesson_rules.py --write -->\n", "<!-- end of rules -->\n"


def with_rules(page: str) -> str:
    """CONTRIBUTING.md with the second edition's rules between its two markers.

    Raises ValueError if a marker is missing.
    """
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"the page needs the lines {START.strip()} and {END.strip()}")
    return f"{before}{START}\n{listing(edition=2)}\n{END}{after}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description="Hold lessons to the rules of their edition.", allow_abbrev=False
    )
    parser.add_argument("days", nargs="*", help="folders; without any, all days")
    parser.add_argument("--list", action="store_true", help="print every rule in one sentence")
    parser.add_argument(
        "--write", action="store_true", help="write the second edition's rules into CONTRIBUTING.md"
    )
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # a Windows console may not know ✓
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    if options.list:
        print(listing(), end="")
        return 0
    if options.write:
        page = ROOT / "CONTRIBUTING.md"
        page.write_text(with_rules(page.read_text("utf-8")), "utf-8")
        return 0
    folders = [Path(day) if Path(day).is_dir() else ROOT / day for day in options.days]
    found = [text for folder in folders or lessons.DAYS for text in problems(folder.resolve())]
    print("\n".join(found) or "no rule is broken")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
