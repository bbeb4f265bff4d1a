"""The page of the reference on OWASP's verification standard: docs/securite/asvs.csv, chapter by chapter."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

from pages import ROOT, page, table

CHAPTERS = (
    "Encodage et nettoyage", "Validation et logique", "Navigateur", "Services web", "Fichiers", "Authentification",
    "Sessions", "Droits", "Jetons autonomes", "OAuth et OpenID Connect", "Chiffrement", "Communications",
    "Configuration", "Protection des données", "Construction", "Journaux et pannes", "WebRTC",
)  # fmt: skip
STATES = ("tenu", "sans objet", "écart")


@page("asvs", "OWASP ASVS")
def asvs() -> Iterator[str]:
    with (ROOT / "docs" / "securite" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    yield (
        "Le portail face aux exigences d’OWASP ASVS 5.0.0, niveaux 1 et 2 : ce qui est tenu, où, l’essai qui le "
        "montre ; ce qui est sans objet ; les écarts et leur raison. Les numéros et les niveaux sont ceux de la norme "
        "(CC BY-SA 4.0), qui fait foi ; les exigences sont résumées dans nos mots. Le tableau est "
        "`docs/securite/asvs.csv` ; ce que le portail protège et comment : [sûreté du portail]"
        "(../securite/README.md).\n"
    )
    counts = Counter((row["level"], row["state"]) for row in rows)
    yield table(
        (
            {"level": level} | {state: str(counts[level, state]) for state in STATES}
            for level in sorted({row["level"] for row in rows})
        ),
        level="niveau",
        **{state: state for state in STATES},
    )
    for number, title in enumerate(CHAPTERS, 1):
        yield f"## {number}. {title}\n"
        shown = [
            row | {"where": named(row["where"]), "test": named(row["test"])}
            for row in rows
            if row["number"].split(".")[0] == str(number)
        ]
        yield table(
            shown,
            number="n°",
            level="niveau",
            requirement="exigence",
            state="état",
            where="où",
            test="essai",
            reason="précision ou raison",
        )


def named(places: str) -> str:
    """Files, and tests without what their names begin with, in code type."""
    return ", ".join(f"`{place.rpartition('::test_')[2]}`" for place in places.split())
