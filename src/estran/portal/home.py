"""The pages around the apps: where to start, the home of an organisation, the accessibility statement, health."""

import sys

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.defaults import server_error

from estran.portal import approach
from estran.portal.common import room
from estran.portal.organisations.access import Access, access_required
from estran.portal.results import figures


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """The home of the person's only organisation, or the choice between several."""
    memberships = request.user.memberships.select_related("organisation").order_by("organisation__name")
    if len(memberships) == 1:
        return redirect("home", memberships[0].organisation.slug)
    return render(request, "start.html", {"memberships": memberships})


@access_required(write=None)
def home(request: HttpRequest, access: Access) -> HttpResponse:
    """The next step, the figure with its interval, the alerts, the steps of the approach."""
    situation = approach.assess_situation(access)
    run_figures = figures.of(situation.run) if situation.run else None
    return render(request, "home.html", {"situation": situation, "figures": run_figures})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "accessibility.html")


def fault(request: HttpRequest) -> HttpResponse:
    """What failed is in the log; a full disk is said, for someone can do something about it."""
    return room.refuse() if room.explains(sys.exc_info()[1]) else server_error(request)


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Whether the portal and its database answer, for a monitor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
