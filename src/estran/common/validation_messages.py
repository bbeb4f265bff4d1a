"""What is wrong with a cell or a file, said for a reader: the fault, its place, its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from estran.common import formatting, vocabulary
from estran.common.language import _, current_language
from estran.common.problems import CannotUse, Problem, refuse_file
from estran.common.system_faults import refusal_of_system
from estran.common.table_schema import Column, columns


def problem_of_reject(by_name: dict[str, Column], cell: dict[str, str], file: str, line: int) -> Problem:
    """The fault of one cell of `reject`; without a name, the cells beyond the header."""
    value = cell["value"]
    if cell["name"]:
        return problem_of_cell(by_name[cell["name"]], value, file, line)
    what = _("La ligne a plus de cellules que l’en-tête : « {value} » est en trop.").format(value=value)
    remedy = _("Mettre entre guillemets le texte ou le nombre qui contient le séparateur, ou corriger l’en-tête.")
    return Problem(what, remedy, file, line, value=value)


def refused_row(table: str, line: int, cells: list[dict[str, str]], texts: Mapping[str, str | None]) -> dict[str, Any]:
    """A rejected row as rejects.csv has it, but for its file: its texts, and `refused_line`."""
    by_name = {column.column: column for column in columns(table)}
    problems = [problem_of_reject(by_name, cell, "", line) for cell in cells]
    names = " | ".join(cell["name"] for cell in cells)  # the codes, not what they are called
    filled = {name: text for name, text in texts.items() if text is not None}
    return filled | refused_line(line, problems) | {"column": names}


def refused_line(line: int, problems: list[Problem]) -> dict[str, Any]:
    """What is wrong with a rejected line and the remedy, as the first columns of rejects.csv say it."""
    return {
        "line": line,
        "column": " | ".join(problem.column for problem in problems),
        "value": " | ".join(problem.value for problem in problems),
        "what": " ".join(problem.what for problem in problems),
        "remedy": " ".join(dict.fromkeys(problem.remedy for problem in problems)),
    }


def problem_of_cell(column: Column, value: str | None, file: str, line: int) -> Problem:
    """The fault of one cell, said with its remedy."""
    name, text = column.label_fr, value or ""
    negative = text.lstrip().startswith(("-", "\u2212"))
    low, high = column.minimum or "", column.maximum or "9"
    is_date = column.type == "date"
    days = [one for one in days_of_slashed(text) if low <= one.isoformat() <= high] if is_date else []
    in_digits = any(sign.isdigit() for sign in text) and not any(sign.isalpha() for sign in text)
    if not text:
        what, remedy = _("« {name} » est vide."), _("Remplir cette cellule ou supprimer la ligne.")
    elif column.type == "text" and column.column != "entity":  # see `within` of an import
        what = _("« {value} » est déjà décrit par une autre entité, ou vaut pour toute l’organisation.")
        remedy = _("Demander à qui pilote la collecte de l’ajouter ou de le corriger.")
    elif column.type == "text":  # an entity that is not the sender’s
        what = _("« {value} » n’est ni l’entité qui envoie ce fichier, ni une partie d’elle.")
        remedy = _(
            "Mettre l’entité qui envoie, ou vider la cellule ; pour une autre entité, demander à qui pilote la "
            "collecte de reprendre le fichier à son nom."
        )
    elif column.type == "date" and text.startswith(("1899", "1900", "00/01/1900", "30/12/1899", "0000")):
        what = _(
            "« {value} » n’est pas une vraie date : le tableur a affiché une cellule vide ou un nombre comme une date."
        )
        remedy = _("Mettre la vraie date (31/12/2024 ou 2024-12-31) ou vider la cellule.")
    elif days:
        what, remedy = _what_of_slashed(text, days), _("Écrire la vraie date comme {iso}.")
    elif column.type == "date":
        what = _("« {value} » n’est pas une date du calendrier entre {low} et {high}.")
        remedy = _("Écrire 31/12/2024 ou 2024-12-31, ou vider la cellule si la date est inconnue.")
    elif column.type == "choice":
        what = _("« {value} » n’est pas une valeur de « {name} ».")
        remedy = _("Mettre l’une de ces valeurs : {choices}.")
    elif column.type == "period":
        what, remedy = _("« {value} » n’est ni une année ni un mois."), _("Écrire 2025-03, 03/2025 ou 2025.")
    elif column.type == "boolean":
        what, remedy = _("« {value} » n’est ni oui ni non."), _("Écrire oui, non, ou vider la cellule.")
    elif negative and column.minimum == "0":
        what = _("« {value} » est négatif.")
        remedy = _("Mettre un nombre positif, ou vider la cellule s’il est inconnu.")
    elif in_digits and (column.minimum or column.maximum):
        what = _("« {value} » n’est pas un nombre entre {low} et {high}.")
        remedy = _("Vérifier l’unité et la virgule, ou vider la cellule si la valeur est inconnue.")
    else:
        what = _("« {value} » n’est pas un nombre.")
        remedy = _("Écrire seulement le nombre (15 et non « 15 PC »), ou vider la cellule.")
    words = {"value": text, "name": name, "low": column.minimum or "−∞", "high": column.maximum or "∞"}
    words["choices"] = ", ".join(_choices(column))
    if days:
        shown = [formatting.day(one.isoformat()) for one in days]
        words |= {"iso": days[0].isoformat(), "first": shown[0], "second": shown[-1]}
    return Problem(what.format(**words), remedy.format(**words), file, line, name, text)


def days_of_slashed(text: str) -> list[date]:
    """The days that a date between slashes or dashes may be, day first then month first; none of another text."""
    numbers = re.match(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?:[ T]|$)", text)
    if numbers is None:
        return []
    one, other, year = map(int, numbers.groups())
    if len(numbers[3]) == 2:
        year += 1900 if year > 68 else 2000
    days = []
    for month, day in ((other, one), (one, other)):
        with suppress(ValueError):  # no such day
            days.append(date(year, month, day))
    return list(dict.fromkeys(days))


def _what_of_slashed(text: str, days: list[date]) -> str:
    """What is wrong with a date between slashes that is a day of the calendar: the order of its column is another."""
    if len(days) > 1:
        return _("« {value} » est le {first} (jour/mois) ou le {second} (mois/jour) : sa colonne ne dit pas lequel.")
    if text.startswith((f"{days[0].day:02d}", f"{days[0].day}")):
        return _("« {value} » se lit {first} le jour d’abord, alors que sa colonne met le mois d’abord.")
    return _("« {value} » se lit {first} le mois d’abord, alors que le jour est attendu d’abord.")


def _choices(column: Column) -> list[str]:
    """What a choice admits, in French words where the table has them."""
    words = vocabulary.choice_labels(f"{column.table}.{column.column}") if current_language() == "fr" else {}
    return [words.get(choice, choice) for choice in column.choices]


def unreadable(path: Path, error: Any) -> CannotUse:
    """A fault that DuckDB met in the bytes themselves, or a refusal of the system, said for a reader."""
    if refusal := refusal_of_system(error):
        return refusal
    line = re.search(r"Line: (\d+)", str(error))
    return refuse_file(
        path,
        _("Le fichier ne peut pas être lu jusqu’au bout : il est abîmé ou n’est pas un tableau."),
        _("L’ouvrir dans un tableur, vérifier cette ligne, l’enregistrer de nouveau en CSV (UTF-8) ou en XLSX."),
        int(line.group(1)) if line else None,
    )


@contextmanager
def refusing_damaged(path: Path) -> Iterator[None]:
    """Refuse a file whose bytes or values DuckDB cannot use; of a damaged Parquet it says so by no class of error."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        of_the_file = (duckdb.InvalidInputException, duckdb.IOException, duckdb.DataError)
        if isinstance(error, of_the_file) or type(error) is duckdb.Error:
            raise unreadable(path, error) from None
        raise
