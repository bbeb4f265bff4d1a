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
    write, count = run.figures, run.figures.count
    excluded = run.perimeter.get("exclusions", [])
    unsourced = [
        row
        for row in run.parameters
        if row["parameter"] == "lifetime_years" and row["origin"].startswith("type_default") and not row["source"]
    ]
    undated = [row for row in run.sources if not (row["edition"] or row.get("date"))]
    rows = {row["class"]: row for row in run.quality}
    whole = sum(row["rows"] for row in run.quality)
    facts: dict[str, dict[str, object]] = {
        "F1": {"version": run.run["method_version"]},
        "F2": {"year": run.year},
        "F3": {"method": labels.word("method", run.run["method"])},
        "F4": {
            "entities": count(len(run.entities)),
            "rooms": count(len(run.rooms)),
            "services": count(len(run.services)),
        },
        "F5": {"stages": ", ".join(row["label"] for row in run.stages)},
        "F6": {"criteria": _criteria(run)},
        "F7": {"people": _people(run)},
        "F8": {"excluded": count(len(excluded)), "aside": count(sum(guard["rows"] for guard in run.guards))},
        "F9": {"n": count(len(run.parameters))},
        "F10": {"n": count(len(run.flows))},
        "F11": {"n": count(len(unsourced))},
        "F12": {"n": count(len(run.sources)), "undated": count(len(undated))},
        "F13": {"rows": count(whole), "low": count(rows["low"]["rows"])},
        "F14": {name: write.percent(row["share"]) for name, row in rows.items()},
        "F15": {"low": write.percent(rows["low"]["share"]), "weak": count(len(run.weak_factors))},
        "F16": {"rows": count(run.carbon["gap_rows"]), "sets": count(len(run.factor_sets))},
    }
    met = {
        "F3": run.run["method"] == "rcp_si",
        "F4": bool(run.families),
        "F5": len(run.stages) >= 4,
        "F6": not run.missing_criteria and not _partial(run),
        "F7": bool(run.headcounts),
        "F8": all(one.get("reason") for one in excluded),
        "F9": bool(run.parameters),
        "F10": bool(run.flows and run.parameters),
        "F11": not unsourced,
        "F12": bool(run.sources) and not undated,
        "F13": bool(whole),
        "F14": bool(whole),
    }
    nothing = {"F3", "F9", "F12", "F14"} if not run.families else {"F3"}
    nothing |= {"F6"} if run.missing_criteria else set()
    asked, found, places = _asked(), _found(), _SECTIONS
    states = {code: "yes" if met.get(code, True) else "no" if code in nothing else "partly" for code in asked}
    return [(code, asked[code], states[code], found[code].format(**facts[code]), places[code]) for code in asked]


_SECTIONS = dict(zip(
    (f"F{n}" for n in range(1, 17)),
    ("method", "method", "method", "diagram", "results", "criteria", "perimeter", "missing", "parameters", "flows",
     "parameters", "sources", "quality", "quality", "confidence", "confidence"),
    strict=True,
))  # fmt: skip


def _asked() -> dict[str, str]:
    """What the RCP asks, by number."""
    return {
        "F1": _("citer la version en vigueur de la RCP"),
        "F2": _("décrire l’unité fonctionnelle"),
        "F3": _("renvoyer à la RCP pour la méthode"),
        "F4": _("contenir un schéma fonctionnel"),
        "F5": _("couvrir toutes les étapes"),
        "F6": _("couvrir tous les critères obligatoires"),
        "F7": _("décrire le périmètre et l’organisation"),
        "F8": _("justifier les exclusions, de façon visible"),
        "F9": _("détailler les hypothèses"),
        "F10": _("lister quantités et durées de vie"),
        "F11": _("justifier les durées de vie, avec leurs sources"),
        "F12": _("lister les sources avec version et date"),
        "F13": _("qualifier chaque donnée de l’inventaire"),
        "F14": _("donner les parts haute, moyenne, basse"),
        "F15": _("lister les données peu fiables"),
        "F16": _("lister les limites"),
    }


def _found() -> dict[str, str]:
    """What is found of it, with its facts."""
    return {
        "F1": _("RCP Systèmes d’information, ADEME, 2024 ; édition {version} de la méthode"),
        "F2": _("le système d’information, pour tous ses utilisateurs, pendant l’année {year}"),
        "F3": _("{method}"),
        "F4": _("tracé d’après {entities} entités, {rooms} salles et {services} services"),
        "F5": _("étapes calculées : {stages}"),
        "F6": _("{criteria}"),
        "F7": _("{people}"),
        "F8": _("{excluded} exclusions justifiées ; {aside} lignes mises de côté, avec leur règle"),
        "F9": _("{n} paramètres, avec leur origine"),
        "F10": _("{n} flux de l’année"),
        "F11": _("durées par défaut sans source : {n}"),
        "F12": _("{n} sources ; sans date ni édition : {undated}"),
        "F13": _("{rows} lignes qualifiées, dont {low} basses (sans mention, une donnée est basse)"),
        "F14": _("haute {high}, moyenne {medium}, basse {low} de l’empreinte"),
        "F15": _("{low} de l’empreinte en données basses ; {weak} facteurs de services de qualité inférieure à 5"),
        "F16": _("{rows} lignes incomplètes ; {sets} jeux de facteurs comparés"),
    }


def _criteria(run: RunSummary) -> str:
    """The criteria computed, and those that are absent or cover a part of the rows."""
    absent, incomplete = _("absents :"), _("couverture incomplète :")
    if run.missing_criteria:
        return f"{absent} {', '.join(run.missing_criteria)}"
    if partial := _partial(run):
        return f"{incomplete} {', '.join(partial)}"
    return ", ".join(row["label"] for row in run.mandatory)


def _people(run: RunSummary) -> str:
    heads = [f"{run.figures.count(head['value'])} {labels.word('people', head['who'])}" for head in run.headcounts]
    return ", ".join(heads) or _("effectifs manquants")


def _partial(run: RunSummary) -> list[str]:
    """The mandatory criteria some rows lack, with the share of rows computed in full (F6)."""
    return [
        f"{row['label']} ({run.figures.percent(row['coverage'])})"
        for row in run.mandatory
        if row["coverage"] is not None and row["coverage"] < 1
    ]
