"""Checks of the import formats (imports/*.toml): every key, column, code and spelling, against format_keys.csv."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from estran.catalogue.checks.tables import Tables, fault, pattern_error, remedy_of, toml_lines
from estran.catalogue.labels import word
from estran.catalogue.loading import Row
from estran.common.language import _
from estran.common.problems import Problem
from estran.common.vocabulary import plain_text

Place = tuple[str | int, ...]
KEYS = "format_keys"
COLUMN_TYPES = {"choices": "choice", "dates": "date", "texts": "text"}  # admitted → type of the columns it admits


def check_formats(tables: Tables) -> Iterator[Problem]:
    """The faults of every format of a catalogue."""
    for path in sorted((tables.root / "imports").glob("*.toml")):
        yield from _Format(tables, path).faults()


class _Format:
    """One format: its values, the line of each, and what is wrong with them."""

    def __init__(self, tables: Tables, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self.tables, self.file = tables, path.relative_to(tables.root).as_posix()
        self.values, self.lines = tomllib.loads(text), toml_lines(text)

    @cached_property
    def keys(self) -> dict[str, dict[str, Row]]:
        """The known keys of every block: block → key → its row in format_keys.csv."""
        blocks: dict[str, dict[str, Row]] = {}
        for row in self.tables.rows(KEYS):
            blocks.setdefault(row["block"], {})[row["key"]] = row
        return blocks

    def fault(self, what: str, path: Place, value: object, remedy: str) -> Problem:
        """A fault at a key, or at the nearest block that has a line."""
        line = next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), None)
        return fault(what, self.file, value, line, remedy)

    def faults(self) -> Iterator[Problem]:
        yield from self.block(self.values.get("reader", "format"), self.values, (), str(self.values.get("kind", "")))

    def block(self, block: str, values: Mapping[str, Any], path: Place, kind: str) -> Iterator[Problem]:
        """Unknown and missing keys of a block, then the faults of each value."""
        rows = {
            key: row for key, row in self.keys[block].items() if not row["kinds"] or kind in row["kinds"].split("|")
        }
        for key in sorted(values.keys() - rows.keys()):
            what = _("Option inconnue d’un format d’import")
            yield self.fault(what, (*path, key), key, remedy_of(key, rows, self.tables.file(KEYS)))
        for key in (key for key, row in rows.items() if row["needed"] == "yes" and key not in values):
            what, remedy = _("Option absente d’un format d’import"), _("Ajouter « {name} » : {meaning}.")
            yield self.fault(what, path, key, remedy.format(name=key, meaning=rows[key]["meaning_fr"]))
        layout = values if block == "layout" else {}
        for key in (key for key in values if key in rows):
            yield from self.value(rows[key], values[key], (*path, key), kind, layout)
        if block == "layout" and "columns" in values:
            yield from self.never_recognised(values, path)
        if block == "values" and not {"unit", "unit_column"} & values.keys():
            what, remedy = _("Chiffre sans unité"), _("Ajouter « unit » ou « unit_column ».")
            yield self.fault(what, path, values.get("value", ""), remedy)

    def value(self, row: Row, value: Any, path: Place, kind: str, layout: Mapping[str, Any]) -> Iterator[Problem]:
        """The faults of one value, by the type that format_keys.csv gives it."""
        shape = row["type"]
        written: Any = PYTHON_TYPES.get(shape, str)
        if type(value) is not written:  # true is no number
            what = _("« {name} » n’a pas la bonne forme").format(name=row["key"])
            yield self.fault(what, path, value, word("how_to_write", written.__name__))
        elif shape == "blocks":
            for i, one in enumerate(value):
                yield from self.block(row["admitted"], one, (*path, i), kind)
        elif shape == "block":
            yield from self.block(row["key"], value, path, kind)
        elif shape in ("headers", "constants"):
            yield from self.by_column(shape, value, path, str(layout.get("table", "")))
        elif shape == "choice" and value not in row["admitted"].split("|"):
            yield from self.unknown([value], row["admitted"].split("|"), path, "")
        elif shape == "regex":
            if error := pattern_error(value):
                remedy = _("Corriger l’expression : {error}.").format(error=error)
                yield self.fault(_("Expression rationnelle illisible"), path, value, remedy)
        elif shape == "day" and not is_past_day(value):
            yield self.fault(_("Ce n’est pas un jour passé"), path, value, _("Écrire un jour comme 2026-11-29."))
        elif shape == "grade" and not 1 <= value <= 5:
            yield self.fault(_("Qualité hors de 1 à 5"), path, value, _("Écrire un nombre de 1 à 5."))
        elif shape in ("values", "words"):
            yield from self.spelled(value, path)
        elif shape == "codes_of":
            yield from self.codes_of(row["admitted"], value.values(), path)
        elif shape == "numbers_of" and not all(isinstance(number, int | float) for number in value.values()):
            yield self.fault(_("Ce n’est pas un nombre"), path, value, _("Écrire un nombre, avec un point."))
        elif shape in ("text", "texts") and row["admitted"]:
            yield from self.admitted(row, [value] if shape == "text" else value, path, layout)

    def admitted(self, row: Row, values: list[str], path: Place, layout: Mapping[str, Any]) -> Iterator[Problem]:
        """Names of tables, of columns of the layout's table, or codes of a table of the catalogue."""
        admitted = row["admitted"]
        if admitted == "tables":
            yield from self.unknown(values, self.tables.columns, path, self.tables.file("columns"))
        elif admitted == "read":
            yield from self.unknown(values, layout.get("columns", {}), path, self.file)
        elif admitted in COLUMN_TYPES:
            known = self.tables.columns.get(str(layout.get("table")), {})
            fitting = [name for name, column in known.items() if column["type"] == COLUMN_TYPES[admitted]]
            yield from self.unknown(values, fitting, path, self.tables.file("columns"))
        elif admitted == "units":
            known_units = [*self.tables.units.values(), *self.tables.codes("impact_units", "unit")]
            yield from self.unknown([*filter(None, values)], known_units, path, self.tables.file("impact_units"))
        else:
            yield from self.codes_of(admitted, values, path)

    def codes_of(self, table: str, values: Collection[str], path: Place) -> Iterator[Problem]:
        yield from self.unknown(values, self.tables.codes(table), path, self.tables.file(table))

    def by_column(self, shape: str, values: Mapping[str, Any], path: Place, table: str) -> Iterator[Problem]:
        """Keys that are columns of the table of a layout; headers are texts, a constant is a value of its column."""
        known = self.tables.columns.get(table, {})
        names = [*known, *(self.keys["computed"] if shape == "headers" else ())]
        for column, value in values.items():
            if known:
                yield from self.unknown([column], names, (*path, column), self.tables.file("columns"))
            if shape == "headers" and not (
                isinstance(value, list) and value and all(isinstance(one, str) for one in value)
            ):
                what, remedy = _("Colonne sans en-tête"), _("Écrire ses en-têtes entre crochets et guillemets.")
                yield self.fault(what, (*path, column), column, remedy)
            choices = (known[column]["choices"] or "").split("|") if column in known else [""]
            if shape == "constants" and choices != [""]:
                yield from self.unknown([value], choices, (*path, column), "")

    def unknown(self, values: Collection[str], known: Collection[str], path: Place, table: str) -> Iterator[Problem]:
        for value in values:
            if value not in known:
                what = _("Code inconnu ({name})").format(name=path[-1])
                yield self.fault(what, path, value, remedy_of(str(value), known, table))

    def spelled(self, value: Any, path: Place) -> Iterator[Problem]:
        """Cells are compared in lower case without accents: a text written otherwise never matches."""
        listed = value.items() if isinstance(value, dict) else [("", value)]
        for header, texts in listed:
            for text in texts:
                if text != plain_text(text):
                    what = _("Texte qui ne sera jamais reconnu")
                    remedy = _("Écrire « {text} », en minuscules et sans accent.").format(text=plain_text(text))
                    yield self.fault(what, (*path, header) if header else path, text, remedy)

    def never_recognised(self, layout: Mapping[str, Any], path: Place) -> Iterator[Problem]:
        headers = [name for names in layout["columns"].values() for name in names]
        known = len({*headers, *layout.get("unused", ()), *layout.get("skip", ())})
        if isinstance(least := layout.get("least", 1), int) and least > known:
            what, remedy = _("Format qui ne sera jamais reconnu"), _("Il n’a que {n} en-têtes : baisser « least ».")
            yield self.fault(what, (*path, "least"), least, remedy.format(n=known))


# The types of format_keys.csv that are no text in TOML.
PYTHON_TYPES: dict[str, type] = {
    **dict.fromkeys(("number", "grade"), int),
    "flag": bool,
    **dict.fromkeys(("texts", "words", "blocks"), list),
    **dict.fromkeys(
        ("headers", "constants", "values", "block", "words_of", "codes_of", "texts_of", "numbers_of"), dict
    ),
}


def is_past_day(text: str) -> bool:
    """The text is a day written AAAA-MM-JJ, and not one to come."""
    try:
        return date.fromisoformat(text) <= date.today()
    except ValueError:
        return False
