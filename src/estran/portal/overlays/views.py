"""Pages of the values of one's own: the list, a new one with its effect, kept, withdrawn; the overlay as a zip."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.common import storage
from estran.portal.common.views import download, render_form
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.overlays import own_values
from estran.portal.overlays.corrections import type_choices
from estran.portal.overlays.forms import VALUE_FORMS
from estran.portal.overlays.models import OwnValue


def _kinds() -> dict[str, str]:
    """The tables that a page offers a form for."""
    return {
        "defaults": _("Une durée, une consommation, un PUE"), "models": _("Un modèle"),
        "factors": _("Un facteur d’un fournisseur"), "electricity": _("Un facteur d’électricité"),
    }  # fmt: skip


@access_required(write=None)
def list_values(request: HttpRequest, access: Access) -> HttpResponse:
    """The values that count, those withdrawn, those that came by a file, and what was learned of labels."""
    values = [(one, own_values.describe(one)) for one in access.of(OwnValue).select_related("person")]
    shown = {
        "kinds": _kinds(),
        "kept": [pair for pair in values if pair[0].in_force],
        "drafts": [pair for pair in values if pair[0].kept_at is None and pair[0].withdrawn_at is None],
        "withdrawn": [pair for pair in values if pair[0].withdrawn_at],
        "others": [
            (own_values.describe_row(table, row), row.get("source", ""))
            for table, row in own_values.other_rows(access.organisation)
        ],
        "labels": access.organisation.label_choices.exclude(item_type="").count(),
        "campaign": access.organisation.campaigns.order_by("-year").first(),
    }  # fmt: skip
    return render(request, "overlays/values.html", shown)


@access_required(read=Role.OFFICER)
def add_value(request: HttpRequest, access: Access, table: str) -> HttpResponse:
    """A new value: read, then its effect on the last run is computed before anything is kept."""
    if table not in VALUE_FORMS:
        raise Http404
    form = VALUE_FORMS[table](request.POST or None)
    if form.is_valid():
        for problem in own_values.problems_of(access.organisation, table, form.row):
            form.add_error(None, f"{problem.what} {problem.remedy}")
        if not form.errors:
            value = OwnValue.objects.create(
                organisation=access.organisation, table=table, row=form.row, person=access.person
            )
            return redirect(_measured(access, value).address)
    back = access.url("overlays:values")
    return render_form(
        request,
        form,
        "overlays/add.html",
        heading=_kinds()[table],
        back=back,
        choices=[name for _c, name in type_choices()],
    )


def _measured(access: Access, value: OwnValue) -> Job:
    """The work that computes the effect of a value, at once on a small run."""
    title = _("Effet d’une valeur : {what}").format(what=own_values.describe(value))
    job = queue.ask_job(access, "own value", str(value.pk), title[:200], value=value.pk)
    run = own_values.last_run(access.organisation)
    return job if run and run.large else queue.run_at_once(job)


@access_required()
def show_value(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A value and its effect; POST keeps it, gives it up, or withdraws it."""
    value: OwnValue = access.get(OwnValue, pk=number)
    what = own_values.describe(value)
    if request.method == "POST":
        if "keep" in request.POST and value.kept_at is None:
            own_values.keep_value(access, value)
            text = _("La valeur est gardée : elle compte dès le prochain calcul.")
        elif "withdraw" in request.POST and value.in_force:
            own_values.withdraw_value(access, value)
            text = _("La valeur est retirée : le prochain calcul reprend celle d’avant.")
        elif "drop" in request.POST and value.kept_at is None:
            value.delete()
            text = _("La valeur n’est pas gardée.")
        else:
            return access.redirect("overlays:values")
        return access.redirect_with(request, text, "overlays:values")
    return render(request, "overlays/value.html", {"value": value, "what": what, "kind": _kinds()[value.table]})


@access_required(write=None)
def download_overlay(request: HttpRequest, access: Access) -> HttpResponse:
    """The overlay as the command line takes it: unpacked, `--overlay` gives the same figures."""
    folder = storage.folder("overlays", access.organisation.pk)
    content = storage.zip_bytes({"surcharge": folder} if folder.exists() else {})
    return download(content, "surcharge.zip", "application/zip")
