"""The page of GLPI as a source: its address, its tokens (never shown again), and fetching its lists for a campaign."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.portal.estates import glpi
from estran.portal.estates.models import Answer, Campaign, GlpiSource
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Entity, Role


class GlpiForm(forms.Form):
    """Where GLPI is and how to enter; an empty token keeps the one that is known."""

    address = forms.URLField(
        label=_("Adresse de l’API"), assume_scheme="https", help_text=_("elle finit par apirest.php")
    )
    user_token = forms.CharField(
        label=_("Jeton de l’utilisateur"), required=False, max_length=200,
        help_text=_("dans GLPI : préférences du compte, clés d’accès distant ; un compte en lecture seule suffit"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    app_token = forms.CharField(
        label=_("Jeton de l’application"), required=False, max_length=200,
        help_text=_("dans GLPI : configuration, API, client ; vide si GLPI n’en demande pas"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, source: GlpiSource | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"address": source.address if source else ""}} | kwargs)
        self.source = source

    def clean(self) -> dict[str, Any]:
        """A token is known, old or new; one given for another server must be given again."""
        given = super().clean() or {}
        address = given.get("address", "")
        if address and urlsplit(address).scheme not in ("http", "https"):
            self.add_error("address", _("Cette adresse doit commencer par https://."))
        moved = self.source is None or urlsplit(self.source.address)[:2] != urlsplit(address)[:2]
        if address and moved and not given.get("user_token"):
            self.add_error("user_token", _("Donnez le jeton de ce serveur."))
        return given

    def save(self, here: Access) -> GlpiSource:
        """Keep the source, its tokens encrypted."""
        given = self.cleaned_data
        values = {"address": given["address"]}
        values |= {name: glpi.seal(given[name]) for name in ("user_token", "app_token") if given[name]}
        return GlpiSource.objects.update_or_create(organisation=here.organisation, defaults=values)[0]


@access(read=Role.OFFICER)
def source(request: HttpRequest, here: Access) -> HttpResponse:
    """Say where GLPI is, or fetch its lists into the answer of an entity."""
    known = here.of(GlpiSource).first()
    fetching = request.method == "POST" and "fetch" in request.POST
    form = GlpiForm(known, request.POST if request.method == "POST" and not fetching else None)
    if fetching and known:
        answers = here.of(Answer).filter(entity__kind__in=(Entity.DIRECTORATE, Entity.OTHER))
        answer = get_object_or_404(answers.select_related("entity", "campaign"), pk=_number(request.POST["fetch"]))
        return redirect(ask(here, answer).address)
    if request.method == "POST" and form.is_valid():
        form.save(here)
        here.record(_("a réglé l’accès à GLPI"))
        messages.success(request, _("L’accès à GLPI est enregistré ; les jetons sont chiffrés."))
        return redirect("estates:glpi", here.organisation.slug)
    campaign = here.of(Campaign).first()
    answers = campaign.answers.select_related("entity").exclude(entity__kind=Entity.SCHOOL)[:50] if campaign else []
    values = {"form": form, "known": known, "campaign": campaign, "answers": answers}
    return render(request, "estates/glpi.html", values, status=422 if form.errors else 200)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def ask(here: Access, answer: Answer) -> Job:
    """Fetch the lists in the queue; asked twice in the same minute, once."""
    minute = timezone.now().strftime("%Y-%m-%dT%H:%M")
    title = _("Listes de GLPI, {entity}").format(entity=answer.entity)
    return queue.ask(here, "glpi", f"{answer.pk}:{minute}", title[:200], answer=answer.pk)
