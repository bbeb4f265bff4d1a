"""Instance types that cloud_instances.csv does not list: their size from their name, their figures from it (C7).

cloud_shapes.csv says how a provider names its types after their size; cloud_estimates.csv what a vCPU and a gigabyte of
memory weigh.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from estran.catalogue.loading import Row
from estran.common.shipped import text_rows

PREFIX = "cloud:"


@cache
def known_types() -> frozenset[str]:
    """The flow of every type listed, and its type alone: what `cloud:…` may name without an estimate."""
    rows = text_rows("cloud_instances")
    return frozenset(name for row in rows for name in (row["flow"], PREFIX + row["type"]))


@cache
def size_of(provider: str, type_: str) -> tuple[str, float, float] | None:
    """Provider, vCPU and gigabytes of memory of a type, as its name says them; None when it does not.

    provider: its code (aws, azure, gcp…), or an empty text for any.
    """
    for row in text_rows("cloud_shapes"):
        match = re.fullmatch(row["pattern"], type_) if provider in ("", row["provider"]) else None
        if match is None:
            continue
        written = match.groupdict()
        gb = float(written.get("gb") or row["gb"] or 0)
        if "vcpu" in written:
            vcpu = float(written["vcpu"]) * float(row["times"])
        else:
            vcpu = float(row["vcpu"] or 0) or max(1.0, gb / float(row["gb_per_vcpu"]))
        return row["provider"], vcpu, gb or vcpu * float(row["gb_per_vcpu"])
    return None


def is_countable(flow: str) -> bool:
    """An instance type that has figures, listed or estimated."""
    return flow in known_types() or bool(estimated_types([flow])[0])


def estimated_types(flows: Iterable[str]) -> tuple[list[Row], list[Row]]:
    """Rows of `cloud_instances` and of `factors` for the `cloud:…` flows of an estate that no table lists."""
    estimates = {row["measure"]: row for row in text_rows("cloud_estimates")}
    kwh = estimates.pop("kwh_per_hour")
    instances: dict[str, Row] = {}
    factors: list[Row] = []
    for written in (flow.lower() for flow in flows):
        named, _colon, type_ = written.removeprefix(PREFIX).rpartition(":")
        size = size_of(named, type_) if written.startswith(PREFIX) and written not in known_types() else None
        if size is None or (flow := f"{PREFIX}{size[0]}:{type_}") in instances:
            continue
        provider, vcpu, gb = size
        row = {"flow": flow, "provider": provider, "type": type_, "vcpu": vcpu, "memory_gb": gb}
        instances[flow] = row | {"kwh_per_hour": _weigh(kwh, vcpu, gb), "source": kwh["source"]}
        note = f"estimated from {vcpu:g} vCPU and {gb:g} GB of memory"
        for criterion, one in estimates.items():
            factor = {"flow": flow, "stage": "manufacturing", "criterion": criterion, "unit": one["unit"], "note": note}
            figures = {"value": _weigh(one, vcpu, gb), "cv": float(one["cv"]), "quality": 1, "source": one["source"]}
            factors.append(factor | figures)
    return list(instances.values()), factors


def _weigh(estimate: dict[str, str], vcpu: float, gb: float) -> float:
    return vcpu * float(estimate["per_vcpu"]) + gb * float(estimate["per_gb"])
