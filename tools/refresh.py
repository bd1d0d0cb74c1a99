"""Re-execute notebooks and save their outputs in the one form that the tests accept.

    python tools/refresh.py [--renew] day05_optimizers [day06_losses …]

Each notebook runs from the top in a fresh kernel, in its own folder. Saved is what pytest --nbval
compares and what a reader needs: no stderr, no timing, no editor's metadata. Tags and collapsed
cells stay. A file is written only if something changed, and what changed in the text outputs is
printed. If a cell fails, the file is left as it was and the exit status is 1.

In the second edition refresh also folds cells by their roles, folds the answers of questions, and
writes the minutes into the first cell and the README (tools/reading_time.py). A cell whose texts
differ from the saved ones in numbers after ≈ alone keeps what is saved, pictures too, as long as
neither its source nor that of a code cell above it was changed since refresh saved them: another
run, or another machine, makes no difference in the file. What was saved from which sources is known
by a seal of each code cell in the notebook's metadata. --renew saves the outputs of this run in any
case.
"""

import base64
import contextlib
import copy
import difflib
import hashlib
import io
import itertools
import json
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

import reading_time
from environment import isolate_this_process
from lessons import answer_cells, edition, is_folded_by_role, sanitized, tags

ROOT = Path(__file__).resolve().parent.parent

CELL_SECONDS = 300
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-"  # a slider's place in a page, by a number of this run
SEAL = "dl15_saved"  # the key of the seals in a notebook's metadata
LESSON_ID = re.compile(
    r"(cell|d\d\d)-[0-9a-z-]+"
)  # JupyterLab gives a learner's new cell an id of another form
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def normalize(notebook: NotebookNode) -> None:
    """Drop, in place, everything that may differ between two machines that computed the same."""
    is_second = edition(notebook) == 2
    own = {"dl15": {"edition": 2}} if is_second else {}
    notebook.metadata = nbformat.from_dict(METADATA | own)
    name_cells(notebook)
    if is_second:
        fold(notebook)
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
                if is_second and "data" in output:
                    output.data = without_widgets(output.data)


def without_widgets(data: NotebookNode) -> NotebookNode:
    """An output's data by kind, without a widget's place, which has another number in each run."""
    kept = {kind: data[kind] for kind in data if not kind.startswith(WIDGET)}
    return nbformat.from_dict(kept)


def fold(notebook: NotebookNode) -> None:
    """Fold and unfold, in place, the cells of a second-edition notebook: sources by role, answers
    after their questions.

    Proofs and folded figures have the tag hide-input, and no other cell has it.
    """
    for cell in notebook.cells:
        is_folded = cell.cell_type == "code" and is_folded_by_role(cell)
        found = [tag for tag in tags(cell) if tag != "hide-input"]
        if is_folded and {"proof", "figure"} & set(found):
            found.append("hide-input")
        cell.metadata["tags"] = found
        cell.metadata["jupyter"] = {"source_hidden": is_folded}
    for cell in answer_cells(notebook):
        cell.metadata["jupyter"]["outputs_hidden"] = True


def name_cells(notebook: NotebookNode) -> None:
    """Give the cells that have none an id of the course's form. `make progress` knows the lesson's
    cells by it.
    """
    taken = {cell.get("id") for cell in notebook.cells}
    free = (
        f"cell-{number:03d}" for number in itertools.count() if f"cell-{number:03d}" not in taken
    )
    seen = set()
    for cell in notebook.cells:
        if not LESSON_ID.fullmatch(cell.get("id", "")) or cell.id in seen:
            cell["id"] = next(free)
        seen.add(cell["id"])


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def seals(notebook: NotebookNode) -> list[str]:
    """For each code cell a fingerprint of its source and its outputs, eight letters."""
    found = []
    for cell in code_cells(notebook):
        outputs = [
            {key: output[key] for key in output if key not in ("metadata", "execution_count")}
            for output in cell.outputs
        ]
        content = json.dumps([cell.source, outputs], sort_keys=True).encode("utf-8")
        found.append(hashlib.sha256(content).hexdigest()[:8])
    return found


def unsealed(notebook: NotebookNode) -> list[int]:
    """Code cells, counted from 0, whose source or outputs are not as refresh saved them. All of
    them if it never did.

    Where a number after ≈ may be anything, a strict run does not see that a source was changed
    without a refresh, or that somebody typed the number. This does. Always empty for the first
    edition, which has no such numbers.
    """
    if edition(notebook) == 1:
        return []
    saved = notebook.metadata.get(SEAL, "").split()
    pairs = itertools.zip_longest(seals(notebook), saved)
    return [number for number, (seal, old) in enumerate(pairs) if seal != old]


def as_compared(cell: NotebookNode) -> list:
    """The outputs of a code cell, but for pictures, as a strict run compares them."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        texts = {kind: data[kind] for kind in data if not kind.startswith(("image/", WIDGET))}
        texts |= {key: output[key] for key in ("name", "text") if key in output}
        for kind, value in texts.items():
            texts[kind] = sanitized(value) if isinstance(value, str) else value
        found.append((output.output_type, sorted(data), texts))
    return found


def keep_saved(before: NotebookNode, notebook: NotebookNode) -> None:
    """Take over, in place, the saved outputs of cells for which this run found nothing new.

    before: the notebook as it was saved; notebook: the same cells, run and normalized. From the
    top, as long as a cell is as refresh saved it and prints the same but for numbers after ≈, all
    its saved outputs stay. From the first other cell on everything may have changed, so only
    pictures stay whose pixels are the same.
    """
    broken = set(unsealed(before))
    is_unchanged = True
    for number, (old, new) in enumerate(zip(code_cells(before), code_cells(notebook), strict=True)):
        says_the_same = "nbval-ignore-output" in tags(new) or as_compared(old) == as_compared(new)
        is_unchanged = is_unchanged and number not in broken and says_the_same
        if is_unchanged:
            new.outputs = copy.deepcopy(old.outputs)
            continue
        for was, now in zip(old.outputs, new.outputs, strict=False):
            pictures = [output.get("data", {}).get("image/png") for output in (was, now)]
            if all(pictures) and same_pixels(*pictures):
                now.data["image/png"] = was.data["image/png"]


def same_pixels(first: str, second: str) -> bool:
    """Whether two PNG images, in base64, show the same. False for what is no image."""
    if first == second:
        return True
    from PIL import Image, UnidentifiedImageError

    try:
        files = [io.BytesIO(base64.b64decode(data)) for data in (first, second)]
        shown = [Image.open(file).convert("RGBA") for file in files]
    except (UnidentifiedImageError, ValueError, OSError):
        return False
    return shown[0].size == shown[1].size and shown[0].tobytes() == shown[1].tobytes()


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run every cell of `notebook` in place, in a fresh kernel that starts in `folder`.

    Raises CellExecutionError or CellTimeoutError at the first cell that fails.
    """
    NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def text_outputs(notebook: NotebookNode) -> list[list[str]]:
    """For each code cell its text outputs, as lines."""

    def lines(output):
        if output.output_type == "stream":
            return output.text.splitlines() if output.name == "stdout" else []
        if output.output_type == "error":
            return [f"{output.ename}: {output.evalue}"]
        return str(output.get("data", {}).get("text/plain", "")).splitlines()

    return [
        [line for output in cell.outputs for line in lines(output)]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def changes(before: NotebookNode, after: NotebookNode) -> str:
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


def refresh(path: Path, renew: bool = False) -> bool:
    """Execute and normalize the notebook at `path`. True if a file was written.

    renew: save the outputs of this run where the saved ones would do, too. Raises RuntimeError, and
    leaves the file alone, if it was changed meanwhile; ValueError if the README of a second-edition
    lesson has no place for the minutes.
    """
    old_bytes = path.read_text(encoding="utf-8")
    before = nbformat.reads(old_bytes, as_version=4)
    notebook = nbformat.reads(old_bytes, as_version=4)
    is_second, readme = edition(notebook) == 2, path.with_name("README.md")
    if is_second:
        # Says at once, and not after the run, what is missing.
        reading_time.renewed(notebook, readme.read_text(encoding="utf-8"))
    began = time.perf_counter()
    execute(notebook, path.parent)
    seconds = time.perf_counter() - began
    normalize(notebook)
    name, of_this_run = f"{path.parent.name}/{path.name}", copy.deepcopy(notebook)
    readme_changed = False
    if is_second:
        if not renew:
            keep_saved(before, notebook)
        notebook.metadata[SEAL] = " ".join(seals(notebook))
        old_page = readme.read_text(encoding="utf-8")
        notebook.cells[0].source, page = reading_time.renewed(notebook, old_page)
        readme_changed = page != old_page
    nbformat.validate(notebook)
    new_bytes = nbformat.writes(notebook) + "\n"
    anything = readme_changed or new_bytes != old_bytes
    if anything and path.read_text(encoding="utf-8") != old_bytes:
        raise RuntimeError("the file was changed while its cells ran; run refresh again")
    if readme_changed:
        write_whole(readme, page)
        print(f"{path.parent.name}/README.md: the minutes were renewed")
    if new_bytes == old_bytes:
        print(f"{name}: nothing changed")
    else:
        write_whole(path, new_bytes)
        print(f"{name}: saved. Changes in the text outputs:")
        print(changes(before, notebook) or "  none (figures, sources or metadata only)")
    if is_second:
        if kept := changes(notebook, of_this_run):
            print("  Kept as saved, since only numbers after ≈ differ (--renew saves this run's):")
            print(kept)
        print(reading_time.run_time_report(old_page, seconds))
    return anything


def write_whole(path: Path, text: str) -> None:
    """Replace a file's text at once: whatever happens (a full disk), the old file stays whole, and
    nothing is left over.
    """
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
    """The notebook of a day's folder, whatever copies lie beside it, or `day` itself if it names a
    notebook.

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
    renew = "--renew" in days
    days = [day for day in days if day != "--renew"]
    for stream in (sys.stdout, sys.stderr):  # a Windows console may not know ✓
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    paths = [notebook_of(day) for day in days]
    isolate_this_process()
    failed = 0
    for path in paths:
        try:
            refresh(path, renew)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            failed += 1
            print(
                (
                    f"{path.parent.name}/{path.name}: not saved, a cell failed.\n"
                    f"{ANSI.sub('', str(error))}"
                ),
                file=sys.stderr,
            )
        except (OSError, RuntimeError, ValueError, nbformat.ValidationError) as error:
            failed += 1
            print(
                f"{path.parent.name}/{path.name}: not saved: {str(error).splitlines()[0][:200]}",
                file=sys.stderr,
            )
    if (ROOT / "tools" / "exercises.py").exists():
        import exercises

        exercises.write()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
