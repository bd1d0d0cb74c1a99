"""A second-edition lesson of a few cells, for the tests of the tools that know the edition."""

from pathlib import Path

import nbformat

README = """# Day 1: Toy

About 0 minutes: not yet counted · the notebook runs in about 6 seconds on two cores · needs: none

One sentence of five words.

<details><summary>Answer</summary>

Words that nobody counts, as they are folded.
</details>
"""
FIGURE = "\n".join(
    [
        "# figure: one colored square, in another color and another file in each run",
        "import io",
        "import os",
        "from IPython.display import Image, display",
        "from PIL import Image as Pixels",
        "square = Pixels.new('RGB', (4, 4), tuple(os.urandom(3)))",
        "file = io.BytesIO()",
        "",
        "square.save(file, 'PNG')",
        "display(Image(file.getvalue()))",
        "print('Figure 1.1  a square')",
    ]
)
NUMBER = "import os\nprint(f'about ≈{int.from_bytes(os.urandom(3)) / 7:.2f} s, and 5 of 10')"


def cells() -> list:
    """Not executed, and folded wrongly: what is to be folded is open, and the other way round."""
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    folded = {"jupyter": {"source_hidden": True, "outputs_hidden": True}}
    return [
        markdown("# Toy\n\n[Theory](README.md)\n\nAn opening of a few words."),
        code("import math", metadata={"tags": ["setup"]}),
        markdown("## 1. Numbers that change"),
        code(NUMBER, metadata=folded | {"tags": ["hide-input"]}),
        markdown("**Guess first:** how much is it?\n\n- 1\n- 2"),
        code("print('answer, folded:')\nprint(1 + 1)"),
        code(
            "# proof: the sum\nassert 1 + 1 == 2\nprint('✓ 1 + 1 = 2')",
            metadata={"tags": ["proof"]},
        ),
        markdown("## 2. A picture | and a bar", metadata=folded),
        code(FIGURE, metadata={"tags": ["figure"]}),
        code("print('a short figure')", metadata=folded | {"tags": ["figure", "hide-input"]}),
        markdown("**Try it:** change 3 to 4."),
        code("print(3)", metadata={"tags": ["play"]}),
        markdown("## Deeper: one more\n\n" + 60 * "word "),
        code("print('deep')"),
        markdown("## Exercises\n\n### Exercise 1 (easy, 5 minutes): add"),
        code("def add(a, b):\n    raise NotImplementedError", metadata={"tags": ["exercise"]}),
        code("print('…')", metadata={"tags": ["check", "nbval-ignore-output"]}),
        code("def add_solution(a, b):\n    return a + b", metadata={"tags": ["solution"]}),
        markdown("### Exercise 2 (medium): nothing more"),
    ]


def write(folder: Path, changed=lambda cells: None, readme: str = README):
    """Write README.md and the notebook of a lesson into a folder day01_toy; changed: edits the
    cells before.
    """
    content = cells()
    changed(content)
    notebook = nbformat.v4.new_notebook(cells=content, metadata={"dl15": {"edition": 2}})
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text(readme, encoding="utf-8")
    nbformat.write(notebook, folder / "toy.ipynb")
    return notebook
