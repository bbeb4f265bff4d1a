"""Where does this figure come from? One sentence, the calculation with its lives, the sources; then all of it, folded.

The same blocks answer in the terminal, in the report and on the portal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import TYPE_CHECKING

from estran.analysis.explain import Explanation
from estran.catalogue import labels, loading
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _, colon, ngettext
from estran.importing.row_corrections import describe_correction
from estran.reporting.blocks import Block, Fold, Heading, Items, Paragraph, Span, Table, Text
from estran.reporting.chapters.sources import source_link
from estran.reporting.figures import NONE, Figures, Row, with_unit
from estran.reporting.run_summary import RunSummary

if TYPE_CHECKING:
    from estran.importing.recognition.known_models import KnownModel

SHOWN = 6  # types of the calculation, and sources
FACTORS = 30  # of the folded list, the heaviest
_LEAST = 0.05  # share of the items from which a life belongs to the range


@dataclass
class Share:
    """What one item type, or one flow of an activity, brings to a figure in a year."""

    code: str
    quantity: float = 0.0
    lives: list[tuple[float, float]] = field(default_factory=list)  # life in years, items
    made: float = 0.0  # units a year
    embodied: float = 0.0
    kwh: float = 0.0
    used: float = 0.0
    amounts: dict[str, float] = field(default_factory=dict)  # of an activity, by stage
    other: float = 0.0

    @property
    def amount(self) -> float:
        """The amount of an activity in the year."""
        return max(self.amounts.values(), default=0.0)


@dataclass(frozen=True)
class Origin:
    """A figure, what it is made of, the sources of its factors with what each gives, the years of the mixes (Q10)."""

    year: int
    unit: str
    value: float
    shares: Sequence[Share]
    sources: dict[str | None, list[str]]
    mix_years: Sequence[str] = ()


def shares_of(products: Sequence[Row], fleet: Sequence[Row]) -> list[Share]:
    """The shares of a figure, the heaviest first.

    products: item_type, flow, stage, amount, value; fleet: item_type, quantity, life, of each origin of the lives.
    """
    shares: dict[str, Share] = {}
    units: dict[str, dict[str, float]] = {}
    for row in products:
        # A room has several flows of its own beside its electricity; any other activity has one.
        of_room = row["item_type"] == "room" and row["flow"] not in ("electricity_kwh", "")
        code = row["flow"] if of_room else row["item_type"]
        share = shares.setdefault(code, Share(code))
        if row["flow"] == "unit":
            stages = units.setdefault(row["item_type"], {})
            stages[row["stage"]] = stages.get(row["stage"], 0.0) + row["amount"]
            share.embodied += row["value"]
        elif row["flow"] == "electricity_kwh":
            share.kwh += row["amount"]
            share.used += row["value"]
        else:
            if row["amount"]:
                share.amounts[row["stage"]] = share.amounts.get(row["stage"], 0.0) + row["amount"]
            share.other += row["value"]
    for code, stages in units.items():
        shares[code].made = max(stages.values())
    for row in fleet:
        if row["item_type"] in shares:
            share = shares[row["item_type"]]
            share.quantity += row["quantity"]
            share.lives += [(row["life"], row["quantity"])] if row["life"] else []
    return sorted(shares.values(), key=lambda share: -(share.embodied + share.used + share.other))


def explanation(opened: Explanation, names: Labels) -> Iterator[Block]:
    """A figure opened: the answer for everyone, then everything it is made of, folded."""
    sources: dict[str | None, list[str]] = {}
    for row in opened.products:
        label = _factor_name(row, names)
        given = sources.setdefault(row["source"], [])
        given += [label] if label not in given else []
    shares = shares_of(opened.products, opened.fleet)
    yield Paragraph(title(opened, names), "lead")
    mixes = sorted({str(row["year"]) for row in opened.products if row["flow"] == "electricity_kwh" and row["year"]})
    yield from answer(Origin(opened.run["year"], opened.unit, opened.value, shares, sources, mixes), names)
    yield from _folds(opened, names)


def origins(run: RunSummary) -> Iterator[Block]:
    """The annex of a report: every family explained, from the files of the run alone."""
    if not run.families:
        return
    yield Heading(_("D’où vient chaque chiffre"), anchor="origins-of-figures")
    text = _("Une quantité de l’année, multipliée par un facteur. Un équipement compte pour la part de sa fabrication "
             "et de sa fin de vie qui revient à l’année : son nombre divisé par sa durée d’usage. Cette durée tient "
             "compte des mois de présence et de l’usage partagé.")  # fmt: skip
    yield Paragraph(text)
    names, references = run.names, _references()
    for family in run.families:
        products = [row for row in run.products if names.family(row["item_type"]) == family["code"]]
        if not products:
            continue
        given: dict[str | None, list[str]] = {}
        for code in dict.fromkeys(row["item_type"] for row in products):
            for source in run.sources_of(code, references.get(code, [])):
                given.setdefault(source, []).append(names.label("item_type", code))
        if any(row["flow"] == "electricity_kwh" for row in products):
            for source in run.sources_of("", run.zones):
                given.setdefault(source, []).append(_("électricité"))
        shares = shares_of(products, run.fleet)
        yield Heading(family["label"], 2, f"from-{family['code']}")
        origin = Origin(run.year, run.carbon["unit"], family["mean"], shares, given, run.mix_years)
        yield from answer(origin, names, f"calculation-{family['code']}")


def _references() -> dict[str, list[str]]:
    """Item type → the references that stand for it, in the order they are tried (M2)."""
    rows = [row for row in loading.read_table("defaults") if row["parameter"] in ("reference", "proxy_reference")]
    found: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: row["parameter"] != "reference"):
        found.setdefault(row["item_type"], []).append(str(row["value"]))
    return found


def title(opened: Explanation, names: Labels) -> str:
    """Which figure: its criterion, and the part it is restricted to."""
    figure = opened.figure
    asked = [
        text
        for text in (
            figure.entity,
            figure.part and names.label("part", figure.part),
            figure.family and names.label("family", figure.family),
            figure.item_type and names.label("item_type", figure.item_type),
            figure.stage and names.label("stage", figure.stage),
        )
        if text
    ]
    whole = _("tout le périmètre")
    criterion = names.label("criterion", figure.criterion)
    return _("{criterion}, {year} : {what}").format(
        criterion=criterion, year=opened.run["year"], what=", ".join(asked) or whole
    )


def answer(origin: Origin, names: Labels, anchor: str = "") -> Iterator[Block]:
    """The answer for everyone: one sentence, the calculation, the sources.

    anchor: of the calculation, where a page has several.
    """
    if not origin.shares:
        return
    yield Paragraph(sentence(origin, names))
    yield calculation(origin, names, anchor)
    yield from source_list(origin, names)


def sentence(origin: Origin, names: Labels) -> str:
    """« 598 tonnes en 2025 : 27 282 équipements, usés en 6 à 8 ans, 151 kg chacun à fabriquer ; 1,9 GWh… »."""
    write, parts = Figures(names.lang), []
    items = [share for share in origin.shares if share.made]
    if items:
        quantity, made = fsum(share.quantity for share in items), fsum(share.made for share in items)
        each = write.quantity(fsum(share.embodied for share in items) / made, origin.unit)
        n = max(1, round(quantity or made))
        many = ngettext("{n} équipement", "{n} équipements", n).format(n=write.count(n))
        life = _years(_lives(items), write)
        text = (
            _("{many}, usés en {life}, {each} chacun à fabriquer et à éliminer")
            if life
            else _("{many}, {each} chacun à fabriquer et à éliminer")
        )
        parts.append(text.format(many=many, life=life, each=each))
    if kwh := fsum(share.kwh for share in origin.shares):
        used = fsum(share.used for share in origin.shares)
        text = _("{kwh} d’électricité, {each} par kWh")
        parts.append(text.format(kwh=write.quantity(kwh, "kWh"), each=write.quantity(used / kwh, origin.unit)))
    activities = [share for share in origin.shares if share.amount]
    parts += [_activity(share, origin, names, write) for share in activities[:3]]
    if (rest := len(activities) - 3) > 0:
        parts.append(ngettext("{n} autre poste", "{n} autres postes", rest).format(n=rest))
    step = formatting.step_beside(origin.value, origin.unit, names.lang)
    whole = step.words(step.rounded(origin.value), origin.value)
    return _("{whole} en {year} : {parts}.").format(whole=whole, year=origin.year, parts=_(" ; ").join(parts))


def _activity(share: Share, origin: Origin, names: Labels, write: Figures) -> str:
    described = names.describe_flow(share.code)
    each = write.quantity(share.other / share.amount, origin.unit)
    amount = f"{write.number(share.amount, digits=3)}\u00a0{described['unit']}"
    return _("{label}, {amount} à {each}").format(label=described["label"], amount=amount, each=each)


def _lives(items: Sequence[Share]) -> list[float]:
    """The lives of the items that are worth saying, in years."""
    every = [life for share in items for life in share.lives]
    whole = fsum(quantity for _life, quantity in every)
    return sorted(life for life, quantity in every if quantity >= _LEAST * whole)


def _years(lives: Sequence[float], write: Figures) -> str:
    """« 6 à 8 ans », « 5 ans », « 1 an »."""
    if not lives:
        return ""
    low, high = (write.number(life) for life in (lives[0], lives[-1]))
    if low != high:
        return _("{low} à {high} ans").format(low=low, high=high)
    return ngettext("{n} an", "{n} ans", round(lives[0])).format(n=low)


def calculation(origin: Origin, names: Labels, anchor: str = "") -> Table:
    """Each type: its number divided by its life, times what one weighs; then electricity, activities, the total."""
    write = Figures(names.lang)
    lines: list[tuple[str, str, float]] = []
    for share in origin.shares:
        label = names.label("item_type", share.code)
        if share.made:
            made, each = (
                write.number(share.made, digits=3),
                write.quantity(share.embodied / share.made, origin.unit, digits=3),
            )
            text = _("{made} par an × {each}").format(made=made, each=each)
            if share.quantity:
                life = write.number(share.quantity / share.made, digits=3)
                text = _("{n} ÷ {life} ans = {rest}").format(n=write.count(share.quantity), life=life, rest=text)
            lines.append((label, text, share.embodied))
        if share.amount:
            amount = f"{write.number(share.amount, digits=3)}\u00a0{names.describe_flow(share.code)['unit']}"
            each = write.quantity(share.other / share.amount, origin.unit, digits=3)
            lines.append((label, f"{amount} × {each}", share.other))
        elif share.other:
            lines.append((label, "", share.other))
    if kwh := fsum(share.kwh for share in origin.shares):
        used = fsum(share.used for share in origin.shares)
        each = write.quantity(used / kwh, origin.unit, digits=3)
        label = _("Électricité")
        if origin.mix_years:
            label = _("Électricité, mix de {years}").format(years=", ".join(origin.mix_years))
        lines.append((label, f"{write.quantity(kwh, 'kWh', digits=3)} × {each}", used))
    lines.sort(key=lambda line: -abs(line[2]))
    if len(lines) > SHOWN + 1:
        rest = lines[SHOWN:]
        n = len(rest)
        label = ngettext("{n} autre poste", "{n} autres postes", n).format(n=n)
        lines = [*lines[:SHOWN], (label, "", fsum(value for _label, _text, value in rest))]
    step = formatting.step_beside(origin.value, origin.unit, names.lang, digits=4)
    steps = step.shared([value for _label, _text, value in lines], step.rounded(origin.value))
    rows = [[label, text, step.cell(n, value)] for (label, text, value), n in zip(lines, steps, strict=True)]
    rows.append([_("Total"), "", step.cell(step.rounded(origin.value), origin.value)])
    name = write.unit_text(step.unit[0])
    caption = with_unit(_("Le calcul de l’année : nombre ÷ durée d’usage × facteur"), name)
    return Table(caption, [_("Quoi"), _("Calcul"), name], rows, "lwr", anchor, totals=[len(rows) - 1])


def source_list(origin: Origin, names: Labels) -> Iterator[Block]:
    """The sources of the factors as links, with their year and what each of them gives."""
    items: list[Text] = []
    for code, given in [*origin.sources.items()][:SHOWN]:
        what = ", ".join(given[:4]) + (", …" if len(given) > 4 else "")
        items.append((*source_text(code, names), _(" : "), what))
    if (rest := len(origin.sources) - SHOWN) > 0:
        items.append(ngettext("et {n} autre source", "et {n} autres sources", rest).format(n=rest))
    if items:
        yield Paragraph(_("Les facteurs viennent de :"))
        yield Items(items, "sources")


def source_text(codes: str | None, names: Labels) -> tuple[str | Span, ...]:
    """The sources of a figure as links, each with its year; one's own value as it was typed, never a void."""
    if not codes:
        return (_("source non indiquée"),)
    pieces: list[str | Span] = []
    for code in codes.split("|"):
        row = names.source(code)
        year = str(row.get("date") or "")[:4]
        pieces += [_(" ; ")] if pieces else []
        pieces += [source_link(row), f" ({year})" if year and year not in str(row.get("edition")) else ""]
    return tuple(filter(None, pieces))


def _folds(opened: Explanation, names: Labels) -> Iterator[Block]:
    """Everything, for who checks: each product in full digits, lives and electricity, rows, what stands beside."""
    lang = names.lang
    unit = formatting.unit_text(opened.unit, lang)

    def exact(value: float | None) -> str:
        return "–" if value is None else formatting.number(value, lang, 12)

    step = [Paragraph(_("Valeur exacte : {value}").format(value=f"{exact(opened.value)} {unit}"))]
    yield Fold(_("Toutes les multiplications, facteur par facteur"), [*step, *_products(opened, names, exact, unit)])
    if opened.parameters:
        yield Fold(_("D’où viennent les durées et l’électricité"), [_parameters(opened, names)])
    if opened.rows:
        yield Fold(_("Les lignes d’inventaire les plus lourdes"), [*_rows(opened, names, exact, unit)])
    if opened.corrections:
        yield Fold(
            _("Les lignes corrigées derrière ce chiffre"), [Items([_correction(row) for row in opened.corrections])]
        )
    if opened.declared:
        texts = [colon(row["service"] or row["item_type"], f"{exact(row['value'])} {unit}") for row in opened.declared]
        yield Fold(_("Ce que déclarent des fournisseurs, à part"), [Items(texts)])
    if opened.gaps:
        write = Figures(lang)
        texts = [colon(names.describe_gap(row["what"])["label"], write.count(row["rows"])) for row in opened.gaps]
        yield Fold(_("Ce qui n’a pu être calculé à côté de ce chiffre"), [Items(texts)])
    if opened.others:
        texts = [
            colon(names.label("factor_set", row["factor_set"]), formatting.quantity(row["value"], opened.unit, lang))
            for row in opened.others
        ]
        yield Fold(_("Le même chiffre avec d’autres facteurs"), [Items(texts)])


def _correction(row: Row) -> str:
    """« n° 3, 48 lignes : Bureau : date d’achat = 15 mars 2021 (achat groupé, personne n° 2, 4 mai 2026) »."""
    many = ngettext("n° {number}, {n} ligne", "n° {number}, {n} lignes", row["rows"])
    author = _("personne n° {n}").format(n=row["author"]) if row.get("author", "").isdecimal() else row.get("author")
    by = [row["reason"], author, formatting.day(row["decided_on"]) if row.get("decided_on") else None]
    text = f"{describe_correction(row)} ({', '.join(filter(None, by))})"
    return colon(many.format(number=row["number"], n=row["rows"]), text)


def _products(opened: Explanation, names: Labels, exact: Callable[[float | None], str], unit: str) -> Iterator[Block]:
    """Each amount times its factor, in full digits, the heaviest first."""
    write = Figures(names.lang)
    rows: list[list[Text]] = []
    for row in opened.products[:FACTORS]:
        flow = _("unités") if row["flow"] == "unit" else names.describe_flow(row["flow"])["unit"]
        factor = _factor_name(row, names)
        how = f", {labels.origin(row['origin'])}" if row["origin"] else ""
        doubt = _("à {cv} près").format(cv=write.percent(2 * row["factor_cv"])) if row["factor_cv"] else ""
        note = f" – {labels.note(row['note'])}" if row["note"] else ""
        rows.append(
            [
                f"{names.label('item_type', row['item_type'])}, {names.label('stage', row['stage']).lower()}",
                f"{exact(row['amount'])} {flow} × {exact(row['factor'])} = {exact(row['value'])} {unit}",
                (f"{factor}{how}", *((f" ({doubt})",) if doubt else ())),
                (*source_text(row["source"], names), note),
            ]
        )
    heads = [_("Quoi"), _("Quantité × facteur"), _("Facteur (M2)"), _("Source")]
    yield Table(_("Quantité × facteur, le plus lourd d’abord"), heads, rows, "lwlw", long=True)
    if (rest := len(opened.products) - FACTORS) > 0:
        text = ngettext("et {n} autre produit, moins lourd", "et {n} autres produits, moins lourds", rest)
        yield Paragraph(text.format(n=rest), "note")


def _factor_name(row: Row, names: Labels) -> str:
    """What a factor is of: a device or a flow, or the electricity of a zone with the year of its mix (Q10)."""
    if row["flow"] != "electricity_kwh":
        return names.label("item_type", row["factor_flow"])
    zone = names.label("zone", row["factor_flow"])
    return _("{zone}, mix de {year}").format(zone=zone, year=row["year"]) if row["year"] else zone


def _parameters(opened: Explanation, names: Labels) -> Table:
    """Lives and electricity by origin, with their sources."""
    write = Figures(names.lang)
    columns: list[tuple[str, str, Callable[[Row], Text]]] = [
        ("l", _("Type"), lambda row: names.label("item_type", row["item_type"])),
        ("l", _("Paramètre"), lambda row: labels.parameter(row["parameter"])),
        ("r", _("Valeur"), lambda row: write.number(row["value"] or 0, digits=4)),
        ("l", _("Origine"), lambda row: labels.origin(row["origin"])),
        ("r", _("Matériels"), lambda row: write.count(row["quantity"])),
        ("w", _("Source"), lambda row: source_text(row["source"], names) if row["source"] else NONE),
    ]
    return Table.of(_("Durées et électricité"), "", opened.parameters, columns, long=True)


def _rows(opened: Explanation, names: Labels, exact: Callable[[float | None], str], unit: str) -> Iterator[Block]:
    """The heaviest rows of the inventory, each with its formula (A1) and what is published of its model."""
    rows: list[list[Text]] = []
    for row in opened.rows:
        formula = exact(row["made"])
        if row["share"] is not None:
            product = " × ".join(exact(row[name]) for name in ("quantity", "share", "presence"))
            formula = f"{product} ÷ {exact(row['lifetime_years'])} = {formula}\u00a0; {exact(row['kwh'])} kWh"
        text: Text = formula
        if model := row["known_model"]:
            about = _("pour information, publié de « {model} » : {what}")
            text = (formula, Span(about.format(model=model.name, what=_published(model, names.lang)), "below"))
        where = f"{row['entity']}, {names.label('item_type', row['item_type'])}"
        rows.append([(row["item_id"], Span(where, "below")), text, f"{exact(row['value'])} {unit}"])
    heads = [_("Ligne"), _("Unités = nombre × part × présence ÷ durée (A1) ; électricité"), _("Impact")]
    yield Table(_("Lignes les plus lourdes"), heads, rows, "lwr", long=True)


def _published(model: KnownModel, lang: str) -> str:
    """What is published of a model, in words: it enters no total."""
    texts = []
    if model.kg:
        kilograms = formatting.number(model.kg, lang, 3)
        texts.append(_("{kg} kg éq. CO2 sur sa vie d’après son fabricant").format(kg=kilograms))
    if model.kwh:
        hours = formatting.number(model.kwh, lang, 3)
        texts.append(_("{kwh} kWh par an au cycle d’usage des États-Unis").format(kwh=hours))
    return _(" ; ").join(texts)
