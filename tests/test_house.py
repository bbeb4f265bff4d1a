"""The codebase keeps its own rules: short files, no address of a machine, everything documented and translated."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import typer
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import estran
from estran.cli.commands import app

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "estran"
CATALOGUE = PACKAGE / "catalogue"
BINARY = {".png", ".xlsx", ".ods", ".xls", ".parquet", ".pdf"}


def tracked(*suffixes: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [file for file in files if file.is_file() and (not suffixes or file.suffix in suffixes)]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_a_file_of_code_stays_under_500_lines() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines())
        for file in tracked(".py", ".sql")
        if file.parent.name != "migrations"  # written by makemigrations
    }
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_no_path_of_a_machine_and_no_registry_host_in_the_tree() -> None:
    address = re.compile(
        r"/(?:home|root|work|Users)/\w+|(?:pypi|pythonhosted|npmjs|deb\.debian|conda)\.(?:org|com|io)|\blocalhost\b"
    )
    texts = [file for file in tracked() if file.suffix not in BINARY]
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in texts
        for match in address.finditer(file.read_text("utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize("lock", ["base.lock", "dev.lock", "peers.lock"])
def test_a_lock_holds_versions_and_hashes_and_no_address(lock: str) -> None:
    lines = read(f"requirements/{lock}").splitlines()
    entry = re.compile(r"[a-z0-9-]+==[^ /]+( ; [^/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not entry.fullmatch(line)] == []


def test_the_locks_agree() -> None:
    pins = [
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", read(f"requirements/{name}.lock"), re.M)) for name in ("base", "dev")
    ]
    assert pins[0].items() <= pins[1].items()


STEPS = sorted((PACKAGE / "engine" / "methods").rglob("*.sql"))


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.parent.name}/{step.name}")
def test_a_step_of_the_method_reads_the_same_in_duckdb_and_spark(step: Path, dialect: str) -> None:
    text = step.read_text("utf-8")
    assert len(sqlglot.parse(text, read=dialect)) == 1
    assert text.startswith("-- "), "a step says first what it makes, its grain and its units"


def test_every_rule_carried_out_is_explained() -> None:
    explained = set(
        re.findall(r"\*\*([A-Z]\d+)\b", "".join(page.read_text("utf-8") for page in ROOT.glob("docs/methode/*.md")))
    )
    carried_out = {rule for step in STEPS for rule in re.findall(r"\b([A-Z]\d{1,2})\b", first_lines(step))}
    assert carried_out <= explained


def first_lines(step: Path) -> str:
    return "".join(line for line in step.read_text("utf-8").splitlines(keepends=True) if line.startswith("--"))


def test_every_table_of_the_catalogue_is_documented() -> None:
    tables = {path.relative_to(CATALOGUE) for path in tracked(".csv", ".toml") if CATALOGUE in path.parents}
    shown = re.findall(r"^\| `([^`]+)` \|", read("docs/reference/README.md"), re.M)
    assert [str(path) for path in tables if sum(path.match(pattern) for pattern in shown) != 1] == []
    assert [pattern for pattern in shown if not any(path.match(pattern) for path in tables)] == []


def messages_of_the_code() -> Catalog:
    mappings = tomllib.loads(read("pyproject.toml"))["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    catalog = Catalog()
    for _file, _line, message, _comments, context in extract_from_dir(
        str(PACKAGE), methods, keywords={"_": None, "ngettext": (1, 2)}
    ):
        catalog.add(message, context=context)
    return catalog


def test_no_text_is_hidden_in_an_f_string() -> None:
    """Python 3.11 gives what an f-string holds as one token: the text inside would never be gathered."""
    hidden = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in PACKAGE.rglob("*.py")
        for string in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", "ngettext"}
    ]
    assert hidden == []


def test_every_text_has_its_english() -> None:
    with (PACKAGE / "locale/en/LC_MESSAGES/estran.po").open("rb") as file:
        english = read_po(file, locale="en")
    missing = [
        message.id
        for message in messages_of_the_code()
        if message.id and not (english.get(message.id) and all(texts_of(english.get(message.id).string)))
    ]
    assert missing == []


def test_a_translation_keeps_the_places_to_fill() -> None:
    with (PACKAGE / "locale/en/LC_MESSAGES/estran.po").open("rb") as file:
        english = [message for message in read_po(file, locale="en") if message.id]
    place = re.compile(r"\{\w*|%\(\w+\)|%[sd]")
    differ = [
        message.id
        for message in english
        if {field for text in texts_of(message.id) for field in place.findall(text)}
        != {field for text in texts_of(message.string) for field in place.findall(text)}
    ]
    assert differ == []


def texts_of(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_french_texts_have_french_spaces() -> None:
    """A no-break space before : ; ! ? % » and after «; a plain one would let the sign fall on the next line."""
    plain = re.compile(r"\w [:;!?%»](?:\s|$)|« ")
    wrong = [text for message in messages_of_the_code() for text in texts_of(message.id) if plain.search(text)]
    assert wrong == []


def test_the_changelog_speaks_of_this_version() -> None:
    assert re.search(rf"^## \[(Unreleased|{re.escape(estran.__version__)})\]", read("CHANGELOG.md"), re.M)


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))
    named = set(re.findall(r"\bmake ([a-z]+)", read("README.md") + read("CONTRIBUTING.md")))
    assert {"demo", "check"} <= named <= targets


def commands(path: str = "estran", command: Any = None) -> dict[str, set[str]]:
    """Every command of the command line and its options."""
    command = command or typer.main.get_command(app)
    found = {path: {name for option in command.params for name in option.opts} | {"--help", "--lang"}}
    for name, child in getattr(command, "commands", {}).items():
        found |= commands(f"{path} {name}", child)
    return found


def test_every_command_shown_exists() -> None:
    """In the docs and in the messages: the command is there, and so are the options that follow it."""
    pages = {str(page.relative_to(ROOT)): page.read_text("utf-8") for page in tracked(".md")}
    shown = [
        (name, match[0])
        for name, text in pages.items()
        if "decisions" not in name
        for match in re.finditer(r"(?m)(?<=^    )estran [^\n]*|(?<=`)estran [^`]*", text)
    ]
    shown += [
        ("message", match[0])
        for message in messages_of_the_code()
        for text in texts_of(message.id)
        for match in re.finditer(r"(?<=[«“]\s)estran [^»”]*", text)
    ]
    known = commands()
    wrong = []
    for place, line in shown:
        words = line.split()
        length = 3 if " ".join(words[:3]) in known else 2
        command = " ".join(words[:length])
        options = {re.split("[=,]", word)[0] for word in words[length:] if word.startswith("-")}
        if words[1].startswith("-"):
            command, options = "estran", {words[1]}
        if command not in known or not options <= known[command]:
            wrong.append(f"{place}: {line}")
    assert wrong == []


def test_every_link_of_the_docs_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in tracked(".md")
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert broken == []
