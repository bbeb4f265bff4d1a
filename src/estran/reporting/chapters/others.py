"""« Et les autres ? » What others publish beside ours, on their perimeter; one everyday thing beside the footprint."""

from collections.abc import Iterator

from estran.catalogue import labels
from estran.common.language import _, colon
from estran.reporting.blocks import Block, Heading, Items, Paragraph, Span, Table, Text
from estran.reporting.chapters.sources import source_link
from estran.reporting.figures import Row, within_sentence
from estran.reporting.others import everyday, published_beside
from estran.reporting.run_summary import RunSummary

TONNES = "kg CO2 eq"


def others(run: RunSummary) -> Iterator[Block]:
    """The whole page of the report, the only place where we stand beside others."""
    yield Heading(_("Et les autres ?"), anchor="others")
    yield from beside_others(run)


def beside_others(run: RunSummary) -> Iterator[Block]:
    """What the page says, in the report and on the portal alike."""
    rows = published_beside(run)
    yield from nearest(run, rows)
    yield from in_everyday_words(run)
    yield beside(run, rows)
    yield perimeters(rows)
    yield Paragraph(_("Un résultat ne se compare au nôtre que sur le même périmètre ; l’année, la méthode et les "
                      "facteurs diffèrent encore. Aucun classement n’en découle. Une étoile marque ce que nous "
                      "avons déduit des chiffres publiés."), "note")  # fmt: skip


def nearest(run: RunSummary, rows: list[Row]) -> Iterator[Block]:
    """Ours per person beside the first published one that we can restate; how far two methods disagree elsewhere."""
    write = run.figures
    if one := next((row for row in rows if row["measure"] == "per_person" and row["ours"] is not None), None):
        total = next(row for row in rows if row["measure"] == "total" and row["perimeter"] == one["perimeter"])
        sentence = _("Sur le périmètre de « {body} » ({perimeter}), notre empreinte est de {total}, soit {ours} par "
                     "agent ({between}). Publié là-bas en {year} : {published}.")  # fmt: skip
        text = sentence.format(
            body=one["body"],
            perimeter=within_sentence(one["label"]),
            total=write.quantity(total["ours"], TONNES, digits=3),
            ours=write.quantity(one["ours"], TONNES),
            between=write.between(one | {"mean": one["ours"]}, TONNES),
            year=one["year"],
            published=write.quantity(one["value"], TONNES, digits=3),
        )
        devices = next(row for row in rows if row["measure"] == "devices_per_person" and row["body"] == one["body"])
        counted = _("Il compte {theirs} appareils par agent, nous {ours}.").format(
            theirs=write.number(devices["value"], digits=3), ours=write.number(devices["ours"], digits=3)
        )
        yield Paragraph(f"{text} {counted} {one['note']}.", source=run.source)
    else:
        yield Paragraph(
            _("Sans effectif d’agents daté, nous n’avons pas de chiffre par personne : l’ajouter au périmètre.")
        )
    same: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row["measure"] == "per_person":
            same.setdefault((row["body"], row["year"], row["perimeter"]), []).append(row)
    for found in same.values():
        if len(found) > 1:
            low, *_between, high = sorted(found, key=lambda row: row["value"])
            sentence = _("Le même parc peut donner deux résultats : {body}, {low} par personne avec {tool}, {high} "
                         "avec {other}.")  # fmt: skip
            yield Paragraph(
                sentence.format(
                    body=low["body"],
                    low=write.quantity(low["value"], TONNES, digits=3),
                    tool=low["method"],
                    high=write.quantity(high["value"], TONNES, digits=3),
                    other=high["method"],
                )
            )


def in_everyday_words(run: RunSummary) -> Iterator[Block]:
    """The footprint as one everyday thing, per agent where agents are counted: an order of magnitude."""
    if thing := everyday(run):
        per_agent = _("Pour se figurer : par agent de l’administration, une année de numérique pèse autant que {thing}")
        whole = _("Pour se figurer : une année de numérique pèse autant que {thing}")
        sentence = (per_agent if thing["per_agent"] else whole).format(
            thing=thing["words"].format(n=run.figures.number(thing["times"]))
        )
        yield Paragraph([f"{sentence} (", source_link(run.names.source(thing["source"])), ")."])


def beside(run: RunSummary, rows: list[Row]) -> Table:
    """A row for each organisation, year, method and perimeter: what is published, and ours below it."""
    heads = {
        "per_person": _("Par personne, kg"),
        "per_device": _("Par appareil, kg"),
        "making_share": _("Fabrication, %"),
        "total": _("Total, t"),
    }
    found: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in rows:
        key = (row["body"], row["year"], row["method"], row["perimeter"])
        found.setdefault(key, {})[row["measure"]] = row
    cells = []
    for one in found.values():
        first = next(iter(one.values()))
        cells.append([_who(first), first["label"], *(_figures(run, one.get(name)) for name in heads)])
    caption = _("Résultats publiés, et le nôtre en dessous quand leur périmètre permet de le recalculer")
    shown = [_("Qui, quand, comment"), _("Sur quoi"), *heads.values()]
    return Table(caption, shown, cells, "wl" + "r" * len(heads), "published", run.source, long=True)


def perimeters(rows: list[Row]) -> Items:
    """What each perimeter of the table holds, and what answers it with us."""
    bases = {row["label"]: row["basis"] for row in rows}
    return Items([colon(label, f"{basis}.") for label, basis in bases.items()])


def _who(row: Row) -> Text:
    people = labels.word("published_people", row["people"]) if row["people"] else ""
    how = ", ".join(filter(None, (str(row["year"]), row["method"], people)))
    return (Span(row["body"], link=row["url"]), Span(how, "below"))


def _figures(run: RunSummary, row: Row | None) -> Text:
    """What is published, as it is, `*` when it is derived; ours below, with two significant digits."""
    if row is None:
        return ""
    scale = {"%": 0.01, "": 1.0}.get(row["unit"] or "", 1000.0 if row["measure"] == "total" else 1.0)
    write = run.figures
    theirs = write.number(row["value"] / scale, digits=4) + ("*" if row["derived"] else "")
    if row["ours"] is None:
        return theirs
    ours = [Span(_("nous : {value}").format(value=write.number(row["ours"] / scale)), "below")]
    if row["low"] is not None and row["high"] is not None:
        low, high = write.number(row["low"] / scale), write.number(row["high"] / scale)
        ours.append(Span(_("{low} à {high}").format(low=low, high=high), "below"))
    return (theirs, *ours)
