"""Cells are found by what they define, and what cannot be found is said in one sentence."""

import ast

import nbformat
import pytest

import lessons
from lessons import DAYS, ROOT, beginning, cell_after, cell_defining, definition

CELLS = (
    "import math\nimport os.path as places\nfrom json import dumps",
    "def softmax(z):\n    inner = z\n    return inner\n\nclass Layer:\n    width = 3",
    "X, (y, [*rest]) = 1, (2, [3])\ncount: int = 4",
    "@staticmethod\ndef decorated():\n    pass\n\nasync def waits():\n    pass",
    "print(X)\nX[0] = 5\nLayer.height = 6\ncount += 1",
    "twice = 1",
    "twice = 2\nagain = 1\nagain = 2",
    "%matplotlib inline\nhidden = 1",
    "import softmax\nimport numbers",
    "import numbers",
)


def notebook_of(*sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place:02d}"
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("def softmax(z)"), *cells])


NOTEBOOK = notebook_of(*CELLS)


@pytest.mark.parametrize(
    "name, place",
    [
        ("math", 0),
        ("places", 0),
        ("dumps", 0),
        ("softmax", 1),
        ("Layer", 1),
        ("X", 2),
        ("y", 2),
        ("rest", 2),
        ("count", 2),
        ("decorated", 3),
        ("waits", 3),
        ("again", 6),
    ],
)
def test_the_one_cell_that_defines_a_name_is_found(name, place):
    assert cell_defining(NOTEBOOK, name).id == f"cell-{place:02d}"


@pytest.mark.parametrize(
    "name, said",
    [
        ("sofmax", "the notebook: no code cell defines sofmax at its top level. Near it: softmax."),
        ("inner", "no code cell defines inner"),  # inside a function
        ("width", "no code cell defines width"),  # inside a class
        ("height", "no code cell defines height"),  # an attribute
        ("hidden", "no code cell defines hidden"),  # beside a magic: the cell is not plain Python
        ("numbers", "2 cells define numbers: cell-08 (cell 9) and cell-09 (cell 10)"),
        ("zzz", "no code cell defines zzz at its top level."),
        (
            "twice",
            (
                "the notebook: 2 cells define twice: cell-05 (cell 6) and cell-06 (cell 7). Name "
                "what only one defines."
            ),
        ),
    ],
)
def test_a_name_that_no_cell_or_two_define_is_one_sentence(name, said):
    with pytest.raises(LookupError) as error:
        cell_defining(NOTEBOOK, name)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_folder_file_and_notebook_are_the_same_and_the_sentence_names_the_file(tmp_path):
    folder = tmp_path / "day01_toy"
    folder.mkdir()
    nbformat.write(NOTEBOOK, folder / "toy.ipynb")
    for where in (folder, folder / "toy.ipynb", NOTEBOOK):
        assert cell_defining(where, "softmax").source == CELLS[1]
    for where in (folder, folder / "toy.ipynb"):
        with pytest.raises(
            LookupError, match=r"^toy\.ipynb: no code cell defines softmaks .* softmax\.$"
        ):
            cell_defining(where, "softmaks")
    assert cell_after(folder, "count").source == CELLS[3]
    nbformat.write(notebook_of("final = 1"), folder / "toy.ipynb")
    with pytest.raises(LookupError, match="no code cell follows the one that defines final"):
        cell_after(folder, "final")


def test_a_definition_is_its_statement_alone():
    assert definition(NOTEBOOK, "softmax") == "def softmax(z):\n    inner = z\n    return inner\n"
    assert definition(NOTEBOOK, "decorated") == "@staticmethod\ndef decorated():\n    pass\n"
    assert definition(NOTEBOOK, "count") == "count: int = 4\n"
    with pytest.raises(LookupError, match="again is bound 2 times"):
        definition(NOTEBOOK, "again")


def test_the_beginning_of_a_cell_ends_where_a_text_stands_and_it_has_to_stand_there():
    assert beginning("a = 1\nb = 2\nb = 2", "b =") == "a = 1\n"
    with pytest.raises(LookupError, match="'a = 1' does not hold 'c ='"):
        beginning("a = 1", "c =")


def test_what_reworded_prints_did_to_a_fixture_is_a_sentence_now():
    """A lesson in which a print changes still gives its cells; one in which a function is renamed
    says so."""
    notebook = lessons.read_notebook(ROOT / "day12_transfer")
    for cell in notebook.cells:
        cell.source = cell.source.replace("test digits of each class", "digits")
    cell_defining(notebook, "X")
    for cell in notebook.cells:
        cell.source = cell.source.replace("def load_folder", "def load_pictures")
    with pytest.raises(
        LookupError, match=r"no code cell defines load_folder .* Near it: .*load_pictures"
    ):
        cell_defining(notebook, "load_folder")


# Each name by which a script of tests/ or tools/ picks a cell. A script for a number is run by
# hand, so here is asked whether it would still find its cells.
def picks(path) -> list[tuple[str, str]]:
    """(day, name) of the cells that a script picks: calls of the functions above with names written
    out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    days = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in lessons.NAMES
    ]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("cell_defining", "run"):
            found += [
                argument.value for argument in node.args if isinstance(argument, ast.Constant)
            ]
        elif isinstance(node, ast.For) and "cell_defining" in ast.unparse(node):
            items = [
                item.elts[0] if isinstance(item, ast.Tuple) else item
                for item in getattr(node.iter, "elts", ())
            ]
            found += [item.value for item in items if isinstance(item, ast.Constant)]
    return [(days[0], name) for name in found if isinstance(name, str) and name not in days]


SCRIPTS = sorted(
    path
    for path in (ROOT / "tests" / "experiments").glob("*.py")
    if "cell_defining" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script_for_a_number_finds_its_cells(path):
    found = picks(path)
    assert found
    for day, name in found:
        assert (ROOT / day) in DAYS and cell_defining(ROOT / day, name)


def test_no_selection_of_a_cell_ends_in_a_bare_stop_iteration():
    """`next(… for … in cells … if text in source)` says nothing when it finds nothing."""
    found = []
    for path in [*(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_next = (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "next"
                and len(node.args) == 1
            )
            if (
                is_next
                and isinstance(node.args[0], ast.GeneratorExp)
                and node.args[0].generators[0].ifs
            ):
                asked = " ".join(
                    ast.unparse(condition) for condition in node.args[0].generators[0].ifs
                )
                if "source" in asked or "tags" in asked:
                    found.append(f"{path.name}: {ast.unparse(node)}")
    assert not found, "\n".join(found)
