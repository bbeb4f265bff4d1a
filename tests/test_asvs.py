"""The table of OWASP ASVS 5.0.0: every requirement of levels 1 and 2, judged; what it names is there."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

ROOT = Path(__file__).parent.parent
STATES = {"tenu", "sans objet", "écart"}


def read(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = read("docs/securite/asvs.csv")


def test_every_requirement_of_levels_1_and_2_has_its_line() -> None:
    asked = [(row["number"], row["level"]) for row in read("tests/data/asvs_levels.csv")]
    assert len(asked) == 253
    assert [(row["number"], row["level"]) for row in ROWS] == asked


def test_each_is_judged_and_what_is_not_met_says_why() -> None:
    assert {row["state"] for row in ROWS} <= STATES
    assert [row["number"] for row in ROWS if row["state"] != "tenu" and not row["reason"]] == []
    assert [row["number"] for row in ROWS if not row["requirement"]] == []


def test_what_is_met_names_where_and_is_shown_by_a_test_or_a_word() -> None:
    met = [row for row in ROWS if row["state"] == "tenu"]
    assert [row["number"] for row in met if not row["where"]] == []
    assert [row["number"] for row in met if not (row["test"] or row["reason"])] == []


def test_files_and_tests_that_it_names_are_there() -> None:
    missing = []
    for row in ROWS:
        missing += [(row["number"], place) for place in row["where"].split() if not (ROOT / place).exists()]
        for named in row["test"].split():
            file, _colons, test = named.partition("::")
            if not (test and (ROOT / file).exists() and f"def {test}(" in (ROOT / file).read_text("utf-8")):
                missing.append((row["number"], named))
    assert missing == []


FORBIDDEN = {
    "eval": "text carried out", "exec": "text carried out", "os.system": "a shell", "os.popen": "a shell",
    "pickle.load": "objects", "pickle.loads": "objects", "marshal.loads": "objects", "shelve.open": "objects",
    "yaml.load": "objects", "hashlib.md5": "a broken hash", "hashlib.sha1": "a broken hash",
    "random.choice": "what can be guessed", "random.random": "what can be guessed",
}  # fmt: skip
BETWEEN_OUR_PROCESSES = ("src/estran/common/bounded.py", "objects")  # what it reads, it wrote
SWITCHES = {("shell", True): "a shell", ("verify", False): "a certificate that nobody checks"}


def test_the_code_calls_nothing_that_carries_out_or_trusts_what_it_is_given() -> None:
    calls = [
        (str(path.relative_to(ROOT)), call)
        for path in sorted((ROOT / "src").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
    ]
    assert len(calls) > 10_000
    wrong = []
    for path, call in calls:
        words = [(word.arg, word.value.value) for word in call.keywords if isinstance(word.value, ast.Constant)]
        reasons = [FORBIDDEN.get(ast.unparse(call.func)), *(SWITCHES.get(word) for word in words)]
        wrong += [(path, call.lineno, why) for why in reasons if why and (path, why) != BETWEEN_OUR_PROCESSES]
    assert wrong == []
