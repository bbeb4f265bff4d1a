"""Where the footprint comes from: by family, type, stage, entity; rooms; every criterion; services."""

from collections.abc import Callable, Iterator, Sequence

from estran.catalogue import labels
from estran.common.formatting import Step
from estran.common.language import _
from estran.reporting.blocks import Block, Chart, Heading, Paragraph, Span, Table, Text
from estran.reporting.chapters.summary import ratios
from estran.reporting.charts.breakdown import bars
from estran.reporting.charts.stages import stages as draw_stages
from estran.reporting.figures import NONE, Row, with_unit, within_sentence
from estran.reporting.run_summary import RunSummary


def where_from(run: RunSummary) -> Iterator[Block]:
    """The page on where the footprint comes from: sentences, one drawing."""
    yield Heading(_("D’où cela vient"), anchor="where")
    yield from shares(run)
    title = _("Ce qui pèse, famille par famille")
    heads = _("Empreinte par famille"), _("Famille")
    rows = [row | {"link": f"#from-{row['code']}"} for row in run.families]
    yield breakdown(run, "families", title, heads, rows, quantities=True, total=run.carbon)
    if run.ratios:
        yield Heading(_("Par personne"), 2)
        yield ratios(run)


def shares(run: RunSummary) -> Iterator[Block]:
    """The heaviest families, who they serve, and making beside using, in sentences that add up."""
    leaders = _("Ce qui pèse le plus : {leaders}.").format(leaders=run.figures.leaders(run.families))
    yield Paragraph(leaders, "lead", source=run.source)
    made, used = (
        next((row["mean"] for row in run.stages if row["code"] == code), 0.0) for code in ("manufacturing", "use")
    )
    sentences = []
    if len(run.parts) > 1:
        steps = run.step.shared([row["mean"] for row in run.parts], run.step.rounded(run.carbon["mean"]))
        texts = [
            _("{part} {amount} ({share})").format(
                part=within_sentence(row["label"]), amount=run.step.words(step), share=run.figures.percent(row["share"])
            )
            for row, step in zip(run.parts, steps, strict=True)
        ]
        sentences.append(_("L’empreinte se partage ainsi : {parts}.").format(parts=", ".join(texts)))
    sentences.append(_making(run, made, used))
    yield Paragraph(" ".join(filter(None, sentences)), source=run.source)


def _making(run: RunSummary, made: float, used: float) -> str:
    """Making beside using."""
    amounts = {"made": run.number(made), "used": run.number(used)}
    amounts["most"] = run.words(max(made, used))
    if not made or not used:
        return ""
    if made >= 1.5 * used:
        times = run.figures.number(made / used, digits=1 if made / used < 10 else 2)
        return _("Fabriquer pèse {n} fois plus qu’utiliser : {most} contre {used}. La première économie est "
                 "l’appareil que l’on n’achète pas.").format(n=times, **amounts)  # fmt: skip
    if used >= 1.5 * made:
        times = run.figures.number(used / made, digits=1 if used / made < 10 else 2)
        return _("Utiliser pèse {n} fois plus que fabriquer : {most} contre {made}. La première économie est "
                 "l’appareil que l’on éteint.").format(n=times, **amounts)  # fmt: skip
    return _("Fabriquer et utiliser pèsent presque autant : {first} et {second}.").format(
        first=run.words(made), second=run.words(used)
    )


def breakdowns(run: RunSummary) -> Iterator[Block]:
    """Every breakdown of the footprint."""
    yield Heading(_("L’empreinte en détail"), anchor="results")
    if run.families:
        yield parts(run)
        yield from stages(run)
        yield from equipment(run)
        yield from entities(run)
    yield from rooms(run)
    yield from criteria(run)
    yield from services(run)


def breakdown(
    run: RunSummary,
    anchor: str,
    title: str,
    heads: tuple[str, str],
    rows: Sequence[Row],
    *,
    quantities: bool = False,
    total: Row | None = None,
    unit_of: str = "kg CO2 eq",
) -> Chart:
    """Bars and their table; `heads` are the caption and the first head, `quantities` adds the number of items.

    `unit_of` is the unit of the criterion. The label of a row leads to its `link`, if it has one.
    """
    step, cells = _cells(run, rows, total, unit_of)
    drawn = [row | {"text": cell} for row, cell in zip(rows, cells, strict=True)]
    table = _table(run, f"{anchor}-table", heads, rows, unit_of, quantities=quantities, total=total)
    drawing = bars(run.figures, heads[0], drawn, step.unit, folded=quantities)
    return Chart(anchor, title, drawing, table, _("Trait fin : intervalle à 95 %."))


def _cells(run: RunSummary, rows: Sequence[Row], total: Row | None, unit_of: str) -> tuple[Step, list[str]]:
    """The step of a column and its figures, which add up to their total."""
    known = [row["mean"] for row in rows if row["mean"] is not None]
    whole = total["mean"] if total and len(known) == len(rows) else sum(known)
    step = run.figures.step(whole, unit_of, digits=4)
    steps = iter(step.shared(known, step.rounded(whole)))
    return step, [_amount(step, row["mean"], steps) for row in rows]


def _amount(step: Step, value: float | None, steps: Iterator[int]) -> str:
    """A figure of a column; a dash where nothing could be computed, for nothing weighs exactly nothing."""
    taken = None if value is None else next(steps)
    return step.cell(taken, value) if taken is not None and value else NONE


def _bounds(step: Step, row: Row) -> str:
    if row["low"] is None or row["high"] is None or not row["mean"]:
        return NONE
    return _("{low} à {high}").format(low=step.bound(row["low"]), high=step.bound(row["high"]))


def _table(
    run: RunSummary,
    anchor: str,
    heads: tuple[str, str],
    rows: Sequence[Row],
    unit_of: str,
    *,
    quantities: bool,
    total: Row | None = None,
) -> Table:
    write, (caption, first) = run.figures, heads
    step, cells = _cells(run, rows, total, unit_of)
    name = write.unit_text(step.unit[0])
    whole = [total | {"label": _("Total"), "share": 1.0, "quantity": None}] if total else []
    cells += [step.cell(step.rounded(row["mean"]), row["mean"]) for row in whole]
    lines = [row | {"cell": cell} for row, cell in zip([*rows, *whole], cells, strict=True)]
    columns: list[tuple[str, str, Callable[[Row], Text]]] = [
        ("l", first, lambda row: (Span(str(row["label"]), link=row.get("link", "")),)),
        ("r", name, lambda row: row["cell"]),
        ("r", _("Intervalle à 95 %"), lambda row: _bounds(step, row)),
        ("r", _("Part"), lambda row: write.percent(row["share"] or None)),
        ("r", _("Nombre"), lambda row: write.count(row["quantity"])),
    ]
    if not quantities:
        columns.pop()
    totals, long = ([len(rows)] if total else []), len(rows) > 13
    return Table.of(with_unit(caption, name), anchor, lines, columns, run.source, totals=totals, long=long)


def parts(run: RunSummary) -> Table:
    """The three sub-totals: with and without the middle schools, whatever the perimeter (rule S2)."""
    heads = _("Les trois sous-totaux"), _("Périmètre")
    return _table(run, "parts", heads, run.parts, run.carbon["unit"], quantities=False, total=run.carbon)


def stages(run: RunSummary) -> Iterator[Block]:
    """By stage of life, then the share of each stage criterion by criterion."""
    yield Heading(_("À quelle étape de la vie"), 2)
    heaviest = sorted(run.stages, key=lambda row: -row["mean"])
    sentence = _("L’empreinte vient d’abord de : {leaders}.").format(leaders=run.figures.leaders(heaviest))
    yield Paragraph(sentence, source=run.source)
    heads = _("Empreinte par étape du cycle de vie"), _("Étape")
    yield breakdown(run, "stages", sentence, heads, run.stages, total=run.carbon)
    yield made_or_used(run)
    text = _("Un critère mal couvert (voir plus bas) fausse ces parts : ce qui manque n’y figure pas.")
    yield Paragraph(text, "note")


def made_or_used(run: RunSummary) -> Chart:
    """The share of making and of use in each main criterion, then of every stage."""
    title = _("Part de chaque étape, critère par critère")
    shares = {row["code"]: row["by_criterion"] for row in run.stages}
    none = [None] * len(run.main_criteria)
    made, used = (shares.get(stage, none) for stage in ("manufacturing", "use"))
    rows = [
        {"label": criterion["label"], "manufacturing": made[place], "use": used[place]}
        for place, criterion in enumerate(run.main_criteria)
    ]
    heads = [_("Étape"), *(row["label"] for row in run.main_criteria)]
    cells = [[row["label"], *map(run.figures.percent, row["by_criterion"])] for row in run.stages]
    table = Table(title, heads, cells, anchor="stages-criteria", source=run.source)
    return Chart("made-or-used", title, draw_stages(run.figures, rows), table)


def equipment(run: RunSummary) -> Iterator[Block]:
    """By item type, every one of them."""
    yield Heading(_("Pour quels matériels et services"), 2)
    heads = _("Empreinte par type de matériel ou de service"), _("Type")
    title = _("En tête : {leaders}.").format(leaders=run.figures.leaders(run.item_types))
    yield breakdown(run, "types", title, heads, run.item_types, quantities=True, total=run.carbon)


def families(run: RunSummary) -> Table:
    """Every family."""
    heads = _("Toutes les familles"), _("Famille")
    return _table(run, "all-families", heads, run.families, run.carbon["unit"], quantities=True, total=run.carbon)


def entities(run: RunSummary) -> Iterator[Block]:
    """By entity, the middle schools together, then how they spread."""
    write, unit = run.figures, run.carbon["unit"]
    yield Heading(_("Dans quelles entités"), 2)
    title = _("Les entités qui pèsent le plus")
    heads = _("Empreinte par entité"), _("Entité")
    yield breakdown(run, "entities", title, heads, run.entities, quantities=True, total=run.carbon)
    schools = run.schools
    if schools["number"]:
        yield Paragraph(_("Les collèges comptent ici les services achetés pour eux."), "note")
    if schools["number"] > 9:
        sentence = _(
            "Huit collèges sur dix pèsent entre {low} et {high} ; la moitié, moins de {middle}. Ces écarts "
            "suivent d’abord la taille et la tenue des inventaires : ils ne sont pas un classement."
        )
        bounds = {name: write.quantity(schools[name], unit) for name in ("low", "middle", "high")}
        yield Paragraph(sentence.format(**bounds), source=run.source)


def rooms(run: RunSummary) -> Iterator[Block]:
    """The electricity of the computer rooms, with their PUE (rules R1 to R7)."""
    write = run.figures
    yield Heading(_("Salles informatiques"), 2)
    if not run.rooms:
        yield Paragraph(_("Aucune salle informatique n’est décrite : les serveurs sont comptés sans froid ni bâtiment. "
                          "Décrire les salles dans la table « rooms » de l’inventaire."))  # fmt: skip
        return
    yield Paragraph(_("Le PUE compare l’électricité de toute la salle à celle de ses seuls équipements informatiques : "
                      "à 1,5, il faut 50 % d’électricité en plus, surtout pour le froid."))  # fmt: skip
    columns = [
        ("l", _("Salle"), lambda room: room["room"]),
        ("r", _("Informatique"), lambda room: write.quantity(room["it_kwh"], "kWh")),
        ("r", _("Froid et pertes"), lambda room: write.quantity(room["overhead_kwh"], "kWh")),
        ("r", "PUE", lambda room: NONE if room["pue"] is None else write.number(room["pue"])),
        ("l", _("Origine du PUE"), lambda room: labels.origin(room["pue_origin"])),
        ("r", _("Puissance"), lambda room: write.quantity(room["it_kw"], "kW")),
        ("l", _("Compteur"), lambda room: _("oui") if room["metered"] else _("non : électricité estimée")),
    ]
    caption, source = _("Électricité des salles dans l’année"), run.source
    yield Table.of(caption, "rooms", run.rooms, columns, source)


def criteria(run: RunSummary) -> Iterator[Block]:
    """Every criterion with its interval, how much of the inventory it covers, and the electricity of the year."""
    write = run.figures
    yield Heading(_("Tous les critères"), 2, "criteria-title")
    sentence = _("Le climat n’est pas tout : fabriquer consomme des métaux rares, l’électricité nucléaire émet des "
                 "rayonnements. Électricité de l’année : {kwh}.")  # fmt: skip
    yield Paragraph(sentence.format(kwh=write.quantity(run.electricity_kwh, "kWh")), source=run.source)
    columns = [
        ("l", _("Critère"), _criterion),
        ("r", _("Total et intervalle à 95 %"), lambda row: write.whole(row, row["unit"])),
        ("r", _("Lignes calculées en entier"), lambda row: write.percent(row["coverage"])),
        ("r", _("Lignes incomplètes"), lambda row: write.count(row["gap_rows"] or 0)),
    ]
    caption = _("Empreinte par critère, obligatoires d’abord")
    yield Table.of(caption, "criteria", run.criteria, columns, run.source)
    if run.missing_criteria:
        absent = _("Critères obligatoires absents de ce calcul :")
        yield Paragraph(f"{absent} {', '.join(run.missing_criteria)}.")
    yield Paragraph(_("Un total peu couvert est un minimum : il ne se compare pas à celui d’un autre critère ni d’une "
                      "autre collectivité."), "note")  # fmt: skip


def _criterion(row: Row) -> Text:
    kind = _("(indicateur de flux)") if row["flow_indicator"] else _("(facultatif)")
    optional = () if row["mandatory"] else (" ", Span(kind, "note"))
    meaning = (Span(row["meaning"], "below"),) if row["meaning"] else ()
    return (row["label"], *optional, *meaning)


def services(run: RunSummary) -> Iterator[Block]:
    """Bought services: those that Estran computes and those that suppliers declare (rules C1 to C5)."""
    write, unit = run.figures, run.carbon["unit"]
    yield Heading(_("Nuage et services achetés"), 2)
    declared, compared = run.headline["declared"], run.headline["declared_for_comparison"]
    if not (run.services or declared or compared):
        text = _("Aucun service acheté n’est décrit : factures et relevés des fournisseurs restent à importer.")
        yield Paragraph(text)
        return
    yield Paragraph(_("Un service est calculé d’après son usage, sinon d’après sa facture. Ce qu’un fournisseur "
                      "déclare garde son chiffre et reste à part."))  # fmt: skip
    if run.by_service:
        columns: list[tuple[str, str, Callable[[Row], Text]]] = [
            ("l", _("Service"), lambda row: row["label"]),
            ("l", _("Ce qui est compté"), lambda row: run.names.label("item_type", row["flow"])),
            ("r", _("Empreinte"), lambda row: write.quantity(row["value"], unit)),
            ("r", _("Part du total"), lambda row: write.percent(row["share"])),
            ("l", _("D’où vient le chiffre"), lambda row: _origins()[row["origin"]]),
        ]
        if run.money:
            yield Paragraph(_("Une dépense compte hors taxe (TTC, elle est divisée par 1,2), aux prix de l’année de "
                              "son facteur, à plus ou moins 80 % et pour le climat seul."), "note")  # fmt: skip
        caption, long = _("Services : usage, argent ou fournisseur, climat"), len(run.by_service) > 10
        yield Table.of(caption, "services", run.by_service, columns, run.source, long=long)
        return
    rows = [[row["label"], write.quantity(row["value"], unit), _("calculé")] for row in run.services]
    if declared:
        only = _("Services que seul le fournisseur chiffre")
        rows.append([only, write.quantity(declared, unit), _("déclaré, ajouté au total calculé")])
    if compared:
        also = _("déclaré, pour comparaison, non ajouté")
        rows.append([_("Services déjà calculés"), write.quantity(compared, unit), also])
    heads = [_("Service"), _("Empreinte"), _("D’où vient le chiffre")]
    caption = _("Services : calculés et déclarés, climat")
    yield Table(caption, heads, rows, "lrl", "services", run.source)


def _origins() -> dict[str, str]:
    """What the figure of a service rests on."""
    return {
        "use": _("usage"),
        "money": _("argent"),
        "declared": _("fournisseur, ajouté au total calculé"),
        "declared_for_comparison": _("fournisseur, pour comparaison, non ajouté"),
    }
