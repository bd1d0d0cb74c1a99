"""Re-execute notebooks and save their outputs in the one form that the tests accept.

    python tools/refresh.py day05_optimizers [day06_losses …]

Each notebook runs from the top in a fresh kernel, in its own folder. Saved is what pytest --nbval
compares and what a reader needs: no stderr, no timing, no editor's metadata. Tags and collapsed cells
stay. A file is written only if something changed, and what changed in the text outputs is printed.
If a cell fails, the file is left as it was and the exit status is 1.
"""

import contextlib
import difflib
import itertools
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from environment import isolate_this_process

ROOT = Path(__file__).resolve().parent.parent

CELL_SECONDS = 300
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
LESSON_ID = re.compile(r"(cell|d\d\d)-[0-9a-z-]+")  # JupyterLab gives a learner's new cell an id of another form
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def normalize(notebook) -> None:
    """Drop, in place, everything that may differ between two machines that computed the same."""
    notebook.metadata = nbformat.from_dict(METADATA)
    name_cells(notebook)
    for cell in notebook.cells:
        kept = {}
        if cell.metadata.get("tags"):
            kept["tags"] = cell.metadata["tags"]
        for flag in ("source_hidden", "outputs_hidden"):
            if cell.metadata.get("jupyter", {}).get(flag):
                kept.setdefault("jupyter", {})[flag] = True
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            for output in cell.outputs:
                if "metadata" in output:
                    output.metadata = nbformat.from_dict({})


def name_cells(notebook) -> None:
    """Give the cells that have none an id of the course's form. `make progress` knows the lesson's cells by it."""
    taken = {cell.get("id") for cell in notebook.cells}
    free = (f"cell-{number:03d}" for number in itertools.count() if f"cell-{number:03d}" not in taken)
    seen = set()
    for cell in notebook.cells:
        if not LESSON_ID.fullmatch(cell.get("id", "")) or cell.id in seen:
            cell["id"] = next(free)
        seen.add(cell["id"])


def execute(notebook, folder: Path) -> None:
    """Run every cell of `notebook` in place, in a fresh kernel that starts in `folder`.

    Raises CellExecutionError or CellTimeoutError at the first cell that fails.
    """
    NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", record_timing=False,
                   coalesce_streams=True, resources={"metadata": {"path": str(folder)}}).execute()


def text_outputs(notebook) -> list[list[str]]:
    """For each code cell its text outputs, as lines."""
    def lines(output):
        if output.output_type == "stream":
            return output.text.splitlines() if output.name == "stdout" else []
        if output.output_type == "error":
            return [f"{output.ename}: {output.evalue}"]
        return str(output.get("data", {}).get("text/plain", "")).splitlines()
    return [[line for output in cell.outputs for line in lines(output)]
            for cell in notebook.cells if cell.cell_type == "code"]


def changes(before, after) -> str:
    """A diff of the text outputs, cell by cell; empty if they are the same."""
    found = []
    old_cells, new_cells = text_outputs(before), text_outputs(after)
    for number, new in enumerate(new_cells):
        old = old_cells[number] if number < len(old_cells) else []
        diff = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
        if diff:
            found.append(f"  Cell {number}")
            found += [f"    {line}" for line in diff if not line.startswith("@@")]
    return "\n".join(found)


def refresh(path: Path) -> bool:
    """Execute and normalize the notebook at `path`. True if the file was written.

    Raises RuntimeError, and leaves the file alone, if it was changed meanwhile.
    """
    old_bytes = path.read_text(encoding="utf-8")
    before = nbformat.reads(old_bytes, as_version=4)
    notebook = nbformat.reads(old_bytes, as_version=4)
    execute(notebook, path.parent)
    normalize(notebook)
    nbformat.validate(notebook)
    new_bytes = nbformat.writes(notebook) + "\n"
    name = f"{path.parent.name}/{path.name}"
    if new_bytes == old_bytes:
        print(f"{name}: nothing changed")
        return False
    if path.read_text(encoding="utf-8") != old_bytes:
        raise RuntimeError("the file was changed while its cells ran; run refresh again")
    write_whole(path, new_bytes)
    print(f"{name}: saved. Changes in the text outputs:")
    print(changes(before, notebook) or "  none (figures, sources or metadata only)")
    return True


def write_whole(path: Path, text: str) -> None:
    """Replace a file's text at once: whatever happens (a full disk), the old file stays whole, and nothing is left over."""
    mode = path.stat().st_mode
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(draft).chmod(mode)
        Path(draft).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise


def notebook_of(day: str) -> Path:
    """The notebook of a day's folder, whatever copies lie beside it, or `day` itself if it names a notebook.

    SystemExit if there is none.
    """
    given = Path(day) if Path(day).exists() else ROOT / day
    if given.suffix == ".ipynb" and given.is_file():
        return given.resolve()
    own = given / f"{given.resolve().name.partition('_')[2]}.ipynb"
    if not own.is_file():
        days = ", ".join(sorted(folder.name for folder in ROOT.glob("day[0-9][0-9]_*")))
        raise SystemExit(f"There is no {own.name} in '{day}'. The days here: {days}")
    return own.resolve()


def main(days: list[str]) -> int:
    if not days or days[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if days else 2
    for stream in (sys.stdout, sys.stderr):  # a Windows console may not know ✓
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    paths = [notebook_of(day) for day in days]
    isolate_this_process()
    failed = 0
    for path in paths:
        try:
            refresh(path)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            failed += 1
            print(f"{path.parent.name}/{path.name}: not saved, a cell failed.\n{ANSI.sub('', str(error))}", file=sys.stderr)
        except (OSError, RuntimeError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
            failed += 1
            print(f"{path.parent.name}/{path.name}: not saved: {str(error).splitlines()[0][:200]}", file=sys.stderr)
    if (ROOT / "tools" / "exercises.json").exists():
        import exercises
        exercises.write()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
