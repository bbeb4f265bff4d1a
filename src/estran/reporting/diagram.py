"""The functional diagram of an information system (F4), as SVG from a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from estran.common.language import colon
from estran.reporting.rendering import templates

if TYPE_CHECKING:
    from markupsafe import Markup

_WIDTH, _GAP, _CHARACTER = 360, 12, 6.4  # pixels


@dataclass(frozen=True)
class Box:
    """One box of a diagram."""

    title: str
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Diagram:
    """Boxes in levels, each level serving the one above: the functional diagram the RCP asks for (F4)."""

    levels: Sequence[Sequence[Box]]

    @property
    def alt(self) -> str:
        """Each box with what it holds."""
        boxes = [box for level in self.levels for box in level]
        return " ".join(f"{colon(box.title, ', '.join(box.lines))}." for box in boxes)

    def draw(self) -> Markup:
        """The diagram as SVG."""
        from markupsafe import Markup

        return Markup(templates().get_template("diagram.svg").render(self._layout()))

    def _layout(self) -> dict[str, Any]:
        boxes: list[dict[str, Any]] = []
        top = 0
        for level in self.levels:
            width = (_WIDTH - _GAP * (len(level) - 1)) / len(level)
            fits = int((width - 16) / _CHARACTER)
            texts = [
                (
                    wrap(box.title, fits - 1),
                    [part for line in box.lines for part in wrap(line, fits, subsequent_indent="  ")],
                )
                for box in level
            ]
            height = max(18 + 16 * (len(titles) + len(lines)) for titles, lines in texts)
            for position, (titles, lines) in enumerate(texts):
                boxes.append({"x": position * (width + _GAP), "y": top, "width": width, "height": height,
                              "titles": titles, "lines": lines, "first": top == 0})  # fmt: skip
            top += height + 26
        return {"boxes": boxes, "width": _WIDTH, "height": top - 26}
