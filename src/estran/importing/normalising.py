"""One sheet of a fleet list becomes typed rows of an Estran table, in SQL over the whole sheet.

Texts are put right as the layout of the format says (partial dates, counted words, zones, values that mean nothing),
then typed by `tables`; the rows that do not pass keep their texts, so that a person can correct them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from estran.common import table_schema, validation_messages, vocabulary
from estran.common.language import _, ngettext
from estran.common.problems import Problem
from estran.common.sql import quoted
from estran.common.vocabulary import text_key
from estran.importing import canonical, formats, free_texts, matching
from estran.importing.formats import Found, Layout
from estran.importing.sheets import Sheet

if TYPE_CHECKING:
    import duckdb

_ADDRESS = r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$|^(\d{1,3}\.){3}\d{1,3}$|^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$"
_TOTAL = r"^(sous[- ]?)?total\b"
_FORMULA = r"(?s)^([=@\t\r].*|[+-].*[^0-9., ].*)$"  # a text that a spreadsheet would carry out
_AS_TEXT = r"'\1"


@dataclass
class FileReport:
    """One file of an import: key in the estate, fingerprint, format and why, rows, what was dropped, notes.

    `entity`: the one that was given for all its rows, if any.
    """

    key: str
    name: str
    sha256: str
    format: str
    reason: str
    table: str
    rows_read: int = 0
    rows_written: int = 0
    rejected: int = 0
    personal: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entity: str = ""


@dataclass(frozen=True)
class NormalisedSheet:
    """The staged rows of one sheet: Parquet with the columns of its table, `reject`, `texts`, and what matching needs.

    `replaces`: SQL condition on `source`, the rows of the estate that these replace.
    """

    report: FileReport
    layout: Layout
    parquet: Path
    replaces: str
    problems: list[Problem] = field(default_factory=list)
    faults: int = 0


def normalise_sheet(
    con: duckdb.DuckDBPyConnection,
    sheet: Sheet,
    found: Found,
    file_key: str,
    entity: str | None,
    target: Path,
    progress: Callable[[float], None] | None = None,
) -> NormalisedSheet:
    """Type the rows of a sheet into `target` (Parquet). Errors: CannotUse when the bytes cannot be read to the end."""
    import duckdb

    layout = found.layout
    report = FileReport(file_key, sheet.file.name, sheet.sha256, layout.format, found.reason, layout.table)
    report.personal, report.ignored, report.notes = list(found.personal), list(found.ignored), list(sheet.notes)
    report.entity = entity or ""
    try:
        _drop_addresses(con, sheet, found, report)
        texts, beside = _texts(sheet, found, report, entity)
        columns = "".join(f", {sql} AS text_{name}" for name, sql in texts.items()) + "".join(
            f", {sql} AS {name}" for name, sql in beside.items()
        )
        rows = f"(SELECT line, extra{columns} FROM {sheet.scan} WHERE {_kept_rows(con, sheet, found, report)})"
        raw = {name: f"text_{name}" for name in texts}
        keep = "".join(f", {name}" for name in beside)
        canonical.copy(
            con, canonical.typed_rows_sql(layout.table, raw, rows, keep, texts_of_rejects=True), target, progress
        )
        problems, count, report.rejected = canonical.faulty(con, target, layout.table, sheet.file.name)
        report.rows_read = con.execute(f"SELECT count(*) FROM {_scan(target)}").fetchall()[0][0]
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.DataError) as error:
        raise validation_messages.unreadable(sheet.file, error) from None
    report.rows_written = report.rows_read - report.rejected
    _say_what_was_changed(con, target, found, beside, report)
    replaces = f"starts_with(source, {quoted(report.key + ':')})"
    if layout.format == formats.REJECTS:
        replaces = f"source IN (SELECT source FROM {_scan(target)})"
    return NormalisedSheet(report, layout, target, replaces, problems, count)


def _scan(path: Path) -> str:
    return f"read_parquet({quoted(str(path))})"


def _drop_addresses(con: duckdb.DuckDBPyConnection, sheet: Sheet, found: Found, report: FileReport) -> None:
    """A column whose values are e-mail, IP or MAC addresses is dropped, whatever its header."""
    looks = ", ".join(f"avg(CAST(regexp_matches(c{i}, {quoted(_ADDRESS)}) AS INT))" for i in range(len(sheet.header)))
    shares = con.execute(f"SELECT {looks} FROM (SELECT * FROM {sheet.scan} LIMIT 2000)").fetchall()[0]
    for i, share in enumerate(shares):
        header = sheet.header[i] or _("colonne {n}").format(n=i + 1)
        if share is not None and share > 0.3 and header not in report.personal:
            report.personal.append(header)
            if header in report.ignored:
                report.ignored.remove(header)
            for places in found.places.values():
                if i in places:
                    places.remove(i)


# ---------------------------------------------------------------------------------------------------------- texts


def _texts(sheet: Sheet, found: Found, report: FileReport, entity: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """SQL of the text of each column, and of what is kept beside the columns."""
    layout, options = found.layout, found.layout.options
    strict = bool(options.get("strict"))
    texts = {name: _first([f"c{i}" for i in places], strict) for name, places in found.places.items() if places}
    extra = {name: texts.pop(name) for name in list(texts) if name.startswith("_")}
    by_name = {column.column: column for column in table_schema.columns(layout.table)}
    beside: dict[str, str] = {}
    for name in set(options.get("month_first", ())) & texts.keys():
        texts[name] = rf"regexp_replace({texts[name]}, '^(\d{{1,2}})/(\d{{1,2}})/(\d{{4}})', '\3-\1-\2')"
    if options.get("partial_dates"):
        dates = [name for name in texts if by_name[name].type == "date"]
        beside["partial"] = " OR ".join(free_texts.is_partial(texts[name]) for name in dates) or "false"
        texts.update({name: free_texts.date(texts[name]) for name in dates})
    if options.get("counted_with_words"):
        _count(texts, beside, options.get("quantity_if_absent", ""))
    if "quantity" not in texts and "quantity_if_absent" in options:
        texts["quantity"] = quoted(options["quantity_if_absent"])
    texts.update({name: quoted(value) for name, value in layout.constants.items() if name not in texts})
    if "_global" in extra:
        yes = ", ".join(map(quoted, options["global_values"]))
        shared = f"coalesce(strip_accents(lower({extra['_global']})) IN ({yes}), false)"
        texts["quantity"] = f"CASE WHEN NOT {shared} THEN {texts['quantity']} END"
        texts["serial"] = f"CASE WHEN NOT {shared} THEN {texts.get('serial', 'NULL')} END"
    if "_unit_price" in extra and "price_eur" not in texts:
        price, count = (
            table_schema.parse_sql(by_name[name], sql)
            for name, sql in (("price_eur", extra["_unit_price"]), ("quantity", texts.get("quantity", "'1'")))
        )
        texts["price_eur"] = f"CAST(round({price} * coalesce({count}, 1), 2) AS VARCHAR)"
    for name in set(options.get("zones", ())) & texts.keys():
        entries = ", ".join(f"{quoted(text)}: {quoted(zone)}" for text, zone in formats.zones().items())
        texts[name] = f"coalesce(MAP {{{entries}}}[strip_accents(lower({texts[name]}))], {texts[name]})"
    for name in set(layout.lenient) & texts.keys():
        beside[f"said_{name}"] = text = f"trim(split_part({texts[name]}, ' > ', 1))"
        texts[name] = f"CASE WHEN {table_schema.parse_sql(by_name[name], text)} IS NOT NULL THEN {text} END"
    for name in texts:
        if by_name[name].type == "text" and name not in ("source", "item_id"):
            texts[name] = f"regexp_replace({texts[name]}, {quoted(_FORMULA)}, {quoted(_AS_TEXT)})"
    if layout.table == "inventory":
        _identify(sheet, found, report, entity, texts)
        kind = options.get("kind") or (matching.kind_of(sheet.file.name) if options.get("kinds") else "")
        beside["kind"] = quoted(kind or ("monitor" if options.get("kinds") and "_size" in extra else ""))
        beside["size"] = extra.get("_size", "CAST(NULL AS VARCHAR)")
        beside["strict"] = "true" if strict else "false"
        beside["label_kept"] = "true" if options.get("label_kept") else "false"
    return texts, beside


def _count(texts: dict[str, str], beside: dict[str, str], absent: str) -> None:
    """The number of things, which people also write with words or in the label; about right, it is of low quality."""
    written = texts.get("quantity", "NULL")
    number = free_texts.count(written) if "quantity" in texts else "NULL"
    if "label" in texts:
        in_label, bare = free_texts.counted_label(texts["label"])
        beside["counted"] = f"CASE WHEN {number} IS NULL AND {in_label} IS NOT NULL THEN {texts['label']}"
        number, texts["label"] = f"coalesce({number}, {in_label})", bare
    else:
        beside["counted"] = "CASE"
    # A space between thousands is no text to tell of.
    beside["counted"] += (
        f" WHEN {number} <> regexp_replace({written}, '[\\s\\x{{a0}}\\x{{202f}}]', '', 'g') THEN {written} END"
    )
    texts["quantity"] = f"coalesce({number}, {quoted(absent)})" if absent and "quantity" not in texts else number
    if "quality" not in texts and written != "NULL":
        texts["quality"] = f"CASE WHEN {free_texts.is_about(written)} THEN 'low' END"


def _identify(sheet: Sheet, found: Found, report: FileReport, entity: str | None, texts: dict[str, str]) -> None:
    """Source line, identifier and entity of the rows of an inventory."""
    options, place = found.layout.options, f"{quoted(report.key + ':')} || line"
    source = (
        f"coalesce({texts['source']}, {place})"
        if found.layout.format == formats.REJECTS and "source" in texts
        else place
    )
    texts["source"] = source
    named = texts.get("item_id", "NULL")
    texts["item_id"] = (
        f"coalesce({quoted(report.key + ':')} || {named}, {source})"
        if options.get("id_of_file")
        else f"coalesce({named}, {source})"
    )
    if entity:
        texts["entity"] = quoted(entity)
    elif "entity" not in texts and options.get("entity_from_file"):
        name = sheet.file.stem.replace("_", " ")
        texts["entity"] = quoted(name)
        report.notes.append(_("Entité prise dans le nom du fichier : « {name} ».").format(name=name))


def _first(cells: list[str], strict: bool) -> str:
    """SQL of the first filled cell; texts that mean « nothing » (choices.csv) are empty but in Estran's own tables."""
    if not strict:
        nothing = ", ".join(quoted(text) for text in vocabulary.empty_texts())
        cells = [f"CASE WHEN strip_accents(lower({cell})) NOT IN ({nothing}) THEN {cell} END" for cell in cells]
    return cells[0] if len(cells) == 1 else f"coalesce({', '.join(cells)})"


def _kept_rows(con: duckdb.DuckDBPyConnection, sheet: Sheet, found: Found, report: FileReport) -> str:
    """SQL condition: rows that are things, neither blank, nor a total, nor what the format says to skip."""
    cells, layout = [f"c{i}" for i in range(len(sheet.header))], found.layout
    tests = [f"coalesce({', '.join(cells)}) IS NOT NULL"]
    if layout.options.get("totals"):
        filled = " + ".join(f"CAST({cell} IS NOT NULL AS INT)" for cell in cells)
        first = f"strip_accents(lower(coalesce({', '.join([*cells, repr('')])})))"
        total = f"(regexp_matches({first}, '{_TOTAL}') AND {filled} <= 4)"
        texts = f"SELECT line, concat_ws(' ', {', '.join(cells)}) FROM {sheet.scan} WHERE {total} ORDER BY line"
        for line, text in con.execute(texts).fetchall():
            said = _("Ligne {line} laissée : c’est un total (« {text} »).")
            report.notes.append(said.format(line=line, text=text[:60]))
        tests.append(f"NOT {total}")
        if beside := [*_nameless_totals(con, sheet, found, total), *_lone_texts(con, sheet, found, filled, total)]:
            lines = ", ".join(map(str, sorted(beside)))
            tests.append(f"line NOT IN ({lines})")
            report.notes.append(
                ngettext(
                    "Ligne {lines} laissée : un titre, une remarque ou un total sans nom, pas un matériel.",
                    "Lignes {lines} laissées : titres, remarques ou totaux sans nom, pas des matériels.",
                    len(beside),
                ).format(lines=lines)
            )
    for i, header in enumerate(sheet.header):
        for name, values in layout.skip.items():
            if text_key(name) == text_key(header):
                listed = ", ".join(map(quoted, values))
                tests.append(f"coalesce(strip_accents(lower(c{i})) NOT IN ({listed}), true)")
    return " AND ".join(tests)


def _nameless_totals(con: duckdb.DuckDBPyConnection, sheet: Sheet, found: Found, total: str) -> list[int]:
    """Lines that name nothing and whose quantity adds up those since the one before: a sum that nobody named."""
    names = ("item_type", "label", "manufacturer", "model", "serial")
    named = [f"c{i}" for name in names for i in found.places.get(name, ())]
    if not named or not found.places.get("quantity"):
        return []
    nameless = f"coalesce({', '.join([*named, 'NULL'])}) IS NULL"
    quantity = f"TRY_CAST(replace(c{found.places['quantity'][0]}, ',', '.') AS DOUBLE)"
    if not con.execute(f"SELECT count(*) FROM {sheet.scan} WHERE {nameless} AND {quantity} > 0").fetchall()[0][0]:
        return []
    rows = f"SELECT line, {nameless}, {quantity} FROM {sheet.scan} WHERE NOT {total} AND {quantity} IS NOT NULL"
    sums, part, whole = [], 0.0, 0.0
    for line, alone, number in con.execute(f"{rows} ORDER BY line").fetchall():
        if alone and number in (part, whole):
            sums.append(line)
            part = 0.0
        else:
            part, whole = part + number, whole + number
    return sums


def _lone_texts(con: duckdb.DuckDBPyConnection, sheet: Sheet, found: Found, filled: str, total: str) -> list[int]:
    """Lines of a list with quantities where one cell alone is filled, and names no equipment: a heading, a remark."""
    if not found.places.get("quantity") or len(sheet.header) < 2:
        return []
    text = f"coalesce({', '.join(f'c{i}' for i in range(len(sheet.header)))})"
    rows = con.execute(f"SELECT line, {text} FROM {sheet.scan} WHERE {filled} = 1 AND NOT {total}").fetchall()
    return [
        line
        for line, said in rows
        if not said.replace(",", "").replace(".", "").isdigit()
        and matching.match(matching.Thing(said), {}).state == matching.TO_SETTLE
    ]


def _say_what_was_changed(
    con: duckdb.DuckDBPyConnection, target: Path, found: Found, beside: dict[str, str], report: FileReport
) -> None:
    """Notes: values left empty because nobody knows them, dates made whole, what the format itself says."""
    layout, scan = found.layout, _scan(target)
    labels = {column.column: column.label_fr for column in table_schema.columns(layout.table)}
    for name in sorted(name.removeprefix("said_") for name in beside if name.startswith("said_")):
        unknown = con.execute(
            f"SELECT said_{name}, count(*) FROM {scan} WHERE said_{name} <> '' AND {name} IS NULL AND reject IS NULL"
            " GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        if unknown:
            said = ", ".join(f"« {text} » ({count})" for text, count in unknown[:8])
            report.notes.append(
                _("{name} : valeurs inconnues, laissées vides : {texts}.").format(name=labels[name], texts=said)
            )
    if "counted" in beside:
        counted = f"SELECT counted, quantity, count(*) FROM {scan} WHERE counted <> '' AND reject IS NULL GROUP BY 1, 2"
        if texts := con.execute(f"{counted} ORDER BY 3 DESC, 1").fetchall():
            said = ", ".join(f"« {text} » {quantity:g}" for text, quantity, _rows in texts[:8])
            more = _(" et {n} autres").format(n=len(texts) - 8) if len(texts) > 8 else ""
            report.notes.append(_("Quantités lues dans un texte : {texts}{more}.").format(texts=said, more=more))
    partial = f"SELECT count(*) FROM {scan} WHERE partial"
    if "partial" in beside and (n := con.execute(partial).fetchall()[0][0]):
        report.notes.append(
            ngettext(
                "{n} date sans jour, lue au milieu de son mois, de son année ou de son année scolaire.",
                "{n} dates sans jour, lues au milieu de leur mois, de leur année ou de leur année scolaire.",
                n,
            ).format(n=n)
        )
    if "counted" in beside and not {"quantity", "serial"} & found.places.keys():
        report.notes.append(_("Aucune colonne ne dit combien : chaque ligne compte pour un, sauf nombre écrit."))
    if "said" in layout.options:
        report.notes.append(_(layout.options["said"]))
