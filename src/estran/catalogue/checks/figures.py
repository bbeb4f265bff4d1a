"""Checks of the figures: factors, electricity, defaults, and the references that lead from a type to its factors."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from math import isclose
from operator import itemgetter
from statistics import median

from estran.catalogue.checks.tables import Tables, fault, given_twice, remedy_of, unknown
from estran.catalogue.loading import Row
from estran.common.language import _, colon
from estran.common.problems import Problem

REFERENCES = ("reference", "proxy_reference")


def check_figures(tables: Tables) -> Iterator[Problem]:
    """The faults of every figure: unit, year, value, known names, given once, not left out on purpose."""
    left_out = {
        (row["source"], row["item_type"], row["criterion"], row["value"])
        for row in tables.rows("excluded")
        if row["value"] is not None
    }
    yield from _factors(tables, left_out)
    yield from _electricity(tables, left_out)
    yield from _defaults(tables)
    yield from _medians(tables)
    yield from _references(tables)


def _factors(tables: Tables, left_out: set[tuple[str, str, str, float]]) -> Iterator[Problem]:
    stages, flows = tables.codes("stages"), set(tables.codes("flows"))
    known = {*tables.codes("item_types"), *flows}
    for row in tables.published:
        file, line = f"sources/{row['source']}/factors.csv", row["line"]
        shown = f"{row['flow']} {row['stage']} {row['criterion']}"
        if f"{row['flow'].split(':')[0]}:*" not in flows:
            what = _("Facteur d’un flux inconnu")
            yield from unknown(what, file, row["flow"], line, known, tables.file("item_types"))
        yield from unknown(_("Étape inconnue"), file, row["stage"], line, stages, tables.file("stages"), shown)
        yield from _unit(tables, row, tables.units.get(row["criterion"]), file, shown)
        if (row["source"], row["flow"], row["criterion"], row["value"]) in left_out:
            yield fault(_("Chiffre écarté exprès (excluded.csv)"), file, shown, line)
        if row["quality"] is not None and not 1 <= row["quality"] <= 5:
            yield fault(_("Qualité hors de 1 à 5"), file, shown, line)
    for source, rows in groupby(tables.published, itemgetter("source")):
        keys = ((row["flow"], row["stage"], row["criterion"]) for row in rows)
        yield from given_twice(_("Facteur donné deux fois"), f"sources/{source}/factors.csv", keys)


def _unit(tables: Tables, row: Row, expected: str | None, file: str, shown: str) -> Iterator[Problem]:
    yield from unknown(
        _("Critère inconnu"), file, row["criterion"], row["line"], tables.units, tables.file("criteria"), shown
    )
    if expected is not None and row["unit"] != expected:
        what = _("Unité différente de celle du critère ({unit})").format(unit=expected)
        yield fault(what, file, shown, row["line"], _("Convertir le chiffre en {unit}.").format(unit=expected))
    if row["value"] is None:
        yield fault(_("Chiffre absent"), file, shown, row["line"])


def _electricity(tables: Tables, left_out: set[tuple[str, str, str, float]]) -> Iterator[Problem]:
    file = tables.file("electricity")
    for row in tables.rows("electricity"):
        shown = f"{row['source']} {row['zone']} {row['year']} {row['criterion']}"
        if row["year"] is None:
            yield fault(_("Chiffre sans année"), file, shown, row["line"])
        unit = tables.units.get(row["criterion"])
        yield from _unit(tables, row, f"{unit} per kWh" if unit else None, file, shown)
        if (row["source"], f"electricity_{row['zone']}", row["criterion"], row["value"]) in left_out:
            yield fault(_("Chiffre écarté exprès (excluded.csv)"), file, shown, row["line"])
    keys = ((row["source"], row["zone"], row["year"], row["criterion"]) for row in tables.rows("electricity"))
    yield from given_twice(_("Facteur donné deux fois"), file, keys)


def _defaults(tables: Tables) -> Iterator[Problem]:
    parameters = {row["parameter"]: row for row in tables.rows("parameters")}
    for name, edition in (("defaults", "valid_from"), ("alternatives", "source")):
        file = tables.file(name)
        for row in tables.rows(name):
            shown = f"{row['item_type']} {row['parameter']}"
            if row["parameter"].rpartition("_")[2] in ("years", "year", "kg", "w") and not row["unit"]:
                yield fault(_("Chiffre sans unité"), file, shown, row["line"])
            yield from faults_of_default(row, parameters, file, published=True)
        keys = ((row["item_type"], row["parameter"], row[edition]) for row in tables.rows(name))
        yield from given_twice(_("Valeur donnée deux fois"), file, keys)


def _medians(tables: Tables) -> Iterator[Problem]:
    """Defaults that rest on several sources: the median of what each one publishes, with their range (rule M7)."""
    published = {
        (row["item_type"], row["parameter"], row["source"]): row["value"] for row in tables.rows("alternatives")
    }
    for row in tables.rows("defaults"):
        names = (row["source"] or "").split("|")
        values = [published.get((row["item_type"], row["parameter"], name)) for name in names]
        if len(names) > 1:
            known = sorted(float(value) for value in values if value is not None)
            expected = (median(known), known[0], known[-1]) if len(known) == len(names) else None
            given = (float(row["value"]), row["low"], row["high"])
            if expected is None or not all(map(partial(isclose, rel_tol=1e-5), given, expected)):
                what = _("Valeur qui n’est pas la médiane de ses sources, entre la plus basse et la plus haute")
                shown = f"{row['item_type']} {row['parameter']}"
                yield fault(what, tables.file("defaults"), shown, row["line"])


def faults_of_default(
    row: Row, parameters: Mapping[str, Row], file: str, *, published: bool = False
) -> Iterator[Problem]:
    """The parameter of a default, general (`*`) or of a type, and its value, within its bounds.

    `published`: figures that no step of the calculation reads are admitted, as the catalogue shows them.
    """
    known = parameters.get(row["parameter"])
    shown = f"{row['item_type']} {row['parameter']}"
    scopes = ["general" if row["item_type"] == "*" else "type", *(["published"] if published else [])]
    if known is None and published:
        return  # check_links says it
    if known is None or known["scope"] not in scopes:
        fitting = [name for name, one in parameters.items() if one["scope"] in scopes]
        causes = {
            "": _("Paramètre inconnu"),
            "general": _("Paramètre général, à donner au type « * »"),
            "type": _("Paramètre d’un type"),
        }
        what = causes.get(known["scope"] if known else "", _("Paramètre qu’aucun calcul ne lit"))
        remedy = remedy_of(row["parameter"], fitting, "equipment/parameters.csv")
        yield fault(what, file, shown, row["line"], remedy)
    elif not row["value"]:
        yield fault(_("Chiffre absent"), file, shown, row["line"])
    elif known["kind"] == "number" and not _within(row["value"], known):
        bounds = {"low": known["minimum"] or "−∞", "high": known["maximum"] or "∞"}
        what = _("« {value} » n’est pas un nombre entre {low} et {high}").format(value=row["value"], **bounds)
        yield fault(what, file, shown, row["line"], _("Écrire un nombre, sans son unité."))


def _within(value: str, parameter: Row) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    low, high = parameter["minimum"], parameter["maximum"]
    return (low is None or number >= float(low)) and (high is None or number <= float(high))


def _references(tables: Tables) -> Iterator[Problem]:
    flows = {row["flow"] for row in tables.published}
    what, place = _("Référence sans aucun facteur"), "sources/*/factors.csv"
    for row in tables.rows("defaults"):
        if row["parameter"] in (*REFERENCES, "at_most_like"):
            shown = f"{row['item_type']} → {row['value']}"
            yield from unknown(what, tables.file("defaults"), row["value"], row["line"], flows, place, shown)
    types = tables.codes("item_types")
    for row in tables.rows("ecodiag_rules"):
        if row["flow"] not in types:
            yield from unknown(what, tables.file("ecodiag_rules"), row["flow"], row["line"], flows, place)


def without_figures(tables: Tables) -> Iterator[Problem]:
    """Types that no source gives a factor, a lifetime or an electricity: their rows are gaps."""
    given = {(row["item_type"], row["parameter"]): row["value"] for row in tables.rows("defaults")}
    flows = {row["flow"] for row in tables.published}
    types = [code for code in sorted(tables.codes("item_types")) if code != "room" and (code, "excluded") not in given]
    chains = {code: {code, *(given.get((code, name)) for name in REFERENCES)} for code in types}
    missing: dict[str, Iterable[str]] = {
        _("Types sans aucun facteur d’impact"): [code for code in types if not chains[code] & flows],
        _("Types sans durée d’usage par défaut"): [code for code in types if (code, "lifetime_years") not in given],
        _("Types sans électricité par défaut"): [code for code in types if (code, "kwh_per_year") not in given],
    }
    remedy = _("Aucun chiffre publié n’a été trouvé : leurs lignes sont listées dans les manques.")
    for what, codes in missing.items():
        if named := ", ".join(codes):
            yield Problem(colon(what, named), remedy, file=tables.file("defaults"), value=named)
