"""Counts and amounts given by form instead of a file: each form writes one canonical table, read like any file.

The fields are lines of catalogue/approach/short_forms.csv: an item type counted, the amount of a flow, or a column
of a table.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from estran.catalogue.labels import word
from estran.common import formatting, table_schema
from estran.common.files import csv_text
from estran.common.language import _
from estran.common.shipped import text_rows
from estran.engine.perimeter import PEOPLE
from estran.portal.collection.deliveries import receive_delivery, rows_of
from estran.portal.collection.models import Answer, Delivery
from estran.portal.common.doubts import AsksTwice, Doubt, huge_count
from estran.portal.common.forms import Count
from estran.portal.jobs.models import Job
from estran.portal.jobs.queue import Asker
from estran.portal.organisations.models import Entity

LINES = 3  # empty lines offered in a form of several rows
INVENTORY = ("item_id", "entity", "item_type", "quantity", "flow", "amount", "quality")


@cache
def form_fields() -> dict[str, list[dict[str, str]]]:
    """The fields of each form, in order."""
    by_form: dict[str, list[dict[str, str]]] = {}
    for row in text_rows("short_forms"):
        by_form.setdefault(row["form"], []).append(row)
    return by_form


def offered_forms(entity: Entity) -> list[tuple[str, str]]:
    """The forms that make sense for an entity: code and title."""
    schools = ("school", "paper")
    codes = schools if entity.kind == Entity.SCHOOL else [code for code in form_fields() if code != "school"]
    return [(code, word("form", code)) for code in codes]


def delivery_group(code: str) -> str:
    """What a form replaces: counts of equipment stand for a list, the others for themselves."""
    return Delivery.EQUIPMENT if code in ("school", "office") else code


class Amounts(AsksTwice, forms.Form):
    """A form of counts or amounts; at least one is given. `people`: who could use what is counted, 0 when unknown."""

    def __init__(self, code: str, *args: Any, people: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code, self.people = code, people
        for row in form_fields()[code]:
            kind = Count if row["item_type"] else Amount
            self.fields[row["column"]] = kind(label=row["label_fr"], help_text=row["hint_fr"])

    def clean(self) -> dict[str, Any]:
        """Refuse a form that gives nothing."""
        given = super().clean() or {}
        if not self.errors and not any(value is not None for value in given.values()):
            self.add_error(next(iter(self.fields)), _("Donnez au moins un nombre."))
        return given

    def doubts(self, given: dict[str, Any]) -> Iterator[Doubt]:
        """More things than people could use."""
        for row in form_fields()[self.code]:
            if row["item_type"] and (value := given.get(row["column"])):
                for odd in huge_count(row["label_fr"], value, self.people):
                    yield row["column"], odd

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """The rows of the inventory: an empty field is nothing known, not a zero."""
        fields = [row for row in form_fields()[self.code] if self.cleaned_data.get(row["column"]) is not None]
        return [
            {
                "item_id": f"{self.code}-{row['column']}", "entity": entity, "item_type": row["item_type"],
                "flow": row["flow"], "quality": "low",
                "quantity" if row["item_type"] else "amount": self.cleaned_data[row["column"]],
            }
            for row in fields
        ]  # fmt: skip


class Amount(forms.DecimalField):
    """How much: a number that people write with spaces and a comma."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12})
        limits = {"min_value": 0, "max_digits": 15, "decimal_places": 3}
        super().__init__(**{"required": False, "widget": widget} | limits | options)

    def to_python(self, value: Any) -> Any:
        """The number of « 12 500,5 »."""
        return super().to_python("".join(value.split()).replace(",", ".") if isinstance(value, str) else value)


class Row(forms.Form):
    """One row of a table: a room, a use of AI. An empty row is left."""

    def __init__(self, code: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"use_required_attribute": False} | kwargs)
        columns = {column.column: column for column in table_schema.columns(form_fields()[code][0]["table"])}
        for row in form_fields()[code]:
            column = columns[row["column"]]
            # What is given for the year needs no « per year ».
            unit = "" if column.unit in ("", "1/year") else formatting.unit_text(column.unit.removesuffix("/year"))
            shown = {
                "label": f"{column.label_fr} ({unit})" if unit else column.label_fr,
                "help_text": row["hint_fr"],
                "required": row["required"] == "yes",
            }
            is_number = column.type == "number"
            self.fields[column.column] = Amount(**shown) if is_number else forms.CharField(**shown, max_length=120)


def people_of(answer: Answer) -> int:
    """How many people could use what an entity counts: its pupils, or the last agents known; 0 when unknown."""
    if answer.entity.kind == Entity.SCHOOL:
        return answer.pupils or 0
    agents = answer.organisation.headcounts.filter(who=PEOPLE[0], date__year__lte=answer.campaign.year)
    last = agents.order_by("-date").first()
    return last.value if last else 0


def rows_form(code: str, *args: Any, **kwargs: Any) -> BaseFormSet:
    """The form of several rows."""
    rows_formset = formset_factory(Row, extra=LINES, max_num=50)
    return rows_formset(*args, form_kwargs={"code": code}, prefix=code, **kwargs)


def filled_rows(rows: BaseFormSet) -> list[dict[str, Any]]:
    """The rows of a valid form that were not left empty."""
    return [row for row in rows.cleaned_data if any(value not in (None, "") for value in row.values())]


def is_table(code: str) -> bool:
    """The form holds several rows of a table of its own."""
    return form_fields()[code][0]["table"] != "inventory"


def send_form(sender: Asker, answer: Answer, code: str, rows: list[dict[str, Any]]) -> Job:
    """Send the rows of a form as a file would be."""
    table = form_fields()[code][0]["table"]
    names = INVENTORY if table == "inventory" else ("entity", *(row["column"] for row in form_fields()[code]))
    lines = [[({"entity": answer.entity.path} | row).get(name, "") for name in names] for row in rows]
    content = csv_text([names, *lines], ",").encode()
    values = {"source": Delivery.FORM, "group": delivery_group(code)}
    return receive_delivery(sender, answer, f"{word('form', code)}.csv", content, **values)


def earlier_rows(answer: Answer, code: str) -> list[dict[str, str]]:
    """What the form held last time, in this campaign or else the one before; empty when it was never filled."""
    same = Delivery.objects.filter(source=Delivery.FORM, group=delivery_group(code), answer__entity=answer.entity)
    current = same.filter(read_at__isnull=False, replaced_at__isnull=True).select_related("answer")
    last = current.order_by("-answer__campaign__year", "-sent_at").first()
    return rows_of(last.file) if last else []


def earlier_counts(answer: Answer, code: str) -> dict[str, str]:
    """The counts of last time, by field."""
    return {row["item_id"].partition("-")[2]: row["quantity"] or row["amount"] for row in earlier_rows(answer, code)}
