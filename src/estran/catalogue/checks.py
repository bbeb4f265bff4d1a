"""Looking at the catalogue itself: is it sound, what does it cover, what does every source say of one thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from estran.catalogue.loading import (
    SHIPPED,
    Catalogue,
    Row,
    arrow_table,
    choose_factors,
    factor_sets,
    published_factors,
    read_table,
    sources,
)
from estran.common.language import _
from estran.common.problems import Problem

if TYPE_CHECKING:
    import pyarrow as pa

LABELLED = (
    "item_types",
    "flows",
    "families",
    "criteria",
    "stages",
    "zones",
    "guards",
    "gaps",
    "ghg_labels",
    "equivalences",
    "diagnostic_workshops",
    "diagnostic_facets",
    "diagnostic_scales",
    "priority_matrix",
    "charter_axes",
    "charter_targets",
    "lever_rows",
)
CITING = (
    *("electricity", "defaults", "alternatives", "equivalences", "excluded", "uncertainty", "allocation_weights"),
    *("diagnostic", "diagnostic_scales", "priority_matrix", "charter_targets"),
)
REDISTRIBUTABLE = ("yes", "unclear", "no")
OUTSIDE_SETS = "estran"  # Proxies and flags are choices of the catalogue: no factor set names their source.


@dataclass
class Findings:
    """What a check of the catalogue says: faults, and warnings that must not pass in silence."""

    faults: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


# --------------------------------------------------------------------------------------------------------- is it sound


def check_catalogue(root: Path = SHIPPED, *, today: date) -> Findings:
    """Every figure has its unit, source and date; one unit per criterion; nothing orphan, twice or out of date.

    Warnings: sources past their `review_by` at `today`, sources in no factor set, types without a factor or a lifetime.
    """
    at = _Check(root)
    return Findings(
        [
            *(*at.factors(), *at.electricity(), *at.defaults(), *at.references(), *at.of_sources(), *at.words()),
            *(*at.diagnostic(), *at.matrix(), *at.groups_of_rows()),
        ],
        [*at.past_review(today), *at.unused(), *at.without_figures()],
    )


class _Check:
    """The tables of one catalogue and what is wrong with each of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources = sources(root)
        self.published = published_factors(root)
        self.units = {row["code"]: row["unit"] for row in self.table("criteria")}
        self.stages = {row["stage"] for row in self.table("stages")}
        self.types = {row["code"] for row in self.table("item_types")}
        self.flows = {row["flow"] for row in self.table("flows")}
        self.sets = factor_sets(root)

    def table(self, name: str) -> list[Row]:
        return read_table(name, self.root, text=("value",) if name in ("defaults", "alternatives") else ())

    @cached_property
    def left_out(self) -> set[tuple[str, str, str, float]]:
        """Figures kept out on purpose: source, item type, criterion, value."""
        rows = self.table("excluded")
        return {
            (row["source"], row["item_type"], row["criterion"], row["value"])
            for row in rows
            if row["value"] is not None
        }

    def factors(self) -> Iterator[Problem]:
        seen: Counter[tuple[str, ...]] = Counter()
        for row in self.published:
            where = f"sources/{row['source']}/factors.csv"
            shown = f"{row['flow']} {row['stage']} {row['criterion']}"
            seen[row["source"], row["flow"], row["stage"], row["criterion"]] += 1
            if not self.known_flow(row["flow"]):
                yield _fault(_("Facteur d’un flux inconnu"), where, row["flow"])
            if row["stage"] not in self.stages:
                yield _fault(_("Étape inconnue"), where, shown)
            yield from self.unit(row, self.units.get(row["criterion"]), where, shown)
            if (row["source"], row["flow"], row["criterion"], row["value"]) in self.left_out:
                yield _fault(_("Chiffre écarté exprès (excluded.csv)"), where, shown)
            if row["quality"] is not None and not 1 <= row["quality"] <= 5:
                yield _fault(_("Qualité hors de 1 à 5"), where, shown)
        for key, times in seen.items():
            if times > 1:
                yield _fault(_("Facteur donné deux fois"), f"sources/{key[0]}/factors.csv", " ".join(key[1:]))

    def known_flow(self, flow: str) -> bool:
        return flow in self.types or flow in self.flows or f"{flow.split(':')[0]}:*" in self.flows

    def unit(self, row: Row, expected: str | None, where: str, shown: str) -> Iterator[Problem]:
        if expected is None:
            yield _fault(_("Critère inconnu"), where, shown)
        elif row["unit"] != expected:
            yield _fault(_("Unité différente de celle du critère ({unit})").format(unit=expected), where, shown)
        if row["value"] is None:
            yield _fault(_("Chiffre absent"), where, shown)

    def electricity(self) -> Iterator[Problem]:
        where = "electricity.csv"
        zones = {row["zone"] for row in self.table("zones")}
        seen: Counter[tuple[object, ...]] = Counter()
        for row in self.table("electricity"):
            shown = f"{row['source']} {row['zone']} {row['year']} {row['criterion']}"
            seen[row["source"], row["zone"], row["year"], row["criterion"]] += 1
            if row["zone"] not in zones:
                yield _fault(_("Zone inconnue"), where, shown)
            if row["source"] not in self.sources:
                yield _fault(_("Source inconnue"), where, shown)
            if row["year"] is None:
                yield _fault(_("Chiffre sans année"), where, shown)
            unit = self.units.get(row["criterion"])
            yield from self.unit(row, f"{unit} per kWh" if unit else None, where, shown)
            if (row["source"], f"electricity_{row['zone']}", row["criterion"], row["value"]) in self.left_out:
                yield _fault(_("Chiffre écarté exprès (excluded.csv)"), where, shown)
        for key, times in seen.items():
            if times > 1:
                yield _fault(_("Facteur donné deux fois"), where, " ".join(map(str, key)))

    def defaults(self) -> Iterator[Problem]:
        for name in ("defaults", "alternatives"):
            seen: Counter[tuple[object, ...]] = Counter()
            for row in self.table(name):
                shown = f"{row['item_type']} {row['parameter']}"
                edition = row["source"] if name == "alternatives" else row["valid_from"]
                seen[row["item_type"], row["parameter"], edition] += 1
                if row["item_type"] not in self.types | {"*"}:
                    yield _fault(_("Type de matériel inconnu"), f"{name}.csv", shown)
                if row["source"] not in self.sources:
                    yield _fault(_("Source inconnue"), f"{name}.csv", shown)
                if not row["value"]:
                    yield _fault(_("Chiffre absent"), f"{name}.csv", shown)
                if row["parameter"].rpartition("_")[2] in ("years", "year", "kg", "w") and not row["unit"]:
                    yield _fault(_("Chiffre sans unité"), f"{name}.csv", shown)
            for key, times in seen.items():
                if times > 1:
                    yield _fault(_("Valeur donnée deux fois"), f"{name}.csv", " ".join(map(str, key)))

    def references(self) -> Iterator[Problem]:
        flows = {row["flow"] for row in self.published}
        for row in self.table("defaults"):
            if row["parameter"] in ("reference", "proxy_reference") and row["value"] not in flows:
                yield _fault(_("Référence sans aucun facteur"), "defaults.csv", f"{row['item_type']} → {row['value']}")
        for row in self.table("item_types"):
            if row["variant_of"] and row["variant_of"] not in self.types:
                yield _fault(_("Type de matériel inconnu"), "item_types.csv", f"{row['code']} → {row['variant_of']}")

    def of_sources(self) -> Iterator[Problem]:
        needed = ("producer", "title", "edition", "date", "url", "licence", "review_by")
        for code, source in self.sources.items():
            where = f"sources/{code}/source.toml"
            for name in needed:
                if not source.get(name):
                    yield _fault(_("Source sans « {name} »").format(name=name), where, code)
            if source.get("redistributable") not in REDISTRIBUTABLE:
                yield _fault(_("Droit de rediffusion non dit"), where, code)
        for path in sorted((self.root / "sources").iterdir()):
            if path.name not in self.sources:
                yield _fault(_("Source inconnue"), f"sources/{path.name}", path.name)
        dated = {row["source"] for row in self.table("electricity")}
        for chosen in self.sets.values():
            for code in {source for lineage in chosen.lineages for source in lineage} | set(chosen.electricity):
                if code not in self.sources:
                    yield _fault(_("Source inconnue"), "factor_sets.toml", code)
            for code in set(chosen.electricity) - dated:
                yield _fault(_("Source sans électricité"), "factor_sets.toml", code)

    def words(self) -> Iterator[Problem]:
        families = {row["family"] for row in self.table("families")}
        for name in ("item_types", "flows"):
            for row in self.table(name):
                code = next(iter(row.values()))
                if row["family"] not in families:
                    yield _fault(_("Famille inconnue"), f"{name}.csv", code)
        for name in LABELLED:
            for row in self.table(name):
                if not row["label_fr"] or not row["label_en"]:
                    code = str(next(iter(row.values())))
                    yield _fault(_("Nom absent en français ou en anglais"), f"{name}.csv", code)

    def diagnostic(self) -> Iterator[Problem]:
        """Every question has its levels, leads to what exists, and every target of the charter has a question."""
        where = "diagnostic.csv"
        known = {
            "facet": {row["facet"] for row in self.table("diagnostic_facets")},
            "theme": {row["theme"] for row in self.table("themes")},
            "indicator": {row["code"] for row in self.table("indicators")},
            "source": set(self.sources),
        }
        targets = {row["code"] for row in self.table("charter_targets")}
        asked: set[str] = set()
        for row in self.table("diagnostic"):
            texts = [name for name in row if name.endswith(("_fr", "_en")) and not row[name]]
            if texts:
                yield _fault(_("Texte absent : {names}").format(names=", ".join(texts)), where, row["code"])
            for name, codes in known.items():
                if row[name] not in codes:
                    yield _fault(_("Code inconnu ({name})").format(name=name), where, f"{row['code']} → {row[name]}")
            linked = set((row["charter_targets"] or "").split("|"))
            asked |= linked
            for code in sorted(linked - targets):
                yield _fault(
                    _("Code inconnu ({name})").format(name="charter_targets"), where, f"{row['code']} → {code}"
                )
        for code in sorted(targets - asked):
            yield _fault(_("Cible de la charte sans question"), where, code)

    def matrix(self) -> Iterator[Problem]:
        """The priority matrix says something of every importance and performance, once."""
        scales = self.table("diagnostic_scales")
        values = {
            scale: [int(row["value"]) for row in scales if row["scale"] == scale]
            for scale in ("importance", "performance")
        }
        given = Counter((int(row["importance"]), int(row["performance"])) for row in self.table("priority_matrix"))
        for key in product(values["importance"], values["performance"]):
            if given[key] != 1:
                yield _fault(_("Case de la matrice absente ou double"), "priority_matrix.csv", "{} × {}".format(*key))

    def groups_of_rows(self) -> Iterator[Problem]:
        """What an action may act on names types, families and flows of the catalogue."""
        known = {
            "item_type": set(self.types),
            "family": {row["family"] for row in self.table("families")},
            "flow": {row["flow"] for row in self.table("flows")},
        }
        for row in self.table("lever_rows"):
            for value in sorted(set(row["values"].split("|")) - known[row["column"]]):
                yield _fault(_("Code inconnu ({name})").format(name=row["column"]), "lever_rows.csv", value)

    def past_review(self, today: date) -> Iterator[Problem]:
        for code, source in self.sources.items():
            if source.get("review_by", "9999") < today.isoformat():
                yield Problem(
                    what=_("Source à revoir depuis le {day} : {code}").format(day=source["review_by"], code=code),
                    remedy=_("Chercher une édition plus récente ; sinon repousser la date en disant pourquoi."),
                    file=f"sources/{code}/source.toml",
                    value=code,
                )

    def unused(self) -> Iterator[Problem]:
        given = {row["source"] for row in self.published}
        named = {source for chosen in self.sets.values() for lineage in chosen.lineages for source in lineage}
        for code in sorted(given - named):
            yield _fault(_("Source qu’aucun jeu de facteurs ne nomme"), "factor_sets.toml", code)
        used = given | {row["source"] for name in CITING for row in self.table(name)} | {OUTSIDE_SETS}
        for code in sorted(set(self.sources) - used):
            yield _fault(_("Source jamais utilisée"), f"sources/{code}/source.toml", code)

    def without_figures(self) -> Iterator[Problem]:
        given = {(row["item_type"], row["parameter"]): row["value"] for row in self.table("defaults")}
        flows = {row["flow"] for row in self.published}
        types = [code for code in sorted(self.types) if code != "room" and (code, "excluded") not in given]
        chains = {code: {code, given.get((code, "reference")), given.get((code, "proxy_reference"))} for code in types}
        missing = {
            _("Types sans aucun facteur d’impact"): [code for code in types if not chains[code] & flows],
            _("Types sans durée d’usage par défaut"): [code for code in types if (code, "lifetime_years") not in given],
            _("Types sans électricité par défaut"): [code for code in types if (code, "kwh_per_year") not in given],
        }
        remedy = _("Aucun chiffre publié n’a été trouvé : leurs lignes sont listées dans les manques.")
        for what, codes in missing.items():
            if codes:
                named = ", ".join(codes)
                yield Problem(_saying(what, named), remedy, file="defaults.csv", value=named)


def _saying(what: str, value: str) -> str:
    return _("{what} : {value}").format(what=what, value=value)


def _fault(what: str, where: str, value: str) -> Problem:
    return Problem(_saying(what, value), _("Corriger cette ligne du catalogue."), file=where, value=value)


# ------------------------------------------------------------------------------------------------ what answers to what


def coverage(catalogue: Catalogue) -> pa.Table:
    """The matrix item type or activity × criterion: which source answers, through which reference, and how (M2).

    Columns item_type, family, criterion, reference, origin (type_default | proxy | activity), source; one row per
    answer, excluded types and computer rooms left out.
    """
    factors = catalogue.factors.to_pylist()
    used = {(row["flow"], row["criterion"]): row["source"] for row in factors}
    given = {(row["flow"], row["criterion"]): row["source"] for row in factors if row["stage"] == "manufacturing"}
    parameters = {(row["item_type"], row["parameter"]): row["value"] for row in catalogue.defaults.to_pylist()}
    rows = []
    for item_type in catalogue.item_types.to_pylist():
        code = item_type["code"]
        if code == "room" or (code, "excluded") in parameters:
            continue
        chain = {
            "type_default": parameters.get((code, "reference"), code),
            "proxy": parameters.get((code, "proxy_reference")),
        }
        for criterion in catalogue.criteria["code"].to_pylist():
            answer = next(((o, r) for o, r in chain.items() if (r, criterion) in given), None)
            if answer:
                origin, reference = answer
                rows.append((code, item_type["family"], criterion, reference, origin, given[reference, criterion]))
    kinds = {row["code"] for row in catalogue.item_types.to_pylist()}
    family = {row["flow"]: row["family"] for row in catalogue.flows.to_pylist()}
    rows += [
        (flow, family.get(flow) or family.get(f"{flow.split(':')[0]}:*"), criterion, flow, "activity", source)
        for (flow, criterion), source in sorted(used.items())
        if flow not in kinds
    ]
    columns = ("item_type", "family", "criterion", "reference", "origin", "source")
    return arrow_table([dict(zip(columns, row, strict=True)) for row in rows], columns)


def figures(item_type: str) -> pa.Table:
    """Every published figure of an item type or flow side by side: factors, lifetimes, electricity, masses.

    Columns what (criterion or parameter), stage, value, low, high, unit, source, edition, quality, used (sets that use
    it, `default`, or `excluded`), note.
    """
    known = sources()
    variants = {row["code"]: row["variant_of"] for row in read_table("item_types") if row["variant_of"]}
    published = published_factors()
    users: dict[int, list[str]] = {}
    for code, chosen in factor_sets().items():
        for row in choose_factors(published, chosen.lineages, variants):
            users.setdefault(id(row), []).append(code)
    rows = [
        row | {"what": row["criterion"], "used": ", ".join(users.get(id(row), ()))}
        for row in published
        if row["flow"] == item_type
    ]
    for name, what, used in (
        ("defaults", "parameter", "default"),
        ("alternatives", "parameter", ""),
        ("excluded", "criterion", "excluded"),
    ):
        rows += [
            row | {"what": row[what], "used": used, "note": row.get("note") or row.get("reason")}
            for row in read_table(name, text=("value",))
            if row["item_type"] == item_type
        ]
    rank = {row["code"]: row["rank"] for row in read_table("criteria")}
    rows.sort(key=lambda row: (rank.get(row["what"], 99), row["what"], row["source"]))
    columns = ("what", "stage", "value", "low", "high", "unit", "source", "edition", "quality", "used", "note")
    return arrow_table([row | {"edition": known[row["source"]]["edition"]} for row in rows], columns, text=("value",))
