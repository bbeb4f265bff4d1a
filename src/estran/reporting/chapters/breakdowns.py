"""Where the footprint comes from: by stage, type, entity; rooms; every criterion; services."""

from collections.abc import Callable, Iterator, Sequence

from estran.catalogue import labels
from estran.common.language import _
from estran.reporting.blocks import Block, Chart, Heading, Paragraph, Span, Table, Text
from estran.reporting.charts.breakdown import bars
from estran.reporting.figures import NONE, Row, with_unit
from estran.reporting.run_summary import RunSummary


def breakdowns(run: RunSummary) -> Iterator[Block]:
    """Every breakdown of the footprint."""
    yield Heading(_("D’où vient l’empreinte"), anchor="results")
    if run.families:
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
    options: str,
    *,
    quantities: bool = False,
    total: Row | None = None,
    unit_of: str = "kg CO2 eq",
) -> Chart:
    """Bars and their table; `heads` are the caption and the first head, `quantities` adds the number of items.

    `unit_of` is the unit of the criterion. The label of a row leads to its `link`, if it has one.
    """
    unit, _name = run.figures.column([row["mean"] for row in rows], unit_of)
    long = len(rows) > 10
    table = _table(run, f"{anchor}-table", heads, rows, unit_of, quantities=quantities, total=total, long=long)
    drawing = bars(run.figures, heads[0], rows, unit, folded=quantities)
    return Chart(anchor, title, drawing, table, _("Trait fin : intervalle à 95 %."), run.source(options))


def _table(
    run: RunSummary,
    anchor: str,
    heads: tuple[str, str],
    rows: Sequence[Row],
    unit_of: str,
    *,
    quantities: bool,
    total: Row | None = None,
    long: bool = False,
) -> Table:
    write, (caption, first) = run.figures, heads
    unit, name = write.column([row["mean"] for row in rows], unit_of)
    columns: list[tuple[str, str, Callable[[Row], Text]]] = [
        ("l", first, lambda row: (Span(str(row["label"]), link=row.get("link", "")),)),
        ("r", name, lambda row: write.cell(row["mean"], unit)),
        ("r", _("Intervalle à 95 %"), lambda row: write.range(row["low"], row["high"], unit)),
        ("r", _("Part"), lambda row: write.percent(row["share"])),
        ("r", _("Nombre"), lambda row: write.count(row["quantity"])),
    ]
    if not quantities:
        columns.pop()
    whole = [total | {"label": _("Total"), "share": 1.0}] if total else []
    totals = [len(rows)] if total else []
    rows = [*rows, *whole]
    return Table.of(with_unit(caption, name), anchor, rows, columns, run.source(), totals=totals, long=long)


def stages(run: RunSummary) -> Iterator[Block]:
    """By stage of life, then the share of each stage criterion by criterion."""
    yield Heading(_("À quelle étape de la vie"), 2)
    heaviest = sorted(run.stages, key=lambda row: -row["mean"])
    sentence = _("L’empreinte vient d’abord de : {leaders}.").format(leaders=run.figures.leaders(heaviest))
    yield Paragraph(sentence, source=run.source())
    heads = _("Empreinte par étape du cycle de vie"), _("Étape")
    yield breakdown(run, "stages", sentence, heads, run.stages, "--stage manufacturing", total=run.carbon)
    yield Table(
        _("Part de chaque étape, critère par critère"),
        [_("Étape"), *(row["label"] for row in run.mandatory)],
        [[row["label"], *map(run.figures.percent, row["by_criterion"])] for row in run.stages],
        anchor="stages-criteria",
        source=run.source(),
    )
    text = _("Un critère mal couvert (voir plus bas) fausse ces parts : ce qui manque n’y figure pas.")
    yield Paragraph(text, "note")


def equipment(run: RunSummary) -> Iterator[Block]:
    """By family, then by item type."""
    yield Heading(_("Pour quels matériels"), 2)
    yield families(run)
    heads = _("Empreinte par type de matériel ou de service"), _("Type")
    title, options = run.figures.leaders(run.item_types), f"--item-type {run.item_types[0]['code']}"
    yield breakdown(run, "types", title, heads, run.item_types, options, quantities=True)


def families(run: RunSummary) -> Table:
    """Every family."""
    heads = _("Toutes les familles"), _("Famille")
    return _table(run, "all-families", heads, run.families, run.carbon["unit"], quantities=True)


def entities(run: RunSummary) -> Iterator[Block]:
    """By entity, the middle schools together, then how they spread."""
    write, unit = run.figures, run.carbon["unit"]
    yield Heading(_("Dans quelles entités"), 2)
    title = _("Empreinte des entités qui pèsent le plus ; les collèges sont réunis")
    first = next((row["code"] for row in run.entities if row["code"] is not None), "")
    heads = _("Empreinte par entité"), _("Entité")
    yield breakdown(run, "entities", title, heads, run.entities, f'--entity "{first}"', quantities=True)
    schools = run.schools
    if schools["number"]:
        yield Paragraph(_("Les collèges comptent ici les services achetés pour eux."), "note")
    if schools["number"] > 9:
        sentence = _(
            "Huit collèges sur dix pèsent entre {low} et {high} ; la moitié, moins de {middle}. Ces écarts "
            "suivent d’abord la taille et la tenue des inventaires : ils ne sont pas un classement."
        )
        bounds = {name: write.quantity(schools[name], unit) for name in ("low", "middle", "high")}
        yield Paragraph(sentence.format(**bounds), source=run.source())


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
    caption, source = _("Électricité des salles dans l’année"), run.source("--item-type room")
    yield Table.of(caption, "rooms", run.rooms, columns, source)


def criteria(run: RunSummary) -> Iterator[Block]:
    """Every criterion with its interval, how much of the inventory it covers, and the electricity of the year."""
    write = run.figures
    yield Heading(_("Tous les critères"), 2, "criteria-title")
    sentence = _("Le climat n’est pas tout : fabriquer consomme des métaux rares, l’électricité nucléaire émet des "
                 "rayonnements. Électricité de l’année : {kwh}.")  # fmt: skip
    yield Paragraph(sentence.format(kwh=write.quantity(run.electricity_kwh, "kWh")), source=run.source())
    columns = [
        ("l", _("Critère"), _criterion),
        ("r", _("Total et intervalle à 95 %"), lambda row: write.whole(row, row["unit"])),
        ("r", _("Lignes calculées en entier"), lambda row: write.percent(row["coverage"])),
        ("r", _("Lignes incomplètes"), lambda row: write.count(row["gap_rows"] or 0)),
    ]
    caption = _("Empreinte par critère, obligatoires d’abord")
    yield Table.of(caption, "criteria", run.criteria, columns, run.source("--criterion adpe"))
    if run.missing_criteria:
        absent = _("Critères obligatoires absents de ce calcul :")
        yield Paragraph(f"{absent} {', '.join(run.missing_criteria)}.")
    yield Paragraph(_("Un total peu couvert est un minimum : il ne se compare pas à celui d’un autre critère ni d’une "
                      "autre collectivité."), "note")  # fmt: skip


def _criterion(row: Row) -> Text:
    optional = () if row["mandatory"] else (" ", Span(_("(facultatif)"), "note"))
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
    yield Paragraph(_("Estran calcule un service d’après son usage, sinon d’après sa facture. Ce qu’un fournisseur "
                      "déclare garde son chiffre et reste à part."))  # fmt: skip
    options = f"--item-type {run.services[0]['code']}" if run.services else "--criterion gwp"
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
        yield Table.of(caption, "services", run.by_service, columns, run.source(options), long=long)
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
    yield Table(caption, heads, rows, "lrl", "services", run.source(options))


def _origins() -> dict[str, str]:
    """What the figure of a service rests on."""
    return {
        "use": _("usage"),
        "money": _("argent"),
        "declared": _("fournisseur, ajouté au total calculé"),
        "declared_for_comparison": _("fournisseur, pour comparaison, non ajouté"),
    }
