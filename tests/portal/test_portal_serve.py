"""`estran serve` as an authority runs it: pages, compressed style, one start after another."""

from __future__ import annotations

import gzip
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import free_address

from estran.cli import portal_processes
from estran.common.problems import CannotUse


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder served by processes of their own, on SQLite; whatever serves it is stopped in the end."""
    for name in [name for name in os.environ if name.startswith("ESTRAN_")]:
        monkeypatch.delenv(name)
    yield tmp_path / "portail"
    portal_processes.stop_portal(tmp_path / "portail")


@pytest.mark.served
def test_it_answers_with_a_compressed_style_sheet_then_stops(data: Path) -> None:
    address = free_address()
    portal_processes.serve_portal(data, address, background=True)
    with urllib.request.urlopen(f"http://{address}/connexion/") as answer:
        page = answer.read().decode()
        assert answer.headers["Cache-Control"] and "default-src 'none'" in answer.headers["Content-Security-Policy"]
    style = re.search(r'href="(/static/portal\.[0-9a-f]{12}\.css)"', page)
    assert style, "the name of the style sheet changes with its content"
    request = urllib.request.Request(f"http://{address}{style[1]}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert "immutable" in answer.headers["Cache-Control"] and answer.headers["Content-Encoding"] == "gzip"
        assert len(gzip.decompress(answer.read())) < 12_000
    assert [path for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077] == []
    with pytest.raises(CannotUse, match="déjà prise"):
        portal_processes.serve_portal(data.parent / "autre", address, background=True)
    portal_processes.stop_portal(data)
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://{address}/sante/", timeout=2)


@pytest.mark.parametrize("address", ["8000", "127.0.0.1:", "portail"])
def test_what_is_not_an_address_is_refused(data: Path, address: str) -> None:
    with pytest.raises(CannotUse, match="n’est pas une adresse"):
        portal_processes.serve_portal(data, address, background=False)
