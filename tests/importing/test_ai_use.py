"""Use of generative AI: tokens by model, factors computed by EcoLogits with their ranges, and nothing counted as 0."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import pytest

from estran.importing.services.activities import ServicesRead, read_services

FORMAT = Path(__file__).parents[2] / "src" / "estran" / "catalogue" / "imports" / "ai_use.toml"


def ai(folder: Path, *lines: str) -> ServicesRead:
    path = folder / "ia.csv"
    path.write_text(
        "\n".join(["entity,service,provider,model,zone,requests,output_tokens_per_request", *lines]), "utf-8"
    )
    return read_services(path, tomllib.loads(FORMAT.read_text("utf-8")))


def amounts(read: ServicesRead, *keys: str) -> dict[tuple[str, ...], float]:
    return {tuple(row[key] for key in keys): row["amount"] for row in read.rows.to_pylist()}


def factors(read: ServicesRead) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(row["flow"], row["stage"], row["criterion"]): row for row in read.factors.to_pylist()}


def test_factors_agree_with_the_figures_noted_from_ecologits(tmp_path: Path) -> None:
    # One request of 1,000 output tokens for each model and zone, as in the check table.
    with (Path(__file__).parents[1] / "data" / "ecologits_0_11.csv").open(encoding="utf-8") as file:
        checks = list(csv.DictReader(file))
    uses = sorted({(check["provider"], check["model"], check["zone"]) for check in checks})
    read = ai(tmp_path, *[f"DSI,,{provider},{model},{zone},1,1000" for provider, model, zone in uses])
    found = factors(read)
    assert len(found) == len(checks) == 72
    for check in checks:
        row = found[f"ai:{check['provider']}/{check['model']}:{check['zone']}", check["stage"], check["criterion"]]
        for name in ("value", "low", "high"):
            assert row[name] == pytest.approx(float(check[name]), rel=1e-5)
        assert (row["source"], row["quality"]) == ("ecologits_0_11", 2)


def test_amounts_are_thousands_of_output_tokens(tmp_path: Path) -> None:
    # 40,000 requests × 350 tokens = 14,000 thousand tokens.
    read = ai(
        tmp_path, "DSI,assistant,OpenAI,gpt-5,France,40000,350", "DRH,,Mistral AI,mistral-large-latest,FR,10,1000"
    )
    assert amounts(read, "entity", "service", "flow", "zone") == {
        ("DSI", "assistant", "ai:openai/gpt-5:FRA", "FRA"): 14000,
        ("DRH", "mistral-large-latest", "ai:mistralai/mistral-large-latest:FRA", "FRA"): 10,
    }


def test_short_and_long_requests_keep_their_exact_sum(tmp_path: Path) -> None:
    # A request has a fixed part: 100 requests of 50 tokens weigh more than 5 of 1,000. The flow's factor, at the mean
    # length, times its amount, is the sum of both uses computed apart.
    uses = ["DSI,a,openai,gpt-5,FRA,100,50", "DSI,b,openai,gpt-5,FRA,5,1000"]
    flow = ("ai:openai/gpt-5:FRA", "manufacturing", "gwp")
    apart = [ai(tmp_path, use) for use in uses]
    sums = [factors(read)[flow]["value"] * read.rows["amount"][0].as_py() for read in apart]
    assert sums[0] > sums[1]
    both = ai(tmp_path, *uses)
    assert factors(both)[flow]["value"] * sum(both.rows["amount"].to_pylist()) == pytest.approx(sum(sums), rel=1e-9)


def test_the_range_of_ecologits_adds_to_the_quality_of_the_method(tmp_path: Path) -> None:
    # Quality 2: cv 0.50 (Q2). gpt-5 in use: 5.72756e-5 to 8.44588e-5 around 7.08672e-5, read as 95 %:
    # 2.71832e-5 / (2 × 1.96 × 7.08672e-5) = 0.09785. Together √(0.5² + 0.09785²) = 0.50948.
    found = factors(ai(tmp_path, "DSI,,openai,gpt-5,FRA,1,1000"))
    assert found["ai:openai/gpt-5:FRA", "use", "gwp"]["cv"] == pytest.approx(0.50948, abs=1e-4)
    # No range on equipment: cv empty, and the quality speaks.
    assert found["ai:openai/gpt-5:FRA", "manufacturing", "gwp"]["cv"] is None


def test_an_unknown_model_is_a_row_without_factor_and_has_candidates(tmp_path: Path) -> None:
    read = ai(tmp_path, "DSI,,openai,gpt-5-maxi,FRA,10,100")
    assert amounts(read, "flow") == {("ai:openai/gpt-5-maxi:FRA",): 1}
    assert read.factors.num_rows == 0
    (note,) = read.notes
    assert "openai/gpt-5-maxi" in note and "openai/gpt-5-mini," in note


def test_an_unknown_provider_gets_candidates_from_all(tmp_path: Path) -> None:
    read = ai(tmp_path, "DSI,,Azure OpenAI,gpt-4o,FRA,10,100")
    assert read.factors.num_rows == 0
    assert "openai/gpt-4o" in read.notes[0]


def test_a_zone_left_empty_is_that_of_the_provider_and_is_told(tmp_path: Path) -> None:
    read = ai(tmp_path, "DSI,,mistralai,mistral-large-latest,,10,100")
    assert amounts(read, "flow") == {("ai:mistralai/mistral-large-latest:SWE",): 1}
    assert any("SWE" in note for note in read.notes)


def test_a_zone_ecologits_does_not_know_is_a_gap(tmp_path: Path) -> None:
    read = ai(tmp_path, "DSI,,openai,gpt-5,EUROPE,10,100")
    assert amounts(read, "flow") == {("ai:openai/gpt-5:EUROPE",): 1}
    assert read.factors.num_rows == 0
    assert any("EUROPE" in note for note in read.notes)


def test_primary_energy_and_water_of_ecologits_are_left_and_told(tmp_path: Path) -> None:
    read = ai(tmp_path, "DSI,,openai,gpt-5,FRA,10,100")
    assert set(read.factors["criterion"].to_pylist()) == {"gwp", "adpe"}
    assert any("énergie primaire" in note for note in read.notes)


def test_no_request_makes_no_factor_and_a_fault_rejects_its_row(tmp_path: Path) -> None:
    read = ai(tmp_path, "DSI,,openai,gpt-5,FRA,0,100", "DSI,,openai,gpt-4o,FRA,-3,100", "DSI,,openai,gpt-4o,FRA,,100")
    assert amounts(read, "flow") == {("ai:openai/gpt-5:FRA",): 0}
    assert read.factors.num_rows == 0
    assert (read.read, read.rejected, {problem.line for problem in read.problems}) == (3, 2, {3, 4})


def test_ecologits_waits_until_it_is_needed() -> None:
    import subprocess
    import sys

    code = (
        "import sys, estran.importing.services.activities; print({'ecologits', 'duckdb', 'pyarrow'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "set()"
