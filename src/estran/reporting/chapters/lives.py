"""How long equipment really serves, beside what was decided: the curve, the life and what was followed (rule L10)."""

from collections.abc import Iterator, Sequence
from math import fsum

from estran.analysis.lives import Lives, interval_text, life_text, observe_lives, years_text
from estran.catalogue.labels import Labels
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse
from estran.common.vocabulary import limit
from estran.reporting.blocks import Block, Chart, Heading, Items, Paragraph, Source, Table
from estran.reporting.charts.lives import lives as draw_lives
from estran.reporting.figures import NONE, Figures, Row
from estran.reporting.run_summary import RunSummary

SPOKEN = 3  # types in the first sentence


def lives(observed: Lives, names: Labels, source: Source | None = None) -> Iterator[Block]:
    """The whole section: what left most, each type beside its decided life, what was not followed."""
    yield Heading(_("Combien de temps le matériel sert"), anchor="lives")
    shown = sorted(observed.indicators.values(), key=lambda row: -row["departures"])
    if not shown:
        yield Paragraph(_("Aucun type n’a encore les 30 départs suivis qu’il faut pour constater une durée."), "lead")
        return
    yield Paragraph(" ".join(_sentence(observed, row, names) for row in shown[:SPOKEN]), "lead", source)
    if drawing := draw_lives(Figures(names.lang), [_drawn(observed, row, names) for row in shown[:SPOKEN]]):
        caption = _("Trait plein : part encore en service. Bande : intervalle à 95 %. Tireté : durée décidée.")
        yield Chart("lives-drawn", _("Le matériel sert-il aussi longtemps que décidé ?"), drawing, caption=caption)
    yield _table(observed, shown, names, source)
    yield Items(list(_notes(observed, names)))


def lives_of(runs: Sequence[RunSummary]) -> Iterator[Block]:
    """The section of the annexes; nothing where no life can be observed, as in one inventory without departures."""
    if any(run.too_large for run in runs):
        yield Heading(_("Combien de temps le matériel sert"), anchor="lives")
        text = _("Au-delà de {n} lignes, un rapport ne relit pas l’inventaire : les durées constatées et ce qui arrive "
                 "à renouveler se demandent à part, dans le portail ou en ligne de commande.")  # fmt: skip
        yield Paragraph(text.format(n=runs[-1].figures.count(limit("report_rows"))))
    if not all(run.can_be_read_again for run in runs):
        return
    try:
        observed = observe_lives([run.path for run in runs])
    except CannotUse:
        return
    if observed.indicators or len(runs) > 1:
        yield from lives(observed, runs[-1].names)


def _drawn(observed: Lives, row: Row, names: Labels) -> Row:
    """The curve of a type as its drawing takes it."""
    names_of = {"age": "age_years", "share": "share", "low": "low95", "high": "high95"}
    ages = [
        {name: age[column] for name, column in names_of.items()}
        for age in observed.ages
        if age["item_type"] == row["item_type"]
    ]
    label = names.label("item_type", row["item_type"])
    return {"label": label, "ages": ages, "decided": observed.decided_years(row["item_type"])}


def _sentence(observed: Lives, row: Row, names: Labels) -> str:
    """An observed life beside the decided one, in a sentence."""
    label, decided = names.label("item_type", row["item_type"]), observed.decided_years(row["item_type"])
    life = life_text(row, names.lang)
    if decided is None:
        return _("{what} : {life}, sans durée décidée.").format(what=label, life=life)
    text = _("{what} : {life}, pour {decided} décidés.").format(
        what=label, life=life, decided=years_text(decided, names.lang)
    )
    if step := observed.share_at(row["item_type"], decided):
        share = Figures(names.lang).percent(step["share"])
        text = f"{text[:-1]} ; " + _("à cet âge, {share} servent encore.").format(share=share)
    return text


def _table(observed: Lives, shown: list[Row], names: Labels, source: Source | None) -> Table:
    lang, write = names.lang, Figures(names.lang)

    def at_decided(row: Row) -> str:
        decided = observed.decided_years(row["item_type"])
        step = None if decided is None else observed.share_at(row["item_type"], decided)
        return write.percent(step["share"]) if step else NONE

    def life(row: Row) -> str:
        years = years_text(row["mean_years"], lang)
        return _("{years} ou plus").format(years=years) if row["at_least"] else years

    columns = [
        ("l", _("Type"), lambda row: names.label("item_type", row["item_type"])),
        ("r", _("Décidée"), lambda row: years_text(observed.decided_years(row["item_type"]), lang)),
        ("r", _("Constatée"), life),
        ("r", _("Intervalle à 95 %"), lambda row: interval_text(row, lang)),
        ("r", _("En service à la durée décidée"), at_decided),
        ("r", _("Suivis"), lambda row: write.count(row["followed"])),
        ("r", _("Départs"), lambda row: write.count(row["departures"])),
        ("r", _("dont disparus"), lambda row: write.count(row["vanished"])),
    ]
    caption = _("Durée d’usage décidée et constatée, de {first} à {last}")
    caption = caption.format(first=observed.years[0], last=observed.years[-1])
    return Table.of(caption, "lives-table", shown, columns, source, long=True)


def _notes(observed: Lives, names: Labels) -> Iterator[str]:
    """What the table is made of, and what it leaves out, with its weight."""
    write = Figures(names.lang)
    yield _(
        "Une durée constatée compte aussi ce qui sert encore. « Ou plus » : plus d’un équipement sur dix sert encore "
        "au bout de la période suivie. Ce n’est pas l’âge moyen de ce qui est sorti dans l’année (indicateur EQ01), "
        "qui trompe dans un parc qui grandit ou se réduit."
    )
    yield _("Disparus : absents de l’inventaire suivant sans date de sortie, placés à mi-chemin.")
    few = sum(bool(row["departures"]) and not row["is_indicator"] for row in observed.lives)
    if few:
        text = ngettext(
            "{n} autre type a moins de 30 départs suivis : pas de durée.",
            "{n} autres types ont moins de 30 départs suivis : pas de durée.",
            few,
        )
        yield text.format(n=few)
    sums = {name: fsum(row[name] for row in observed.lives) for name in ("without_identifier", "without_purchase_date")}
    yield _(
        "Hors suivi : {identifier} équipements sans numéro de série ni identifiant stable, {date} sans date d’achat."
    ).format(identifier=write.count(sums["without_identifier"]), date=write.count(sums["without_purchase_date"]))
