"""The rules of CONTRIBUTING.md that a machine can see. Each problem names the file, the cell and the rule."""

import ast
import itertools
import re
import sys
from pathlib import Path

import nbformat

from lessons import day_number, notebook_path, printed, tags
from refresh import LESSON_ID

SECTIONS = ["You will be able to", "The idea", "The mathematics", "In code", "Pitfalls", "Check yourself", "Further reading"]
TAGS = {"setup", "exercise", "check", "solution", "scoreboard", "nbval-ignore-output"}
MAX_BYTES, MAX_CELL_LINES, MAX_FOLDED_LINES, MAX_IGNORED_SHARE = 1_500_000, 40, 80, 0.25
MAX_LINE, MAX_FOLDED_LINE = 125, 220  # a line that scrolls sideways is not read; folded cells may be denser
MACHINE_PATHS = [r"/root/", r"/home/\w", r"/Users/\w", r"/tmp/\w", r"[A-Z]:\\\\Users", r"site-packages"]
VAGUE = {"", "here", "this", "link", "click here", "more", "read more", "this page", "see"}
LIBRARIES = {"IPython", "PIL", "attempt", "flask", "keras", "matplotlib", "mlxtend", "numpy", "pandas", "prometheus_client", "requests", "safetensors",
             "seaborn", "tensorflow", "transformers", "waitress"}


def problems(folder: Path) -> list[str]:
    """Everything that breaks a rule in one day's folder; empty if nothing does."""
    return [*readme_problems(folder / "README.md", day_number(folder)), *notebook_problems(notebook_path(folder))]


def readme_problems(path: Path, day: int):
    name = f"{path.parent.name}/{path.name}"
    if not path.exists():
        yield f"{name}: missing; every day has a README"
        return
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"^## (.+)$", text, re.M)
    if found != SECTIONS:
        yield f"{name}: the sections must be {SECTIONS}, not {found}"
    if not text.startswith(f"# Day {day}: "):
        yield f"{name}: the title must begin with '# Day {day}: '"
    if ">>> " not in text:
        yield f"{name}: 'In code' needs a doctest"
    numbers = [int(n) for n in re.findall(rf"\\tag\{{{day}\.(\d+)\}}", text)]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        yield f"{name}: equations must be numbered ({day}.1), ({day}.2), … in order, not {numbers}"
    displayed = len(re.findall(r"\$\$.+?\$\$", text, re.S))
    if displayed != len(numbers):
        yield f"{name}: {displayed} displayed equations, but {len(numbers)} numbers; every one has its \\tag"
    if re.findall(r"^(\d)\. \S.*\n   <details><summary>Answer</summary>\n\n", text, re.M) != list("12345") or text.count("<details>") != 5:
        yield f"{name}: {text.count('<details>')} folded answers; the rule is five numbered questions, each with its answer folded below it"
    if "| Mistake | How you notice | Fix |" not in text:
        yield f"{name}: the pitfalls' table has the columns Mistake, How you notice, Fix"
    if "```mermaid" not in text:
        yield f"{name}: no Mermaid diagram"
    words = len(text.partition("## The idea")[2].partition("```mermaid")[0].split())
    if not 150 <= words <= 350:
        yield f"{name}: 'The idea' has {words} words, the rule is 150 to 350"
    if not re.search(r"notebook runs in about \d+ seconds", text):
        yield f"{name}: the facts line must say how long the notebook runs"
    yield from link_problems(name, text, path.parent)
    yield from access_problems(name, text)


def link_problems(name: str, text: str, folder: Path):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
        if not (folder / target).exists():
            yield f"{name}: dead link {target}"
    if re.search(r"!\[\s*\]\(", text) or re.search(r"<img(?![^>]*\balt=\"[^\"]+\")", text):
        yield f"{name}: an image without alternative text"


def access_problems(name: str, text: str):
    """What stops a reader who hears the page, or reads it without color: heading levels, link texts, tables without heads."""
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    levels = [len(found) for found in re.findall(r"^(#{1,6}) ", prose, re.M)]
    if levels and levels[0] != 1 or any(after > before + 1 for before, after in itertools.pairwise(levels)):
        yield f"{name}: the heading levels {levels} must begin with 1 and never skip one"
    if levels.count(1) > 1:
        yield f"{name}: {levels.count(1)} titles of level 1"
    for words in re.findall(r"(?<!!)\[([^\]]*)\]\([^)]+\)", prose):
        if words.strip(" *_`").lower() in VAGUE:
            yield f"{name}: the link text '{words}' does not say where it leads"
    for table in re.findall(r"(?:^\|.*\n?)+", prose, re.M):
        head = [cell.strip() for cell in table.splitlines()[0].strip("|").split("|")]
        if len(table.splitlines()) < 2 or not re.fullmatch(r"[|:\- ]+", table.splitlines()[1]) or not all(head):
            yield f"{name}: a table without a name for each column: {table.splitlines()[0][:60]}"


def notebook_problems(path: Path):
    name = f"{path.parent.name}/{path.name}"
    if not path.exists():
        yield f"{name}: missing; every day has a notebook"
        return
    raw = path.read_text(encoding="utf-8")
    if path.stat().st_size > MAX_BYTES:
        yield f"{name}: {path.stat().st_size:,} bytes, the limit is {MAX_BYTES:,}"
    for pattern in MACHINE_PATHS:
        if match := re.search(pattern, raw):
            yield f"{name}: carries a machine path, {match[0]}"
    notebook = nbformat.reads(raw, as_version=4)
    ids = [cell.get("id", "") for cell in notebook.cells]
    if strange := [name for name in ids if not LESSON_ID.fullmatch(name) or ids.count(name) > 1]:
        yield f"{name}: cell ids that are not the course's, or not unique: {strange[:3]}; refresh the notebook"
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield f"{name}: the kernel must be python3"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    if counts != list(range(1, len(code) + 1)):
        yield f"{name}: not executed once from the top: execution counts {counts}"
    for number, cell in enumerate(code):
        for problem in cell_problems(cell):
            yield f"{name}::Cell {number}: {problem}"
    yield from exercise_problems(name, notebook)
    ignored = [n for n, cell in enumerate(code) if "nbval-ignore-output" in tags(cell) and "check" not in tags(cell)]
    if len(ignored) > MAX_IGNORED_SHARE * len(code):
        yield f"{name}: {len(ignored)} of {len(code)} cells ignore their output, the limit is {MAX_IGNORED_SHARE:.0%}"
    captions = re.findall(rf"^Figure {day_number(path.parent)}\.(\d+)  ", "\n".join(printed(cell) for cell in code), re.M)
    figures = sum("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)
    if figures == 0 or [int(c) for c in captions] != list(range(1, figures + 1)):
        yield f"{name}: {figures} figures, but the printed captions are numbered {captions}"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield from link_problems(name, cell.source, path.parent)
    yield from access_problems(name, "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown"))
    ending = [heading for cell in notebook.cells if cell.cell_type == "markdown" for heading in re.findall(r"^## (.+)$", cell.source, re.M)][-2:]
    if ending != ["Summary", "Exercises"]:
        yield f"{name}: the last two sections must be Summary and Exercises, not {ending}"
    if "(README.md)" not in notebook.cells[0].source:
        yield f"{name}: the first cell must link its README.md"
    if sum("scoreboard" in tags(cell) for cell in code) != 1:
        yield f"{name}: exactly one cell is tagged scoreboard"


def cell_problems(cell):
    """Problems of one code cell."""
    source = cell.source
    if not source.strip():
        yield "empty"
    if unknown := set(tags(cell)) - TAGS:
        yield f"unknown tag {sorted(unknown)}; nothing is ever skipped"
    if re.search(r"NBVAL_|PYTEST_VALIDATE", source):
        yield "a comment marker; use tags"
    lines = source.split("\n")
    is_folded = cell.metadata.get("jupyter", {}).get("source_hidden")
    most = MAX_FOLDED_LINES if is_folded else MAX_CELL_LINES
    if len(lines) > most:
        yield f"{len(lines)} lines, the limit is {most}"
    limit = MAX_FOLDED_LINE if is_folded else MAX_LINE
    if max(map(len, lines)) > limit:
        yield f"a line of {max(map(len, lines))} characters, the limit is {limit}"
    if re.search(r"\b(pickle|joblib)\.load|allow_pickle\s*=\s*True", source):
        yield "loads a pickle"
    if re.search(r"^\s*[!%]", source, re.M):
        yield "a shell or magic command"
        return
    for module in imported(source):
        if module not in LIBRARIES and module not in sys.stdlib_module_names:
            yield f"imports {module}, which is neither in requirements.txt nor in the standard library"
    if re.search(r"\b(time\.time|perf_counter|monotonic|timeit|datetime\.now)\b", source) and "nbval-ignore-output" not in tags(cell):
        yield "measures time in a compared cell"
    has_picture = any("image/png" in output.get("data", {}) for output in cell.outputs)
    if has_picture and not source.rstrip().endswith("plt.show()"):
        yield "a figure whose cell does not end with plt.show()"
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"a saved error, {output.get('ename')}"
        if output.output_type == "stream" and output.name == "stderr":
            yield "saved stderr; refresh the notebook"
        if "image/svg+xml" in output.get("data", {}):
            yield "an SVG image, which is compared byte for byte; use PNG"
    if "execution" in cell.metadata or "ExecuteTime" in cell.metadata:
        yield "execution timing in the metadata; refresh the notebook"
    results = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    if re.search(r"np\.(float|int)\d+\(", "\n".join([printed(cell), *results])):
        yield "prints a NumPy scalar's repr; format it"
    if "solution" in tags(cell) and not cell.metadata.get("jupyter", {}).get("source_hidden"):
        yield "a solution that is not collapsed"
    if "check" in tags(cell) and not cell.metadata.get("jupyter", {}).get("source_hidden"):
        yield "a check that is not collapsed"
    if "check" in tags(cell) and "nbval-ignore-output" not in tags(cell):
        yield "a check whose output is compared: it changes when a learner answers"


def imported(source: str) -> list[str]:
    """Names of the top-level packages that a cell imports."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)]
    return [name.partition(".")[0] for name in names]


def exercise_problems(name: str, notebook):
    """Three exercises, each: task, stub, check, solution, in this order."""
    kinds = [next((kind for kind in ("exercise", "check", "solution") if kind in tags(cell)), cell.cell_type) for cell in notebook.cells]
    order = [kind for kind in kinds if kind in ("exercise", "check", "solution")]
    if order != ["exercise", "check", "solution"] * 3:
        yield f"{name}: the exercise cells must be exercise, check, solution, three times, not {order}"
        return
    for place in [place for place, kind in enumerate(kinds) if kind == "exercise"]:
        task, (stub, check, solution) = notebook.cells[place - 1], notebook.cells[place:place + 3]
        if task.cell_type != "markdown" or "<details>" not in task.source:
            yield f"{name}: before exercise cell {place} a markdown cell with the task and a folded hint is missing"
        function = re.search(r"^(def|class) (\w+)", stub.source, re.M)
        if not function or "raise NotImplementedError" not in stub.source or '"""' not in stub.source:
            yield f"{name}: exercise cell {place} must be a function or class with docstring that raises NotImplementedError"
            continue
        kind, wanted = function.groups()
        if f"def check_{wanted}(answer)" not in check.source or not check.source.rstrip().endswith(f"attempt(check_{wanted}, {wanted})"):
            yield f"{name}: the check of {wanted} must define check_{wanted}(answer) and end with attempt(check_{wanted}, {wanted})"
        if not re.search(rf"^{kind} {wanted}_solution\b", solution.source, re.M) or not solution.source.rstrip().endswith(f"attempt(check_{wanted}, {wanted}_solution)"):
            yield f"{name}: the solution of {wanted} must define {wanted}_solution and end with attempt(check_{wanted}, {wanted}_solution)"
