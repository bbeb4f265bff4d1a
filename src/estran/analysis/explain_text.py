"""An explained figure as plain text, the same on the command line and in the portal (templates/explanation.txt)."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from estran.analysis.explain import TOP, Explanation
from estran.catalogue import labels
from estran.common import formatting
from estran.common.language import _

if TYPE_CHECKING:
    from jinja2 import Template

    from estran.importing.recognition.known_models import KnownModel

PRODUCTS = 3 * TOP  # those shown, the heaviest


def explanation_text(explanation: Explanation, lang: str = "fr") -> str:
    """The explanation, one block per question: value, calculation, assumptions, rows, declared, gaps, other factors."""
    known, unit = labels.Labels(lang), formatting.unit_text(explanation.unit, lang)

    def exact(value: float | None) -> str:
        return "–" if value is None else formatting.number(value, lang, 12)

    text = _template().render(
        explanation=explanation,
        most_products=PRODUCTS,
        label=known.label,
        source_label=known.source_label,
        gap_label=lambda what: known.describe_gap(what)["label"],
        flow_unit=lambda flow: known.describe_flow(flow)["unit"],
        quantity=lambda value: formatting.quantity(value, explanation.unit, lang),
        percent=partial(formatting.percent, lang=lang),
        count=partial(formatting.count, lang=lang),
        number=partial(formatting.number, lang=lang, digits=4),
        exact=exact,
        with_unit=lambda value: f"{exact(value)} {unit}",
        published=partial(_published, lang=lang),
    )
    return text.rstrip()


def _published(model: KnownModel, lang: str) -> str:
    """What is published of a model, in words: it enters no total."""
    texts = []
    if model.kg:
        kilograms = formatting.number(model.kg, lang, 3)
        texts.append(_("{kg} kg éq. CO2 sur sa vie d’après son fabricant").format(kg=kilograms))
    if model.kwh:
        hours = formatting.number(model.kwh, lang, 3)
        texts.append(_("{kwh} kWh par an au cycle d’usage des États-Unis").format(kwh=hours))
    return " ; ".join(texts)


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, autoescape=False)
    environment.globals |= {"_": _, "origin": labels.origin, "parameter": labels.parameter}
    return environment.from_string((Path(__file__).parent / "templates" / "explanation.txt").read_text("utf-8"))
