"""An observatory: the estates of many authorities computed as one run, and compared without showing any.

It is a run whose entities are authorities, so `show`, `explain` and `rerun` read it as any other. Names of items,
rooms, machines and services are prefixed with their authority, serial numbers too: nothing of one meets another's.
The catalogue is the same for all: model sheets and factors of their own are left out, or they could not be compared.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.analysis import cell_suppression
from estran.catalogue import loading
from estran.common import files, table_schema
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.engine import estates, perimeter, runs
from estran.engine.session import Session
from estran.engine.steps import METHODS
from estran.importing import canonical

if TYPE_CHECKING:
    import pyarrow as pa

AUTHORITIES = "authorities.csv"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
OWN = ("item_id", "room", "service", "vm", "host", "application")  # names that mean nothing outside their authority
COMPARED = ("authorities", "agents", "total", "q1", "median", "q3")


@dataclass(frozen=True)
class Authority:
    """One authority and where its estate is; `number` is its rank, from 0."""

    number: int
    code: str
    folder: Path


def compute_observatory(
    folder: Path, choices: runs.Choices, output: Path, progress: Callable[[float], None] | None = None
) -> runs.Summary:
    """Compute the estates of a folder that holds authorities.csv and one estate per authority; the run of all of them.

    Beside the files of a run: authorities.csv, comparisons.csv, and by_authority/, amounts and impacts in Parquet
    partitioned by authority. `output` is written whole or not at all. Errors: CannotUse (no estate, a bad code …).
    """
    known, listed = _read_authorities(folder)

    def read(inputs: Path) -> estates.Estate:
        return _join_estates(listed, inputs, choices.overlay, progress or (lambda share: None))

    def finish(run: Path) -> None:
        with canonical.connect() as con:
            con.register("authorities", known)
            _write_results(con, run)

    return runs.carry_out(read, perimeter.read_perimeter(choices.perimeter), choices, output, finish)


def _read_authorities(folder: Path) -> tuple[pa.Table, list[Authority]]:
    """The table of authorities and the estate of each. Errors: CannotUse, everything wrong with them at once."""
    path = folder / AUTHORITIES
    if not path.exists():
        what = _("« {name} » ne contient pas {file}.").format(name=folder, file=AUTHORITIES)
        raise CannotUse(Problem(what, _("Y lister les collectivités : code, type, taille, agents."), file=str(path)))
    table, problems = canonical.read_small_table(path, "authorities")
    codes = table["authority"].to_pylist()
    for code in dict.fromkeys(codes):
        if not CODE.fullmatch(code):
            what = _("Le code « {code} » ne peut pas nommer un dossier.").format(code=code)
            problems.append(Problem(what, _("Lettres sans accent, chiffres, point, tiret."), file=AUTHORITIES))
        elif not (folder / code).is_dir():
            what = _("La collectivité « {code} » n’a pas de dossier.").format(code=code)
            problems.append(Problem(what, _("Y mettre son parc, ou ôter sa ligne."), file=str(folder / code)))
        if codes.count(code) > 1:
            what = _("La collectivité « {code} » est écrite plusieurs fois.").format(code=code)
            problems.append(Problem(what, _("Garder une seule ligne."), file=AUTHORITIES))
    if problems:
        raise CannotUse(*problems)
    return table, [Authority(number, code, folder / code) for number, code in enumerate(codes)]


def _join_estates(
    listed: list[Authority], inputs: Path, overlay: Path | None, progress: Callable[[float], None]
) -> estates.Estate:
    """The estates one after the other, as one inventory in Parquet partitioned by authority, one file each."""
    inventory, start, digest = inputs / "inventory", 0, hashlib.sha256()
    read: list[tuple[Authority, estates.Estate]] = []
    problems: list[Problem] = []
    for authority in listed:
        scratch = inputs / "reading"
        scratch.mkdir()
        try:
            estate = estates.load_estate([authority.folder], scratch, overlay=overlay)
        except CannotUse as error:
            problems += error.problems
        else:
            part = inventory / f"authority={authority.code}" / "items.parquet"
            part.parent.mkdir(parents=True)
            start += _write_part(authority, estate, start, part)
            digest.update(files.sha256(part).encode())
            read.append((authority, estate))
        shutil.rmtree(scratch)
        progress((authority.number + 1) / len(listed))
    if problems:
        raise CannotUse(*problems)
    estates_read = [estate for _authority, estate in read]
    present = {column for estate in estates_read for column in estate.columns} | {"entity"}
    return estates.Estate(
        inventory=inventory,
        row_id="row_id",
        columns=[column.column for column in table_schema.columns("inventory") if column.column in present],
        rows=sum(estate.rows for estate in estates_read),
        sha256=digest.hexdigest(),
        files=[{**file, "authority": authority.code} for authority, estate in read for file in estate.files],
        rooms=_prefix_names([(authority, estate.rooms) for authority, estate in read]),
        vms=_prefix_names([(authority, estate.vms) for authority, estate in read]),
        applications=_prefix_names([(authority, estate.applications) for authority, estate in read]),
        layers=[],
        rejected=sum(estate.rejected for estate in estates_read),
        unmatched=sum(estate.unmatched for estate in estates_read),
        problems=[problem for estate in estates_read for problem in estate.problems],
        faults=sum(estate.faults for estate in estates_read),
    )


def _write_part(authority: Authority, estate: estates.Estate, start: int, part: Path) -> int:
    """Write the rows of an authority, every column of the schema, numbered from `start`; how many numbers it took."""
    key = Session.LETTERS.format("serial")
    placeholders = loading.read_table("serial_placeholders")
    nobody = ", ".join(quoted(str(row["serial_key"])) for row in placeholders)
    # A prefix of fixed length: two serials are the same number of the same authority, or they differ.
    serial = f"CASE WHEN {key} IN ('', {nobody}) THEN serial ELSE '{authority.number:06}' || serial END"
    own = {"entity": quoted(authority.code), "serial": serial}
    own |= {name: f"{quoted(authority.code + '/')} || {name}" for name in OWN}
    there = {*estate.columns, "entity"}
    columns = ", ".join(
        f"CAST({own.get(name, name) if name in there else 'NULL'} AS {kind}) AS {name}"
        for name, kind in estates.inventory_types().items()
    )
    with canonical.connect() as con:
        scan = estates.quoted_scan(estate.inventory, estate.row_id)
        canonical.write_parquet(
            con, f"SELECT {start} + {estate.row_id} AS row_id, {columns} FROM {scan} ORDER BY row_id", part
        )
        last = con.execute(f"SELECT MAX({estate.row_id}) FROM {scan}").fetchall()[0][0]
    return 0 if last is None else int(last) + 1


def _prefix_names(small: list[tuple[Authority, pa.Table]]) -> pa.Table:
    """The small tables one after the other, their names prefixed with their authority."""
    import pyarrow as pa

    named = []
    for authority, table in small:
        for name in {*OWN, "entity"} & {*table.column_names}:
            values = table[name].to_pylist()
            mine = [value and f"{authority.code}/{value}" for value in values]
            if name == "entity":
                mine = [authority.code] * len(values)
            table = table.set_column(table.schema.get_field_index(name), name, pa.array(mine, pa.string()))
        named.append(table)
    return pa.concat_tables(named)


# ------------------------------------------------------------------------------------------- results by authority


def _write_results(con: Any, run: Path) -> None:
    """authorities.csv, comparisons.csv, and the amounts and impacts of each authority in Parquet, one folder each.

    The comparisons are quartiles by agent in each stratum, without what would tell of fewer than five authorities.
    """
    con.execute("SET threads = 1; SET preserve_insertion_order = true")  # one file in each folder
    for name in ("amounts", "impacts", "equipment"):
        con.execute(f"CREATE VIEW all_{name} AS FROM read_csv({quoted(str(run / f'{name}.csv'))}, all_varchar = true)")
    con.execute(f"CREATE VIEW all_gaps AS FROM {runs.scan_gaps(run)}")
    con.execute((Path(__file__).parent / "sql" / "observatory.sql").read_text("utf-8"))
    con.execute(f"COPY (FROM counted ORDER BY authority) TO {quoted(str(run / AUTHORITIES))} (HEADER)")
    (run / "by_authority").mkdir()
    for name, number in (("amounts", "amount"), ("impacts", "value")):
        chosen = f"SELECT * REPLACE (CAST({number} AS DOUBLE) AS {number}) RENAME (entity AS authority) FROM all_{name}"
        target = quoted(str(run / "by_authority" / name))
        con.execute(f"COPY ({chosen}) TO {target} (FORMAT parquet, PARTITION_BY (authority), COMPRESSION zstd)")
    query = (METHODS / "observatory" / "comparisons.sql").read_text(encoding="utf-8")
    rows = con.sql(query).to_arrow_table().to_pylist()
    columns = ("measure", "unit", "type", "size", *COMPARED, "hidden")
    files.write_csv(run / "comparisons.csv", columns, _without_hidden_cells(rows))


def _without_hidden_cells(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of each measure, those that statistical secrecy hides without their figures."""
    for measure in dict.fromkeys(row["measure"] for row in rows):
        own = [row for row in rows if row["measure"] == measure]
        secret = cell_suppression.suppressed_cells({(row["type"], row["size"]): row["authorities"] for row in own})
        for row in own:
            reason = secret.get((row["type"], row["size"]), "")
            yield {**row, **(dict.fromkeys(COMPARED) if reason else {}), "hidden": reason}
