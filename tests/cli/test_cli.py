"""The command line as people and scripts use it: commands, statuses, words on the right stream, wrong files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from babel.messages.pofile import read_po

import reading
from estran.cli import commands
from estran.common import language
from estran.common.language import ngettext, use_language

ESTATE = Path(__file__).parents[1] / "golden" / "estates" / "estate-40"


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    status: int
    out: str
    err: str


Estran = Callable[..., Answer]


@pytest.fixture
def estran(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Estran:
    """Run a command in this process; an exception that is not an exit fails the test."""

    def run(*arguments: Any) -> Answer:
        monkeypatch.setattr(commands, "ARGUMENTS", [str(argument) for argument in arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            commands.main()
        out, err = capfd.readouterr()
        return Answer(left.value.code or 0, out, err)  # type: ignore[arg-type]

    return run


def process(*arguments: Any, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    words = [sys.executable, "-m", "estran.cli", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", env={**os.environ, **environment})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the small messy estate."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    created = process("compute", ESTATE, "--catalogue", ESTATE, "--year", 2025, "-o", folder)
    assert created.returncode == 1, created.stderr
    return folder


def clean_estate(folder: Path) -> Path:
    folder.mkdir()
    (folder / "inventory.csv").write_text("item_type,quantity,zone\nlaptop,10,FR\n", encoding="utf-8")
    return folder


# --------------------------------------------------------------------------------------------------------- contract

COMMANDS = {
    "import": "--format --entity -o --overlay",
    "compute": "--year -o --factors --catalogue --overlay --method --view --perimeter --detail --json",
    "show": "--by --criterion --json",
    "explain": "--entity --item-type --stage --family --part --criterion --json",
    "report": "-o --series",
    "rerun": "",
    "restate": "--factors --catalogue --overlay --marks -o --json",
    "baseline": "-o --decision --date --number",
    "compare": "--criterion -o --json",
    "export ghg": "-o",
    "demo": "",
    "serve": "--data --address --background --stop",
    "catalogue check": "",
    "catalogue coverage": "",
    "catalogue show": "",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_options_and_its_help(estran: Estran, name: str) -> None:
    command: Any = typer.main.get_command(commands.app)
    for word in name.split():
        command = command.commands[word]
    assert set(COMMANDS[name].split()) <= {option for parameter in command.params for option in parameter.opts}
    reply = estran(*name.split(), "--help")
    assert reply.status == 0
    assert command.help.splitlines()[0] in reply.out


def test_the_version_and_the_help(estran: Estran) -> None:
    assert re.fullmatch(r"estran \d+\.\d+\.\d+\n", estran("--version").out)
    assert "Calculer l’empreinte d’un parc pour une année." in estran("--help").out


def test_the_help_waits_for_no_heavy_library() -> None:
    heavy = [
        "django",
        "duckdb",
        "pyarrow",
        "weasyprint",
        "jinja2",
        "babel",
        "ecologits",
        "rapidfuzz",
        "python_calamine",
        "rich",
    ]
    code = f"import sys, estran.cli.commands; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"


# --------------------------------------------------------------------------------------------------------- statuses


def test_done_is_0_and_says_so_on_stdout(estran: Estran, tmp_path: Path) -> None:
    reply = estran("compute", clean_estate(tmp_path / "parc"), "--year", 2025, "-o", tmp_path / "run")
    assert (reply.status, reply.err) == (0, "")
    assert reply.out.startswith("Empreinte 2025 — ")


def test_rows_left_out_are_1_with_their_count_on_stderr(estran: Estran, tmp_path: Path) -> None:
    folder = clean_estate(tmp_path / "parc")
    with (folder / "inventory.csv").open("a", encoding="utf-8") as file:
        file.write("laptop,-3,FR\nlaptop,douze,FR\n")
    reply = estran("compute", folder, "--year", 2025, "-o", tmp_path / "run")
    assert reply.status == 1
    assert "inventory.csv, ligne 3, Quantité" in reply.err
    assert "inventory.csv, ligne 4, Quantité" in reply.err
    assert reply.err.endswith("2 lignes rejetées ou mises de côté\n")
    assert runs_of(tmp_path) == ["run"]


def test_an_import_accounts_for_every_row_of_every_file(estran: Estran, tmp_path: Path) -> None:
    """A row rejected or set aside, or a file that cannot be used among others, is status 1."""
    header = "provider,model,requests,output_tokens_per_request\n"
    (tmp_path / "ia.csv").write_text(header + "OpenAI,gpt-4o,10,200\nOpenAI,gpt-4o,abc,200\n", encoding="utf-8")
    (tmp_path / "pc.csv").write_text("Type;Nombre\nPortable;3\nTotal;3\n", encoding="utf-8")
    (tmp_path / "photo.csv").write_bytes(b"\xff\xd8\xff\xe0 photo")
    reply = estran("import", tmp_path / "ia.csv", "-o", tmp_path / "ia")
    assert (reply.status, "2 lignes\u00a0: lues 1, rejetées 1, mises de côté 0" in reply.out) == (1, True)
    reply = estran("import", tmp_path / "pc.csv", "-o", tmp_path / "pc", "--json")
    (file,) = json.loads(reply.out)["files"]
    assert (file["read"], file["rows"], file["rejected"], file["set_aside"]) == (2, 1, 0, 1)
    assert (reply.status, json.loads(reply.err)) == (1, {"left_out": 1, "unread": []})
    (tmp_path / "sain.csv").write_text("Type;Nombre\nPortable;3\n", encoding="utf-8")
    reply = estran("import", tmp_path / "sain.csv", tmp_path / "photo.csv", "-o", tmp_path / "sain")
    assert reply.status == 1
    assert reply.err.endswith("Fichiers qui n’ont pas pu être lus\u00a0: photo.csv\n")


@pytest.mark.parametrize(
    ("arguments", "said_of_it"),
    [
        (["compute", "nowhere", "--year", "2025", "-o", "x"], "«\u00a0nowhere\u00a0» n’existe pas."),
        (["compute", ESTATE, "--year", "1812", "-o", "x"], "L’année 1812 n’est pas possible."),
        (["compute", ESTATE, "--year", "2025", "-o", "x", "--method", "wenr"], "La méthode «\u00a0wenr\u00a0»"),
        (["compute", ESTATE, "--year", "2025", "-o", "x", "--factors", "mine"], "«\u00a0mine\u00a0»"),
        (["compute", ESTATE, "--year", "2025", "-o", "x", "--criteria", "mood"], "Critère inconnu\u00a0: mood."),
        (["compute", ESTATE, "--year", "2025", "-o", "x", "--perimeter", "none.toml"], "Le fichier de périmètre"),
        (["show", "nowhere"], "«\u00a0nowhere\u00a0» n’est pas un dossier de calcul."),
        (["explain", "nowhere"], "n’est pas un dossier de calcul."),
        (["rerun", "nowhere"], "n’est pas un dossier de calcul."),
        (["report", "nowhere", "-o", "x.html"], "n’est pas un dossier de calcul."),
        (["catalogue", "show", "abacus"], "Le catalogue n’a aucune valeur pour «\u00a0abacus\u00a0»."),
        (["import", "nowhere.csv", "-o", "x"], "nowhere.csv"),
    ],
    ids=lambda value: " ".join(map(str, value[:2])) if isinstance(value, list) else "",
)
def test_what_cannot_be_used_is_2_with_a_remedy_and_nothing_is_written(
    estran: Estran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[Any], said_of_it: str
) -> None:
    monkeypatch.chdir(tmp_path)
    reply = estran(*arguments)
    assert (reply.status, reply.out) == (2, "")
    assert said_of_it in reply.err
    assert re.search(r"^  → .+\.$", reply.err, re.M)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["compute", "--turbo"], ["fly"], ["show"], ["compute", "x", "-o", "y"]])
def test_a_wrong_call_is_2(estran: Estran, arguments: list[str]) -> None:
    reply = estran(*arguments)
    assert (reply.status, reply.out) == (2, "")
    assert "Traceback" not in reply.err


def test_a_reader_who_closes_the_pipe_ends_the_command_quietly() -> None:
    words = [sys.executable, "-m", "estran.cli", "catalogue", "coverage"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout and child.stderr
        child.stdout.close()
        assert child.stderr.read() == b""


def runs_of(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/run.json"))


# -------------------------------------------------------------------------------------------------------- languages


@pytest.mark.parametrize(
    ("language", "reply"),
    [("fr", ["0 ligne", "1 ligne", "2 lignes"]), ("en", ["0 rows", "1 row", "2 rows"])],
)
def test_none_is_singular_in_french_and_plural_in_english(language: str, reply: list[str]) -> None:
    use_language(language)
    assert [ngettext("{n} ligne", "{n} lignes", n).format(n=n) for n in range(3)] == reply


def test_the_translations_are_those_of_the_file() -> None:
    """Read here without a library, and by the one that writes the file."""
    with language.ENGLISH.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    singulars = [message.id if isinstance(message.id, str) else message.id[0] for message in messages]
    texts = [(message.string,) if isinstance(message.string, str) else tuple(message.string) for message in messages]
    assert len(messages) > 1000
    assert language.read_translations() == dict(zip(singulars, texts, strict=True))


def test_english_is_asked_for_anywhere(run: Path) -> None:
    asked = (
        process("--lang", "en", "show", run),
        process("show", "--lang=en", run),
        process("show", run, "--lang", "en"),
        process("show", run, LANG="en_GB.UTF-8", LANGUAGE="", LC_ALL=""),
    )
    texts = {answer.stdout for answer in asked}
    assert len(texts) == 1
    assert texts.pop().startswith("Climate change, 2025\n")
    assert process("show", run, "--lang", "fr", LANG="en_GB.UTF-8").stdout.startswith("Changement climatique, 2025\n")
    assert "“nowhere” is not the folder of a run." in process("show", "nowhere", "--lang", "en").stderr


# ------------------------------------------------------------------------------------------------- show and explain


def test_summaries_for_machines_are_json_alone(estran: Estran, run: Path, tmp_path: Path) -> None:
    folder = clean_estate(tmp_path / "parc")
    computed = json.loads(estran("compute", folder, "--year", 2025, "-o", tmp_path / "run", "--json").out)
    assert (computed["rows"], computed["quantity"], computed["rejected"]) == (1, 10.0, 0)
    imported = json.loads(estran("import", folder / "inventory.csv", "-o", tmp_path / "estate", "--json").out)
    assert (imported["rows"], imported["rejected"], imported["files"][0]["format"]) == (1, 0, "canonical")
    by_stage = json.loads(estran("show", run, "--by", "stage", "--json").out)
    assert {row["stage"]: row["value"] for row in by_stage} == pytest.approx(
        {stage: value for (stage,), value in climate(run, "stage").items()}, rel=1e-9
    )
    opened = json.loads(estran("explain", run, "--item-type", "laptop", "--json").out)
    assert opened["value"] == pytest.approx(climate(run, "item_type")[("laptop",)], rel=1e-9)
    sources = json.loads(estran("catalogue", "coverage", "--json").out)
    assert {"item_type", "criterion", "source", "origin"} <= sources[0].keys()
    figures = json.loads(estran("catalogue", "show", "laptop", "--json").out)
    assert {row["stage"] for row in figures} >= {"manufacturing", "distribution", "end_of_life"}


def climate(run: Path, *keys: str) -> dict[tuple[str, ...], float]:
    return reading.sums((row for row in reading.rows(run / "impacts.csv") if row["criterion"] == "gwp"), keys)


def test_show_has_bars_shares_and_a_scaled_unit(estran: Estran, run: Path) -> None:
    lines = estran("show", run, "--by", "item_type").out.splitlines()
    assert lines[0].strip() == "Changement climatique, 2025"
    assert lines[1].split() == ["Type", "t", "CO₂", "éq", "%"]
    kinds = len(climate(run, "item_type"))
    shares = [re.search(r"(<?\d+(?:,\d+)?)[\u00a0\u202f]%\s+(█*)\s*$", line) for line in lines[2 : 2 + kinds]]
    assert all(shares)
    bars = [len(outcome[2]) for outcome in shares if outcome]
    assert bars[0] == 24
    assert bars == sorted(bars, reverse=True)


def number(text: str) -> float:
    """The number at the start of a text, as French writes it."""
    digits = re.match(r"[\d\u00a0\u202f]+(,\d+)?", text)
    assert digits, text
    return float(re.sub(r"[\u00a0\u202f]", "", digits[0]).replace(",", "."))


def test_explain_shows_products_that_multiply_and_add_up(estran: Estran, run: Path) -> None:
    text = estran("explain", run, "--item-type", "laptop", "--entity", "Direction C").out
    products = re.findall(r"^    (.+?) × ([^×÷]+?) = (.+éq)$", text, re.M)

    assert len(products) == 7  # three embodied stages of two references, and the electricity of both
    for amount, factor, value in products:
        assert number(amount) * number(factor) == pytest.approx(number(value), rel=1e-9)
    exact = re.search(r"Valeur exacte\u00a0: (.+)", text)
    assert exact
    total = sum(number(value) for _amount, _factor, value in products)
    assert total == pytest.approx(number(exact[1]), rel=1e-9)
    assert total == pytest.approx(climate(run, "item_type", "entity")["laptop", "Direction C"], rel=1e-9)
    assert "(A1)" in text and "(M2)" in text


def test_explain_says_what_exists_when_asked_for_what_does_not(estran: Estran, run: Path) -> None:
    reply = estran("explain", run, "--item-type", "abacus")
    assert reply.status == 2
    assert "Aucun chiffre pour\u00a0: abacus" in reply.err
    assert "laptop" in reply.err


def test_rerun_says_which_file_was_touched(estran: Estran, run: Path, tmp_path: Path) -> None:
    assert estran("rerun", run).status == 0
    copied = shutil.copytree(run, tmp_path / "run")
    (copied / "impacts.csv").write_text("view\n", encoding="utf-8")
    reply = estran("rerun", copied)
    assert (reply.status, reply.out) == (1, "")
    assert "impacts.csv" in reply.err


# ------------------------------------------------------------------------------------------------------ wrong files


def table(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def bomb() -> bytes:
    """A workbook of half a megabyte that unpacks to 600 MB."""
    packed, zeros = io.BytesIO(), b"0" * (1 << 24)
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as entry,
    ):
        for _n in range(36):
            entry.write(zeros)
    return packed.getvalue()


WRONG: dict[str, Callable[[], bytes]] = {
    "empty": bytes,
    "binary": lambda: bytes(range(256)) * 64,
    "picture": lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200),
    "Breton header": lambda: table("seurt;niver;deiziad", "urzhiataer;3;2023-01-01"),
    "300 columns": lambda: table(";".join(f"colonne {n}" for n in range(300)), ";".join("1" for _n in range(300))),
    "one long line": lambda: b"x" * 9_000_000,
    "negative quantity": lambda: table("item_type;quantity", "laptop;-5"),
    "date of 1899": lambda: table("item_type;quantity;purchase_date", "laptop;1;1899-12-31"),
    "zip bomb": bomb,
}


@pytest.mark.parametrize(
    "wrong", [pytest.param(one, marks=pytest.mark.slow if one == "zip bomb" else ()) for one in WRONG]
)
@pytest.mark.parametrize("command", ["import", "compute"])
def test_a_wrong_file_has_its_place_and_its_remedy(estran: Estran, tmp_path: Path, command: str, wrong: str) -> None:
    file = tmp_path / ("parc.xlsx" if wrong == "zip bomb" else "parc.csv")
    file.write_bytes(WRONG[wrong]())
    arguments = ["--year", "2025", "--catalogue", str(ESTATE)] if command == "compute" else []
    reply = estran(command, file, "-o", tmp_path / "result", *arguments)
    assert reply.status in (1, 2)
    assert file.name in reply.err
    assert re.search(r"^  → .+[.:]$", reply.err, re.M)
    if reply.status == 2:
        assert not (tmp_path / "result").exists()
    else:
        assert "ligne 2" in reply.err


def test_the_good_rows_of_a_faulty_file_are_imported_and_the_others_can_be_corrected(
    estran: Estran, tmp_path: Path
) -> None:
    (tmp_path / "parc.csv").write_bytes(table("item_type;quantity", "laptop;5", "laptop;-5", "laptop;2"))
    reply = estran("import", tmp_path / "parc.csv", "-o", tmp_path / "estate")
    assert reply.status == 1
    assert "parc.csv, ligne 3" in reply.err
    assert [row["quantity"] for row in reading.rows(tmp_path / "estate" / "inventory.csv")] == ["5.0", "2.0"]
    with (tmp_path / "estate" / "rejects.csv").open(encoding="utf-8", newline="") as file:
        header, reject = list(csv.reader(file))
    assert (reject[header.index("line")], reject[header.index("value")]) == ("3", "-5")
