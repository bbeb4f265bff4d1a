"""What is missing, weighed and never in a total (M6), and the next measures worth making."""

from collections.abc import Iterator

from estran.common import formatting
from estran.common.language import _, ngettext
from estran.reporting.blocks import Block, Heading, Items, Paragraph, Span, Table, Text
from estran.reporting.figures import NONE, Row, within_sentence
from estran.reporting.run_summary import RunSummary

SHOWN = 5  # groups of gaps in a list
LISTED = 15  # groups of gaps in a table, the rest in one row


def extent(run: RunSummary) -> Iterator[Block]:
    """How many rows are incomplete for climate change, and what is missing at most; nothing when nothing is."""
    write, incomplete, texts = run.figures, run.carbon["gap_rows"], []
    if incomplete:
        sentence = ngettext("{n} ligne sur {rows} est incomplète pour le climat.",
                            "{n} lignes sur {rows} sont incomplètes pour le climat.", incomplete)  # fmt: skip
        texts.append(sentence.format(n=write.count(incomplete), rows=write.count(run.carbon["rows"])))
    if weighed := [gap["at_most"] for gap in run.gaps if gap["at_most"] is not None]:
        sentence = _("Ce qui manque pèserait au plus environ {bound}, en dehors du total.")
        texts.append(sentence.format(bound=write.at_most(sum(weighed), run.carbon["unit"])))
    if unknown := sum(gap["rows"] for gap in run.gaps if gap["at_most"] is None):
        sentence = ngettext("Pour {n} ligne, l’ordre de grandeur est inconnu.",
                            "Pour {n} lignes, l’ordre de grandeur est inconnu.", unknown)  # fmt: skip
        texts.append(sentence.format(n=write.count(unknown)))
    if texts:
        yield Paragraph(" ".join(texts))


def heaviest_gaps(run: RunSummary, everything: str = "", *, remedies: bool = True) -> Items:
    """The groups of gaps that weigh most: what, how many, where, at most how much, and what to do."""
    items: list[Text] = []
    for gap in run.gaps[:SHOWN]:
        lacks = ", ".join(within_sentence(cause["label"]) for cause in gap["causes"])
        lacks = "" if lacks == within_sentence(gap["label"]) else lacks + _(" ; ")
        remedy = f" {gap['remedy']}" if remedies else ""
        items.append(
            (Span(gap["label"], "strong"), f" ({_extent(run, gap)})", _(" : "), f"{lacks}{bound(run, gap)}.{remedy}")
        )
    if (rest := len(run.gaps) - SHOWN) > 0:
        text = ngettext("et {n} autre manque, plus léger ou d’ordre de grandeur inconnu",
                        "et {n} autres manques, plus légers ou d’ordre de grandeur inconnu", rest)  # fmt: skip
        items.append((Span(text.format(n=run.figures.count(rest)), link=everything),))
    return Items(items, "gaps")


def _extent(run: RunSummary, gap: Row) -> str:
    """How many, and where: « 433 unités, collège des Ajoncs et 58 autres entités »."""
    known = gap["units"] and gap["code"]
    unit = formatting.agreed(gap["unit"], gap["units"] or 0, run.lang)
    number = f"{run.figures.count(gap['units'])} {unit}" if known else _rows(run, gap)
    if (others := gap["entities"] - 1) > 0:
        where = ngettext("{place} et {n} autre entité", "{place} et {n} autres entités", others)
        return f"{number}, {where.format(place=gap['place'], n=run.figures.count(others))}"
    return f"{number}, {gap['place']}"


def _rows(run: RunSummary, gap: Row) -> str:
    if gap["rooms"]:
        return ngettext("{n} salle", "{n} salles", gap["rooms"]).format(n=run.figures.count(gap["rooms"]))
    return ngettext("{n} ligne", "{n} lignes", gap["rows"]).format(n=run.figures.count(gap["rows"]))


def bound(run: RunSummary, gap: Row) -> str:
    """« au plus environ 40 t CO₂ éq », or that nobody knows (M6)."""
    if gap["at_most"] is None:
        return _("ordre de grandeur inconnu")
    return _("au plus environ {bound}").format(bound=run.figures.at_most(gap["at_most"], run.carbon["unit"]))


def gap_table(run: RunSummary) -> Iterator[Block]:
    """Every group of gaps, the heaviest first; the rows add up to the incomplete rows of the run."""
    if not run.gaps:
        return
    write = run.figures
    unit, name = write.column([gap["at_most"] for gap in run.gaps], run.carbon["unit"])
    shown, rest = run.gaps[:LISTED], run.gaps[LISTED:]
    rows: list[list[Text]] = [
        [
            (gap["label"], Span(", ".join(within_sentence(cause["label"]) for cause in gap["causes"]), "below")),
            write.count(gap["rows"]) if gap["rows"] else _rows(run, gap),
            _("inconnu") if gap["at_most"] is None else write.cell(gap["at_most"], unit),
            _place(run, gap),
            gap["remedy"],
        ]
        for gap in shown
    ]
    if rest:
        known = [gap["at_most"] for gap in rest if gap["at_most"] is not None]
        label = ngettext("{n} autre manque", "{n} autres manques", len(rest)).format(n=write.count(len(rest)))
        rows.append([label, write.count(sum(gap["rows"] for gap in rest)), write.cell(sum(known), unit), NONE, NONE])
    rows.append([_("Lignes incomplètes"), write.count(run.carbon["gap_rows"]), NONE, NONE, NONE])
    heads = [_("Ce qui manque"), _("Lignes"), _("Au plus ({unit})").format(unit=name), _("Où"), _("Que faire")]
    caption = _("Ce qui manque pour le climat, le plus lourd d’abord, en dehors du total")
    yield Table(caption, heads, rows, "lrrlw", "gaps", run.source, [len(rows) - 1], long=True)
    text = _("L’ordre de grandeur prend le plus fort facteur connu du type, de ce qui lui ressemble ou de sa famille : "
             "c’est une borne, jamais une part du total.")  # fmt: skip
    yield Paragraph(text, "note")


def _place(run: RunSummary, gap: Row) -> str:
    others = gap["entities"] - 1
    return f"{gap['place']} (+{run.figures.count(others)})" if others > 0 else str(gap["place"])


def measures_to_make(run: RunSummary) -> Iterator[Block]:
    """The next measures under their heading, for the first page; nothing when none is worth a line."""
    if run.measures:
        yield Heading(_("Les prochaines mesures à faire"), 2, "measures")
        yield next_measures(run)


def next_measures(run: RunSummary) -> Items:
    """The next measures worth making, best first: what each would take away, and how many days it takes."""
    return Items([_measure_text(run, row) for row in run.measures], "measures")


def _measure_text(run: RunSummary, row: Row) -> Text:
    """« Onduleurs : fixer une durée d’usage ; jusqu’à 40 t aujourd’hui hors du total ; environ 3 jours. »"""
    said = [*([row["label"]] if row["about"] else []), _gain(run, row), _days(run, row)]
    return Span(row["about"] or row["label"], "strong"), _(" : "), _(" ; ").join(said) + "."


def _gain(run: RunSummary, row: Row) -> str:
    """How much a measure narrows the interval, or which gap it fills."""
    write, unit = run.figures, run.carbon["unit"]
    if row["share"] is None:
        return _("lève un manque d’au plus environ {bound}").format(bound=write.at_most(row["gain"], unit))
    share, width = write.percent(row["share"]), write.quantity(row["gain"], unit)
    return _("intervalle plus étroit de {share} ({width})").format(share=share, width=width)


def _days(run: RunSummary, row: Row) -> str:
    if row["days"] < 1:
        return _("moins d’un jour")
    days = ngettext("environ {n} jour", "environ {n} jours", int(row["days"]))
    return days.format(n=run.figures.number(row["days"]))


def measures_table(run: RunSummary) -> Table:
    """The same measures, and what the days of each rest on."""
    rows: list[list[Text]] = [
        [
            (row["about"], Span(row["label"], "below")) if row["about"] else row["label"],
            _gain(run, row),
            run.figures.number(row["days"]),
            row["assumption"],
        ]
        for row in run.measures
    ]
    heads = [_("Mesure"), _("Ce qu’elle apporte"), _("Jours"), _("Ce que suppose ce temps")]
    return Table(_("Les prochaines mesures à faire"), heads, rows, "lwrw", "measures-table", run.source)


def uncounted_money(run: RunSummary) -> Iterator[Block]:
    """Euros that no figure counts, by name of service; nothing when every spend counts."""
    if not run.uncounted_money:
        return
    write, rows = run.figures, run.uncounted_money
    named = ", ".join(f"{row['label']} ({write.count(row['euros'])}\u00a0€)" for row in rows[:SHOWN])
    if (rest := len(rows) - SHOWN) > 0:
        others = ngettext("{n} autre", "{n} autres", rest).format(n=write.count(rest))
        named = f"{named}, {others}"
    sentence = _("{euros} de dépenses n’ont pu être comptés : {names}.")
    yield Paragraph(sentence.format(euros=f"{write.count(sum(row['euros'] for row in rows))}\u00a0€", names=named))
