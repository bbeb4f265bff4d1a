"""What the benchmark measures: made-up inventories, always the same, and a made-up catalogue of 16 criteria.

The figures are round and invented: never data. `plain` has the fewest columns that give a footprint; `full` uses
every rule and every column of an item; `glpi` is a list as GLPI exports it.
"""

import csv
from pathlib import Path

import duckdb

CRITERIA = (
    *("gwp", "adpe", "ap", "pm", "ir", "pe", "adpf", "odp"),
    *("pocp", "ept", "epf", "epm", "ctue", "ctuh_c", "ctuh_nc", "lu"),
)
STAGES = ("manufacturing", "distribution", "end_of_life")
# type: lifetime in years, kWh in the year, what GLPI says of it
TYPES = {
    "laptop": (5, 30, "Ordinateur portable", "Latitude 5440"),
    "desktop": (6, 150, "Poste fixe", "OptiPlex 7090"),
    "monitor": (6, 70, "Poste fixe", "ThinkCentre M70q"),
    "smartphone": (2.5, 5, "Ordinateur portable", "EliteBook 840 G8"),
    "tablet": (3, 18, "Tablette", "iPad 10"),
    "printer_laser": (5, 150, "Station de travail", "Precision 3660"),
    "desk_phone_ip": (10, 40, "Ordinateur portable", "ThinkPad T14"),
    "switch": (6, 300, "Client léger", "Wyse 5070"),
    "wifi_access_point": (6, 70, "Poste fixe", "ProDesk 400 G6"),
    "server": (5, 2000, "Serveur", "PowerEdge R740"),
}
MODELS_BY_TYPE = 5
# Authorities: their types, and for each size what it weighs in a mean of 1.
KINDS = ("commune", "intercommunalité", "département", "région", "syndicat")
SIZES = (("small", 0.125), ("medium", 0.625), ("large", 2.25))
ROOMS = 40

# One number in [0, many) by row, another for each salt.
PICK = "CREATE MACRO pick(i, salt, many) AS CAST(hash(i * 1000 + salt) % many AS INTEGER)"
PLAIN = """
    SELECT 'item-' || i AS item_id, 'Direction ' || (1 + pick(i, 1, 100)) AS entity,
        {types}[1 + pick(i, 2, {type_count})] AS item_type,
        CAST(1 + pick(i, 3, 3) AS DOUBLE) AS quantity,
        DATE '2018-01-01' + pick(i, 4, 2800) AS purchase_date,
        ['high', 'medium', 'low'][1 + pick(i, 5, 3)] AS quality
    FROM range({rows}) rows(i)
"""
FULL = """
    SELECT p.* REPLACE (
            CASE WHEN pick(i, 6, 500) > 0 THEN quantity END AS quantity,
            CASE WHEN pick(i, 7, 50) > 0 THEN purchase_date END AS purchase_date
        ),
        'Site ' || pick(i, 8, 400) AS site,
        'Maker ' || pick(i, 9, 12) AS manufacturer,
        CASE WHEN pick(i, 10, 10) < 6 THEN 'Model ' || item_type || ' ' || pick(i, 11, {models})
            ELSE 'Unknown ' || pick(i, 11, 500) END AS model,
        CASE WHEN pick(i, 12, 10) = 0 THEN 'SN-' || pick(i, 13, 90) || '-' || i
            ELSE 'CZC' || CASE WHEN pick(i, 12, 1000) = 1 THEN i - 1 ELSE i END || 'X' END AS serial,
        CASE WHEN pick(i, 14, 100) = 0 THEN 'retired' WHEN pick(i, 14, 100) < 4 THEN 'spare'
            ELSE 'in_service' END AS status,
        CASE WHEN item_type IN ('smartphone', 'laptop')
            THEN ['professional', 'professional', 'professional', 'cope', 'byod'][1 + pick(i, 15, 5)]
            ELSE 'professional' END AS ownership,
        CASE WHEN pick(i, 16, 100) = 0 THEN 0.9 END AS use_share,
        CASE WHEN pick(i, 17, 10) = 0 THEN DATE '2025-01-01' + pick(i, 18, 365) END AS withdrawal_date,
        CASE WHEN pick(i, 19, 20) = 0 THEN DATE '2026-01-01' + pick(i, 20, 1000) END AS planned_withdrawal_date,
        CASE WHEN pick(i, 21, 10) = 0 THEN 6.0 END AS lifetime_years,
        CASE WHEN pick(i, 22, 20) = 0 THEN 1.0 END AS refurbished_share,
        CASE WHEN pick(i, 22, 20) = 0 THEN 3.0 END AS upstream_years,
        CASE WHEN pick(i, 22, 20) = 0 THEN pick(i, 23, 2) = 0 END AS upstream_proof,
        CASE WHEN pick(i, 24, 10) = 0 THEN 0.5 END AS reuse_rate,
        CASE WHEN pick(i, 24, 10) = 0 THEN pick(i, 25, 2) = 0 END AS reuse_proof,
        CASE WHEN pick(i, 26, 50) = 0 THEN 120.0 END AS kwh_measured,
        CASE WHEN pick(i, 27, 5) = 0 THEN 42.0 END AS kwh_per_unit,
        CASE WHEN pick(i, 28, 10) = 0 THEN 60.0 END AS power_w,
        CASE WHEN pick(i, 28, 10) = 0 THEN 1600.0 END AS hours_per_year,
        CASE WHEN entity IN ('Direction 7', 'Direction 70') THEN 'GUF' WHEN pick(i, 29, 10) > 0 THEN 'FRA' END AS zone,
        CASE WHEN item_type = 'server' AND pick(i, 30, 100) > 0
            THEN 'Room ' || CAST(substr(entity, 11) AS INTEGER) % ({rooms} + 1) END AS room,
        CASE WHEN pick(i, 32, 200) = 0 THEN TRUE END AS virtual,
        CASE WHEN item_type = 'monitor' THEN pick(i, 33, 50) = 0 END AS internal_panel,
        CASE WHEN pick(i, 10, 10) >= 6 AND pick(i, 34, 20) = 0
            THEN 'sheet-' || item_type || '-' || pick(i, 35, {models}) END AS reference,
        CASE WHEN item_type IN ('smartphone', 'printer_laser') THEN 'leased' ELSE 'owned' END AS acquisition,
        CASE WHEN item_type = 'server' AND entity LIKE '%5' THEN 'third_party' ELSE 'own' END AS hosting,
        CAST(NULL AS VARCHAR) AS service, CAST(NULL AS VARCHAR) AS flow, CAST(NULL AS DOUBLE) AS amount
    FROM (SELECT CAST(substr(item_id, 6) AS BIGINT) AS i, * FROM ({plain})) p
"""
GLPI = """
    SELECT 'PC-' || i AS "Nom", 'Département > Direction ' || (1 + pick(i, 1, 100)) AS "Entité",
        'En service' AS "Statut",
        ['Dell', 'HP', 'Lenovo'][1 + pick(i, 9, 3)] AS "Fabricant", 'CZC' || i || 'X' AS "Numéro de série",
        {labels}[1 + pick(i, 2, {type_count})] AS "Type",
        {names}[1 + pick(i, 2, {type_count})]
            || CASE WHEN pick(i, 11, 3) = 0 THEN ' v' || pick(i, 12, 100) ELSE '' END AS "Modèle",
        'Site ' || pick(i, 8, 400) AS "Lieu", 'agent' || pick(i, 10, 9000) AS "Usager",
        strftime(DATE '2018-01-01' + pick(i, 4, 2800), '%d-%m-%Y') AS "Date de mise en service",
        replace(CAST(400 + pick(i, 7, 900) AS VARCHAR), '.', ',') AS "Valeur", i + 1 AS "ID"
    FROM range({rows}) rows(i)
"""


def write(kind: str, rows: int, path: Path, *, first: int = 0) -> None:
    """Write an inventory of so many rows, from a `first`: `plain` or `full` as Parquet, `glpi` as CSV."""
    query = {"plain": PLAIN, "full": FULL.replace("({plain})", f"({PLAIN})"), "glpi": GLPI}[kind].format(
        rows=f"{first}, {first + rows}",
        types=list(TYPES),
        type_count=len(TYPES),
        models=MODELS_BY_TYPE,
        rooms=ROOMS,
        labels=[label for *_, label, _ in TYPES.values()],
        names=[name for *_, name in TYPES.values()],
    )
    options = "FORMAT csv, DELIMITER ';', FORCE_QUOTE *" if kind == "glpi" else "FORMAT parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(PICK)
        con.execute(f"COPY ({query}) TO '{path}' ({options})")
    if kind == "full":
        _small_tables(path.parent)


def write_authorities(folder: Path, count: int, rows: int) -> None:
    """Write the estates of so many authorities, together about so many items: a third are small, a third large."""
    written, first = [], 0
    for number in range(count):
        size, weight = SIZES[number % len(SIZES)]
        items = round(rows / count * weight)
        code = f"{number:06}"
        write("full", items, folder / code / "inventory.parquet", first=first)
        written.append([code, f"Authority {number}", KINDS[number % len(KINDS)], size, items // 2])
        first += items
    _csv(folder / "authorities.csv", ["authority", "name", "type", "size", "agents"], written)


def _small_tables(estate: Path) -> None:
    """The model sheets and the rooms of a full inventory: one room in two has a meter."""
    _csv(
        estate / "models.csv",
        ["item_type", "model", "reference", "lifetime_years", "kwh_per_year"],
        [
            [name, f"Model {name} {n}", f"sheet-{name}-{n}", life + n / 10, kwh * (1 + n / 10)]
            for name, (life, kwh, *_) in TYPES.items()
            for n in range(MODELS_BY_TYPE)
        ],
    )
    header = [
        "room",
        "entity",
        "zone",
        "facility_kwh",
        "it_kwh",
        "pue",
        "it_kw",
        "refrigerant",
        "refrigerant_topup_kg",
        "quality",
    ]
    meters = ([900000, "", ""], ["", 500000, 1.5], ["", "", 1.7], ["", "", ""])
    _csv(
        estate / "rooms.csv",
        header,
        [
            [f"Room {n}", f"Direction {n + 1}", "FRA", *meters[n % 4], "" if n % 3 else 40, "R513A", 1.5, "high"]
            for n in range(ROOMS)
        ],
    )


def write_catalogue(folder: Path) -> None:
    """Write a catalogue: factors of 16 criteria, a default of each parameter, electricity of two zones."""
    folder.mkdir(parents=True, exist_ok=True)
    flows = [*TYPES, *(f"sheet-{name}-{n}" for name in TYPES for n in range(MODELS_BY_TYPE)), "room_kw_year"]
    _csv(
        folder / "factors.csv",
        ["flow", "stage", "criterion", "value", "cv", "quality"],
        [
            [flow, stage, criterion, (10 + n) * (1 + c) / (1 + s) / 7, "", 3]
            for n, flow in enumerate(flows)
            for s, stage in enumerate(STAGES)
            for c, criterion in enumerate(CRITERIA)
        ]
        + [["refrigerant_kg:R513A", "use", criterion, 600 * (1 + c), "", 3] for c, criterion in enumerate(CRITERIA)],
    )
    general = {"zone": "FRA", "cope_share": 0.85, "byod_share": 0.57, "pue": 1.6, "room_load": 0.7}
    _csv(
        folder / "defaults.csv",
        ["item_type", "parameter", "valid_from", "value", "cv"],
        [["*", parameter, 2015, value, ""] for parameter, value in general.items()]
        + [
            [name, parameter, 2015, value, ""]
            for name, (life, kwh, *_) in TYPES.items()
            for parameter, value in (
                ("lifetime_years", life),
                ("kwh_per_year", kwh),
                ("mean_total_life_years", 2 * life),
            )
        ],
    )
    _csv(
        folder / "electricity.csv",
        ["zone", "year", "criterion", "value", "cv"],
        [
            [zone, year, criterion, base * (1 + c) * (2030 - year) / 7, ""]
            for zone, base in (("FRA", 0.05), ("GUF", 0.4))
            for year in (2023, 2024, 2025)
            for c, criterion in enumerate(CRITERIA)
        ],
    )


def _csv(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
