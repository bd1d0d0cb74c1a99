"""Show which of the exercises are solved (✓), wrong (✗, with the hint) or untouched (…).

    python tests/progress.py [day05_optimizers …]

Read are the notebooks as they stand on disk: save yours first. Of each notebook only the set-up cells and the
exercises are run, not the lesson, and nothing is written. Cells of your own among the exercises are run, too.
"""

import ast
import contextlib
import io
import multiprocessing
import os
import re
import sys

import nbformat

from lessons import DAYS, day_number, notebook_path, tags

SECONDS = 60                                       # for one exercise; an endless loop is stopped after it
SOLVED, WRONG, UNTOUCHED = "✓", "✗", "…"


def is_stub(source: str) -> bool:
    """True for a cell that still is as it was: one function or class whose every body is a raise NotImplementedError."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    functions = [node for top in body for node in ast.walk(top) if isinstance(node, ast.FunctionDef)]
    last = [ast.unparse(node.body[-1]) for node in functions]
    return len(body) == 1 and bool(functions) and all(len(node.body) <= 2 for node in functions) \
        and all(line == "raise NotImplementedError" for line in last)


def exercise_part(notebook) -> tuple[list[str], list[tuple[str, str, list[str]]]]:
    """The sources of the set-up cells, and for each exercise: name, verdict that is known already or "", cells to run.

    A known verdict is that of a cell that is missing or still the stub.
    """
    setup, found, stub, own, begun = [], [], None, [], False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        kinds = tags(cell)
        if "exercise" in kinds:
            stub, begun = cell.source, True
        elif "check" in kinds:
            name = re.search(r"def check_(\w+)", cell.source)
            if name is None:
                continue                                            # its definition was deleted: reported as missing
            known = f"{WRONG} {name[1]}: the cell for your answer is gone from the notebook" if stub is None else \
                f"{UNTOUCHED} {name[1]}: not attempted yet" if is_stub(stub) else ""
            found.append((name[1], known, [*own, stub or "", cell.source]))
            stub, own = None, []
        elif "setup" in kinds:
            setup.append(cell.source)
        elif begun and "solution" not in kinds:
            own.append(cell.source)
    return setup, found


def run(source: str, names: dict) -> str:
    """Run a cell; what it printed, or one line that says why it stopped."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(compile(source, "your cell", "exec"), names)
    except SyntaxError as error:
        return f"{WRONG} line {error.lineno} of the cell is not Python: {error.msg}"
    except (Exception, SystemExit) as error:
        return f"{WRONG} the cell stopped with {type(error).__name__}: {error}"
    return said.getvalue().strip()


def work(connection) -> None:
    """In a process of its own, day after day: run the set-up cells, then each exercise, and send its verdict."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("MPLBACKEND", "agg")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)                    # TensorFlow's messages at import
    while True:
        setup, jobs = connection.recv()
        names: dict = {"__name__": "__main__"}
        problem = next((said for source in setup if (said := run(source, names)).startswith(WRONG)), "")
        connection.send(problem)
        for name, cells in [] if problem else jobs:
            said = ""
            for source in cells:
                said = run(source, names)
                if said.startswith((f"{WRONG} line ", f"{WRONG} the cell ")):
                    said = said.replace(f"{WRONG} ", f"{WRONG} {name}: ", 1)
                    break
            lines = [line for line in said.splitlines() if line[:1] in (SOLVED, WRONG, UNTOUCHED)]
            connection.send(lines[-1] if lines else f"{WRONG} {name}: its check says nothing; was it changed?")


class Worker:
    """The process in which the learner's code runs. It is started when it is needed, and anew when it had to be stopped."""

    def __init__(self):
        self.process = None

    def start(self):
        self.stop()
        self.here, there = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("spawn").Process(target=work, args=(there,), daemon=True)
        self.process.start()
        there.close()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.join()
            self.process = None

    def ask(self, setup, jobs):
        """Yield what is wrong with the set-up ("": nothing), then each verdict; None where there was none in time.

        Raises EOFError if the process ended.
        """
        if self.process is None:
            self.start()
        try:
            self.here.send((setup, jobs))
        except BrokenPipeError:
            raise EOFError from None
        yield self.here.recv()
        for _ in jobs:
            if not self.here.poll(SECONDS):
                self.stop()
                yield None
                return
            yield self.here.recv()


def verdicts(folder, worker: Worker) -> list[str]:
    """One line for each exercise of a day, beginning with ✓, ✗ or …; a single ✗ line if the notebook cannot be read or run."""
    path = notebook_path(folder)
    try:
        notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        return [f"{WRONG} {path.name} is missing"]
    except Exception:
        return [f"{WRONG} {path.name} is not a notebook that can be read"]
    setup, found = exercise_part(notebook)
    said = {name: known for name, known, _ in found}
    while jobs := [(name, cells) for name, _, cells in found if not said[name]]:
        try:
            answers = worker.ask(setup, jobs)
            if problem := next(answers):
                return [problem.replace("the cell stopped", "a set-up cell stopped").replace("of the cell", "of a set-up cell")]
            for (name, _), verdict in zip(jobs, answers):
                said[name] = verdict or f"{WRONG} {name}: no verdict after {SECONDS} seconds; is there an endless loop?"
        except EOFError:
            worker.stop()
            if not (left := [name for name, _ in jobs if not said[name]]):
                continue                                            # it ended after the last verdict
            said[left[0]] = f"{WRONG} {left[0]}: Python itself ended while this cell ran"
    return list(said.values())


def main(chosen: list[str]) -> int:
    sys.stdout.reconfigure(encoding="utf-8")
    wanted = [name.strip("/") for name in chosen]
    if unknown := set(wanted) - {folder.name for folder in DAYS}:
        print(f"There is no {sorted(unknown)[0]}. The days: {', '.join(folder.name for folder in DAYS)}")
        return 2
    worker = Worker()
    counts = {SOLVED: 0, WRONG: 0, UNTOUCHED: 0}
    for folder in DAYS:
        if wanted and folder.name not in wanted:
            continue
        lines = verdicts(folder, worker)
        for line in lines:
            counts[line[0]] += 1
        print(f"Day {day_number(folder):2d}  {folder.name.partition('_')[2]:15s}{' '.join(line[0] for line in lines)}", flush=True)
        for line in lines:
            if line.startswith(WRONG):
                print(f"        {line}", flush=True)
    worker.stop()
    print(f"\n{counts[SOLVED]} of {sum(counts.values())} solved, {counts[WRONG]} wrong, {counts[UNTOUCHED]} untouched.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
