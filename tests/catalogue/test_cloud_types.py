"""Instance types of clouds: those listed, and those whose size only their name says (C7)."""

from __future__ import annotations

import pytest

from estran.catalogue.cloud_types import estimated_types, is_countable, size_of
from estran.common.shipped import text_rows


@pytest.mark.parametrize(
    ("provider", "type_", "vcpu", "gb"),
    [
        ("aws", "m7a.large", 2, 8),
        ("aws", "db.r6g.2xlarge", 8, 64),
        ("aws", "t2.micro", 1, 1),
        ("azure", "standard_d16ads_v5", 16, 64),
        ("azure", "e8s_v4", 8, 64),
        ("gcp", "c3d-highmem-8", 8, 64),
        ("gcp", "n1-standard-8", 8, 30),
        ("ovhcloud", "b2-30", 8, 30),
        ("scaleway", "pop2-32c-128g", 32, 128),
        ("outscale", "tinav5.c4r8p1", 4, 8),
    ],
)
def test_a_name_says_a_size(provider: str, type_: str, vcpu: float, gb: float) -> None:
    assert size_of(provider, type_) == (provider, vcpu, gb)
    assert size_of("", type_) == (provider, vcpu, gb), "no other provider names a type so"


def test_the_rules_say_the_sizes_of_the_types_listed() -> None:
    """Where a rule reads a listed type, it reads the size that the table gives."""
    differ = []
    for row in text_rows("cloud_instances"):
        size = size_of(row["provider"], row["type"])
        if size and (size[1], round(size[2])) != (float(row["vcpu"]), round(float(row["memory_gb"]))):
            differ.append((row["flow"], size, row["vcpu"], row["memory_gb"]))
    assert differ == []


def test_an_estimate_is_so_much_per_vcpu_and_per_gigabyte() -> None:
    instances, factors = estimated_types(["cloud:aws:m7a.large", "cloud:m7a.large", "cloud:aws:m5.large"])
    (row,) = instances
    assert (row["flow"], row["kwh_per_hour"]) == ("cloud:aws:m7a.large", pytest.approx(2 * 0.00262 + 8 * 0.000111))
    assert {factor["criterion"] for factor in factors} == {"gwp", "adpe", "pe"}
    gwp = next(factor for factor in factors if factor["criterion"] == "gwp")
    assert gwp["value"] == pytest.approx(2 * 0.0000823 + 8 * 0.0000337)
    assert (gwp["stage"], gwp["quality"], gwp["cv"]) == ("manufacturing", 1, 0.5)


@pytest.mark.parametrize(
    "flow", ["cloud:aws:p4d.24xlarge", "cloud:scaleway:l4-2-48g", "cloud:inconnu", "storage_tb_year"]
)
def test_a_type_whose_size_is_not_known_has_no_figure(flow: str) -> None:
    assert estimated_types([flow]) == ([], [])
    assert not is_countable(flow)
