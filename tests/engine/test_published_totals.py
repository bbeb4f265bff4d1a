"""What one device weighs under the shipped catalogue: ADEME's published totals (model 2.2), and no other figure.

An item used one year and drawing nothing weighs all that it took to make it, bring it and dispose of it.
"""

import pytest

from estran.engine import runs
from real_run import Run, write

# kg CO2 eq: manufacturing + distribution + end of life.
ADEME = {
    "laptop": 170 + 12.3 + 2.79,
    "desktop": 203 + 1.85 + 6.61,
    "monitor": 64.6 + 1.29 + 3.95,
    "smartphone": 77 + 2.27 + 0.246,
    "tablet": 80.5 + 3.43 + 0.364,
    "tv": 325 + 3.26 + 11.9,
    "projector": 39.2 + 1.32115 + 3.26,
    "usb_key": 5.16 + 0.00424 + 0.0153,
    "external_hdd": 11.5 + 0.113 + 0.287,
    # Data-centre items: the source gives one figure for the three stages.
    "server": 748,
    "switch": 367,
    "router": 41.2,
    "firewall": 355,
}


@pytest.fixture(scope="module")
def one_of_each(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("ademe")
    devices = [
        {"item_id": code, "entity": "DSN", "item_type": code, "quantity": 1, "lifetime_years": 1, "kwh_per_unit": 0}
        for code in ADEME
    ]
    data = [
        {"item_id": flow, "entity": "DSN", "flow": flow, "amount": 1000}
        for flow in ("data_gb_fixed", "data_gb_fixed_without_box", "data_gb_mobile")
    ]
    write(folder / "estate", {"inventory": [*devices, *data]})
    runs.compute([folder / "estate"], runs.Choices(2025), folder / "run")
    return Run(folder / "run")


def test_each_device_weighs_what_ademe_says(one_of_each: Run) -> None:
    found = {code: one_of_each.total("impacts", item_type=code, criterion="gwp") for code in ADEME}
    assert found == pytest.approx(ADEME, rel=1e-9)


def test_a_thousand_gigabytes_weigh_what_ademe_says(one_of_each: Run) -> None:
    # In grams per GB: 9.27 with the subscriber's box, 2.59 without it (N2), 24.7 on a mobile network.
    for flow, kilograms in (
        ("data_gb_fixed", 9.26935),
        ("data_gb_fixed_without_box", 2.59),
        ("data_gb_mobile", 24.6837),
    ):
        assert one_of_each.total("impacts", item_type=flow, criterion="gwp") == pytest.approx(kilograms, rel=1e-9)


def test_no_figure_of_another_lineage_is_in_it(one_of_each: Run) -> None:
    sources = {row["source"] for row in one_of_each.rows("factors", criterion="gwp") if row["flow"] in ADEME}
    assert sources == {"ademe_acv_numerique_2_2"}
