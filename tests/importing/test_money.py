"""Money (C6): costs of bills in euros or not, each line counted once; accounts of an authority as spends."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from test_services import INSTANCE, VOLUME, amounts, format_of, read_bill

import reading
from estran.catalogue.labels import Labels
from estran.cli.display.runs import problems_of_empty, show_summary
from estran.common.problems import CannotUse
from estran.engine import runs
from estran.importing import estate_import
from estran.importing.services.activities import ServicesRead, read_services
from estran.reporting import reports
from estran.reporting.run_summary import RunSummary

# -------------------------------------------------------------------------------------------------------- bills


def test_another_currency_is_converted_at_the_mean_rate_of_the_year(tmp_path: Path) -> None:
    # 1 € = 1.13 USD in 2025: 3 x 113 USD are 300 €.
    dollars = INSTANCE | {"BillingCurrency": "USD", "EffectiveCost": "113"}
    read = read_bill(tmp_path, INSTANCE, *[dollars] * 3)
    assert amounts(read)["AWS > AmazonEC2", "FRA", "spend_cloud_eur"] == pytest.approx(369.80, rel=1e-9)
    assert amounts(read)["AWS > AmazonEC2", "FRA", "cloud:aws:m5.large"] == 4 * 744
    assert (read.problems, read.rejected) == ([], 0)
    assert "1 € = 1,13 USD" in " ".join(read.notes).replace("\u00a0", " ")


def test_a_currency_without_a_rate_is_a_gap_until_its_rate_is_written(tmp_path: Path) -> None:
    line = VOLUME | {"BillingCurrency": "SEK", "ConsumedUnit": "", "BilledCost": "110"}
    read = read_bill(tmp_path, INSTANCE, line)
    rows = {row["service"]: row["amount"] for row in read.rows.to_pylist() if row["flow"] == "spend_cloud_eur"}
    assert rows == {"AWS > AmazonEC2": 69.8, "AWS > AmazonEC2 > autres lignes (SEK)": None}
    (problem,) = read.problems
    assert problem.value == "SEK" and "exchange_rates.csv" in problem.remedy
    (tmp_path / "exchange_rates.csv").write_text("currency;year;units_per_eur\nSEK;;11\n", "utf-8")
    read = read_bill(tmp_path, INSTANCE, line, overlay=tmp_path)
    assert amounts(read)["AWS > AmazonEC2 > autres lignes", "FRA", "spend_cloud_eur"] == pytest.approx(10)
    assert read.problems == []


def test_a_text_that_names_no_currency_is_refused(tmp_path: Path) -> None:
    read = read_bill(tmp_path, INSTANCE, *[INSTANCE | {"BillingCurrency": "piastres"}] * 3)
    (problem,) = read.problems
    assert (problem.column, problem.value, problem.line, read.rejected) == ("BillingCurrency", "piastres", 3, 3)
    assert "(3 lignes" in problem.what and "EUR" in problem.remedy


def test_each_line_counts_once_by_its_use_or_by_its_cost(tmp_path: Path) -> None:
    transfer = INSTANCE | {"x_UsageType": "EUW3-DataTransfer-Out-Bytes", "ConsumedUnit": "GB", "EffectiveCost": "5"}
    unknown = INSTANCE | {"x_UsageType": "EUW3-BoxUsage:p4d.24xlarge", "EffectiveCost": "900"}
    estimated = INSTANCE | {"x_UsageType": "EUW3-BoxUsage:m7a.large", "EffectiveCost": "30"}
    read = read_bill(tmp_path, INSTANCE, transfer, unknown, estimated, entity="DSI")
    service = "AWS > AmazonEC2"
    assert amounts(read) == pytest.approx(
        {
            (service, "FRA", "cloud:aws:m5.large"): 744,
            (service, "FRA", "cloud:aws:m7a.large"): 744,
            (service, "FRA", "spend_cloud_eur"): 99.80,  # what the calculation sets aside (G8)
            (f"{service} > autres lignes", "FRA", "spend_cloud_eur"): 905,
        },
        rel=1e-9,
    )
    assert {row["site"] for row in read.rows.to_pylist() if row["flow"].startswith("cloud:")} == {"eu-west-3"}
    assert "p4d.24xlarge" in " ".join(read.notes) and "m7a.large" not in " ".join(read.notes)


def test_free_hours_of_a_type_without_figures_are_a_gap(tmp_path: Path) -> None:
    free = INSTANCE | {"x_UsageType": "EUW3-BoxUsage:p4d.24xlarge", "EffectiveCost": "0"}
    assert amounts(read_bill(tmp_path, INSTANCE, free))[
        "AWS > AmazonEC2 > cloud:aws:p4d.24xlarge", "FRA", "cloud:aws:p4d.24xlarge"
    ] == pytest.approx(744)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (INSTANCE | {"ChargeCategory": "Purchase"}, "1 lignes « Purchase »"),
        (INSTANCE | {"BillingCurrency": "?"}, "1 ligne rejetée"),
        (INSTANCE | {"EffectiveCost": "0", "ConsumedQuantity": "0"}, "sont nuls"),
    ],
)
def test_a_bill_that_gives_no_figure_says_why_first(tmp_path: Path, line: dict[str, str], why: str) -> None:
    problem = read_bill(tmp_path, line).problems[0]
    assert why in problem.what.replace("\u00a0", " "), problem


def test_the_sums_of_a_bill_do_not_depend_on_the_order_of_its_lines(tmp_path: Path) -> None:
    lines = [VOLUME | {"ConsumedQuantity": f"{0.1 * n:.7f}", "SkuId": f"s{n}"} for n in range(1, 90)]
    first, second = (amounts(read_bill(tmp_path, *some)) for some in (lines, lines[::-1]))
    assert first == second


# ----------------------------------------------------------------------------------------------------- accounts

MANDATS = """\
Exercice;N° mandat;Article;Libellé article;Tiers;Objet;{amount}
2025;1;6156;Maintenance;BERGER LEVRAULT;Maintenance progiciel financier;12 000,00
2025;2;6156;Maintenance;KONE;Maintenance ascenseurs;3 400,00
2025;3;6156;Maintenance;DUPONT JEAN;Contrat annuel;1 200,00
2025;4;6262;Frais de télécommunications;ORANGE BUSINESS SERVICES SA;Lignes mobiles janvier;8 450,55
2025;5;6262;Frais de télécommunications;ORANGE BUSINESS SERVICES SA;Avoir lignes mobiles;-450,55
2025;6;2051;Concessions;MICROSOFT IRELAND;Licences M365;45 600,00
2025;7;21838;Autre matériel informatique;UGAP;Ordinateurs portables;98 765,43
2025;8;65811;Informatique en nuage;OVH SAS;Hébergement;6 000,00
2025;9;60612;Énergie;EDF;Électricité;54 321,00
2025;10;6184;Formation;CNFPT;Formation Excel;900,00
2025;11;6588;Aide;M. Le Goff Yann;Secours;150,00
;;;;;TOTAL;230 336,43
"""


def extract(folder: Path, text: str = MANDATS, amount: str = "Montant TTC", name: str = "mandats.csv") -> Path:
    path = folder / name
    path.write_text(text.format(amount=amount), "utf-8")
    return path


def read_extract(path: Path, **options: Any) -> ServicesRead:
    return read_services(path, format_of("ledger"), **options)


def spends(read: ServicesRead) -> dict[tuple[str, str], float]:
    return {(row["service"], row["flow"]): row["amount"] for row in read.rows.to_pylist()}


def euros(read: ServicesRead, state: str) -> Decimal:
    return sum((row["amount_eur"] for row in read.decisions if row["state"] == state), Decimal(0))


def test_accounts_become_spends_and_every_euro_is_somewhere(tmp_path: Path) -> None:
    read = read_extract(extract(tmp_path))
    assert spends(read) == {
        ("BERGER LEVRAULT", "spend_it_services_eur"): 12000.0,
        ("ORANGE BUSINESS SERVICES SA", "spend_telecom_eur"): 8000.0,
        ("MICROSOFT IRELAND", "spend_software_eur"): 45600.0,
        ("UGAP", "spend_it_hardware_eur"): 98765.43,
        ("OVHcloud", "spend_cloud_eur"): 6000.0,
        ("CNFPT", "spend_training_eur"): 900.0,
    }
    assert {(row["vat"], row["price_year"], row["quality"]) for row in read.rows.to_pylist()} == {
        ("included", 2025, "medium")
    }
    # 12 000 + 8 000 + 45 600 + 98 765,43 + 6 000 + 900; lifts, energy and an aid; the contract that says nothing.
    assert [euros(read, state) for state in ("counted", "set_aside", "to_settle")] == [
        Decimal("171265.43"),
        Decimal("57871.00"),
        Decimal("1200.00"),
    ]
    assert (read.read, read.written, read.rejected, read.set_aside) == (12, 7, 0, 5)
    assert "230 336,43" in read.notes[0].replace("\u202f", " ").replace("\u00a0", " ")


def test_no_person_and_no_purpose_leaves_an_extract(tmp_path: Path) -> None:
    read = read_extract(extract(tmp_path))
    everything = repr((read.rows.to_pylist(), read.decisions, read.notes, read.problems))
    for text in ("DUPONT", "Le Goff", "progiciel financier", "Secours"):
        assert text not in everything
    assert "3 noms de tiers ne sont pas gardés" in " ".join(read.notes)


@pytest.mark.parametrize(
    ("header", "vat"), [("Montant TTC", "included"), ("Montant HT", "excluded"), ("Montant mandaté TTC", "included")]
)
def test_a_header_says_whether_vat_is_in_the_amounts(tmp_path: Path, header: str, vat: str) -> None:
    assert {row["vat"] for row in read_extract(extract(tmp_path, amount=header)).rows.to_pylist()} == {vat}


def test_vat_is_asked_once_and_remembered(tmp_path: Path) -> None:
    path, overlay = extract(tmp_path, amount="Montant"), tmp_path / "overlay"
    with pytest.raises(CannotUse, match="TTC ou hors taxe"):
        read_extract(path, overlay=overlay)
    assert not overlay.exists()
    read_extract(path, overlay=overlay, vat="included")
    next_year = extract(tmp_path, MANDATS.replace("2025;", "2026;"), "Montant", "mandats-2026.csv")
    read = read_extract(next_year, overlay=overlay)
    assert {(row["vat"], row["price_year"]) for row in read.rows.to_pylist()} == {("included", 2026)}


def test_what_a_person_settles_serves_this_import_and_the_next(tmp_path: Path) -> None:
    path, estate = extract(tmp_path), tmp_path / "parc"
    report = estate_import.import_files([path], estate=estate)
    assert [problem.value for problem in report.problems] == ["6156"]
    decisions = list(csv.DictReader((estate / "spending.csv").open(encoding="utf-8")))
    (open_,) = [row for row in decisions if row["state"] == "to_settle"]
    assert (open_["account"], open_["lines"], open_["amount_eur"]) == ("6156", "1", "1200.00")
    runs.compute([estate], runs.Choices(2025), tmp_path / "run")
    (euros_left,) = RunSummary(tmp_path / "run", Labels("fr")).uncounted_money
    assert euros_left["euros"] == 1200 and euros_left["label"].endswith(", à régler")
    open_["flow"] = "spend_it_services_eur"
    with (estate / "spending.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, decisions[0])
        writer.writeheader()
        writer.writerows(decisions)
    report = estate_import.import_files([path, estate / "spending.csv"], estate=estate)
    assert report.problems == []
    flows = [row["state"] for row in csv.DictReader((estate / "spending.csv").open(encoding="utf-8"))]
    assert "to_settle" not in flows and flows.count("counted") == 7
    assert (estate / "overlay" / "account_flows.csv").exists()


@pytest.mark.parametrize(
    ("line", "flow"),
    [
        ("2051;développement spécifique du portail;", "spend_it_services_eur"),
        ("D/6156/020;maintenance des copieurs;", "spend_it_maintenance_eur"),
        ("011-6156;maintenance onduleur salle serveur;", "spend_installation_repair_eur"),
        ("6156 - Maintenance;TMA application RH;", "spend_it_services_eur"),
        ("611;hébergement serveurs;", "spend_it_services_eur"),
        ("611;lettre d'information;", None),
        ("611;hébergement d'urgence;", None),
        ("611;ligne de transport scolaire 12;", None),
        ("2188;micro-ondes;", None),
        ("21838;fauteuil de bureau;", None),
        ("60632;souris et claviers;", "spend_small_supplies_eur"),
        ("60632;disque à tronçonner;", None),
        ("6184;formation développement durable;", None),
        ("6184;formation cybersécurité;", "spend_training_eur"),
        ("21831;classe mobile;", "spend_it_hardware_eur"),
        ("6262;affranchissement et téléphonie;", "spend_telecom_eur"),
        ("64111;paie;", None),
        ("7478;subvention logiciel;", None),
    ],
)
def test_the_words_of_a_purpose_decide(tmp_path: Path, line: str, flow: str | None) -> None:
    path = extract(tmp_path, f"Article;Objet;Fournisseur;Montant TTC\n{line};100,00\n")
    assert [row["flow"] for row in read_extract(path).rows.to_pylist()] == ([flow] if flow else [])


def test_cancellations_receipts_and_ways_to_write_an_amount(tmp_path: Path) -> None:
    text = """\
Exercice,Nature,Compte,Sens,Objet,Montant HT
2025,Fonctionnement,6262,Dépense,mobile,"1 000,00 €"
2025,Fonctionnement,6262,Mandat d'annulation,mobile,"200,00"
2025,Fonctionnement,6262,Dépense,mobile,"(50,00)"
2025,Fonctionnement,6262,Dépense,mobile,"25,00-"
2025,Fonctionnement,6262,Titre,remboursement mobile,"300,00"
2025,Fonctionnement,6262,Dépense,mobile,combien
"""
    read = read_extract(extract(tmp_path, text))
    assert list(spends(read).values()) == [725.0]
    assert euros(read, "set_aside") == Decimal(300)
    assert (read.rejected, read.read, read.written) == (1, 6, 4)


def test_more_credits_than_costs_are_set_aside(tmp_path: Path) -> None:
    text = "Compte;Objet;Tiers;Débit;Crédit\n6262;avoir;SFR;;120,00\n6262;mobile;ORANGE SA;80,00;\n"
    read = read_extract(extract(tmp_path, text), vat="excluded")
    assert spends(read) == {("ORANGE SA", "spend_telecom_eur"): 80.0}
    assert euros(read, "set_aside") == Decimal(-120)


def test_several_years_ask_which_one(tmp_path: Path) -> None:
    text = "Exercice;Article;Tiers;Montant TTC\n2024;6262;SFR;100\n2025;6262;SFR;70\n"
    with pytest.raises(CannotUse, match="2024, 2025"):
        read_extract(extract(tmp_path, text))
    read = read_extract(extract(tmp_path, text), year=2025)
    assert list(spends(read).values()) == [70.0] and euros(read, "set_aside") == Decimal(100)


def test_a_list_whose_article_is_no_account_is_no_extract(tmp_path: Path) -> None:
    text = "Article;Fournisseur;Montant TTC\nOrdinateur;UGAP;900\nÉcran;UGAP;150\n"
    with pytest.raises(CannotUse, match="ne contient pas de comptes"):
        read_extract(extract(tmp_path, text))


def test_the_order_of_an_extract_does_not_show(tmp_path: Path) -> None:
    lines = [f"6262;ORANGE SA;{n / 7:.4f}" for n in range(1, 200)]
    first, second = (
        spends(read_extract(extract(tmp_path, "Article;Tiers;Montant TTC\n" + "\n".join(some) + "\n")))
        for some in (lines, lines[::-1])
    )
    assert first == second


# ------------------------------------------------------------------------------------------------------ the figure


def test_what_rests_on_money_is_said_beside_the_total(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    estate_import.import_files([extract(tmp_path)], estate=tmp_path / "parc")
    runs.compute([tmp_path / "parc"], runs.Choices(2025), tmp_path / "run")
    rows = [row for row in reading.rows(tmp_path / "run" / "services.csv") if row["criterion"] == "gwp"]
    first = rows[0]
    assert (first["service"], first["flow"], first["origin"]) == ("UGAP", "spend_it_hardware_eur", "money")
    # Without VAT, at the prices of 2023 (120.50) instead of 2025 (124.43), 0.216 kg a euro.
    assert float(first["value"]) == pytest.approx(98765.43 / 1.2 * 120.50 / 124.43 * 0.216, rel=1e-9)
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, rel=1e-9)
    money = RunSummary(tmp_path / "run", Labels("fr")).money
    assert money and money["names"][0][0] == "UGAP" and money["share"] == pytest.approx(1)
    page = reports.report(tmp_path / "run", tmp_path / "rapport.html").read_text("utf-8").replace("\u00a0", " ")
    assert "100 % du total vient de services dont seule la dépense est connue" in page and "BERGER LEVRAULT" in page
    show_summary(tmp_path / "run")
    shown = capsys.readouterr().out.replace("\u00a0", " ")
    assert "100 % du total repose sur de l’argent, faute de connaître l’usage : UGAP (76 %)" in " ".join(shown.split())
    assert "6 lignes dans l’année" in shown


def test_a_run_that_counts_nothing_says_what_it_misses(tmp_path: Path) -> None:
    (tmp_path / "inventory.csv").write_text("item_id,flow,amount\na,spend_cloud_eur,\n", "utf-8")
    runs.compute([tmp_path / "inventory.csv"], runs.Choices(2025), tmp_path / "run")
    (problem,) = problems_of_empty(tmp_path / "run")
    assert "aucun chiffre" in problem.what and "(1)" in problem.what
