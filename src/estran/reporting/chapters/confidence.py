"""What the figure is worth: what is not counted, quality of the data, where the doubt is, other factors, limits."""

from __future__ import annotations

from collections.abc import Iterator

from estran.catalogue import labels
from estran.common.language import _
from estran.reporting import charts
from estran.reporting.blocks import Block, Chart, Heading, Items, Paragraph, Span, Table, Text
from estran.reporting.chapters.summary import with_set
from estran.reporting.figures import Row, with_unit
from estran.reporting.run_summary import RunSummary


def confidence(run: RunSummary) -> Iterator[Block]:
    """Everything that is said of the figure's worth."""
    yield Heading(_("Ce que vaut ce chiffre"), anchor="confidence")
    yield Heading(_("Tout ce qui n’est pas compté"), 2, "missing")
    yield from gaps(run)
    yield from guards(run)
    yield Heading(_("Qualité des données"), 2, "quality-title")
    yield quality(run)
    yield origins(run)
    yield Heading(_("Où est l’incertitude"), 2)
    yield from uncertainty(run)
    yield Heading(_("Avec d’autres facteurs"), 2)
    yield from factor_sets(run)
    yield Heading(_("Limites"), 2)
    yield limits(run)


def gaps(run: RunSummary) -> Iterator[Block]:
    """What climate change misses, by cause, with its remedy (rule M3)."""
    if not run.gaps:
        yield Paragraph(_("Aucune lacune pour le climat."))
        return
    count = run.figures.count
    rows: list[list[Text]] = [
        [
            (gap["label"], *([Span(", ".join(gap["types"]), "below")] if gap["types"] else [])),
            count(gap["rows"]),
            count(gap["quantity"]),
            count(gap["entities"]),
            gap["remedy"],
        ]
        for gap in run.gaps
    ]
    heads = [_("Ce qui manque"), _("Lignes"), _("Quantité"), _("Entités"), _("Remède")]
    yield Table(_("Lacunes pour le climat, par cause"), heads, rows, "lrrrw", "gaps", run.source())
    yield Paragraph(
        _("La liste complète, ligne par ligne et critère par critère, est dans gaps.parquet ; gaps.csv la résume."),
        "note",
    )


def guards(run: RunSummary) -> Iterator[Block]:
    """Rows set aside against double counting, and types out of scope (rules G1 to G8, X1)."""
    if not run.guards:
        return
    rows = [[guard["code"], run.figures.count(guard["rows"]), guard["label"]] for guard in run.guards]
    caption = _("Lignes mises de côté pour ne pas compter deux fois, ou hors du champ")
    yield Table(caption, [_("Règle"), _("Lignes"), _("Pourquoi")], rows, "lrw", "guards", run.source())
    text = _("La liste est dans guards.csv ; une ligne mise de côté à tort se rétablit en corrigeant l’inventaire.")
    yield Paragraph(text, "note")


def quality(run: RunSummary) -> Table:
    """Quality of the rows: high, medium, low (rule Q8, F14)."""
    write = run.figures
    rows = [
        [
            labels.quality(row["class"]),
            write.count(row["rows"]),
            write.percent(row["rows_share"]),
            write.percent(row["share"]),
        ]
        for row in run.quality
    ]
    heads = [_("Qualité"), _("Lignes"), _("Part des lignes"), _("Part de l’empreinte")]
    return Table(_("Qualité des lignes de l’inventaire"), heads, rows, anchor="quality", source=run.source())


def origins(run: RunSummary) -> Table:
    """Where lifetimes, electricity, zones and references come from (rule M1)."""
    write = run.figures
    rows = [
        [
            labels.parameter(kind["kind"]),
            labels.origin(row["class"]),
            write.count(row["rows"] or None),
            write.percent(row["share"]),
        ]
        for kind in run.origins
        for row in kind["classes"]
    ]
    heads = [_("Donnée"), _("Origine"), _("Lignes"), _("Part de l’empreinte")]
    return Table(_("D’où viennent les données de chaque ligne"), heads, rows, "llrr", "origins", run.source())


def uncertainty(run: RunSummary) -> Iterator[Block]:
    """The sources that make most of the doubt (rule Q8)."""
    if not run.uncertainty:
        yield Paragraph(_("Aucune incertitude calculée."))
        return
    yield Paragraph(_("Mieux connaître ces données resserrerait l’intervalle ; les autres y changent peu."))
    shares = [(row["label"], row["share"], run.figures.percent(row["share"])) for row in run.uncertainty]
    heads = [_("Source"), _("Part de la variance")]
    rows = [[label, text] for label, _share, text in shares]
    caption, source = _("Les cinq premières sources d’incertitude"), run.source("--criterion gwp")
    table = Table(caption, heads, rows, anchor="uncertainty-table", source=run.source())
    drawing = charts.Bars([charts.Bar(*row) for row in shares])
    yield Chart("uncertainty", _("Ce qui fait l’incertitude de l’empreinte"), drawing, table, source=source)


def factor_sets(run: RunSummary) -> Iterator[Block]:
    """The same amounts under every factor set (rule Q7)."""
    if len(run.factor_sets) < 2:
        yield Paragraph(_("Un seul jeu de facteurs a servi ; le calcul n’en a pas comparé d’autres."))
        return
    title = _("Le même parc sous plusieurs jeux de facteurs")
    sentence = " ".join(with_set(run, row) for row in run.other_sets[:3])
    alike = _("Les autres jeux ont peu de facteurs propres pour ce parc : les totaux se ressemblent parce que les "
              "mêmes sources répondent.")  # fmt: skip
    yield Paragraph(sentence or alike, source=run.source())
    write = run.figures
    unit, name = write.column([row["mean"] for row in run.factor_sets], run.carbon["unit"])
    rows = [
        [
            row["label"] + (_(" (ce rapport)") if row["own"] else ""),
            write.cell(row["mean"], unit),
            write.range(row["low"], row["high"], unit),
            write.percent(row["own_share"]),
            write.count(row["gap_rows"]),
        ]
        for row in run.factor_sets
    ]
    heads = [_("Jeu de facteurs"), name, _("Intervalle à 95 %"), _("Part de sa première source"), _("Lacunes")]
    table = Table(with_unit(title, name), heads, rows, anchor="sets-table", source=run.source())
    drawing = charts.Bars(write.bars(run.factor_sets, unit))
    whisker = _("Trait fin : intervalle à 95 %. Là où un jeu n’a pas de facteur, la source suivante répond : la part "
                "de sa première source dit combien du total lui revient vraiment.")  # fmt: skip
    yield Chart("sets", sentence or title, drawing, table, whisker)


def limits(run: RunSummary) -> Items:
    """What the figure does not say (F15, F16)."""
    items = [
        _("L’intervalle couvre l’incertitude des données, des facteurs et des valeurs par défaut. Il ne couvre pas ce "
          "qui manque, le périmètre, ni le choix d’un modèle de calcul."),
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
