"""Indicators in the terminal: the core ones first, then those that are known, then the legal counters."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.table import Table

from estran import lang
from estran.footprint import legal, wording
from estran.footprint.indicators import Followed, Indicator
from estran.lang import _
from estran.terminal_years import console


def show(found: Followed, *, as_json: bool) -> None:
    """Every indicator of the last year that is known, the core ones in any case, and what the law counts."""
    if as_json:
        counted = [asdict(verdict) for verdict in found.counters]
        said = {"indicators": [asdict(row) for row in found.indicators], "legal": counted}
        print(json.dumps(said, ensure_ascii=False))
        return
    latest = found.of_last_year()
    core(latest)
    others = [row for row in latest if row.rank is None and row.status == "ok"]
    if others:
        console().print(_table(_("Autres indicateurs connus"), others))
    waiting = sum(row.status != "ok" for row in latest)
    left = _(
        "{n} indicateurs sur {all} attendent un registre ou une valeur ; -o FICHIER.csv les liste, avec la raison."
    )
    console().print(left.format(n=waiting, all=len(latest)))
    _legal(found.counters)


def core(rows: list[Indicator]) -> None:
    """The twelve core indicators of a year, with the reason of those that are not known."""
    first = [row for row in rows if row.rank is not None]
    console().print(_table(_("Les douze indicateurs, {year}").format(year=first[0].year), first))


def _table(title: str, rows: list[Indicator]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="bold")
    table.add_column(_("indicateur"), overflow="fold")
    table.add_column(_("valeur"), overflow="fold")
    for name in (_("seuil"), _("cible"), _("depuis l’année d’avant")):
        table.add_column(name)
    for row in rows:
        table.add_row(row.label, _value(row), _limit(row), _aim(row), _change(row))
    return table


def _value(row: Indicator) -> str:
    """The value with its interval, or why there is none."""
    language = lang.current()
    if row.value is None:
        return _("– ({why})").format(why=row.why)
    said = (
        wording.interval(row.value, row.low95, row.high95, row.unit, language)
        if row.low95 is not None
        else _number(row.value, row.unit)
    )
    if row.denominator_date and "-" in row.denominator_date:
        said += _(" (au {day})").format(day=wording.day(row.denominator_date[-10:], language))
    return said


def _number(value: float, unit: str) -> str:
    text = wording.number(value, lang.current(), digits=4)
    return f"{text}\u00a0{unit}" if unit else text


def _limit(row: Indicator) -> str:
    return "" if row.threshold is None else _number(row.threshold, row.unit)


def _aim(row: Indicator) -> str:
    if row.target is None:
        return ""
    said = _("{target} en {year}").format(target=_number(row.target, row.unit), year=row.target_year)
    if row.distance is not None:
        said += _(", écart {distance}").format(distance=wording.number(row.distance, lang.current(), digits=3))
    return said


def _change(row: Indicator) -> str:
    trends = {
        "better": _("mieux"),
        "worse": _("moins bien"),
        "steady": _("stable"),
        "within_doubt": _("dans l’incertitude"),
        "not_comparable": _("comptés autrement"),
    }
    word = trends.get(row.trend, "")
    if row.change is None:
        return word
    change = ("+" if row.change > 0 else "") + wording.number(row.change, lang.current(), digits=3)
    return f"{change} ({word})" if word else change


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
            value = _number(counter.value or 0.0, counter.unit)
            if counter.threshold is not None:
                value += _(" (seuil {threshold})").format(threshold=_number(counter.threshold, counter.unit))
            screen.print(f"    {counter.period} " + _("{what} : {value}").format(what=counter.label, value=value))
        if verdict.unconfirmed:
            screen.print("    " + verdict.unconfirmed, style="dim")
