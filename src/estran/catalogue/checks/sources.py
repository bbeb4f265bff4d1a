"""Checks of the sources: what each one says of itself, its licence and rights, its review, the sets that name it."""

from collections.abc import Iterator
from datetime import date
from itertools import chain

from estran.catalogue.checks.tables import Tables, fault, remedy_of, toml_lines, unknown
from estran.common.language import _
from estran.common.problems import Problem

NEEDED = ("producer", "title", "edition", "date", "url", "licence")
REDISTRIBUTABLE = ("yes", "unclear", "no")
OUTSIDE_SETS = "estran"  # Proxies and flags are choices of the catalogue: no factor set names their source.
SETS = "impacts/factor_sets.toml"


def check_sources(tables: Tables) -> Iterator[Problem]:
    """The faults of every source and of the factor sets."""
    licences = {row["licence"]: row["redistributable"] for row in tables.rows("source_licences")}
    for code, source in tables.sources.items():
        file = f"sources/{code}/source.toml"
        lines = toml_lines((tables.root / file).read_text(encoding="utf-8"))
        for name in NEEDED:
            if not source.get(name):
                yield fault(_("Source sans « {name} »").format(name=name), file, code, lines.get((name,)))
        if not source["review_by"] and not source["withdrawn"]:
            remedy = _("Donner « review_by », ou dire par « withdrawn » pourquoi elle est retirée.")
            yield fault(_("Source sans date de revue"), file, code, remedy=remedy)
        right, licence = source.get("redistributable"), source.get("licence")
        if right not in REDISTRIBUTABLE:
            remedy = remedy_of(right or "", REDISTRIBUTABLE, "")
            yield fault(_("Droit de rediffusion non dit"), file, code, lines.get(("redistributable",)), remedy)
        elif licence:
            place = tables.file("source_licences")
            yield from unknown(_("Licence inconnue"), file, licence, lines.get(("licence",)), licences, place)
            if licences.get(licence, right) != right:
                what = _("Droit de rediffusion contraire à la licence")
                remedy = _("Mettre « {right} », le droit que {file} donne à cette licence, ou corriger l’une des deux.")
                remedy = remedy.format(right=licences[licence], file=place)
                yield fault(what, file, right, lines.get(("redistributable",)), remedy)
    for path in sorted((tables.root / "sources").iterdir()):
        if path.name not in tables.sources:
            remedy = _("Ajouter son source.toml, ou ôter ce dossier.")
            yield fault(_("Source inconnue"), f"sources/{path.name}", path.name, remedy=remedy)
    dated = set(tables.codes("electricity", "source"))
    lines = toml_lines((tables.root / SETS).read_text(encoding="utf-8"))
    for name, chosen in tables.sets.items():
        for code in dict.fromkeys([*chain(*chosen.lineages), *chosen.electricity]):
            yield from unknown(_("Source inconnue"), SETS, code, lines.get((name,)), tables.sources, "sources/")
        for code in (code for code in chosen.electricity if code not in dated):
            yield fault(_("Source sans électricité"), SETS, code, lines.get((name,)))


def past_review(tables: Tables, today: date) -> Iterator[Problem]:
    """Sources whose review is due at `today`."""
    for code, source in tables.sources.items():
        if "" < source["review_by"] < today.isoformat():
            yield Problem(
                what=_("Source à revoir depuis le {day} : {code}").format(day=source["review_by"], code=code),
                remedy=_("Chercher une édition plus récente ; sinon repousser la date en disant pourquoi."),
                file=f"sources/{code}/source.toml",
                value=code,
            )


def unused(tables: Tables) -> Iterator[Problem]:
    """Sources that no factor set names, or that nothing cites."""
    given = {row["source"] for row in tables.published}
    named = {source for chosen in tables.sets.values() for source in chain(*chosen.lineages)}
    for code in sorted(given - named):
        yield fault(_("Source qu’aucun jeu de facteurs ne nomme"), SETS, code)
    cited = {
        source
        for path in tables.files
        if path.parent.parent != tables.root / "sources"
        for row in tables.rows(path.stem)
        for source in (row.get("source") or "").split("|")
    }
    for code in sorted(set(tables.sources) - given - cited - {OUTSIDE_SETS}):
        yield fault(_("Source jamais utilisée"), f"sources/{code}/source.toml", code)
