"""The page of headcounts: how many people of each kind, at which date."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.common.views import whole_number
from estran.portal.estates import forms
from estran.portal.estates.models import Headcount
from estran.portal.organisations.access import Access, access_required


@access_required()
def headcounts(request: HttpRequest, access: Access) -> HttpResponse:
    """How many people of each kind, at which date; an earlier count stays."""
    form = forms.HeadcountForm(request.POST or None)
    if request.method == "POST" and "remove" in request.POST:
        access.get(Headcount, pk=whole_number(request.POST["remove"])).delete()
        messages.success(request, _("L’effectif est retiré."))
        return redirect("estates:headcounts", access.organisation.slug)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        Headcount.objects.update_or_create(
            organisation=access.organisation,
            who=given["who"],
            date=given["date"],
            defaults={"value": given["value"], "source": given["source"]},
        )
        messages.success(request, _("L’effectif est enregistré."))
        return redirect("estates:headcounts", access.organisation.slug)
    values = {"form": form, "rows": access.of(Headcount)[:60], "people": forms.people_label}
    return render(request, "estates/headcounts.html", values, status=422 if form.errors else 200)
