"""refresh.py and conftest.py: a notebook that is saved wrong fails, is refreshed, and passes."""

import base64
import io
import json
import sys

import nbformat
import pytest
from PIL import Image

import lessons
import reading_time
import refresh
import toy_lesson
from lessons import DAYS, ROOT, notebook_path


def test_planted_faults_fail_then_refresh_then_pass(mini):
    notebook = mini.write(
        "import sys\nprint('log line', file=sys.stderr)\nprint(1 + 1)", "print('same')"
    )
    first, second = notebook.cells
    first.outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="log line of another machine\n"),
        nbformat.v4.new_output("stream", name="stdout", text="3\n"),
    ]  # saved wrong: 1 + 1 is 2
    first.execution_count, second.execution_count = 7, 9
    first.metadata = {
        "tags": ["setup"],
        "jupyter": {"source_hidden": True},
        "execution": {"iopub.execute_input": "2026-01-01"},
        "collapsed": False,
    }
    second.outputs = [nbformat.v4.new_output("stream", name="stdout", text="same\n")]
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "my env", "language": "python"},
        "language_info": {"name": "python", "version": "3.9.1"},
    }
    nbformat.write(notebook, mini.path)

    failed = mini.pytest()
    assert failed.returncode == 1, failed.stdout
    assert "toy.ipynb, Cell 0" in failed.stdout and "make refresh DAY=day01_toy" in failed.stdout, (
        failed.stdout
    )
    assert "1 failed, 1 passed" in failed.stdout, failed.stdout

    refreshed = mini.refresh()
    assert refreshed.returncode == 0, refreshed.stderr
    assert "Cell 0" in refreshed.stdout and "-3" in refreshed.stdout and "+2" in refreshed.stdout, (
        refreshed.stdout
    )
    assert "Cell 1" not in refreshed.stdout, refreshed.stdout
    raw, saved = mini.path.read_text("utf-8"), mini.read()
    assert (
        "stderr" not in json.dumps([cell.outputs for cell in saved.cells])
        and "2026-01-01" not in raw
        and "my env" not in raw
        and "3.9.1" not in raw
    )
    assert [cell.execution_count for cell in saved.cells] == [1, 2] and [
        cell.id for cell in saved.cells
    ] == ["cell-000", "cell-001"]
    assert (
        saved.cells[0].metadata == {"tags": ["setup"], "jupyter": {"source_hidden": True}}
        and saved.cells[1].metadata == {}
    )

    passed = mini.pytest()
    assert passed.returncode == 0 and "2 passed" in passed.stdout, passed.stdout + passed.stderr

    stamp = mini.path.stat().st_mtime_ns
    again = mini.refresh()
    assert (
        again.returncode == 0
        and "nothing changed" in again.stdout
        and mini.path.stat().st_mtime_ns == stamp
    )


def test_refresh_keeps_the_file_if_a_cell_fails(mini):
    mini.write("print(1)", "raise ValueError('planted')")
    before = mini.path.read_bytes()
    result = mini.refresh()
    assert result.returncode == 1 and "planted" in result.stderr and "not saved" in result.stderr
    assert mini.path.read_bytes() == before and not list(mini.path.parent.glob("*.tmp"))


@pytest.mark.parametrize("day", ["day99_nothing", "tests"])
def test_refresh_of_an_unknown_day_says_which_exist(mini, day):
    result = mini.run("tools/refresh.py", day)
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert f"in '{day}'" in result.stderr and "day01_toy" in result.stderr


def test_refresh_takes_the_day_s_own_notebook_among_copies(mini):
    mini.write("print(1)")
    copies = [
        mini.path.with_name(name) for name in ("toy-Copy1.ipynb", "Untitled.ipynb", "a toy.ipynb")
    ]
    for path in copies:
        path.write_bytes(mini.path.read_bytes())
    before = [path.read_bytes() for path in copies]
    result = mini.refresh()
    assert result.returncode == 0 and "day01_toy/toy.ipynb: saved" in result.stdout, result.stderr
    assert [path.read_bytes() for path in copies] == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: limits the size of files")
def test_refresh_on_a_full_disk_is_one_sentence_and_leaves_nothing(mini):
    """A process that may write files of 10 kB stands for it. The notebook comes to 60 kB."""
    mini.write("print(60 * 1000 * 'x')")
    before, names = mini.path.read_bytes(), sorted(mini.path.parent.iterdir())
    code = (
        f"import resource, runpy, sys; sys.argv = ['refresh.py', {str(mini.path)!r}]; "
        f"sys.path.insert(0, 'tools'); import refresh\n"
        "refresh.execute = (lambda run: lambda *arguments: (run(*arguments), "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)))[0])(refresh.execute)\n"
        "sys.exit(refresh.main(sys.argv[1:]))"
    )
    result = mini.run("-c", code)
    assert (
        result.returncode == 1
        and "not saved: [Errno" in result.stderr
        and "Traceback" not in result.stderr
    ), result.stderr
    assert mini.path.read_bytes() == before and sorted(mini.path.parent.iterdir()) == names


def test_a_strict_run_compares_what_a_cell_prints(mini):
    """A value that changes from run to run must fail, and the ignore tag must let it pass."""
    notebook = mini.write("import os\nprint(os.urandom(8))", "print(os.urandom(8))")
    notebook.cells[1].metadata = {"tags": ["nbval-ignore-output"]}
    nbformat.write(notebook, mini.path)
    assert mini.refresh().returncode == 0
    result = mini.pytest()
    assert result.returncode == 1 and "1 failed, 1 passed" in result.stdout, result.stdout


def test_refresh_does_not_overwrite_an_edit_made_meanwhile(mini):
    """The notebook's own cell stands in for the editor that saves while refresh runs."""
    mini.write(
        "from pathlib import Path\npath = Path('toy.ipynb')\n"
        "_ = path.write_text(path.read_text() + ' ')"
    )
    result = mini.refresh()
    assert result.returncode == 1 and "was changed while its cells ran" in result.stderr, (
        result.stderr
    )
    assert mini.path.read_text("utf-8").endswith(" ")


def test_refresh_of_a_broken_file_is_one_sentence(mini):
    mini.path.write_text("{ not a notebook", "utf-8")
    result = mini.refresh()
    assert (
        result.returncode == 1 and "not saved" in result.stderr and "Traceback" not in result.stderr
    )


# ------------------------------------------------------------------------------- the second edition


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_the_first_edition_is_normalized_as_ever(folder):
    saved = notebook_path(folder).read_text("utf-8")
    notebook = nbformat.reads(saved, as_version=4)
    if lessons.edition(notebook) == 1:
        refresh.normalize(notebook)
        assert nbformat.writes(notebook) + "\n" == saved
        assert refresh.unsealed(notebook) == []


FIXTURES = sorted(path.parent for path in (ROOT / "tests" / "fixtures").glob("day00_*/README.md"))


@pytest.mark.parametrize("folder", [*DAYS, *FIXTURES], ids=lambda folder: folder.name)
def test_saved_outputs_are_those_of_the_saved_sources(folder):
    """What nbval cannot see where a number after ≈ may be anything."""
    found = refresh.unsealed(lessons.read_notebook(folder))
    assert not found, f"{folder.name}: code cells {found} are not as refresh saved them; refresh it"


def test_a_second_edition_lesson_is_folded_counted_and_saved_once(mini):
    """All that refresh does to it, and that the next run, which prints and draws other things,
    changes nothing."""
    toy_lesson.write(mini.path.parent)
    first = mini.refresh()
    assert first.returncode == 0 and "saved" in first.stdout, first.stdout + first.stderr
    notebook = mini.read()
    sealed = notebook.metadata[refresh.SEAL]
    assert notebook.metadata == refresh.METADATA | {"dl15": {"edition": 2}, refresh.SEAL: sealed}
    assert len(sealed.split()) == 11 and refresh.unsealed(notebook) == []
    found = [dict(cell.metadata) for cell in notebook.cells]
    folded, answer = {"source_hidden": True}, {"outputs_hidden": True}
    assert found[1] == {"tags": ["setup"], "jupyter": folded}
    assert found[3] == {} == found[7]
    assert found[5] == {"jupyter": answer}
    assert found[6] == {"tags": ["proof", "hide-input"], "jupyter": folded}
    assert found[8] == {"tags": ["figure", "hide-input"], "jupyter": folded}
    assert found[9] == {"tags": ["figure"]}
    assert found[11] == {"tags": ["play"], "jupyter": answer}
    assert [found[k].get("jupyter") for k in (15, 16, 17)] == [None, folded, folded]
    assert reading_time.problems(mini.path.parent) == []
    page = (mini.path.parent / "README.md").read_text("utf-8")
    assert (
        "0 minutes: not yet counted" not in page
        and " · the notebook runs in about 6 seconds" in page
    )

    before = mini.path.read_bytes()
    again = mini.refresh()
    assert again.returncode == 0 and "nothing changed" in again.stdout, again.stdout + again.stderr
    assert (
        "Kept as saved" in again.stdout
        and "+about ≈" in again.stdout
        and "the README says about 6" in again.stdout
    )
    assert mini.path.read_bytes() == before and page == (mini.path.parent / "README.md").read_text(
        "utf-8"
    )
    passed = mini.pytest()
    assert passed.returncode == 0 and "11 passed" in passed.stdout, passed.stdout

    renewed = mini.run("tools/refresh.py", "--renew", "day01_toy")
    assert (
        renewed.returncode == 0 and "Cell 1" in renewed.stdout and "Kept" not in renewed.stdout
    ), renewed.stdout
    assert mini.path.read_bytes() != before


@pytest.mark.parametrize(
    "readme, said",
    [
        ("# Day 1: Toy\n\nThe notebook runs in about 6 seconds\n", "one line of facts"),
        (toy_lesson.README.replace("about 6 seconds", "no time"), "how long the notebook runs"),
        (None, "README.md"),
    ],
)
def test_a_lesson_without_a_place_for_its_minutes_is_refused_in_a_sentence(mini, readme, said):
    toy_lesson.write(mini.path.parent, readme=readme or "")
    if readme is None:
        (mini.path.parent / "README.md").unlink()
    before = mini.path.read_bytes()
    result = mini.refresh()
    assert result.returncode == 1 and said in result.stderr and "Traceback" not in result.stderr, (
        result.stderr
    )
    assert mini.path.read_bytes() == before


def ran(*texts, pictures=(), tags=()):
    """A notebook as a run leaves it: one cell for each text, with a picture where one is given."""
    notebook = nbformat.v4.new_notebook(metadata={"dl15": {"edition": 2}})
    for number, text in enumerate(texts):
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
        if number < len(pictures):
            outputs.append(
                nbformat.v4.new_output("display_data", data={"image/png": pictures[number]})
            )
        cell = nbformat.v4.new_code_cell(
            f"cell({number})", outputs=outputs, metadata={"tags": list(tags)}
        )
        notebook.cells.append(cell)
    return notebook


def saved(*texts, **more):
    notebook = ran(*texts, **more)
    notebook.metadata[refresh.SEAL] = " ".join(refresh.seals(notebook))
    return notebook


def kept(before, after) -> list[str]:
    refresh.keep_saved(before, after)
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in after.cells]


def png(color: int, level: int) -> str:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), (color, 0, 0)).save(file, "PNG", compress_level=level)
    return base64.b64encode(file.getvalue()).decode()


def test_a_number_after_the_sign_stays_as_saved_from_unchanged_sources_alone():
    new = ("≈2 of 5", "≈2 s")
    assert kept(saved("≈1 of 5", "≈1 s"), ran(*new)) == ["≈1 of 5", "≈1 s"]
    assert kept(saved("≈1 of 6", "≈1 s"), ran(*new)) == list(
        new
    )  # another number, and all below it
    assert kept(saved("≈1 of 5", "≈1 ms"), ran(*new)) == [
        "≈1 of 5",
        "≈2 s",
    ]  # a cell above it stays
    assert kept(ran("≈1 of 5", "≈1 s"), ran(*new)) == list(new)  # never saved by refresh
    first = saved("≈1 of 5", "≈1 s")
    first.cells[1].source = "cell(7)"
    second = ran(*new)
    second.cells[1].source = "cell(7)"
    assert kept(first, second) == ["≈1 of 5", "≈2 s"]  # the source was changed since
    typed = saved("≈1 of 5", "≈1 s")
    typed.cells[0].outputs[0].text = "≈9 of 5"
    assert refresh.unsealed(typed) == [0] and kept(typed, ran(*new)) == list(
        new
    )  # the number was typed
    shorter = saved("≈0", "≈1 of 5", "≈1 s")
    del shorter.cells[0]  # a cell above was deleted since
    assert refresh.unsealed(shorter) == [0, 1, 2]
    assert kept(
        saved("a", "≈1", tags=["nbval-ignore-output"]), ran("b", "≈2", tags=["nbval-ignore-output"])
    ) == ["a", "≈1"]


def test_a_picture_stays_if_nothing_was_changed_or_if_its_pixels_are_the_same():
    red, packed, other = png(200, 9), png(200, 0), png(90, 9)
    assert red != packed

    def shown(before, after):
        refresh.keep_saved(before, after)
        return [cell.outputs[1].data["image/png"] for cell in after.cells]

    assert shown(saved("a", "b", pictures=[red, red]), ran("a", "b", pictures=[other, other])) == [
        red,
        red,
    ]
    assert shown(saved("x", "b", pictures=[red, red]), ran("a", "b", pictures=[other, packed])) == [
        other,
        red,
    ]
    assert shown(ran("a", pictures=[red]), ran("a", pictures=[other])) == [other]
    assert shown(ran("a", pictures=["no picture"]), ran("a", pictures=[red])) == [red]


def test_a_widget_is_not_saved():
    notebook = ran("a")
    data = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
        "text/plain": "IntSlider(value=3)",
    }
    notebook.cells[0].outputs.append(nbformat.v4.new_output("display_data", data=data))
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    refresh.normalize(notebook)
    assert "widgets" not in notebook.metadata and notebook.metadata["dl15"] == {"edition": 2}
    assert notebook.cells[0].outputs[1].data == {"text/plain": "IntSlider(value=3)"}
