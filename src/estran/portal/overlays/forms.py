"""Forms of corrections and of values of one's own."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from estran.catalogue.labels import Labels, words_of
from estran.common import table_schema
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.common.shipped import in_words, text_rows
from estran.importing import row_corrections
from estran.portal.common.forms import Amount, Year
from estran.portal.overlays.corrections import correctable, type_choices

COLUMNS = {column.column: column for column in table_schema.columns("inventory")}


class Cell(forms.CharField):
    """A value of a column of the inventory, read as the files are: « 12/03/2021 », « mars 2021 », « 1 200,5 »."""

    def __init__(self, column: str, **options: Any) -> None:
        self.column = COLUMNS[column]
        hints = {"date": _("jour, mois ou année : 12/03/2021, 03/2021, 2021"), "number": _("nombre, virgule admise")}
        super().__init__(
            label=self.column.label_fr,
            max_length=200,
            required=False,
            help_text=hints.get(self.column.type, ""),
            **options,
        )

    def clean(self, value: Any) -> str:
        """The value as the inventory keeps it."""
        text: str = super().clean(value)
        try:
            return row_corrections.read_value(self.column.column, text) if text else ""
        except CannotUse as error:
            raise forms.ValidationError(f"{error.problems[0].what} {error.problems[0].remedy}") from None


def cell_field(column: str, entities: Iterable[str] = (), now: str = "") -> forms.Field:
    """The field of a value of a column: a list for types, statuses and entities, a text for the others."""
    label = COLUMNS[column].label_fr
    if column == "item_type":
        return forms.ChoiceField(label=label, choices=[("", _("Sans type")), *type_choices()], required=False)
    if column == "status":
        return forms.ChoiceField(label=label, choices=[("", _("Non dit")), *words_of("status").items()], required=False)
    if column == "entity":
        names = sorted({*entities, *filter(None, [now])})
        return forms.ChoiceField(label=label, choices=[(name, name) for name in names])
    return Cell(column)


class _ReasonForm(forms.Form):
    """Why, and for which years."""

    def add_reason(self, *, later: bool) -> None:
        self.fields["reason"] = forms.CharField(
            label=_("Raison"), max_length=300, help_text=_("par exemple : vu sur place, facture du 12 mars 2021")
        )
        self.fields["later"] = forms.BooleanField(
            label=_("Corriger aussi les bilans des années suivantes, tant que le fichier n’est pas rectifié"),
            required=False, initial=later,
        )  # fmt: skip


class RowForm(_ReasonForm):
    """The cells of one row; those that are changed are corrections."""

    def __init__(self, row: Mapping[str, Any], entities: Iterable[str], *args: Any, **kwargs: Any) -> None:
        self.now = {name: row_corrections.cell_text(row.get(name)) for name in correctable()}
        super().__init__(*args, initial=self.now, **kwargs)
        for name in correctable():
            self.fields[name] = cell_field(name, entities, self.now["entity"])
        self.add_reason(later=True)

    def clean(self) -> dict[str, Any]:
        """At least one cell changes."""
        given = super().clean() or {}
        if not self.errors and not self.changes:
            raise forms.ValidationError(_("Rien n’a changé : corrigez au moins une valeur."))
        return given

    @property
    def changes(self) -> dict[str, str]:
        """The cells that changed, as texts."""
        return {
            name: value for name, value in self.cleaned_data.items() if name in self.now and value != self.now[name]
        }


class FilterForm(_ReasonForm):
    """One value for a column of all rows of a filter."""

    def __init__(self, column: str, missing: bool, entities: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = cell_field(column, entities)
        self.fields["value"].label = _("Nouvelle valeur : {column}").format(column=COLUMNS[column].label_fr.lower())
        self.fields["value"].required = True
        if not missing:
            choices = [
                ("empty", _("seulement là où elle manque")), ("any", _("partout, même là où il y en a déjà une")),
                ("old", _("seulement là où elle vaut :")),
            ]  # fmt: skip
            self.fields["where"] = forms.ChoiceField(
                label=_("Où"), choices=choices, widget=forms.RadioSelect, initial="empty"
            )
            self.fields["old"] = cell_field(column, entities)
            self.fields["old"].label, self.fields["old"].required = _("Valeur à remplacer"), False
        self.add_reason(later=False)

    def clean(self) -> dict[str, Any]:
        """The value to replace is given where it is asked for."""
        given = super().clean() or {}
        if given.get("where") == "old" and not given.get("old") and not self.errors:
            self.add_error("old", _("Donnez la valeur à remplacer."))
        return given

    @property
    def before(self) -> str:
        """The value that is replaced, as the table of corrections writes it."""
        given = self.cleaned_data
        return {"any": row_corrections.ANY, "old": given.get("old", "")}.get(given.get("where", ""), "")


# ------------------------------------------------------------------------------------------------ values of one's own


class _ValueForm(forms.Form):
    """A row of a table of the overlay; every one of them says on what it rests."""

    source = forms.CharField(
        label=_("Sur quoi repose cette valeur"), max_length=300,
        help_text=_("la décision, le relevé ou la fiche : « délibération du 17 novembre 2022 »"),
    )  # fmt: skip

    @property
    def row(self) -> dict[str, str]:
        """The row, its cells as texts."""
        given = {name: row_corrections.cell_text(value) for name, value in self.cleaned_data.items()}
        return {name: text for name, text in given.items() if text}


class DefaultForm(_ValueForm):
    """A lifetime, an electricity, a PUE: of a type, or general."""

    field_order = ("parameter", "item_type", "value", "valid_from", "source")
    parameter = forms.ChoiceField(label=_("Quoi"))
    item_type = forms.ChoiceField(
        label=_("De quel matériel"), help_text=_("« tout le parc » pour une valeur générale, comme le PUE")
    )
    value = Amount(label=_("Valeur"), required=True)
    valid_from = Year(label=_("Depuis l’année"), required=False, help_text=_("vide : pour toutes les années"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [
            row for row in text_rows("parameters") if row["scope"] in ("type", "general") and row["kind"] == "number"
        ]
        self.scopes = {row["parameter"]: row["scope"] for row in rows}
        self.fields["parameter"].choices = [(row["parameter"], in_words(row, "label")) for row in rows]
        self.fields["item_type"].choices = [("*", _("Tout le parc")), *type_choices()]

    def clean(self) -> dict[str, Any]:
        """A general value is of the whole estate, the others of a type."""
        given = super().clean() or {}
        general = self.scopes.get(given.get("parameter", "")) == "general"
        if not self.errors and general != (given["item_type"] == "*"):
            asked = (
                _("Cette valeur est générale : choisissez « Tout le parc ».") if general else _("Choisissez un type.")
            )
            self.add_error("item_type", asked)
        return given


class ModelForm(_ValueForm):
    """What is known of a model: how long it serves, what it draws."""

    field_order = ("item_type", "model", "lifetime_years", "kwh_per_year", "source")
    item_type = forms.ChoiceField(label=_("Type"), choices=type_choices)
    model = forms.CharField(label=_("Modèle, tel que l’inventaire l’écrit"), max_length=200)
    lifetime_years = Amount(label=_("Durée d’usage (années)"), min_value=0, max_value=100)
    kwh_per_year = Amount(label=_("Électricité (kWh par an)"), min_value=0)

    def clean(self) -> dict[str, Any]:
        """At least one of both is given."""
        given = super().clean() or {}
        if not self.errors and given.get("lifetime_years") is None and given.get("kwh_per_year") is None:
            self.add_error("lifetime_years", _("Donnez une durée ou une consommation."))
        return given


class FactorForm(_ValueForm):
    """A factor of a supplier or a host."""

    field_order = ("flow", "stage", "criterion", "value", "quality", "source")
    flow = forms.CharField(
        label=_("De quoi"), max_length=200, widget=forms.TextInput(attrs={"list": "types"}),
        help_text=_("un type du catalogue, ou une référence à vous : laptop:fournisseur-x"),
    )  # fmt: skip
    stage = forms.ChoiceField(label=_("Étape du cycle de vie"))
    criterion = forms.ChoiceField(label=_("Critère"))
    value = Amount(label=_("Impact d’une unité"), required=True, help_text=_("dans l’unité du critère"))
    quality = forms.ChoiceField(label=_("Qualité de la source"), choices=[(str(n), str(n)) for n in range(5, 0, -1)],
                                initial="3", help_text=_("de 1 (basse) à 5 (haute)"))  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Labels()
        self.fields["stage"].choices = [(row["stage"], in_words(row, "label")) for row in text_rows("stages")]
        self.fields["criterion"].choices = [
            (row["code"], f"{in_words(row, 'label')} ({names.describe_criterion(row['code'])['unit']})")
            for row in text_rows("criteria")
        ]

    def clean_flow(self) -> str:
        """A type by its name is its code."""
        text: str = self.cleaned_data["flow"].strip()
        return row_corrections.read_value("item_type", text) or text


class ElectricityForm(_ValueForm):
    """The factor of a kilowatt-hour of a year and a zone."""

    field_order = ("zone", "year", "criterion", "value", "source")
    zone = forms.ChoiceField(label=_("Zone"))
    year = Year(label=_("Année"))
    criterion = forms.ChoiceField(label=_("Critère"))
    value = Amount(label=_("Impact d’un kWh livré"), required=True, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = {row["zone"]: in_words(row, "label") for row in text_rows("zones")}
        self.fields["zone"].choices = sorted(zones.items(), key=lambda one: (one[0] != "FRA", one[1]))
        self.fields["criterion"].choices = [(row["code"], in_words(row, "label")) for row in text_rows("criteria")]


VALUE_FORMS = {"defaults": DefaultForm, "models": ModelForm, "factors": FactorForm, "electricity": ElectricityForm}
