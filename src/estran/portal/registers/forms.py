"""Forms of registers, made from their columns; what is typed is checked as a file would be."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django import forms

from estran.common import vocabulary
from estran.common.language import _
from estran.common.table_schema import Column
from estran.portal.common.languages import in_language
from estran.portal.organisations.access import Access
from estran.portal.registers import registers
from estran.portal.registers.models import RegisterRow
from estran.portal.registers.registers import Register, Values

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")


class RowForm(forms.Form):
    """One row of a register, `instance`. `values`: what it holds once valid; `entity`: what the row is about."""

    def __init__(self, register: Register, access: Access, data: Any, row: RegisterRow | None = None) -> None:
        texts = (
            {column.column: _text(column, row.values.get(column.column)) for column in register.columns} if row else {}
        )
        super().__init__(data, initial=texts | {"entity": row.entity_id if row else None})
        self.register, self.access, self.instance = register, access, row or RegisterRow()
        self.values: Values = {}
        for column in register.columns:
            self.fields[column.column] = _field(column)
        self.fields["entity"] = _entity(access)

    def clean(self) -> dict[str, Any]:
        """Check the row as an import does, each fault beside its field."""
        given = super().clean() or {}
        if not self.errors:
            rows, problems = registers.check_rows(self.register, [{name: given[name] for name in self.register.names}])
            names = {column.label_fr: column.column for column in self.register.columns}
            for problem in problems:
                self.add_error(names.get(problem.column), f"{problem.what} {problem.remedy}")
            self.values = rows[0] if rows else {}
        return given

    def save(self) -> None:
        """Write the row."""
        values, entity = self.values, self.cleaned_data["entity"]
        row = registers.new_row(self.access.organisation, self.access.person, self.register, values, entity)
        row.pk = self.instance.pk
        row.save()


class ImportForm(forms.Form):
    """A file of rows, and the entity they are about."""

    file = forms.FileField(label=_("Fichier"), help_text=_("CSV, XLSX ou ODS ; la première ligne nomme les colonnes"))

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entity"] = _entity(access)

    def clean_file(self) -> Any:
        """Refuse what is no table, or too large for a register."""
        given = self.cleaned_data["file"]
        if Path(given.name).suffix.lower() not in ENDINGS:
            raise forms.ValidationError(_("Donnez un fichier CSV, XLSX ou ODS."))
        if given.size > vocabulary.limit("upload_bytes"):
            text = _("Ce fichier dépasse {n} Mo : donnez-le en plusieurs fois.")
            raise forms.ValidationError(text.format(n=vocabulary.limit("upload_bytes") // 1_000_000))
        return given


def _entity(access: Access) -> forms.ModelChoiceField:
    whole = _("Toute la collectivité") if access.manages else None
    return forms.ModelChoiceField(
        access.entities(), label=_("Entité"), required=not access.manages, empty_label=whole,
        help_text=_("celle que ces lignes concernent"),
    )  # fmt: skip


def _field(column: Column) -> forms.Field:
    name = in_language(column.label_fr)
    label = f"{name} ({column.unit})" if column.unit else name
    hint = "" if column.meaning_fr == column.label_fr else column.meaning_fr
    options: dict[str, Any] = {"label": label, "required": column.required, "help_text": hint}
    if column.type in ("choice", "boolean"):
        kind = "boolean" if column.type == "boolean" else f"{column.table}.{column.column}"
        words: Mapping[str, str] = vocabulary.choice_labels(kind)
        return forms.ChoiceField(choices=[("", _("– choisir –")), *words.items()], **options)
    widgets: dict[str, forms.Widget] = {
        "date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        "number": forms.TextInput(attrs={"inputmode": "decimal", "size": 12}),
        "integer": forms.TextInput(attrs={"inputmode": "numeric", "size": 12}),
        "period": forms.TextInput(attrs={"size": 8, "placeholder": "2025-03"}),
    }
    widget = widgets.get(column.type, forms.TextInput())
    if column.column == registers.TYPE:
        widget = forms.TextInput(attrs={"list": "types"})
    return forms.CharField(max_length=400, widget=widget, **options)


def _text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.type == "boolean":
        return "true" if value else "false"
    return str(value) if column.type in ("choice", "date") else registers.value_text(column, value)
