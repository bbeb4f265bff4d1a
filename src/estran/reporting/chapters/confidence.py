"""What the figure is worth: what is not counted, quality of the data, where the doubt is, other factors, limits."""

from collections.abc import Iterator, Sequence

from estran.catalogue import labels
from estran.common.language import _
from estran.reporting.blocks import Block, Chart, Heading, Items, Paragraph, Table
from estran.reporting.chapters.missing import extent, gap_table, measures_table, uncounted_money
from estran.reporting.chapters.summary import other_factors, outside
from estran.reporting.charts.breakdown import bars
from estran.reporting.figures import NONE, Row, with_unit
from estran.reporting.run_summary import RunSummary


def confidence(run: RunSummary) -> Iterator[Block]:
    """Everything that is said of the figure's worth."""
    yield Heading(_("Ce que vaut ce chiffre"), anchor="confidence")
    yield Heading(_("Tout ce qui n’est pas compté"), 2, "missing")
    yield from gaps(run)
    yield from guards(run)
    yield Heading(_("Qualité des données"), 2, "quality-title")
    yield quality(run)
    yield Paragraph(_("Une donnée haute est tenue pour sûre à 1 % près, une moyenne à 10 %, une basse à 20 %. La RCP, "
                      "qui donne ces ordres de grandeur, prévient qu’ils ne permettent pas un calcul précis de "
                      "l’incertitude (ADEME, 2024, p. 17) : l’intervalle est à lire ainsi."), "note")  # fmt: skip
    yield origins(run)
    yield Heading(_("Où est l’incertitude"), 2)
    yield from uncertainty(run)
    if run.measures:
        yield measures_table(run)
    yield Heading(_("Avec d’autres facteurs"), 2)
    yield from factor_sets(run)
    yield Heading(_("Limites"), 2)
    yield limits(run)


def gaps(run: RunSummary) -> Iterator[Block]:
    """What climate change misses, the heaviest first, with its remedy (rules M3, M6)."""
    if not run.gaps:
        yield Paragraph(_("Aucune lacune pour le climat."))
        return
    yield from extent(run)
    yield from gap_table(run)
    yield from uncounted_money(run)
    text = _("La liste complète, ligne par ligne et critère par critère, accompagne le calcul.")
    yield Paragraph(text, "note")


def guards(run: RunSummary) -> Iterator[Block]:
    """Rows set aside against double counting, and types out of scope (rules G1 to G8, X1)."""
    if not run.guards:
        return
    rows = [[guard["code"], run.figures.count(guard["rows"]), guard["label"]] for guard in run.guards]
    caption = _("Lignes mises de côté pour ne pas compter deux fois, ou hors du champ")
    yield Table(caption, [_("Règle"), _("Lignes"), _("Pourquoi")], rows, "lrw", "guards", run.source)
    text = _("La liste accompagne le calcul ; une ligne mise de côté à tort se rétablit en corrigeant l’inventaire.")
    yield Paragraph(text, "note")


def quality(run: RunSummary) -> Table:
    """Quality of the rows: high, medium, low (rule Q13, F14)."""
    write = run.figures
    columns = [
        ("l", _("Qualité"), lambda row: labels.word("quality", row["class"])),
        ("r", _("Lignes"), lambda row: write.count(row["rows"])),
        ("r", _("Part des lignes"), lambda row: write.percent(row["rows_share"])),
        ("r", _("Part de l’empreinte"), lambda row: write.percent(row["share"])),
    ]
    return Table.of(_("Qualité des lignes de l’inventaire"), "quality", run.quality, columns, run.source)


def origins(run: RunSummary) -> Table:
    """Where lifetimes, electricity, zones and references come from (rule M1)."""
    write = run.figures
    columns = [
        ("l", _("Donnée"), lambda row: labels.parameter(row["kind"])),
        ("l", _("Origine"), lambda row: labels.origin(row["class"])),
        ("r", _("Lignes"), lambda row: write.count(row["rows"] or None)),
        ("r", _("Part de l’empreinte"), lambda row: write.percent(row["share"])),
    ]
    return Table.of(_("D’où viennent les données de chaque ligne"), "origins", run.origins, columns, run.source)


def uncertainty(run: RunSummary) -> Iterator[Block]:
    """The sources that make most of the doubt (rule Q13)."""
    if not run.uncertainty:
        yield Paragraph(_("Aucune incertitude calculée."))
        return
    yield Paragraph(_("Mieux connaître ces données resserrerait l’intervalle ; les autres y changent peu."))
    heads = [_("Source"), _("Part de la variance")]
    rows = [[row["label"], run.figures.percent(row["share"])] for row in run.uncertainty]
    caption, source = _("Les cinq premières sources d’incertitude"), run.source
    table = Table(caption, heads, rows, anchor="uncertainty-table", source=run.source)
    shares = [{"label": row["label"], "mean": row["share"]} for row in run.uncertainty]
    drawing = bars(run.figures, caption, shares, ("%", 0.01), title=_("part de la variance, en %"))
    yield Chart("uncertainty", _("Ce qui fait l’incertitude de l’empreinte"), drawing, table, source=source)


def factor_sets(run: RunSummary) -> Iterator[Block]:
    """The same amounts under every factor set, criterion by criterion (rules Q7, Q11)."""
    if len(run.factor_sets) < 2:
        yield Paragraph(_("Un seul jeu de facteurs a servi ; le calcul n’en a pas comparé d’autres."))
        return
    sentence = other_factors(run)
    yield Paragraph(sentence, source=run.source)
    yield sets_chart(run, run.factor_sets, run.carbon["unit"], own=_(" (ce rapport)"))
    if run.set_ranges:
        yield ranges(run)


def ranges(run: RunSummary) -> Table:
    """The lowest and the highest total of each criterion that several factor sets answer for (rule Q11)."""
    write = run.figures
    columns = [
        ("l", _("Critère"), lambda row: row["label"]),
        ("r", _("Ce rapport"), lambda row: write.quantity(row["mean"], row["unit"])),
        ("r", _("Le plus bas"), lambda row: write.quantity(row["low"], row["unit"])),
        ("r", _("Le plus haut"), lambda row: write.quantity(row["high"], row["unit"])),
        ("r", _("Écart"), lambda row: f"× {write.number(row['high'] / row['low'])}" if row["low"] > 0 else NONE),
    ]
    caption = _("Chaque critère sous les jeux de facteurs publiés qui y répondent")
    return Table.of(caption, "ranges", run.set_ranges, columns, run.source)


def sets_chart(run: RunSummary, rows: Sequence[Row], unit_of: str, *, own: str) -> Chart:
    """Bars and table of factor sets; `own` follows the name of the run's own, `unit_of` is that of the criterion."""
    write, title = run.figures, _("Le même parc sous plusieurs jeux de facteurs")
    unit, name = write.column([row["mean"] for row in rows], unit_of)
    columns = [
        ("l", _("Jeu de facteurs"), lambda row: row["label"] + (own if row["own"] else "")),
        ("r", name, lambda row: write.cell(row["mean"], unit)),
        ("r", _("Intervalle à 95 %"), lambda row: write.range(row["low"], row["high"], unit)),
        ("r", _("Part de sa première source"), lambda row: write.percent(row["own_share"])),
    ]
    table = Table.of(with_unit(title, name), "sets-table", rows, columns, run.source)
    whisker = _("Trait fin : intervalle à 95 %. Là où un jeu n’a pas de facteur, la source suivante répond : la part "
                "de sa première source dit combien du total lui revient vraiment.")  # fmt: skip
    return Chart("sets", title, bars(write, title, rows, unit), table, whisker)


def limits(run: RunSummary) -> Items:
    """What the figure does not say (F15, F16)."""
    items = [
        _("L’intervalle tient compte des erreurs possibles sur nos données, nos facteurs et les valeurs par défaut."),
        outside(run),
        _("L’approche est attributionnelle : elle répartit ce qui existe, elle ne dit pas ce qu’une décision "
          "changerait. Rien d’évité ni de compensé n’entre dans le total."),
        _("Les facteurs décrivent des produits moyens ; la fiche d’un modèle n’est utilisée que si elle est "
          "reconnue."),
        _("Les critères sont présentés séparément : aucun score unique."),
    ]  # fmt: skip
    if run.weak_factors:
        weak = _(" ; ").join(map(_weak, run.weak_factors[:12]))
        below = _("Facteurs de services dont la qualité est inférieure à 5 :")
        items.append(f"{below} {weak}.")
    return Items(items)


def _weak(factor: Row) -> str:
    quality = _("inconnue") if factor["quality"] is None else factor["quality"]
    source = f", {factor['source']}" if factor["source"] else ""
    return f"{factor['label']} ({quality}{source})"
