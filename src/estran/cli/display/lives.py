"""Observed lives in the terminal: beside the decided ones, then the curve of each type that has enough departures."""

from typing import Any

from rich.table import Table

from estran.analysis.lives import Lives, interval_text, life_text, years_text
from estran.catalogue.labels import Labels
from estran.cli.display.console import BAR, console, folded, numbers, plain_table, print_json
from estran.common import formatting
from estran.common.language import _, current_language, ngettext

Row = dict[str, Any]


def show_lives(lives: Lives, *, as_json: bool) -> None:
    """Print decided and observed lives side by side, then the curves."""
    if as_json:
        rows = [row | {"decided_years": lives.decided_years(row["item_type"])} for row in lives.lives]
        print_json({"years": lives.years, "lives": rows, "ages": lives.ages, "curve": lives.curve})
        return
    language, terminal = current_language(), console()
    names, shown = Labels(language), lives.indicators
    if not shown:
        terminal.print(
            _(
                "Aucun type n’a encore assez de départs suivis pour une durée observée : il en faut 30, avec leur date "
                "d’achat et un numéro de série ou un identifiant."
            )
        )
    if left := [row for row in lives.lives if row["departures"]]:
        terminal.print(_summary(lives, left, names))
    if still := sum(not row["departures"] for row in lives.lives):
        text = ngettext("{n} autre type n’a pas de départ suivi.", "{n} autres types n’ont pas de départ suivi.", still)
        terminal.print(text.format(n=still))
    terminal.print(_left_out(lives, language))
    for code, row in shown.items():
        title = _("{what} : {value}").format(what=names.label("item_type", code), value=life_text(row, language))
        terminal.print(_curve([age for age in lives.ages if age["item_type"] == code], title, language))
        decided = lives.decided_years(code)
        if decided and (step := lives.share_at(code, decided)):
            text = _("À la durée décidée, {years}, {share} servent encore.")
            share = formatting.percent(step["share"], language)
            terminal.print(text.format(years=years_text(decided, language), share=share))


def _summary(lives: Lives, rows: list[Row], names: Labels) -> Table:
    heads = (_("décidée"), _("observée"), _("intervalle à 95 %"), _("suivis"), _("départs"), _("dont disparus"))
    table = plain_table(folded(_("Type")), *map(numbers, (*heads, _("de … à … ans"))))
    lang = names.lang
    for row in sorted(rows, key=lambda row: -row["departures"]):
        decided = lives.decided_years(row["item_type"])
        observed = ["–", "–"]
        if row["is_indicator"]:
            years = years_text(row["mean_years"], lang)
            observed = [f"≥ {years}" if row["at_least"] else years, interval_text(row, lang)]
        ages = ""
        if row["mean_years"] is not None:
            first, last = (formatting.number(round(row[name], 1), lang, 3) for name in ("first_years", "last_years"))
            ages = _("{low} à {high}").format(low=first, high=last)
        counts = (formatting.count(row[name], lang) for name in ("followed", "departures", "vanished"))
        table.add_row(names.label("item_type", row["item_type"]), years_text(decided, lang), *observed, *counts, ages)
    return table


def _left_out(lives: Lives, lang: str) -> str:
    """What the history could not follow, and why."""
    names = ("without_identifier", "without_purchase_date", "left_before", "lost")
    sums = {name: formatting.count(sum(row[name] for row in lives.lives), lang) for name in names}
    text = _(
        "Hors suivi : {without_identifier} sans numéro de série ni identifiant, {without_purchase_date} sans date "
        "d’achat, {left_before} partis avant le premier inventaire ou à une date inconnue. {lost} perdus de vue, leur "
        "liste n’étant pas revenue."
    )
    return text.format(**sums)


def _curve(ages: list[Row], title: str, lang: str) -> Table:
    heads = (_("âge (ans)"), _("encore en service"), _("intervalle à 95 %"), _("suivis"))
    table = plain_table(*map(numbers, heads), "", title=title, title_justify="left", title_style="bold")
    for row in (age for age in ages if age["age_years"]):
        share, low, high = (formatting.percent(row[name], lang) for name in ("share", "low95", "high95"))
        between = _("{low} à {high}").format(low=low, high=high)
        count = formatting.count(row["at_risk"] or 0.0, lang)
        table.add_row(f"{row['age_years']:.0f}", share, between, count, "█" * round(BAR * row["share"]))
    return table
