"""How many minutes a lesson takes, by one rule, and where it says so.

    python tools/reading_time.py                    # a table of all days
    python tools/reading_time.py day05_optimizers   # with the sections of that day

    minutes = words / 100 + visible lines / 6 + 0.5 for each figure or drawing + the run time

Visible are the lines of cells that are not folded; blank lines, the set-up, stubs, checks and
solutions do not count. In a README words alone count, without its folded answers. The exercises
count as many minutes as their headings say ("### Exercise 1 (easy, 10 minutes): …"), or 10, 15 and
20. The run time is the number of seconds in the README's line of facts, a fact that `make report`
measures while nothing else runs. It is not measured again at each refresh, so a busy machine
changes no minutes.

A second-edition lesson states its minutes twice, and refresh writes both: the table of sections in
the notebook's first cell, between two marks, and the sum in the README's line of facts, "About 105
minutes: 8 for this page, …".
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from lessons import DAYS, ROOT, day_number, edition, notebook_path, read_notebook, tags

WORDS_A_MINUTE, LINES_A_MINUTE, MINUTES_A_PICTURE = 100, 6, 0.5
EXERCISE_MINUTES = {"easy": 10, "medium": 15, "stretch": 20}
BUDGETS = {"readme": 12, "core": 80, "exercises": 45, "deeper": 45}
TOLERANCE, LEAST = (
    0.1,
    1.0,
)  # what is stated may differ by a tenth, or by a minute where that is more
BEGIN, END = "<!-- minutes: made by make refresh -->", "<!-- end of the minutes -->"
HEAD = "| Section | Minutes | Part |\n|---|---|---|"
ROW = re.compile(
    r"^\| (?P<title>.+) \| (?P<minutes>\d+) \| (?P<part>core|deeper|exercises) \|$", re.MULTILINE
)
RUNNING, OPENING, SHOWN_RUN = "Waiting while cells run", "Opening", 0.5
# From the word "About" to the next " · " or the end of the line, whatever is said of minutes there.
FACTS = re.compile(r"^About \d+ minutes.*?(?= · |$)", re.MULTILINE)
SECONDS = re.compile(r"\bruns in about (\d+) seconds\b")


@dataclass(frozen=True)
class Section:
    """What stands below one heading of level 2. part: core, deeper or exercises. The run time is
    not in its minutes.
    """

    title: str
    part: str
    minutes: float


def words(markdown: str) -> int:
    """Words that are read: not those of folded parts, targets of links, tags, rules of tables."""
    shown = re.sub(r"<details>.*?</details>", "", markdown, flags=re.DOTALL)
    unread = r"```mermaid.*?```|<[^>]+>|\]\([^)]*\)|^\|[-| :]+\|$"
    return len(re.findall(r"\S*\w\S*", re.sub(unread, " ", shown, flags=re.DOTALL | re.MULTILINE)))


def visible_lines(cell: NotebookNode) -> int:
    """Lines of a code cell that a reader sees without unfolding anything, blank ones apart."""
    is_folded = cell.metadata.get("jupyter", {}).get("source_hidden", False)
    if is_folded or {"setup", "exercise", "check", "solution"} & set(tags(cell)):
        return 0
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def pictures(cell: NotebookNode) -> int:
    """Figures among a cell's outputs, or drawings that its text shows."""
    if cell.cell_type == "markdown":
        return len(re.findall(r"!\[|<img", cell.source))
    return sum("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


def minutes_to_read(cells: list[NotebookNode]) -> float:
    """Minutes for cells by the rule, without the run time and without solving what they ask."""
    prose = sum(words(cell.source) for cell in cells if cell.cell_type == "markdown")
    lines = sum(visible_lines(cell) for cell in cells if cell.cell_type == "code")
    shown = sum(pictures(cell) for cell in cells if cell.cell_type in ("markdown", "code"))
    return prose / WORDS_A_MINUTE + lines / LINES_A_MINUTE + MINUTES_A_PICTURE * shown


def minutes_to_solve(cells: list[NotebookNode]) -> float:
    """Minutes for exercises, as their headings say them or as their levels have them; at least
    those to read them.
    """
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    found = re.findall(r"^### Exercise \d+ \((\w+)(?:, (\d+) minutes)?\)", text, re.MULTILINE)
    stated = sum(
        int(minutes) if minutes else EXERCISE_MINUTES.get(level, 0) for level, minutes in found
    )
    return max(stated, minutes_to_read(cells))


def divided(notebook: NotebookNode) -> list[tuple[str, str, list[NotebookNode]]]:
    """Title, part (core, deeper or exercises) and cells of each section, in order. What comes first
    is the opening.
    """
    found: list[tuple[str, str, list[NotebookNode]]] = [(OPENING, "core", [])]
    for cell in notebook.cells:
        heading = (
            re.search(r"^## +(.*)", cell.source, re.MULTILINE)
            if cell.cell_type == "markdown"
            else None
        )
        if heading:
            title = heading[1].strip()
            named = [part for part in ("deeper", "exercises") if title.lower().startswith(part)]
            found.append((title, named[0] if named else "core", []))
        found[-1][2].append(cell)
    return [section for section in found if section[2]]


def sections(notebook: NotebookNode) -> list[Section]:
    """The sections of a notebook with their minutes, in order."""
    return [
        Section(
            title, part, minutes_to_solve(cells) if part == "exercises" else minutes_to_read(cells)
        )
        for title, part, cells in divided(notebook)
    ]


def readme_minutes(text: str) -> float:
    """Minutes for a day's README: its words, without folded answers."""
    return words(text) / WORDS_A_MINUTE


def run_seconds(readme: str) -> int:
    """The seconds that a README says its notebook runs. ValueError if it does not say."""
    found = SECONDS.search(readme)
    if found is None:
        raise ValueError(
            'the README must say how long the notebook runs: "runs in about 12 seconds"'
        )
    return int(found[1])


def budget(part: str, day: int) -> int:
    """The most minutes that a part (readme, core, exercises, deeper) of a day may take."""
    return 100 if (part, day) == ("core", 14) else BUDGETS[part]


def taken(notebook: NotebookNode, readme: str) -> dict[str, float]:
    """Minutes of each part of a lesson: readme, core (with the run time), exercises, deeper. Not
    rounded.
    """
    found = dict.fromkeys(BUDGETS, 0.0) | {
        "readme": readme_minutes(readme),
        "core": run_seconds(readme) / 60,
    }
    for section in sections(notebook):
        found[section.part] += section.minutes
    return found


def over_budget(folder: Path) -> list[str]:
    """One sentence for each part of a lesson that takes more minutes than it may."""
    notebook, readme = read_notebook(folder), (folder / "README.md").read_text(encoding="utf-8")
    day, found = day_number(folder), taken(notebook, readme)
    return [
        f"{folder.name}: the {part} takes {minutes:.0f} minutes, at most {budget(part, day)}"
        for part, minutes in found.items()
        if minutes > budget(part, day)
    ]


# --------------------------------------------------------------------- what a lesson says of itself


def whole(values: list[float], total: float) -> list[int]:
    """The values as whole numbers that add up to the rounded total: large remainders go up."""
    found = [int(value) for value in values]
    by_remainder = sorted(range(len(values)), key=lambda k: found[k] - values[k])
    for turn in range(round(total) - sum(found)):
        found[by_remainder[turn % len(values)]] += 1
    return found


def rows_of(notebook: NotebookNode, readme: str) -> list[tuple[str, int, str]]:
    """The rows of the table of sections: title, whole minutes, part. Those of a part add up to its
    minutes.

    A run of at least half a minute is the last row of the core; a shorter one is part of the core's
    sum.
    """
    running = run_seconds(readme) / 60
    rows = [(one.title.replace("|", "\\|"), one.minutes, one.part) for one in sections(notebook)]
    if running >= SHOWN_RUN:
        last = max(k for k, row in enumerate(rows) if row[2] == "core")
        rows.insert(last + 1, (RUNNING, running, "core"))
    exact = taken(notebook, readme)
    shown = {
        part: iter(whole([row[1] for row in rows if row[2] == part], exact[part]))
        for part in ("core", "deeper", "exercises")
    }
    return [(title, next(shown[part]), part) for title, _, part in rows]


def table(rows: list[tuple[str, int, str]]) -> str:
    """The table of sections between its marks."""
    lines = [f"| {title} | {minutes} | {part} |" for title, minutes, part in rows]
    return "\n".join([BEGIN, "", HEAD, *lines, "", END])


def facts(rows: list[tuple[str, int, str]], readme: str) -> str:
    """The sentence of the README's line of facts. The first number is what every reader is asked
    for.
    """
    core, deeper, exercises = (
        sum(minutes for _, minutes, part in rows if part == wanted)
        for wanted in ("core", "deeper", "exercises")
    )
    page = max(1, round(readme_minutes(readme)))
    more = f"; the deeper sections take {deeper} more" if deeper else ""
    return (
        f"About {page + core + exercises} minutes: {page} for this page, {core} for the core, "
        f"{exercises} for the exercises{more}"
    )


def renewed(notebook: NotebookNode, readme: str) -> tuple[str, str]:
    """The text of the notebook's first cell and of the README with the minutes of now. Nothing is
    changed in place.

    Without marks the table goes to the end of the first cell. ValueError if the README has no line
    of facts or no run time, or if the first cell is code or has one mark without the other.
    """
    if len(FACTS.findall(readme)) != 1:
        raise ValueError(
            'README.md needs one line of facts, "About 0 minutes: …", for refresh to fill in'
        )
    first = notebook.cells[0]
    original = first.source
    if first.cell_type != "markdown":
        raise ValueError("the first cell must be text: the table of sections stands in it")
    if original.count(BEGIN) != original.count(END) or original.count(BEGIN) > 1:
        raise ValueError(f"the first cell needs the marks {BEGIN} and {END}, once each, or neither")
    if BEGIN not in original:
        first.source = f"{original.rstrip()}\n\n{BEGIN}\n{END}"
    try:
        for _ in range(3):  # the table and the sentence hold words themselves
            rows = rows_of(notebook, readme)
            before, after = first.source.partition(BEGIN)[0], first.source.partition(END)[2]
            first.source = before + table(rows) + after
            readme = FACTS.sub(facts(rows, readme), readme)
        return first.source, readme
    finally:
        first.source = original


def stated(text: str) -> list[tuple[str, int, str]]:
    """The rows of a first cell's table of sections; empty if it has none."""
    return [
        (row["title"], int(row["minutes"]), row["part"])
        for row in ROW.finditer(text.partition(BEGIN)[2].partition(END)[0])
    ]


def is_off(said: float, found: float) -> bool:
    """Whether a stated number of minutes differs from the computed one by more than is allowed."""
    return abs(said - found) > max(TOLERANCE * found, LEAST)


def problems(folder: Path) -> list[str]:
    """Where a second-edition lesson states other minutes than it takes. Empty for the first
    edition.
    """
    notebook, readme = read_notebook(folder), (folder / "README.md").read_text(encoding="utf-8")
    if edition(notebook) == 1:
        return []
    said = stated(notebook.cells[0].source)
    sentence = FACTS.search(readme)
    if not said or not sentence:
        missing = (
            "table of sections in the first cell"
            if not said
            else "line 'About … minutes: …' in the README"
        )
        return [f"{folder.name}: no {missing}; refresh writes it"]
    rows, found = rows_of(notebook, readme), []
    if [(title, part) for title, _, part in said] != [(title, part) for title, _, part in rows]:
        found.append(
            f"{folder.name}: the first cell's table lists other sections than there are; refresh it"
        )
        return found
    for (title, told, _), (_, minutes, _) in zip(said, rows, strict=True):
        if is_off(told, minutes):
            found.append(
                f"{folder.name}: '{title}' takes {minutes} minutes, and the first cell says {told}"
            )
    exact = taken(notebook, readme)
    for part in ("core", "deeper", "exercises"):
        told = sum(minutes for _, minutes, of_part in said if of_part == part)
        if is_off(told, exact[part]):
            found.append(
                f"{folder.name}: the {part} takes {exact[part]:.0f} minutes; rows add up to {told}"
            )
    told_numbers, computed = (
        [int(number) for number in re.findall(r"\d+", text)]
        for text in (sentence[0], facts(rows, readme))
    )
    if len(told_numbers) != len(computed) or any(map(is_off, told_numbers, computed)):
        found.append(
            f"{folder.name}: the README says '{sentence[0]}', and it is '{facts(rows, readme)}'"
        )
    elif told_numbers[0] != sum(told_numbers[1:4]):
        found.append(f"{folder.name}: the minutes in the README do not add up: '{sentence[0]}'")
    return found


def run_time_report(readme: str, seconds: float) -> str:
    """What refresh says of the run that it has made, beside the seconds that the README states."""
    said = run_seconds(readme)
    hint = (
        ""
        if 2 / 3 < seconds / said < 1.5
        else "; if nothing else ran meanwhile, the README's number is wrong"
    )
    return f"  This run took {seconds:.0f} s, the README says about {said}{hint}"


# --------------------------------------------------------------------------------- the command line


def row(folder: Path) -> str:
    """A line of the table of all days."""
    notebook, readme = read_notebook(folder), (folder / "README.md").read_text(encoding="utf-8")
    found = taken(notebook, readme)
    lines = sum(
        visible_lines(cell)
        for _, part, cells in divided(notebook)
        for cell in cells
        if part == "core" and cell.cell_type == "code"
    )
    numbers = "".join(f"{found[part]:>10.0f}" for part in ("readme", "core", "deeper", "exercises"))
    return f"{folder.name:<24}{edition(notebook):>7}{numbers}{lines:>12}"


def main(chosen: list[str]) -> int:
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    if chosen and chosen[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    folders = [(ROOT / name).resolve() for name in chosen] or DAYS
    if missing := [folder.name for folder in folders if not notebook_path(folder).is_file()]:
        print(f"There is no notebook in '{missing[0]}'.", file=sys.stderr)
        return 2
    head = "".join(f"{name:>10}" for name in ("README", "core", "deeper", "exercises"))
    print(f"{'minutes':<24}{'edition':>7}{head}{'core lines':>12}")
    for folder in folders:
        print(row(folder))
    if chosen:
        for folder in folders:
            print(f"\n{folder.name}")
            for title, minutes, part in rows_of(
                read_notebook(folder), (folder / "README.md").read_text(encoding="utf-8")
            ):
                print(f"{minutes:>5}  {part:<10} {title}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
