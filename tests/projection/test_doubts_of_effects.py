"""What makes the interval of an effect: producers, stand-ins and old electricity, as in a run (Q8 to Q10, D5)."""

from pathlib import Path

import pytest

from projected import DEFAULTS, FACTORS, KEEP_SIX_YEARS, LAPTOPS, Projected, action, laptops


def test_the_factors_of_a_producer_are_wrong_together_in_an_effect_too(tmp_path: Path) -> None:
    # Q8: laptops kept longer, a quarter more monitors; both factors of producer A, cv 20 % and 30 %, half in common.
    monitors = {**laptops()[0], "item_id": "M", "item_type": "monitor", "quantity": 20, "kwh_per_unit": 0}
    more = 'where = { item_type = "monitor" }\nparameter = "quantity"\ntimes = 1.25\nfrom = 2025'
    factors = [row | {"source": "A"} for row in FACTORS]
    done = Projected(tmp_path, [*laptops(), monitors], action("A01", KEEP_SIX_YEARS, more), factors=factors)
    kept, bought = 0.2 * (100 / 6 - 100 / 4) * 185, 0.3 * 20 * 0.25 / 4 * 80
    sd = (0.5 * (kept**2 + bought**2) + 0.5 * (kept + bought) ** 2) ** 0.5
    share = done.effect("A01", "share", "2025")
    assert share - done.effect("A01", "low95", "2025") == pytest.approx(1.959963984540054 * sd, rel=1e-9)


def test_a_mix_that_is_held_is_more_doubtful_each_year(tmp_path: Path) -> None:
    # Q10: cv 10 %, and 3 % a year: in 2027 the mix of 2024, in 2030 that of 2028.
    half = f'{LAPTOPS}parameter = "kwh_per_unit"\ntimes = 0.5\nfrom = 2025'
    done = Projected(tmp_path, laptops(), action("A01", half))
    for year, mix, age in (("2027", 0.046, 3), ("2028", 0.040, 0), ("2030", 0.040, 2)):
        sd = 100 * 15 * mix * (0.1**2 + (0.03 * age) ** 2) ** 0.5
        doubt = done.effect("A01", "share", year) - done.effect("A01", "low95", year)
        assert doubt == pytest.approx(1.959963984540054 * sd, rel=1e-9)


def test_a_stand_in_is_more_doubtful_in_an_effect_too(tmp_path: Path) -> None:
    # Q9: robots take the factor of laptops (cv 20 %), 30 % of doubt more.
    robots = [row | {"item_type": "robot", "kwh_per_unit": 0} for row in laptops()]
    proxy = {"item_type": "robot", "parameter": "proxy_reference", "value": "laptop"}
    keep = KEEP_SIX_YEARS.replace('"laptop"', '"robot"')
    done = Projected(tmp_path, robots, action("A01", keep), defaults=[*DEFAULTS, proxy])
    share = done.effect("A01", "share")
    sd = (0.2**2 + 0.3**2) ** 0.5
    assert done.effect("A01", "low95") == pytest.approx(share * (1 + 1.959963984540054 * sd), rel=1e-9)
