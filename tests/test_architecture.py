"""The page of the architecture stays true: every file it names is there, and its picture is that of the imports."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "estran"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PLACES = ("", "cli", "importing", "engine", "portal", "reporting", "engine/methods/rcp_si", "../../docs", "../..")


def test_every_file_that_the_architecture_names_is_there() -> None:
    named = set(re.findall(r"`([a-z_/.]+\.(?:py|sql|csv|toml)|[a-z_/]+/)`", PAGE)) - {"inputs/", "bilan/inputs/"}
    written_by_a_run = {"rejects.csv", "unmatched.csv", "impacts.csv", "intervals.csv", "glpi.csv"}
    missing = [
        name for name in named - written_by_a_run if not any((PACKAGE / place / name).exists() for place in PLACES)
    ]
    assert len(named) > 30
    assert missing == []


def test_the_picture_of_the_rooms_is_that_of_the_imports() -> None:
    """Stale pages of the reference fail here too: `make docs` writes them all."""
    subprocess.run([sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], check=True, cwd=ROOT)
