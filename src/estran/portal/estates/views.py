"""The page of headcounts: how many people of each kind, at which date."""

from functools import partial

from django.http import HttpRequest, HttpResponse

from estran.catalogue import labels
from estran.common.language import _
from estran.portal.common.views import render_form, whole_number
from estran.portal.estates import estimate, forms
from estran.portal.estates.models import Headcount
from estran.portal.organisations.access import Access, access_required


@access_required()
def headcounts(request: HttpRequest, access: Access) -> HttpResponse:
    """How many people of each kind, at which date; an earlier count stays."""
    form = forms.HeadcountForm(request.POST or None, known=access.of(Headcount))
    if request.method == "POST" and "remove" in request.POST:
        access.get(Headcount, pk=whole_number(request.POST["remove"])).delete()
        return access.redirect_with(request, _("L’effectif est retiré."), "estates:headcounts")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        estimate.keep_headcounts(access, given["date"], {given["who"]: given["value"]}, given["source"])
        return access.redirect_with(request, _("L’effectif est enregistré."), "estates:headcounts")
    rows = access.of(Headcount)[:60]
    return render_form(request, form, "estates/headcounts.html", rows=rows, people=partial(labels.word, "people"))
