"""The approach at a glance: its eight steps with state and date, the next thing to do, what needs attention.

Each function asks the apps in one query or two; a step whose app has nothing yet is « à venir ».
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import Exists, OuterRef
from django.utils import timezone

from estran.catalogue.labels import word
from estran.common import formatting
from estran.common.language import _, ngettext
from estran.common.shipped import text_rows
from estran.portal.collection import campaigns
from estran.portal.collection.models import Campaign
from estran.portal.common.catalogue_rows import CLOSED, code_label
from estran.portal.diagnostic.models import Charter, Diagnostic
from estran.portal.indicators import computation
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Role
from estran.portal.plan import votes
from estran.portal.plan.models import STRATEGY, Action, Strategy
from estran.portal.publishing.models import AssemblyReport
from estran.portal.results.models import Run
from estran.portal.structure import screens
from estran.portal.workshops.models import Session, Vision

DONE, DOING, TO_COME = "done", "doing", "to_come"
MOST_ALERTS = 3  # on the home page
WORKSHOP_DURATION = timedelta(days=7)


@dataclass(frozen=True)
class Step:
    """One step of the approach: its state (done, doing, to_come), the date of that state, and its page if any."""

    code: str
    state: str = TO_COME
    on: date | datetime | None = None
    url: str = ""

    @property
    def label(self) -> str:
        """Its name."""
        return code_label("approach_steps", self.code)

    @property
    def state_label(self) -> str:
        """The state in words."""
        return word("step", self.state)


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
    computed = list(Run.counting.filter(organisation=access.organisation).select_related("inventory", "baseline"))
    reference = next((run for run in reversed(computed) if run.frozen), None)
    latest = next((run for run in computed if not run.estimate), computed[0] if computed else None)
    path = _steps(access, latest, reference)
    next_step = _find_next_step(access, latest, reference, path)
    return Situation(latest, reference, path, next_step, list(islice(_alerts(access, latest), MOST_ALERTS)))


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
    charter = access.of(Charter).first()
    state, on = (DONE, charter.signed_on) if charter else (TO_COME, None)
    return Step("charter", state, on, access.url("diagnostic:charter"))


def _diagnostic_step(access: Access) -> Step:
    """Done once the room ranked its priorities."""
    diagnostic = access.of(Diagnostic).first()
    if diagnostic is None:
        return Step("diagnostic", url=access.url("diagnostic:diagnostics"))
    state, on = (DONE, diagnostic.ended_on) if diagnostic.ended_on else (DOING, diagnostic.started_on)
    return Step("diagnostic", state, on, access.url("diagnostic:diagnostic", diagnostic.pk))


def _vision_step(access: Access) -> Step:
    """Done once a workshop has a result."""
    vision = access.of(Vision).first()
    if vision is None:
        return Step("vision", url=access.url("workshops:visions"))
    state = DONE if vision.phase == Vision.RESULT else DOING
    return Step("vision", state, vision.on, access.url("workshops:vision", vision.pk))


def _strategy_step(access: Access) -> Step:
    """Done once voted."""
    act = votes.last_vote(access, STRATEGY)
    state = DONE if act else DOING if access.of(Strategy).exists() else TO_COME
    return Step("strategy", state, act.session if act else None, access.url("plan:strategy"))


def _plan_step(access: Access) -> Step:
    """Under way as long as an action is open."""
    last_changed = access.of(Action).order_by("-changed_at").first()
    open_actions = access.of(Action).exclude(status__in=CLOSED)
    state = TO_COME if last_changed is None else DOING if open_actions.exists() else DONE
    on = last_changed.changed_at if last_changed else None
    return Step("plan", state, on, access.url("plan:actions"))


def _vote_step(access: Access) -> Step:
    """Done once both the strategy and the plan are voted."""
    acts = votes.last_votes(access)
    state, on = (TO_COME, DOING, DONE)[len(acts)], max((act.session for act in acts), default=None)
    return Step("vote", state, on, access.url("plan:votes"))


def _review_step(access: Access) -> Step:
    """Done with the last review composed."""
    report = access.of(AssemblyReport).filter(kind=AssemblyReport.REVIEW).first()
    if report is None:
        return Step("review")
    url = access.url("assembly:report", report.pk) if access.manages else ""
    return Step("review", DONE, report.session, url)


def _footprint_step(access: Access, latest: Run | None, reference: Run | None) -> Step:
    run = reference or latest
    if run is None:
        return Step("footprint")
    state, on = (DONE, run.frozen.decided_on) if reference else (DOING, run.computed_at)
    return Step("footprint", state, on, access.url("results:run", run.pk))


def _find_next_step(access: Access, latest: Run | None, reference: Run | None, path: list[Step]) -> NextStep:
    """First a figure, then a reference, then the steps of the approach that are left, then the round of each year."""
    if answer := _answer_to_send(access):
        return answer
    if latest is None and (left := screens.left(screens.list_screens(access))):
        return _begin(access, left)
    if latest is None:
        why = _("Quatorze nombres suffisent pour un premier chiffre, avec son intervalle.")
        button, when = _("Faire une première estimation"), _("maintenant, en dix minutes")
        return _officer_step(access, button, why, when, access.url("results:first_estimate"))
    if reference is None and latest.estimate:
        if campaign := access.of(Campaign).first():
            return _follow_campaign(access, campaign)
        why = _("L’estimation est faite. La collecte la remplace par ce que chaque entité a vraiment.")
        when = _("maintenant, en un quart d’heure")
        return _officer_step(access, _("Ouvrir la collecte"), why, when, access.url("collection:campaigns"))
    if reference is None:
        why = _("Une fois relu, le bilan se gèle avec la décision qui en fait l’année de référence.")
        return _reread_run(access, latest, why)
    return _first_step_left(access, path) or _step_of_the_year(access, latest)


def _officer_step(access: Access, button: str, why: str, when: str, url: str) -> NextStep:
    return NextStep(button, why, _("la personne qui pilote la démarche"), when, url, access.manages)


def _begin(access: Access, left: list[screens.Screen]) -> NextStep:
    """The start in four screens, taken up where it was left."""
    why = _("Quatre écrans pour commencer : qui vous êtes, vos directions, vos établissements, qui fait quoi.")
    minutes = sum(one.minutes for one in left)
    when = ngettext("maintenant, en {n} minute", "maintenant, en {n} minutes", minutes)
    first = next((one for one in left if one.mine), left[0])
    new = len(left) == len(screens.ADDRESSES)
    button = _("Commencer") if new else _("Reprendre : {screen}").format(screen=first.label)
    return _officer_step(access, button, why, when.format(n=minutes), first.address)


def _reread_run(access: Access, run: Run, why: str) -> NextStep:
    button, when = _("Relire le bilan {year}").format(year=run.year), _("maintenant, en une heure")
    return _officer_step(access, button, why, when, access.url("results:run", run.pk))


def _answer_to_send(access: Access) -> NextStep | None:
    """The answer that a contributor has to send for one of his entities, as long as the collection is open."""
    campaign = access.of(Campaign).first() if access.role == Role.CONTRIBUTOR else None
    if campaign is None or campaign.closes_on < timezone.localdate():
        return None
    statuses = campaigns.answer_statuses(campaign, campaigns.visible_answers(access, campaign))
    for status in statuses:
        if status.state in (campaigns.TO_START, campaigns.TO_SETTLE):
            why = _("La collecte {year} attend la réponse de « {entity} ».")
            why = why.format(year=campaign.year, entity=status.answer.entity)
            when = _("avant le {day}").format(day=formatting.day(campaign.closes_on.isoformat()))
            url = access.url("collection:answer", status.answer.pk)
            return NextStep(_("Répondre"), why, str(access.person), when, url, True)
    return None


def _first_step_left(access: Access, path: list[Step]) -> NextStep | None:
    """The first step of the approach that is left; a plan under way is not one, nor a strategy that waits its vote."""
    under_way = {"plan", "strategy"}
    left = {
        step.code: step for step in path if step.state != DONE and not (step.state == DOING and step.code in under_way)
    }
    for row in text_rows("approach_steps"):
        if row["code"] in left and row["button_fr"]:
            return _officer_step(access, row["button_fr"], row["why_fr"], row["when_fr"], left[row["code"]].url)
    return None


def _step_of_the_year(access: Access, latest: Run) -> NextStep:
    """The round of each year: collect the year that ended, freeze its run, write its review, then the plan."""
    ended = timezone.localdate().year - 1
    if latest.year < ended:
        if campaign := access.of(Campaign).filter(year=ended).first():
            return _follow_campaign(access, campaign)
        why = _("Le dernier bilan est celui de {year}. L’année {ended} est finie : elle se collecte.")
        why, when = why.format(year=latest.year, ended=ended), _("maintenant, en un quart d’heure")
        button = _("Ouvrir la collecte {year}").format(year=ended)
        return _officer_step(access, button, why, when, access.url("collection:campaigns"))
    if not latest.frozen:
        why = _("Le bilan {year} est calculé. Relu, il se gèle : il pourra être publié et comparé.")
        return _reread_run(access, latest, why.format(year=latest.year))
    if not access.of(AssemblyReport).filter(kind=AssemblyReport.REVIEW, run__year__gte=latest.year).exists():
        why = _("Le bilan {year} est gelé : la revue annuelle dit à l’assemblée ce qui a été fait, et ce qui a bougé.")
        button, when = _("Composer la revue annuelle"), _("avant la séance, en dix minutes")
        return _officer_step(access, button, why.format(year=latest.year), when, access.url("assembly:reports"))
    why = _("Tout est fait pour {year}. La collecte {next} s’ouvrira en janvier {opens} ; d’ici là, le plan se tient "
            "à jour.")  # fmt: skip
    why = why.format(year=latest.year, next=latest.year + 1, opens=latest.year + 2)
    who, when = _("les pilotes des actions"), _("chaque mois, en dix minutes")
    return NextStep(_("Voir les actions du plan"), why, who, when, access.url("plan:actions"), True)


def _follow_campaign(access: Access, campaign: Campaign) -> NextStep:
    why = _("La collecte {year} est ouverte : régler les libellés, accepter les réponses, puis calculer le bilan.")
    when = _("avant le {day}").format(day=formatting.day(campaign.closes_on.isoformat()))
    if campaign.closes_on < timezone.localdate():
        why = _("La collecte {year} est finie : régler ce qui reste, puis calculer le bilan.")
        when = _("maintenant")
    button, why = _("Suivre la collecte {year}").format(year=campaign.year), why.format(year=campaign.year)
    return _officer_step(access, button, why, when, access.url("collection:board", campaign.pk))


def _alerts(access: Access, latest: Run | None) -> Iterator[Alert]:
    redone = access.of(Job).filter(
        state=Job.DONE, kind=OuterRef("kind"), title=OuterRef("title"), asked_at__gt=OuterRef("asked_at")
    )
    unfinished = list(access.of(Job).filter(~Exists(redone)).exclude(state=Job.DONE)) if access.manages else []
    if failed := [job for job in unfinished if job.state == Job.FAILED][:MOST_ALERTS]:
        text = ngettext("Un travail a échoué : {title}.", "{n} travaux ont échoué, dont : {title}.", len(failed))
        text = f"{text.format(n=len(failed), title=failed[0].title)} {failed[0].reason}"
        yield Alert(text, access.url("jobs:job", failed[0].pk))
    if still := next((job for job in unfinished if job.still), None):
        text = _("Rien n’avance depuis {span} : le service qui fait les calculs est sans doute arrêté.")
        yield Alert(text.format(span=still.lasts), access.url("jobs:job", still.pk))
    for job in (job for job in unfinished if job.stopped):
        text = _("Le serveur s’est arrêté pendant un travail, qui reprend : {title}.").format(title=job.title)
        yield Alert(text, access.url("jobs:job", job.pk))
    computed = computation.read_state(access.organisation).followed
    for verdict in computed.counters if computed else []:
        if verdict.verdict == "not_met":
            text = _("Le minimum légal n’est pas atteint : {rule}.").format(rule=verdict.label)
            yield Alert(text, access.url("indicators:texts"))
    campaign = access.of(Campaign).first()
    if campaign and (unmatched := campaigns.count_unknown_labels(access, campaign)):
        text = ngettext("{n} libellé à régler dans la collecte.", "{n} libellés à régler dans la collecte.", unmatched)
        yield Alert(text.format(n=unmatched), access.url("collection:labels", campaign.pk))
    if access.manages:
        opened = (
            access.of(Session).exclude(state=Session.CLOSED).filter(opened_at__lt=timezone.now() - WORKSHOP_DURATION)
        )
        for session in opened:
            text = _("{workshop} est resté ouvert : terminez-le pour effacer les réponses de chacun.")
            yield Alert(text.format(workshop=session), access.url("workshops:session", session.pk))
    if latest and latest.estimate:
        text = _("Le chiffre est une estimation : les inventaires la remplaceront, famille par famille.")
        yield Alert(text, access.url("results:run", latest.pk))
