"""What the user chose for a run, and what makes a choice impossible."""

from dataclasses import dataclass
from pathlib import Path

from estran.common.language import _
from estran.common.problems import Problem
from estran.engine.steps import BASE_METHOD, known_methods

ENGINES = ("duckdb", "spark")


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

    def problems(self) -> list[Problem]:
        """What is not possible in these choices, whatever the estates."""
        problems = []
        if not 1990 <= self.year <= 2100:
            what = _("L’année {year} n’est pas possible.").format(year=self.year)
            problems.append(Problem(what, _("Donner une année entre 1990 et 2100.")))
        if self.method not in (known := known_methods()):
            what = _("La méthode « {name} » n’existe pas.").format(name=self.method)
            problems.append(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(known))))
        if self.view not in ("stock", "flow"):
            what = _("La vue « {name} » n’existe pas.").format(name=self.view)
            problems.append(Problem(what, _("Choisir « stock » (parc) ou « flow » (achats de l’année).")))
        if self.engine not in ENGINES:
            what = _("Le moteur « {name} » n’existe pas.").format(name=self.engine)
            problems.append(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(ENGINES))))
        return problems
