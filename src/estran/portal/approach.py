"""The approach at a glance: its eight steps with state and date, the next thing to do, what needs attention.

Each function asks the apps in one query or two; a step whose app has nothing yet is « à venir ».
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from estran.lang import _, ngettext
from estran.portal.estates import collection
from estran.portal.estates.models import Campaign
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.publishing.assembly_models import AssemblyReport
from estran.portal.results import followed
from estran.portal.results.models import Run
from estran.portal.strategy import acts
from estran.portal.strategy.models.charter import Charter
from estran.portal.strategy.models.diagnostic import Diagnostic
from estran.portal.strategy.models.plan import PLAN, STRATEGY, Action, Strategy
from estran.portal.strategy.models.workshops import Session, Vision
from estran.portal.strategy.plan_catalogue import CLOSED

DONE, DOING, TO_COME = "done", "doing", "to_come"
ALERTS = 3  # what a reader of the home page takes in
WORKSHOP_LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Step:
    """One step of the approach: its name, state (done, doing, to_come), the date of that state, and its page if any."""

    label: str
    state: str = TO_COME
    on: date | datetime | None = None
    url: str = ""

    @property
    def said(self) -> str:
        """The state in words."""
        return {DONE: _("fait"), DOING: _("en cours"), TO_COME: _("à venir")}[self.state]


@dataclass(frozen=True)
class Next:
    """The one thing to do now: what the button says, why, who does it and how long it takes."""

    button: str
    why: str
    who: str
    when: str
    url: str
    mine: bool


@dataclass(frozen=True)
class Alert:
    """Something that needs attention, in one sentence, with the page where to settle it."""

    said: str
    url: str


@dataclass(frozen=True)
class Situation:
    """What the home page shows. `run` is the latest year, one made from inventories rather than an estimate."""

    run: Run | None
    reference: Run | None
    path: list[Step]
    next: Next
    alerts: list[Alert]


def situation(here: Access) -> Situation:
    """Where the organisation is in its approach."""
    computed = list(here.of(Run).filter(computed_at__isnull=False).select_related("inventory", "baseline"))
    reference = next((run for run in reversed(computed) if run.frozen), None)
    front = next((run for run in computed if not run.estimate), computed[0] if computed else None)
    return Situation(
        front, reference, _path(here, front, reference), _next(here, front, reference), _alerts(here, front)[:ALERTS]
    )


def _path(here: Access, front: Run | None, reference: Run | None) -> list[Step]:
    return [
        _charter(here),
        _diagnostic(here),
        _footprint(here, front, reference),
        _vision(here),
        _strategy(here),
        _plan(here),
        _vote(here),
        _review(here),
    ]


def _charter(here: Access) -> Step:
    charter, address = here.of(Charter).first(), reverse("diagnostic:charter", args=(here.organisation.slug,))
    return Step(_("Charte"), DONE, charter.signed_on, address) if charter else Step(_("Charte"), url=address)


def _diagnostic(here: Access) -> Step:
    """Done once the room ranked its priorities."""
    found, slug = here.of(Diagnostic).first(), here.organisation.slug
    if found is None:
        return Step(_("Diagnostic"), url=reverse("diagnostic:diagnostics", args=(slug,)))
    address = reverse("diagnostic:diagnostic", args=(slug, found.pk))
    return Step(_("Diagnostic"), DONE if found.ended_on else DOING, found.ended_on or found.started_on, address)


def _vision(here: Access) -> Step:
    """Done once a workshop has a result."""
    found, slug = here.of(Vision).first(), here.organisation.slug
    if found is None:
        return Step(_("Vision"), url=reverse("diagnostic:visions", args=(slug,)))
    address = reverse("diagnostic:vision", args=(slug, found.pk))
    return Step(_("Vision"), DONE if found.phase == Vision.RESULT else DOING, found.on, address)


def _strategy(here: Access) -> Step:
    """Done once voted."""
    address = reverse("plan:strategy", args=(here.organisation.slug,))
    if act := acts.last(here, STRATEGY):
        return Step(_("Stratégie"), DONE, act.session, address)
    return Step(_("Stratégie"), DOING if here.of(Strategy).exists() else TO_COME, url=address)


def _plan(here: Access) -> Step:
    """Under way as long as an action is open."""
    found = here.of(Action).order_by("-changed_at").first()
    state = TO_COME if found is None else DOING if here.of(Action).exclude(status__in=CLOSED).exists() else DONE
    address = reverse("plan:actions", args=(here.organisation.slug,))
    return Step(_("Plan d’action"), state, found.changed_at if found else None, address)


def _vote(here: Access) -> Step:
    """Done once both the strategy and the plan are voted."""
    found = [act for act in (acts.last(here, STRATEGY), acts.last(here, PLAN)) if act]
    state = (TO_COME, DOING, DONE)[len(found)]
    on = max((act.session for act in found), default=None)
    return Step(_("Vote"), state, on, reverse("plan:votes", args=(here.organisation.slug,)))


def _review(here: Access) -> Step:
    """Done with the last review composed."""
    found = here.of(AssemblyReport).filter(kind=AssemblyReport.REVIEW).first()
    address = reverse("assembly:report", args=(here.organisation.slug, found.pk)) if found else ""
    url = address if here.manages else ""
    return Step(_("Revue annuelle"), DONE if found else TO_COME, found.session if found else None, url)


def _footprint(here: Access, front: Run | None, reference: Run | None) -> Step:
    label = _("Empreinte")
    if front is None:
        return Step(label)
    address = reverse("results:run", args=(here.organisation.slug, (reference or front).pk))
    if reference:
        return Step(label, DONE, reference.frozen.decided_on, address)
    return Step(label, DOING, front.computed_at, address)


def _next(here: Access, front: Run | None, reference: Run | None) -> Next:
    slug, officer = here.organisation.slug, _("la personne qui pilote la démarche")
    if front is None:
        why = _("Quatorze nombres suffisent pour un premier chiffre, avec son intervalle.")
        address = reverse("results:first_estimate", args=(slug,))
        return Next(_("Faire une première estimation"), why, officer, _("dix minutes"), address, here.manages)
    if reference is None and front.estimate:
        return _collect(here, officer)
    if reference is None:
        why = _("Une fois relu, le bilan se gèle avec la décision qui en fait l’année de référence.")
        address = reverse("results:run", args=(slug, front.pk))
        return Next(
            _("Relire le bilan {year}").format(year=front.year), why, officer, _("une heure"), address, here.manages
        )
    why = _("L’année de référence est fixée. Chaque chiffre s’ouvre jusqu’à sa source.")
    address = reverse("results:run", args=(slug, reference.pk))
    return Next(_("Lire le bilan de référence"), why, _("tout le monde"), _("dix minutes"), address, True)


def _collect(here: Access, officer: str) -> Next:
    """From the estimate to inventories: opening the collection, then following it."""
    campaign = here.of(Campaign).first()
    if campaign is None:
        why = _("L’estimation est faite. La collecte la remplace par ce que chaque entité a vraiment.")
        address = reverse("estates:campaigns", args=(here.organisation.slug,))
        return Next(_("Ouvrir la collecte"), why, officer, _("un quart d’heure"), address, here.manages)
    why = _("La collecte {year} est ouverte : régler les libellés, accepter les réponses, puis calculer le bilan.")
    address = reverse("estates:board", args=(here.organisation.slug, campaign.pk))
    label = _("Suivre la collecte {year}").format(year=campaign.year)
    return Next(label, why.format(year=campaign.year), officer, _("un quart d’heure"), address, True)


def _alerts(here: Access, front: Run | None) -> list[Alert]:
    alerts = []
    failed = list(here.of(Job).filter(state=Job.FAILED)[:ALERTS])
    if failed:
        said = ngettext("Un travail a échoué : {title}.", "{n} travaux ont échoué, dont : {title}.", len(failed))
        address = reverse("jobs:job", args=(here.organisation.slug, failed[0].pk))
        alerts.append(Alert(said.format(n=len(failed), title=failed[0].title), address))
    known = followed.last(here.organisation)
    for verdict in known.counters if known else []:
        if verdict.verdict == "not_met":
            said = _("Le minimum légal n’est pas atteint : {rule}.").format(rule=verdict.label)
            alerts.append(Alert(said, reverse("indicators:texts", args=(here.organisation.slug,))))
    campaign = here.of(Campaign).first()
    if campaign and (labels := collection.labels_left(here, campaign)):
        said = ngettext("{n} libellé à régler dans la collecte.", "{n} libellés à régler dans la collecte.", labels)
        address = reverse("estates:labels", args=(here.organisation.slug, campaign.pk))
        alerts.append(Alert(said.format(n=labels), address))
    alerts += _left_open(here)
    if front and front.estimate:
        said = _("Le chiffre est une estimation : les inventaires la remplaceront, famille par famille.")
        alerts.append(Alert(said, reverse("results:run", args=(here.organisation.slug, front.pk))))
    return alerts


def _left_open(here: Access) -> list[Alert]:
    """Workshops not ended after a week: everyone's answers are still there."""
    if not here.manages:
        return []
    since = timezone.now() - WORKSHOP_LASTS
    left = here.of(Session).exclude(state=Session.CLOSED).filter(opened_at__lt=since)
    said = _("{workshop} est resté ouvert : terminez-le pour effacer les réponses de chacun.")
    return [
        Alert(said.format(workshop=one), reverse("diagnostic:session", args=(here.organisation.slug, one.pk)))
        for one in left
    ]
