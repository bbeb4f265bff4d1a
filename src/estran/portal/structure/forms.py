"""Forms of the organisation: who it is, one entity, its end, whether it counts, lines or a file of entities."""

from pathlib import Path
from typing import Any

from django import forms

from estran.common.language import _
from estran.common.shipped import in_words, row_labels, rows_by_code
from estran.common.vocabulary import limit
from estran.portal.common.forms import Count, Day, LongText
from estran.portal.organisations.access import Access
from estran.portal.organisations.identifiers import compact_code, siren_fault, uai_fault
from estran.portal.organisations.models import Counting, Entity
from estran.portal.structure import entities, screens

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")


class WhoForm(forms.Form):
    """Who the authority is, and the people who work there."""

    name = forms.CharField(label=_("Nom de la collectivité"), max_length=200)
    kind = forms.ChoiceField(label=_("Sorte de collectivité"))
    siren = forms.CharField(
        label=_("SIREN"), required=False, max_length=20, help_text=_("neuf chiffres ; ils se vérifient"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 14}),
    )  # fmt: skip
    agents = Count(min_value=1)
    administration = forms.BooleanField(
        label=_("Compter notre propre administration"), required=False, initial=True, label_suffix="",
        help_text=_("elle devient une entité, qui répond à la collecte comme les autres"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("– choisir –")), *row_labels("authority_kinds").items()]
        label = _("Agents au 31 décembre {year}").format(year=screens.year_end().year)
        hint = _("des personnes, pas des équivalents temps plein ; le rapport social unique (RSU) donne ce nombre")
        self.fields["agents"].label, self.fields["agents"].help_text = label, hint

    def clean_siren(self) -> str:
        """Nine digits that check."""
        siren = compact_code(self.cleaned_data["siren"])
        if siren and (fault := siren_fault(siren)):
            raise forms.ValidationError(fault)
        return siren


class EntityForm(forms.Form):
    """One entity, `instance`; `schools` says whether it is a school that is asked for."""

    uai = forms.CharField(
        label=_("Code UAI"), required=False, max_length=12, help_text=_("sept chiffres et une lettre, comme 0750655E"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 10, "spellcheck": "false"}),
    )  # fmt: skip
    name = forms.CharField(label=_("Nom"), max_length=200)
    kind = forms.ChoiceField(label=_("Sorte"))
    town = forms.CharField(label=_("Commune"), required=False, max_length=100)
    parent = forms.ModelChoiceField(
        Entity.objects.none(), label=_("Fait partie de"), required=False, empty_label=_("rien d’autre")
    )
    owner = forms.ChoiceField(label=_("À qui est le matériel ?"), required=False)

    def __init__(self, access: Access, data: Any, entity: Entity | None = None, *, schools: bool = False) -> None:
        names = ("uai", "name", "kind", "town", "parent", "owner") if entity else ()
        super().__init__(data, initial={"kind": Entity.DIRECTORATE} | {name: getattr(entity, name) for name in names})
        self.access, self.instance = access, entity
        self.schools = schools or (entity is not None and entity.kind == Entity.SCHOOL)
        self.fields["kind"].choices = [
            (code, label) for code, label in row_labels("entity_kinds").items() if code != Entity.SCHOOL or entity
        ]
        self.fields["owner"].choices = list(row_labels("owners").items())
        if entity is None:
            self.fields["owner"].choices = [("", _("d’après sa sorte")), *row_labels("owners").items()]
        if self.schools:
            self.fields["owner"].help_text = in_words(rows_by_code("owners")["school"], "hint")
        others = access.of(Entity).filter(closed_on=None)
        if entity:
            others = others.exclude(pk=entity.pk).exclude(path__startswith=f"{entity.path} > ")
        self.fields["parent"].queryset = others.exclude(kind=Entity.SCHOOL)
        asked = ("uai", "name", "town", "owner") if self.schools else ("name", "kind", "parent", "owner")
        for name in list(self.fields):
            if name not in asked and not (entity and name in ("kind", "town", "parent")):
                del self.fields[name]

    def clean_uai(self) -> str:
        """A UAI that checks, and that no other school has."""
        uai = compact_code(self.cleaned_data["uai"])
        if uai and (fault := uai_fault(uai)):
            raise forms.ValidationError(fault)
        other = self.access.of(Entity).filter(uai=uai).exclude(pk=self.instance.pk if self.instance else None).first()
        if uai and other:
            raise forms.ValidationError(_("Ce code est déjà celui de « {name} ».").format(name=other.name))
        return uai

    def clean(self) -> dict[str, Any]:
        """Refuse a second entity of the same name in the same town: it would be counted twice."""
        given = super().clean() or {}
        if self.instance is None and given.get("name") and not given.get("uai"):
            same = entities.find_entity(self.access.organisation, given["name"])
            if same and not (given.get("town") and same.town and given["town"] != same.town):
                self.add_error("name", _("« {name} » est déjà là.").format(name=same.name))
        return given

    def save(self) -> Entity:
        """Write the entity."""
        given = self.cleaned_data
        organisation = self.access.organisation
        kind = given.get("kind") or (Entity.SCHOOL if self.schools else Entity.DIRECTORATE)
        parent = given.get("parent")
        entity = self.instance
        if entity is None:
            path = f"{parent.path} > {given['name']}" if parent else given["name"]
            apart = given.get("town") or given.get("uai") or ""
            entity = Entity(organisation=organisation, name=given["name"], parent=parent)
            entity.path = entities.free_path(organisation, path, apart)
        entity.kind, entity.owner = kind, given.get("owner") or entity.owner
        entity.uai, entity.town = given.get("uai", entity.uai), given.get("town", entity.town)
        entity.save()
        if self.instance:
            entities.rename_entity(entity, given["name"], parent)
        return entity


class CloseForm(forms.Form):
    """The end of an entity: when, and what it becomes."""

    closed_on = Day(label=_("Fermée le"))
    successors = LongText(
        label=_("Devient"), required=False,
        help_text=_("un nom par ligne : un seul pour une fusion, plusieurs pour une scission ; rien si elle disparaît"),
    )  # fmt: skip

    def clean_successors(self) -> list[str]:
        """The names, each once."""
        names = (name.strip()[:200] for name in self.cleaned_data["successors"].splitlines())
        return list(dict.fromkeys(filter(None, names)))


class CountingForm(forms.ModelForm):
    """Whether an entity counts, from when, and why."""

    counted = forms.TypedChoiceField(
        label=_("Dans le bilan"), widget=forms.RadioSelect, coerce=lambda value: value == "yes",
        choices=[("yes", _("comptée")), ("no", _("non comptée"))],
    )  # fmt: skip
    since = Day(label=_("À partir du"))
    reason = forms.CharField(
        label=_("Pourquoi"), max_length=200, help_text=_("par exemple : la MDPH a son propre service informatique")
    )

    class Meta:
        model = Counting
        fields = ("counted", "since", "reason")


class ListForm(forms.Form):
    """Entities given together: lines pasted, or a file."""

    lines = LongText(5, label=_("Lignes à coller"), required=False, max_length=200_000)
    file = forms.FileField(label=_("Ou un fichier"), required=False, help_text=_("CSV, XLSX ou ODS"))

    def clean_file(self) -> Any:
        """Refuse what is no table, or too large."""
        given = self.cleaned_data["file"]
        if given and Path(given.name).suffix.lower() not in ENDINGS:
            raise forms.ValidationError(_("Donnez un fichier CSV, XLSX ou ODS."))
        if given and given.size > limit("upload_bytes"):
            text = _("Ce fichier dépasse {n} Mo : donnez l’extrait de votre département seulement.")
            raise forms.ValidationError(text.format(n=limit("upload_bytes") // 1_000_000))
        return given

    def clean(self) -> dict[str, Any]:
        """One of the two is given."""
        given = super().clean() or {}
        if not self.errors and not given.get("lines", "").strip() and not given.get("file"):
            self.add_error("lines", _("Collez au moins une ligne, ou choisissez un fichier."))
        return given
