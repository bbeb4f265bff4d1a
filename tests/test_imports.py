"""Imports go one way: no circle between files, and each app of the portal imports those before it alone."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest
from django.conf import settings

APPS = ("common", *settings.APPS)  # in their order


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Each module of Estran and those it imports."""
    graph = grimp.build_graph("estran")
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def app_of(module: str) -> str:
    """The app of the portal that a module is in, empty outside the apps."""
    app = module.removeprefix("estran.portal.").partition(".")[0]
    return app if module.startswith("estran.portal.") and app in APPS else ""


def test_no_circle_between_files(imports: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_an_app_of_the_portal_imports_those_before_it_alone(imports: dict[str, set[str]]) -> None:
    back = {
        (module, imported)
        for module, those in imports.items()
        for imported in those
        if app_of(module) and imported.startswith("estran.portal.")
        if app_of(imported) not in APPS[: APPS.index(app_of(module)) + 1]
    }
    assert back == set()


def test_no_view_imports_the_views_of_another_app(imports: dict[str, set[str]]) -> None:
    crossed = {
        (module, imported)
        for module, those in imports.items()
        for imported in those
        if module.endswith("views") and imported.endswith("views") and app_of(imported) != "common"
        if app_of(module) != app_of(imported)
    }
    assert crossed == set()
