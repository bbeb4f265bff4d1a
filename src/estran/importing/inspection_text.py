"""What an inspection says in words: the names of types and of evidence, what to mend first, the page import.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estran.catalogue.labels import words_of
from estran.common.formatting import count, day, number, percent, quantity
from estran.common.language import _, ngettext
from estran.common.shipped import in_words, row_labels, rows_by_code
from estran.importing.inspection import Inspection, Line, Oddity, text_of

UNIT = "kg CO2 eq"


@dataclass(frozen=True)
class Advice:
    """Something to mend: what is the matter, what to do; `share` of the estimated footprint, None if it has none."""

    what: str
    remedy: str
    share: float | None = None


def type_label(code: str) -> str:
    """The name of an item type."""
    return row_labels("item_types").get(code, code) if code else _("Type inconnu")


def evidence_label(code: str) -> str:
    """By what a label was recognised."""
    return row_labels("evidence").get(code, code) if code else _("Import plus ancien")


def share_of(inspection: Inspection, kg: float) -> float | None:
    """A part of the estimated footprint, None when nothing weighs."""
    return round(kg / inspection.kg, 12) if inspection.kg else None  # sums in another order: all of it is all of it


def states_sentence(inspection: Inspection) -> str:
    """The three states with their share of the estimate; without equipment there is nothing to estimate."""
    if not inspection.kg:
        return _("Aucun matériel dont le poids puisse être estimé ici : le calcul dira celui des flux et des services.")
    shares = {code: share_of(inspection, state["kg"]) for code, state in inspection.states.items()}
    parts = ", ".join(f"{text} {percent(shares[code])}" for code, text in words_of("recognition").items())
    total = quantity(inspection.kg, UNIT)
    sentence = _("Part de l’empreinte estimée ({total} par an) : {parts}.")
    return sentence.format(total=total, parts=parts)


def estimate_note() -> str:
    """What the estimate is, and is not."""
    return _(
        "Estimation pour savoir quoi regarder d’abord, pas un résultat : nombre × (fabrication ÷ durée d’usage "
        "+ électricité) par défaut du type ; un matériel inconnu, ou dont rien n’est publié, y compte comme un moyen."
    )


def describe_oddity(oddity: Oddity) -> Advice:
    """The sentence of an oddity, and what to do about it."""
    row = rows_by_code("oddities")[oddity.code]
    words = {name: _written(name, value) for name, value in oddity.values.items()}
    return Advice(in_words(row, "label").format(**words), in_words(row, "remedy").format(**words))


def _written(name: str, value: Any) -> str:
    if name == "type":
        return type_label(value)
    if name in ("share", "usual"):
        return percent(value)
    if name == "date":
        return day(value)
    if name == "labels":
        return ", ".join(_("« {text} »").format(text=text) for text in value)
    if isinstance(value, float | int):
        return number(value) if name == "ratio" else count(value)
    return str(value)


def advice_of(inspection: Inspection, folder: str, rejected: int, labels: int) -> list[Advice]:
    """What to mend first: what is not counted, by its share of the estimate, then what looks odd.

    folder: path of the estate in the remedies, with its last separator. rejected, labels: rows of rejects.csv, labels
    of unmatched.csv.
    """
    missing: list[tuple[float, Advice]] = []
    if rows := inspection.unsettled["rows"]:
        what = ngettext(
            "{n} ligne d’un statut inconnu n’est pas comptée",
            "{n} lignes de statuts inconnus ne sont pas comptées",
            rows,
        )
        missing.append(_missing(inspection, what, rows, inspection.unsettled["kg"], f"{folder}statuses.csv"))
    unknown = inspection.states["unknown"]["kg"] + inspection.states["to_settle"]["kg"]
    if labels:
        what = ngettext("{n} libellé sans type n’est pas compté", "{n} libellés sans type ne sont pas comptés", labels)
        missing.append(_missing(inspection, what, labels, unknown, f"{folder}unmatched.csv"))
    if rejected:
        what = ngettext("{n} ligne rejetée n’est pas comptée", "{n} lignes rejetées ne sont pas comptées", rejected)
        missing.append(_missing(inspection, what, rejected, None, f"{folder}rejects.csv"))
    missing.sort(key=lambda one: -one[0])
    return [advice for _weight, advice in missing] + [describe_oddity(one) for one in inspection.oddities]


def _missing(inspection: Inspection, what: str, n: int, kg: float | None, file: str) -> tuple[float, Advice]:
    share = share_of(inspection, kg) if kg is not None else None
    remedy = _("Remplir {file}, puis l’importer.").format(file=file)
    return share or 0.0, Advice(what.format(n=count(n)), remedy, share)


# ------------------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True)
class Table:
    """A table of an inspection: its title, headers and rows of texts; the first column is a name, the others numbers,
    but for the columns of `texts`."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: Sequence[int] = ()


def types_table(inspection: Inspection, most: int | None = None) -> Table:
    """Rows, things and share of the estimate by item type; those after `most` on one line."""
    shown, others = inspection.types[:most], inspection.types[most:] if most else []
    lines = [(type_label(one["item_type"]), one) for one in shown]
    if others:
        sums: Line = {name: sum(one[name] for one in others) for name in ("rows", "quantity", "kg")}
        lines.append((ngettext("{n} autre type", "{n} autres types", len(others)).format(n=len(others)), sums))
    rows = [(label, *_numbers(inspection, one)) for label, one in lines]
    if inspection.activities:
        rows.append((_("Flux et services"), count(inspection.activities), "", ""))
    return Table(_("Par type"), (_("Type"), _("Lignes"), _("Nombre"), _("Part")), rows)


def evidence_table(inspection: Inspection, most: int | None = None) -> Table:
    """Rows, things and share of the estimate by what a label was recognised by."""
    rows = [(evidence_label(one["how"]), *_numbers(inspection, one)) for one in inspection.evidence[:most]]
    return Table(_("Reconnu par"), (_("Reconnu par"), _("Lignes"), _("Nombre"), _("Part")), rows)


def heaviest_table(inspection: Inspection) -> Table:
    """The labels that weigh most."""
    rows = [
        (text_of(one) or "–", type_label(one["item_type"]), evidence_label(one["how"]), count(one["counted"]),
         percent(share_of(inspection, one["kg"])))
        for one in inspection.heaviest
    ]  # fmt: skip
    headers = (_("Libellé"), _("Lu comme"), _("Reconnu par"), _("Nombre"), _("Part"))
    return Table(_("Les dix libellés les plus lourds"), headers, rows, (1, 2))


def _numbers(inspection: Inspection, one: Line) -> tuple[str, str, str]:
    return count(one["rows"]), count(one["quantity"]), percent(share_of(inspection, one["kg"]))


# -------------------------------------------------------------------------------------------------------- the page


def write_page(inspection: Inspection, files: Iterable[Mapping[str, Any]], rejected: int, labels: int) -> str:
    """The page import.md: everything that an import has to say, in Markdown."""
    return "\n".join([*_page(inspection, files, rejected, labels), ""])


def _page(inspection: Inspection, files: Iterable[Mapping[str, Any]], rejected: int, labels: int) -> Iterator[str]:
    yield from ("# " + _("Ce que l’import a lu"), "", states_sentence(inspection), "", estimate_note(), "")
    yield from ("## " + _("À régler d’abord"), "")
    advice = advice_of(inspection, "", rejected, labels)
    for one in advice:
        share = f" ({percent(one.share)})" if one.share else ""
        yield f"- {one.what}{share}. {one.remedy}"
    if not advice:
        yield _("Rien : tout est lu, reconnu, et rien ne surprend.")
    for table in (types_table(inspection), evidence_table(inspection), heaviest_table(inspection)):
        yield from ("", f"## {table.title}", "")
        yield "| " + " | ".join(table.headers) + " |"
        yield "|" + "|".join("---" if i in (0, *table.texts) else "--:" for i in range(len(table.headers))) + "|"
        yield from ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table.rows)
    yield from ("", "## " + _("Fichiers"), "")
    for file in files:
        counts = {name: count(file[name]) for name in ("rows_read", "rows_written", "rejected", "set_aside")}
        text = _("{rows_read} lignes : lues {rows_written}, rejetées {rejected}, mises de côté {set_aside}")
        yield f"- {file['name']} ({file['reason']}) : " + text.format(**counts)
        yield from (f"  - {note}" for note in file["notes"])
