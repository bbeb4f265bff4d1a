"""Fields that several forms share. The markup of a form is in macros.html: `field`, `errors`."""

from typing import Any

from django import forms

from estran.common.language import _
from estran.importing import canonical


class Count(forms.IntegerField):
    """How many: a whole number, not negative; an empty one is « not given »."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 9})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 10_000_000, "required": False} | options)

    def to_python(self, value: Any) -> Any:
        """The number of a text that people write with spaces: « 12 500 »."""
        return super().to_python("".join(value.split()) if isinstance(value, str) else value)


class Day(forms.DateField):
    """A date, with the browser's own calendar; typed, it is read as in files: « 12/03/2021 », « 12 mars 2021 »."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def to_python(self, value: Any) -> Any:
        """The day of a text."""
        return super().to_python((canonical.read_day(value) or value) if isinstance(value, str) and value else value)


def field_errors(*filled: forms.BaseForm) -> list[tuple[str, str, str]]:
    """What is to correct in several forms shown together: the field, its label, what is wrong with it."""
    return [
        (bound.id_for_label, str(bound.label), " ".join(map(str, bound.errors)))
        for form in filled
        for bound in form
        if bound.errors
    ]


class Amount(forms.FloatField):
    """A number that people write with spaces and a comma: « 12 500,5 »."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False} | options)

    def to_python(self, value: Any) -> Any:
        """The number of the text."""
        if isinstance(value, str):
            value = "".join(value.split()).replace("\u202f", "").replace(",", ".").replace("−", "-")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """A whole number without decimals, a comma otherwise."""
        return f"{value:.12g}".replace(".", ",") if isinstance(value, float) else value


class LongText(forms.CharField):
    """A text of several lines."""

    def __init__(self, rows: int = 3, **options: Any) -> None:
        super().__init__(**{"widget": forms.Textarea(attrs={"rows": rows})} | options)


class Year(forms.IntegerField):
    """A year."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "size": 4})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1990, "max_value": 2100} | options)


MEGABYTES = 10


class FileForm(forms.Form):
    """A file: ten megabytes at most."""

    file = forms.FileField(label=_("Fichier"), help_text=_("10 Mo au plus"))

    def clean_file(self) -> Any:
        """Refuse a file too large."""
        file = self.cleaned_data["file"]
        if file.size > MEGABYTES * 2**20:
            raise forms.ValidationError(_("Ce fichier dépasse 10 Mo : donnez plutôt le lien vers lui dans une note."))
        return file
