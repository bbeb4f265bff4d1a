"""The first thirty minutes on the command line: words that help, names as people write them, nothing silent."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer

import reading
from estran.catalogue.codes import code_named, remedy_near
from estran.cli import commands, portal_processes
from estran.cli.display.runs import problems_of_year
from estran.common.problems import CannotUse
from projected import HEAD, action

ANSWERS = Path(commands.__file__).parent / "answers.csv"
GLPI = "Nom;Statut;Fabricant;Type;Modèle;Date d'achat\n"


def estran(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: Any) -> tuple[int, str, str]:
    monkeypatch.setattr(commands, "ARGUMENTS", [str(word) for word in words])
    capfd.readouterr()
    with pytest.raises(SystemExit) as left:
        commands.main()
    out, err = capfd.readouterr()
    return int(left.value.code or 0), out, err


@pytest.mark.parametrize(
    ("words", "what", "remedy"),
    [
        ("shwo", "La commande « shwo » n’existe pas.", "estran show"),
        ("compute parc --yaer 2025", "L’option --yaer n’existe pas.", "--year"),
        ("compute parc --year", "L’option --year attend une valeur.", "--help"),
        ("compute parc -o x", "Il manque l’option --year.", "Année du bilan."),
        ("show un deux", "Mots en trop : deux.", "guillemets"),
        ("catalogue show ordinatteur", "« ordinatteur »", "laptop (Ordinateur portable)"),
    ],
)
def test_a_wrong_call_is_said_in_french_with_what_to_write(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str, what: str, remedy: str
) -> None:
    status, out, err = estran(capfd, monkeypatch, *words.split())
    assert (status, out) == (2, "")
    assert what in err.replace("\u00a0", " ").replace("« ", "« ")
    assert remedy in err
    status, _out, err = estran(capfd, monkeypatch, *words.split(), "--json")
    assert status == 2
    assert {"error", "problems"} == json.loads(err).keys()


def test_codes_and_names_are_the_same_thing() -> None:
    assert code_named("item_type", "ordinateur portable") == "laptop"
    assert code_named("stage", "End of life") == "end_of_life"
    assert code_named("criterion", "Changement climatique") == "gwp"
    assert code_named("entity", "DSI ") == "DSI "
    assert remedy_near("criterion", "climat", ["adpe", "gwp"]).startswith("Le plus proche\u00a0: gwp (Changement")


def test_the_first_hour_of_a_mairie(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Import with a date of 2091 and a label not to count, compute, open, plan without effect, restate: all is said."""
    call = lambda *words: estran(capfd, monkeypatch, *words)  # noqa: E731
    monkeypatch.chdir(tmp_path)
    rows = (
        "P1;En service;HP;Portable;EliteBook 840 G8;2022-03-15\nP2;En service;Dell;Desktop;OptiPlex 3080;2091-01-05\n"
    )
    Path("postes.csv").write_text(f"{GLPI}{rows}P3;En service;;Salle de la mairie;;\n", encoding="utf-8")
    _status, out, _err = call("import", "postes.csv", "-o", "parc", "--overlay", "val")
    assert "5 janvier 2091" in " ".join(out.split())
    (unknown,) = reading.rows(Path("parc/unmatched.csv"))
    assert "ressemble" not in " ".join(unknown.values())
    Path("reponses.csv").write_text(
        "label,manufacturer,model,candidate_1,item_type\nSalle de la mairie,,,,ne pas compter\n", encoding="utf-8"
    )
    assert call("import", "reponses.csv", "-o", "parc", "--overlay", "val")[0] == 0
    assert call("import", "postes.csv", "-o", "parc", "--overlay", "val")[0] == 0
    assert not Path("parc/unmatched.csv").exists()
    status, out, _err = call("compute", "parc", "--year", 2025, "-o", "bilan")
    assert "incomplet" in out
    assert "X1" in Path("bilan/guards.csv").read_text(encoding="utf-8")
    by_code = call("show", "bilan", "--by", "item_type", "--criterion", "gwp", "--json")
    assert by_code == call("show", "bilan", "--by", "item_type", "--criteria", "Changement climatique", "--json")
    assert call("restate", "bilan", "-o", "serie", "--json")[0] == 0
    assert sorted(path.name for path in Path("serie").iterdir() if path.is_dir()) == ["2025"]
    Path("plan.toml").write_text(
        HEAD.replace("2024", "2025")
        + action("A1", 'where = { item_type = "Portable" }\nparameter = "lifetime_years"\nset = 6\nfrom = 2026'),
        encoding="utf-8",
    )
    status, _out, err = call("project", "bilan", "--plan", "plan.toml", "-o", "projection")
    assert status == 1
    assert "n’agit sur rien" in err
    assert "laptop_ultraportable (Portable" in err


def _commands(path: str, command: Any) -> Iterator[tuple[str, set[str]]]:
    """Each command that does something, with its options."""
    if not getattr(command, "commands", None):
        yield path, {option for parameter in command.params for option in parameter.opts}
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(f"{path} {name}".strip(), child)


def test_a_year_to_come_is_said() -> None:
    assert "2035 n’a pas commencé" in problems_of_year(2035, date(2026, 5, 1))[0].what
    assert problems_of_year(2035, date(2035, 5, 1)) == []


def test_the_first_free_port_and_an_account_before_the_portal(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = f"127.0.0.1:{busy.getsockname()[1]}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(portal_processes, "ADDRESS", taken)
            assert portal_processes._free_address() != taken
    with pytest.raises(CannotUse) as refused:
        portal_processes.write_link(tmp_path, ["mairie@exemple.fr"])
    assert "estran serve" in refused.value.problems[0].remedy


def test_every_command_answers_a_machine_with_fields_that_are_described() -> None:
    described = {(row["command"], row["field"]) for row in reading.rows(ANSWERS)}
    leaves = dict(_commands("", typer.main.get_command(commands.app)))
    assert leaves.keys() | {"stderr"} == {command for command, _field in described}
    assert all("--json" in options and "--help" not in options for options in leaves.values())
    asked = subprocess.run(
        [sys.executable, "-m", "estran.cli", "catalogue", "show", "laptop", "--json"], capture_output=True, check=True
    )
    fields = {field for command, field in described if command == "catalogue show"}
    assert {f"[].{name}" for name in json.loads(asked.stdout)[0]} == fields
