"""An import in the terminal: each file, then what the estate holds and what to mend first, on one screen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from textwrap import fill  # Rich breaks a line at a space that must not break
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Column, Table

from estran.catalogue.labels import word
from estran.cli.display.console import console, numbers, plain_table, print_json
from estran.cli.messages import SHOWN
from estran.common import formatting
from estran.common.language import _, colon, ngettext
from estran.importing import inspection_text

if TYPE_CHECKING:
    from estran.importing.estate_import import ImportReport
    from estran.importing.inspection import Inspection
    from estran.importing.normalising import FileReport
    from estran.importing.recognition.statuses import UnknownStatus

WIDTH = 80  # characters of a line of the screen
TYPES, EVIDENCE, ADVICE, NOTES = 8, 8, 6, 3  # lines of each part
cut = partial(Column, overflow="ellipsis", no_wrap=True)


def show_import(report: ImportReport, *, as_json: bool) -> None:
    """Print what an import read: each file, why it was read so, what was dropped; then the rows of the estate."""
    if as_json:
        print_json(_summary(report))
        return
    for file in report.files:
        _show_file(file, whole=len(report.files) <= NOTES)
    total = ngettext("{rows} ligne dans {estate}", "{rows} lignes dans {estate}", report.rows)
    beside = _beside_inventory(report)
    if report.rows or not beside:
        print(total.format(rows=formatting.count(report.rows), estate=report.estate))
    for table, rows in beside.items():
        text = ngettext("{rows} ligne dans {estate}", "{rows} lignes dans {estate}", rows)
        print(text.format(rows=formatting.count(rows), estate=report.estate / f"{table}.csv"))
    if report.inspection:
        show_inspection(report, report.inspection)


def _beside_inventory(report: ImportReport) -> dict[str, int]:
    """Table of an estate other than its inventory → the rows read for it: machines, applications, rooms…"""
    counted: dict[str, int] = {}
    for file in report.files:
        if file.table not in ("inventory", "labels", "statuses") and file.rows_written:
            counted[file.table] = counted.get(file.table, 0) + file.rows_written
    return counted


def _summary(report: ImportReport) -> dict[str, Any]:
    """An import for machines."""
    files = [
        {"name": file.name, "format": file.format, "reason": file.reason, "read": file.rows_read}
        | {"rows": file.rows_written, "rejected": file.rejected, "set_aside": file.set_aside}
        for file in report.files
    ]
    names = ("rows", "rejected", "set_aside", "states", "labels_to_settle", "unread")
    counts = {name: getattr(report, name) for name in names}
    counts["statuses_to_settle"] = [asdict(one) for one in report.statuses_to_settle]
    inspection = asdict(report.inspection) if report.inspection else None
    return {"estate": str(report.estate), **counts, "files": files, "inspection": inspection}


def _show_file(file: FileReport, *, whole: bool) -> None:
    """Print a file: why it was read so, its rows, what was dropped; `whole`: with every note, else how many."""
    print(colon(file.name, file.reason))
    print("  " + _rows_of_file(file))
    for columns, label in (
        (file.personal, _("colonnes personnelles écartées")),
        (file.ignored, _("colonnes ignorées")),
    ):
        if columns:
            print("  " + colon(label, ", ".join(columns)))
    for note in file.notes if whole else ():
        print(f"  {note}")


def _rows_of_file(file: FileReport) -> str:
    """The rows of a file: all, then those read, rejected and set aside; their sum is that of all."""
    text = ngettext(
        "{rows} ligne : lues {written}, rejetées {rejected}, mises de côté {aside}",
        "{rows} lignes : lues {written}, rejetées {rejected}, mises de côté {aside}",
        file.rows_read,
    )
    counts = {"rows": file.rows_read, "written": file.rows_written, "rejected": file.rejected, "aside": file.set_aside}
    return text.format(**{name: formatting.count(n) for name, n in counts.items()})


def show_inspection(report: ImportReport, inspection: Inspection) -> None:
    """Print what the estate holds, how it was recognised, what weighs most, and what to mend first."""
    terminal = console()
    terminal.width = min(terminal.width, WIDTH)
    terminal.soft_wrap = False
    terminal.print()
    terminal.print(fill(inspection_text.states_sentence(inspection), terminal.width), style="bold")
    if inspection.kg:
        beside = Table.grid(padding=(0, 2))
        beside.add_row(
            _table(inspection_text.types_table(inspection, TYPES), (20,), (0, 2, 3)),
            _table(inspection_text.evidence_table(inspection, EVIDENCE), (23,), (0, 1, 3)),
        )
        terminal.print(beside)
        heaviest = inspection_text.heaviest_table(inspection)
        terminal.print(_table(heaviest, (36, 25), (0, 1, 3, 4), title=heaviest.title))
    advice = inspection_text.advice_of(inspection, f"{report.estate}{os.sep}", report.rejected, report.labels_to_settle)
    terminal.print(_("À régler d’abord") if advice else _("Rien à régler."), style="bold")
    for number, one in enumerate(advice[:ADVICE], 1):
        share = f" ({formatting.percent(one.share)})" if one.share else ""
        text = fill(f"{number}. {one.what}{share}. {one.remedy}", terminal.width, subsequent_indent="   ")
        terminal.print(text, markup=False)
    terminal.print(_("Tout le détail est dans {file}.").format(file=report.estate / "import.md"))


# ---------------------------------------------------------------------------------------------------------- statuses


def ask_statuses(unknown: Sequence[UnknownStatus]) -> dict[str, str]:
    """Ask a person what each word of a status means: word → status, those answered before the input ends."""
    letters = {"1": "in_service", "2": "spare", "3": "retired"}
    choices = ", ".join(f"{letter} {word('status', status)}" for letter, status in letters.items())
    asked = _("{choices}, ou Entrée pour décider plus tard").format(choices=choices)
    answers: dict[str, str] = {}
    for one in unknown:
        text = ngettext("Que veut dire « {word} » ({n} ligne) ?", "Que veut dire « {word} » ({n} lignes) ?", one.rows)
        typer.echo(text.format(word=one.written, n=one.rows), err=True)
        try:
            answer = typer.prompt(asked, default="", show_default=False, err=True)
        except typer.Abort:
            break
        if status := letters.get(answer.strip()):
            answers[one.written] = status
    return answers


def print_statuses(report: ImportReport) -> None:
    """Say which words of statuses nobody has settled, and that their rows are not counted."""
    if words := report.statuses_to_settle:
        text = ngettext(
            "Statut que personne n’a réglé, dont les lignes ne sont pas comptées : {words}",
            "Statuts que personne n’a réglés, dont les lignes ne sont pas comptées : {words}",
            len(words),
        )
        shown = ", ".join(f"« {one.written} » ({one.rows})" for one in words[:SHOWN])
        typer.echo(text.format(words=shown), err=True)
        remedy = _("Dire ce qu’ils veulent dire dans {file}, puis : estran import {file} -o {estate}")
        typer.echo("  → " + remedy.format(file=report.estate / "statuses.csv", estate=report.estate), err=True)


def _table(table: inspection_text.Table, widths: Sequence[int], columns: Sequence[int], title: str = "") -> Table:
    """Some columns of a table: the first ones are texts of these widths, the others as wide as what they hold."""
    names = [table.headers[i] for i in columns]
    heads = [cut(name, width=width) for name, width in zip(names, widths, strict=False)]
    heads += [numbers(name, no_wrap=True) for name in names[len(widths) :]]
    shown = plain_table(*heads, title=title or None, title_justify="left", title_style="bold", padding=(0, 1, 0, 0))
    for row in table.rows:
        shown.add_row(*(row[i] for i in columns))
    return shown
