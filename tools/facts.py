"""Fill in the facts that a machine knows: tables and numbers in sentences of the pages.

    python tools/facts.py              write what differs; `make report` does it, too
    python tools/facts.py --check      write nothing, and end with status 1 if anything differs

Each fact has one source:

    results, bands, baselines    the rows and asserts of the notebooks' cells tagged `scoreboard`
    run time, peak memory        tools/measured.json, which `make report` writes
    the time that a day takes    the line of facts in its README ("About 105 minutes: …")
    planted bugs                 tools/mutants.csv, one line a day and kind
    exercises, answers           tools/exercises.json, tests/right_answers, tests/wrong_answers

A table stands between two comments and is made as a whole. A number in a sentence is found by the
words around it: SENTENCES has them, with a name in braces for each fact, and words at both ends.
Who rewords such a sentence rewords it there as well; one that is missing, or stands twice, is an
error and not a silence.
"""

import argparse
import ast
import csv
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from lessons import DAYS, EXERCISES, ROOT, day_number, notebook_path, printed, read_notebook, tags

MEASURED = ROOT / "tools" / "measured.json"
MUTANTS = ROOT / "tools" / "mutants.csv"
COUNTS = (
    "drawn",
    "caught",
    "excused",
    "led",
)  # of planted bugs; the first is the sum of the others
BINDER_GIB = 2e9 / 2**30  # a public Binder's memory
WORDS = "no one two three four five six seven eight nine ten eleven twelve".split()

SENTENCES = {
    "README.md": [
        "have {shortest} to {longest_but_one} hours a day (Day {longest_day} takes {longest})",
        "too little for {large_days} (see the [scoreboard](#scoreboard))",
        "for each of the {exercises} exercises whether",
        "Of {drawn} drawn by chance in the NumPy parts, {excused} change nothing, or only a setting"
        " such as a seed. Of the other {judged}, {caught} were caught ({share}), and each of the"
        " rest led to a new check",
        "back.** {wrong_answers} wrong answers are kept in the tests, each with the hint that it "
        "must get, and {right_answers} right ones",
        "All fifteen, on {cores} CPU cores with TensorFlow {tensorflow} and Keras {keras}, took "
        "{total} seconds.",
    ],
}
DAY_SENTENCES = ["the notebook runs in about {seconds} seconds on {cores} CPU cores"]


class FactError(Exception):
    """A fact without a source, or without its place. The message names the file and what to do."""


# ------------------------------------------------------------------------------------- the sources


def bands(source: str) -> list[tuple[float, float]]:
    """The bands that a scoreboard cell asserts, in order: those of `assert 0.88 < value < 0.9`."""
    return [
        (ast.literal_eval(part.left), ast.literal_eval(part.comparators[1]))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assert)
        for part in ast.walk(node.test)
        if isinstance(part, ast.Compare) and [type(op) for op in part.ops] == [ast.Lt, ast.Lt]
    ]


def written(band: tuple[float, float], value: str) -> str:
    """A band in the form of the value: "88.5 to 89.5%" beside "89.0%"."""
    if value.endswith("%"):
        return " to ".join(f"{100 * limit:.4g}" for limit in band) + "%"
    return " to ".join(f"{limit:g}" for limit in band)


def results(notebook: Any) -> list[list[str]]:
    """Each scoreboard row of a notebook: day, data, measure, model, value, baseline, and its band.

    FactError if a row has not six columns, or has no assert with its band beside it.
    """
    found = []
    for cell in notebook.cells:
        if "scoreboard" not in tags(cell):
            continue
        lines = [line for line in printed(cell).splitlines() if line.startswith("| ")]
        rows = [line.strip("| ").split(" | ") for line in lines]
        if wrong := [line for line, row in zip(lines, rows, strict=True) if len(row) != 6]:
            raise FactError(
                "a row of the scoreboard has six columns (day, data, measure, model, result, "
                f"baseline), not these: {wrong[0]}"
            )
        asserted = bands(cell.source)
        if len(asserted) != len(rows):
            raise FactError(
                f"the scoreboard's cell prints {len(rows)} rows and asserts {len(asserted)} bands, "
                "as in `assert 0.88 < accuracy < 0.9`"
            )
        for row, band in zip(rows, asserted, strict=True):
            low, high, value = *band, float(re.sub("[≈%]", "", row[4]))
            if not low < (value / 100 if row[4].endswith("%") else value) < high:
                raise FactError(f"{row[4]} is not within {written(band, row[4])}, its own band")
            found.append([*row, written(band, row[4])])
    return found


def scoreboard() -> dict[Path, list[list[str]]]:
    """For each day's folder the rows of `results`. FactError names the notebook."""
    found = {}
    for folder in DAYS:
        try:
            found[folder] = results(read_notebook(folder))
            if {int(row[0]) for row in found[folder]} != {day_number(folder)}:
                raise FactError("the scoreboard's cell prints rows of its own day, at least one")
        except FactError as error:
            raise FactError(f"{folder.name}/{notebook_path(folder).name}: {error}") from None
    return found


def measured() -> dict[str, Any]:
    """What `make report` has written: cores, versions by library, and by day seconds and GiB.

    FactError if a day is missing.
    """
    found = json.loads(MEASURED.read_text(encoding="utf-8"))
    for folder in DAYS:
        if folder.name not in found["days"]:
            raise FactError(f"{MEASURED.name} has no {folder.name}: make report DAY={folder.name}")
    return found


def planted() -> dict[int, dict[str, dict[str, int]]]:
    """Planted bugs by day and kind (numpy, solution): drawn, caught, excused, led to a new check.

    FactError if a day has no line for its NumPy parts, or if counts do not add up.
    """
    found: dict[int, dict[str, dict[str, int]]] = {day_number(folder): {} for folder in DAYS}
    with MUTANTS.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            counts = {name: int(line[name]) for name in COUNTS}
            if counts["drawn"] != counts["caught"] + counts["excused"] + counts["led"]:
                raise FactError(
                    f"{MUTANTS.name}, day {line['day']}, {line['kind']}: drawn must be caught, "
                    "excused and led together"
                )
            found.setdefault(int(line["day"]), {})[line["kind"]] = counts
    if missing := [day for day, kinds in found.items() if "numpy" not in kinds]:
        raise FactError(f"{MUTANTS.name} has no line of kind numpy for day {missing[0]}")
    return found


def answers(kind: str) -> int:
    """How many answers tests/right_answers or tests/wrong_answers keep; kind: right or wrong."""
    pages = (ROOT / "tests" / f"{kind}_answers").glob("day*.py")
    return sum(
        len(re.findall(rf"^@{kind}\(", page.read_text(encoding="utf-8"), re.M)) for page in pages
    )


def minutes(readme: str) -> int:
    """Minutes for a day, the deeper sections apart, from its README's line of facts.

    Second edition: "About 105 minutes: …", written by refresh. First: "About 15 minutes to read, 95
    minutes for the notebook, 45 minutes for the exercises". FactError if there is neither.
    """
    if second := re.search(r"^About (\d+) minutes: ", readme, re.M):
        return int(second[1])
    first = re.search(
        r"^About (\d+) minutes to read, (\d+) minutes for the notebook, "
        r"(\d+) minutes for the exercises ",
        readme,
        re.M,
    )
    if first is None:
        raise FactError('no line of facts that begins "About 105 minutes: …"')
    return sum(map(int, first.groups()))


def minutes_of_days(pages: dict[Path, str]) -> dict[int, int]:
    """Minutes for each day, by its number. FactError names the README that does not state them.

    pages: the texts of the days' READMEs.
    """
    found = {}
    for folder in DAYS:
        try:
            found[day_number(folder)] = minutes(pages[folder / "README.md"])
        except FactError as error:
            raise FactError(f"{folder.name}/README.md: {error}") from None
    return found


# ------------------------------------------------------------------------------- from facts to text


def word(number: int) -> str:
    """A number as prose has it: two, twelve, 13."""
    return WORDS[number] if 0 < number < len(WORDS) else str(number)


def days_named(days: list[int]) -> str:
    """Days in a sentence: "Day 14", "Days 14 and 15", "Days 11, 14 and 15", "no day"."""
    if len(days) < 2:
        return f"Day {days[0]}" if days else "no day"
    return f"Days {', '.join(map(str, days[:-1]))} and {days[-1]}"


def facts(taken: dict[int, int]) -> dict[str, str]:
    """The facts of the root README's sentences, by the names that SENTENCES gives them.

    taken: minutes for each day.
    """
    run, bugs = measured(), [kinds["numpy"] for kinds in planted().values()]
    drawn, caught, excused = (sum(one[name] for one in bugs) for name in COUNTS[:3])
    by_length = sorted((total, day) for day, total in taken.items())
    large = [day_number(one) for one in DAYS if run["days"][one.name]["gib"] > BINDER_GIB]
    return {
        "shortest": word(round(by_length[0][0] / 60)),
        "longest_but_one": word(round(by_length[-2][0] / 60)),
        "longest": word(round(by_length[-1][0] / 60)),
        "longest_day": str(by_length[-1][1]),
        "large_days": days_named(large),
        "exercises": str(sum(map(len, EXERCISES.values()))),
        "drawn": str(drawn),
        "excused": str(excused),
        "judged": str(drawn - excused),
        "caught": str(caught),
        "share": f"{caught / (drawn - excused):.0%}",
        "wrong_answers": f"{answers('wrong'):,}",
        "right_answers": f"{answers('right'):,}",
        "total": str(sum(run["days"][folder.name]["seconds"] for folder in DAYS)),
        "cores": word(run["cores"]),
        **run["versions"],
    }


def day_facts(folder: Path) -> dict[str, str]:
    """The facts of a day's README, by the names that DAY_SENTENCES gives them."""
    run = measured()
    return {"seconds": str(run["days"][folder.name]["seconds"]), "cores": word(run["cores"])}


def table(head: str, rows: list[list[str]]) -> str:
    """A Markdown table with this head, "Day | Model"."""
    rule = "|" + "---|" * len(head.split(" | "))
    return "\n".join([f"| {head} |", rule, *(f"| {' | '.join(row)} |" for row in rows)])


def scoreboard_table() -> str:
    """One row for each row of a notebook. Run time and memory stand in a day's first row.

    Six columns, some with two lines: more of them are too narrow on a page of 850 pixels.
    """
    rows, run = [], measured()["days"]
    for folder, found in scoreboard().items():
        cost = f"{run[folder.name]['seconds']} s<br>{run[folder.name]['gib']:.1f} GiB"
        for day, data, measure, model, value, baseline, band in found:
            rows.append([day, f"{data}: {measure}", model, f"{value}<br>({band})", baseline, cost])
            cost = ""
    return table("Day | Measure | Model | Result (band) | Baseline | Run time, memory", rows)


def mutants_table() -> str:
    """One row a day: planted bugs of the NumPy parts, and those of the solutions in one column."""
    rows = []
    for day, kinds in planted().items():
        numpy, solution = kinds["numpy"], kinds.get("solution")
        in_solutions = (
            ", ".join(str(solution[name]) for name in COUNTS) if solution else "not drawn"
        )
        rows.append([str(day), *(str(numpy[name]) for name in COUNTS), in_solutions])
    return table(
        "Day | Drawn | Caught at once | Excused, with a reason | Led to a new check | "
        "Solutions: the same four",
        rows,
    )


TABLES: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"scoreboard": scoreboard_table},
    "CONTRIBUTING.md": {"planted bugs": mutants_table},
}


# -------------------------------------------------------------------------------- places in a page


def with_sentence(text: str, sentence: str, known: dict[str, str]) -> str:
    """A page with the facts of one sentence filled in. FactError if it stands there not once."""
    parts = re.split(r"\{\w+\}", sentence)
    pattern = r"[^|\n]{1,40}?".join(map(re.escape, parts))
    if (count := len(re.findall(pattern, text))) != 1:
        raise FactError(
            f'"{sentence}" stands there {count} times, not once. If it was reworded, reword it in '
            "tools/facts.py, too"
        )
    return re.sub(pattern, lambda _: sentence.format_map(known), text)


def with_table(text: str, name: str, made: str) -> str:
    """A page with another table between its two comments. FactError if they do not stand there."""
    begin, end = f"<!-- {name}: written by tools/facts.py -->", f"<!-- end of {name} -->"
    if [text.count(begin), text.count(end)] != [1, 1] or text.index(begin) > text.index(end):
        raise FactError(f"it needs the lines {begin} and {end}, once each, in this order")
    before, after = text.partition(begin)[0], text.partition(end)[2]
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


def with_times(text: str, taken: dict[int, int]) -> str:
    """The root README with the last column of its roadmap, the time that each day takes."""
    for day, total in taken.items():
        row = re.compile(rf"^(\| \[{day}\]\(day.*\|) [^|]* \|$", re.M)
        if len(row.findall(text)) != 1:
            raise FactError(f"the roadmap needs one row that begins | [{day}](day…")
        shown = f"{total // 60} h {total % 60:02d}"
        text = row.sub(rf"\g<1> {shown} |", text)
    return text


def made_page(name: str, text: str, taken: dict[int, int]) -> str:
    """A page in the course's folder (README.md, CONTRIBUTING.md) with all its facts filled in.

    taken: minutes for each day. FactError names the page, or the notebook.
    """
    known = facts(taken)
    tables = {of_table: make() for of_table, make in TABLES.get(name, {}).items()}
    try:
        for sentence in SENTENCES.get(name, []):
            text = with_sentence(text, sentence, known)
        for of_table, made in tables.items():
            text = with_table(text, of_table, made)
        return with_times(text, taken) if name == "README.md" else text
    except FactError as error:
        raise FactError(f"{name}: {error}") from None


def made_day(folder: Path, readme: str) -> dict[Path, str]:
    """The files of a day that state facts, with their texts: its README filled in.

    In the second edition the run time is a part of the minutes that README and first cell state, so
    both are renewed.
    """
    try:
        for sentence in DAY_SENTENCES:
            readme = with_sentence(readme, sentence, day_facts(folder))
    except FactError as error:
        raise FactError(f"{folder.name}/README.md: {error}") from None
    notebook = read_notebook(folder)
    if notebook.metadata.get("dl15") != {"edition": 2}:
        return {folder / "README.md": readme}
    import reading_time

    notebook.cells[0].source, readme = reading_time.renewed(notebook, readme)
    return {
        folder / "README.md": readme,
        notebook_path(folder): nbformat.writes(notebook) + "\n",
    }


def made() -> dict[Path, str]:
    """All files that state facts, with their texts as they ought to be. Nothing is written."""
    pages: dict[Path, str] = {}
    for folder in DAYS:
        pages |= made_day(folder, (folder / "README.md").read_text(encoding="utf-8"))
    taken = minutes_of_days(pages)
    for name in {**SENTENCES, **TABLES}:
        pages[ROOT / name] = made_page(name, (ROOT / name).read_text(encoding="utf-8"), taken)
    return pages


def write(check: bool = False) -> list[str]:
    """Write the files whose facts are not as their sources have them; their names.

    check: only the names. After a FactError nothing is written.
    """
    changed = []
    for path, text in made().items():
        if path.read_text(encoding="utf-8") != text:
            changed.append(path.relative_to(ROOT).as_posix())
            if not check:
                path.write_text(text, encoding="utf-8", newline="\n")
    return changed


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Fill in the facts that a machine knows.")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a file differs")
    check = parser.parse_args(arguments).check
    try:
        changed = write(check)
    except FactError as error:
        print(error, file=sys.stderr)
        return 2
    for name in changed:
        print(f"{name}: {'it states other facts: make facts' if check else 'facts written'}")
    if not changed:
        print("Every fact is as its source has it.")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
