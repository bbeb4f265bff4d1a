"""The columns of an unknown list, asked in the terminal: five rows, a guess for each header, one answer each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from estran.cli.display.console import console, plain_table
from estran.common import table_schema
from estran.common.language import _
from estran.importing import canonical, column_maps
from estran.importing.column_maps import IN_ESTATES, INVENTORY, ORDERS, ColumnMap, Target, targets
from estran.importing.formats import IGNORE

if TYPE_CHECKING:
    from estran.importing.recognition.header_guesses import HeaderGuess, Proposal
    from estran.importing.sheet_formats import Propose

NO = "-"  # what a person types to leave a column out


def is_interactive(as_json: bool) -> bool:
    """A person can answer: both ends are a terminal, and no machine reads the summary."""
    return not as_json and sys.stdin.isatty() and sys.stdout.isatty()


def ask_columns(propose: Propose, begin: Callable[[], object]) -> ColumnMap | None:
    """Ask what each row and each header is, then the name of the map; None when the input ends before."""
    begin()
    proposal = propose("")
    _show(proposal)
    try:
        tables = (*IN_ESTATES, *canonical.register_keys())
        table = _ask_one_of(
            _("Chaque ligne est ({tables})").format(tables=", ".join(IN_ESTATES)), tables, proposal.table
        )
        if table != proposal.table:
            proposal = propose(table)
            _show(proposal)
        columns = {one.header: _ask_column(one, proposal) for one in proposal.guesses if one.header}
        constants: dict[str, str] = {}
        while missing := column_maps.missing_columns(table, (*columns.values(), *constants)):
            typer.echo(column_maps.describe_missing(table, (*columns.values(), *constants)), err=True)
            if table == INVENTORY:
                columns |= _ask_missing(proposal, columns)
            else:
                constants |= {column: _ask_constant(table, column) for column in missing}
        dates = ""
        if proposal.mixed_dates:
            text = _("Dates : jour d’abord (dmy), mois d’abord (mdy) ou année d’abord (ymd) ?")
            dates = _ask_one_of(text, ORDERS, ORDERS[0])
        name = typer.prompt(_("Nom de cette carte, pour la prochaine fois"), default=proposal.map.name, err=True)
    except typer.Abort:
        return None
    return ColumnMap(column_maps.file_stem(name), table, columns, dates, constants)


def choose_vat(file: str, begin: Callable[[], object]) -> str:
    """Ask once whether the amounts of an extract of accounts include VAT; an empty text when the input ends before."""
    begin()
    answers = {"ttc": "included", "ht": "excluded"}
    question = _("{file} : ses montants sont-ils TTC ou hors taxe (ttc, ht) ?").format(file=file)
    try:
        return answers[_ask_one_of(question, tuple(answers), "ttc")]
    except typer.Abort:
        return ""


def _show(proposal: Proposal) -> None:
    """The first rows and the guesses, and the columns that an answer may name."""
    terminal = console(stderr=True)
    if proposal.format:
        text = _("{file} : « {format} » n’en connaît que {known} en-têtes sur {total}. Que sont ces colonnes ?")
        total = proposal.known + len(proposal.unknown)
        names = {"format": proposal.format, "known": proposal.known, "total": total}
        terminal.print(text.format(file=proposal.file, **names), markup=False)
    else:
        terminal.print(
            _("{file} : aucun format ne connaît ces en-têtes. Que sont ces colonnes ?").format(file=proposal.file),
            markup=False,
        )
    table = plain_table()
    for heading in (_("en-tête"), _("premières cases"), _("serait"), _("pourquoi")):
        table.add_column(heading, overflow="fold")
    known = targets(proposal.table)
    for one in proposal.guesses:
        cells = dict.fromkeys(row[one.place] for row in proposal.rows if one.place < len(row) and row[one.place])
        guess = known[one.column].label if one.column in known else NO
        why = _("colonne de personnes, écartée") if one.personal else one.reason
        table.add_row(one.header, " · ".join(cells), guess, why)
    terminal.print(table)
    usual = list(known.items())[: column_maps.count_usual(proposal.table)]
    numbered = [f"{number} {target.label} ({name})" for number, (name, target) in enumerate(usual, start=1)]
    terminal.print(" · ".join(numbered), markup=False, highlight=False)
    text = _("Entrée accepte ; un numéro ou un nom change, fût-il un autre de la table « {table} » ; - écarte.")
    terminal.print(text.format(table=proposal.table), markup=False)


def _ask_column(one: HeaderGuess, proposal: Proposal) -> str:
    """The column of a header, or `ignore`: asked until the answer is one."""
    if one.personal:
        return IGNORE
    known = targets(proposal.table)
    default = one.column if one.column in known else NO
    while True:
        answer = typer.prompt(f"« {one.header} »", default=default, err=True).strip()
        if answer in (NO, IGNORE):
            return IGNORE
        if column := _column_named(answer, known):
            return column
        typer.echo(_("« {answer} » n’est ni un numéro, ni le nom d’une colonne.").format(answer=answer), err=True)


def _column_named(answer: str, known: Mapping[str, Target]) -> str:
    """The column that a number, a code or a label names, or an empty text."""
    if answer.isdecimal():
        return list(known)[int(answer) - 1] if 0 < int(answer) <= len(known) else ""
    same = (name for name, target in known.items() if answer.casefold() in (name, target.label.casefold()))
    return next(same, "")


def _ask_missing(proposal: Proposal, columns: Mapping[str, str]) -> dict[str, str]:
    """Which header gives the column that lacks: asked again, one header after the other."""
    again = [one for one in proposal.guesses if columns.get(one.header) == IGNORE and not one.personal]
    if not again:
        raise typer.Abort
    return {one.header: _ask_column(replace(one, column=""), proposal) for one in again}


def _ask_constant(table: str, column: str) -> str:
    """The value of a column in every row, where no header gives it."""
    choices = next(one.choices for one in table_schema.columns(table) if one.column == column)
    text = _("« {name} », pour toutes les lignes").format(name=targets(table)[column].label)
    if choices:
        return _ask_one_of(f"{text} ({', '.join(choices)})", choices, choices[0])
    return str(typer.prompt(text, err=True))


def _ask_one_of(question: str, answers: tuple[str, ...], default: str) -> str:
    while (answer := typer.prompt(question, default=default, err=True).strip()) not in answers:
        typer.echo(_("Mettre l’un de ces noms : {names}.").format(names=", ".join(answers)), err=True)
    return answer
