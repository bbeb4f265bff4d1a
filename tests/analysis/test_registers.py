"""Registers are read as estates are: what people write becomes values, a faulty row is told and left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estran.analysis import quantities
from estran.common import sql, table_schema, vocabulary
from estran.common.problems import CannotUse
from estran.importing import canonical, parsing


def read(folder: Path, name: str, text: str) -> tuple[list[dict[str, Any]], list[str]]:
    path = folder / f"{name}.csv"
    path.write_text(text, "utf-8")
    table, problems = canonical.read_small_table(path, name)
    return table.to_pylist(), [problem.what for problem in problems]


def test_the_thirteen_registers_have_their_columns_and_no_other_table_has_their_names() -> None:
    assert len(quantities.declared_registers()) == 13
    assert sum(len(table_schema.columns(name)) for name in quantities.declared_registers()) == 181
    assert all(
        column.table == name for name in quantities.declared_registers() for column in table_schema.columns(name)
    )


def test_a_register_takes_french_words_dates_and_numbers(tmp_path: Path) -> None:
    rows, problems = read(
        tmp_path,
        "paper",
        "Mois ou année;Direction ou site;Ramettes achetées;Format;Papier recyclé\n03/2025;DSN;1 250,5;A4;oui\n",
    )
    assert problems == []
    kept = {name: rows[0][name] for name in ("period", "unit_code", "reams", "format", "recycled")}
    assert kept == {"period": "2025-03", "unit_code": "DSN", "reams": 1250.5, "format": "A4", "recycled": True}


def test_every_choice_of_a_register_has_a_french_word_that_reads_back_as_its_code(tmp_path: Path) -> None:
    choices = [
        column
        for name in quantities.declared_registers()
        for column in table_schema.columns(name)
        if column.type == "choice"
    ]
    for column in choices:
        words = vocabulary.choice_labels(f"{column.table}.{column.column}")
        assert tuple(words) == column.choices
        with canonical.connect() as con:
            parsing.create_macros(con)
            for code, word in words.items():
                read = parsing.value_sql(column, sql.quoted(word))
                assert con.execute(f"SELECT {read}").fetchall() == [(code,)]


def test_the_columns_that_name_and_show_a_row_are_columns_of_the_register() -> None:
    for name, row in quantities.declared_registers().items():
        named = {column.column for column in table_schema.columns(name)}
        assert {*(row["key"] or "").split("|"), *(row["shown"] or "").split("|")} - {""} <= named
        assert bool(row["address"]) == bool(row["key"]) == bool(row["shown"])


@pytest.mark.parametrize(
    ("written", "value"), [("2025", "2025"), ("2025-03", "2025-03"), ("3/2025", "2025-03"), ("12-2025", "2025-12")]
)
def test_a_period_is_a_year_or_a_month(tmp_path: Path, written: str, value: str) -> None:
    rows, problems = read(tmp_path, "paper", f"period,unit_code,format,recycled\n{written},DSN,A4,non\n")
    assert problems == []
    assert rows[0]["period"] == value


@pytest.mark.parametrize("written", ["2025-13", "mars", "25", "0/2025"])
def test_what_is_no_period_is_a_fault(tmp_path: Path, written: str) -> None:
    rows, problems = read(tmp_path, "paper", f"period,unit_code,format,recycled\n{written},DSN,A4,non\n")
    assert rows == []
    assert problems == [f"«\u00a0{written}\u00a0» n’est ni une année ni un mois."]


def test_one_name_of_a_choice_has_other_values_in_another_register(tmp_path: Path) -> None:
    """`hosting` of a room is own or third party; of an online service it is own, outsourced, cloud or SaaS."""
    rows, problems = read(
        tmp_path,
        "online_services",
        "service_id,name,audience,is_procedure,rgaa_required,hosting,human_route\n"
        "s1,Portail,public,oui,oui,infogéré,guichet\n"
        "s2,Carte,public,non,oui,tiers,\n",
    )
    assert [(row["hosting"], row["human_route"]) for row in rows] == [("outsourced", "desk")]
    assert problems == ["«\u00a0tiers\u00a0» n’est pas une valeur de «\u00a0Hébergement\u00a0»."]


def test_the_steps_of_a_plan_keep_their_french_names(tmp_path: Path) -> None:
    header = "action_code,status,progress,pilot\n"
    rows, problems = read(tmp_path, "actions_followup", header + "A01,réalisé,1,DSN\nA02,late,0.4,DSN\n")
    assert problems == []
    assert [row["status"] for row in rows] == ["Réalisé", "En retard"]


def test_a_rgesn_count_beyond_the_reference_is_refused(tmp_path: Path) -> None:
    """30 Prioritaires, 29 Recommandés, 19 Modérés: at most 45 + 36.25 + 19 = 100.25 points (legal.md § 5)."""
    most = {column.column: column.maximum for column in table_schema.columns("online_services")}
    p, r, m = (float(most[f"rgesn_appl_{letter}"]) for letter in "prm")
    assert 1.5 * p + 1.25 * r + m == 100.25
    _rows, problems = read(
        tmp_path,
        "online_services",
        "service_id,name,audience,is_procedure,rgaa_required,hosting,rgesn_appl_p\ns1,Portail,public,oui,oui,own,31\n",
    )
    assert problems == ["«\u00a031\u00a0» n’est pas un nombre entre 0 et 30."]


def test_every_register_reads_its_own_codes(tmp_path: Path) -> None:
    """Each column of each register: a value of its type is read back, choices by their code."""
    samples: dict[str, tuple[str, Any]] = {
        "text": ("mot", "mot"),
        "number": ("1", 1.0),
        "integer": ("1", 1),
        "date": ("2025-02-28", date(2025, 2, 28)),
        "boolean": ("non", False),
        "period": ("2025-02", "2025-02"),
    }
    for name in (*quantities.declared_registers(), "typed", "targets"):
        columns = table_schema.columns(name)
        texts, values = [], []
        for column in columns:
            text, value = samples.get(column.type) or (column.choices[-1], column.choices[-1])
            if column.column in ("year", "start_year"):
                text, value = "2025", 2025
            texts.append(text)
            values.append(value)
        rows, problems = read(
            tmp_path, name, ",".join(column.column for column in columns) + "\n" + ",".join(texts) + "\n"
        )
        assert problems == []
        assert list(rows[0].values()) == values


def test_a_folder_without_any_register_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(CannotUse, match="n’a aucun registre"):
        quantities.read_registers(tmp_path)
