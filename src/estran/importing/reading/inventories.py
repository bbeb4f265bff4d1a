"""The inventories that GLPI's agent writes, one JSON (or XML) file per machine, as one list of things per kind.

Only what says what a thing is gets read (inventories.sql): users, software, processes and addresses stay in the files.
Format: glpi-project/inventory_format, inventory.schema.json @d03ff5f (MIT).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from estran.catalogue.labels import words_of
from estran.common.language import _, ngettext
from estran.common.problems import Problem, refuse_file
from estran.common.shipped import text_rows
from estran.common.sql import quoted
from estran.common.vocabulary import limit, written_forms
from estran.importing.parsing import list_sql, map_sql
from estran.importing.reading.edid import decode_edid
from estran.importing.reading.sheets import Sheet

if TYPE_CHECKING:
    import duckdb

KINDS = ("computer", "monitor", "printer", "phone", "network")  # codes of list_kinds.csv
_COLUMNS = ("label", "manufacturer", "model", "serial", "inches", "battery", "virtual", "tag", "left_because")
_HEADER = ("Type", "Fabricant", "Modèle", "Numéro de série", "Pouces", "Batterie", "Virtuel", "Tag", "Ligne laissée")
_READ: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_DOCUMENT = f"CASE WHEN json_valid(text) THEN from_json(text, {quoted(json.dumps(_READ))}) END AS document"
_OF_XML = re.compile(rb"\s*<\?xml[^>]*>\s*<REQUEST>")  # what the same agents wrote before, and still do by default
# The names that stand first in such a file, whatever order its writer gave them.
_FIRST = re.compile(rb'\s*\{\s*"(action|content|deviceid|itemtype|jobid|partial|tag|versionclient)"\s*:')
_CHUNK = 1 << 23


def is_inventory(path: Path) -> bool:
    """The file begins as the inventory of a machine does."""
    try:
        with path.open("rb") as file:
            head = file.read(4096).removeprefix(b"\xef\xbb\xbf")
            return (_FIRST.match(head) or _OF_XML.match(head)) is not None
    except OSError:
        return False


def read_inventories(
    con: duckdb.DuckDBPyConnection, paths: Sequence[Path], given: Path
) -> tuple[list[Sheet], list[Problem]]:
    """A sheet per kind of thing that the files name, called by its kind; the problem of each file that is of no use.

    given: the folder, the archive or the only file that a person named. Errors: CannotUse when none can be used.
    """
    empty = "(SELECT CAST(0 AS BIGINT) AS file, '{}' AS text LIMIT 0)"
    con.execute(f"CREATE OR REPLACE TEMP TABLE documents AS SELECT file, {_DOCUMENT} FROM {empty}")
    digest, problems = hashlib.sha256(), list[Problem]()
    for names, texts in _chunks(paths, digest):
        problems += _stage(con, paths, names, texts)
    read = con.execute("SELECT count(*) FROM documents").fetchall()[0][0]
    if not read:
        what = _("Aucun inventaire de machine n’est lisible ici.")
        raise refuse_file(given, what, _("Refaire l’export de l’agent : « glpi-agent --local DOSSIER --json »."))
    _register_tables(con)
    con.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    sheets = []
    for kind in KINDS:
        if con.execute(f"SELECT count(*) FROM inventory_{kind}").fetchall()[0][0]:
            cells = ", ".join(f"{column} AS c{i}" for i, column in enumerate(_COLUMNS))
            scan = f"(SELECT line, {cells}, '' AS extra FROM inventory_{kind} ORDER BY line)"
            sheets.append(Sheet(given, list(_HEADER), 0, scan, digest.hexdigest(), name=kind))
    if not sheets:
        raise refuse_file(given, _("Aucun matériel n’est décrit ici."), _("Vérifier que l’inventaire est complet."))
    return sheets, problems


def notes_on_inventories(con: duckdb.DuckDBPyConnection, files: int, refused: int) -> list[str]:
    """What was read, never read, and looks odd, in sentences."""
    text = ngettext("{n} inventaire de machine lu.", "{n} inventaires de machines lus.", files - refused)
    notes = [text.format(n=files - refused)]
    notes.append(_("Jamais lus : utilisateurs, logiciels, processus, adresses IP et MAC."))
    notes.append(_("Aucune date d’achat n’y est écrite : la durée d’usage est celle du type."))
    odd = con.execute("SELECT count(*) FROM machines WHERE odd_battery AND left_because IS NULL").fetchall()[0][0]
    if odd:
        text = ngettext(
            "{n} ordinateur dit fixe a une batterie : son modèle décide, sinon il est à régler.",
            "{n} ordinateurs dits fixes ont une batterie : leur modèle décide, sinon ils sont à régler.",
            odd,
        )
        notes.append(text.format(n=odd))
    return notes


def _chunks(paths: Sequence[Path], digest: Any) -> Iterator[tuple[list[int], list[str | None]]]:
    """The texts of the files, those of a few megabytes together; None for what is too large or no text."""
    numbers, texts, size = list[int](), list[str | None](), 0
    for number, path in enumerate(paths):
        numbers.append(number)
        texts.append(None)
        if path.stat().st_size <= limit("inventory_bytes"):
            content = path.read_bytes()
            digest.update(hashlib.sha256(content).digest())
            texts[-1] = _json_of_xml(content) if _OF_XML.match(content) else _decode(content)
            size += len(content)
        if size > _CHUNK:
            yield numbers, texts
            numbers, texts, size = [], [], 0
    yield numbers, texts


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _json_of_xml(content: bytes) -> str | None:
    """The sections of an inventory in XML that are read, as the JSON of the same inventory; None when it is damaged."""
    sections: dict[str, Any] = {}
    path, texts, record = list[str](), list[str](), dict[str, str]()

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name.lower())
        texts.clear()
        if len(path) == 3:
            record.clear()

    def end(_name: str) -> None:
        if len(path) == 4:
            record[path[3]] = "".join(texts).strip()
        elif len(path) == 3 and path[1] == "content" and path[2] in _READ["content"]:
            if isinstance(_READ["content"][path[2]], list):
                sections.setdefault(path[2], []).append(dict(record))
            else:
                sections[path[2]] = dict(record)
        path.pop()

    def refuse(*_given: object) -> None:
        raise ValueError("an inventory defines no entity of its own")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, texts.append
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError):
        return None
    return json.dumps({"content": sections})


def _stage(
    con: duckdb.DuckDBPyConnection, paths: Sequence[Path], numbers: list[int], texts: list[str | None]
) -> list[Problem]:
    """Add the documents of some files; the problems of the others."""
    import pyarrow as pa

    con.register(
        "inventory_texts", pa.table({"file": pa.array(numbers, pa.int64()), "text": pa.array(texts, pa.string())})
    )
    kinds = ("hardware", "bios", "network_device")
    useful = " OR ".join(f"document.content.{kind} IS NOT NULL" for kind in kinds)
    con.execute(f"INSERT INTO documents SELECT * FROM (SELECT file, {_DOCUMENT} FROM inventory_texts) WHERE {useful}")
    con.unregister("inventory_texts")
    good = {file for (file,) in con.execute("SELECT file FROM documents WHERE file >= ?", [numbers[0]]).fetchall()}
    what = _("Cet inventaire est abîmé, incomplet, ou n’est pas celui d’une machine.")
    remedy = _("Le demander de nouveau à l’agent, ou retirer ce fichier du dossier.")
    return [Problem(what, remedy, file=paths[number].name) for number in numbers if number not in good]


def _register_tables(con: duckdb.DuckDBPyConnection) -> None:
    """The tables of the catalogue that inventories.sql reads, and what each EDID says."""
    import pyarrow as pa

    words = [row | {"written": text} for row in text_rows("device_words") for text in row["written"].split("|")]
    con.register("device_words", pa.table({name: [row[name] or None for row in words] for name in words[0]}))
    makers = text_rows("edid_makers")
    con.register("edid_makers", pa.table({name: [row[name] for row in makers] for name in makers[0]}))
    empty = list_sql({"".join(filter(str.isalnum, text)): "" for text in written_forms()["firmware_placeholder"]})
    con.execute(f"CREATE OR REPLACE TEMP MACRO firmware_placeholders() AS {empty}")
    con.execute(f"CREATE OR REPLACE TEMP MACRO why_left(code) AS {map_sql(words_of('left_because'))}[code]")
    query = "SELECT DISTINCT one.base64 FROM (SELECT unnest(document.content.monitors) AS one FROM documents)"
    texts = [text for (text,) in con.execute(query).fetchall() if text]
    decoded = {text: edid for text in texts if (edid := decode_edid(text))}
    names = ("maker_id", "name", "serial", "inches")
    cells = {name: [getattr(edid, name) for edid in decoded.values()] for name in names}
    types = dict.fromkeys(("base64", *names), pa.string()) | {"inches": pa.float64()}
    con.register("screens", pa.table({"base64": list(decoded), **cells}, pa.schema(types)))
