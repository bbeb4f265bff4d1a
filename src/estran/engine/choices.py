"""What the user chose for a run, and what makes a choice impossible."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from estran.common.language import _
from estran.common.problems import Problem
from estran.common.shipped import text_rows
from estran.engine.steps import BASE_METHOD, known_methods

ENGINES = ("duckdb", "spark")


@cache
def known_editions() -> tuple[str, ...]:
    """The editions of the method, the latest one last: those of method_parameters.csv."""
    return tuple(sorted({row["edition"] for row in text_rows("method_parameters") if row["edition"]}, key=int))


def latest_edition() -> str:
    """The edition that a new run takes."""
    return known_editions()[-1]


@dataclass(frozen=True)
class Choices:
    """What the user chose for a run; the rest comes from the estates and the catalogue."""

    year: int
    factor_set: str = "ademe"
    catalogue: Path | None = None
    overlay: Path | None = None
    method: str = BASE_METHOD
    view: str = "stock"
    perimeter: Path | None = None
    criteria: tuple[str, ...] = ()
    outlived: str = "floor"
    calculation_day: str | None = None
    detail: bool = False
    engine: str = "duckdb"
    master: str = "local[*]"
    edition: str = field(default_factory=latest_edition)

    def problems(self) -> list[Problem]:
        """What is not possible in these choices, whatever the estates."""
        problems = []
        if not 1990 <= self.year <= 2100:
            what = _("L’année {year} n’est pas possible.").format(year=self.year)
            problems.append(Problem(what, _("Donner une année entre 1990 et 2100.")))
        if self.method not in (known := known_methods()):
            what = _("La méthode « {name} » n’existe pas.").format(name=self.method)
            problems.append(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(known))))
        if self.edition not in known_editions():
            what = _("L’édition « {name} » de la méthode n’existe pas.").format(name=self.edition)
            problems.append(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(known_editions()))))
        if self.view not in ("stock", "flow"):
            what = _("La vue « {name} » n’existe pas.").format(name=self.view)
            problems.append(Problem(what, _("Choisir « stock » (parc) ou « flow » (achats de l’année).")))
        if self.engine not in ENGINES:
            what = _("Le moteur « {name} » n’existe pas.").format(name=self.engine)
            problems.append(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(ENGINES))))
        return problems
