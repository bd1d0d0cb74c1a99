"""What a machine knows is made from its source, and made again it changes nothing."""

import json
import re
import sys
import types

import nbformat
import pytest

import facts
import report
from lessons import DAYS, EXERCISES, ROOT, day_number, read_notebook

PAGES = ["README.md", "CONTRIBUTING.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def taken() -> dict[int, int]:
    return facts.minutes_of_days(
        {
            folder / "README.md": (folder / "README.md").read_text(encoding="utf-8")
            for folder in DAYS
        }
    )


@pytest.fixture(scope="module")
def rows() -> dict:
    return facts.scoreboard()


@pytest.fixture
def quick(rows, monkeypatch):
    """The notebooks are read once."""
    monkeypatch.setattr(facts, "scoreboard", lambda: rows)


# --------------------------------------------------------------------- made again, it is the same


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_a_day_states_its_facts(folder):
    facts.results(read_notebook(folder))
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for path, text in facts.made_day(folder, readme).items():
        assert path.read_text(encoding="utf-8") == text, (
            f"{path.name} states other facts: make facts"
        )


@pytest.mark.parametrize("page", PAGES)
def test_a_page_states_its_facts(page, taken, quick):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert facts.made_page(page, text, taken) == text, f"{page} states other facts: make facts"


def test_every_day_has_a_row_a_time_and_its_planted_bugs(rows, taken):
    days = [day_number(folder) for folder in DAYS]
    assert [int(found[0][0]) for found in rows.values()] == days == list(taken)
    assert set(facts.planted()) == set(days) and set(facts.measured()["days"]) == {
        folder.name for folder in DAYS
    }
    table = README.partition("<!-- scoreboard: ")[2].partition("<!-- end of scoreboard -->")[0]
    assert table.count("\n| ") == 1 + sum(map(len, rows.values()))


# ------------------------------------------------------------- a planted change of a page is seen


@pytest.mark.parametrize(
    "page, pattern, new",
    [
        ("README.md", r"have (\w+) to", "nine"),
        ("README.md", r"hours a day \(Day (\d+)", "3"),
        ("README.md", r"too little for (Days [\d, and]+\d)", "Day 7"),
        ("README.md", r"each of the (\d+) exercises", "44"),
        ("README.md", r"Of (\d+) drawn", "493"),
        ("README.md", r"(\d+) were caught", "448"),
        ("README.md", r"were caught \((\d+%)", "99%"),
        ("README.md", r"\*\* ([\d,]+) wrong answers", "775"),
        ("README.md", r"and (\d+) right ones", "1"),
        ("README.md", r"took (\d+) seconds", "724"),
        ("README.md", r"with TensorFlow ([\d.]+)", "1.15"),
        ("README.md", r"(\d h \d\d) \|\n", "1 h 00"),
        ("README.md", r"one against all \| ([\d.]+%)", "99.0%"),
        ("README.md", r"\(([\d.]+ to [\d.]+%)\)", "1 to 99%"),
        ("README.md", r"majority class: ([\d.]+%)", "50%"),
        ("README.md", r"\| (\d+) s<br>", "1"),
        ("README.md", r" s<br>(\d\.\d) GiB", "0.1"),
        ("README.md", r"(\| 14 \| film snippets.*\n)", ""),
        ("CONTRIBUTING.md", r"\n\| 4 \| (\d+) \|", "53"),
        ("CONTRIBUTING.md", r"\n\| 5 .* (\d+), \d+, \d+, 0 \|", "20"),
    ],
)
def test_a_planted_change_is_undone(page, pattern, new, taken, quick):
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(pattern, text)
    planted = text[: found.start(1)] + new + text[found.end(1) :]
    assert planted != text and facts.made_page(page, planted, taken) == text


def test_another_run_time_in_a_day_is_undone():
    readme = (DAYS[0] / "README.md").read_text(encoding="utf-8")
    planted = re.sub(r"in about \d+ seconds", "in about 99 seconds", readme)
    assert facts.made_day(DAYS[0], planted) == {DAYS[0] / "README.md": readme}
    with pytest.raises(
        facts.FactError, match=r"day01_perceptron/README.md: .* stands there 0 times"
    ):
        facts.made_day(DAYS[0], readme.replace("runs in about", "takes"))


@pytest.mark.parametrize(
    "page, old, new, said",
    [
        (
            "README.md",
            "wrong answers are kept",
            "wrong answers stand",
            "stands there 0 times, not once",
        ),
        (
            "README.md",
            "## Highlights",
            "for each of the 45 exercises whether",
            "stands there 2 times",
        ),
        (
            "README.md",
            "<!-- scoreboard: written by tools/facts.py -->",
            "",
            "needs the lines <!-- scoreboard",
        ),
        ("README.md", "| [7](day", "| [six](day", r"one row that begins \| \[7\]"),
        (
            "CONTRIBUTING.md",
            "<!-- end of planted bugs -->",
            "",
            "needs the lines <!-- planted bugs",
        ),
    ],
)
def test_a_place_that_is_gone_or_doubled_is_an_error(page, old, new, said, taken, quick):
    text = (ROOT / page).read_text(encoding="utf-8")
    with pytest.raises(facts.FactError, match=f"^{page}: .*{said}"):
        facts.made_page(page, text.replace(old, new), taken)


def test_sentences_begin_and_end_with_words():
    """Else nothing says where a fact ends, and what stands beside it would be overwritten."""
    for sentence in [*facts.SENTENCES["README.md"], *facts.DAY_SENTENCES]:
        parts = re.split(r"\{\w+\}", sentence)
        assert re.match(r"\w", parts[0]) and parts[-1] not in ("", "."), sentence


# --------------------------------------------------------- a change of a source reaches the pages


def test_results_come_from_the_cells_that_print_them():
    cell = nbformat.v4.new_code_cell("assert 0.92 < accuracy < 0.94\nprint(row)")
    cell.metadata.tags = ["scoreboard"]
    notebook = nbformat.v4.new_notebook(cells=[cell])

    def printed(*lines):
        cell.outputs = [
            nbformat.v4.new_output(
                "stream", name="stdout", text="".join(f"{line}\n" for line in lines)
            )
        ]
        return facts.results(notebook)

    row = "| 4 | digits | test accuracy | 100 neurons | {} | none: 89% |"
    assert printed(row.format("93%")) == [
        ["4", "digits", "test accuracy", "100 neurons", "93%", "none: 89%", "92 to 94%"]
    ]
    assert printed(row.format("≈93%"))[0][4:] == ["≈93%", "none: 89%", "92 to 94%"]
    with pytest.raises(facts.FactError, match="95% is not within 92 to 94%"):
        printed(row.format("95%"))
    with pytest.raises(facts.FactError, match="prints 2 rows and asserts 1 bands"):
        printed(row.format("93%"), row.format("93%"))
    with pytest.raises(facts.FactError, match="has six columns"):
        printed("| 4 | digits | 93% |")


def test_a_row_of_another_day_is_named(monkeypatch):
    monkeypatch.setattr(facts, "DAYS", DAYS[:1])
    monkeypatch.setattr(facts, "results", lambda notebook: [["2", *"abcdef"]])
    with pytest.raises(facts.FactError, match=r"day01_perceptron/perceptron.ipynb: .* its own day"):
        facts.scoreboard()


def test_bands_are_read_from_asserts_alone():
    asserts = "assert FULL or 0.98 < test[full].mean() < 0.99\nassert x < 1\n"
    assert facts.bands(f"{asserts}if 0 < x < 1: print(2 < x < 3)") == [(0.98, 0.99)]
    assert (
        facts.written((0.885, 0.92), "90%") == "88.5 to 92%"
        and facts.written((2.37, 2.45), "2.41") == "2.37 to 2.45"
    )


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Copies of measured.json and mutants.csv to change."""
    for name in ("MEASURED", "MUTANTS"):
        copy = tmp_path / getattr(facts, name).name
        copy.write_text(getattr(facts, name).read_text(encoding="utf-8"), encoding="utf-8")
        monkeypatch.setattr(facts, name, copy)
    return tmp_path


def test_run_time_and_memory_come_from_measured_json(sources, taken, quick):
    run = json.loads(facts.MEASURED.read_text(encoding="utf-8"))
    total = sum(day["seconds"] for day in run["days"].values())
    run["days"]["day07_architectures"] = {
        "seconds": 400 + run["days"]["day07_architectures"]["seconds"],
        "gib": 1.9,
    }
    run |= {"cores": 16, "versions": {"keras": "4.0", "tensorflow": "3.0"}}
    facts.MEASURED.write_text(json.dumps(run), encoding="utf-8")
    made = facts.made_page("README.md", README, taken)
    for said in (
        f"on 16 CPU cores with TensorFlow 3.0 and Keras 4.0, took {total + 400} seconds.",
        f"| {run['days']['day07_architectures']['seconds']} s<br>1.9 GiB |",
        "too little for Days 7, 14 and 15 (see",
    ):
        assert said in made
    folder = DAYS[6]
    (readme,) = facts.made_day(folder, (folder / "README.md").read_text(encoding="utf-8")).values()
    assert f"runs in about {run['days'][folder.name]['seconds']} seconds on 16 CPU cores" in readme
    del run["days"]["day03_activations"]
    facts.MEASURED.write_text(json.dumps(run), encoding="utf-8")
    with pytest.raises(
        facts.FactError, match=r"measured\.json has no day03_activations: make report DAY="
    ):
        facts.made_page("README.md", README, taken)


@pytest.mark.parametrize(
    "old, new, said",
    [
        (
            "\n1,numpy,43,41,2,0\n",
            "\n1,numpy,44,41,2,0\n",
            "mutants.csv, day 1, numpy: drawn must be",
        ),
        (
            "\n9,solution,10,8,2,0\n",
            "\n9,solution,10,8,1,0\n",
            "mutants.csv, day 9, solution: drawn must",
        ),
        ("\n1,numpy,43,41,2,0\n", "\n", "no line of kind numpy for day 1"),
    ],
)
def test_counts_of_planted_bugs_add_up(old, new, said, sources):
    text = facts.MUTANTS.read_text(encoding="utf-8")
    assert old in text
    facts.MUTANTS.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(facts.FactError, match=said):
        facts.planted()


def test_sums_of_planted_bugs_reach_both_pages(sources, taken, quick):
    text = facts.MUTANTS.read_text(encoding="utf-8")
    drawn, caught = (
        int(re.search(pattern, README)[1]) for pattern in (r"Of (\d+) drawn", r"(\d+) were caught")
    )
    facts.MUTANTS.write_text(
        text.replace("\n7,numpy,12,12,", "\n7,numpy,512,512,"), encoding="utf-8"
    )
    made = facts.made_page("README.md", README, taken)
    assert (
        f"Of {drawn + 500} drawn by chance" in made and f"{caught + 500} were caught (98%)" in made
    )
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "| 7 | 512 | 512 | 0 | 0 |" in facts.made_page("CONTRIBUTING.md", contributing, taken)


def test_hours_come_from_the_days():
    found = facts.facts({1: 61, 2: 115, 3: 300, 4: 170})
    assert found["exercises"] == str(sum(map(len, EXERCISES.values()))) == "45"
    assert [found[name] for name in ("shortest", "longest_but_one", "longest", "longest_day")] == [
        "one",
        "three",
        "five",
        "3",
    ]
    assert [facts.days_named(days) for days in ([], [3], [3, 4], [1, 3, 4])] == [
        "no day",
        "Day 3",
        "Days 3 and 4",
        "Days 1, 3 and 4",
    ]


def test_minutes_are_those_of_the_line_of_facts():
    second = "About 105 minutes: 8 for this page, 52 for the core, 45 for the exercises"
    assert facts.minutes(f"# Day 1\n\n{second}; the deeper sections take 20 more · the") == 105
    first = "About 15 minutes to read, 95 minutes for the notebook, 45 minutes for the exercises"
    assert facts.minutes(f"# Day 1\n\n{first} · the notebook") == 155
    with pytest.raises(facts.FactError, match=r"day01_perceptron/README.md: no line of facts"):
        facts.minutes_of_days({folder / "README.md": "About an hour" for folder in DAYS})


def test_in_the_second_edition_the_minutes_are_renewed_with_the_run_time(monkeypatch):
    """Both files state minutes, and the run time is part of them."""
    notebook = read_notebook(DAYS[0])
    notebook.metadata["dl15"] = {"edition": 2}
    monkeypatch.setattr(facts, "read_notebook", lambda folder: notebook)
    seen = types.SimpleNamespace(
        renewed=lambda notebook, readme: ("# The first cell", f"{readme}\nminutes\n")
    )
    monkeypatch.setitem(sys.modules, "reading_time", seen)
    made = facts.made_day(DAYS[0], "the notebook runs in about 0 seconds on no CPU cores")
    readme, saved = made.values()
    seconds = facts.measured()["days"][DAYS[0].name]["seconds"]
    assert readme == f"the notebook runs in about {seconds} seconds on two CPU cores\nminutes\n"
    assert nbformat.reads(saved, as_version=4).cells[0].source == "# The first cell"


# ----------------------------------------------------------------------------------- the programs


def test_facts_are_written_or_only_checked(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("old", encoding="utf-8")
    monkeypatch.setattr(facts, "ROOT", tmp_path)
    monkeypatch.setattr(facts, "made", lambda: {page: "new"})
    assert facts.main(["--check"]) == 1 and page.read_text(encoding="utf-8") == "old"
    assert facts.main([]) == 0 and page.read_text(encoding="utf-8") == "new"
    assert facts.main(["--check"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "page.md: it states other facts: make facts",
        "page.md: facts written",
        "Every fact is as its source has it.",
    ]

    def gone():
        raise facts.FactError("README.md: gone")

    monkeypatch.setattr(facts, "made", gone)
    assert facts.main([]) == 2 and capsys.readouterr().err == "README.md: gone\n"


@pytest.mark.parametrize(
    "old, new, kept",
    [
        (10, 12.9, True),
        (10, 13.1, False),
        (60, 68, True),
        (60, 70, False),
        (60, 52, True),
        (60, 50, False),
        (None, 5, False),
    ],
)
def test_a_number_that_differs_little_stays(old, new, kept):
    assert report.settled(old, new, report.SECONDS) == (old if kept else new)


def test_another_machine_replaces_every_number():
    here = {"cores": 2, "versions": {"keras": "3"}}
    before = {
        **here,
        "days": {"day01_a": {"seconds": 10, "gib": 1.0}, "day02_b": {"seconds": 50, "gib": 2.0}},
    }
    runs = {"day01_a": (11.4, 1.04), "day02_b": (70.2, 2.42)}
    assert report.renewed(before, here, runs)["days"] == {
        "day01_a": {"seconds": 10, "gib": 1.0},
        "day02_b": {"seconds": 70, "gib": 2.4},
    }
    there = {**here, "cores": 8}
    assert report.renewed(before, there, runs) == {
        **there,
        "days": {"day01_a": {"seconds": 11, "gib": 1.0}, "day02_b": {"seconds": 70, "gib": 2.4}},
    }


def test_report_writes_what_it_measures_and_refuses_a_mixture(sources, monkeypatch, capsys):
    here = report.machine()
    before = json.loads(facts.MEASURED.read_text(encoding="utf-8")) | here
    facts.MEASURED.write_text(json.dumps(before), encoding="utf-8")
    monkeypatch.setattr(report, "measured", lambda folder: (1234.4, 9.94))
    monkeypatch.setattr(facts, "main", lambda arguments: 0)
    assert report.main(["day02_tensors/"]) == 0
    after = json.loads(facts.MEASURED.read_text(encoding="utf-8"))
    assert after["days"] == before["days"] | {"day02_tensors": {"seconds": 1234, "gib": 9.9}}
    assert report.main(["day99_nothing"]) == 2
    monkeypatch.setattr(report, "machine", lambda: {**here, "cores": 1000})
    assert (
        report.main(["day02_tensors"]) == 2
        and "run all days, make report" in capsys.readouterr().err
    )
    assert report.main([]) == 0
    assert json.loads(facts.MEASURED.read_text(encoding="utf-8"))["cores"] == 1000
