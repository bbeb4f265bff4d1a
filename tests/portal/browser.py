"""A browser for the tests: Debian's Chromium, one page at a time, what it fetched and said kept for the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = HERE.parent.parent / "build" / "portal"
GUIDES = HERE.parent.parent / "docs" / "images"
COLOURS = 48  # of a picture of a guide: enough for pages of text, and small
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass
class Visit:
    """What a page made the browser do: addresses fetched and their bytes, and what its console complained of."""

    fetched: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Before another page."""
        self.fetched.clear()
        self.complaints.clear()


def missing() -> str:
    """What the browser tests lack on this machine, empty when nothing."""
    lacks = [name for name, there in (("chromium", CHROMIUM), ("axe-core (make check)", AXE.exists())) if not there]
    return ", ".join(lacks)


def require() -> None:
    """Skip where a browser cannot be had; continuous integration installs one, and fails without."""
    if lacks := missing():
        if os.environ.get("CI"):
            pytest.fail(f"missing: {lacks}")
        pytest.skip(f"missing: {lacks}")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser without window."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def opened(browser: Browser, server: str, client: Any = None, **options: Any) -> Iterator[tuple[Page, Visit]]:
    """A page of a new, empty profile, signed in as this client of Django; what it fetches and says."""
    context = browser.new_context(
        base_url=server, **{"viewport": {"width": 1280, "height": 900}, "locale": "fr-FR"} | options
    )
    if client and "session" in client.cookies:
        context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": server}])
    page, visit = context.new_page(), Visit()
    page.set_default_timeout(15_000)
    page.on("response", lambda answer: visit.fetched.__setitem__(answer.url, weight(answer)))
    page.on("console", lambda said: visit.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield page, visit
    context.close()


def weight(answer: Any) -> int:
    """Bytes of the body of an answer; a redirect has none."""
    return 0 if 300 <= answer.status < 400 else len(answer.body())


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, every rule on: the rule, and where."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page in build/portal, to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def guide(page: Page, name: str, height: int | None = None) -> None:
    """Keep a picture for the guides, down to a height of the page, when they are being made again (`make pictures`)."""
    if not os.environ.get("ESTRAN_PICTURES"):
        return
    from PIL import Image

    path, whole = GUIDES / f"{name}.png", page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": whole[0], "height": min(height or whole[1], whole[1])}
    page.screenshot(path=path, full_page=True, clip=clip)  # type: ignore[arg-type]
    with Image.open(path) as taken:
        taken.convert("RGB").quantize(COLOURS).save(path, optimize=True)
