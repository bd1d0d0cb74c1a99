"""Numbers that no cell measures: the scripts of tests/experiments, and what they printed.

    python tools/experiments.py day05_ledger [day07_sine …]

Runs a script as a whole, from the course's folder, and saves what it printed beside it:
day05_ledger.txt. The first line of that file is the command, the second a fingerprint of the
script; it holds no date and no time. What a second-edition lesson quotes beside the name of a
script must stand in that file, rounded as it is quoted. Takes as long as the script says in its
docstring. Nothing is saved if the script fails.
"""

import ast
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from environment import isolate_this_process
from lessons import ROOT, day_number, edition, notebook_path, read_notebook

FOLDER = ROOT / "tests" / "experiments"
NAMED = re.compile(r"tests/experiments/(\w+)\.py")
# Words by which a text says that a number comes from elsewhere.
ELSEWHERE = re.compile(
    r"\b(?:run|ran|measured|tried|trained|tested|computed|counted)"
    r"\s+(?:separately|elsewhere|outside)\b"
    r"|\bin\s+(?:a\s+)?separate\s+(?:runs?|experiments?|scripts?)\b",
    re.IGNORECASE,
)
# What looks like a number and quotes none: places in the course, targets of links, names of
# scripts.
PLACES = re.compile(
    r"`?tests/experiments/\w+\.py`?|\]\([^)]*\)|<[^>]+>|\(\d+\.\d+\)"
    r"|\b(?:Days?|Figures?|[Ss]ections?|[Ee]xercises?)\s+\d+(?:\.\d+)?"
    r"(?:(?:\s+(?:to|and)|,)\s+\d+(?:\.\d+)?)*"
)
NUMBER = re.compile(
    r"(?P<digits>(?<![\w.,])[-+\N{MINUS SIGN}]?(?:\d{1,3}(?:,\d{3})+|\d+)"
    r"(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    r"(?P<percent>\s?(?:%|percent|points))?"
)
MINUTES = re.compile(r"\babout [\d.]+ (?:to [\d.]+ )?(?:seconds|minutes)\b")


def fingerprint(script: Path) -> str:
    return hashlib.sha256(script.read_text(encoding="utf-8").encode()).hexdigest()[:16]


def head(script: Path) -> str:
    """The first lines of a saved output, the same whenever and wherever it was made."""
    return f"# python tests/experiments/{script.name}\n# script {fingerprint(script)}\n\n"


def run(script: Path, folder: Path = ROOT) -> int:
    """Run a script in `folder`, show what it prints, and save it beside the script. The script's
    exit status.
    """
    printed = []
    command = [sys.executable, str(script)]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            printed.append(line.rstrip() + "\n")
    if process.returncode == 0:
        script.with_suffix(".txt").write_text(
            head(script) + "".join(printed), encoding="utf-8", newline="\n"
        )
    return process.returncode


# --------------------------------------------------------------------------------- what texts quote


def texts(folder: Path) -> dict[str, str]:
    """The prose of a lesson: README.md, and each markdown cell by the notebook's name and the
    cell's place.
    """
    cells = read_notebook(folder).cells
    found = {
        f"{notebook_path(folder).name}, cell {place}": cell.source
        for place, cell in enumerate(cells)
        if cell.cell_type == "markdown"
    }
    return {"README.md": (folder / "README.md").read_text(encoding="utf-8")} | found


def sentences(text: str) -> list[list[str]]:
    """The sentences of each paragraph. A row of a table is one; line breaks within a sentence
    become spaces.
    """
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        whole = re.sub(r"\s*\n\s*(?!\s*[|*-] )", " ", paragraph.strip())
        found.append(
            [part.strip() for part in re.split(r"(?<=[.!?])[)*_\"]*\s+|\n", whole) if part.strip()]
        )
    return found


def numbers(text: str) -> list[re.Match[str]]:
    """The numbers that a text quotes, without those that name a place in the course."""
    return list(NUMBER.finditer(PLACES.sub(" ", text)))


def value(digits: str) -> float:
    return float(digits.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def stands_in(quoted: re.Match[str], printed: list[float]) -> bool:
    """Whether a quoted number is one of those, rounded as it is quoted. 91.4% may be printed as
    0.914.

    A whole number that is no percentage must be printed as it is: "300 steps" is not 299.6.
    """
    digits, said = quoted["digits"], value(quoted["digits"])
    half = 0.5 * 10.0 ** -len(digits.partition(".")[2])
    if not quoted["percent"]:
        slack = (
            half * (1 + 1e-6) if "." in digits and "e" not in digits.lower() else 1e-9 * abs(said)
        )
        return any(abs(number - said) <= slack for number in printed)
    return any(
        abs(scale * number - said) <= half * (1 + 1e-6) for scale in (1, 100) for number in printed
    )


def quotes(text: str) -> Iterator[tuple[str, str]]:
    """The name of each script that a text names, with the sentence or the rows of a table that
    quote its numbers.

    That is the sentence with the name; if it has no number, the one before it ("It reads 91.4%.
    (From `…`.)"), and at the beginning of a paragraph the table above it.
    """
    above: list[str] = []
    for paragraph in sentences(text):
        for place, sentence in enumerate(paragraph):
            for name in NAMED.findall(sentence):
                if numbers(sentence):
                    yield name, sentence
                elif place:
                    yield name, paragraph[place - 1]
                else:
                    yield from ((name, row) for row in above if row.startswith("|"))
        above = paragraph


def numbers_without_script(folder: Path) -> list[str]:
    """Sentences of a lesson that say a number was measured elsewhere and name no script."""
    return [
        f"{folder.name}/{where}: names no script of tests/experiments: {sentence[:120]}"
        for where, text in texts(folder).items()
        for paragraph in sentences(text)
        for sentence in paragraph
        if ELSEWHERE.search(sentence) and not NAMED.search(sentence)
    ]


def quoted_numbers_not_printed(folder: Path, scripts: Path = FOLDER) -> list[str]:
    """What a second-edition lesson quotes from a script and the script's saved output does not
    hold.

    Empty for the first edition, whose scripts have no saved outputs.
    """
    if edition(read_notebook(folder)) == 1:
        return []
    found = []
    for where, text in texts(folder).items():
        named = [(name, "") for name in NAMED.findall(text)]
        for name, sentence in dict.fromkeys([*named, *quotes(text)]):
            script = scripts / f"{name}.py"
            saved = script.with_suffix(".txt")
            about = f"{folder.name}/{where}: {name}.py"
            if not script.is_file():
                found.append(f"{about} does not exist")
            elif not saved.is_file():
                found.append(
                    f"{about} has no saved output; make it with python tools/experiments.py {name}"
                )
            elif head(script) not in (content := saved.read_text(encoding="utf-8")):
                found.append(
                    f"{about} is newer than its saved output; run tools/experiments.py {name}"
                )
            else:
                content = content.removeprefix(head(script))
                printed = [value(match["digits"]) for match in NUMBER.finditer(content)]
                found += [
                    f"{about} did not print {match[0]}: {sentence[:120]}"
                    for match in numbers(sentence)
                    if not stands_in(match, printed)
                ]
    return list(dict.fromkeys(found))


# ----------------------------------------------------------------------------- the form of a script


def names_in(folder: Path) -> set[str]:
    """The scripts that a lesson names, in its README or anywhere in its notebook."""
    sources = [cell.source for cell in read_notebook(folder).cells]
    return set(
        NAMED.findall("\n".join([(folder / "README.md").read_text(encoding="utf-8"), *sources]))
    )


def is_definition(node: ast.stmt) -> bool:
    """Whether a statement at the top level of a script only defines: imports, functions, values,
    settings of a library.
    """
    if isinstance(node, ast.Expr):
        called = ast.unparse(node.value.func) if isinstance(node.value, ast.Call) else ""
        return isinstance(node.value, ast.Constant) or called in (
            "sys.path.insert",
            "os.environ.setdefault",
        )
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "__name__ == '__main__'"
    return isinstance(
        node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    )


def script_problems(script: Path) -> list[str]:
    """What a script of tests/experiments lacks: a docstring with day, command and run time; a
    guarded main.
    """
    tree = ast.parse(script.read_text(encoding="utf-8"))
    text, found = ast.get_docstring(tree, clean=False) or "", []
    if not re.match(rf"Day {day_number(script)}\b", text):
        found.append(f"the docstring must begin with 'Day {day_number(script)}'")
    if f"\n    python tests/experiments/{script.name}" not in text:
        found.append(f"the docstring must give the command, python tests/experiments/{script.name}")
    if not MINUTES.search(text):
        found.append(
            "the docstring must say how long it runs: 'about 20 seconds', 'about 4 minutes'"
        )
    if doing := [node.lineno for node in tree.body if not is_definition(node)]:
        found.append(
            f"line {doing[0]} does something when the script is imported; put it into main()"
        )
    if not any(isinstance(node, ast.If) and is_definition(node) for node in tree.body):
        found.append('no if __name__ == "__main__":')
    return [f"{script.name}: {problem}" for problem in found]


def main(chosen: list[str]) -> int:
    if not chosen or chosen[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if chosen else 2
    scripts = [FOLDER / f"{Path(name).stem}.py" for name in chosen]
    if missing := [script.name for script in scripts if not script.is_file()]:
        there = " ".join(sorted(path.stem for path in FOLDER.glob("*.py")))
        print(f"There is no {missing[0]} in tests/experiments. There are: {there}", file=sys.stderr)
        return 2
    isolate_this_process()
    os.environ["PYTHONUTF8"] = "1"
    failed = [script.name for script in scripts if run(script)]
    if failed:
        print(f"Failed, and nothing was saved: {' '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
