"""The shipped catalogue: its figures, the choice among sources, an authority's own tables, and the check itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from estran.catalogue import loading
from estran.catalogue.coverage import coverage_table, lacking, published_figures
from estran.common.problems import CannotUse
from estran.common.shipped import text_rows
from estran.importing.own_tables import load_catalogue

SETS = ["ademe", "ecodiag", "makers", "base_impacts", "resilio", "ademe_2018"]


@pytest.fixture(scope="module")
def shipped() -> loading.Catalogue:
    return loading.load()


def factors(known: loading.Catalogue, flow: str, criterion: str = "gwp") -> dict[str, float]:
    rows = known.factors.to_pylist()
    return {row["stage"]: row["value"] for row in rows if (row["flow"], row["criterion"]) == (flow, criterion)}


def source(known: loading.Catalogue, flow: str, criterion: str = "gwp") -> str | None:
    rows = known.factors.to_pylist()
    return next((row["source"] for row in rows if (row["flow"], row["criterion"]) == (flow, criterion)), None)


def default(known: loading.Catalogue, item_type: str, parameter: str) -> dict[str, Any] | None:
    rows = known.defaults.to_pylist()
    return next((row for row in rows if (row["item_type"], row["parameter"]) == (item_type, parameter)), None)


def mixes(known: loading.Catalogue, zone: str, criterion: str = "gwp") -> dict[int, tuple[float, str]]:
    rows = known.electricity.to_pylist()
    found = [row for row in rows if (row["zone"], row["criterion"]) == (zone, criterion)]
    return {row["year"]: (row["value"], row["source"]) for row in found}


# ------------------------------------------------------------------------------------------- figures checked by hand


def test_ademe_totals_per_device(shipped: loading.Catalogue) -> None:
    """ADEME's digital model 2.2.0, kg CO2 eq for one unit made, carried and discarded."""
    assert factors(shipped, "laptop") == {"manufacturing": 170, "distribution": 12.3, "end_of_life": 2.79}  # 185.09
    assert sum(factors(shipped, "monitor").values()) == pytest.approx(64.6 + 1.29 + 3.95)  # 69.84
    assert sum(factors(shipped, "desktop").values()) == pytest.approx(203 + 1.85 + 6.61)  # 211.46
    assert sum(factors(shipped, "smartphone").values()) == pytest.approx(77 + 2.27 + 0.246)  # 79.516


def test_a_total_without_stages_is_manufacturing_and_the_rest_is_inside_it(shipped: loading.Catalogue) -> None:
    """ADEME's server: 748 kg, "construction", stages not named."""
    assert factors(shipped, "server") == {"manufacturing": 748, "distribution": 0, "end_of_life": 0}


def test_made_and_carried_without_end_of_life_leaves_the_end_of_life_a_gap() -> None:
    """EcoDiag's laptop: 260 kg to the door, nothing on its end of life."""
    assert factors(loading.load(factor_set="ecodiag"), "laptop") == {"manufacturing": 260, "distribution": 0}


def test_the_building_of_a_room_is_spread_over_fifty_years(shipped: loading.Catalogue) -> None:
    """RCP table 29: 2,990 + 47.6 + 50.4 kg per m2, once; per kW the source is already yearly."""
    assert factors(shipped, "room_m2_year") == pytest.approx(
        {"manufacturing": 2990 / 50, "distribution": 47.6 / 50, "end_of_life": 50.4 / 50}
    )
    assert factors(shipped, "room_kw_year") == {"manufacturing": 91, "distribution": 0.969, "end_of_life": 5.09}
    assert factors(shipped, "refrigerant_kg:R513A") == {"use": 785}


def test_french_electricity_by_year(shipped: loading.Catalogue) -> None:
    values = {year: value for year, (value, _source) in mixes(shipped, "FRA").items() if year >= 2020}
    assert values == {2020: 0.0599, 2021: 0.0569, 2022: 0.052, 2023: 0.058, 2024: 0.0519, 2025: 0.0461}


@pytest.mark.parametrize(
    ("zone", "value"),
    [
        ("GLP", 0.702),
        ("GUF", 0.957),
        ("MTQ", 0.84),
        ("MYT", 0.78),
        ("REU", 0.78),
        ("PYF_TAHITI", 0.543),
        ("NCL", 0.628),
    ],
)
def test_electricity_of_overseas_france(shipped: loading.Catalogue, zone: str, value: float) -> None:
    years = mixes(shipped, zone)
    assert years[max(years)][0] == value


def test_uncertainty_read_from_low_and_high() -> None:
    """Makers: (288.087 - 194.822) / 1.349 / 241.739; EcoDiag: (414.596 - 105.404) / 2 / 260, its own 0.5946."""
    cv = {
        name: row["cv"]
        for name in ("makers", "ecodiag")
        for row in loading.load(factor_set=name).factors.to_pylist()
        if (row["flow"], row["stage"], row["criterion"]) == ("laptop", "manufacturing", "gwp")
    }
    assert cv == {"makers": 0.286, "ecodiag": 0.5946}


def test_quality_is_five_for_the_best() -> None:
    """A verified sheet 4, a reviewed generic figure 3, an old or unreviewed one 2, a guess 1 (5: reviewed by RCP)."""
    rows = loading.published_factors()
    graded = {(row["source"], row["flow"]): row["quality"] for row in rows if row["criterion"] == "gwp"}
    assert graded["inr_myimpact_2026", "webcam"] == 4
    assert graded["ademe_acv_numerique_2_2", "laptop"] == 3
    assert graded["ademe_rcp_dc_2025", "room_kw_year"] == 2
    assert graded["ecodiag_2022", "desk_phone_ip"] == 1


# --------------------------------------------------------------------------------------------- choice among sources


@pytest.mark.parametrize("name", SETS)
def test_a_set_never_mixes_two_sources_for_one_flow_and_criterion(name: str) -> None:
    sources: dict[tuple[str, str], set[str]] = {}
    for row in loading.load(factor_set=name).factors.to_pylist():
        sources.setdefault((row["flow"], row["criterion"]), set()).add(row["source"])
    assert {key: found for key, found in sources.items() if len(found) > 1} == {}


def test_own_source_first_then_the_lineage_that_fills_the_hole(shipped: loading.Catalogue) -> None:
    assert source(shipped, "laptop", "gwp") == "ademe_acv_numerique_2_2"
    assert source(shipped, "laptop", "adpe") == "base_impacts_via_boavizta_2_5"
    assert source(shipped, "storage_array") == "resilio_via_evalcarbone_sih_2025"
    assert source(shipped, "workstation") == "boavizta_pcf_2023"
    assert source(shipped, "multifunction_a3") == "ecodiag_2022"
    assert source(loading.load(factor_set="makers"), "laptop") == "boavizta_pcf_2023"


def test_a_small_monitor_does_not_weigh_five_times_a_medium_one(shipped: loading.Catalogue) -> None:
    """Only makers know a 22-inch monitor (326 kg): in ADEME's set the 24-inch one of ADEME (69.84 kg) stands in."""
    assert source(shipped, "monitor_small") is None
    proxy = default(shipped, "monitor_small", "proxy_reference")
    assert proxy is not None
    assert proxy["value"] == "monitor"
    assert factors(loading.load(factor_set="makers"), "monitor_small")["manufacturing"] == 326.013
    assert source(loading.load(factor_set="resilio"), "monitor_small") is None


def test_a_reference_without_manufacturing_does_not_answer() -> None:
    """Resilio's very large monitor has no ADPe of manufacturing (a copy error left out): its other stages go too."""
    assert source(loading.load(factor_set="resilio"), "monitor_very_large", "adpe") is None


def test_a_series_of_electricity_changes_source_once_backwards(shipped: loading.Catalogue) -> None:
    corsica = mixes(shipped, "FRA_COR")
    assert corsica[2012] == (0.583, "arrete_2012_trat1209296a")
    assert {year: source for year, (_value, source) in corsica.items() if year >= 2021} == dict.fromkeys(
        range(2021, 2026), "electricity_maps_via_co2js_0_19"
    )
    assert mixes(loading.load(factor_set="ecodiag"), "FRA")[2000] == (0.084, "ecodiag_2022")
    assert max(mixes(loading.load(factor_set="ecodiag"), "FRA")) == 2000  # its constant holds for every later year


def test_the_set_says_its_own_sources(shipped: loading.Catalogue) -> None:
    assert shipped.own_sources == (
        "ademe_acv_numerique_2_2",
        "ademe_rcp_dc_2025",
        "ademe_impact_co2_2026",
        "base_impacts_via_boavizta_2_5",
    )
    assert loading.load(factor_set="ecodiag").own_sources == ("ecodiag_2022", "ecodiag_2022_models")


def test_an_unknown_set_says_which_exist() -> None:
    with pytest.raises(CannotUse) as refused:
        loading.load(factor_set="ademme")
    assert all(name in refused.value.problems[0].remedy for name in SETS)


# ------------------------------------------------------------------------------------------------- defaults and words


@pytest.mark.parametrize(
    ("item_type", "parameter", "value", "source"),
    [
        ("laptop", "lifetime_years", "5", "ademe_acv_numerique_2_2"),
        ("monitor_large", "lifetime_years", "6", "ademe_arcep_2022_via_g4it"),
        ("smartphone", "lifetime_years", "2.5", "ademe_acv_numerique_2_2"),
        ("laptop", "kwh_per_year", "30", "boavizta_pcf_2023|resilio_via_evalcarbone_sih_2025|ecodiag_2022"),
        ("laptop", "kwh_per_year_household", "29.0175", "ademe_acv_numerique_2_2"),
        ("box_fibre", "kwh_per_year", "70.08", "ademe_acv_numerique_2_2"),
        ("box_adsl", "reference", "internet_box", "estran"),
        ("keyboard", "excluded", "1", "ademe_rcp_si_2024"),
        ("*", "pue", "1.93", "ademe_digital_2025"),
        ("*", "zone", "FRA", "estran"),
        ("*", "persons_per_household", "2.16", "ademe_rcp_si_2024"),
    ],
)
def test_default(shipped: loading.Catalogue, item_type: str, parameter: str, value: str, source: str) -> None:
    row = default(shipped, item_type, parameter)
    assert row is not None
    assert (row["value"], row["source"]) == (value, source)


def test_electricity_of_a_type_is_the_median_of_its_office_sources(shipped: loading.Catalogue) -> None:
    """M7: a desktop by four sources, 90.47, 100, 153.3 and 250: (100 + 153.3) / 2; the range is theirs."""
    row = default(shipped, "desktop", "kwh_per_year")
    assert row is not None
    assert (row["value"], row["low"], row["high"]) == ("126.65", 90.47, 250)
    assert row["source"].split("|")[0] == "boavizta_pcf_2023"


def test_virgin_paper_is_the_figure_of_the_trade_body_and_recycled_paper_like_it(shipped: loading.Catalogue) -> None:
    """Q12: 2.29 kg a ream of 500; the book of 2011 counts in the set of its time alone."""
    assert source(shipped, "paper_sheet_virgin") == source(shipped, "paper_sheet_recycled") == "copacel_2021"
    assert factors(shipped, "paper_sheet_virgin")["manufacturing"] == pytest.approx(2.29 / 500)
    recycled = [row for row in shipped.factors.to_pylist() if row["flow"] == "paper_sheet_recycled"]
    assert all(row["approximate"] for row in recycled)
    assert source(loading.load(factor_set="ademe_2018"), "paper_sheet_virgin") == "terre_vivante_2011"


def test_french_electricity_beyond_carbon_is_of_the_mix_of_2019(shipped: loading.Catalogue) -> None:
    assert mixes(shipped, "FRA", "ir")[2019] == (1.375, "ademe_digital_2025_kwh")
    assert set(mixes(shipped, "FRA", "adpe")) == {2011}


def test_no_household_figure_is_used_at_work(shipped: loading.Catalogue) -> None:
    """What is on 24 hours a day is the same at home and at work; ADEME gives headsets one figure; nothing else."""
    rows = shipped.defaults.to_pylist()
    household = {(row["item_type"], row["value"]) for row in rows if row["parameter"] == "kwh_per_year_household"}
    at_work = {(row["item_type"], row["value"]) for row in rows if row["parameter"] == "kwh_per_year"}
    assert household & at_work == {("internet_box", "70.08"), ("vr_headset", "1.8")}


def test_what_nobody_publishes_stays_a_gap(shipped: loading.Catalogue) -> None:
    assert default(shipped, "ups", "kwh_per_year") is None
    assert default(shipped, "headset", "lifetime_years") is None
    assert default(shipped, "*", "leak_rate") is None
    assert [row for row in shipped.defaults.to_pylist() if row["parameter"] == "mean_total_life_years"] == []
    assert source(shipped, "label_printer") is None


def test_every_zone_name_leads_to_one_zone(shipped: loading.Catalogue) -> None:
    zones: dict[str, set[str]] = {}
    for row in shipped.zones.to_pylist():
        for alias in row["aliases"].split("|"):
            zones.setdefault(alias.casefold(), set()).add(row["zone"])
    assert {alias: found for alias, found in zones.items() if len(found) > 1} == {}
    for alias in ("FR", "France", "fra", "métropole"):
        assert zones[alias.casefold()] == {"FRA"}
    assert (zones["allemagne"], zones["germany"], zones["la réunion"]) == ({"DEU"}, {"DEU"}, {"REU"})


def test_the_mandatory_criteria(shipped: loading.Catalogue) -> None:
    mandatory = {row["code"]: row["unit"] for row in shipped.criteria.to_pylist() if row["mandatory"]}
    assert mandatory == {
        "gwp": "kg CO2 eq",
        "adpe": "kg Sb eq",
        "ap": "mol H+ eq",
        "pm": "disease incidence",
        "ir": "kBq U235 eq",
    }
    assert [row["code"] for row in shipped.criteria.to_pylist() if row["flow_indicator"]] == ["pe"]


def test_classes_of_uncertainty(shipped: loading.Catalogue) -> None:
    """Q1: half-widths of 1, 10 and 20 % at 95 %, over 1.96; Q2: 0.10 to 1.00 by quality."""
    cv = {(row["kind"], row["class"]): row["cv"] for row in shipped.uncertainty.to_pylist()}
    assert cv["row_quality", "low"] == pytest.approx(0.20 / 1.959963984540054)
    assert cv["row_quality", "high"] == pytest.approx(0.01 / 1.959963984540054)
    assert [cv["factor_quality", grade] for grade in "54321"] == [0.1, 0.2, 0.3, 0.5, 1.0]
    assert (cv["electricity", None], cv["factor_default", None]) == (0.1, 0.3)


def test_weights_of_allocation_sum_to_one(shipped: loading.Catalogue) -> None:
    totals: dict[tuple[str, str | None, str], float] = {}
    for row in shipped.allocation_weights.to_pylist():
        key = (row["kind"], row["load"], row["phase"])
        totals[key] = totals.get(key, 0) + row["weight"]
    assert totals == pytest.approx(dict.fromkeys(totals, 1.0))
    assert len(totals) == 8


# ------------------------------------------------------------------------------------------------------------- licences


def test_no_right_of_redistribution_is_lost_or_gained() -> None:
    """As stated by each source; what is not "yes" stays out of open-data dumps of the catalogue."""
    rights = {code: row["redistributable"] for code, row in loading.sources().items()}
    assert {code for code, right in rights.items() if right == "yes"} == {
        "abc_tilt_2026", "ademe_acv_numerique_2_2", "ademe_arcep_2022_via_g4it", "ademe_base_carbone_2018",
        "ademe_base_carbone_2025_04", "ademe_base_carbone_ratios_2025", "ademe_base_empreinte_electricity",
        "ademe_impact_co2_2026", "arrete_2012_trat1209296a", "boavizta_pcf_2023", "boavizta_pcf_history_2022",
        "debian_printers_2025", "device_types_2025", "digital4better_2025", "ecologits_0_11",
        "electricity_maps_via_co2js_0_19", "ember_via_co2js_0_19", "energy_star_2023", "estran", "eurostat_hicp_2026",
        "g4it_2026", "inr_dcd_2026", "inr_onr_2026", "jrc_ef_3_1_via_ecobalyse", "jrc_planetary_boundaries",
        "linuxhw_dmi_2025", "linuxhw_edid_2025", "minumeco_2024", "nosgestesclimat_4_15",
    }  # fmt: skip
    assert {code for code, right in rights.items() if right == "no"} == {"negaoctet_in_g4it", "publicodes_commun_2_1"}
    assert len(rights) == 55


def test_golden_counts(shipped: loading.Catalogue) -> None:
    """A figure added or lost shows here."""
    ours = [row for row in loading.published_factors() if row["source"] != "ecologits_0_11"]
    devices = [row for row in ours if not row["flow"].startswith(("cloud:", "spend_"))]
    # EcoDiag's models, each with what its distribution holds; commuting and own vehicles, after the modes of travel.
    assert len(devices) == 1190 + 2 * 34 + 13 + 4
    assert len(ours) - len(devices) == 3 * 111 + 10  # instances of clouds by criterion, monetary ratios
    assert shipped.item_types.num_rows == 76
    assert shipped.criteria.num_rows == 18
    assert shipped.defaults.num_rows == 237
    assert len(loading.read_table("electricity")) == 1654
    assert len(loading.read_table("excluded")) == 143


# -------------------------------------------------------------------------------------------- an authority's own tables


def write(path: Path, header: str, *rows: str) -> None:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def test_an_overlay_wins_over_the_row_of_the_same_key(tmp_path: Path, shipped: loading.Catalogue) -> None:
    write(
        tmp_path / "factors.csv",
        "flow,stage,criterion,value,cv,quality,source",
        "laptop,manufacturing,gwp,150,,5,acv_du_marche",
        "ups,manufacturing,gwp,300,,4,pep_ecopassport",
    )
    write(tmp_path / "electricity.csv", "zone,year,criterion,value", "FRA,2025,gwp,0.04")
    write(tmp_path / "models.csv", "item_type,model,reference,kwh_per_year", "laptop,Latitude 5440,laptop,16")
    known = load_catalogue(["ademe"], overlay=tmp_path)["ademe"]
    assert factors(known, "laptop") == {"manufacturing": 150, "distribution": 12.3, "end_of_life": 2.79}
    assert factors(known, "ups") == {"manufacturing": 300}
    assert mixes(known, "FRA")[2025][0] == 0.04
    assert mixes(known, "FRA")[2024] == mixes(shipped, "FRA")[2024]
    assert known.models.to_pylist()[0]["kwh_per_year"] == 16
    assert known.sha256 != shipped.sha256


def test_a_policy_lifetime_dated_2023_leaves_the_years_before_it(tmp_path: Path) -> None:
    write(
        tmp_path / "defaults.csv",
        "item_type,parameter,valid_from,value",
        "laptop,lifetime_years,2023,7",
        "monitor,lifetime_years,,8",
    )
    rows = load_catalogue(["ademe"], overlay=tmp_path)["ademe"].defaults.to_pylist()
    lifetimes = {
        (row["item_type"], row["valid_from"]): row["value"] for row in rows if row["parameter"] == "lifetime_years"
    }
    assert (lifetimes["laptop", None], lifetimes["laptop", 2023]) == ("5", "7")
    assert lifetimes["monitor", None] == "8"


def test_a_faulty_overlay_is_refused_with_every_fault(tmp_path: Path) -> None:
    write(tmp_path / "electricity.csv", "zone,year,criterion,value", "FRA,2025,gwp,beaucoup", "FRA,hier,gwp,0.04")
    with pytest.raises(CannotUse) as refused:
        load_catalogue(["ademe"], overlay=tmp_path)["ademe"]
    assert [(problem.line, problem.value) for problem in refused.value.problems] == [(2, "beaucoup"), (3, "hier")]


def test_a_folder_replaces_the_figures_and_keeps_the_words(tmp_path: Path, shipped: loading.Catalogue) -> None:
    write(tmp_path / "factors.csv", "flow,stage,criterion,value,cv", "laptop,manufacturing,gwp,100,0.3")
    write(tmp_path / "defaults.csv", "item_type,parameter,value", "laptop,lifetime_years,4")
    write(tmp_path / "electricity.csv", "zone,year,criterion,value,cv", "FR,2025,gwp,0.05,0.1")
    known = load_catalogue(["ademe"], tmp_path)["ademe"]
    assert known.factors.num_rows == known.defaults.num_rows == known.electricity.num_rows == 1
    assert known.models.num_rows == 0
    assert known.criteria == shipped.criteria
    assert known.factors.schema == shipped.factors.schema
    assert known.defaults.schema == shipped.defaults.schema
    assert (known.edition, known.factor_set) == (tmp_path.name, "")


def test_a_folder_without_its_tables_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "factors.csv", "flow,stage,criterion,value", "laptop,manufacturing,gwp,100")
    with pytest.raises(CannotUse) as refused:
        load_catalogue(["ademe"], tmp_path)["ademe"]
    assert "defaults, electricity" in refused.value.problems[0].what
    with pytest.raises(CannotUse):
        load_catalogue(["ademe"], tmp_path / "absent")


# ------------------------------------------------------------------------------------------------------------- views


def test_coverage_names_the_source_and_the_proxy(shipped: loading.Catalogue) -> None:
    rows = {(row["item_type"], row["criterion"]): row for row in coverage_table(shipped).to_pylist()}
    assert rows["laptop", "gwp"]["source"] == "ademe_acv_numerique_2_2"
    assert (rows["monitor_large", "gwp"]["reference"], rows["monitor_large", "gwp"]["origin"]) == ("monitor", "proxy")
    assert (rows["box_fibre", "gwp"]["reference"], rows["box_fibre", "gwp"]["origin"]) == (
        "internet_box",
        "type_default",
    )
    assert rows["data_gb_fixed", "gwp"]["origin"] == "activity"
    assert ("keyboard", "gwp") not in rows
    assert ("ups", "gwp") not in rows
    computed = {item_type for item_type, criterion in rows if criterion == "gwp" and item_type in TYPES}
    assert len(computed) == 59  # cameras, sensors and room video since the edition of November 2026


def test_what_lacks_is_named_with_its_share_of_a_usual_estate(shipped: loading.Catalogue) -> None:
    """usual_shares.csv: 0.1 for headsets, 0.2 for laptops, both of one sum."""
    rows = coverage_table(shipped).to_pylist()
    missing = {row["item_type"]: row for row in lacking(rows)}
    assert (missing["headset"]["climate"], missing["projector"]["climate"]) == (False, True)
    assert "laptop" not in missing
    assert missing["headset"]["share"] / missing["projector"]["share"] == pytest.approx(0.1 / 0.02)
    assert [row["criterion"] for row in rows if row["item_type"] == "ups"] == [None]


TYPES = {row["code"] for row in text_rows("item_types")}


def test_every_source_side_by_side() -> None:
    rows = published_figures("laptop").to_pylist()
    made = {
        row["source"]: float(row["value"]) for row in rows if (row["what"], row["stage"]) == ("gwp", "manufacturing")
    }
    assert made == {
        "ademe_acv_numerique_2_2": 170,
        "ademe_base_carbone_2018": 134.703,
        "ademe_base_carbone_2025_04": 124.54,
        "base_impacts_via_boavizta_2_5": 181,
        "boavizta_pcf_2023": 241.739,
        "ecodiag_2022": 260,
        "lovehagen_2023": 200,
    }
    assert [row["value"] for row in rows if row["used"] == "excluded" and row["what"] == "lu"] == ["-56"]
    lifetimes = {row["source"]: row["value"] for row in rows if row["what"] == "lifetime_years"}
    assert lifetimes["ademe_acv_numerique_2_2"] == "5"
    assert lifetimes["ecodiag_2022"] == "3"
    used = {row["source"] for row in rows if row["what"] == "lifetime_years" and row["used"] == "default"}
    assert used == {"ademe_acv_numerique_2_2"}
    assert all(row["edition"] and row["unit"] for row in rows if row["used"] != "default")
