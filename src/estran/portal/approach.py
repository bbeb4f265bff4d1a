"""The approach at a glance: its eight steps with state and date, the next thing to do, what needs attention.

Each function asks the apps in one query or two; a step whose app has nothing yet is « à venir ».
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from estran.common import formatting
from estran.common.language import _, ngettext
from estran.portal.collection import campaigns
from estran.portal.collection.models import Campaign
from estran.portal.common.catalogue_rows import CLOSED
from estran.portal.diagnostic.models import Charter, Diagnostic
from estran.portal.indicators import computation
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Role
from estran.portal.plan import votes
from estran.portal.plan.models import STRATEGY, Action, Strategy
from estran.portal.publishing.models import AssemblyReport
from estran.portal.results.models import Run
from estran.portal.workshops.models import Session, Vision

DONE, DOING, TO_COME = "done", "doing", "to_come"
MOST_ALERTS = 3  # on the home page
WORKSHOP_DURATION = timedelta(days=7)


@dataclass(frozen=True)
class Step:
    """One step of the approach: its name, state (done, doing, to_come), the date of that state, and its page if any."""

    code: str
    label: str
    state: str = TO_COME
    on: date | datetime | None = None
    url: str = ""

    @property
    def state_label(self) -> str:
        """The state in words."""
        return {DONE: _("fait"), DOING: _("en cours"), TO_COME: _("à venir")}[self.state]


@dataclass(frozen=True)
class NextStep:
    """The one thing to do now: what the button says, why, who does it and when."""

    button: str
    why: str
    who: str
    when: str
    url: str
    mine: bool


@dataclass(frozen=True)
class Alert:
    """Something that needs attention, in one sentence, with the page where to settle it."""

    text: str
    url: str


@dataclass(frozen=True)
class Situation:
    """The state of the approach. `run` is that of the latest year, from inventories rather than an estimate."""

    run: Run | None
    reference: Run | None
    path: list[Step]
    next: NextStep
    alerts: list[Alert]


def assess_situation(access: Access) -> Situation:
    """Assess where an organisation is in its approach."""
    computed = list(access.of(Run).filter(computed_at__isnull=False).select_related("inventory", "baseline"))
    reference = next((run for run in reversed(computed) if run.frozen), None)
    latest = next((run for run in computed if not run.estimate), computed[0] if computed else None)
    path = _steps(access, latest, reference)
    next_step = _find_next_step(access, latest, reference, path)
    return Situation(latest, reference, path, next_step, _alerts(access, latest)[:MOST_ALERTS])


def _steps(access: Access, latest: Run | None, reference: Run | None) -> list[Step]:
    return [
        _charter_step(access),
        _diagnostic_step(access),
        _footprint_step(access, latest, reference),
        _vision_step(access),
        _strategy_step(access),
        _plan_step(access),
        _vote_step(access),
        _review_step(access),
    ]


def _charter_step(access: Access) -> Step:
    charter, address = access.of(Charter).first(), reverse("diagnostic:charter", args=(access.organisation.slug,))
    state, on = (DONE, charter.signed_on) if charter else (TO_COME, None)
    return Step("charter", _("Charte"), state, on, address)


def _diagnostic_step(access: Access) -> Step:
    """Done once the room ranked its priorities."""
    diagnostic, slug = access.of(Diagnostic).first(), access.organisation.slug
    if diagnostic is None:
        return Step("diagnostic", _("Diagnostic"), url=reverse("diagnostic:diagnostics", args=(slug,)))
    address = reverse("diagnostic:diagnostic", args=(slug, diagnostic.pk))
    state, on = (DONE, diagnostic.ended_on) if diagnostic.ended_on else (DOING, diagnostic.started_on)
    return Step("diagnostic", _("Diagnostic"), state, on, address)


def _vision_step(access: Access) -> Step:
    """Done once a workshop has a result."""
    vision, slug = access.of(Vision).first(), access.organisation.slug
    if vision is None:
        return Step("vision", _("Vision"), url=reverse("workshops:visions", args=(slug,)))
    address = reverse("workshops:vision", args=(slug, vision.pk))
    return Step("vision", _("Vision"), DONE if vision.phase == Vision.RESULT else DOING, vision.on, address)


def _strategy_step(access: Access) -> Step:
    """Done once voted."""
    address = reverse("plan:strategy", args=(access.organisation.slug,))
    if act := votes.last_vote(access, STRATEGY):
        return Step("strategy", _("Stratégie"), DONE, act.session, address)
    return Step("strategy", _("Stratégie"), DOING if access.of(Strategy).exists() else TO_COME, url=address)


def _plan_step(access: Access) -> Step:
    """Under way as long as an action is open."""
    last_changed = access.of(Action).order_by("-changed_at").first()
    open_actions = access.of(Action).exclude(status__in=CLOSED)
    state = TO_COME if last_changed is None else DOING if open_actions.exists() else DONE
    address = reverse("plan:actions", args=(access.organisation.slug,))
    return Step("plan", _("Plan d’action"), state, last_changed.changed_at if last_changed else None, address)


def _vote_step(access: Access) -> Step:
    """Done once both the strategy and the plan are voted."""
    acts = votes.last_votes(access)
    state = (TO_COME, DOING, DONE)[len(acts)]
    on = max((act.session for act in acts), default=None)
    return Step("vote", _("Vote"), state, on, reverse("plan:votes", args=(access.organisation.slug,)))


def _review_step(access: Access) -> Step:
    """Done with the last review composed."""
    report = access.of(AssemblyReport).filter(kind=AssemblyReport.REVIEW).first()
    address = reverse("assembly:report", args=(access.organisation.slug, report.pk)) if report else ""
    url = address if access.manages else ""
    return Step("review", _("Revue annuelle"), DONE if report else TO_COME, report.session if report else None, url)


def _footprint_step(access: Access, latest: Run | None, reference: Run | None) -> Step:
    label = _("Empreinte")
    if latest is None:
        return Step("footprint", label)
    address = reverse("results:run", args=(access.organisation.slug, (reference or latest).pk))
    if reference:
        return Step("footprint", label, DONE, reference.frozen.decided_on, address)
    return Step("footprint", label, DOING, latest.computed_at, address)


def _find_next_step(access: Access, latest: Run | None, reference: Run | None, path: list[Step]) -> NextStep:
    """First a figure, then a reference, then the steps of the approach that are left, then the round of each year."""
    slug, officer = access.organisation.slug, _officer()
    if answer := _answer_to_send(access):
        return answer
    if latest is None:
        why = _("Quatorze nombres suffisent pour un premier chiffre, avec son intervalle.")
        address = reverse("results:first_estimate", args=(slug,))
        when = _("maintenant, en dix minutes")
        return NextStep(_("Faire une première estimation"), why, officer, when, address, access.manages)
    if reference is None and latest.estimate:
        return _open_or_follow_collection(access, officer)
    if reference is None:
        why = _("Une fois relu, le bilan se gèle avec la décision qui en fait l’année de référence.")
        address = reverse("results:run", args=(slug, latest.pk))
        label = _("Relire le bilan {year}").format(year=latest.year)
        return NextStep(label, why, officer, _("maintenant, en une heure"), address, access.manages)
    return _first_step_left(access, path) or _step_of_the_year(access, latest)


def _officer() -> str:
    return _("la personne qui pilote la démarche")


def _answer_to_send(access: Access) -> NextStep | None:
    """The answer that a contributor has to send for one of his entities, as long as the collection is open."""
    campaign = access.of(Campaign).first() if access.role == Role.CONTRIBUTOR else None
    if campaign is None or campaign.closes_on < timezone.localdate():
        return None
    statuses = campaigns.answer_statuses(campaign, campaigns.visible_answers(access, campaign))
    for status in statuses:
        if status.state in (campaigns.TO_START, campaigns.TO_SETTLE):
            entity = status.answer.entity
            why = _("La collecte {year} attend la réponse de « {entity} ».").format(year=campaign.year, entity=entity)
            address = reverse("collection:answer", args=(access.organisation.slug, status.answer.pk))
            when = _("avant le {day}").format(day=formatting.day(campaign.closes_on.isoformat()))
            return NextStep(_("Répondre"), why, str(access.person), when, address, True)
    return None


def _first_step_left(access: Access, path: list[Step]) -> NextStep | None:
    """The first step of the approach that is left; a plan under way is not one."""
    left = {step.code: step for step in path if step.state != DONE}
    if "plan" in left and left["plan"].state == DOING:
        del left["plan"]
    if "strategy" in left and left["strategy"].state == DOING:
        del left["strategy"]  # it is written: what is left is its vote
    before = _("avant la séance")
    texts = {
        "charter": (_("Saisir la charte"), _("La charte signée dit à quoi la collectivité s’engage."),
                    _("dès sa signature, en dix minutes")),
        "diagnostic": (_("Mener le diagnostic"), _("Trois ateliers disent où l’on en est, et les priorités."),
                       _("trois ateliers de deux heures")),
        "vision": (_("Préparer l’atelier de vision"),
                   _("L’empreinte et le diagnostic nourrissent des idées communes, qui deviennent des objectifs."),
                   _("un atelier de deux heures")),
        "strategy": (_("Écrire la stratégie"),
                     _("Au plus huit objectifs, chacun avec son indicateur, sa cible et sa date."), before),
        "plan": (_("Écrire le plan d’action"),
                 _("Chaque action a un pilote, un budget, des dates ; le catalogue en propose."), before),
        "vote": (_("Préparer le vote"), _("La stratégie et le plan se votent séparément, puis ne changent plus."),
                 before),
    }  # fmt: skip
    for code, (label, why, when) in texts.items():
        if code in left:
            return NextStep(label, why, _officer(), when, left[code].url, access.manages)
    return None


def _step_of_the_year(access: Access, latest: Run) -> NextStep:
    """The round of each year: collect the year that ended, freeze its run, write its review, then the plan."""
    slug, today = access.organisation.slug, timezone.localdate()
    ended = today.year - 1
    if latest.year < ended:
        campaign = access.of(Campaign).filter(year=ended).first()
        if campaign:
            return _follow_campaign(access, campaign, _officer())
        why = _("Le dernier bilan est celui de {year}. L’année {ended} est finie : elle se collecte.")
        address = reverse("collection:campaigns", args=(slug,))
        label = _("Ouvrir la collecte {year}").format(year=ended)
        why = why.format(year=latest.year, ended=ended)
        return NextStep(label, why, _officer(), _("maintenant, en un quart d’heure"), address, access.manages)
    if not latest.frozen:
        why = _("Le bilan {year} est calculé. Relu, il se gèle : il pourra être publié et comparé.")
        address = reverse("results:run", args=(slug, latest.pk))
        label = _("Relire le bilan {year}").format(year=latest.year)
        when = _("maintenant, en une heure")
        return NextStep(label, why.format(year=latest.year), _officer(), when, address, access.manages)
    if not access.of(AssemblyReport).filter(kind=AssemblyReport.REVIEW, run__year__gte=latest.year).exists():
        why = _("Le bilan {year} est gelé : la revue annuelle dit à l’assemblée ce qui a été fait, et ce qui a bougé.")
        address, when = reverse("assembly:reports", args=(slug,)), _("avant la séance, en dix minutes")
        return NextStep(
            _("Composer la revue annuelle"), why.format(year=latest.year), _officer(), when, address, access.manages
        )
    why = _("Tout est fait pour {year}. La collecte {next} s’ouvrira en janvier {opens} ; d’ici là, le plan se tient "
            "à jour.")  # fmt: skip
    why = why.format(year=latest.year, next=latest.year + 1, opens=latest.year + 2)
    who, when = _("les pilotes des actions"), _("chaque mois, en dix minutes")
    return NextStep(_("Voir les actions du plan"), why, who, when, reverse("plan:actions", args=(slug,)), True)


def _open_or_follow_collection(access: Access, officer: str) -> NextStep:
    """From the estimate to inventories: opening the collection, then following it."""
    campaign = access.of(Campaign).first()
    if campaign is None:
        why = _("L’estimation est faite. La collecte la remplace par ce que chaque entité a vraiment.")
        address = reverse("collection:campaigns", args=(access.organisation.slug,))
        when = _("maintenant, en un quart d’heure")
        return NextStep(_("Ouvrir la collecte"), why, officer, when, address, access.manages)
    return _follow_campaign(access, campaign, officer)


def _follow_campaign(access: Access, campaign: Campaign, officer: str) -> NextStep:
    why = _("La collecte {year} est ouverte : régler les libellés, accepter les réponses, puis calculer le bilan.")
    address = reverse("collection:board", args=(access.organisation.slug, campaign.pk))
    label = _("Suivre la collecte {year}").format(year=campaign.year)
    when = _("avant le {day}").format(day=formatting.day(campaign.closes_on.isoformat()))
    if campaign.closes_on < timezone.localdate():
        why = _("La collecte {year} est finie : régler ce qui reste, puis calculer le bilan.")
        when = _("maintenant")
    return NextStep(label, why.format(year=campaign.year), officer, when, address, access.manages)


def _alerts(access: Access, latest: Run | None) -> list[Alert]:
    alerts = []
    redone = access.of(Job).filter(
        state=Job.DONE, kind=OuterRef("kind"), title=OuterRef("title"), asked_at__gt=OuterRef("asked_at")
    )
    unfinished = list(access.of(Job).filter(~Exists(redone)).exclude(state=Job.DONE)) if access.manages else []
    failed = [job for job in unfinished if job.state == Job.FAILED][:MOST_ALERTS]
    if failed:
        text = ngettext("Un travail a échoué : {title}.", "{n} travaux ont échoué, dont : {title}.", len(failed))
        address = reverse("jobs:job", args=(access.organisation.slug, failed[0].pk))
        alerts.append(Alert(text.format(n=len(failed), title=failed[0].title), address))
    for job in (job for job in unfinished if job.stopped):
        text = _("Le serveur s’est arrêté pendant un travail, qui reprend : {title}.").format(title=job.title)
        alerts.append(Alert(text, reverse("jobs:job", args=(access.organisation.slug, job.pk))))
    computed = computation.read_state(access.organisation).followed
    for verdict in computed.counters if computed else []:
        if verdict.verdict == "not_met":
            text = _("Le minimum légal n’est pas atteint : {rule}.").format(rule=verdict.label)
            alerts.append(Alert(text, reverse("indicators:texts", args=(access.organisation.slug,))))
    campaign = access.of(Campaign).first()
    if campaign and (unmatched := campaigns.count_unknown_labels(access, campaign)):
        text = ngettext("{n} libellé à régler dans la collecte.", "{n} libellés à régler dans la collecte.", unmatched)
        address = reverse("collection:labels", args=(access.organisation.slug, campaign.pk))
        alerts.append(Alert(text.format(n=unmatched), address))
    alerts += _open_workshop_alerts(access)
    if latest and latest.estimate:
        text = _("Le chiffre est une estimation : les inventaires la remplaceront, famille par famille.")
        alerts.append(Alert(text, reverse("results:run", args=(access.organisation.slug, latest.pk))))
    return alerts


def _open_workshop_alerts(access: Access) -> list[Alert]:
    """Workshops not ended after a week: everyone's answers are still there."""
    if not access.manages:
        return []
    since = timezone.now() - WORKSHOP_DURATION
    sessions = access.of(Session).exclude(state=Session.CLOSED).filter(opened_at__lt=since)
    text = _("{workshop} est resté ouvert : terminez-le pour effacer les réponses de chacun.")
    return [
        Alert(text.format(workshop=session), reverse("workshops:session", args=(access.organisation.slug, session.pk)))
        for session in sessions
    ]
