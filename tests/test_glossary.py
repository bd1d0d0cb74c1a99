"""GLOSSARY.md: terms that the linked day explains, and all symbols, each found on its day."""

import functools
import re

import pytest

import lesson_rules
from lessons import DAYS, ROOT, day_number, read_notebook

TEXT = (ROOT / "GLOSSARY.md").read_text("utf-8")
HEADS = {
    "terms": ["Term", "Meaning", "Introduced"],
    "every day": ["Symbol", "In code", "Shape", "Meaning", "Introduced"],
    "a day": ["Symbol", "In code", "Shape", "Meaning"],
}
LONGEST_ROW = 160  # characters of a row of symbols; a longer one is not read


def tables(text: str) -> list[tuple[list[str], list[list[str]]]]:
    """The tables in a text: head and rows, as lists of cells."""
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.M):
        head, _, *rows = (
            [one.strip() for one in line.split("|")[1:-1]] for line in block.splitlines()
        )
        found.append((head, rows))
    return found


def day_of(link: str) -> int:
    """The day that a link leads to; it must lead to that day's README."""
    number, target = re.fullmatch(r"\[Day (\d+)\]\((day\d\d_\w+/README\.md)\)", link).groups()
    assert (ROOT / target).exists() and target.startswith(f"day{int(number):02d}_"), link
    return int(number)


def symbols(text: str) -> list[tuple[int, bool, list[str]]]:
    """The rows of the symbols: day, whether it holds on later days as well, cells."""
    found = []
    for section in text.partition("## Symbols")[2].split("\n### ")[1:]:
        title = section.partition("\n")[0]
        ((head, rows),) = tables(f"{section}\n")
        if title == "On every day":
            assert head == HEADS["every day"], head
            found += [(day_of(row[4]), True, row[:4]) for row in rows]
        else:
            day = int(re.fullmatch(r"Day (\d+)", title)[1])
            assert head == HEADS["a day"] and day_of(re.search(r"\[Day.*?\)", section)[0]) == day, (
                title
            )
            found += [(day, False, row) for row in rows]
    return found


((TERM_HEAD, TERMS),) = tables(TEXT.partition("## Symbols")[0])
SYMBOLS = symbols(TEXT)


@functools.cache
def day(number: int) -> tuple[str, str, str]:
    """Of a day the prose of README and notebook, the mathematics in it, and all code."""
    folder = next(one for one in DAYS if day_number(one) == number)
    cells = read_notebook(folder).cells
    prose = "\n\n".join(
        [
            (folder / "README.md").read_text("utf-8"),
            *(one.source for one in cells if one.cell_type == "markdown"),
        ]
    )
    code = "\n".join(
        [
            *(one.source for one in cells if one.cell_type == "code"),
            *(path.read_text("utf-8") for path in sorted(folder.glob("*.py"))),
        ]
    )
    return prose, "\n".join(re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", prose, re.S)), code


# ------------------------------------------------------------------------------------------ terms


def is_explained(term: str, prose: str) -> bool:
    r"""Whether a text explains a term, and not only uses it. One of:

    - it stands in bold: "the **margin**", "**Little's law.** Let …", "**hidden** layers";
    - a heading names it: "## 8. Film reviews, and a leak";
    - it is short for what stands in bold before it: "**generative adversarial network** (GAN)";
    - a formula defines it: \mathrm{ReLU}(z) = …;
    - a sentence begins with it and says what it is: "k-means, Day 2's distances and a loop: …".
    """
    name = re.sub(r" \(.*\)", "", term).split(" and ")[0].split(", ")[0]
    case = re.NOFLAG if name.isupper() else re.I
    words = r"(?:\*\*)? (?:\*\*)?".join(map(re.escape, name.split()))
    form = rf"(?<![\w-]){words}(?:s|es|ed|d|al|ing)?(?![\w-])"
    for part in re.split(r"\n\s*\n|\n(?=[-|#\d])", prose):
        if part.startswith("#") and re.search(form, part.partition("\n")[0], case):
            return True
        bold = [one.span() for one in re.finditer(r"\*\*(?! )[^*]+?\*\*", part)]
        if any(
            begin < one.end() and one.start() < end
            for one in re.finditer(form, part, case)
            for begin, end in bold
        ):
            return True
        if re.search(rf"\*\* \({form}\)", part, case):
            return True
        if re.search(rf"(?:^|[.:]\**\s){form}, [^.]+: ", part, case):
            return True
    return bool(re.search(rf"\\mathrm\{{{re.escape(name)}\}}\(\w\) =", prose))


@pytest.mark.parametrize("term, meaning, link", TERMS, ids=[row[0] for row in TERMS])
def test_term_is_explained_on_its_day(term, meaning, link):
    assert is_explained(term, day(day_of(link))[0]), (
        f"Day {day_of(link)} uses '{term}' and does not explain it: put it in bold where it does"
    )
    assert len(meaning.split()) <= 32 and meaning.endswith((".", ")"))


@pytest.mark.parametrize(
    "term, prose, explained",
    [
        ("margin", "With a large margin there are few mistakes.", False),
        ("margin", "some $\\gamma > 0$, the **margin**, satisfy", True),
        ("margin", "a **bold** word, then the margin, then **another**", False),
        ("margin", "a **marginalized** variable", False),
        ("hidden layer", "**hidden** layers, and an **output** layer", True),
        ("hidden layer", "two hidden layers", False),
        ("leak", "## 8. Film reviews, and a leak\n\nMore.", True),
        ("leak", "- **find** what a leak is\n- **split**", False),
        ("GAN", "In a **generative adversarial network** (GAN) a second", True),
        ("GAN", "In a generative adversarial network (GAN) a second", False),
        ("ReLU", "$$\\mathrm{ReLU}(z) = \\max(0, z)$$", True),
        ("ReLU", "$\\mathrm{ReLU}(z)$ and ReLU", False),
        ("k-means", "**By turns.** k-means, Day 2's distances and a loop: each row", True),
        ("k-means", "though k-means, which saw all numbers, parted them", False),
        ("head (of attention)", "Several **heads** side by side", True),
        ("query, key, value", "Each token has a **query**", True),
    ],
)
def test_to_use_a_term_is_not_to_explain_it(term, prose, explained):
    assert is_explained(term, prose) == explained


def test_terms_are_sorted_and_stand_once():
    names = [row[0] for row in TERMS]
    assert HEADS["terms"] == TERM_HEAD
    assert len(names) >= 100 and names == sorted(set(names), key=str.lower)


# ---------------------------------------------------------------------------------------- symbols


def symbol_problems(number: int, row: list[str]) -> list[str]:
    """What is wrong with a row of a day's symbols, one sentence each."""
    symbol, code, shape, meaning = row
    _, mathematics, program = day(number)
    found = [f"{symbol}: it has no shape or no meaning"] if not shape or not meaning else []
    if not (parts := re.findall(r"\$([^$]+)\$", symbol)) or re.sub(r"\$[^$]+\$|, ", "", symbol):
        found.append(f"{symbol}: symbols stand in dollars, with commas between")
    for part in parts:
        forms = [
            part,
            part.replace("(l)", "(1)"),
            re.sub(r"^(\\partial L)/(\\partial .+)$", r"\\frac{\1}{\2}", part),
        ]
        end = {form: r"(?![a-zA-Z])" if form[-1].isalpha() else "" for form in forms}
        if not any(re.search(re.escape(form) + end[form], mathematics) for form in forms):
            found.append(f"{symbol}: ${part}$ is not in the mathematics of Day {number}")
    found += [
        f"{symbol}: `{name}` is not in the code of Day {number}"
        for name in re.findall(r"`([^`]+)`", code)
        if not re.search(rf"\b{re.escape(name)}\b", program)
    ]
    return found


@pytest.mark.parametrize("number", range(1, 16))
def test_symbols_are_found_on_their_day(number):
    rows = [row for of_day, _, row in SYMBOLS if of_day == number]
    found = [problem for row in rows for problem in symbol_problems(number, row)]
    assert rows and not found, "\n".join(found)


@pytest.mark.parametrize(
    "row, said",
    [
        (["$R$", "`R`", "scalar", "radius"], ""),
        (
            ["$R$", "`radius_of_all`", "scalar", "radius"],
            "`radius_of_all` is not in the code of Day 1",
        ),
        ([r"$\zeta$", "", "scalar", "radius"], "is not in the mathematics of Day 1"),
        ([r"$R$, $\zeta$", "", "scalar", "radius"], "is not in the mathematics of Day 1"),
        (["R", "`R`", "scalar", "radius"], "symbols stand in dollars"),
        (["$R$", "`R`", "", "radius"], "it has no shape or no meaning"),
    ],
)
def test_a_planted_symbol_is_found(row, said):
    found = symbol_problems(1, row)
    assert found == [] if not said else said in "\n".join(found), found


def order_problems(rows: list[tuple[int, bool, list[str]]]) -> list[str]:
    """Symbols that stand twice in a table, and days that are not in order."""
    found, own, places = [], [number for number, everywhere, _ in rows if not everywhere], set()
    for number, everywhere, row in rows:
        for symbol in re.findall(r"\$[^$]+\$", row[0]):
            place = 0 if everywhere else number
            if (place, symbol) in places:
                table = f"Day {place}" if place else "every day"
                found.append(f"{symbol} stands twice in the table of {table}")
            places.add((place, symbol))
    return found + (["the days are not in order"] if own != sorted(own) else [])


def test_symbols_stand_once_and_in_order():
    assert len(SYMBOLS) > 100 and not order_problems(SYMBOLS)
    assert order_problems([(1, False, ["$m$"]), (2, False, ["$m$"]), (1, True, ["$m$"])]) == []
    assert order_problems([(1, False, ["$u$, $m$"]), (1, False, ["$m$"])]) == [
        "$m$ stands twice in the table of Day 1"
    ]
    assert order_problems([(2, False, ["$m$"]), (1, False, ["$m$"])]) == [
        "the days are not in order"
    ]


def test_rows_of_symbols_can_be_read():
    rows = [line for line in TEXT.partition("## Symbols")[2].splitlines() if line.startswith("|")]
    assert not [line for line in rows if len(line) > LONGEST_ROW]


def test_notation_stands_in_the_glossary_alone():
    section = (
        (ROOT / "CONTRIBUTING.md")
        .read_text("utf-8")
        .partition("## Notation")[2]
        .partition("\n## ")[0]
    )
    assert "(GLOSSARY.md#symbols)" in section and not tables(section)


def test_page_can_be_read_by_ear_and_is_linked():
    assert not list(lesson_rules.access_problems("GLOSSARY.md", TEXT))
    assert "(GLOSSARY.md)" in (ROOT / "README.md").read_text("utf-8")
