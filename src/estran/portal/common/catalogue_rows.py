"""The tables of the catalogue that plans and requests read: actions, statuses, columns of spreadsheets, appraisal."""

from functools import cache

from estran.catalogue.loading import read_table
from estran.common import vocabulary
from estran.common.shipped import row_labels, rows_by_code, text_rows

Row = dict[str, str]
STATUS_CODES = ("to_come", "doing", "done", "paused", "dropped", "blocked", "late", "to_discuss")
CLOSED = ("done", "dropped")


def code_label(name: str, code: str) -> str:
    """The label of a code; « – » for none."""
    return row_labels(name)[code] if code else "–"


def table_choices(name: str, label: str = "label_fr") -> list[tuple[str, str]]:
    """Codes and labels for a list to choose from, the empty choice first."""
    return [("", "–"), *((row["code"], row[label]) for row in text_rows(name))]


@cache
def codes_by_spelling(name: str) -> dict[str, str]:
    """Every way of writing a label, simplified, to its code (to its field for columns)."""
    codes: dict[str, str] = {}
    for row in text_rows(name):
        code = row.get("code") or row["field"]
        written = [row.get("label_fr") or row["header"], *row["spellings"].split("|")]
        codes |= {vocabulary.text_key(text): code for text in written}
    return codes


def appraisal_rule(code: str) -> float:
    """The value of a rule of appraisal."""
    return float(rows_by_code("appraisal_rules")[code]["value"])


@cache
def general_types() -> dict[str, str]:
    """Each type of equipment → the type it is a variant of, itself if none."""
    return {row["code"]: row["variant_of"] or row["code"] for row in read_table("item_types")}
