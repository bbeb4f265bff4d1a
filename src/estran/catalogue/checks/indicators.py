"""Checks of the indicators: what they divide, by what, and what the tables of these quantities hold."""

import ast
import re
from collections.abc import Iterator

from estran.catalogue.checks.tables import Tables, fault, unknown
from estran.catalogue.loading import Row
from estran.common.language import _
from estran.common.problems import Problem

SQL_WORDS = re.compile(
    "select|from|where|and|or|not|in|is|null|between|distinct|like|true|false"
    "|case|when|then|else|end|as|double|interval|year|month|day"
)
NAME = re.compile(r"[a-z_]\w*")


def check_indicators(tables: Tables) -> Iterator[Problem]:
    """The faults of quantities, indicators and legal counters."""
    yield from _quantities(tables)
    for name in ("indicators", "legal_counters"):
        for row in tables.rows(name):
            yield from _ratio(tables, name, row)
    file = tables.file("indicators")
    for row in tables.rows("indicators"):
        for step in (row["threshold_steps"] or "").split(";"):
            if step and not re.fullmatch(r"\d{4}:-?\d+(\.\d+)?", step):
                remedy = _("Écrire « année:valeur », séparées par des points-virgules.")
                yield fault(_("Seuil illisible"), file, step, row["line"], remedy)


def _ratio(tables: Tables, name: str, row: Row) -> Iterator[Problem]:
    """Numerator and denominator over known quantities, the denominator dated; a multiplier that is a number."""
    file, known = tables.file(name), {one["quantity"]: one for one in tables.rows("quantities")}
    for column in ("numerator", "denominator"):
        expression = row[column] or ""
        if column == "numerator" and not expression:
            yield fault(_("Numérateur absent"), file, next(iter(row.values())), row["line"])
        elif expression and not _is_arithmetic(expression):
            remedy = _("Écrire des grandeurs et des nombres avec + - * / et des parenthèses.")
            yield fault(_("Formule illisible ({name})").format(name=column), file, expression, row["line"], remedy)
        what = _("Grandeur inconnue ({name})").format(name=column)
        for quantity in dict.fromkeys(NAME.findall(expression)):
            yield from unknown(what, file, quantity, row["line"], known, tables.file("quantities"))
    if not re.fullmatch(r"\d+(\.\d+)?", row["times"] or ""):
        yield fault(
            _("Multiplicateur illisible"), file, row["times"] or "", row["line"], _("Écrire un nombre, avec un point.")
        )


def _is_arithmetic(expression: str) -> bool:
    """Names and numbers, joined by the four operations."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        return False
    admitted = (ast.Expression, ast.BinOp, ast.Name, ast.Load, ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div)
    return all(isinstance(node, admitted) for node in ast.walk(tree))


def _quantities(tables: Tables) -> Iterator[Problem]:
    """Columns that the table of a quantity does not have, values that its choices do not admit, a date that is none."""
    file = tables.file("quantities")
    kinds = set(tables.codes("type_kinds", "kind"))
    computed = {row["table"]: (row["columns"] or "").split("|") for row in tables.rows("quantity_tables")}
    for row in tables.rows("quantities"):
        sql = f"{row['measure']} {row['filter'] or ''}"
        if row["table"] not in computed:
            continue  # check_links says it
        schema = tables.columns.get(row["table"], {})
        known = {*computed[row["table"]], *schema} | _inner(tables, sql)
        bare = re.sub(r"'[^']*'", "", sql)
        what = _("Colonne que la table « {table} » n’a pas").format(table=row["table"])
        for name in dict.fromkeys(re.findall(r"\b[a-z_]\w*\b(?!\s*\()", bare)):
            if not SQL_WORDS.fullmatch(name):
                yield from unknown(what, file, name, row["line"], known, tables.file("quantity_tables"))
        for column, value in _compared(sql):
            if admitted := _admitted(column, row, schema, computed[row["table"]], kinds):
                what = _("Valeur que la colonne n’admet pas ({name})").format(name=column)
                yield from unknown(what, file, value, row["line"], admitted, file)


def _inner(tables: Tables, sql: str) -> set[str]:
    """Tables that a filter looks into, and their columns."""
    inner = set(re.findall(r"\bFROM (\w+)", sql))
    return inner | {column for name in inner for column in tables.columns.get(name, ())}


def _compared(sql: str) -> Iterator[tuple[str, str]]:
    """What columns are compared with: `route IN ('sale', 'gift')` → route sale, route gift."""
    for column, _sign, value in re.findall(r"(\w+)\s*(=|<>)\s*'([^']*)'", sql):
        yield column, value
    for column, values in re.findall(r"(\w+) IN \(([^)]*)\)", sql):
        yield from ((column, value) for value in re.findall(r"'([^']*)'", values))


def _admitted(column: str, row: Row, schema: dict[str, Row], computed: list[str], kinds: set[str]) -> list[str]:
    """The values a column may have; none where any is possible."""
    if (column, row["table"]) == ("quantity", "typed"):
        return [row["quantity"]]
    if column in schema:
        return [choice for choice in (schema[column]["choices"] or "").split("|") if choice]
    return sorted(kinds) if column == "kind" and row["table"] != "quality" and column in computed else []
