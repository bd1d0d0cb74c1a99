"""refresh.py and conftest.py: a notebook that is saved wrong fails, is refreshed, and passes."""

import json
import sys

import nbformat
import pytest


def test_planted_faults_fail_then_refresh_then_pass(mini):
    notebook = mini.write("import sys\nprint('log line', file=sys.stderr)\nprint(1 + 1)", "print('same')")
    first, second = notebook.cells
    first.outputs = [nbformat.v4.new_output("stream", name="stderr", text="log line of another machine\n"),
                     nbformat.v4.new_output("stream", name="stdout", text="3\n")]             # saved wrong: 1 + 1 is 2
    first.execution_count, second.execution_count = 7, 9
    first.metadata = {"tags": ["setup"], "jupyter": {"source_hidden": True}, "execution": {"iopub.execute_input": "2026-01-01"}, "collapsed": False}
    second.outputs = [nbformat.v4.new_output("stream", name="stdout", text="same\n")]
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "my env", "language": "python"}, "language_info": {"name": "python", "version": "3.9.1"}}
    nbformat.write(notebook, mini.path)

    failed = mini.pytest()
    assert failed.returncode == 1, failed.stdout
    assert "toy.ipynb, Cell 0" in failed.stdout and "make refresh DAY=day01_toy" in failed.stdout, failed.stdout
    assert "1 failed, 1 passed" in failed.stdout, failed.stdout

    refreshed = mini.refresh()
    assert refreshed.returncode == 0, refreshed.stderr
    assert "Cell 0" in refreshed.stdout and "-3" in refreshed.stdout and "+2" in refreshed.stdout, refreshed.stdout
    assert "Cell 1" not in refreshed.stdout, refreshed.stdout
    raw, saved = mini.path.read_text("utf-8"), mini.read()
    assert "stderr" not in json.dumps([cell.outputs for cell in saved.cells]) and "2026-01-01" not in raw and "my env" not in raw and "3.9.1" not in raw
    assert [cell.execution_count for cell in saved.cells] == [1, 2] and [cell.id for cell in saved.cells] == ["cell-000", "cell-001"]
    assert saved.cells[0].metadata == {"tags": ["setup"], "jupyter": {"source_hidden": True}} and saved.cells[1].metadata == {}

    passed = mini.pytest()
    assert passed.returncode == 0 and "2 passed" in passed.stdout, passed.stdout + passed.stderr

    stamp = mini.path.stat().st_mtime_ns
    again = mini.refresh()
    assert again.returncode == 0 and "nothing changed" in again.stdout and mini.path.stat().st_mtime_ns == stamp


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
    copies = [mini.path.with_name(name) for name in ("toy-Copy1.ipynb", "Untitled.ipynb", "a toy.ipynb")]
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
    code = f"import resource, runpy, sys; sys.argv = ['refresh.py', {str(mini.path)!r}]; sys.path.insert(0, 'tools'); import refresh\n" \
           "refresh.execute = (lambda run: lambda *arguments: (run(*arguments), resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)))[0])(refresh.execute)\n" \
           "sys.exit(refresh.main(sys.argv[1:]))"
    result = mini.run("-c", code)
    assert result.returncode == 1 and "not saved: [Errno" in result.stderr and "Traceback" not in result.stderr, result.stderr
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
    mini.write("from pathlib import Path\npath = Path('toy.ipynb')\n_ = path.write_text(path.read_text() + ' ')")
    result = mini.refresh()
    assert result.returncode == 1 and "was changed while its cells ran" in result.stderr, result.stderr
    assert mini.path.read_text("utf-8").endswith(" ")


def test_refresh_of_a_broken_file_is_one_sentence(mini):
    mini.path.write_text("{ not a notebook", "utf-8")
    result = mini.refresh()
    assert result.returncode == 1 and "not saved" in result.stderr and "Traceback" not in result.stderr
