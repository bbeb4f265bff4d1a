"""Every app has the same shape, and a template's name says where it lies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from estran import portal

APPS = Path(portal.__file__).parent
ROOTS = [*map(Path, settings.TEMPLATES[0]["DIRS"]), APPS.parent / "reporting" / "templates"]


def test_no_template_name_stands_in_two_roots() -> None:
    names = Counter(path.relative_to(root).as_posix() for root in ROOTS for path in root.rglob("*") if path.is_file())
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize("app", settings.APPS)
def test_an_app_has_models_urls_and_templates_under_its_own_name(app: str) -> None:
    folder = APPS / app
    assert [
        name
        for name in ("models.py", "urls.py", "views.py", "migrations/0001_initial.py")
        if not (folder / name).is_file()
    ] == []
    assert [path.name for path in (folder / "templates").iterdir()] == [app]
    assert [path.name for path in folder.glob("*urls*.py")] == ["urls.py"]
