"""Fields that several forms share. The markup of a form is in macros.html: `field`, `errors`."""

from __future__ import annotations

from typing import Any

from django import forms


class Count(forms.IntegerField):
    """How many: a whole number, not negative; an empty one is « not given »."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 9})
        super().__init__(**{"min_value": 0, "max_value": 10_000_000, "required": False, "widget": widget} | options)

    def to_python(self, value: Any) -> Any:
        """The number of a text that people write with spaces: « 12 500 »."""
        return super().to_python("".join(value.split()) if isinstance(value, str) else value)


class Day(forms.DateField):
    """A date, with the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")} | options)


def points(*filled: forms.BaseForm) -> list[tuple[str, str, str]]:
    """What is to correct in several forms shown together: the field, its label, what is wrong with it."""
    return [
        (bound.id_for_label, str(bound.label), " ".join(map(str, bound.errors)))
        for form in filled
        for bound in form
        if bound.errors
    ]
