"""What views share: the page of a form, the page that changes one row, a file to keep."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.common.edit_conflicts import Editor, shown_values

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def render_form(request: HttpRequest, form: Any, template: str = "common/form.html", /, **values: Any) -> HttpResponse:
    """A page with a form: 422 when something is to be corrected, 409 and both texts when someone wrote first.

    The page that is one form alone asks for `heading`, `section` (its place in the menu) and `back` (where one goes
    without changing anything); it may have a `note`, and `codes` to choose from. « common/row.html » asks for `above`
    too, the pages above it; it may have `choices` for the widget that names the list « types », and a `removal` with
    its `title`, `button` and `note`.
    """
    both = getattr(form, "conflict", None)
    status = 409 if both else 422 if form.errors else 200
    return render(request, template, {"form": form, "both": both} | values, status=status)


def edit_row(
    request: HttpRequest, access: Editor, row: Any, form: Any, *, back: str, suggested: Any = None, **values: Any
) -> HttpResponse:
    """The page of a form that changes one row, whose fields have its names; then one goes `back`.

    `suggested` is shown in place of values of the row; the other values are those of `render_form`.
    """
    initial = shown_values(row, getattr(form, "func", form)) | (suggested or {})
    filled = form(request.POST or None, initial=initial)
    if filled.is_valid() and filled.save_on(row, access, _("a modifié : {what}").format(what=row)):
        return redirect(back)
    return render_form(request, filled, back=back, **values)


def edit_listed_row(
    request: HttpRequest,
    access: Editor,
    form: Any,
    then: str,
    *,
    saved: tuple[str, str],
    removed: tuple[str, str],
    **page: Any,
) -> HttpResponse:
    """The page of a row of a list, which is saved or removed; then one goes to an address.

    `saved`, `removed`: the entry of the audit log, and what the next page says. The rest: see `render_form`.
    """
    row = form.instance
    if "delete" in request.POST:
        done = removed if type(row)._default_manager.filter(pk=row.pk).delete()[0] else ("", "")
    elif form.is_valid():
        form.save()
        done = saved
    else:
        return render_form(request, form, "common/row.html", **page)
    if done[0]:
        access.record(done[0])
    if done[1]:
        messages.success(request, done[1])
    return redirect(then)


def download(content: str | bytes, name: str, kind: str) -> HttpResponse:
    """Bytes to keep under a name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def whole_number(text: str) -> int:
    """The number that a page sent, 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0
