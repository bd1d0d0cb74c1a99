"""Run every notebook once and write down what each costs: tools/measured.json and the pages.

    python tools/report.py                          # all days
    python tools/report.py day15_deployment         # one day anew, the others stay

Measured is, one notebook after the other, in a fresh kernel: the seconds from the kernel's start to
its end, and the largest resident memory of the kernel and the processes that it starts, summed,
looked at twenty times a second, in GiB. Nothing else may run at the time. A notebook that fails
ends the run, and no file is changed. Then tools/facts.py brings the numbers to the pages.

A number that was measured before stays unless the new one differs by more than 15%, and by more
than 3 seconds or 0.1 GiB: a second run on the same machine changes no page. On a machine with
another number of cores, or with other versions, single days are refused, since all rows are of one
kind. On other cores a run of all days replaces every number.
"""

import contextlib
import json
import os
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

import facts
import refresh
from lessons import DAYS, notebook_path, read_notebook

SHARE, SECONDS, GIB = 0.15, 3, 0.1  # a new number that differs by less is noise
LIBRARIES = ("keras", "tensorflow")  # their versions are stated beside the numbers


def measured(folder: Path) -> tuple[float, float]:
    """Seconds, and GiB at the peak, of one run of a day's notebook. Raises if a cell fails."""
    notebook, peak, done, here = read_notebook(folder), [0], threading.Event(), psutil.Process()

    def watch() -> None:
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
    return time.perf_counter() - began, peak[0] / 2**30


def settled(old: float | None, new: float, least: float) -> float:
    """The old number, unless the new one differs by more than SHARE and more than `least`."""
    return new if old is None or abs(new - old) > max(SHARE * old, least) else old


def machine() -> dict[str, Any]:
    """What the numbers depend on and the pages state: cores, and versions by library."""
    return {"cores": os.cpu_count(), "versions": {name: version(name) for name in LIBRARIES}}


def renewed(
    before: dict[str, Any], here: dict[str, Any], runs: dict[str, tuple[float, float]]
) -> dict[str, Any]:
    """The content of measured.json after these runs.

    before: its content now; here: the machine; runs: seconds and GiB by the day's folder name.
    """
    is_like_it = before.get("cores") == here["cores"]
    days = dict(before.get("days", {}))
    for name, (seconds, gib) in runs.items():
        old = days.get(name, {}) if is_like_it else {}
        days[name] = {
            "seconds": settled(old.get("seconds"), round(seconds), SECONDS),
            "gib": settled(old.get("gib"), round(gib, 1), GIB),
        }
    return {**here, "days": dict(sorted(days.items()))}


def main(chosen: list[str]) -> int:
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    wanted = [name.strip("/") for name in chosen] or [folder.name for folder in DAYS]
    if unknown := set(wanted) - {folder.name for folder in DAYS}:
        print(f"There is no {min(unknown)}.", file=sys.stderr)
        return 2
    before = (
        json.loads(facts.MEASURED.read_text(encoding="utf-8")) if facts.MEASURED.exists() else {}
    )
    here = machine()
    others = set(before.get("days", {})) - set(wanted)
    if others and any(before.get(name) != value for name, value in here.items()):
        print(
            f"The other days were measured with {before.get('cores')} cores and "
            f"{before.get('versions')}, and here are {here['cores']} and {here['versions']}: "
            "run all days, make report.",
            file=sys.stderr,
        )
        return 2
    runs = {}
    for folder in DAYS:
        if folder.name not in wanted:
            continue
        try:
            runs[folder.name] = measured(folder)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            print(
                f"{notebook_path(folder).name}: a cell failed; no file is changed.\n"
                f"{refresh.ANSI.sub('', str(error))}",
                file=sys.stderr,
            )
            return 1
        print(
            f"{folder.name:<24}{runs[folder.name][0]:5.0f} s {runs[folder.name][1]:5.1f} GiB",
            flush=True,
        )
    after = renewed(before, here, runs)
    for name in runs:
        if before.get("days", {}).get(name) != after["days"][name]:
            print(f"{name}: {before.get('days', {}).get(name)} -> {after['days'][name]}")
    facts.MEASURED.write_text(json.dumps(after, indent=1) + "\n", encoding="utf-8", newline="\n")
    return facts.main([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
