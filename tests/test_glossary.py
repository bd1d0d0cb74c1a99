"""GLOSSARY.md: every symbol of the notation contract, and terms that the linked day really explains."""

import re

import pytest

import lesson_rules
from lessons import DAYS, ROOT, day_number, read_notebook

TEXT = (ROOT / "GLOSSARY.md").read_text("utf-8")


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in a text, their heads left out."""
    found = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    return [row for row in found if row[0] not in ("Term", "Symbol", "in maths")]


TERMS, SYMBOLS = (rows(part) for part in TEXT.partition("## Terms")[2].split("## Symbols"))
PROSE = {day_number(folder): (folder / "README.md").read_text("utf-8") + "\n".join(cell.source for cell in read_notebook(folder).cells if cell.cell_type == "markdown")
         for folder in DAYS}


def day_of(link: str) -> int:
    """The day that a link of the last column leads to; it must lead to that day's README."""
    number, target = re.fullmatch(r"\[Day (\d+)\]\((day\d\d_\w+/README\.md)\)", link).groups()
    assert (ROOT / target).exists() and target.startswith(f"day{int(number):02d}_"), link
    return int(number)


def test_symbols_are_those_of_the_notation_contract():
    contract = {row[0]: row for row in rows((ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Notation")[2].partition("## ")[0])}
    assert len(contract) > 30 and set(contract) == {row[0] for row in SYMBOLS}
    for symbol, code, meaning, link in SYMBOLS:
        _, code_there, shape, meaning_there = contract[symbol]
        given = re.match(r"Day (\d+): ", meaning_there)
        assert code == code_there and meaning == re.sub(r"^Day \d+: ", "", meaning_there), symbol
        assert not given or int(given[1]) == day_of(link), symbol


@pytest.mark.parametrize("term, meaning, link", TERMS, ids=[row[0] for row in TERMS])
def test_term_is_explained_on_its_day(term, meaning, link):
    name = re.sub(r" \(.*\)", "", term).split(" and ")[0].split(", ")[0]
    said = re.search(rf"\b{re.escape(name)}(s|es|ed|d|al|ing)?\b", PROSE[day_of(link)], 0 if name[0].isupper() else re.I)
    assert said, f"'{name}' is not in the prose of {link}"
    assert len(meaning.split()) <= 32 and meaning.endswith((".", ")"))


def test_terms_are_sorted_and_stand_once():
    names = [row[0] for row in TERMS]
    assert len(names) >= 100 and names == sorted(set(names), key=str.lower)


def test_page_can_be_read_by_ear_and_is_linked():
    assert not list(lesson_rules.access_problems("GLOSSARY.md", TEXT))
    assert "(GLOSSARY.md)" in (ROOT / "README.md").read_text("utf-8")
