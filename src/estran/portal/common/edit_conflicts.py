"""Optimistic locking for forms: one guard for every row that two people may change at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django import forms
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from estran.common import formatting
from estran.common.language import _

Row = dict[str, Any]
SEEN = "version"


class Edited(models.Model):
    """A row that several people may change: `version` grows at each change (see `save`), with who made it."""

    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True


class Editor(Protocol):
    """Who writes: a person, and the audit log of the organisation."""

    @property
    def person(self) -> Any:
        """The person."""

    def record(self, what: str) -> None:
        """Add a line to the audit log."""


@dataclass(frozen=True)
class Conflict:
    """Someone wrote first: his text and ours, field by field (label, theirs, ours); nothing was written over."""

    by: Any
    rows: list[Row]


class EditForm(forms.Form):
    """A form that remembers which state of a row it was made from; `conflict` once someone wrote first."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    data: Any
    conflict: Conflict | None = None

    @property
    def given(self) -> Row:
        """What the person wrote."""
        return {name: value for name, value in self.cleaned_data.items() if name != SEEN}

    def save_on(
        self,
        row: Edited,
        access: Editor,
        entry: str,
        *beside: forms.Form,
        values: Row | None = None,
        also: Callable[[], None] | None = None,
        now: Callable[[], Row] | None = None,
    ) -> bool:
        """Write on a row, unless it changed since the form was made: then nothing is written, see `conflict`.

        `values` are the fields to write (those of the form, if not given); `also` writes what goes with them; `now` is
        what the forms would show of the row as it is. After a conflict the form holds the state of now: sent again, it
        is written, the person having seen both. `entry` goes to the audit log.
        """
        seen, stamp = self.cleaned_data[SEEN] or 0, {"changed_at": timezone.now(), "changed_by": access.person}
        fields = self.given if values is None else values
        with transaction.atomic():
            if type(row)._default_manager.filter(pk=row.pk, version=seen).update(version=seen + 1, **stamp, **fields):
                if also:
                    also()
                access.record(entry)
                return True
        row.refresh_from_db()
        self.data = self.data.copy()
        self.data[self.add_prefix(SEEN)] = str(row.version)
        kept = now() if now else shown_values(row, type(self))
        self.conflict = Conflict(row.changed_by, [one for form in (self, *beside) for one in _differences(form, kept)])
        return False


def shown_values(row: Any, form: type[forms.Form]) -> Row:
    """What a form shows of a row: its fields of the same names."""
    return {name: getattr(row, name) for name in form.base_fields if hasattr(row, name)}


def _differences(form: forms.Form, kept: Row) -> list[Row]:
    """The fields that the form writes otherwise than they are kept."""
    rows = []
    for bound in form:
        if bound.name != SEEN and bound.name in form.cleaned_data:
            choices = dict(getattr(bound.field, "choices", ())) if isinstance(bound.field, forms.ChoiceField) else {}
            values = kept.get(bound.name), form.cleaned_data[bound.name]
            theirs, ours = (_value_text(value, choices) for value in values)
            if theirs != ours:
                rows.append({"label": bound.label, "theirs": theirs, "ours": ours})
    return rows


def _value_text(value: Any, choices: Row) -> str:
    """A value of a form as text."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(str(choices.get(one, one)) for one in value)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float):
        return formatting.number(value, "", 12)
    return str(choices.get(value, value))
