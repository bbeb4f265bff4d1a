"""The first page: the figure, what it means, how sure it is, what changed, the decisions that depend on the reader."""

from collections.abc import Callable, Iterable, Iterator

from estran.catalogue import labels
from estran.common.language import _, ngettext
from estran.reporting.blocks import Block, Card, Cards, Heading, Items, KeyFigure, Paragraph, Span, Text
from estran.reporting.figures import Row, within_sentence
from estran.reporting.run_summary import RunSummary

SHOWN = 5  # services that rest on money


def summary(run: RunSummary, *more: Iterable[Block]) -> Iterator[Block]:
    """The whole first page; `more` is what it says besides of the change and of the decisions."""
    yield Heading(_("L’essentiel"), anchor="summary", hidden=True)
    yield from figure(run)
    for blocks in more:
        yield from blocks


def figure(run: RunSummary) -> Iterator[Block]:
    """The figure, what it means, how sure it is."""
    yield headline(run)
    yield meaning(run)
    if not run.families:
        yield Paragraph(_("Rien n’a pu être calculé : la dernière page dit ce qui manque."))
        return
    yield from declared(run)
    yield Heading(_("Ce chiffre est-il sûr ?"), 2)
    yield certainty(run)


def headline(run: RunSummary, tag: str = "") -> KeyFigure:
    """The figure and its interval; `tag` says what kind of figure it is."""
    label = _("En {year}, notre numérique a émis").format(year=run.year)
    low, high = run.carbon["low"], run.carbon["high"]
    between = "" if low is None else _("entre {low} et {high}").format(low=run.number(low), high=run.words(high))
    return KeyFigure(label, _("{amount} d’équivalent CO₂").format(amount=run.words(run.carbon["mean"])), between,
                     run.source, tag)  # fmt: skip


def meaning(run: RunSummary) -> Paragraph:
    """What the figure is, for who never read one."""
    text = _("C’est ce qu’émettent, en un an, la fabrication, le transport, l’utilisation et la fin de vie de nos "
             "équipements et des services que nous achetons. L’équivalent CO₂ réunit tous les gaz à effet de serre en "
             "une seule mesure.")  # fmt: skip
    return Paragraph(text)


def declared(run: RunSummary) -> Iterator[Block]:
    """What suppliers declare besides, and how much of the figure rests on what services cost (C5, C6)."""
    if amount := run.headline["declared"]:
        sentence = _("S’y ajoutent {declared} que des fournisseurs déclarent eux-mêmes, sans dire leur incertitude.")
        text = sentence.format(declared=run.figures.quantity(amount, run.carbon["unit"]))
        yield Paragraph(text, source=run.source)
    yield from money(run)


def money(run: RunSummary) -> Iterator[Block]:
    """How much of the figure rests on what services cost, by name of service; nothing when none does (C6)."""
    if run.money:
        names = run.money["names"]
        listed = ", ".join(f"{name} ({run.figures.percent(share)})" for name, share in names[:SHOWN])
        if (rest := len(names) - SHOWN) > 0:
            others = ngettext("{n} autre", "{n} autres", rest).format(n=rest)
            listed = f"{listed}, {others}"
        sentence = _("{share} du total vient de services dont seule la dépense est connue : {names}.")
        text = sentence.format(share=run.figures.percent(run.money["share"]), names=listed)
        yield Paragraph(text, source=run.source)


def certainty(run: RunSummary) -> Items:
    """How sure the figure is, in three sentences: our data and factors, other factors, what is outside both (Q11)."""
    low, high = run.carbon["low"], run.carbon["high"]
    ours = _("L’incertitude de nos données et de nos facteurs n’a pu être calculée.")
    if low is not None:
        sentence = _("Avec nos données et nos facteurs, le total se situe entre {low} et {high}.")
        ours = sentence.format(low=run.number(low), high=run.words(high))
    return Items([ours, other_factors(run), outside(run)])


def other_factors(run: RunSummary) -> str:
    """The range of the totals under the other factor sets, for every criterion that several answer for (Q11)."""
    ranges = {row["code"]: row for row in run.set_ranges}
    carbon, others = ranges.pop("gwp", None), ranges.values()
    if carbon:
        sentence = _("Avec d’autres facteurs publiés ({names}), le même parc pèserait de {low} à {high}.")
        names = ", ".join(carbon["sets"])
        text = sentence.format(names=names, low=run.number(carbon["low"]), high=run.words(carbon["high"]))
    else:
        text = _("Aucun autre jeu de facteurs publié ne permet de refaire ce total : nous ne savons pas ce que "
                 "donnerait une autre source.")  # fmt: skip
    if not others:
        return text
    sentence, between = _("Les autres critères varient aussi : {ranges}."), _(" ; ")
    return f"{text} {sentence.format(ranges=between.join(_range(run, row) for row in others))}"


def _range(run: RunSummary, row: Row) -> str:
    """« acidification, de 5 à 8,1 kmol H⁺ éq » ; how many times more, from two on."""
    unit, name = run.figures.column([row["high"]], row["unit"])
    low, high = (run.figures.cell(row[bound], unit) for bound in ("low", "high"))
    if low == high:  # both too small for the unit
        low, high = (run.figures.number(row[bound] / unit[1]) for bound in ("low", "high"))
    text = _("{label}, de {low} à {high}").format(
        label=within_sentence(row["label"]), low=low, high=f"{high}\u00a0{name}"
    )
    times = row["high"] / row["low"] if row["low"] > 0 else 0
    if times < 2:
        return text
    more = _("{n} fois plus").format(n=run.figures.number(times))
    return f"{text} ({more})"


def outside(run: RunSummary) -> str:
    """What neither interval nor range holds: what could not be computed, what the perimeter leaves out (Q11, M6)."""
    excluded = run.perimeter.get("exclusions")
    rows, every, parts = run.carbon["gap_rows"], run.carbon.get("rows"), []
    if rows:
        text = ngettext("{n} ligne incomplète sur {all}", "{n} lignes incomplètes sur {all}", rows)
        text = text.format(n=run.figures.count(rows), all=run.figures.count(every))
        if weighed := [gap["at_most"] for gap in run.gaps if gap["at_most"] is not None]:
            most = _("qui pèseraient au plus environ {amount}")
            text = f"{text}, {most.format(amount=run.figures.at_most(sum(weighed), run.carbon['unit']))}"
        parts.append(text)
    if excluded:
        parts.append(_("ce que le périmètre laisse de côté ({names})").format(
            names=", ".join(within_sentence(one["what"]) for one in excluded)))  # fmt: skip
    if not parts:
        return _("Rien de ce qui a été donné ne reste en dehors ; ce que personne n’a recensé n’y est pas.")
    return _("Restent en dehors : {parts}.").format(parts=_(" ; ").join(parts))


def minimum(run: RunSummary, *more: Span) -> Iterator[Block]:
    """That the figure is a minimum, and of how many rows; nothing when it misses nothing."""
    if run.gaps and run.carbon["coverage"] is not None:
        sentence = _("C’est un minimum : {coverage} des lignes du périmètre sont calculées en entier ; le reste n’a pu "
                     "l’être.")  # fmt: skip
        text = sentence.format(coverage=run.figures.percent(run.carbon["coverage"]))
        yield Paragraph([text, *(part for one in more for part in (" ", one))])


def parts(run: RunSummary, opens: Callable[[Row], str] | None = None) -> Cards:
    """The three sub-totals as cards; `opens` gives the address where one is explained."""
    unit = run.carbon["unit"]
    cards = []
    for row in run.parts:
        notes: list[Text] = [run.figures.between(row, unit)]
        if opens:
            notes.append((Span(_("D’où vient ce chiffre ?"), link=opens(row), hint=row["label"]),))
        cards.append(Card(run.figures.quantity(row["mean"], unit), label=row["label"], notes=notes))
    return Cards(cards, source=run.source)


def ratios(run: RunSummary) -> Cards:
    """The figure per agent, per pupil and per user, or why it is not shown (rule S1)."""
    return Cards([_ratio(run, row) for row in run.ratios], source=run.source)


def _ratio(run: RunSummary, ratio: Row) -> Card:
    write, unit = run.figures, run.carbon["unit"]
    who = labels.word("ratio", ratio["who"])
    if ratio["why"]:
        return Card("", who, notes=[why_no_ratio(ratio)])
    between = write.between(ratio, unit)
    dated = ", ".join(
        ", ".join(f"{write.count(head['value'])} {labels.word('people', head['who'])}" for head in heads)
        + f" ({write.day(date)})"
        for date, heads in ratio["dated"]
    )
    return Card(write.quantity(ratio["mean"], unit), ", ".join(filter(None, [who, between])), notes=[dated])


def why_no_ratio(ratio: Row) -> str:
    """Why a ratio is not shown, and the remedy (rule S1)."""
    if ratio["why"] == "undated":
        return _("Non calculé : l’effectif n’est pas daté. Ajouter sa date au périmètre.")
    return _("Non calculé : le périmètre ne donne pas cet effectif. L’ajouter avec sa date.")
