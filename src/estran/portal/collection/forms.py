"""Forms of the collection: the campaign, a file, the decisions about labels, rejected rows put right."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils import timezone

from estran.common import table_schema
from estran.common.language import _
from estran.common.vocabulary import limit
from estran.importing import matching
from estran.portal.collection import glpi
from estran.portal.collection.deliveries import READ_AS
from estran.portal.collection.models import Campaign, GlpiSource
from estran.portal.collection.settling import Decision, Label, type_label
from estran.portal.common.forms import Day
from estran.portal.organisations.access import Access

PICTURES = ("jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "tif", "tiff", "pdf")
TEXTS = ("doc", "docx", "odt", "rtf", "pages")
LENGTH = 6 * 7  # days that a campaign lasts unless said otherwise


class CampaignForm(forms.ModelForm):
    """A campaign: its year, until when, and what those who answer read first."""

    closes_on = Day(label=_("Répondre avant le"))

    class Meta:
        model = Campaign
        fields = ("year", "closes_on", "message")
        labels = {"year": _("Année de l’inventaire"), "message": _("Message à ceux qui répondent")}  # noqa: RUF012
        widgets = {  # noqa: RUF012
            "year": forms.TextInput(attrs={"inputmode": "numeric", "size": 4}),
            "message": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["year"].min_value = 1990
        if self.instance.pk:
            del self.fields["year"]
        else:
            self.initial |= {"year": today.year - 1, "closes_on": today + timedelta(days=LENGTH)}

    def clean_closes_on(self) -> Any:
        """A campaign ends after it begins."""
        day = self.cleaned_data["closes_on"]
        if day < self.instance.opens_on:
            raise forms.ValidationError(_("Cette date est passée : donnez-en une à venir."))
        return day


class UploadForm(forms.Form):
    """A list of equipment, as it is: a file that can be read, not too large."""

    file = forms.FileField(
        label=_("Le fichier"),
        help_text=_(
            "Tableur (XLSX, ODS, XLS), CSV ou Parquet, tel qu’il est. Les colonnes de noms de personnes sont retirées."
        ),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Ce fichier est vide : refaites l’export, puis envoyez-le de nouveau."),
        },
    )
    adds = forms.BooleanField(
        label=_("Ajouter à ce qui est déjà reçu, au lieu de le remplacer"), required=False, label_suffix=""
    )
    keeps_entities = forms.BooleanField(
        label=_("Garder les entités que le fichier nomme"), required=False, label_suffix=""
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endings = ",".join(f".{ending}" for ending in READ_AS)
        self.fields["file"].widget.attrs |= {"accept": endings, "data-drop": ""}

    def clean_file(self) -> Any:
        """Refuse what is too large or could not be read anyway."""
        given = self.cleaned_data["file"]
        if given.size > limit("upload_bytes"):
            most = limit("upload_bytes") // 1_000_000
            raise forms.ValidationError(
                _("Ce fichier dépasse {most} Mo : envoyez-le en plusieurs parties, ou en CSV.").format(most=most)
            )
        ending = PurePath(given.name).suffix.lower().lstrip(".")
        if ending in PICTURES:
            raise forms.ValidationError(
                _(
                    "Une photo ou un PDF ne peut pas être lu : recopiez la liste dans un tableur (le modèle est prêt "
                    "pour cela), ou donnez seulement quelques nombres."
                )
            )
        if ending in TEXTS:
            raise forms.ValidationError(
                _("C’est un document de texte : copiez son tableau, collez-le dans un tableur, et envoyez le tableur.")
            )
        if ending not in READ_AS:
            raise forms.ValidationError(
                _("Ce fichier n’est pas un tableau. Envoyez un fichier {endings}.").format(
                    endings=", ".join(ending.upper() for ending in READ_AS)
                )
            )
        return given

    def clean(self) -> dict[str, Any]:
        """Read the bytes, and their fingerprint."""
        given = super().clean() or {}
        if file := given.get("file"):
            given["content"] = file.read()
            given["sha256"] = hashlib.sha256(given["content"]).hexdigest()
        return given


class FileAgain(UploadForm):
    """The file of rejected rows, put right."""

    adds = keeps_entities = None


class CentralForm(UploadForm):
    """One file for all schools."""

    adds = keeps_entities = None
    makes_schools = forms.BooleanField(
        label=_("Créer les collèges que le portail ne connaît pas encore"), required=False, initial=True
    )


# ------------------------------------------------------------------------------------------------------- labels


@dataclass
class LabelLine:
    """The fields of one label: a candidate picked, another type typed, or a reason to leave it out."""

    label: Label
    name: str
    picked: str = ""
    other: str = ""
    reason: str = ""
    error: str = ""

    @property
    def decision(self) -> Decision | None:
        """What was decided, None when nothing was."""
        item_type = matching.find_item_type(self.other) if self.other else self.picked
        if self.error or not (item_type or self.reason):
            return None
        return Decision(self.label, "" if self.reason else item_type, self.reason)


class SettleForm:
    """The decisions about labels; what is left blank is decided later. Given, it holds the lines that were filled."""

    def __init__(self, labels: Iterable[Label], given: Mapping[str, str] | None = None) -> None:
        self.lines = [LabelLine(label, hashlib.sha256(label.key.encode()).hexdigest()[:10]) for label in labels]
        if given is None:
            return
        for line in self.lines:
            line.picked = given.get(f"pick-{line.name}", "")
            line.other = given.get(f"other-{line.name}", "").strip()
            line.reason = given.get(f"out-{line.name}", "").strip()[:200]
            line.error = self._fault(line)
        self.lines = [line for line in self.lines if line.error or line.decision]

    def _fault(self, line: LabelLine) -> str:
        if line.other and not matching.find_item_type(line.other):
            near = ", ".join(type_label(one.item_type) for one in _near(line.other))
            fault = _("« {text} » n’est pas un type du catalogue.").format(text=line.other)
            return " ".join([fault, _("Proches : {types}.").format(types=near)]) if near else fault
        if line.picked and line.picked not in matching.item_types():
            return _("Ce type n’est pas dans le catalogue.")
        if line.reason and (line.other or line.picked):
            return _("Choisissez un type, ou donnez la raison de ne pas compter, pas les deux.")
        return ""

    @property
    def errors(self) -> list[LabelLine]:
        """The lines to put right."""
        return [line for line in self.lines if line.error]

    @property
    def points(self) -> list[tuple[str, str, str]]:
        """What is to correct: the field, the label, what is wrong."""
        return [(f"other-{line.name}", line.label.text, line.error) for line in self.errors]

    @property
    def decisions(self) -> list[Decision]:
        """What was decided."""
        return [line.decision for line in self.lines if line.decision]

    type_label = staticmethod(type_label)

    @property
    def types(self) -> list[str]:
        """The labels of the item types on offer."""
        return sorted(row["label_fr"] for row in matching.item_types().values())


def _near(text: str) -> tuple[matching.Candidate, ...]:
    return matching.suggest_types(matching.Description(text))


# ------------------------------------------------------------------------------------------------- rejected rows


@dataclass(frozen=True)
class Cell:
    """A field of a rejected row: the column, its label, the text, the name of the field."""

    column: str
    label: str
    value: str
    name: str


@dataclass(frozen=True)
class RejectedRow:
    """A rejected row: its line in the file, what it is, its fault, and the cells to put right."""

    row: dict[str, str]
    cells: list[Cell]

    @property
    def label(self) -> str:
        """What the row is about, in a few words."""
        row = self.row
        known = (row.get(name, "") for name in ("label", "item_type", "manufacturer", "model", "entity"))
        return ", ".join(text for text in known if text)[:120]


class RejectsForm:
    """The faulty cells of a page of rejected rows."""

    def __init__(self, rows: Iterable[dict[str, str]]) -> None:
        labels = {column.column: column.label_fr for column in table_schema.columns("inventory")}
        self.rows = []
        for row in rows:
            name = hashlib.sha256(row["source"].encode()).hexdigest()[:10]
            columns = [column for column in row["column"].split(" | ") if column in labels]
            cells = [Cell(one, labels[one], row.get(one, ""), f"{one}-{name}") for one in columns]
            self.rows.append(RejectedRow(row, cells))

    def changes(self, given: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """The rows that a person changed: source → column → text."""
        changes: dict[str, dict[str, str]] = {}
        for rejected in self.rows:
            cells = {cell.column: given[cell.name].strip() for cell in rejected.cells if cell.name in given}
            if any(cells[cell.column] != cell.value for cell in rejected.cells if cell.column in cells):
                changes[rejected.row["source"]] = cells
        return changes


class GlpiForm(forms.Form):
    """Where GLPI is and how to enter; an empty token keeps the one that is known."""

    address = forms.URLField(
        label=_("Adresse de l’API"), assume_scheme="https", help_text=_("elle finit par apirest.php")
    )
    user_token = forms.CharField(
        label=_("Jeton de l’utilisateur"), required=False, max_length=200,
        help_text=_("dans GLPI : préférences du compte, clés d’accès distant ; un compte en lecture seule suffit"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    app_token = forms.CharField(
        label=_("Jeton de l’application"), required=False, max_length=200,
        help_text=_("dans GLPI : configuration, API, client ; vide si GLPI n’en demande pas"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, source: GlpiSource | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"address": source.address if source else ""}} | kwargs)
        self.source = source

    def clean(self) -> dict[str, Any]:
        """A token is known, old or new; one given for another server must be given again."""
        given = super().clean() or {}
        address = given.get("address", "")
        if address and urlsplit(address).scheme not in ("http", "https"):
            self.add_error("address", _("Cette adresse doit commencer par https://."))
        moved = self.source is None or urlsplit(self.source.address)[:2] != urlsplit(address)[:2]
        if address and moved and not given.get("user_token"):
            self.add_error("user_token", _("Donnez le jeton de ce serveur."))
        return given

    def save(self, access: Access) -> GlpiSource:
        """Keep the source, its tokens encrypted."""
        given = self.cleaned_data
        values = {"address": given["address"]}
        values |= {name: glpi.seal_token(given[name]) for name in ("user_token", "app_token") if given[name]}
        return GlpiSource.objects.update_or_create(organisation=access.organisation, defaults=values)[0]
