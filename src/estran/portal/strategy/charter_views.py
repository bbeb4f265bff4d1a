"""Pages of the charter: the document that was signed, the grid that reads it, one target and its yearly review."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.portal.forms import Day
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role
from estran.portal.strategy import charter_grid
from estran.portal.strategy.models.charter import Charter, TargetProof, TargetReview

MOST_BYTES = 10 * 2**20
KINDS = {b"%PDF": ".pdf", b"PK\x03\x04": ".odt"}  # what a deliberation is annexed as: how the file starts


class CharterForm(forms.Form):
    """The charter as approved and signed."""

    title = forms.CharField(
        label=_("Titre du document"), max_length=200, initial=_("Charte du numérique responsable de l’INR")
    )
    number = forms.CharField(label=_("Numéro de la délibération"), max_length=60)
    approved_on = Day(label=_("Date de la délibération"))
    signed_on = Day(label=_("Date de la signature"))
    signatory = forms.CharField(
        label=_("Signataire"), help_text=_("sa fonction, par exemple « le président du conseil départemental »"),
        max_length=200,
    )  # fmt: skip
    document = forms.FileField(
        label=_("Document signé"), help_text=_("PDF ou ODT, 10 Mo au plus"), required=False, allow_empty_file=False
    )

    def clean_document(self) -> Any:
        """A PDF or a document of a word processor, not too big."""
        given = self.cleaned_data["document"]
        if given and given.size > MOST_BYTES:
            raise forms.ValidationError(_("Ce fichier dépasse 10 Mo : réduisez-le, ou numérisez-le en noir et blanc."))
        if given and given.read(4) not in KINDS:
            raise forms.ValidationError(_("Ce n’est ni un PDF ni un ODT : donnez l’annexe de la délibération."))
        return given

    def clean(self) -> dict[str, Any]:
        """Signed once approved, and not tomorrow."""
        given = super().clean() or {}
        approved, signed = given.get("approved_on"), given.get("signed_on")
        if approved and signed and signed < approved:
            self.add_error("signed_on", _("La signature précède la délibération : vérifiez les deux dates."))
        if signed and signed > timezone.localdate():
            self.add_error("signed_on", _("Cette date est à venir : enregistrez la charte une fois signée."))
        return given


class ReviewForm(forms.Form):
    """What a year says of a target."""

    year = forms.IntegerField(label=_("Année"), min_value=2000, max_value=2100, widget=forms.TextInput(
        attrs={"inputmode": "numeric", "size": 6}))  # fmt: skip
    done = forms.TypedChoiceField(
        label=_("Résultat"), choices=[("", "–"), ("yes", _("fait")), ("no", _("pas fait"))],
        coerce=lambda given: given == "yes",
    )  # fmt: skip
    why = forms.CharField(label=_("Quoi, et pourquoi"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class ProofForm(forms.Form):
    """What proves that a target is pursued."""

    text = forms.CharField(
        label=_("Preuves"), help_text=_("documents, adresses, chiffres ; sans nom de personne"), max_length=4000,
        required=False, widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


@access(write=None)
def charter(request: HttpRequest, here: Access) -> HttpResponse:
    """What was signed, what a year says of it, then the grid by axis."""
    axes, asked = charter_grid.grid(here), request.GET.get("annee", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else None
    values = {
        "charter": here.of(Charter).first(), "axes": axes, "years": charter_grid.years(axes),
        "review": charter_grid.review(axes, year),
    }  # fmt: skip
    return render(request, "strategy/charter.html", values)


@access(read=Role.OFFICER)
def sign(request: HttpRequest, here: Access) -> HttpResponse:
    """Record or correct what was signed."""
    known = here.of(Charter).first()
    names = ("title", "number", "approved_on", "signed_on", "signatory")
    initial = {name: getattr(known, name) for name in names} if known else {}
    form = CharterForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        document = given.pop("document")
        made, _new = Charter.objects.update_or_create(
            organisation=here.organisation, defaults=given | {"made_by": here.person}
        )
        if document:
            _keep(made, document)
        here.record(_("a enregistré la charte signée"))
        messages.success(request, _("La charte est enregistrée."))
        return redirect("diagnostic:charter", here.organisation.slug)
    values = {"form": form, "charter": known}
    return render(request, "strategy/charter_sign.html", values, status=422 if form.errors else 200)


def _keep(made: Charter, document: Any) -> None:
    document.seek(0)
    content = document.read()
    made.sha256, made.file_name = hashlib.sha256(content).hexdigest(), document.name[-200:]
    made.document.parent.mkdir(parents=True, exist_ok=True)
    made.document.write_bytes(content)
    made.save()


@access(write=None)
def document(request: HttpRequest, here: Access) -> HttpResponse:
    """The signed document."""
    found = here.of(Charter).first()
    if not found or not found.sha256:
        raise Http404
    return FileResponse(found.document.open("rb"), as_attachment=True, filename=found.file_name)


@access()
def target(request: HttpRequest, here: Access, target: str) -> HttpResponse:
    """One target: what it means, where it stands, what proves it, what carries it, what each year said."""
    found = charter_grid.target(here, target)
    if found is None:
        raise Http404
    do = request.POST.get("do")
    proof = ProofForm(request.POST if do == "proof" else None, initial={"text": found.proof})
    review = ReviewForm(request.POST if do == "review" else None, initial={"year": date.today().year})
    if request.method == "POST":
        if do == "proof" and proof.is_valid():
            _prove(here, target, proof.cleaned_data["text"])
            return redirect("diagnostic:target", here.organisation.slug, target)
        if do == "review" and review.is_valid():
            given = dict(review.cleaned_data)
            TargetReview.objects.update_or_create(
                organisation=here.organisation, target=target, year=given.pop("year"),
                defaults=given | {"made_by": here.person, "made_at": timezone.now()},
            )  # fmt: skip
            messages.success(request, _("La revue est enregistrée."))
            return redirect("diagnostic:target", here.organisation.slug, target)
    values = {"target": found, "proof": proof, "review": review, "charter": here.of(Charter).first()}
    return render(request, "strategy/charter_target.html", values, status=422 if request.method == "POST" else 200)


def _prove(here: Access, code: str, text: str) -> None:
    if text:
        TargetProof.objects.update_or_create(organisation=here.organisation, target=code, defaults={"text": text})
    else:
        here.of(TargetProof).filter(target=code).delete()
