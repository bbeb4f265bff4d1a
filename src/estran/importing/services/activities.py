"""Cloud bills, supplier statements and AI use become activity rows of an estate (C1 to C5, G8)."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from math import inf, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.catalogue.labels import words_of
from estran.common import table_schema
from estran.common.language import _
from estran.common.normal_law import Z95
from estran.common.problems import Problem
from estran.common.shipped import text_rows
from estran.common.sql import identifier, quoted
from estran.common.validation_messages import refused_line
from estran.importing import canonical
from estran.importing.formats import zones
from estran.importing.parsing import create_macros
from estran.importing.reading.sheets import Sheet
from estran.importing.services import bills, ledgers, service_files
from estran.importing.services.bills import decimal
from estran.importing.services.service_files import Format, ServiceFile, ServicesRead, read_activities, squeezed

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = (
    *("item_id", "entity", "service", "flow", "amount", "zone", "criterion", "stage"),
    *("basis", "boundary", "supplier_quality", "quality", "hosting", "site", "vat", "price_year"),
)


def read_services(
    source: Path | Sheet,
    format_: Format,
    *,
    entity: str = "",
    within: str = "",
    year: int | None = None,
    unit: str = "",
    vat: str | Callable[[str], str] = "",
    overlay: Path | None = None,
) -> ServicesRead:
    """Read a bill, a statement, one typed by hand, a use of AI, or an extract of accounts, by the `kind` of the format.

    source: a file, or its sheet once it is open. entity: to whom the rows belong when the file does not say.
    within: the entity of rows that name none; rows of one that is no part of it are rejected.
    year: the only year to keep, needed when the file covers several, since an activity is the amount of one year.
    unit: unit of a statement that carries none. vat: what the amounts of an extract are, when its header does
    not say, or who to ask.
    overlay: the folder where an authority keeps its rates, its accounts and what it said of a file.
    Raises CannotUse: unreadable file, missing column, several years, no unit, no VAT. (C1 to C6, G8)
    """
    import pyarrow as pa

    readers = {"bill": _bill, "statement": _statement, "declared": _declared, "ai": _ai}
    readers |= {"ledger": ledgers.read_ledger, "settled": ledgers.learn_decisions}
    types = {column.column: table_schema.SQL_TYPES[column.type] for column in table_schema.columns("inventory")}
    with tempfile.TemporaryDirectory() as folder, canonical.connect() as con:
        create_macros(con)
        con.execute(f"SET temp_directory = {quoted(folder)}")
        for name in ("bill_units", "cloud_providers", "cloud_regions", "criteria", "impact_units"):
            con.register(name, pa.Table.from_pylist(list(text_rows(name))))
        con.execute(f"CREATE TABLE activities ({', '.join(f'{name} {types[name]}' for name in COLUMNS)})")
        work = Path(folder)
        sheet = source if isinstance(source, Sheet) else service_files.open_file(Path(source), format_, work)
        return readers[format_["kind"]](
            ServiceFile(sheet, format_, entity or within, within, year, unit, work, con, vat, overlay)
        )


def _result(
    file: ServiceFile, problems: list[Problem], refused: list[dict[str, Any]], notes: list[str]
) -> ServicesRead:
    """What a bill or statement gives; a negative total is a problem: the file holds more credits than costs."""
    totals = "SELECT service, min(amount) FROM activities WHERE amount < 0 GROUP BY 1 ORDER BY 1"
    for service, amount in file.ask(totals):
        what = _("Le total de « {service} » est négatif : {amount}.").format(service=service, amount=decimal(amount))
        remedy = _("Importer avec lui les mois que ces avoirs corrigent, ou ôter les avoirs.")
        problems.append(Problem(what, remedy, file=file.sheet.file.name, value=service))
    file.run("written")
    lines = "count(DISTINCT line)" if "values" in file.format else "count(*)"
    (written,), (read,) = file.ask(f"SELECT {lines} FROM written UNION ALL SELECT count(*) FROM texts")
    if "note" in file.format:
        notes.append(_(file.format["note"]))
    if not file.ask("SELECT 1 FROM activities WHERE amount > 0 LIMIT 1"):
        problems.insert(0, bills.no_figure(file, read, len(refused)))
    return ServicesRead(read_activities(file), read, written, refused, problems, notes)


# -------------------------------------------------------------------------------------------------------- bills


def _bill(file: ServiceFile) -> ServicesRead:
    """Spend by service and region (C4), hours of instances and storage where the lines name them (C3, G8)."""
    sku = file.format["sku"]
    notes = service_files.read_lines(file)
    kept = [category.upper() for category in file.format["kept_categories"]]
    bills.create_rates(file)
    file.run("bill_lines", kept_categories=kept, currency=file.format["currency"], supplier=file.format.get("provider"))
    notes += service_files.sum_lines(file)
    problems, refused = service_files.find_faults(file)
    left = file.ask("SELECT coalesce(fault, '?'), sum(lines) FROM sums WHERE status = 'left' GROUP BY 1 ORDER BY 1")
    if left:
        kinds = ", ".join(f"{category} ({n})" for category, n in left)
        notes.append(_("Lignes laissées, car elles ne sont pas un usage : {kinds}.").format(kinds=kinds))
    notes += bills.name_instances(file)
    file.run("bill_activities", not_instances=sku["not_instances"], storage_words=sku["storage_words"])
    problems += bills.say_currencies(file, notes)
    return _result(file, problems, refused, notes)


# --------------------------------------------------------------------------------------------------- statements


def _statement(file: ServiceFile) -> ServicesRead:
    """Impacts that a supplier declares, by service and region, on each basis it gives (C5).

    Details only, never the supplier's totals; of two versions of its method for one month, the latest.
    """
    notes = service_files.read_lines(file)
    values = " UNION ALL ".join(_declared_value(file, value) for value in file.format["values"])
    file.con.execute(f"CREATE VIEW declared_values AS {values}")
    file.run("units")
    file.run("statement_lines", supplier=file.format["provider"])
    notes += service_files.sum_lines(file)
    problems, refused = service_files.find_faults(file)
    file.run("statement_activities", supplier_quality=file.format["supplier_quality"])
    versions = file.ask("SELECT DISTINCT version FROM latest WHERE version IS NOT NULL ORDER BY 1")
    if len(versions) > 1:
        names = ", ".join(version for (version,) in versions)
        notes.append(_("Plusieurs versions de la méthode du fournisseur : {names}.").format(names=names))
    if file.ask("SELECT count(*) FROM latest WHERE basis IS NULL")[0][0]:
        notes.append(_("Le fichier ne dit pas si l’électricité est au mix local ou de marché."))
    notes += _control_notes(file)
    return _result(file, problems, refused, notes)


def _declared_value(file: ServiceFile, value: Format) -> str:
    """SQL of `texts` with one of the values that a statement gives: its text, unit, criterion, basis and boundary."""
    unit = identifier(value["unit_column"]) if "unit_column" in value else quoted(value["unit"] or file.unit)
    if unit == "''":
        raise file.refuse(
            _("Ce fichier ne dit pas l’unité de ses émissions."),
            _("La lire sur le portail du fournisseur et la donner : --unit kgCO2e ou --unit tCO2e."),
        )
    boundary = quoted(file.format.get("boundary", ""))
    if "scopes" in value:
        named = (f"CASE WHEN {identifier(name)} IS NOT NULL THEN '{n}' END" for n, name in value["scopes"].items())
        boundary = f"'scopes ' || nullif(concat_ws(', ', {', '.join(named)}), '')"
    return f"""
        SELECT *, {identifier(value["value"])} AS declared, {unit} AS declared_unit,
            {quoted(value["criterion"])} AS criterion, nullif({quoted(value.get("basis", ""))}, '') AS basis,
            nullif({boundary}, '') AS boundary
        FROM texts
    """


def _control_notes(file: ServiceFile) -> list[str]:
    """Say when the details do not add up, within 1 %, to the total that the supplier writes in the same file."""
    notes = []
    for column in (value["control"] for value in file.format["values"] if "control" in value):
        total = file.ask(f"SELECT max(read_amount({identifier(column)})) FROM texts")[0][0]
        details = float(file.ask("SELECT coalesce(sum(amount), 0) FROM latest")[0][0])
        if total is not None and abs(details - float(total)) > 0.01 * float(total):
            text = _("Les détails font {details} et le total annoncé {total} : des lignes manquent peut-être.")
            notes.append(text.format(details=decimal(details), total=decimal(total)))
    return notes


def _declared(file: ServiceFile) -> ServicesRead:
    """A statement typed by hand: table supplier_statements of columns.csv (C5)."""
    problems, refused = service_files.read_typed(file, "typed")
    years = file.ask("SELECT DISTINCT year FROM typed WHERE year IS NOT NULL ORDER BY 1")
    if file.year is None and len(years) > 1:
        raise service_files.several_years(file, [year for (year,) in years])
    file.run("units")
    file.run("declared_activities", year=file.year)
    unknown = file.ask(
        "SELECT line, service, criterion, code, unit, own_unit FROM known WHERE multiplier IS NULL ORDER BY line"
    )
    for line, service, criterion, code, unit, own_unit in unknown:
        if code is None:
            what, column, value = _("« {service} » : le critère « {value} » n’est pas connu."), "criterion", criterion
            codes = ", ".join(row["code"] for row in text_rows("criteria"))
            remedy = _("Mettre l’un de ceux-ci : {names}.").format(names=codes)
        else:
            what, column, value = _("« {service} » : l’unité « {value} » n’est pas celle du critère."), "unit", unit
            remedy = _("Convertir la valeur en {unit}.").format(unit=own_unit)
        what = what.format(service=service, value=value)
        problems.append(Problem(what, remedy, file.sheet.file.name, line, column, value))
        refused.append(refused_line(line, problems[-1:]))
    written = file.ask("SELECT count(*) FROM known WHERE multiplier IS NOT NULL")[0][0]
    notes = [*file.sheet.notes]
    if elsewhere := file.ask("SELECT count(*) FROM typed")[0][0] - written - len(unknown):
        notes.append(_("Lignes d’autres années, laissées : {n}.").format(n=elsewhere))
    return ServicesRead(read_activities(file), service_files.count_rows(file), written, refused, problems, notes)


# ------------------------------------------------------------------------------------------------------- AI use


def _ai(file: ServiceFile) -> ServicesRead:
    """Thousands of output tokens by service and model, with the factors that EcoLogits computes for these requests.

    A model that EcoLogits does not know keeps its row without a factor: a gap, with candidates in the notes.
    """
    import pyarrow as pa

    problems, refused = service_files.read_typed(file, "uses")
    notes = [*file.sheet.notes]
    models = []
    for provider, model, zone in file.ask("SELECT DISTINCT provider, model, coalesce(zone, '') FROM uses ORDER BY ALL"):
        names = _ai_names(file.format, provider, model, zone, notes)
        models.append((provider, model, zone, *names, "ai:{}/{}:{}".format(*names)))
    columns = ("provider", "model", "zone", "known_provider", "known_model", "known_zone", "flow")
    rows = [dict(zip(columns, model, strict=True)) for model in models]
    file.con.register("models", pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in columns])))
    file.run("ai_activities")
    factors = []
    for flow, provider, model, zone, tokens in file.ask("FROM lengths ORDER BY ALL"):
        factors += _ai_factors(file.format, flow, provider, model, zone, tokens, notes)
    read, written = service_files.count_rows(file), file.ask("SELECT count(*) FROM known")[0][0]
    notes = list(dict.fromkeys(notes))
    return ServicesRead(read_activities(file), read, written, refused, problems, notes, _table(factors))


def _ai_names(format_: Format, provider: str, model: str, zone: str, notes: list[str]) -> tuple[str, str, str]:
    """Provider, model and zone as EcoLogits and the catalogue write them; as they came, with a note, when unknown."""
    from ecologits.model_repository import models
    from ecologits.tracers.utils import PROVIDER_CONFIG_MAP
    from rapidfuzz import process

    codes = {squeezed(name): code for code, names in format_["providers"].items() for name in names}
    provider = codes.get(squeezed(provider), provider)
    places = {squeezed(name): code for name, code in zones().items()}
    if not zone and provider in PROVIDER_CONFIG_MAP:
        zone = PROVIDER_CONFIG_MAP[provider].datacenter_location
        text = _("Zone non dite pour {model} : celle des centres de données du fournisseur selon EcoLogits, {zone}.")
        notes.append(text.format(model=model, zone=zone))
    known = {(m.provider.value, m.name) for m in models.list_models()}
    known_model = next((name for name in (model, model.lower()) if (provider, name) in known), None)
    if known_model is None:
        names = [f"{p}/{name}" for p, name in sorted(known) if provider not in codes.values() or p == provider]
        close = ", ".join(name for name, _score, _index in process.extract(f"{provider}/{model}", names, limit=3))
        text = _("EcoLogits ne connaît pas {model} : son impact n’est pas compté. Modèles proches : {names}.")
        notes.append(text.format(model=f"{provider}/{model}", names=close))
    return provider, known_model or model, places.get(squeezed(zone), zone)


def _ai_factors(
    format_: Format, flow: str, provider: str, model: str, zone: str, tokens: float, notes: list[str]
) -> list[dict[str, Any]]:
    """Factors of a flow by stage and criterion, per 1,000 output tokens; none if EcoLogits cannot answer.

    EcoLogits gives the bounds of its hypotheses (architecture, PUE), not an error of its model: their half-width, read
    as 95 %, adds to the cv of the method's quality and never stands for it. Without bounds: the quality alone (Q2).
    """
    import ecologits
    from ecologits.tracers.utils import llm_impacts

    logger = logging.getLogger("ecologits")
    logger.setLevel(logging.CRITICAL)  # its warnings come back with the result and go to the notes
    impacts = llm_impacts(provider, model, tokens, inf, zone)  # type: ignore[arg-type]
    if impacts.usage is None or impacts.embodied is None:
        if any(error.code == "zone-not-registered" for error in impacts.errors or []):
            text = _("EcoLogits ne connaît pas la zone « {zone} » : l’impact de {model} n’est pas compté.")
            notes.append(text.format(zone=zone, model=model))
        return []
    for code, text in words_of("ai_warning").items():
        if any(warning.code.startswith(code) for warning in impacts.warnings or []):
            notes.append(text.format(model=model, zone=zone))
    notes.append(_("IA : l’énergie primaire et l’eau d’EcoLogits ne sont pas reprises, leurs définitions diffèrent."))
    quality, source = format_["factor_quality"], "ecologits_" + "_".join(ecologits.__version__.split(".")[:2])
    classes = {row["class"]: float(row["cv"]) for row in text_rows("uncertainty") if row["kind"] == "factor_quality"}
    factors = []
    for stage, part in (("use", impacts.usage), ("manufacturing", impacts.embodied)):
        for name, criterion in format_["criteria"].items():
            value = getattr(part, name).value
            low, high = (getattr(value, bound, value) * 1000 / tokens for bound in ("min", "max"))
            middle = (low + high) / 2
            spread = (high - low) / (2 * Z95 * middle)
            cv = sqrt(classes[str(quality)] ** 2 + spread**2) if spread else None
            factor = {"flow": flow, "stage": stage, "criterion": criterion, "value": middle, "low": low, "high": high}
            factors.append(factor | {"cv": cv, "quality": quality, "source": source})
    return factors


def _table(factors: list[dict[str, Any]]) -> pa.Table:
    """Rows of the table `factors`, with all its columns."""
    import pyarrow as pa

    columns = table_schema.columns("factors")
    kinds = {"number": pa.float64(), "integer": pa.int64()}
    types = {column.column: kinds.get(column.type, pa.string()) for column in columns}
    return pa.Table.from_pylist(factors, pa.schema(types))
