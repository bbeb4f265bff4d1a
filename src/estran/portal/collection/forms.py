"""Forms of the collection: the campaign, a file, rejected rows put right, GLPI."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils import timezone

from estran.common import table_schema
from estran.common.language import _
from estran.common.vocabulary import limit
from estran.portal.collection import glpi
from estran.portal.collection.deliveries import READ_AS
from estran.portal.collection.models import Campaign, GlpiSource
from estran.portal.common.doubts import AsksTwice, Doubt, future_year
from estran.portal.common.forms import Day, Year

PICTURES = ("jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "tif", "tiff", "pdf")
TEXTS = ("doc", "docx", "odt", "rtf", "pages")
LENGTH = 6 * 7  # days that a campaign lasts unless said otherwise


class CampaignForm(AsksTwice, forms.ModelForm):
    """A campaign: its year, until when, and what those who answer read first."""

    year = Year(label=_("Année de l’inventaire"))
    closes_on = Day(label=_("Répondre avant le"))

    class Meta:
        model = Campaign
        fields = ("year", "closes_on", "message")
        labels = {"message": _("Message à ceux qui répondent")}  # noqa: RUF012
        widgets = {"message": forms.Textarea(attrs={"rows": 4})}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        if self.instance.pk:
            del self.fields["year"]
        else:
            self.initial |= {"year": today.year - 1, "closes_on": today + timedelta(days=LENGTH)}

    def doubts(self, given: dict[str, Any]) -> Iterable[Doubt]:
        """A year to come."""
        year = given.get("year")
        return [("year", odd) for odd in future_year(year, timezone.localdate().year)] if year else []

    def clean_closes_on(self) -> Any:
        """A campaign ends after it begins."""
        day = self.cleaned_data["closes_on"]
        if day < self.instance.opens_on:
            raise forms.ValidationError(_("Cette date est passée : donnez-en une à venir."))
        return day


def _tick(label: str, *, ticked: bool = False) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, initial=ticked, label_suffix="")


class UploadForm(forms.Form):
    """A list of equipment, as it is: a file that can be read, not too large."""

    file = forms.FileField(
        label=_("Le fichier"),
        help_text=_(
            "Tableur (XLSX, ODS, XLS), CSV ou Parquet, tel qu’il est. Les colonnes de noms de personnes sont retirées."
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in READ_AS), "data-drop": ""}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Ce fichier est vide : refaites l’export, puis envoyez-le de nouveau."),
        },
    )
    adds = _tick(_("Ajouter à ce qui est déjà reçu, au lieu de le remplacer"))
    keeps_entities = _tick(_("Garder les entités que le fichier nomme"))

    def clean_file(self) -> Any:
        """Refuse what is too large or could not be read anyway."""
        given = self.cleaned_data["file"]
        if given.size > limit("upload_bytes"):
            most = limit("upload_bytes") // 1_000_000
            raise forms.ValidationError(
                _("Ce fichier dépasse {most} Mo : envoyez-le en plusieurs parties, ou en CSV.").format(most=most)
            )
        ending = PurePath(given.name).suffix.lower().lstrip(".")
        if ending in READ_AS:
            return given
        if ending in PICTURES:
            fault = _(
                "Une photo ou un PDF ne peut pas être lu : recopiez la liste dans un tableur (le modèle est prêt "
                "pour cela), ou donnez seulement quelques nombres."
            )
        elif ending in TEXTS:
            fault = _(
                "C’est un document de texte : copiez son tableau, collez-le dans un tableur, et envoyez le tableur."
            )
        else:
            endings = ", ".join(READ_AS).upper()
            fault = _("Ce fichier n’est pas un tableau. Envoyez un fichier {endings}.").format(endings=endings)
        raise forms.ValidationError(fault)


class FileAgain(UploadForm):
    """The file of rejected rows, put right."""

    adds = keeps_entities = None


class CentralForm(UploadForm):
    """One file for all schools."""

    adds = keeps_entities = None
    makes_schools = _tick(_("Créer les collèges que le portail ne connaît pas encore"), ticked=True)


class RejectedRow:
    """A rejected row, with its cells to put right: column, label, value, and the name of the field."""

    def __init__(self, row: dict[str, str]) -> None:
        # A row of another table is put right in its own file.
        columns = table_schema.columns("inventory") if row.get("table") in (None, "", "inventory") else []
        labels = {column.column: column.label_fr for column in columns}
        name = hashlib.sha256(row["source"].encode()).hexdigest()[:10]
        self.row = row
        self.cells = [
            {"column": column, "label": labels[column], "value": row.get(column, ""), "name": f"{column}-{name}"}
            for column in row["column"].split(" | ")
            if column in labels
        ]

    @property
    def label(self) -> str:
        """What the row is about, in a few words."""
        known = (self.row.get(name, "") for name in ("label", "item_type", "manufacturer", "model", "entity"))
        return ", ".join(text for text in known if text)[:120]


def changed_rows(rows: Iterable[dict[str, str]], posted: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The rejected rows that a person changed: source → column → text."""
    changes = {}
    for row in map(RejectedRow, rows):
        cells = [cell | {"text": posted[cell["name"]].strip()} for cell in row.cells if cell["name"] in posted]
        if any(cell["text"] != cell["value"] for cell in cells):
            changes[row.row["source"]] = {cell["column"]: cell["text"] for cell in cells}
    return changes


def _token(label: str, help_text: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=200, widget=widget)


class GlpiForm(forms.ModelForm):
    """Where GLPI is and how to enter; an empty token keeps the one that is known."""

    address = forms.URLField(
        label=_("Adresse de l’API"), assume_scheme="https", help_text=_("elle finit par apirest.php")
    )
    user_token = _token(
        _("Jeton de l’utilisateur"),
        _("dans GLPI : préférences du compte, clés d’accès distant ; un compte en lecture seule suffit"),
    )
    app_token = _token(
        _("Jeton de l’application"), _("dans GLPI : configuration, API, client ; vide si GLPI n’en demande pas")
    )

    class Meta:
        model = GlpiSource
        fields = ("address",)

    def clean(self) -> dict[str, Any]:
        """A token is known, old or new; one given for another server must be given again."""
        given = super().clean() or {}
        address = given.get("address", "")
        if address and urlsplit(address).scheme not in ("http", "https"):
            self.add_error("address", _("Cette adresse doit commencer par https://."))
        moved = urlsplit(self.instance.address)[:2] != urlsplit(address)[:2]
        if address and moved and not given.get("user_token"):
            self.add_error("user_token", _("Donnez le jeton de ce serveur."))
        return given

    def save(self, commit: bool = True) -> Any:
        """Keep the source, its tokens encrypted."""
        for name in ("user_token", "app_token"):
            if token := self.cleaned_data[name]:
                setattr(self.instance, name, glpi.seal_token(token))
        return super().save(commit)
