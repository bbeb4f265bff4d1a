"""What people corrected in an estate, so that the source is mended and asks nothing the next time.

corrections.csv, beside the estate: one line for each cell, with what identifies its thing in the source. For GLPI's
plugin of data injection, which updates a field of the things that a serial number designates, files of one field each:
identifier, serial number, value (facts: pluginsGLPI/datainjection, inc/engine.class.php and inc/commoninjectionlib
.class.php; columns by rank, dates as yyyy-mm-dd; the ID cannot designate a thing there, and an empty cell may erase).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common import table_schema
from estran.common.files import read_csv
from estran.common.language import _, current_language
from estran.common.sql import parquet_scan, quoted
from estran.importing import canonical
from estran.importing.column_maps import file_stem
from estran.importing.recognition import matching

if TYPE_CHECKING:
    import duckdb

FILE = "corrections.csv"
LABEL = "label"
NAMES = ("source", "item_id", "serial", "column", "header", "before", "value")
TEXTS = "header = true, delim = ',', quote = '\"', escape = '\"', all_varchar = true"
KEY = "regexp_replace(source, ':[^:]*$', '')"  # of the file of a row


class CorrectionWriter:
    """The corrections of one import, gathered in the table `corrected`: source, item_id, serial, column, before, value.

    A row of the estate is known by its source; `item_id` is what its own list calls it.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        names = ", ".join(f'"{name}" VARCHAR' for name in NAMES if name != "header")
        con.execute(f"CREATE TEMP TABLE corrected ({names})")

    def add_settled(self, things: Iterable[Mapping[str, Any]], matched: Iterable[str], rows: str) -> None:
        """The rows whose label a person settled. `things`: distinct texts with their type; `rows`: those matched."""
        import pyarrow as pa

        matched, language = list(matched), "en" if current_language() == "en" else "fr"
        learned = [thing for thing in things if thing["state"] == matching.LEARNED and thing["item_type"]]
        if not learned:
            return
        types = matching.item_types()
        cells = {name: pa.array([thing[name] for thing in learned], pa.string()) for name in matched}
        labels = [types.get(thing["item_type"], {}).get(f"label_{language}", thing["item_type"]) for thing in learned]
        self.con.register("settled_texts", pa.table(cells | {"value": pa.array(labels, pa.string())}))
        has = {row[0] for row in self.con.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()}
        serial = "r.serial" if "serial" in has else "NULL"
        same = " AND ".join(f"coalesce(CAST(r.{name} AS VARCHAR), '') = t.{name}" for name in matched)
        self.con.execute(
            f"INSERT INTO corrected SELECT r.source, r.item_id, {serial}, '{LABEL}', r.designation, t.value"
            f" FROM {rows} r JOIN settled_texts t ON {same} WHERE r.settled IS NULL AND r.flow IS NULL"
            " AND t.value IS DISTINCT FROM r.designation"
        )

    def add_rejects(self, parquet: Path, rejects: Path) -> None:
        """The cells of rejected rows that a person put right, in a table read again."""
        if not rejects.exists():
            return
        old = {row["source"]: row for row in read_csv(rejects)}
        has = {row[0]: row[1] for row in self.con.execute(f"DESCRIBE SELECT * FROM {parquet_scan(parquet)}").fetchall()}
        if "source" not in has:
            return
        query = f"SELECT * FROM {parquet_scan(parquet)} WHERE {canonical.KEPT}"
        result = self.con.execute(query)
        names = [column[0] for column in result.description or ()]
        lines = []
        while chunk := result.fetchmany(10_000):
            for values in chunk:
                row = dict(zip(names, values, strict=True))
                faulty = old.get(row["source"] or "", {})
                columns, texts = (faulty.get(name, "").split(" | ") for name in ("column", "value"))
                for column, before in zip(filter(None, columns), texts, strict=False):
                    identity = (row["source"], row.get("item_id"), row.get("serial"))
                    lines.append((*identity, column, before, _text(row.get(column))))
        if lines:
            self.con.executemany("INSERT INTO corrected VALUES (?, ?, ?, ?, ?, ?)", lines)

    def write(self, earlier: Path, again: Iterable[str], files: Iterable[Mapping[str, Any]], target: Path) -> None:
        """Write corrections.csv: the earlier ones, but for those of files read again (their keys), then these."""
        import pyarrow as pa

        if earlier.exists():
            names = ", ".join(f'"{name}"' for name in NAMES if name != "header")
            gone = ", ".join(quoted(key) for key in again) or "NULL"
            self.con.execute(
                f"INSERT INTO corrected SELECT {names} FROM read_csv({quoted(str(earlier))}, {TEXTS}) e"
                f" WHERE coalesce({KEY} NOT IN ({gone}), true) AND NOT EXISTS"
                ' (SELECT 1 FROM corrected c WHERE c.source = e.source AND c."column" = e."column")'
            )
        if not self.con.execute("SELECT count(*) FROM corrected").fetchall()[0][0]:
            return
        headers = [(file["key"], name, text) for file in files for name, text in file.get("headers", {}).items()]
        texts = {
            name: pa.array([one[i] for one in headers], pa.string()) for i, name in enumerate(("key", "name", "text"))
        }
        self.con.register("known_headers", pa.table(texts))
        label = (
            'CASE c."column" '
            + " ".join(f"WHEN {quoted(name)} THEN {quoted(text)}" for name, text in _column_labels().items())
            + ' ELSE c."column" END'
        )
        own = f"""CASE
            WHEN c.item_id = c.source THEN NULL
            WHEN starts_with(c.item_id, {KEY} || ':') THEN substr(c.item_id, length({KEY}) + 2)
            ELSE c.item_id END"""
        self.con.execute(
            f'COPY (SELECT c.source, {own} AS item_id, c.serial, c."column", coalesce(h.text, {label}) AS header,'
            f' c.before, c.value FROM corrected c LEFT JOIN known_headers h ON h.key = {KEY} AND h.name = c."column"'
            f' ORDER BY c.source, c."column") TO {quoted(str(target))} (HEADER)'
        )


def _column_labels() -> dict[str, str]:
    """Column of the inventory → what it is called, where a list has no header for it."""
    english = current_language() == "en"
    columns = table_schema.columns("inventory")
    labels = {column.column: column.label_en if english else column.label_fr for column in columns}
    return labels | {LABEL: _("Type")}


def _text(value: Any) -> str:
    """A value as a list writes it: ISO dates, numbers without useless zeros."""
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def write_for_glpi(estate: Path, folder: Path, headers: Mapping[str, Mapping[str, str]]) -> list[Path]:
    """Files for the plugin of data injection: one for each list and field, `identifier; serial number; value`.

    headers: key of a file → its header for `item_id` and `serial`. Without either, a thing cannot be designated: its
    correction stays in corrections.csv alone. Returns the files written.
    """
    if not (estate / FILE).exists():
        return []
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with canonical.connect() as con:
        scan = f"read_csv({quoted(str(estate / FILE))}, {TEXTS})"
        con.execute(f"CREATE TABLE cells AS SELECT *, {KEY} AS key FROM {scan} WHERE coalesce(item_id, serial) <> ''")
        for key, header in con.execute("SELECT DISTINCT key, header FROM cells ORDER BY ALL").fetchall():
            known = headers.get(key, {})
            titles = (known.get("item_id", "ID"), known.get("serial", _("Numéro de série")), header)
            first, second, third = (title.replace('"', "") for title in titles)
            target = folder / f"{file_stem(key)}-{file_stem(header)}.csv"
            con.execute(
                f'COPY (SELECT item_id AS "{first}", serial AS "{second}", value AS "{third}" FROM cells'
                f" WHERE key = {quoted(key)} AND header = {quoted(header)} ORDER BY source)"
                f" TO {quoted(str(target))} (HEADER, DELIMITER ';')"
            )
            written.append(target)
    return written


def headers_of(summary: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The headers of the files of an estate, by key (see import.json)."""
    return {file["key"]: file.get("headers", {}) for file in summary["files"]}
