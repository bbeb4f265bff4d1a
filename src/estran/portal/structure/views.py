"""Pages of the organisation: the four screens of the start, one entity, a list to pick from."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.common.bounded import call_bounded
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse
from estran.common.shipped import in_words, row_labels, text_rows
from estran.importing import sheet_formats
from estran.portal.collection import column_maps
from estran.portal.collection.column_maps import ColumnsForm
from estran.portal.common.spreadsheets import write_csv
from estran.portal.common.views import CSV, download, render_form
from estran.portal.estates import estimate
from estran.portal.estates.models import Headcount
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Counting, Entity, Membership, Role
from estran.portal.structure import entities, lists, screens
from estran.portal.structure.forms import CloseForm, CountingForm, EntityForm, ListForm, WhoForm
from estran.portal.structure.models import ReceivedList

PAGE = 50  # entities or rows of a list


def _go_on(access: Access, code: str) -> HttpResponse:
    """The next screen that is left after this one, else the home page."""
    after = screens.list_screens(access)
    place = [one.code for one in after].index(code)
    return redirect(
        next((one.address for one in (*after[place + 1 :], *after[:place]) if not one.done), access.url("home"))
    )


@access_required()
def who(request: HttpRequest, access: Access) -> HttpResponse:
    """Who we are: kind, name, SIREN, agents on 31 December; the administration itself becomes an entity."""
    organisation, on = access.organisation, screens.year_end()
    heads = access.of(Headcount).filter(who="agents", date=on).first()
    own = access.of(Entity).filter(kind=Entity.ADMINISTRATION, closed_on=None)
    shown = {name: getattr(organisation, name) for name in ("name", "kind", "siren")}
    counted = own.exists() or "who" not in organisation.screens
    shown |= {"agents": heads.value if heads else None, "administration": counted}
    form = WhoForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        organisation.name, organisation.kind, organisation.siren = given["name"], given["kind"], given["siren"]
        organisation.save()
        if given["agents"]:
            estimate.keep_headcounts(access, on, {"agents": given["agents"]}, _("RSU, agents au 31 décembre"))
        if given["administration"] and not own.exists():
            path = entities.free_path(organisation, _("Administration"), organisation.name)
            access.add(Entity, kind=Entity.ADMINISTRATION, name=_("Administration"), path=path)
        elif not given["administration"]:
            own.filter(answers__isnull=True).delete()
            own.update(closed_on=timezone.localdate())
        screens.pass_screen(organisation, "who")
        access.record(_("a dit qui est la collectivité"))
        return _go_on(access, "who")
    return render_form(request, form, "structure/who.html", screens=screens.list_screens(access), current="who")


@access_required()
def list_entities(request: HttpRequest, access: Access, *, schools: bool = False) -> HttpResponse:
    """Directorates and sites, or schools: those there are, one more by form, several by lines or a file."""
    code = "schools" if schools else "entities"
    many = request.method == "POST" and "lines" in request.POST
    form = EntityForm(access, None if many else request.POST or None, schools=schools)
    together = ListForm(request.POST, request.FILES) if many else ListForm()
    if request.method == "POST" and "done" in request.POST:
        screens.pass_screen(access.organisation, code)
        return _go_on(access, code)
    if many and together.is_valid():
        given = together.cleaned_data
        received = (
            lists.keep_file(access, given["file"], schools=schools)
            if given["file"]
            else lists.keep_text(access, given["lines"], schools=schools)
        )
        return access.redirect("structure:list", received.pk)
    if request.method == "POST" and not many and form.is_valid():
        entity = form.save()
        access.record(_("a ajouté l’entité « {name} »").format(name=entity))
        text = _("« {name} » est ajoutée.").format(name=entity)
        return access.redirect_with(request, text, f"structure:{code}")
    own = access.of(Entity).select_related("parent").prefetch_related("countings", "successors")
    own = own.filter(kind=Entity.SCHOOL) if schools else own.exclude(kind=Entity.SCHOOL)
    values = {
        "page": Paginator(own, PAGE).get_page(request.GET.get("page")), "together": together, "schools": schools,
        "screens": screens.list_screens(access), "current": code, "kinds": row_labels("entity_kinds"),
        "owners": row_labels("owners"), "closed": own.exclude(closed_on=None).count(),
    }  # fmt: skip
    status = 422 if form.errors or together.errors else 200
    return render(request, "structure/entities.html", {"form": form} | values, status=status)


@access_required()
def edit_entity(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One entity: what it is called and whose its equipment is; its end, its place in the counts, its erasure."""
    entity = access.get(Entity, pk=number)
    action = request.POST.get("action", "") if request.method == "POST" else ""
    form = EntityForm(access, request.POST if action == "save" else None, entity)
    close = CloseForm(request.POST if action == "close" else None, initial={"closed_on": entity.closed_on})
    start = {"since": date(timezone.localdate().year - 1, 1, 1)}
    counting = CountingForm(request.POST if action == "count" else None, initial=start)
    held, done = entities.what_holds(entity), ""
    if action == "save" and form.is_valid():
        form.save()
        done = _("C’est enregistré.")
    elif action == "close" and close.is_valid():
        entities.split_entity(entity, close.cleaned_data["closed_on"], close.cleaned_data["successors"])
        done = _("« {name} » est fermée : elle quitte les comptes de cette année-là.")
    elif action == "reopen":
        entities.reopen_entity(entity)
        done = _("« {name} » est rouverte.")
    elif action == "count" and counting.is_valid():
        Counting.objects.create(entity=entity, made_by=access.person, **counting.cleaned_data)
        done = _("Le choix est enregistré, avec sa date.")
    elif action == "erase" and not held:
        entity.delete()
        done = _("« {name} » est effacée.")
    if done:
        access.record(_("a changé l’entité « {name} »").format(name=entity))
        page = "structure:schools" if entity.kind == Entity.SCHOOL else "structure:entities"
        return access.redirect_with(request, done.format(name=entity), page)
    values = {"entity": entity, "close": close, "counting": counting, "held": held}
    status = 422 if any(one.errors for one in (form, close, counting)) else 200
    return render(request, "structure/entity.html", {"form": form} | values, status=status)


@access_required(read=Role.OFFICER)
def pick(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The rows of a list beside the entities there are: those ticked are taken in; first its columns, if need be."""
    received = access.get(ReceivedList, pk=number)
    back = access.url(_screen(received))
    try:
        if not received.columns or "colonnes" in request.GET:
            form = _columns_form(request, access, received)
            if form is not None:
                values = {"received": received, "back": back}
                return column_maps.show_columns(request, "structure/columns.html", form, **values)
            if request.method == "POST":
                return access.redirect("structure:list", number)
        lines, problems = lists.read_lines(received)
    except CannotUse as error:
        values = {"received": received, "back": back, "faults": error.problems}
        return render(request, "structure/refused.html", values, status=422)
    wanted = screens.kind_row(access.organisation)["school_type"] if received.schools else ""
    words = request.GET.get("texte", "").strip().lower()
    shown = [line for line in lines if words in " ".join(map(str, line.given.values())).lower()]
    if request.method == "POST":
        ticked = set(request.POST.getlist("row"))
        whole = "all" in request.POST
        chosen = [line for line in shown if (lists.is_usual(line, wanted) if whole else str(line.number) in ticked)]
        n = lists.take_in(access.organisation, chosen)
        text = ngettext("{n} entité est enregistrée.", "{n} entités sont enregistrées.", n)
        access.record(text.format(n=n))
        return access.redirect_with(request, text.format(n=n), _screen(received))
    usual = {line.number for line in shown if lists.is_usual(line, wanted)}
    ordered = sorted(shown, key=lambda line: line.number not in usual)
    values = {
        "received": received, "back": back, "problems": problems, "usual": usual, "words": words, "wanted": wanted,
        "page": Paginator(ordered, PAGE).get_page(request.GET.get("page")),
        "wrong": [line for line in lines if line.state == lists.WRONG],
    }  # fmt: skip
    return render(request, "structure/pick.html", values)


def _screen(received: ReceivedList) -> str:
    return "structure:schools" if received.schools else "structure:entities"


def _columns_form(request: HttpRequest, access: Access, received: ReceivedList) -> ColumnsForm | None:
    """The form about the headers; None once they are known, word for word or because a person said them."""
    maps = column_maps.maps_for(access.organisation, table=lists.TABLE)
    proposal = call_bounded(received.path.name, sheet_formats.propose_for_file, received.path, lists.TABLE, maps)
    known = None if "colonnes" in request.GET else lists.map_of(proposal)
    if known is None:
        form = ColumnsForm(proposal, request.POST if "map" in request.POST else None)
        if "map" not in request.POST or form.errors:
            return form
        known = form.map
        column_maps.keep_map(access, known, None)
    lists.keep_columns(received, known)
    return None


@access_required(read=Role.OFFICER)
def tasks(request: HttpRequest, access: Access) -> HttpResponse:
    """Who does what: each task, who has it today, and how long it takes."""
    if request.method == "POST":
        screens.pass_screen(access.organisation, "tasks")
        return _go_on(access, "tasks")
    members = access.of(Membership).filter(person__is_active=True).select_related("person").prefetch_related("entities")
    rows = []
    for row in text_rows("tasks"):
        able = [one for one in members if one.role >= int(row["role"])]
        own = [one for one in able if one.role == int(row["role"])] or able
        rows.append({"label": in_words(row, "label"), "minutes": in_words(row, "minutes"), "people": own})
    values: dict[str, Any] = {"tasks": rows, "screens": screens.list_screens(access), "current": "tasks"}
    values["schools"] = access.of(Entity).filter(kind=Entity.SCHOOL, closed_on=None).count()
    return render(request, "structure/tasks.html", values)


@access_required(write=None)
def export(request: HttpRequest, access: Access) -> HttpResponse:
    """The entities as a table, to correct in a spreadsheet and give back."""
    return download(write_csv(entities.table_of(access.organisation)), "entites.csv", CSV)
