"""The chapters of an editable report on a run: what it says of the footprint, its limits, its method, its sources.

Every figure comes from `Facts`, written as in the HTML report; captions and sentences carry `ref`, the name of the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from estran.catalogue import labels
from estran.common import formatting
from estran.common.language import _, ngettext
from estran.reporting.blocks import Block, Document, heading_block, items_block, table_block, text_block
from estran.reporting.run_summary import Row, RunSummary

SHOWN = 12  # rows of a table of the report; the rest is one row


def of_run(facts: RunSummary, ref: str) -> Document:
    """The whole report of one run."""
    blocks = [
        heading_block(_("En une page")),
        *summary(facts, ref),
        heading_block(_("Ce qui pèse")),
        *weights(facts, ref),
        heading_block(_("Les limites de ce chiffre")),
        *limits(facts, ref),
        Block("page"),
        heading_block(_("Annexes")),
        *annexes(facts, ref),
    ]
    title = _("Empreinte environnementale du numérique, {year}").format(year=facts.year)
    return Document(title, str(facts.perimeter["label"]), facts.lang, blocks=blocks)


def summary(facts: RunSummary, ref: str) -> Iterator[Block]:
    """The figure with its interval, the three sub-totals, the ratios, what weighs most: for who reads one page."""
    unit = facts.carbon["unit"]
    said = formatting.interval(facts.carbon["mean"], facts.carbon["low"], facts.carbon["high"], unit, facts.lang)
    yield text_block(_("En {year} : {figure} ({ref}).").format(year=facts.year, figure=said, ref=ref), "lead")
    yield text_block(
        _(
            "C’est l’effet sur le climat, en une année, de la fabrication, du transport, de l’usage et de la fin de "
            "vie des équipements et des services du périmètre. Pour ce qui est compté, la valeur vraie a environ "
            "95 chances sur 100 d’être dans l’intervalle."
        )
    )
    yield amounts(facts, _("Les trois sous-totaux"), _("Partie"), facts.parts, ref)
    if ratios := [ratio for ratio in facts.ratios if not ratio["why"]]:
        yield _per_person(facts, ratios, ref)
    if families := [row for row in facts.families if row["share"]]:
        stages = sorted(facts.stages, key=lambda row: -row["mean"])
        said = _("Ce qui pèse le plus : {families}. Par étape de la vie : {stages} ({ref}).")
        yield text_block(
            said.format(families=leaders(families, facts.lang), stages=leaders(stages, facts.lang, 2), ref=ref)
        )


def leaders(rows: Sequence[Row], lang: str, most: int = 3) -> str:
    """The rows that weigh most, with their share: « poste de travail (50 %), réseau (18 %) et impression (8 %) »."""
    shown = [(within_sentence(str(row["label"])), formatting.percent(row["share"], lang)) for row in rows[:most]]
    texts = [f"{label}\u00a0({share})" for label, share in shown]
    return texts[0] if len(texts) == 1 else _("{first} et {last}").format(first=", ".join(texts[:-1]), last=texts[-1])


def within_sentence(text: str) -> str:
    """A label within a sentence; acronyms keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _per_person(facts: RunSummary, ratios: Sequence[Row], ref: str) -> Block:
    """The ratios with their intervals and the number of people they are divided by; `people` dates it (rule S1)."""
    unit = formatting.column_unit([ratio["mean"] for ratio in ratios], facts.carbon["unit"])
    rows = [
        [
            labels.ratio(ratio["who"]),
            formatting.cell(ratio["mean"], unit[1], facts.lang),
            _between(ratio, unit[1], facts.lang),
            formatting.count(ratio["number"], facts.lang),
        ]
        for ratio in ratios
    ]
    heads = [_("Qui"), formatting.unit_text(unit[0], facts.lang), _("Intervalle à 95 %"), _("Effectif")]
    return table_block(_ref(_("Par personne"), ref), heads, rows)


def weights(facts: RunSummary, ref: str) -> Iterator[Block]:
    """What weighs, by family and by stage, and the electricity of the year."""
    yield amounts(facts, _("Par famille"), _("Famille"), facts.families, ref)
    yield amounts(facts, _("Par étape de la vie"), _("Étape"), facts.stages, ref)
    kwh = formatting.quantity(facts.electricity_kwh, "kWh", facts.lang)
    yield text_block(_("Électricité de l’année : {kwh} ({ref}).").format(kwh=kwh, ref=ref))


def criteria(facts: RunSummary, ref: str) -> Block:
    """Every mandatory criterion with its interval, and how much of the inventory it covers."""
    rows = [
        [
            row["label"],
            formatting.quantity(row["mean"], row["unit"], facts.lang),
            _extent(row, row["unit"], facts.lang),
            formatting.percent(row["coverage"], facts.lang),
        ]
        for row in facts.mandatory
    ]
    heads = [_("Critère"), _("Total"), _("Intervalle à 95 %"), _("Lignes calculées en entier")]
    return table_block(_ref(_("Les critères obligatoires"), ref), heads, rows)


def amounts(facts: RunSummary, caption: str, head: str, rows: Sequence[Row], ref: str) -> Block:
    """Climate change by part, family or stage, with the interval and the share."""
    unit = formatting.column_unit([row["mean"] for row in rows], facts.carbon["unit"])
    total = facts.carbon["mean"]
    cells = [
        [
            str(row["label"]),
            formatting.cell(row["mean"], unit[1], facts.lang),
            _between(row, unit[1], facts.lang),
            formatting.percent(row["mean"] / total, facts.lang) if total else "–",
        ]
        for row in list(rows)[:SHOWN]
    ]
    if rest := list(rows)[SHOWN:]:  # a sum without interval is a share, never a value
        share = formatting.percent(sum(row["mean"] for row in rest) / total, facts.lang) if total else "–"
        cells.append([_others(len(rest)), "–", "–", share])
    heads = [head, formatting.unit_text(unit[0], facts.lang), _("Intervalle à 95 %"), _("Part")]
    return table_block(_ref(caption, ref), heads, cells)


def _others(n: int) -> str:
    return ngettext("{n} autre", "{n} autres", n).format(n=n)


def limits(facts: RunSummary, ref: str) -> Iterator[Block]:
    """What is not counted, what other factor sets say, how good the data are, what the interval leaves out."""
    rows = formatting.count(facts.run["counts"]["rows"], facts.lang)
    share = formatting.percent(facts.carbon["coverage"], facts.lang)
    said = _("Pour le climat, {share} des {rows} lignes sont calculées en entier ({ref}). Ce qui manque ne vaut pas "
             "zéro : le total serait plus élevé s’il était connu. L’intervalle ne couvre ni ce qui manque, ni le choix "
             "du périmètre, ni celui des facteurs.")  # fmt: skip
    yield text_block(said.format(share=share, rows=rows, ref=ref))
    gaps = [
        [gap["label"], formatting.count(gap["rows"], facts.lang), gap["remedy"]] for gap in list(facts.gaps)[:SHOWN]
    ]
    if rest := list(facts.gaps)[SHOWN:]:
        left = formatting.count(sum(gap["rows"] for gap in rest), facts.lang)
        gaps.append([_others(len(rest)), left, _("La liste entière est dans les fichiers du calcul.")])
    if gaps:
        yield table_block(
            _ref(_("Ce qui n’est pas compté"), ref), [_("Quoi"), _("Lignes"), _("Remède")], gaps, texts=(2,)
        )
    else:
        yield text_block(_("Rien de ce qui a été donné ne manque au calcul ({ref}).").format(ref=ref))
    unit = facts.carbon["unit"]
    sets = [
        [row["label"], formatting.quantity(row["mean"], unit, facts.lang), _extent(row, unit, facts.lang)]
        for row in (*(row for row in facts.factor_sets if row["own"]), *facts.other_sets)
    ]
    heads = [_("Jeu de facteurs"), _("Empreinte"), _("Intervalle à 95 %")]
    yield table_block(_ref(_("Les mêmes quantités avec d’autres jeux de facteurs"), ref), heads, sets)
    quality = [
        [labels.quality(row["class"]), formatting.percent(row["rows_share"] or 0.0, facts.lang),
         formatting.percent(row["share"] or 0.0, facts.lang)]
        for row in facts.quality
    ]  # fmt: skip
    heads = [_("Qualité de la donnée"), _("Part des lignes"), _("Part de l’empreinte")]
    yield table_block(_ref(_("Ce que valent les données"), ref), heads, quality)


def annexes(facts: RunSummary, ref: str) -> Iterator[Block]:
    """Method, perimeter, sources, conformity."""
    yield heading_block(_("Méthode"), 2)
    yield text_block(
        _(
            "Le calcul suit la règle de l’ADEME pour les systèmes d’information (RCP Systèmes d’information, 2024). "
            "Chaque chiffre est une quantité multipliée par un facteur. L’équipement acheté est réparti sur sa durée "
            "d’usage ; l’électricité est celle de l’année, au mix moyen de son lieu d’usage."
        )
    )
    yield items_block(
        [
            _("Compris : {what}").format(what=", ".join(facts.included(True)) or "–"),
            _("Non compris : {what}").format(what=", ".join(facts.included(False)) or _("rien")),
            ngettext("{n} ligne d’inventaire", "{n} lignes d’inventaire", facts.run["counts"]["rows"]).format(
                n=formatting.count(facts.run["counts"]["rows"], facts.lang)
            ),
            _("Estran {version}, catalogue {edition}").format(
                version=facts.run["estran"], edition=facts.run["catalogue"]["edition"]
            ),
        ]
    )
    yield from people(facts, ref)
    yield heading_block(_("Tous les critères"), 2)
    yield criteria(facts, ref)
    yield heading_block(_("Sources"), 2)
    columns = ("title", "producer", "edition", "licence")
    rows = [[str(row[column] or "–") for column in columns] for row in facts.sources if row["title"]]
    heads = [_("Titre"), _("Producteur"), _("Édition"), _("Licence")]
    yield table_block(_ref(_("Sources des facteurs utilisés"), ref), heads, rows, texts=(1, 2, 3))
    yield heading_block(_("Liste de conformité"), 2)
    said = _("Ce que la RCP (annexe C) demande à un rapport de bilan, et ce que contient le rapport complet ({ref}) : "
             "« estran report ». Ce document en est un résumé.")  # fmt: skip
    yield text_block(said.format(ref=ref))
    states = {"yes": _("oui"), "partly": _("en partie"), "no": _("manque")}
    rows = [[code, asks, states[state], found or "–"] for code, asks, state, found, _place in conformity(facts)]
    heads = [_("N°"), _("Le rapport doit"), _("Rempli"), _("Ce qu’on y trouve")]
    yield table_block(_ref(_("Liste de contrôle F1 à F16"), ref), heads, rows, texts=(1, 2, 3))


def people(facts: RunSummary, ref: str) -> Iterator[Block]:
    """The dated numbers of people of the perimeter, with their sources, and what the perimeter leaves out."""
    rows = [
        [
            labels.people(head["who"]),
            formatting.count(head["value"], facts.lang),
            formatting.day(head["date"], facts.lang) if head["date"] else "–",
            str(head["source"] or "–"),
        ]
        for head in facts.headcounts
    ]
    if rows:
        heads = [_("Qui"), _("Effectif"), _("Date"), _("Source")]
        yield table_block(_ref(_("Les effectifs du périmètre"), ref), heads, rows, texts=(2, 3))
    excluded = facts.perimeter.get("exclusions", [])
    if excluded:
        rows = [[str(one.get(name) or "–") for name in ("what", "reason", "size")] for one in excluded]
        heads = [_("Exclu"), _("Raison"), _("Ordre de grandeur")]
        yield table_block(_ref(_("Exclusions choisies, et pourquoi"), ref), heads, rows, texts=(1, 2))


def conformity(run: RunSummary) -> list[tuple[str, str, str, str, str]]:
    """What the RCP asks of a report: number, what, state (yes, partly, no), what was found, the section (F1-F16)."""
    absent, incomplete = _("absents :"), _("couverture incomplète :")
    criteria = ("yes", "")
    if run.missing_criteria:
        criteria = ("no", f"{absent} {', '.join(run.missing_criteria)}")
    elif run.partial_criteria:
        criteria = ("partly", f"{incomplete} {', '.join(run.partial_criteria)}")
    stages = ", ".join(row["label"] for row in run.stages)
    sourced = run.unjustified == 0
    return [
        ("F1", _("citer la version en vigueur de la RCP"), "yes",
         _("RCP Systèmes d’information, ADEME, 2024"), "method"),
        ("F2", _("décrire l’unité fonctionnelle"), "yes", "", "method"),
        ("F3", _("renvoyer à la RCP pour la méthode"), _yes(run.run["method"] == "rcp_si", "no"),
         _("méthode") + " " + run.run["method"], "method"),
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


def _yes(there: bool, otherwise: str = "partly") -> str:
    return "yes" if there else otherwise


def _ref(caption: str, ref: str) -> str:
    return _("{caption} ({ref})").format(caption=caption, ref=ref)


def _between(row: Row, size: float, lang: str) -> str:
    if row.get("low") is None or row.get("high") is None:
        return "–"
    low, high = formatting.cell(row["low"], size, lang), formatting.cell(row["high"], size, lang)
    return _("{low} à {high}").format(low=low, high=high)


def _extent(row: Row, unit: str, lang: str) -> str:
    """The interval alone, in the unit of the figure."""
    said: Any = formatting.interval(row["mean"], row["low"], row["high"], unit, lang).partition(", ")[2]
    return said or "–"
