"""The picture of the rooms in docs/images/rooms.svg, drawn from the imports themselves."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from html import escape

import grimp
from pages import ROOT

PACKAGE = ROOT / "src" / "estran"
LEFT, TOP, STEP, WIDTH, HEIGHT = 16, 44, 62, 660, 46
TEXT, FAINT, BOX, LINE = "#1d2b36", "#4b5b68", "#eef3f6", "#2f6f8f"


def layers() -> list[str]:
    """The rooms from top to bottom, as the contract of imports names them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return next(contract["layers"] for contract in contracts if contract["type"] == "layers")


def uses() -> Counter[tuple[str, str]]:
    """How many imports lead from each room to another."""
    graph = grimp.build_graph("estran", cache_dir=None)
    counted: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            ends = [[*name.split("."), ""][1] for name in (module, imported)]
            if all(ends) and ends[0] != ends[1]:
                counted[ends[0], ends[1]] += 1
    return counted


def purpose(room: str) -> str:
    """The first sentence of a room's docstring."""
    docstring = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))) or ""
    return docstring.split("\n")[0]


def thickness(count: int) -> float:
    """Of an arc, in three degrees, so that one more import does not redraw the picture."""
    return 1 if count < 10 else 2.5 if count < 50 else 5


def picture() -> str:
    """The rooms from top to bottom, and an arc from each to those it uses: the thicker, the more imports."""
    rooms, counted = layers(), uses()
    middle = {room: TOP + place * STEP + HEIGHT / 2 for place, room in enumerate(rooms)}
    edge = LEFT + WIDTH
    described = "; ".join(
        f"{room} uses {', '.join(lower for lower in rooms if counted[room, lower]) or 'none'}" for room in rooms
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 {TOP + len(rooms) * STEP}" role="img" '
        f'font-family="sans-serif" font-size="13">',
        "<title>The rooms of Estran and the direction of imports</title>",
        f"<desc>{escape(described)}.</desc>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="26" fill="{FAINT}">A room uses only rooms below it; an arc is an import, '
        "thicker where there are more.</text>",
    ]
    for (upper, lower), count in sorted(counted.items()):
        start, end = middle[upper], middle[lower]
        reach = edge + 24 + abs(end - start) * 0.52
        parts.append(
            f'<path d="M{edge} {start:.0f} C{reach:.0f} {start:.0f} {reach:.0f} {end:.0f} {edge} {end:.0f}" '
            f'fill="none" stroke="{LINE}" stroke-opacity="0.55" stroke-width="{thickness(count)}"/>'
        )
    for room, y in middle.items():
        parts += [
            f'<rect x="{LEFT}" y="{y - HEIGHT / 2:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{BOX}"/>',
            f'<text x="{LEFT + 14}" y="{y - 3:.0f}" font-weight="bold" fill="{TEXT}">{room}</text>',
            f'<text x="{LEFT + 14}" y="{y + 15:.0f}" font-size="12" fill="{FAINT}">{escape(purpose(room))}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
