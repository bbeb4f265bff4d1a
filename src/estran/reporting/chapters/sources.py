"""The sources of the factors, everyday things beside the total, and how to do the calculation again."""

from collections.abc import Iterator

from estran.catalogue import labels
from estran.common.language import _
from estran.reporting.blocks import Block, Facts, Heading, Items, Paragraph, Span, Table, Text
from estran.reporting.figures import Row
from estran.reporting.run_summary import RunSummary


def sources(run: RunSummary) -> Iterator[Block]:
    """The whole section (F12)."""
    yield Heading(_("Sources"), anchor="sources")
    yield source_list(run)
    yield from equivalences(run)
    yield from again(run)


def source_list(run: RunSummary) -> Items:
    """The sources of the factors used."""
    return Items([source_text(run, row) for row in run.sources], "sources")


def source_link(row: Row) -> Span:
    """A source by its producer, title and edition, a link to its address, with the page of the figure in it."""
    url = row.get("url") or ""
    return Span(_named(row), link=url if url.startswith("http") else "")


def source_text(run: RunSummary, row: Row) -> Text:
    """A source with its page, its address in full, as paper needs, its licence and the day of its next review."""
    terms = [_("Licence :"), row["licence"] or _("non précisée")]
    if row["redistributable"] != "yes":
        terms.append(_("(chiffres cités, table non rediffusée)"))
    url = row["url"] or ""
    address = (Span(url, link=url), ". ") if url.startswith("http") else ()
    return (f"{_named(row)}. ", *address, f"{' '.join(terms)}.", *_review(run, row))


def _named(row: Row) -> str:
    return ", ".join(
        filter(None, (row.get("producer"), row["title"] or row["id"], row.get("edition"), row.get("page")))
    )


def _review(run: RunSummary, row: Row) -> Iterator[str | Span]:
    if row.get("withdrawn"):
        yield f" {row['withdrawn']}"
    if not row["review_by"]:
        return
    day = run.figures.day(row["review_by"])
    yield " "
    if row["review_by"] < f"{run.year}-12-31":
        yield Span(_("Revue attendue depuis le {day}.").format(day=day), "strong")
    else:
        yield _("À revoir avant le {day}.").format(day=day)


def equivalences(run: RunSummary) -> Iterator[Block]:
    """Everyday things beside the total: an order of magnitude, nothing more."""
    if not run.equivalences:
        return
    write = run.figures
    yield Heading(_("Repères"), 2)
    yield Paragraph(_("Un repère donne un ordre de grandeur ; il ne dit rien d’une économie possible."))
    rows = [
        [row["label"], write.quantity(row["value"], run.carbon["unit"]), write.number(row["times"]), row["source"]]
        for row in run.equivalences
    ]
    heads = [_("Repère"), _("Un repère vaut"), _("L’empreinte en vaut"), _("Source")]
    yield Table(_("L’empreinte rapportée à des repères"), heads, rows, "lrrw", "equivalences", run.source())


def again(run: RunSummary) -> Iterator[Block]:
    """What the run was made of, and the command that gives the same bytes."""
    yield Heading(_("Refaire ce calcul"), 2)
    yield Paragraph(_("Le dossier du calcul contient ses données, ses paramètres et ses facteurs figés : « estran "
                      "rerun » redonne les mêmes octets."))  # fmt: skip
    facts, catalogue = run.run, run.run["catalogue"]
    view = " ".join((_("vue"), labels.word("view", facts["view"])))
    yield Facts(
        [
            (_("Calcul"), (Span(run.name, "code"),)),
            (_("Méthode"), f"{facts['method']}, version {facts['method_version']}, {view}"),
            (_("Facteurs"), run.names.label("factor_set", facts["factor_set"])),
            (_("Catalogue"), (f"{catalogue['edition']}, ", Span(catalogue["sha256"][:12], "code"))),
            (_("Inventaire"), (Span(facts["inventory"]["sha256"][:12], "code"),)),
        ]
    )
    yield Paragraph((Span(f"estran rerun {run.name}", "code"),))
