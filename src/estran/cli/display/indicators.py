"""Indicators in the terminal: the core ones first, then those that are known, then the legal counters."""

from dataclasses import asdict

from rich.table import Table

from estran.analysis import indicators, legal
from estran.analysis.indicators import FollowedIndicators, Indicator
from estran.cli.display.console import console, folded, plain_table, print_json
from estran.common.language import _, colon


def show_indicators(followed: FollowedIndicators, *, as_json: bool) -> None:
    """Print every indicator of the last year that is known, the core ones in any case, and what the law counts."""
    if as_json:
        legal_rows = [asdict(verdict) for verdict in followed.counters]
        summary = {"indicators": [asdict(row) for row in followed.indicators], "legal": legal_rows}
        print_json(summary)
        return
    show_core_indicators(followed)
    if followed.others:
        console().print(_table(_("Autres indicateurs connus"), followed.others))
    latest = followed.of_last_year()
    waiting = sum(row.status != "ok" for row in latest)
    left = _(
        "{n} indicateurs sur {all} attendent un registre ou une valeur ; -o FICHIER.csv les liste, avec la raison."
    )
    console().print(left.format(n=waiting, all=len(latest)))
    _show_legal(followed.counters)


def show_core_indicators(followed: FollowedIndicators) -> None:
    """Print the twelve core indicators of the last year, with the reason of those that are not known."""
    console().print(_table(_("Les douze indicateurs, {year}").format(year=followed.core[0].year), followed.core))


def _table(title: str, rows: list[Indicator]) -> Table:
    heads = (folded(_("indicateur")), folded(_("valeur")), _("seuil"), _("cible"), _("depuis l’année d’avant"))
    table = plain_table(*heads, title=title, title_justify="left", title_style="bold")
    for row in rows:
        limit = "" if row.threshold is None else indicators.value_text(row.threshold, row.unit)
        table.add_row(row.label, _value(row), limit, indicators.target_text(row), indicators.evolution_text(row))
    return table


def _value(row: Indicator) -> str:
    """The value with its interval and the day of its denominator, or why there is none."""
    if row.value is None:
        return _("– ({why})").format(why=row.why)
    text = ", ".join(part for part in indicators.measured_texts(row) if part)
    beside = ", ".join(part for part in (indicators.date_text(row), indicators.rooms_text(row)) if part)
    return f"{text} ({beside})" if beside else text


def _show_legal(verdicts: list[legal.Verdict]) -> None:
    terminal = console()
    terminal.print(_("Compteurs réglementaires (aucun avis juridique)"), style="bold")
    for verdict in verdicts:
        known = [counter for counter in verdict.counters if counter.value is not None]
        if not known and verdict.verdict != "optional":
            continue
        word = legal.verdict_label(verdict.verdict)
        terminal.print("  " + (colon(verdict.label, word) if word else verdict.label))
        for counter in known:
            value = indicators.value_text(counter.value or 0.0, counter.unit)
            if counter.threshold is not None:
                value += _(" (seuil {threshold})").format(
                    threshold=indicators.value_text(counter.threshold, counter.unit)
                )
            terminal.print(f"    {counter.period} " + colon(counter.label, value))
        if verdict.unconfirmed:
            terminal.print("    " + verdict.unconfirmed, style="dim")
