"""The sources of the factors, and what it takes to do the calculation again."""

from collections.abc import Iterator

from estran.catalogue import labels
from estran.catalogue.numecoeval import UNDATED
from estran.common.language import _
from estran.reporting.blocks import Block, Facts, Heading, Items, Paragraph, Span, Table, Text
from estran.reporting.figures import Row
from estran.reporting.run_summary import RunSummary

MIXES = """
    SELECT flow AS zone, regexp_extract(electricity, '\\d+$')::INTEGER AS year, source, list(criterion) AS criteria
    FROM factors WHERE electricity LIKE 'electricity %' GROUP BY ALL ORDER BY zone, year DESC, source
"""


def sources(run: RunSummary) -> Iterator[Block]:
    """The whole section (F12)."""
    yield Heading(_("Sources"), anchor="sources")
    yield source_list(run)
    yield from mixes(run)
    yield from again(run)


def source_list(run: RunSummary) -> Items:
    """The sources of the factors used."""
    return Items([source_text(run, row) for row in run.sources], "sources")


def mixes(run: RunSummary) -> Iterator[Block]:
    """The year of each electricity mix: the one of the year, else the latest before it, more doubtful (E9, Q10)."""
    used = run.rows(MIXES)
    if not used:
        return

    def criteria(row: Row) -> str:
        known = sorted(map(run.names.describe_criterion, row["criteria"]), key=lambda one: one["rank"])
        return ", ".join(one["label"] for one in known)

    columns = [
        ("l", _("Zone"), lambda row: run.names.label("zone", row["zone"])),
        ("r", _("Année du mix"), lambda row: _("sans date") if row["year"] == UNDATED else str(row["year"])),
        ("w", _("Critères"), criteria),
        ("w", _("Source"), lambda row: run.names.source_label(row["source"])),
    ]
    yield Table.of(_("Mix électriques employés"), "mixes", used, columns)
    if any(UNDATED < row["year"] < run.year for row in used):
        text = _("Faute de mix de l’année, le dernier connu avant elle est pris ; son âge élargit l’intervalle.")
        yield Paragraph(text, "note")


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


def again(run: RunSummary) -> Iterator[Block]:
    """What the run was made of, that it can be done again."""
    yield Heading(_("Refaire ce calcul"), 2)
    yield Paragraph(_("Le calcul garde avec lui ses données, ses paramètres et ses facteurs : qui le refait obtient "
                      "les mêmes chiffres, au dernier près."))  # fmt: skip
    facts, catalogue = run.run, run.run["catalogue"]
    view = " ".join((_("vue"), labels.word("view", facts["view"])))
    yield Facts(
        [
            (_("Calcul"), run.name),
            (_("Méthode"), f"{labels.word('method', facts['method'])}, version {facts['method_version']}, {view}"),
            (_("Facteurs"), run.names.label("factor_set", facts["factor_set"])),
            (
                _("Catalogue"),
                _("édition {edition}, empreinte {sha}").format(
                    edition=catalogue["edition"], sha=catalogue["sha256"][:12]
                ),
            ),
            (_("Inventaire"), _("empreinte {sha}").format(sha=facts["inventory"]["sha256"][:12])),
        ]
    )
