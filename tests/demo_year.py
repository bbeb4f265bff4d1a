"""One year of the demonstration, as the tests of it receive it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoYear:
    """One year of the fictional département: its files as written, and the estate imported from them."""

    year: int
    files: Path
    estate: Path
