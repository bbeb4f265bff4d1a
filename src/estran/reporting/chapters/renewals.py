"""What comes up for renewal: each year in units, euros and impact, and what one more year of use puts off (rule Z2)."""

from collections.abc import Iterator
from math import fsum
from typing import Any

from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.projection.renewals import Renewals, read_renewals
from estran.reporting.blocks import Block, Heading, Items, Paragraph, Source, Table
from estran.reporting.chapters.decisions import Decision
from estran.reporting.figures import Figures, with_unit, within_sentence
from estran.reporting.renewals import known
from estran.reporting.run_summary import RunSummary

Row = dict[str, Any]


def renewals(read: Renewals, names: Labels, source: Source | None = None) -> Iterator[Block]:
    """The whole section: one sentence, the years, the types, what is supposed."""
    yield Heading(_("Ce qui arrive à renouveler"), anchor="renewals")
    yield Paragraph(renewals_sentence(read, names), "lead", source)
    if not read.rows:
        return
    unit, name = Figures(names.lang).column([row["impact"] for row in read.sums("year")], read.unit)
    caption = with_unit(_("Année par année, puis en gardant tout un an de plus"), name)
    years = [_cells(str(row["year"]), row, unit, names) for row in read.sums("year")]
    whole = {key: fsum(row[key] for row in read.sums("year")) for key in read.sums("year")[0]}
    years.append(_cells(_("Ensemble"), whole, unit, names))
    yield Table(
        caption, _heads(_("Année"), name), years, anchor="renewals-years", source=source, totals=[len(years) - 1]
    )
    types = sorted(read.sums("item_type"), key=lambda row: (-row["eur"], -row["units"]))
    caption = _("De {first} à {last}, type par type").format(first=read.years[0], last=read.last)
    cells = [_cells(names.label("item_type", row["item_type"]), row, unit, names) for row in types]
    yield Table(
        with_unit(caption, name), _heads(_("Type"), name), cells, anchor="renewals-types", source=source, long=True
    )
    yield Items(list(assumptions(read, names)))


def renewals_of(run: RunSummary) -> Renewals | None:
    """The renewals of a run, None where they cannot be read: another view or method, a hand-made run, a huge one."""
    if not run.can_be_read_again:
        return None
    try:
        return read_renewals(run.path)
    except CannotUse:
        return None


def keep_longer(read: Renewals, names: Labels) -> list[Decision]:
    """The decision to keep each item type one more year: what it avoids, and the euros that it puts off."""
    euros = {
        row["item_type"]: formatting.rounded(row["eur_kept"] - row["eur"])
        for row in read.sums("item_type")
        if not row["unpriced"]
    }
    title = _("Garder un an de plus : {what}")
    return [
        Decision(
            title.format(what=within_sentence(names.label("item_type", code))),
            avoided, read.last, euros.get(code), read.years[0],
        )
        for code, avoided in read.avoided.items()
        if avoided > 0
    ]  # fmt: skip


def renewals_sentence(read: Renewals, names: Labels) -> str:
    """What the years to come renew, and what one more year of use would put off, in a sentence or two."""
    write = Figures(names.lang)
    if not read.rows:
        return _("Rien n’arrive à sa durée d’usage d’ici {last}.").format(last=read.last)
    units, euros, impact = (fsum(row[name] for row in read.rows) for name in ("units", "eur", "impact"))
    later = {name: fsum(row[name] - row[f"{name}_kept"] for row in read.rows) for name in ("units", "eur", "impact")}
    text = _(
        "De {first} à {last}, {units} équipements arrivent à leur durée d’usage : {euros} et {impact} pour les "
        "remplacer. Tout garder un an de plus en reporte {put_off} au-delà de {last} : {saved} et {avoided}."
    )
    return text.format(
        first=read.years[0],
        last=read.last,
        units=units_text(units, names.lang),
        euros=euros_text(euros, names.lang),
        impact=write.quantity(impact, read.unit),
        put_off=units_text(later["units"], names.lang),
        saved=euros_text(later["eur"], names.lang),
        avoided=write.quantity(later["impact"], read.unit),
    )


def _heads(first: str, name: str) -> list[str]:
    heads = [_("Unités"), _("Euros"), name]
    return [first, *heads, *(_("{what}, un an de plus").format(what=head) for head in heads)]


def _cells(label: str, row: Row, unit: tuple[str, float], names: Labels) -> list[str]:
    write, cells = Figures(names.lang), [label]
    for kept in ("", "_kept"):
        euros, impact = known(row, f"eur{kept}"), known(row, f"impact{kept}")
        cells += [units_text(row[f"units{kept}"], names.lang), euros_text(euros, names.lang), write.total(impact, unit)]
    return cells


def units_text(value: float, lang: str) -> str:
    """Units to the unit, with a decimal under ten: a small estate renews parts of one a year."""
    return formatting.count(value, lang) if value >= 10 else formatting.number(value, lang)


def euros_text(value: float | None, lang: str) -> str:
    """Euros to three digits, in millions from one million on: « 4,34 M€ », « 803 000 € »."""
    if value is None or abs(value) < 1e6:
        return formatting.quantity(value, "EUR", lang, digits=3)
    return _("{n} M€").format(n=formatting.number(value / 1e6, lang, 3))


def assumptions(read: Renewals, names: Labels) -> Iterator[str]:
    """What these figures take for granted, and what they leave out, with its weight."""
    write = Figures(names.lang)
    fleet = {
        name: fsum(row[name] for row in read.fleet) for name in ("in_service", "without_life", "undated", "overdue")
    }
    yield _(
        "Le parc garde sa taille ; un équipement est remplacé à la durée d’usage moyenne de son type, comme dans la "
        "projection d’un plan. {undated} sans date d’achat et {overdue} plus vieux que leur durée, sur {n}, sont "
        "remplacés régulièrement."
    ).format(
        undated=write.count(fleet["undated"]), overdue=write.count(fleet["overdue"]), n=write.count(fleet["in_service"])
    )
    yield _("L’impact est celui de la fabrication et de la livraison du neuf, et de la fin de vie de ce qui sort.")
    yield _(
        "Le prix est la moyenne des derniers achats inscrits à l’inventaire, tels qu’ils y sont écrits ; le vôtre se "
        "donne dans vos valeurs, comme prix d’un remplacement."
    )
    for without, sentence in (
        ("unpriced", _("Sans prix connu, absents des euros : {n} équipements ({types}).")),
        ("unweighed", _("Sans facteur connu, absents de l’impact : {n} équipements ({types}).")),
    ):
        if codes := sorted({row["item_type"] for row in read.rows if row[without]}):
            count = write.count(fsum(row[without] for row in read.rows))
            yield sentence.format(n=count, types=", ".join(names.label("item_type", code) for code in codes))
    if fleet["without_life"]:
        count = write.count(fleet["without_life"])
        yield _("Sans durée d’usage connue, absents de ces lignes : {n} équipements.").format(n=count)
