"""Indicators in the terminal: the core ones first, then those that are known, then the legal counters."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.table import Table

from estran.analysis import indicators, legal
from estran.analysis.indicators import Followed, Indicator
from estran.cli.display_years import console
from estran.common.language import _


def show_indicators(found: Followed, *, as_json: bool) -> None:
    """Every indicator of the last year that is known, the core ones in any case, and what the law counts."""
    if as_json:
        counted = [asdict(verdict) for verdict in found.counters]
        said = {"indicators": [asdict(row) for row in found.indicators], "legal": counted}
        print(json.dumps(said, ensure_ascii=False))
        return
    core(found)
    if found.others:
        console().print(_table(_("Autres indicateurs connus"), found.others))
    latest = found.of_last_year()
    waiting = sum(row.status != "ok" for row in latest)
    left = _(
        "{n} indicateurs sur {all} attendent un registre ou une valeur ; -o FICHIER.csv les liste, avec la raison."
    )
    console().print(left.format(n=waiting, all=len(latest)))
    _legal(found.counters)


def core(found: Followed) -> None:
    """The twelve core indicators of the last year, with the reason of those that are not known."""
    console().print(_table(_("Les douze indicateurs, {year}").format(year=found.core[0].year), found.core))


def _table(title: str, rows: list[Indicator]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="bold")
    table.add_column(_("indicateur"), overflow="fold")
    table.add_column(_("valeur"), overflow="fold")
    for name in (_("seuil"), _("cible"), _("depuis l’année d’avant")):
        table.add_column(name)
    for row in rows:
        limit = "" if row.threshold is None else indicators.value_text(row.threshold, row.unit)
        table.add_row(row.label, _value(row), limit, indicators.aim(row), indicators.evolution(row))
    return table


def _value(row: Indicator) -> str:
    """The value with its interval and the day of its denominator, or why there is none."""
    if row.value is None:
        return _("– ({why})").format(why=row.why)
    said = ", ".join(part for part in indicators.measured(row) if part)
    day = indicators.dated(row)
    return f"{said} ({day})" if day else said


def _legal(verdicts: list[legal.Verdict]) -> None:
    screen = console()
    screen.print(_("Compteurs réglementaires (aucun avis juridique)"), style="bold")
    for verdict in verdicts:
        known = [counter for counter in verdict.counters if counter.value is not None]
        if not known and verdict.verdict != "optional":
            continue
        word = legal.words(verdict.verdict)
        screen.print("  " + (_("{what} : {value}").format(what=verdict.label, value=word) if word else verdict.label))
        for counter in known:
            value = indicators.value_text(counter.value or 0.0, counter.unit)
            if counter.threshold is not None:
                value += _(" (seuil {threshold})").format(
                    threshold=indicators.value_text(counter.threshold, counter.unit)
                )
            screen.print(f"    {counter.period} " + _("{what} : {value}").format(what=counter.label, value=value))
        if verdict.unconfirmed:
            screen.print("    " + verdict.unconfirmed, style="dim")
