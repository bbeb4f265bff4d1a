"""Texts, names and files as SQL writes them."""

from pathlib import Path


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name of a column or table, whatever its signs."""
    return '"' + name.replace('"', '""') + '"'


def parquet_scan(path: Path, options: str = "") -> str:
    """The rows of a Parquet file; `options` as `file_row_number = true`."""
    return f"read_parquet({', '.join(filter(None, (quoted(str(path)), options)))})"
