"""What a cloud bill needs beside its lines: the rates of its currencies, its instances, why it gives nothing."""

from __future__ import annotations

from pathlib import Path

from estran.catalogue.cloud_types import is_countable
from estran.common.language import _, ngettext
from estran.common.problems import Problem
from estran.common.shipped import text_rows
from estran.common.sql import quoted
from estran.importing import canonical
from estran.importing.services.service_files import ServiceFile


def create_rates(file: ServiceFile) -> None:
    """The table `rates`: units of a currency for one euro in a year, those of the overlay before the catalogue's."""
    rates = {(row["currency"], int(row["year"])): float(row["units_per_eur"]) for row in text_rows("exchange_rates")}
    path = (file.overlay or Path()) / "exchange_rates.csv"
    if file.overlay is not None and path.exists():
        for row in canonical.read_small_table(path, "exchange_rates")[0].to_pylist():
            years = [row["year"]] if row["year"] else range(1990, 2201)
            own = {(row["currency"].upper(), int(year)): float(row["units_per_eur"]) for year in years}
            rates |= {key: units for key, units in own.items() if units}
    values = ", ".join(f"({quoted(code)}, {year}, {units!r}::DOUBLE)" for (code, year), units in rates.items())
    file.con.execute(f"CREATE TABLE rates AS FROM (VALUES {values}) AS t (code, year, units_per_eur)")


def say_currencies(file: ServiceFile, notes: list[str]) -> list[Problem]:
    """A note on each rate that was used; a problem for each currency that has none."""
    query = "SELECT DISTINCT code, year, units_per_eur FROM sums JOIN rates ON code || ' ' || year = converted"
    for currency, year, units in file.ask(f"{query} WHERE status = 'kept' ORDER BY ALL"):
        note = _("Coûts en {currency} convertis au cours moyen de {year} : 1 € = {units} {currency}.")
        notes.append(note.format(currency=currency, year=year, units=decimal(units)))
    problems = []
    query = "SELECT unpriced, sum(lines) FROM sums WHERE status = 'kept' AND unpriced IS NOT NULL GROUP BY 1 ORDER BY 1"
    for currency, n in file.ask(query):
        what = _("Aucun cours n’est connu pour « {value} » : les coûts de {n} lignes sont un manque.")
        remedy = _(
            "Écrire le cours dans exchange_rates.csv de la surcharge (colonnes currency, year, units_per_eur), puis "
            "importer à nouveau."
        )
        problems.append(Problem(what.format(value=currency, n=n), remedy, file.sheet.file.name, value=currency))
    return problems


def name_instances(file: ServiceFile) -> list[str]:
    """The table `instance_types`: flows of the bill that have figures, listed or estimated (C7); a note on others."""
    file.con.execute(
        "CREATE TEMP MACRO instance_flow(code, sku, pattern) AS "
        "'cloud:' || code || ':' || nullif(regexp_extract(sku, pattern), '')"
    )
    flow = "instance_flow(code, sku, instance_pattern) AS flow"
    query = (
        f"SELECT DISTINCT {flow} FROM sums JOIN cloud_providers USING (provider) WHERE status = 'kept' ORDER BY flow"
    )
    flows = [flow for (flow,) in file.ask(query) if flow]
    known = [flow for flow in flows if is_countable(flow)]
    values = ", ".join(f"({quoted(flow)})" for flow in known) or "(NULL)"
    file.con.execute(f"CREATE TABLE instance_types AS FROM (VALUES {values}) AS t (flow)")
    if unknown := ", ".join(flow.rpartition(":")[2] for flow in flows if flow not in known):
        return [_("Types d’instance sans chiffre, comptés par leur coût : {names}.").format(names=unknown)]
    return []


def no_figure(file: ServiceFile, read: int, rejected: int) -> Problem:
    """Why a bill or a statement gives nothing, first of all that is said of it."""
    reasons = []
    if rejected:
        reasons.append(ngettext("{n} ligne rejetée", "{n} lignes rejetées", rejected).format(n=rejected))
    left = "SELECT status, coalesce(fault, ''), sum(lines) FROM sums WHERE status IN ('left', 'empty')"
    for status, kind, n in file.ask(f"{left} GROUP BY ALL ORDER BY ALL"):
        text = (
            _("{n} lignes « {kind} », qui ne sont pas un usage") if status == "left" else _("{n} lignes sans chiffre")
        )
        reasons.append(text.format(n=n, kind=kind))
    (elsewhere,) = file.ask("SELECT count(*) FROM of_the_year WHERE NOT within")[0]
    if elsewhere:
        reasons.append(_("{n} lignes d’autres années").format(n=elsewhere))
    if not read:
        reasons.append(_("il n’a aucune ligne"))
    what = _("Ce fichier ne donne aucun chiffre : {reasons}.")
    nothing = _("ses coûts et ses quantités sont nuls ou sans cours connu")
    remedy = _(
        "Vérifier la période et la sorte d’export : il faut les lignes d’usage, avec leur coût ou leur quantité."
    )
    return Problem(what.format(reasons=", ".join(reasons) or nothing), remedy, file.sheet.file.name)


def decimal(value: float) -> str:
    """A number as messages write it, at six digits."""
    return f"{float(value):.6g}".replace(".", ",")
