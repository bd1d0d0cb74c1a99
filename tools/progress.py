"""Show which of the exercises are solved (✓), wrong (✗, with the hint) or untouched (…).

    python tools/progress.py [day05_optimizers …]

Read are the notebooks as they stand on disk: save yours first. What it says is what JupyterLab
shows below your checks. Your cells are run in their order, in the day's folder, with the set-up,
the exercises and their checks; the lesson's own cells only where one of yours uses a name that they
make. It writes nothing; what your cells write, they write again.
"""

import collections
import functools
import re
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat

import learner_shell
from environment import Refused, chosen, isolate_this_process
from lessons import DAYS, EXERCISES, day_number, notebook_path
from saved_cells import Cell, answers_to, code_cells, to_run, untouched
from verdicts import Kind, Verdict

SECONDS, LESSON_SECONDS = 60, 300  # for one cell; an endless loop is stopped after it
NEEDED = (
    r"\b(NameError|FileNotFoundError|ModuleNotFoundError|ImportError|AttributeError|KeyError)\b"
)


class Judge:
    """The verdicts on one day's notebook.

    folder: of the day. exercises: names, each with the fingerprint of its cells. show: called with
    a short text before each cell that is run.
    """

    def __init__(
        self,
        folder: Path,
        exercises: dict[str, str],
        show: Callable[[str], None] = lambda text: None,
    ):
        self.folder, self.exercises, self.show = folder, exercises, show
        self.cells: list[Cell] = []
        self.outcomes: dict[int, learner_shell.Outcome] = {}  # of the cells that were run, by index
        self.stopped: dict[int, str] = {}  # of the cells that had to be stopped, why

    def verdicts(self) -> dict[str, Verdict]:
        """For each exercise what is to be said of it."""
        path = notebook_path(self.folder)
        try:
            self.cells = code_cells(nbformat.reads(path.read_text(encoding="utf-8"), as_version=4))
        except FileNotFoundError:
            return {name: wrong(name, f"{path.name} is missing") for name in self.exercises}
        except Exception:
            said = f"{path.name} is not a notebook that can be read"
            return {name: wrong(name, said) for name in self.exercises}
        open_ones = [
            name for name in self.exercises if not untouched(self.cells, name, self.exercises[name])
        ]
        if open_ones:
            places = to_run(self.cells, self.exercises)
            self.run(places)
            everything = [k for k, cell in enumerate(self.cells) if "solution" not in cell.roles]
            if len(places) < len(everything) and any(
                self.lacks_something(name) for name in open_ones
            ):
                self.run(everything)  # it may be of the lesson, in a way that could not be seen
        closed = {
            name: Verdict(name, Kind.UNTOUCHED, "not attempted yet") for name in self.exercises
        }
        return closed | {name: self.verdict(name) for name in open_ones}

    def seconds(self, k: int) -> float:
        """How long a cell may take: a training of the lesson longer than what a learner has
        written."""
        return LESSON_SECONDS if self.cells[k].of_lesson and not self.cells[k].roles else SECONDS

    def number(self, k: int) -> int:
        """The execution count that a cell has if all cells are run, from 1: what In and Out are
        numbered by."""
        return 1 + sum(bool(cell.source.strip()) for cell in self.cells[:k])

    def run(self, places: list[int]) -> None:
        """Run the cells, and all of them again without one that had to be stopped or in which
        Python ended."""
        left = [k for k in places if k not in self.stopped]
        self.show("loading the libraries …")
        learner_shell.warm_up()
        self.outcomes, shell = {}, learner_shell.Shell(self.folder)
        try:
            for k in left:
                self.show(f"cell {self.cells[k].place + 1}")
                try:
                    self.outcomes[k] = shell.run(
                        self.number(k), self.cells[k].source, self.seconds(k)
                    )
                except TimeoutError:
                    self.stopped[k] = (
                        f"no verdict after {SECONDS:g} seconds; is there an endless loop?"
                    )
                    break
                except learner_shell.Ended:
                    self.stopped[k] = "Python itself ended while this cell ran"
                    break
        finally:
            shell.stop()
        if len(self.outcomes) < len(left):
            self.run(places)

    def lacks_something(self, name: str) -> bool:
        """Whether an exercise failed for want of a name, a file or a module."""
        return bool(re.search(NEEDED, self.verdict(name).sentence))

    def verdict(self, name: str) -> Verdict:
        """What the notebook says of one exercise: the last word of `attempt`, or why there is
        none.
        """
        judges = [k for k, cell in enumerate(self.cells) if name in cell.checks]
        answers = answers_to(self.cells, name)
        if judges and not answers:  # the stub's cell, in which the name is no longer defined
            answers = [
                k
                for k in range(judges[-1])
                if "exercise" in self.cells[k].roles and k in {*self.stopped}
            ][-1:]
        said = [
            one
            for k in sorted(self.outcomes)
            for one in self.outcomes[k].verdicts
            if one.exercise == name and not one.of_solution
        ]
        for k in reversed([*answers, *judges]):
            if k in self.stopped and not (said and k in answers and len(answers) > 1):
                return wrong(name, self.stopped[k])
        failures = {k: found.failure for k, found in sorted(self.outcomes.items()) if found.failure}
        failed = failures.get(judges[-1]) if judges else None
        if said and not failed:
            return said[-1]
        if not judges:
            return wrong(name, "its check is gone from the notebook")
        for k, failure in failures.items():
            if "setup" in self.cells[k].roles:
                return wrong(name, failure.sentence("a set-up cell"))
        for k, failure in failures.items():
            if k in answers or (
                k not in judges and re.search(rf"\b{name}\b", self.cells[k].source)
            ):
                return wrong(name, failure.sentence())
        if not answers:
            return wrong(name, "the cell for your answer is gone from the notebook")
        return wrong(
            name, failed.sentence() if failed else "its check says nothing; was it changed?"
        )


def wrong(name: str, sentence: str) -> Verdict:
    return Verdict(name, Kind.WRONG, sentence)


def main(names: list[str]) -> int:
    """Print the verdicts of these days, of all if none is named, each day as soon as it is known.
    2: no such day."""
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        wanted = chosen(names)
    except Refused as sentence:
        print(sentence)
        return 2
    isolate_this_process()
    is_terminal, counts = sys.stdout.isatty(), collections.Counter[Kind]()

    def show(text: str, head: str = "") -> None:
        if is_terminal:
            print(f"\r{head}{text}\033[K", end="", flush=True)

    for folder in DAYS:
        if wanted and folder.name not in wanted:
            continue
        head = f"Day {day_number(folder):2d}  {folder.name.partition('_')[2]:15s}"

        judge = Judge(folder, EXERCISES[folder.name], functools.partial(show, head=head))
        verdicts = judge.verdicts().values()
        counts.update(verdict.kind for verdict in verdicts)
        show("")
        print(head + "   ".join(f"{one.kind.value} {one.exercise}" for one in verdicts), flush=True)
        for verdict in verdicts:
            if verdict.kind is Kind.WRONG:
                print(f"        {verdict}", flush=True)
    print(
        f"\n{counts[Kind.SOLVED]} of {counts.total()} solved, {counts[Kind.WRONG]} wrong, "
        f"{counts[Kind.UNTOUCHED]} untouched."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
