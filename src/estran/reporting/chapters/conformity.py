"""What the RCP asks of a report, and what is found of it (its annex C, F1 to F16)."""

from collections.abc import Iterator

from estran.catalogue import labels
from estran.common.language import _
from estran.reporting.blocks import Block, Heading, Paragraph, Span, Table, Text
from estran.reporting.run_summary import RunSummary


def conformity(run: RunSummary) -> Iterator[Block]:
    """The checklist, each line with the section that answers it."""
    yield Heading(_("Conformité à la RCP Systèmes d’information"), anchor="checklist")
    yield Paragraph(_("Ce que la RCP (annexe C) demande à un rapport, et ce que celui-ci contient."))
    yield checklist(run, _places())
    yield Paragraph(_("La RCP demande aussi une revue critique et la conservation des preuves un an : elles restent à "
                      "l’organisation. L’absence de facteur de reconditionnement, s’il y a des achats reconditionnés, "
                      "est une limite (règle A4)."), "note")  # fmt: skip


def checklist(run: RunSummary, places: dict[str, str] | None = None) -> Table:
    """The sixteen lines; `places` names the sections of this document that they lead to."""
    states: dict[str, Text] = {
        "yes": _("oui"),
        "partly": (Span(_("en partie"), "strong"),),
        "no": (Span(_("manque"), "strong"),),
    }
    rows: list[list[Text]] = []
    for code, wanted, state, answer, place in lines(run):
        where: Text = answer or "–"
        if places:
            link = Span(places[place], link=f"#{place}")
            where = (link, _(" : "), answer) if answer else (link,)
        rows.append([code, wanted, states[state], where])
    last = _("Où, et ce qui manque") if places else _("Ce qu’on y trouve")
    heads = [_("N°"), _("Le rapport doit"), _("Rempli"), last]
    caption = _("Liste de contrôle F1 à F16")
    return Table(caption, heads, rows, "lwsw", "checklist-table", run.source, long=True)


def _places() -> dict[str, str]:
    return {
        "method": _("Comment il est calculé"),
        "diagram": _("Schéma fonctionnel"),
        "results": _("D’où vient l’empreinte"),
        "criteria": _("Tous les critères"),
        "perimeter": _("Périmètre"),
        "missing": _("Tout ce qui n’est pas compté"),
        "parameters": _("Hypothèses et paramètres"),
        "flows": _("Quantités de l’année"),
        "sources": _("Sources"),
        "quality": _("Qualité des données"),
        "confidence": _("Ce que vaut ce chiffre"),
    }


def lines(run: RunSummary) -> list[tuple[str, str, str, str, str]]:
    """What the RCP asks of a report: number, what, state (yes, partly, no), what is found of it, the section."""
    absent, incomplete = _("absents :"), _("couverture incomplète :")
    criteria = ("yes", "")
    if run.missing_criteria:
        criteria = ("no", f"{absent} {', '.join(run.missing_criteria)}")
    elif partial := _partial(run):
        criteria = ("partly", f"{incomplete} {', '.join(partial)}")
    stages = ", ".join(row["label"] for row in run.stages)
    sourced = not any(
        row["parameter"] == "lifetime_years" and row["origin"] == "type_default" and not row["source"]
        for row in run.parameters
    )
    return [
        ("F1", _("citer la version en vigueur de la RCP"), "yes",
         _("RCP Systèmes d’information, ADEME, 2024"), "method"),
        ("F2", _("décrire l’unité fonctionnelle"), "yes", "", "method"),
        ("F3", _("renvoyer à la RCP pour la méthode"), _yes(run.run["method"] == "rcp_si", "no"),
         labels.word("method", run.run["method"]), "method"),
        ("F4", _("contenir un schéma fonctionnel"), "yes",
         _("tracé d’après les entités, les salles et les services"), "diagram"),
        ("F5", _("couvrir toutes les étapes"), _yes(len(run.stages) >= 4),
         _("étapes calculées :") + " " + stages, "results"),
        ("F6", _("couvrir tous les critères obligatoires"), *criteria, "criteria"),
        ("F7", _("décrire le périmètre et l’organisation"), _yes(bool(run.headcounts)),
         "" if run.headcounts else _("effectifs manquants"), "perimeter"),
        ("F8", _("justifier les exclusions, de façon visible"), "yes",
         _("exclusions du périmètre, types hors champ, garde-fous"), "missing"),
        ("F9", _("détailler les hypothèses"), _yes(bool(run.parameters), "no"), "", "parameters"),
        ("F10", _("lister quantités et durées de vie"), _yes(bool(run.flows and run.parameters)), "", "flows"),
        ("F11", _("justifier les durées de vie, avec leurs sources"), _yes(sourced),
         _("chaque durée a une origine et une source") if sourced else _("des valeurs par défaut n’ont pas de source"),
         "parameters"),
        ("F12", _("lister les sources avec version et date"), _yes(bool(run.sources), "no"), "", "sources"),
        ("F13", _("qualifier chaque donnée de l’inventaire"), "yes",
         _("qualité haute, moyenne ou basse ; sans mention, basse"), "quality"),
        ("F14", _("donner les parts haute, moyenne, basse"), _yes(any(row["rows"] for row in run.quality), "no"), "",
         "quality"),
        ("F15", _("lister les données peu fiables"), "yes",
         _("données basses, valeurs approchées, facteurs de services inférieurs à 5"), "confidence"),
        ("F16", _("lister les limites"), "yes", _("lacunes, choix de modèle, facteurs comparés"), "confidence"),
    ]  # fmt: skip


def _partial(run: RunSummary) -> list[str]:
    """The mandatory criteria some rows lack, with the share of rows computed in full (F6)."""
    return [
        f"{row['label']} ({run.figures.percent(row['coverage'])})"
        for row in run.mandatory
        if row["coverage"] is not None and row["coverage"] < 1
    ]


def _yes(met: bool, otherwise: str = "partly") -> str:
    return "yes" if met else otherwise
