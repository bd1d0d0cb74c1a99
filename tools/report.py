"""Run every notebook once and write into the root README what each costs and reaches: the cost card.

    python tools/report.py                          # all days
    python tools/report.py day15_deployment         # one day anew, the other rows stay

Measured is, one notebook after the other, in a fresh kernel: the time from the kernel's start to its end, and the
largest resident memory of the kernel and the processes that it starts, summed, looked at twenty times a second. The results,
bands and baselines are the rows and asserts of the cells tagged `scoreboard`. A notebook that fails ends the run, and
the README stays as it was. Nothing else may run at the time.
"""

import ast
import contextlib
import os
import re
import sys
import threading
import time

import keras
import psutil
import tensorflow as tf
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

import refresh
from lessons import DAYS, ROOT, day_number, notebook_path, printed, read_notebook, tags

BEGIN, END = "<!-- cost card: made by make report -->\n", "<!-- end of the cost card -->\n"
HEAD = ["| Day | Run time | Peak memory | Measure | Result | Asserted to lie between | Baseline |", "|---|---|---|---|---|---|---|"]


def bands(source: str) -> list[tuple[float, float]]:
    """The bands that a scoreboard cell asserts, in order: those of `assert 0.88 < value < 0.9`."""
    asserts = [node.test for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    parts = [part for test in asserts for part in ast.walk(test) if isinstance(part, ast.Compare)]
    return [(ast.literal_eval(part.left), ast.literal_eval(part.comparators[1]))
            for part in parts if [type(op) for op in part.ops] == [ast.Lt, ast.Lt]]


def written(band: tuple[float, float], value: str) -> str:
    """A band in the form of the value: "88.5 and 89.5%" beside "89.0%"."""
    if value.endswith("%"):
        return " and ".join(f"{100 * limit:.4g}" for limit in band) + "%"
    return " and ".join(f"{limit:g}" for limit in band)


def results(notebook) -> list[list[str]]:
    """For each scoreboard row of a notebook: measure with its data, value, band, baseline."""
    found = []
    for cell in notebook.cells:
        if "scoreboard" in tags(cell):
            rows = [row.strip("| ").split(" | ") for row in printed(cell).splitlines() if row.startswith("| ")]
            found += [[f"{data}: {measure}", value, written(band, value), baseline]
                      for (_, data, measure, _, value, baseline), band in zip(rows, bands(cell.source), strict=True)]
    return found


def measured(folder) -> tuple[float, float, list]:
    """Seconds, bytes at the peak, and results of one run of a day's notebook."""
    notebook, peak, done, here = read_notebook(folder), [0], threading.Event(), psutil.Process()

    def watch():
        while not done.wait(0.05):
            total = 0
            for process in here.children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    total += process.memory_info().rss
            peak[0] = max(peak[0], total)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    try:
        refresh.execute(notebook, folder)
    finally:
        done.set()
        watcher.join()
    return time.perf_counter() - began, peak[0], results(notebook)


def replaced(text: str, card: list[str]) -> str:
    """The README's text with another cost card. ValueError if the place for it is missing."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README.md needs the lines {BEGIN.strip()} and {END.strip()}, once each")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    return before + BEGIN + "\n" + "\n".join(card) + "\n\n" + END + after


def kept_rows(text: str) -> dict[int, list[str]]:
    """The rows of the README's present cost card, by day."""
    found: dict[int, list[str]] = {}
    for row in re.findall(r"^\| \d+ \|.*$", text.partition(BEGIN)[2].partition(END)[0], re.M):
        found.setdefault(int(row.split("|")[1]), []).append(row)
    return found


def main(chosen: list[str]) -> int:
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    path = ROOT / "README.md"
    rows = kept_rows(path.read_text(encoding="utf-8"))
    wanted = [name.strip("/") for name in chosen] or [folder.name for folder in DAYS]
    if unknown := set(wanted) - {folder.name for folder in DAYS}:
        print(f"There is no {min(unknown)}.", file=sys.stderr)
        return 2
    for folder in DAYS:
        if folder.name not in wanted:
            continue
        try:
            seconds, peak, found = measured(folder)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            print(f"{notebook_path(folder).name}: a cell failed; the README stays as it was.\n{refresh.ANSI.sub('', str(error))}", file=sys.stderr)
            return 1
        costs = [(f"{seconds:.0f} s", f"{peak / 2**30:.1f} GiB"), *[("", "")] * (len(found) - 1)]
        rows[day_number(folder)] = [f"| {day_number(folder)} | {' | '.join([*cost, *result])} |" for cost, result in zip(costs, found, strict=True)]
        print(*rows[day_number(folder)], sep="\n", flush=True)
    total = sum(int(re.findall(r"\| (\d+) s \|", found[0])[0]) for found in rows.values())
    card = [f"One run of each notebook, on {os.cpu_count()} CPU cores, with TensorFlow {tf.__version__} and Keras {keras.__version__}: {total} seconds in all. "
            "Time includes the kernel's start. A result outside its band stops the notebook.", "", *HEAD, *[row for day in sorted(rows) for row in rows[day]]]
    path.write_text(replaced(path.read_text(encoding="utf-8"), card), encoding="utf-8", newline="\n")
    print(f"README.md: cost card written, {total} seconds in all")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
