"""What views share: a file to keep, the page of one form, its status, a form that changes one row."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.common.edit_conflicts import Both, Editor, save, shown

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def form_page(heading: str, form: Any, back: str, section: str) -> dict[str, Any]:
    """What a page that is one form needs: where it is in the menu; `back`, where one goes without changing anything."""
    return {"heading": heading, "form": form, "back": back, "both": None, "section": section}


def edit_row(
    request: HttpRequest, access: Editor, row: Any, form: Any, values: dict[str, Any], **suggested: Any
) -> HttpResponse:
    """The page of a form that changes one row, whose fields have its names; both texts when someone wrote first."""
    made = form(request.POST or None, initial=shown(row, getattr(form, "func", form)) | suggested)
    both = None
    if request.method == "POST" and made.is_valid():
        both = save(access, row, made, _("a modifié : {what}").format(what=row))
        if both is None:
            return redirect(values["back"])
    return render(request, "common/form.html", values | {"form": made, "both": both}, status=form_status(made, both))


def form_status(form: Any, both: Both | None = None) -> int:
    """The HTTP status of a page with a form: 422 when something is to be corrected, 409 when someone wrote first."""
    return 409 if both else 422 if form.errors else 200


def download(content: str | bytes, name: str, kind: str) -> HttpResponse:
    """Bytes to keep under a name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def whole_number(text: str) -> int:
    """The number that a page sent, 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0
