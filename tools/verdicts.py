"""What `make progress` says of an exercise, from where it arises to where it is printed."""

from __future__ import annotations

import contextlib
import dataclasses
import enum


class Kind(enum.Enum):
    """Whether an exercise is solved; the value is the sign that `attempt` prints."""

    SOLVED = "✓"
    WRONG = "✗"
    UNTOUCHED = "…"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The verdict on one exercise: `sentence` says why, without sign and name.

    of_solution: it was said of the lesson's own solution, and so is none on the learner.
    """

    exercise: str
    kind: Kind
    sentence: str
    of_solution: bool = False

    def __str__(self) -> str:
        """The line that `attempt` prints: "✗ double: you squared it"."""
        return f"{self.kind.value} {self.exercise}: {self.sentence}"

    @classmethod
    def recorded(cls, exercise: str, line: str) -> Verdict:
        """From what `attempt` keeps of each call: the exercise, and the line that it prints."""
        name, _, sentence = line[2:].partition(": ")
        return cls(exercise, Kind(line[0]), sentence, name == f"{exercise}_solution")

    @classmethod
    def of_check(cls, exercise: str, name: str, error: BaseException | None) -> Verdict:
        """From how a check ended: None if it passed. name: of the answer that it was given."""
        kind, sentence = Kind.WRONG, ""
        with contextlib.suppress(Exception):  # an exception's own text can fail
            sentence = " ".join(str(error).split())[:300]
        if error is None:
            kind, sentence = Kind.SOLVED, "every check passes"
        elif isinstance(error, NotImplementedError):
            kind, sentence = Kind.UNTOUCHED, "not attempted yet"
        elif not isinstance(error, AssertionError):
            sentence = f"your code stopped with {type(error).__name__}: {sentence}"
        return cls(exercise, kind, sentence, name == f"{exercise}_solution")


@dataclasses.dataclass(frozen=True)
class Failure:
    """How a cell failed. kind: the exception's name. line: where the cell is no Python, else 0."""

    kind: str
    text: str
    line: int = 0

    def sentence(self, cell: str = "the cell") -> str:
        """In one line, with these words for the cell."""
        if self.line:
            return f"line {self.line} of {cell} is not Python: {self.text}"
        return f"{cell} stopped with {self.kind}: {self.text}"
