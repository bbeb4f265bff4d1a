"""The perimeter of a run: which entities and uses count, and the dated headcounts, in a versioned file (S1, S2)."""

import fnmatch
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from estran.common.language import _
from estran.common.problems import CannotUse, Problem

SHIPPED = Path(__file__).parent.parent / "catalogue" / "perimeters" / "default.toml"
USES = ("schools", "cloud_and_services", "telework", "it_department", "paper", "buildings")
PEOPLE = ("agents", "pupils", "teachers", "elected")


@dataclass(frozen=True)
class Perimeter:
    """One version of a perimeter; `entities`, `schools` and the `entity` of an exclusion are patterns on the entity,
    accents and capitals ignored."""

    id: str
    version: str
    valid_from: str
    label: str
    entities: tuple[str, ...]
    schools: tuple[str, ...]
    include: dict[str, bool]
    exclusions: tuple[dict[str, str], ...]
    headcounts: tuple[dict[str, Any], ...]

    def is_school(self, entity: str) -> bool:
        """The entity is a middle school."""
        return matches(entity, self.schools)

    def holds(self, entity: str) -> bool:
        """The entity counts in this perimeter."""
        left_out = [row["entity"] for row in self.exclusions if row.get("entity")]
        within = tuple(pattern for one in left_out for pattern in (one, f"{one} > *"))
        inside = matches(entity, self.entities) and not matches(entity, within)
        return inside and (self.include["schools"] or not self.is_school(entity))


def read_perimeter(path: Path | None) -> Perimeter:
    """The perimeter of a TOML file, or the shipped one. Errors: CannotUse, with every fault of the file (S1, S2)."""
    path = path or SHIPPED
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = _("Le fichier de périmètre ne peut pas être lu : {error}.").format(error=error)
        raise CannotUse(
            Problem(what=what, remedy=_("Partir d’un périmètre d’exemple et le corriger."), file=str(path))
        ) from None
    problems = [*_missing(values), *_wrong_uses(values), *_wrong_headcounts(values)]
    if problems:
        remedy = _("Corriger le fichier de périmètre.")
        raise CannotUse(*(Problem(what=what, remedy=remedy, file=path.name) for what in problems))
    return Perimeter(
        id=str(values["id"]),
        version=str(values["version"]),
        valid_from=str(values["valid_from"]),
        label=str(values.get("label", values["id"])),
        entities=tuple(values.get("entities", ["*"])),
        schools=tuple(values.get("schools", [])),
        include={use: bool(values.get("include", {}).get(use, True)) for use in USES},
        exclusions=tuple({key: str(value) for key, value in row.items()} for row in values.get("exclusions", [])),
        headcounts=tuple({**row, "date": str(row["date"])} for row in values.get("headcounts", [])),
    )


def _missing(values: dict[str, Any]) -> list[str]:
    return [
        _("Il manque « {name} ».").format(name=name) for name in ("id", "version", "valid_from") if name not in values
    ]


def _wrong_uses(values: dict[str, Any]) -> list[str]:
    unknown = [name for name in values.get("include", {}) if name not in USES]
    return [
        _("« {name} » n’est pas un usage connu ({known}).").format(name=name, known=", ".join(USES)) for name in unknown
    ]


def _wrong_headcounts(values: dict[str, Any]) -> list[str]:
    faults = []
    for row in values.get("headcounts", []):
        if row.get("who") not in PEOPLE or not isinstance(row.get("value"), int | float) or row["value"] <= 0:
            faults.append(_("Un effectif doit dire qui ({known}) et combien.").format(known=", ".join(PEOPLE)))
        if not isinstance(row.get("date"), date):
            faults.append(
                _("L’effectif « {who} » n’a pas de date : un rapport sans date serait refusé.").format(
                    who=row.get("who", "?")
                )
            )
    return faults


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def matches(entity: str, patterns: tuple[str, ...]) -> bool:
    """The entity matches one of the patterns, accents and capitals ignored."""
    return any(fnmatch.fnmatchcase(_plain(entity), _plain(pattern)) for pattern in patterns)
