"""What views share: the page of one form and its status, the page of one row, a file to keep."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.common.edit_conflicts import Conflict, Editor, save_edit, shown_values

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def form_page(heading: str, form: Any, back: str, section: str) -> dict[str, Any]:
    """What a page that is one form needs: where it is in the menu; `back`, where one goes without changing anything."""
    return {"heading": heading, "form": form, "back": back, "both": None, "section": section}


def edit_row(
    request: HttpRequest, access: Editor, row: Any, form: Any, values: dict[str, Any], **suggested: Any
) -> HttpResponse:
    """The page of a form that changes one row, whose fields have its names; both texts when someone wrote first."""
    filled = form(request.POST or None, initial=shown_values(row, getattr(form, "func", form)) | suggested)
    both = None
    if request.method == "POST" and filled.is_valid():
        both = save_edit(access, row, filled, _("a modifié : {what}").format(what=row))
        if both is None:
            return redirect(values["back"])
    return render(
        request, "common/form.html", values | {"form": filled, "both": both}, status=form_status(filled, both)
    )


def form_status(form: Any, both: Conflict | None = None) -> int:
    """The HTTP status of a page with a form: 422 when something is to be corrected, 409 when someone wrote first."""
    return 409 if both else 422 if form.errors else 200


@dataclass(frozen=True)
class Removal:
    """How the page of a row offers to remove it."""

    title: str
    button: str
    note: str = ""


@dataclass(frozen=True)
class RowPage:
    """The page of a form for one row: its title, its place in the menu, the pages above it, where « Annuler » leads.

    `note` stands above the form; `choices` are offered for the field whose widget names the list « types »; without
    `removal` there is no row to remove yet.
    """

    title: str
    section: str
    crumbs: list[tuple[str, str]]
    back: str
    note: str = ""
    choices: Collection[str] = ()
    removal: Removal | None = None


def render_row(request: HttpRequest, form: Any, page: RowPage) -> HttpResponse:
    """The page of a form for one row."""
    return render(request, "common/row.html", {"form": form, "page": page}, status=form_status(form))


def download(content: str | bytes, name: str, kind: str) -> HttpResponse:
    """Bytes to keep under a name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def whole_number(text: str) -> int:
    """The number that a page sent, 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0
