"""Pages of the charter: the signed document, the grid of its targets, one target with its yearly reviews."""

from datetime import date

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from estran.common.language import _
from estran.portal.common.views import render_form, whole_number
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.forms import CharterForm, ProofForm, ReviewForm
from estran.portal.diagnostic.models import Charter, TargetProof, TargetReview
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role


@access_required(write=None)
def charter(request: HttpRequest, access: Access) -> HttpResponse:
    """The signed charter, the review of a year, then the grid by axis."""
    axes, year = assessment.read_grid(access), whole_number(request.GET.get("annee", ""))
    values = {"charter": access.of(Charter).first(), "axes": axes, "review": assessment.review_of_year(axes, year)}
    return render(request, "diagnostic/charter.html", values)


@access_required(read=Role.OFFICER)
def sign(request: HttpRequest, access: Access) -> HttpResponse:
    """Record the signed charter, or correct it."""
    signed = access.of(Charter).first()
    charter = signed or Charter(organisation=access.organisation, title=_("Charte du numérique responsable de l’INR"))
    form = CharterForm(request.POST or None, request.FILES or None, instance=charter)
    if form.is_valid():
        charter.made_by = access.person
        charter.save()
        if document := form.cleaned_data["document"]:
            document.seek(0)
            charter.store_document(document.name, document.read())
        access.record(_("a enregistré la charte signée"))
        return access.redirect_with(request, _("La charte est enregistrée."), "diagnostic:charter")
    return render_form(request, form, "diagnostic/charter_sign.html", charter=signed)


@access_required(write=None)
def document(request: HttpRequest, access: Access) -> HttpResponse:
    """The signed document."""
    charter = access.of(Charter).first()
    if not charter or not charter.sha256:
        raise Http404
    return FileResponse(charter.document.open("rb"), as_attachment=True, filename=charter.file_name)


@access_required()
def target(request: HttpRequest, access: Access, target: str) -> HttpResponse:
    """One target: its meaning, its place in the diagnostic, its proof, its actions, its yearly reviews."""
    grid_target = assessment.find_target(access, target)
    if grid_target is None:
        raise Http404
    command = request.POST.get("do")
    proof = ProofForm(request.POST if command == "proof" else None, initial={"text": grid_target.proof})
    review = ReviewForm(request.POST if command == "review" else None, initial={"year": date.today().year})
    if proof.is_valid():
        if text := proof.cleaned_data["text"]:
            about = {"organisation": access.organisation, "target": target}
            TargetProof.objects.update_or_create(**about, defaults={"text": text})
        else:
            access.of(TargetProof).filter(target=target).delete()
        return access.redirect("diagnostic:target", target)
    if review.is_valid():
        values = dict(review.cleaned_data)
        TargetReview.objects.update_or_create(
            organisation=access.organisation, target=target, year=values.pop("year"),
            defaults=values | {"made_by": access.person, "made_at": timezone.now()},
        )  # fmt: skip
        return access.redirect_with(request, _("La revue est enregistrée."), "diagnostic:target", target)
    values = {"target": grid_target, "proof": proof, "review": review}
    return render(request, "diagnostic/charter_target.html", values, status=422 if request.method == "POST" else 200)
