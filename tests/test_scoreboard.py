"""The scoreboard in the root README holds what the notebooks print, and the roadmap repeats it."""

import re

from lessons import DAYS, ROOT, day_number, printed, read_notebook, tags


def rows_of_notebooks() -> list[str]:
    """The rows that the saved notebooks print, in the order of the days."""
    return [line for folder in DAYS for cell in read_notebook(folder).cells if "scoreboard" in tags(cell)
            for line in printed(cell).splitlines() if line.startswith("| ")]


def table_after(heading: str) -> list[str]:
    """The rows of the first table after a heading of the root README, without its two head lines."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", text, re.M)[0].splitlines()
    return table[2:]


def test_scoreboard_is_what_the_notebooks_state():
    assert table_after("Scoreboard") == rows_of_notebooks()


def test_every_day_has_a_row_with_six_columns():
    rows = [row.strip("| ").split(" | ") for row in rows_of_notebooks()]
    assert {int(row[0]) for row in rows} == {day_number(folder) for folder in DAYS}
    assert all(len(row) == 6 for row in rows)


def roadmap_columns() -> dict[int, list[str]]:
    """For each day the columns of its row in the roadmap."""
    rows = {int(re.match(r"\| *\[?(\d+)", row)[1]): row for row in table_after("The fifteen days")}
    return {day: [column.strip() for column in row.split("|")[1:-1]] for day, row in rows.items()}


def test_roadmap_gives_the_same_results():
    """The result column of a finished day's roadmap row starts with the value of the day's last row on the scoreboard."""
    roadmap = roadmap_columns()
    assert sorted(roadmap) == list(range(1, 16))
    last = {int(row.strip("| ").split(" | ")[0]): row.strip("| ").split(" | ")[4] for row in rows_of_notebooks()}
    for day, value in last.items():
        assert roadmap[day][4].partition(",")[0] == value, f"day {day}: the roadmap does not state {value}"


def test_run_times_agree():
    """The roadmap's run time is the one in the day's README."""
    roadmap = roadmap_columns()
    for folder in DAYS:
        seconds = re.search(r"notebook runs in about (\d+) seconds", (folder / "README.md").read_text(encoding="utf-8"))[1]
        assert roadmap[day_number(folder)][5] == f"{seconds} s", f"{folder.name}: the roadmap does not state {seconds} s"
