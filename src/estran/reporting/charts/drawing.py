"""A drawing: a Vega-Lite description with its data, drawn as SVG for a page and as PNG for a document.

A description (`descriptions/NAME.json`) is one Vega-Lite 6.4 specification for a wide page (640 px); `usermeta.narrow`
says what a phone changes in it (330 px). In it, a text "$name" stands for a value of the drawing, and every value is a
parameter of that name for its expressions, with `narrow`. See docs/decisions/0031-charts.md.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from estran.reporting.charts.shelf import get
from estran.reporting.charts.slimming import slim

Row = dict[str, Any]
WIDE, NARROW = "wide", "narrow"
WIDTHS = {WIDE: 640, NARROW: 330}  # pixels, the most that a drawing takes
_HERE = Path(__file__).parent
_VERSION = "6.4"  # of Vega-Lite: the default moves with the package
_COLOURS = 48  # of a picture


@dataclass(frozen=True)
class Drawing:
    """What is drawn: its description, what it shows in words, its rows, its values, and other tables by name."""

    name: str
    alt: str
    rows: Sequence[Row] = ()
    values: Row = field(default_factory=dict)
    more: dict[str, Sequence[Row]] = field(default_factory=dict)

    @property
    def variants(self) -> list[str]:
        """The drawings that a page shows, one for each width; a small one fits all."""
        return [WIDE, NARROW] if NARROW in _description(self.name).get("usermeta", {}) else [WIDE]


def svg(drawing: Drawing, variant: str = WIDE, *, patient: bool = False) -> str:
    """The drawing as SVG without script; empty while another process still draws it (`patient` waits longer)."""
    return get(_asked(drawing, variant), "svg", draw_asked, patient=patient).decode()


def png(drawing: Drawing) -> bytes:
    """The wide drawing as a picture of two dots a pixel, on white; empty while another process still draws it."""
    return get(_asked(drawing, WIDE), "png", draw_asked, patient=True)


def png_size(picture: bytes) -> tuple[float, float]:
    """Width and height of a picture that `png` gave, in pixels of the page."""
    return int.from_bytes(picture[16:20], "big") / 2, int.from_bytes(picture[20:24], "big") / 2


@cache
def _description(name: str) -> Row:
    return json.loads((_HERE / "descriptions" / f"{name}.json").read_text("utf-8"))


@cache
def _theme() -> Row:
    return json.loads((_HERE / "theme.json").read_text("utf-8"))


def _asked(drawing: Drawing, variant: str) -> str:
    """All that a drawing depends on, as JSON: the specification with its data, the theme, the most it is wide."""
    description = _description(drawing.name)
    if variant == NARROW:
        description = _changed(description, description["usermeta"][NARROW])
    spec = _filled({name: part for name, part in description.items() if name != "usermeta"}, drawing.values)
    values = drawing.values | {"narrow": variant == NARROW}
    spec["params"] = [{"name": name, "value": value} for name, value in values.items()]
    spec["datasets"] = {"rows": drawing.rows, **drawing.more}
    asked = {"spec": spec, "theme": _theme(), "version": _VERSION, "width": WIDTHS[variant]}
    return json.dumps(asked, ensure_ascii=False, allow_nan=False)


def _changed(whole: Any, change: Any) -> Any:
    """A specification with some of its parts replaced, key by key."""
    if not (isinstance(whole, dict) and isinstance(change, dict)):
        return change
    return whole | {name: _changed(whole.get(name), part) for name, part in change.items()}


def _filled(part: Any, values: Row) -> Any:
    """A part of a specification, each text "$name" replaced by its value."""
    if isinstance(part, dict):
        return {name: _filled(one, values) for name, one in part.items()}
    if isinstance(part, list):
        return [_filled(one, values) for one in part]
    return values[part[1:]] if isinstance(part, str) and part[:1] == "$" and part[1:] in values else part


def draw_asked(text: str, ending: str) -> bytes:
    """Draw what `svg` or `png` asked for: 0.1 s once warm, the first one of a process 1 or 2 s."""
    drawn = _draw_svg(json.loads(text))
    return _picture(drawn) if ending == "png" else drawn.encode()


def warm_up() -> None:
    """Load what draws: 1 or 2 s, once a process."""
    import vl_convert

    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"}, vl_version=_VERSION)


def _draw_svg(asked: Row) -> str:
    import vl_convert

    spec = asked["spec"]
    for _attempt in range(3):  # labels that make the drawing too wide take their place from the plot
        drawn = vl_convert.vegalite_to_svg(spec, vl_version=asked["version"], config=asked["theme"])
        over = math.ceil(float(re.findall(r'width="([\d.]+)"', drawn)[0]) - asked["width"])
        if over <= 0 or not isinstance(spec.get("width"), int):
            break
        spec["width"] -= over
    return slim(drawn, asked["theme"]["font"])


def _picture(drawn: str) -> bytes:
    import vl_convert
    from PIL import Image

    size = re.findall(r'width="[\d.]+" height="[\d.]+"', drawn)[0]
    on_white = drawn.replace(">", f'><rect {size} fill="#fff"/>', 1)
    picture = Image.open(io.BytesIO(vl_convert.svg_to_png(on_white, scale=2))).convert("RGB")
    packed = io.BytesIO()
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()
