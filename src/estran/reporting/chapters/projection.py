"""A projection: trajectory and target, what each action changes and costs, purchases, assumptions (rules Z1 to Z6)."""

from collections.abc import Iterator

from estran.catalogue.labels import Labels
from estran.common.language import _, colon
from estran.projection.projections import NOISE
from estran.projection.results import ProjectionResults
from estran.reporting.blocks import Block, Chart, Heading, Items, KeyFigure, Paragraph, Source, Span, Table, Text
from estran.reporting.charts import plan as charts
from estran.reporting.charts.drawing import Drawing
from estran.reporting.figures import NONE, Figures, Row, with_unit


class Projection:
    """A projection with its labels, how its figures are written and how paper cites it."""

    def __init__(self, results: ProjectionResults, names: Labels, cited: str = "") -> None:
        self.results, self.names, self.figures = results, names, Figures(names.lang)
        self.source = Source(cited) if cited else None

    def amount(self, value: float) -> str:
        """A quantity in the unit of the criterion."""
        return self.figures.quantity(value, self.results.unit)


def projection(plan: Projection) -> Iterator[Block]:
    """The whole report."""
    yield from trajectory(plan)
    yield from effects(plan)
    yield from equipment(plan)
    yield from assumptions(plan)


def annex(plan: Projection) -> Iterator[Block]:
    """The plan behind the decisions of a report: what each action changes and costs, year by year, what is supposed."""
    yield Heading(_("Le plan, action par action"), anchor="plan")
    yield together(plan)
    yield actions(plan)
    yield year_by_year(plan)


def trajectory(plan: Projection) -> Iterator[Block]:
    """Where the plan leads, without and with it, and the target."""
    project = plan.results.project
    yield Heading(_("La trajectoire"), anchor="trajectory", hidden=True)
    yield from reached(plan)
    title = _("Trajectoire jusqu’en {last}, avec et sans le plan « {name} »").format(
        last=project["last_year"], name=project["plan"]["name"]
    )
    yield Chart("trajectory", title, curves(plan), caption=legend())
    yield year_by_year(plan)
    yield Paragraph(_("Vue parc : chaque équipement compte un peu chaque année de sa vie. Vue achats : il compte en "
                      "entier l’année de son achat. Les deux se rejoignent sur des cycles entiers ; on ne cite jamais "
                      "l’une pour l’autre."), "note")  # fmt: skip


def legend() -> str:
    """What the lines of a trajectory are."""
    return _("Tireté : sans action. Trait plein : avec le plan, et son intervalle à 95 %. Losange : la cible. "
                "Point : le bilan de départ.")  # fmt: skip


def curves(plan: Projection) -> Drawing:
    """Each year without and with the plan, from the run to the target."""
    results, project = plan.results, plan.results.project
    rows = [
        {
            "year": row["year"], "without": row["reference_stock"], "plan": row["plan_stock"],
            "low": row["plan_stock_low"], "high": row["plan_stock_high"],
        }
        for row in results.years
    ]  # fmt: skip
    base, target = project["base"].get(results.criterion), project["target"]
    unit, _name = plan.figures.column([row["without"] for row in rows], results.unit)
    start = (project["base_year"], base) if base else None
    aim = (project["target_year"], target["value"]) if target else None
    return charts.trajectory(plan.figures, rows, unit, start, aim)


def avoided(plan: Projection) -> Drawing | None:
    """What each action avoids until the target year; None when none has an effect."""
    project = plan.results.project
    rows = [
        {
            "label": f"{row['code']} {row['title']}", "mean": row["avoided_stock"],
            "low": -row["high95_stock"], "high": -row["low95_stock"],
        }
        for row in plan.results.actions
        if not row["note"] and row["avoided_stock"]
    ]  # fmt: skip
    unit, _name = plan.figures.column([row["mean"] for row in rows], plan.results.unit)
    years = project["base_year"] + 1, project["cumulative_to"]
    return charts.actions(plan.figures, rows, unit, years) if rows else None


def outline(plan: Projection) -> Iterator[Block]:
    """The plan in short: where it leads, year by year, and what its actions avoid."""
    yield from reached(plan)
    title = _("Trajectoire avec et sans le plan")
    yield Chart("trajectory", title, curves(plan), year_by_year(plan), legend(), plan.source)
    yield together(plan)
    yield actions(plan)


def reached(plan: Projection) -> Iterator[Block]:
    """What the plan comes to in its last year, beside the reference, the run and the target."""
    results, project = plan.results, plan.results.project
    last = next(row for row in results.years if row["year"] == project["cumulative_to"])
    label = _("Avec le plan, en {year} ({criterion}) :").format(
        year=last["year"], criterion=plan.names.label("criterion", results.criterion)
    )
    bounds = last["plan_stock_low"], last["plan_stock_high"]
    value, _comma, between = plan.figures.interval(last["plan_stock"], *bounds, results.unit).partition(", ")
    yield KeyFigure(label, value, between, plan.source)
    bounds = last["reference_stock_low"], last["reference_stock_high"]
    without = plan.figures.interval(last["reference_stock"], *bounds, results.unit)
    texts = [_("Sans action : {reference}.").format(reference=without)]
    if base := project["base"][results.criterion]:
        texts.append(_("Bilan {year} : {value}.").format(year=project["base_year"], value=plan.amount(base)))
    if target := project["target"]:
        gap = last["plan_stock"] - target["value"]
        sentence = (
            _("La cible ({value}) est atteinte.") if gap <= 0 else _("La cible est de {value} : il manque {gap}.")
        )
        texts.append(sentence.format(value=plan.amount(target["value"]), gap=plan.amount(gap)))
    yield Paragraph(" ".join(texts), source=plan.source)


def year_by_year(plan: Projection) -> Table:
    """Each year without and with the plan, in both views."""
    write, rows = plan.figures, plan.results.years
    unit, name = write.column([row["reference_stock"] for row in rows], plan.results.unit)
    columns = [
        ("l", _("Année"), lambda row: str(row["year"])),
        ("r", _("Sans action"), lambda row: write.total(row["reference_stock"], unit)),
        ("r", _("Avec le plan"), lambda row: write.total(row["plan_stock"], unit)),
        ("r", _("Intervalle à 95 %"), lambda row: write.range(row["plan_stock_low"], row["plan_stock_high"], unit)),
        ("r", _("Sans action, vue achats"), lambda row: write.total(row["reference_flow"], unit)),
        ("r", _("Avec le plan, vue achats"), lambda row: write.total(row["plan_flow"], unit)),
    ]
    return Table.of(with_unit(_("Année par année"), name), "years", rows, columns, plan.source)


def effects(plan: Projection) -> Iterator[Block]:
    """What the actions avoid together and one by one, what they cost, what they move elsewhere."""
    results, project = plan.results, plan.results.project
    yield Heading(_("Ce que change chaque action"), anchor="actions-section")
    yield together(plan)
    shared = results.shared_lives
    if shared["codes"]:
        sentence = _(
            "Dont {stock} en vue parc et {flow} en vue achats pour {codes}, où un équipement sert aussi à "
            "quelqu’un d’autre, avant ou après. En vue parc, cet autre utilisateur porte sa part de la "
            "fabrication : elle quitte ce bilan sans être évitée. En vue achats, seuls comptent l’achat neuf et "
            "le déchet qui n’ont pas lieu. Pour ces actions, les deux vues ne se rejoignent jamais."
        )
        amounts = {view: plan.amount(shared[view]) for view in ("stock", "flow")}
        yield Paragraph(sentence.format(codes=", ".join(shared["codes"]), **amounts), source=plan.source)
    title = _("Ce que chaque action évite jusqu’en {last}").format(last=project["cumulative_to"])
    if drawing := avoided(plan):
        yield Chart("avoided", title, drawing, caption=_("Vue parc ; chaque barre est la part de l’action dans l’effet "
                                                         "d’ensemble, le trait son intervalle à 95 %."))  # fmt: skip
    yield actions(plan)
    yield Paragraph(_("Seule : sans les autres actions. Ensemble : sa part quand toutes sont menées ; ces parts font "
                      "exactement l’effet d’ensemble. Intervalle : doute sur les facteurs et l’électricité, pas sur "
                      "les hypothèses du plan. Transferts : critères qui montent quand le climat baisse, ou l’inverse. "
                      "Coût : euros constants, sans actualisation, vue achats."), "note")  # fmt: skip
    beside = [
        colon(row["code"], f"{one['what']}, {plan.figures.count(one['value'])} {one['unit']} ({one['source']})")
        for row in results.actions
        for one in row["beside"]
    ]
    if beside:
        yield Heading(_("Évité à côté, jamais retranché"), 2)
        yield Items(beside)


def together(plan: Projection) -> Paragraph:
    """What the actions avoid together, and how much they overlap."""
    project, joint = plan.results.project, plan.results.joint
    first = _("De {first} à {last}, l’ensemble des actions évite {stock} en vue parc, {flow} en vue achats.")
    second = _("Additionnées une à une, chacune seule, elles feraient {alone} : le recouvrement est de {overlap}.")
    amounts = {name: plan.amount(joint[name]) for name in ("flow", "alone", "overlap")}
    text = f"{first} {second}".format(
        stock=plan.amount(joint["together"]), first=project["base_year"] + 1, last=project["cumulative_to"], **amounts
    )
    return Paragraph(text, source=plan.source)


def actions(plan: Projection) -> Table:
    """The effects and costs of the actions to the target year."""
    write, rows = plan.figures, plan.results.actions
    values = [row.get(name, 0.0) for name in ("alone_stock", "avoided_flow") for row in rows]
    unit, name = write.column(values, plan.results.unit)
    heads = [_("Action"), _("Seule"), _("Ensemble"), _("Intervalle à 95 %"), _("Recouvrement")]
    heads += [_("Ensemble, vue achats"), _("Coût net"), _("Coût de la tonne"), _("Transferts")]
    caption = with_unit(_("Évité jusqu’à l’année cible"), name)
    cells = [_action(plan, row, unit) for row in rows]
    return Table(caption, heads, cells, "lrrrrrrrl", "actions", plan.source, long=True)


def _action(plan: Projection, row: Row, unit: tuple[str, float]) -> list[Text]:
    write = plan.figures
    title = (Span(row["code"], "strong"), f" {row['title']}")
    if row["note"]:
        return [title, row["note"]]
    tonne = row["cost_per_tonne"]
    alone = -row["alone_stock"]
    shared = alone + row["share_stock"]
    overlap = 0.0 if abs(shared) < NOISE * abs(alone) else shared
    return [
        title,
        write.cell(alone, unit),
        write.cell(row["avoided_stock"], unit),
        write.range(-row["high95_stock"], -row["low95_stock"], unit),
        write.cell(overlap, unit),
        write.cell(row["avoided_flow"], unit),
        write.quantity(row["net_cost"], "EUR"),
        row["cost_note"] or NONE if tonne is None else write.quantity(tonne, "EUR"),
        ", ".join(plan.names.label("criterion", code) for code in row["transfers"]) or NONE,
    ]


def equipment(plan: Projection) -> Iterator[Block]:
    """What is bought and discarded, without and with the plan."""
    yield Heading(_("Achats et rebuts"), anchor="equipment-section")
    columns = ("bought_reference", "bought_plan", "discarded_reference", "discarded_plan")
    rows = [
        [plan.names.label("item_type", row["item_type"]), *(plan.figures.count(row[column]) for column in columns)]
        for row in plan.results.equipment
        if row["bought_reference"] or row["discarded_reference"]
    ]
    heads = [_("Type"), _("Achetés sans action"), _("Achetés avec le plan")]
    heads += [_("Sortis sans action"), _("Sortis avec le plan")]
    caption = _("Équipements jusqu’à l’année cible, les plus gros écarts d’abord")
    yield Table(caption, heads, rows, anchor="equipment", source=plan.source, long=True)


def assumptions(plan: Projection) -> Iterator[Block]:
    """What the projection takes for granted."""
    yield Heading(_("Ce qui est supposé"), anchor="assumptions")
    yield Items(
        [
            _("Le parc garde sa taille, sauf action qui la change ; il est renouvelé par cohortes, à la durée d’usage "
              "moyenne de chaque type. Les équipements sans date d’achat, ou plus vieux que cette durée, sont "
              "remplacés régulièrement."),
            _("« Sans action » remet aussi à sa situation d’avant ce qu’une action déjà en place a changé : le parc "
              "sans action n’est donc pas forcément celui du bilan."),
            _("Une fois donnés ou reconditionnés selon le plan, les équipements sont supposés avoir leurs preuves ; "
              "au bilan, ils ne compteront qu’avec elles."),
            *_electricity(plan),
            _("Les impacts que des fournisseurs déclarent ne sont pas projetés."),
            *_before(plan),
        ]
    )  # fmt: skip


def _electricity(plan: Projection) -> Iterator[str]:
    """The zones whose electricity has no trajectory."""
    project = plan.results.project
    for held in project["electricity_held"]:
        if held["criterion"] == plan.results.criterion:
            if held["after"] is None:
                sentence = _("Électricité, {zone} : aucun facteur, elle n’est pas comptée, comme au bilan.")
            else:
                sentence = _(
                    "Électricité, {zone} : le facteur de {year} est gardé jusqu’en {last}, faute de trajectoire "
                    "dans le catalogue ou le plan."
                )
            zone = plan.names.label("zone", held["zone"])
            yield sentence.format(zone=zone, year=held["after"], last=project["last_year"])


def _before(plan: Projection) -> Iterator[str]:
    """What actions already in place had changed."""
    for row in plan.results.actions:
        if row["before"]:
            texts = []
            for one in row["before"]:
                inventory = one["value"] is None
                sentence = _("avant, ce que dit l’inventaire") if inventory else _("avant, {value}")
                value = "" if inventory else plan.figures.number(one["value"])
                texts.append(f"{sentence.format(value=value)} ({one['source']})")
            yield colon(row["code"], ", ".join(texts))
