"""The indicators followed from year to year, the legal counters, and what is missing to follow more."""

from collections.abc import Iterator

from estran.analysis import indicators, legal
from estran.analysis.indicators import FollowedIndicators, Indicator
from estran.common.language import _, colon
from estran.reporting.blocks import Block, Card, Cards, Heading, Paragraph, Span, Table, Text
from estran.reporting.figures import NONE


def followed_indicators(followed: FollowedIndicators) -> Iterator[Block]:
    """The whole section."""
    yield Heading(_("Les indicateurs suivis"), anchor="indicators")
    yield Paragraph(indicators.trend_sentence(followed.core), "lead")
    yield Cards([card(row) for row in followed.core])
    text = _("« Mieux » ou « moins bien » ne se dit d’une empreinte que si le changement dépasse le doute, et jamais "
             "de deux années comptées autrement. Les trajets et le papier évités se lisent à côté de l’empreinte, "
             "sans s’en soustraire.")  # fmt: skip
    yield Paragraph(text, "note")
    yield from _counters(followed)
    yield from _others(followed)
    yield from _waiting(followed)


def card(row: Indicator) -> Card:
    """An indicator: value, interval, target, legal threshold, trend, day of its denominator."""
    value, between = indicators.measured_texts(row)
    notes = []
    if row.why:
        notes.append(" ".join((_("Non connu :"), row.why)))
    if row.target is not None:
        notes.append(" ".join((_("Cible :"), indicators.target_text(row))))
    if row.threshold is not None:
        notes.append(" ".join((_("Seuil légal :"), indicators.value_text(row.threshold, row.unit))))
    if change := indicators.evolution_text(row):
        notes.append(_("Depuis {year} : {change}").format(year=row.previous_year, change=change))
    if day := indicators.date_text(row):
        notes.append(_("Effectif ou état {day}").format(day=day))
    if rooms := indicators.rooms_text(row):
        notes.append(f"{rooms[0].upper()}{rooms[1:]}")
    return Card(value, between, row.label, notes)


def _counters(followed: FollowedIndicators) -> Iterator[Block]:
    rows = [
        [
            verdict.label,
            legal.verdict_label(verdict.verdict),
            _(" ; ").join(_counter(one) for one in verdict.counters if one.value is not None) or NONE,
            verdict.unconfirmed or NONE,
        ]
        for verdict in followed.counters
        if verdict.verdict
    ]
    if rows:
        yield Heading(_("Ce que les textes demandent de compter"), 2)
        heads = [_("Règle"), _("Résultat"), _("Compté"), _("Ce qui n’est pas établi")]
        yield Table(_("Compteurs réglementaires"), heads, rows, "llll", "legal-table", long=True)
        yield Paragraph(_("Aucun avis juridique."), "note")


def _counter(counter: legal.Counter) -> str:
    assert counter.value is not None
    value = indicators.value_text(counter.value, counter.unit, 4)
    if counter.threshold is not None:
        threshold = " ".join((_("seuil"), indicators.value_text(counter.threshold, counter.unit, 4)))
        value += f" ({threshold})"
    return colon(f"{counter.label}, {counter.period}", value)


def _others(followed: FollowedIndicators) -> Iterator[Block]:
    rows = [
        [
            (row.label, Span(rooms, "below")) if (rooms := indicators.rooms_text(row)) else row.label,
            indicators.measured_texts(row)[0],
            indicators.target_text(row) or NONE,
            indicators.evolution_text(row) or NONE,
        ]
        for row in followed.others
    ]
    if rows:
        yield Heading(_("Les autres indicateurs connus"), 2)
        heads = [_("Indicateur"), _("Valeur"), _("Cible"), _("Depuis l’année d’avant")]
        yield Table(_("Autres indicateurs connus"), heads, rows, "lrlr", "others-table", long=True)


def _waiting(followed: FollowedIndicators) -> Iterator[Block]:
    rows: list[list[Text]] = [
        [why, _(" ; ").join(row.label for row in waiting)] for why, waiting in followed.waiting.items()
    ]
    if rows:
        yield Heading(_("Ce qui manque pour en suivre davantage"), 2)
        heads = [_("Ce qui manque"), _("Indicateurs")]
        yield Table(_("Indicateurs en attente"), heads, rows, "wl", "waiting-table", long=True)
