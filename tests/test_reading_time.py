"""Minutes are counted by one rule, lessons say them, and a lesson that says others is found."""

import json
import re

import nbformat
import pytest

import reading_time
import toy_lesson
from lessons import DAYS, ROOT, read_notebook

FIXTURES = sorted(path.parent for path in (ROOT / "tests" / "fixtures").glob("day00_*/README.md"))
EVERY = [pytest.param(folder, id=folder.name) for folder in [*DAYS, *FIXTURES]]


# The same rule, written a second time by those who judge the lessons: plain dictionaries, no
# nbformat.
def their_text(source) -> str:
    return source if isinstance(source, str) else "".join(source)


def their_words(markdown: str) -> int:
    shown = re.sub(r"<details>.*?</details>", "", markdown, flags=re.S)
    unread = r"```mermaid.*?```|<[^>]+>|\]\([^)]*\)|^\|[-| :]+\|$"
    shown = re.sub(unread, " ", shown, flags=re.S | re.M)
    return len(re.findall(r"\S*\w\S*", shown))


def their_visible_lines(cell) -> int:
    tags = set(cell["metadata"].get("tags", []))
    hidden = cell["metadata"].get("jupyter", {}).get("source_hidden")
    if hidden or tags & {"setup", "exercise", "check", "solution"}:
        return 0
    return sum(bool(line.strip()) for line in their_text(cell["source"]).splitlines())


def their_parts(cells) -> dict[str, list]:
    found, where = {"core": [], "deeper": [], "exercises": []}, "core"
    for cell in cells:
        source = their_text(cell["source"])
        if cell["cell_type"] == "markdown" and (heading := re.search(r"^## +(.*)", source, re.M)):
            title = heading[1].lower()
            is_exercises = title.startswith("exercises")
            where = (
                "deeper" if title.startswith("deeper") else "exercises" if is_exercises else "core"
            )
        found[where].append(cell)
    return found


def their_minutes(cells) -> float:
    markdown = [their_text(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    shown = sum(
        "image/png" in output.get("data", {}) for cell in code for output in cell["outputs"]
    )
    drawn = sum(len(re.findall(r"!\[|<img", text)) for text in markdown)
    lines = sum(map(their_visible_lines, code))
    return sum(map(their_words, markdown)) / 100 + lines / 6 + 0.5 * (shown + drawn)


@pytest.mark.parametrize("folder", EVERY)
def test_minutes_are_those_of_the_independent_count(folder):
    """Of each part; exercises as they are read, since the other count leaves out solving them."""
    notebook = read_notebook(folder)
    raw = json.loads((folder / f"{folder.name[6:]}.ipynb").read_text("utf-8"))["cells"]
    theirs = their_parts(raw)
    ours = {"core": [], "deeper": [], "exercises": []}
    for _, part, cells in reading_time.divided(notebook):
        ours[part] += cells
    for part, cells in theirs.items():
        assert len(cells) == len(ours[part])
        assert reading_time.minutes_to_read(ours[part]) == pytest.approx(their_minutes(cells))
    for cell, other in zip(notebook.cells, raw, strict=True):
        if cell.cell_type == "markdown":
            assert reading_time.words(cell.source) == their_words(their_text(other["source"]))
    page = (folder / "README.md").read_text("utf-8")
    assert reading_time.readme_minutes(page) == their_words(page) / 100
    summed = sum(one.minutes for one in reading_time.sections(notebook) if one.part != "exercises")
    assert summed == pytest.approx(their_minutes(theirs["core"]) + their_minutes(theirs["deeper"]))


@pytest.mark.parametrize("folder", EVERY)
def test_a_lesson_says_the_minutes_that_it_takes(folder):
    assert reading_time.problems(folder) == []


def test_the_rule_is_the_stated_one():
    """Worked out by hand."""
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [
        markdown(
            "# Five words of a title\n\n[a link](https://example.org/unread) ![a drawing](x.svg)"
        ),
        markdown(
            "one two <details>three four</details>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
            "```mermaid\nA --> B\n```"
        ),
        code(
            "a = 1\n\nb = 2\nc = 3",
            outputs=[nbformat.v4.new_output("display_data", data={"image/png": ""})],
        ),
        code("folded = 1", metadata={"jupyter": {"source_hidden": True}}),
        code("set_up = 1", metadata={"tags": ["setup"]}),
        code("stub = 1", metadata={"tags": ["exercise"]}),
    ]
    assert reading_time.words(cells[0].source) == 9 and reading_time.words(cells[1].source) == 6
    assert reading_time.minutes_to_read(cells) == pytest.approx(15 / 100 + 3 / 6 + 0.5 * 2)
    assert reading_time.readme_minutes(cells[1].source) == pytest.approx(0.06)
    levels = "### Exercise 1 (easy): a\n\n### Exercise 2 (medium, 7 minutes): b\n\n"
    levels += "### Exercise 3 (stretch): c"
    assert reading_time.minutes_to_solve([markdown(levels)]) == 10 + 7 + 20
    assert reading_time.minutes_to_solve([markdown(6000 * "word ")]) == 60


def test_budgets():
    assert [reading_time.budget(part, 3) for part in ("readme", "core", "exercises", "deeper")] == [
        12,
        80,
        45,
        45,
    ]
    assert reading_time.budget("core", 14) == 100 and reading_time.budget("core", 13) == 80


def lesson(tmp_path, changed=lambda cells: None):
    """The toy lesson, not run, with the minutes that refresh would write. Its folder."""
    folder = tmp_path / "day01_toy"
    notebook = toy_lesson.write(folder, changed)
    save(folder, notebook, *reading_time.renewed(notebook, toy_lesson.README))
    return folder


def save(folder, notebook, first: str, page: str) -> None:
    notebook.cells[0].source = first
    nbformat.write(notebook, folder / "toy.ipynb")
    (folder / "README.md").write_text(page, encoding="utf-8")


def test_a_lesson_s_minutes_are_written_once(tmp_path):
    """Again and again, the same; what stands around the marks stays."""
    folder = lesson(tmp_path)
    notebook, page = read_notebook(folder), (folder / "README.md").read_text("utf-8")
    first = notebook.cells[0].source
    assert reading_time.renewed(notebook, page) == (first, page)
    assert notebook.cells[0].source == first and first.startswith("# Toy\n\n[Theory](README.md)")
    titles = [title for title, _, _ in reading_time.stated(first)]
    assert titles == [
        "Opening",
        "1. Numbers that change",
        "2. A picture \\| and a bar",
        "Deeper: one more",
        "Exercises",
    ]
    assert re.search(
        r"^About \d+ minutes: 1 for this page, \d for the core, 20 for the exercises; the deeper",
        page,
        re.M,
    )
    notebook.cells[0].source = "# Toy\n\n" + first.partition(reading_time.BEGIN)[2].join(
        [reading_time.BEGIN, " And more."]
    )
    moved, _ = reading_time.renewed(notebook, page)
    assert moved.startswith("# Toy\n\n" + reading_time.BEGIN) and moved.endswith(
        reading_time.END + " And more."
    )
    assert reading_time.problems(folder) == []


def test_the_run_time_is_part_of_the_core(tmp_path):
    folder = lesson(tmp_path)
    notebook, page = read_notebook(folder), (folder / "README.md").read_text("utf-8")
    slow = page.replace("about 6 seconds", "about 240 seconds")
    assert reading_time.taken(notebook, slow)["core"] - reading_time.taken(notebook, page)[
        "core"
    ] == pytest.approx(3.9)
    assert (reading_time.RUNNING, 4, "core") in reading_time.rows_of(notebook, slow)
    save(folder, notebook, notebook.cells[0].source, slow)
    assert any("other sections" in problem for problem in reading_time.problems(folder))
    assert "number is wrong" in reading_time.run_time_report(page, 12)
    assert "wrong" not in reading_time.run_time_report(page, 7)


def test_rows_add_up_to_their_sum():
    assert reading_time.whole([1.4, 1.5, 1.6, 0.1], 4.6) == [1, 2, 2, 0]
    assert reading_time.whole([3.0, 2.0], 5.0) == [3, 2]
    assert reading_time.whole([0.2], 0.9) == [1]


def long_section(cells) -> None:
    cells[2].source += "\n\n" + 3000 * "word "


PLANTED = {
    "a row": (
        "'1. Numbers that change' takes 31 minutes",
        lambda first: first.replace("change | 31 |", "change | 27 |"),
    ),
    "a sum": ("; rows add up to 27", lambda first: first.replace("change | 31 |", "change | 25 |")),
    "a title": ("other sections", lambda first: first.replace("1. Numbers", "1. Digits")),
    "a part": ("other sections", lambda first: first.replace("| deeper |", "| core |")),
    "a row that is missing": (
        "other sections",
        lambda first: re.sub(r"^\| Deeper.*\n", "", first, flags=re.M),
    ),
    "the table": ("no table of sections", lambda first: first.partition(reading_time.BEGIN)[0]),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_wrong_table_is_found(name, tmp_path):
    folder = lesson(tmp_path, long_section)
    assert reading_time.problems(folder) == []
    notebook, page = read_notebook(folder), (folder / "README.md").read_text("utf-8")
    said, plant = PLANTED[name]
    changed = plant(notebook.cells[0].source)
    assert changed != notebook.cells[0].source
    save(folder, notebook, changed, page)
    assert said in "\n".join(reading_time.problems(folder))


@pytest.mark.parametrize(
    "old, new, said",
    [
        (r"(\d+) for the core", "26 for the core", "the README says"),
        (r"About \d+ minutes", "About 60 minutes", "the README says"),
        (r"About \d+ minutes", "About 53 minutes", "do not add up"),
        (r"; the deeper sections take \d+ more", "", "the README says"),
        (r"About \d+ minutes: [^·]*", "About an hour ", "no line 'About"),
    ],
)
def test_a_planted_wrong_sum_in_the_readme_is_found(old, new, said, tmp_path):
    folder = lesson(tmp_path, long_section)
    notebook, page = read_notebook(folder), (folder / "README.md").read_text("utf-8")
    changed = re.sub(old, new, page, count=1)
    assert changed != page
    save(folder, notebook, notebook.cells[0].source, changed)
    assert said in "\n".join(reading_time.problems(folder)), reading_time.facts(
        reading_time.rows_of(notebook, page), page
    )


def test_a_change_of_less_than_a_tenth_is_no_difference_and_a_larger_one_is(tmp_path):
    folder = lesson(tmp_path, long_section)
    notebook, page = read_notebook(folder), (folder / "README.md").read_text("utf-8")
    for more, is_found in ((200, False), (600, True)):
        notebook.cells[2].source += " " + more * "word "
        save(folder, notebook, notebook.cells[0].source, page)
        assert bool(reading_time.problems(folder)) == is_found


def test_a_lesson_that_takes_too_long_is_found(tmp_path):
    def too_long(cells):
        cells[2].source += 8000 * " word"
        cells[12].source += 4600 * " word"
        cells[14].source = cells[14].source.replace("5 minutes", "50 minutes")

    folder = lesson(tmp_path, too_long)
    page = folder / "README.md"
    page.write_text(page.read_text("utf-8") + 1300 * " word", encoding="utf-8")
    found = "\n".join(reading_time.over_budget(folder))
    assert re.findall(r"the (\w+) takes \d+ minutes, at most (\d+)", found) == [
        ("readme", "12"),
        ("core", "80"),
        ("exercises", "45"),
        ("deeper", "45"),
    ]
    (tmp_path / "short").mkdir()
    assert reading_time.over_budget(lesson(tmp_path / "short")) == []


@pytest.mark.parametrize(
    "first, said",
    [(reading_time.BEGIN, "once each"), (2 * (reading_time.BEGIN + reading_time.END), "once each")],
)
def test_marks_that_do_not_fit_are_refused(first, said, tmp_path):
    notebook = toy_lesson.write(tmp_path / "day01_toy")
    notebook.cells[0].source = first
    with pytest.raises(ValueError, match=said):
        reading_time.renewed(notebook, toy_lesson.README)


def test_the_command_lists_all_days_or_the_sections_of_one(capsys):
    assert reading_time.main([]) == 0
    listed = capsys.readouterr().out
    assert re.findall(r"^(day\d\d_\w+) ", listed, re.M) == [folder.name for folder in DAYS]
    assert reading_time.main([DAYS[0].name]) == 0
    assert " exercises  Exercises" in capsys.readouterr().out
    assert reading_time.main(["day99_nothing"]) == 2
    assert "day99_nothing" in capsys.readouterr().err
