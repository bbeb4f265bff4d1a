"""What is wrong, where, and what to do: the only way Estran says no."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One fault of an input, with its place and its remedy, in the user's language.

    code: for those that a page offers to settle: `headers`, a column map does; `dates`, day or month first.
    """

    what: str
    remedy: str
    file: str = ""
    line: int | None = None
    column: str = ""
    value: str = ""
    code: str = ""


class CannotUse(Exception):
    """The input cannot be used at all: nothing was written (exit status 2)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.what for problem in problems))
        self.problems = problems


def refuse_file(path: Path, what: str, remedy: str, line: int | None = None) -> CannotUse:
    """The whole file is of no use: what and what to do."""
    return CannotUse(Problem(what=what, remedy=remedy, file=path.name, line=line))
