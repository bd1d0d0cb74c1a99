"""The scoreboard in the root README holds what the notebooks print, and the roadmap repeats it."""

import re

import nbformat
import pytest

import report
from lessons import DAYS, ROOT, day_number, printed, read_notebook, tags


def rows_of_notebooks() -> list[str]:
    """The rows that the saved notebooks print, in the order of the days."""
    return [line for folder in DAYS for cell in read_notebook(folder).cells if "scoreboard" in tags(cell)
            for line in printed(cell).splitlines() if line.startswith("| ")]


def table_after(heading: str) -> list[str]:
    """The rows of the first table after a heading of the root README, without its two head lines."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition(f"# {heading}\n")[2]
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


def test_every_row_of_the_scoreboard_asserts_its_band_beside_it():
    for folder in DAYS:
        for measure, value, band, _ in report.results(read_notebook(folder)):
            low, high = (float(limit) for limit in band.rstrip("%").split(" and "))
            assert low < float(value.rstrip("%")) < high, f"{folder.name}: {measure} {value} is not between {band}"


def test_cost_card_holds_the_results_of_the_notebooks():
    """Times and memory are what they were on the machine that wrote them; the rest is compared."""
    card = [[column.strip() for column in row.split("|")[1:-1]] for row in table_after("Cost card")]
    assert [[int(row[0]), *row[3:]] for row in card] == [[day_number(folder), *row] for folder in DAYS for row in report.results(read_notebook(folder))]
    costs = {int(row[0]): row[1:3] for row in reversed(card)}
    assert all(re.fullmatch(r"\d+ s", seconds) and re.fullmatch(r"\d\.\d GiB", memory) for seconds, memory in costs.values())


def test_bands_are_read_from_asserts_and_nothing_else_is_replaced():
    assert report.bands("assert FULL or 0.98 < test[full].mean() < 0.99\nassert x < 1\nif 0 < x < 1: print(2 < x < 3)") == [(0.98, 0.99)]
    assert report.written((0.885, 0.92), "90%") == "88.5 and 92%" and report.written((2.37, 2.45), "2.41") == "2.37 and 2.45"
    text = f"before\n{report.BEGIN}old\n{report.END}after\n"
    assert report.replaced(text, ["new"]) == f"before\n{report.BEGIN}\nnew\n\n{report.END}after\n"
    with pytest.raises(ValueError, match="needs the lines"):
        report.replaced("nothing", [])


SCORE = """value = 0.75
print(f"| 1 | toy data | accuracy | a rule | {value:.1%} | 50.0% |")
assert 0.7 < value < 0.8"""


@pytest.fixture
def stub_course(tmp_path, monkeypatch):
    """A course of two days for the report: the first has a scoreboard, the second is known from the README's card."""
    for name in ("day01_toy", "day02_other"):
        (tmp_path / name).mkdir()
        cell = nbformat.v4.new_code_cell(SCORE, metadata={"tags": ["scoreboard"]})
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / name / f"{name[6:]}.ipynb")
    card = [*report.HEAD, "| 1 | 99 s | 9.9 GiB | old | 1% | 0 and 1% | 0% |", "| 2 | 30 s | 0.5 GiB | kept | 2% | 1 and 3% | 0% |"]
    text = f"# Course\n\n{report.BEGIN}\n" + "\n".join(card) + f"\n\n{report.END}\nAfter.\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "DAYS", [tmp_path / "day01_toy", tmp_path / "day02_other"])
    return tmp_path


def test_report_measures_a_day_and_keeps_the_other_rows(stub_course, capsys):
    assert report.main(["day01_toy/"]) == 0
    text = (stub_course / "README.md").read_text(encoding="utf-8")
    row = r"\| 1 \| (\d+) s \| 0\.\d GiB \| toy data: accuracy \| 75\.0% \| 70 and 80% \| 50\.0% \|"
    seconds = int(re.search(rf"^{row}$", text, re.M)[1])
    assert "| 2 | 30 s | 0.5 GiB | kept | 2% | 1 and 3% | 0% |\n" in text and " old " not in text
    assert f": {seconds + 30} seconds in all." in text and text.startswith("# Course\n") and text.endswith("After.\n")
    assert f"{seconds + 30} seconds in all" in capsys.readouterr().out


def test_report_leaves_the_readme_alone_when_a_day_fails_or_is_unknown(stub_course, capsys):
    before = (stub_course / "README.md").read_text(encoding="utf-8")
    assert report.main(["day03_none"]) == 2 and "There is no day03_none." in capsys.readouterr().err
    notebook = nbformat.read(stub_course / "day01_toy" / "toy.ipynb", as_version=4)
    notebook.cells[0].source = SCORE.replace("0.75", "0.9", 1)              # outside its band
    nbformat.write(notebook, stub_course / "day01_toy" / "toy.ipynb")
    assert report.main(["day01_toy"]) == 1
    said = capsys.readouterr().err
    assert "toy.ipynb: a cell failed; the README stays as it was." in said and "AssertionError" in said
    assert (stub_course / "README.md").read_text(encoding="utf-8") == before
