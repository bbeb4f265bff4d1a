"""The first page: the figure, what it means, who is concerned, what weighs most, what is missing, how sure it is."""

from collections.abc import Callable, Iterator

from estran.catalogue import labels
from estran.common.language import _, ngettext
from estran.reporting.blocks import Block, Card, Cards, Heading, Items, KeyFigure, Paragraph, Span, Text
from estran.reporting.chapters.breakdowns import breakdown
from estran.reporting.chapters.missing import extent, heaviest_gaps, next_measures, uncounted_money
from estran.reporting.figures import Row
from estran.reporting.run_summary import RunSummary

SHOWN = 5  # services that rest on money


def summary(run: RunSummary) -> Iterator[Block]:
    """The whole first page."""
    yield Heading(_("L’essentiel"), anchor="summary", hidden=True)
    yield from figure(run)
    yield from weights(run)
    yield from missing(run)
    yield from trust(run)


def figure(run: RunSummary) -> Iterator[Block]:
    """The figure with its interval, what it means, that it is a minimum, what suppliers declare, the ratios."""
    write, unit = run.figures, run.carbon["unit"]
    yield headline(run)
    yield from money(run)
    yield meaning(run)
    yield from minimum(run, Span(_("Ce qui n’est pas compté"), link="#gaps-short"))
    if declared := run.headline["declared"]:
        sentence = _("S’y ajoutent {declared} que des fournisseurs déclarent pour leurs services, sans intervalle : "
                     "{total} en tout.")  # fmt: skip
        total = write.quantity(run.carbon["mean"] + declared, unit)
        yield Paragraph(sentence.format(declared=write.quantity(declared, unit), total=total), source=run.source())
    for row in run.equivalences:
        if row["code"] == "car_km":
            sentence = _("À titre de repère : autant qu’une voiture thermique sur {km} km.")
            yield Paragraph(sentence.format(km=write.number(row["times"])), source=run.source())
    if run.ratios:
        yield Heading(_("Par personne"), 2)
        yield ratios(run)


def headline(run: RunSummary, tag: str = "") -> KeyFigure:
    """The figure and its interval; `tag` says what kind of figure it is."""
    label = _("En {year}, le numérique a pesé sur le climat").format(year=run.year)
    value, _comma, between = run.figures.whole(run.carbon, run.carbon["unit"]).partition(", ")
    return KeyFigure(label, value, between, run.source(), tag)


def money(run: RunSummary) -> Iterator[Block]:
    """How much of the figure rests on what services cost, by name of service; nothing when none does (C6)."""
    if run.money:
        names = run.money["names"]
        listed = ", ".join(f"{name} ({run.figures.percent(share)})" for name, share in names[:SHOWN])
        if (rest := len(names) - SHOWN) > 0:
            others = ngettext("{n} autre", "{n} autres", rest).format(n=rest)
            listed = f"{listed}, {others}"
        sentence = _("{share} du total repose sur de l’argent, faute de connaître l’usage : {names}.")
        text = sentence.format(share=run.figures.percent(run.money["share"]), names=listed)
        yield Paragraph(text, source=run.source())


def minimum(run: RunSummary, *more: Span) -> Iterator[Block]:
    """That the figure is a minimum, and of how many rows; nothing when it misses nothing."""
    if run.gaps and run.carbon["coverage"] is not None:
        sentence = _("C’est un minimum : {coverage} des lignes du périmètre sont calculées en entier, "
                     "le reste ne compte pas pour zéro.")  # fmt: skip
        text = sentence.format(coverage=run.figures.percent(run.carbon["coverage"]))
        yield Paragraph([text, *(part for one in more for part in (" ", one))])


def meaning(run: RunSummary) -> Paragraph:
    """What the figure is, for who never read one."""
    text = _("C’est l’effet, sur une année, de la fabrication, du transport, de l’usage et de la fin de vie des "
             "équipements et des services du périmètre. « CO₂ éq » réunit tous les gaz à effet de serre dans une "
             "seule unité.")  # fmt: skip
    sure = _("Pour ce qui est compté, la valeur vraie a environ 95 chances sur 100 d’être dans l’intervalle donné.")
    return Paragraph(text if run.carbon["low"] is None else f"{text} {sure}")


def parts(run: RunSummary, opens: Callable[[Row], str] | None = None) -> Cards:
    """The three sub-totals as cards; `opens` gives the address where one is explained."""
    unit = run.carbon["unit"]
    cards = []
    for row in run.parts:
        notes: list[Text] = [run.figures.between(row, unit)]
        if opens:
            notes.append((Span(_("D’où vient ce chiffre ?"), link=opens(row), hint=row["label"]),))
        cards.append(Card(run.figures.quantity(row["mean"], unit), label=row["label"], notes=notes))
    return Cards(cards, source=run.source())


def ratios(run: RunSummary) -> Cards:
    """The figure per agent, per pupil and per user, or why it is not shown (rule S1)."""
    return Cards([_ratio(run, row) for row in run.ratios], source=run.source())


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


def weights(run: RunSummary) -> Iterator[Block]:
    """The three sub-totals, and the families that weigh most."""
    if not run.families:
        yield Paragraph(_("Ce calcul n’a rien pu compter : voir plus bas ce qui manque."))
        return
    yield Heading(_("Qui est concerné"), 2)
    title = _("Empreinte de l’administration, des collèges et des services achetés")
    heads = _("Les trois sous-totaux"), _("Périmètre")
    yield breakdown(run, "parts", title, heads, run.parts, "--criterion gwp", total=run.carbon)
    yield Heading(_("Ce qui pèse le plus"), 2)
    sentence = _("En tête : {leaders}.").format(leaders=run.figures.leaders(run.main_families))
    yield Paragraph(sentence, source=run.source())
    heads = _("Empreinte par famille"), _("Famille")
    options = f"--criterion gwp --item-type {run.item_types[0]['code']}"
    yield breakdown(run, "families", sentence, heads, run.main_families, options, quantities=True)


def missing(run: RunSummary) -> Iterator[Block]:
    """What is not counted, with its extent and its remedy, and what the perimeter leaves out by choice (rule M3)."""
    yield Heading(_("Ce qui n’est pas compté"), 2, "gaps-short")
    if run.gaps:
        yield from extent(run)
        yield heaviest_gaps(run, "#missing")
    else:
        yield Paragraph(_("Aucune lacune pour le climat : toutes les lignes du périmètre sont calculées en entier."))
    yield from uncounted_money(run)
    if run.measures:
        yield Heading(_("Les prochaines mesures à faire"), 2)
        yield next_measures(run)
    if excluded := run.perimeter.get("exclusions"):
        names = _(" ; ").join(one["what"] + (f" ({one['size']})" if one.get("size") else "") for one in excluded)
        reasons = Span(_("Les raisons sont avec le périmètre."), link="#perimeter")
        yield Paragraph((_("Le périmètre laisse aussi de côté, par choix :"), f" {names}. ", reasons))


def trust(run: RunSummary) -> Iterator[Block]:
    """How sure the figure is: quality of the data, first source of doubt, another factor set, what is not covered."""
    write, items = run.figures, []
    if sum(row["rows"] for row in run.quality):
        sentence = _(
            "{high} de l’empreinte repose sur des données de bonne qualité, {medium} sur des données moyennes, "
            "{low} sur des données faibles."
        )
        items.append(sentence.format(**{row["class"]: write.percent(row["share"]) for row in run.quality}))
    if run.uncertainty:
        first = run.uncertainty[0]
        where = _("L’incertitude vient d’abord de :")
        items.append(f"{where} {first['label']} ({write.percent(first['share'])}).")
    items += [with_set(run, row) for row in run.other_sets[:1]]
    items.append(_("L’intervalle ne couvre ni ce qui manque, ni le choix du périmètre, ni celui des facteurs."))
    yield Heading(_("Peut-on s’y fier ?"), 2)
    yield Items(items)


def with_set(run: RunSummary, row: Row) -> str:
    """What the same estate would weigh under another factor set (rule Q7)."""
    sentence = _("Avec les facteurs « {name} », le même parc pèserait {total}.")
    return sentence.format(name=row["label"], total=run.figures.quantity(row["mean"], run.carbon["unit"]))
