"""A run folder as `estran compute` writes it, small and made by hand: what the tests of the report read."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

CRITERIA = {
    "gwp": "kg CO2 eq",
    "adpe": "kg Sb eq",
    "ap": "mol H+ eq",
    "pm": "disease incidence",
    "ir": "kBq U235 eq",
    "pe": "MJ",
}
MIX = {"gwp": 0.0461, "adpe": 4.9e-8, "ap": 2.6e-4, "pm": 1.6e-9, "ir": 0.9, "pe": 11.2}
# Embodied impacts of one unit, whole, shared 90 % / 7 % / 3 % between the three amortised stages below.
UNITS = {
    "laptop": {"gwp": 190, "adpe": 0.0086, "ap": 1.1, "pm": 8e-6, "ir": 31},
    "desktop": {"gwp": 210, "adpe": 0.0085, "ap": 1.3, "pm": 9e-6, "ir": 35},
    "monitor_medium": {"gwp": 72, "adpe": 0.004, "ap": 0.5, "pm": 4e-6, "ir": 14},
    "smartphone": {"gwp": 55, "adpe": 0.0013, "ap": 0.3, "pm": 2e-6, "ir": 9},
    "tablet": {"gwp": 61, "adpe": 0.0018, "ap": 0.35, "pm": 2e-6, "ir": 11},
    "multifunction_a3": {"gwp": 640},
    "projector": {"gwp": 94},
    "interactive_display": {"gwp": 980},
    "switch": {"gwp": 209, "adpe": 0.011, "ap": 1.4, "pm": 9e-6, "ir": 28},
    "wifi_access_point": {"gwp": 24},
    "server_rack": {"gwp": 840, "adpe": 0.12, "ap": 6.2, "pm": 4e-5, "ir": 120},
    "storage_array": {"gwp": 2400, "adpe": 0.21, "ap": 15, "pm": 9e-5, "ir": 260},
}
FAMILIES = {
    "laptop": "workplace",
    "desktop": "workplace",
    "monitor_medium": "workplace",
    "smartphone": "telephony",
    "tablet": "workplace",
    "multifunction_a3": "printing",
    "projector": "meeting_and_classroom",
    "interactive_display": "meeting_and_classroom",
    "switch": "network",
    "wifi_access_point": "network",
    "server_rack": "data_centre",
    "storage_array": "data_centre",
    "room": "data_centre",
    "paper_sheet_virgin": "consumables",
    "cloud:general": "cloud",
    "spend_cloud_eur": "cloud",
    "declared_impact": "cloud",
}
STAGES = {"manufacturing": 0.90, "distribution": 0.07, "end_of_life": 0.03}
OFFICE = [
    ("laptop", 420, 5, 31),
    ("desktop", 90, 5, 78),
    ("monitor_medium", 560, 7, 42),
    ("smartphone", 260, 3, 4),
    ("multifunction_a3", 22, 6, 310),
]
SCHOOL = [
    ("laptop", 90, 6, 31),
    ("desktop", 190, 7, 78),
    ("tablet", 80, 5, 9),
    ("projector", 24, 7, 210),
    ("interactive_display", 5, 8, 190),
]
CENTRE = [
    ("server_rack", 84, 6, 2100),
    ("storage_array", 9, 7, 5200),
    ("switch", 610, 8, 260),
    ("wifi_access_point", 900, 6, 70),
]
DIRECTIONS = [
    "Direction des systèmes numériques",
    "Direction de l'éducation et des collèges",
    "Pôle solidarité > Agence de Redon",
    "Pôle solidarité > Agence de Fougères",
    "Direction des routes",
    "Direction des ressources humaines",
    "Archives départementales",
    "Direction des finances",
]
SCHOOLS = [f"Collège {name}" for name in ("Anne de Bretagne", "Émile Zola", "Les Ormeaux", "Chêne vert", "Rosa Parks")]


def write_run(folder: Path, *, year: int = 2025, scale: float = 1.0, **changes: Any) -> Path:
    """Write a run of a fictional département; `scale` multiplies quantities, `changes` replace parts of run.json."""
    folder.mkdir(parents=True, exist_ok=True)
    equipment = [(entity, kind, round(n * scale), life, kwh) for entity in DIRECTIONS for kind, n, life, kwh in OFFICE]
    equipment += [(entity, kind, round(n * scale), life, kwh) for entity in SCHOOLS for kind, n, life, kwh in SCHOOL]
    equipment += [(DIRECTIONS[0], kind, round(n * scale), life, kwh) for kind, n, life, kwh in CENTRE]
    impacts: dict[tuple[str, str, str, str, str], float] = defaultdict(float)
    amounts: dict[tuple[str, str, str, str, str], float] = defaultdict(float)
    for entity, kind, n, life, kwh in equipment:
        for stage, share in STAGES.items():
            amounts[entity, kind, "unit", stage, ""] += n / life
            for criterion, value in UNITS[kind].items():
                impacts[entity, kind, stage, criterion, "modelled"] += n / life * value * share
        _use(amounts, impacts, entity, kind, n * kwh)
    _use(amounts, impacts, DIRECTIONS[0], "room", 185_000.0)
    for criterion, value in {"gwp": 9_500.0, "adpe": 0.4, "ap": 60.0, "pm": 5e-4, "ir": 900.0, "pe": 120_000.0}.items():
        impacts[DIRECTIONS[0], "room", "manufacturing", criterion, "modelled"] += value
    for flow, amount, value in (
        ("paper_sheet_virgin", 21_000_000, 0.0046),
        ("cloud:general", 1_400_000, 0.011),
        ("spend_cloud_eur", 92_000, 0.19),
    ):
        amounts[DIRECTIONS[0], flow, flow, "use", ""] = amount
        impacts[DIRECTIONS[0], flow, "use", "gwp", "modelled"] = amount * value
    impacts[DIRECTIONS[0], "declared_impact", "use", "gwp", "declared"] = 6_400.0

    _write(
        folder,
        "impacts",
        "view,entity,item_type,stage,criterion,unit,basis,value",
        [("stock", e, t, s, c, CRITERIA[c], basis, v) for (e, t, s, c, basis), v in sorted(impacts.items())],
    )
    _write(folder, "amounts", "entity,item_type,flow,stage,zone,amount", [(*k, v) for k, v in sorted(amounts.items())])
    _write(
        folder,
        "equipment",
        "entity,item_type,family,part,quantity",
        [(e, t, FAMILIES[t], "schools" if e in SCHOOLS else "administration", n) for e, t, n, _, _ in equipment],
    )
    _sums(folder, impacts)
    _confidence(folder, equipment, impacts)
    _reference_tables(folder, equipment)
    run: dict[str, Any] = {
        "estran": "0.1.0", "method": "rcp_si", "method_version": "1", "view": "stock", "year": year,
        "factor_set": "ademe", "catalogue": {"edition": "2026-11", "sha256": "ab" * 32},
        "perimeter": {
            "id": "departement", "version": "2025-1", "valid_from": "2025-01-01",
            "label": "Département fictif, collèges compris", "entities": ["*"], "schools": ["Collège *"],
            "include": {"schools": True, "cloud_and_services": True, "telework": True, "it_department": True,
                        "paper": True, "buildings": True},
            "exclusions": [{"what": "Téléphones fixes", "reason": "inventaire non tenu", "size": "1 500 postes"}],
            "headcounts": [
                {"who": "agents", "value": 4300, "date": f"{year}-12-31", "source": "bilan social"},
                {"who": "pupils", "value": 2600, "date": f"{year}-10-01", "source": "constat de rentrée"},
            ],
        },
        "inventory": {"sha256": "cd" * 32, "rows": 9_214, "files": ["inventory.parquet"]},
        "inputs": {"rooms.csv": "ef" * 32}, "criteria": list(CRITERIA), "options": {"outlived": "floor"},
        "counts": {"rows": 9_214, "items": 9_100, "quantity": sum(n for _, _, n, _, _ in equipment), "guards": 37,
                   "gaps": 1_204, "rejected": 3, "unmatched": 88},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run | changes, ensure_ascii=False), encoding="utf-8")
    return folder


def _use(amounts: dict[Any, float], impacts: dict[Any, float], entity: str, kind: str, kwh: float) -> None:
    amounts[entity, kind, "electricity_kwh", "use", "FRA"] += kwh
    for criterion, value in MIX.items():
        impacts[entity, kind, "use", criterion, "modelled"] += kwh * value


def bounds(mean: float, cv: float) -> tuple[float, float, float, float]:
    """Mean, standard deviation and the lognormal 95 % bounds of rule Q6."""
    sigma = sqrt(log(1 + cv * cv))
    middle = mean / sqrt(1 + cv * cv)
    return mean, mean * cv, middle * exp(-1.96 * sigma), middle * exp(1.96 * sigma)


def _sums(folder: Path, impacts: dict[tuple[str, str, str, str, str], float]) -> None:
    whole: dict[tuple[str, str], float] = defaultdict(float)
    scopes: dict[tuple[str, str, str], float] = defaultdict(float)
    headline: dict[tuple[str, str], float] = defaultdict(float)
    for (entity, kind, stage, criterion, basis), value in impacts.items():
        headline[criterion, basis] += value
        if basis == "declared":
            continue
        services = FAMILIES[kind] == "cloud"
        part = "services" if services else "schools" if entity in SCHOOLS else "administration"
        whole[criterion, "*"] += value
        whole[criterion, entity] += value
        for scope, name in (("part", part), ("family", FAMILIES[kind]), ("stage", stage), ("item_type", kind)):
            scopes[scope, name, criterion] += value
    headline["gwp", "declared_for_comparison"] = 3_100.0
    _write(
        folder,
        "intervals",
        "criterion,entity,mean,sd,low95,high95",
        [(c, e, *bounds(v, 0.11 if e == "*" else 0.16)) for (c, e), v in sorted(whole.items())],
    )
    _write(
        folder,
        "subtotals",
        "scope,name,criterion,mean,sd,low95,high95",
        [(*key, *bounds(v, 0.15)) for key, v in sorted(scopes.items())],
    )
    _write(folder, "headline", "criterion,part,value", [(*key, v) for key, v in sorted(headline.items())])
    total = whole["gwp", "*"]
    _write(
        folder,
        "factor_sets",
        "factor_set,criterion,mean,sd,low95,high95,gap_rows,own_share",
        [
            ("ademe", "gwp", *bounds(total, 0.11), 412, 0.93),
            ("ecodiag", "gwp", *bounds(total * 1.9, 0.14), 380, 0.61),
            ("makers", "gwp", *bounds(total * 1.6, 0.15), 455, 0.55),
        ],
    )


def _confidence(folder: Path, equipment: list[Any], impacts: dict[Any, float]) -> None:
    write_gaps(folder, [
        *((f"g{n}", SCHOOLS[n % 5], "", "item_type", "", "", "unknown label", 3) for n in range(88)),
        *((f"w{n}", DIRECTIONS[n % 8], "laptop", "withdrawal_date", "", "", "no date", 1) for n in range(41)),
        *((f"k{n}", SCHOOLS[n % 5], "projector", "lifetime_years", "", "", "no lifetime", 2) for n in range(12)),
        *(("", entity, kind, "factor", "manufacturing", "pe", "no factor", n / life)
          for entity, kind, n, life, _ in equipment),
        *(("", entity, kind, "factor", "manufacturing", "adpe", "no factor", n / life)
          for entity, kind, n, life, _ in equipment if "adpe" not in UNITS[kind]),
    ])  # fmt: skip
    _write(
        folder,
        "guards",
        "item_id,entity,item_type,rule",
        [
            *((f"v{n}", DIRECTIONS[0], "desktop", "G1 virtual machine listed as equipment") for n in range(22)),
            *((f"d{n}", DIRECTIONS[n % 8], "laptop", "G4 same serial number") for n in range(15)),
            *((f"x{n}", DIRECTIONS[n % 8], "keyboard", "X1 type out of scope") for n in range(30)),
        ],
    )
    _write(folder, "uncertainty", "criterion,source,share", [
        ("gwp", "factor monitor_medium manufacturing", 0.31), ("gwp", "factor laptop manufacturing", 0.27),
        ("gwp", "lifetime_years laptop", 0.14), ("gwp", "electricity FRA 2025", 0.09),
        ("gwp", "factor desktop manufacturing", 0.07), ("gwp", "rows", 0.06), ("gwp", "pue", 0.04),
        ("gwp", "kwh_per_year desktop", 0.02), ("adpe", "factor server_rack manufacturing", 1.0),
    ])  # fmt: skip
    _write(folder, "quality", "criterion,kind,class,rows,share", [
        ("gwp", "quality", "high", 2100, 0.28), ("gwp", "quality", "medium", 3900, 0.41),
        ("gwp", "quality", "low", 3100, 0.31), ("gwp", "lifetime_years", "declared", 1500, 0.2),
        ("gwp", "lifetime_years", "dates", 2300, 0.24), ("gwp", "lifetime_years", "type_default", 5300, 0.56),
        ("gwp", "kwh", "declared", 900, 0.12), ("gwp", "kwh", "matched", 2600, 0.31),
        ("gwp", "kwh", "type_default", 5600, 0.57), ("gwp", "zone", "type_default", 9100, 1.0),
        ("gwp", "reference", "matched", 2600, 0.33), ("gwp", "reference", "type_default", 6100, 0.62),
        ("gwp", "reference", "proxy", 400, 0.05),
    ])  # fmt: skip
    gaps = {"gwp": (8700, 412, 430), "adpe": (6900, 2200, 5100), "ap": (6900, 2200, 5100), "pm": (6900, 2200, 5100),
            "ir": (6900, 2200, 5100), "pe": (300, 8800, 9900)}  # fmt: skip
    _write(
        folder,
        "coverage",
        "criterion,rows,rows_complete,gap_rows,gap_quantity",
        [(criterion, 9100, *numbers) for criterion, numbers in gaps.items()],
    )


def _reference_tables(folder: Path, equipment: list[Any]) -> None:
    factors: list[tuple[Any, ...]] = [
        (kind, stage, criterion, value * share, "", 4, "ademe_impact_co2_2026")
        for kind, values in UNITS.items() for criterion, value in values.items() for stage, share in STAGES.items()
    ]  # fmt: skip
    factors += [("cloud:general", "use", "gwp", 0.011, "", 2, "ademe_impact_co2_2026")]
    factors += [("spend_cloud_eur", "use", "gwp", 0.19, 0.8, 1, "ademe_base_carbone_2018")]
    rows = [(*factor, "") for factor in factors]
    rows += [("FRA", "use", name, mix, 0.1, "", "ademe_base_carbone_2018", "electricity FRA 2025")
             for name, mix in MIX.items()]  # fmt: skip
    _write(folder, "factors", "flow,stage,criterion,value,cv,quality,source,electricity", rows)
    _write(folder, "sources", "id,producer,title,edition,url,licence,redistributable,review_by", [
        ("ademe_impact_co2_2026", "ADEME", "Impact CO2", "août 2026", "https://impactco2.fr", "Licence ouverte 2.0",
         "yes", "2027-06-30"),
        ("ademe_base_carbone_2018", "ADEME", "Base Carbone, ratios monétaires", "2018", "https://base-empreinte.ademe.fr",
         "non précisée", "unclear", "2026-12-31"),
    ])  # fmt: skip
    parameters: dict[tuple[str, str, float], float] = defaultdict(float)
    for _entity, kind, n, life, kwh in equipment:
        parameters[kind, "lifetime_years", life] += n
        parameters[kind, "kwh_per_year", kwh] += n
    _write(folder, "parameters", "item_type,parameter,value,origin,source,rows,quantity", [
        *((kind, name, value, "type_default", "ademe_impact_co2_2026", 40, n)
          for (kind, name, value), n in sorted(parameters.items())),
        ("laptop", "lifetime_years", "", "dates", "", 800, 900),
        ("*", "zone", "FRA", "type_default", "", 9100, ""),
    ])  # fmt: skip
    _write(
        folder,
        "rooms",
        "room,entity,zone,it_kwh,overhead_kwh,pue,pue_origin,it_kw,it_kw_origin,metered",
        [
            ("Salle Beauregard", DIRECTIONS[0], "FRA", 223_200, 133_920, 1.6, "declared", 45, "declared", "true"),
            ("Salle Archives", DIRECTIONS[0], "FRA", 63_850, 51_080, 1.8, "type_default", 10.4, "proxy", "false"),
        ],
    )


def write_gaps(folder: Path, rows: list[tuple[Any, ...]]) -> None:
    """gaps.parquet with these rows, texts and one quantity, and gaps.csv, their summary."""
    names = ("item_id", "entity", "item_type", "what", "stage", "criterion", "reason", "quantity")
    rows = [(*(text or None for text in texts), quantity) for *texts, quantity in rows]
    pq.write_table(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]), folder / "gaps.parquet")
    quantities: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    for _item, *group, quantity in rows:
        quantities[tuple(group)].append(quantity)
    summary = [(*group, len(values), sum(values)) for group, values in quantities.items()]
    _write(folder, "gaps", ",".join((*names[1:-1], "rows", "quantity")), sorted(summary, key=str))


def _write(folder: Path, name: str, header: str, rows: list[tuple[Any, ...]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
