"""Pages of the charter: the document that was signed, the grid that reads it, one target and its yearly review."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.portal.diagnostic import charter_grid
from estran.portal.diagnostic.forms import CharterForm, ProofForm, ReviewForm
from estran.portal.diagnostic.models import Charter, TargetProof, TargetReview
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role


@access_required(write=None)
def charter(request: HttpRequest, access: Access) -> HttpResponse:
    """What was signed, what a year says of it, then the grid by axis."""
    axes, asked = charter_grid.grid(access), request.GET.get("annee", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else None
    values = {
        "charter": access.of(Charter).first(), "axes": axes, "years": charter_grid.years(axes),
        "review": charter_grid.review(axes, year),
    }  # fmt: skip
    return render(request, "diagnostic/charter.html", values)


@access_required(read=Role.OFFICER)
def sign(request: HttpRequest, access: Access) -> HttpResponse:
    """Record or correct what was signed."""
    known = access.of(Charter).first()
    names = ("title", "number", "approved_on", "signed_on", "signatory")
    initial = {name: getattr(known, name) for name in names} if known else {}
    form = CharterForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        document = given.pop("document")
        made, _new = Charter.objects.update_or_create(
            organisation=access.organisation, defaults=given | {"made_by": access.person}
        )
        if document:
            _keep(made, document)
        access.record(_("a enregistré la charte signée"))
        messages.success(request, _("La charte est enregistrée."))
        return redirect("diagnostic:charter", access.organisation.slug)
    values = {"form": form, "charter": known}
    return render(request, "diagnostic/charter_sign.html", values, status=422 if form.errors else 200)


def _keep(made: Charter, document: Any) -> None:
    document.seek(0)
    content = document.read()
    made.sha256, made.file_name = hashlib.sha256(content).hexdigest(), document.name[-200:]
    made.document.parent.mkdir(parents=True, exist_ok=True)
    made.document.write_bytes(content)
    made.save()


@access_required(write=None)
def document(request: HttpRequest, access: Access) -> HttpResponse:
    """The signed document."""
    found = access.of(Charter).first()
    if not found or not found.sha256:
        raise Http404
    return FileResponse(found.document.open("rb"), as_attachment=True, filename=found.file_name)


@access_required()
def target(request: HttpRequest, access: Access, target: str) -> HttpResponse:
    """One target: what it means, where it stands, what proves it, what carries it, what each year said."""
    found = charter_grid.target(access, target)
    if found is None:
        raise Http404
    do = request.POST.get("do")
    proof = ProofForm(request.POST if do == "proof" else None, initial={"text": found.proof})
    review = ReviewForm(request.POST if do == "review" else None, initial={"year": date.today().year})
    if request.method == "POST":
        if do == "proof" and proof.is_valid():
            _prove(access, target, proof.cleaned_data["text"])
            return redirect("diagnostic:target", access.organisation.slug, target)
        if do == "review" and review.is_valid():
            given = dict(review.cleaned_data)
            TargetReview.objects.update_or_create(
                organisation=access.organisation, target=target, year=given.pop("year"),
                defaults=given | {"made_by": access.person, "made_at": timezone.now()},
            )  # fmt: skip
            messages.success(request, _("La revue est enregistrée."))
            return redirect("diagnostic:target", access.organisation.slug, target)
    values = {"target": found, "proof": proof, "review": review, "charter": access.of(Charter).first()}
    return render(request, "diagnostic/charter_target.html", values, status=422 if request.method == "POST" else 200)


def _prove(access: Access, code: str, text: str) -> None:
    if text:
        TargetProof.objects.update_or_create(organisation=access.organisation, target=code, defaults={"text": text})
    else:
        access.of(TargetProof).filter(target=code).delete()
