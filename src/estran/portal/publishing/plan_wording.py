"""What a session may be told of the plan, in sentences: votes, objectives, actions, effects, money, charter, law."""

from collections import Counter
from datetime import date

from estran.analysis.indicators import Indicator
from estran.common import formatting
from estran.common.language import _, ngettext
from estran.common.shipped import text_rows
from estran.portal.plan import votes
from estran.portal.plan.effects import NOT_PROJECTED, won_before
from estran.portal.plan.models import PLAN, Act, Action
from estran.portal.plan.objective_status import SLIPPED, ObjectiveStatus, format_value
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.wording import Facts
from estran.portal.publishing.words import count_words, joined, lowered, sentence
from estran.reporting.assembly.outline import fill

HELD_BACK = (*SLIPPED, "paused", "dropped")


def voted_actions(facts: SessionFacts) -> list[Action]:
    """The actions that are put to the vote: neither to discuss nor dropped."""
    return [one for one in facts.actions if one.status not in NOT_PROJECTED]


# -------------------------------------------------------------------------------------------------------------- votes


def tell_acts(facts: SessionFacts) -> Facts:
    """The acts before this session, each with date, number and vote."""
    told, sentences = Facts(), []
    if charter := facts.charter:
        text = _("Le {day}, l’assemblée a approuvé la charte du numérique responsable (délibération n° {number}).")
        sentences.append(text.format(day=_day(charter.approved_on), number=charter.number))
    for act in facts.acts:
        if facts.session and act.session >= facts.session:
            continue
        text = _("Le {day}, elle a adopté {what} {result}, par la délibération n° {number} [votes].")
        sentences.append(text.format(
            day=_day(act.session), what=votes.kind_label(act.version.kind), result=act.result, number=act.number,
        ))  # fmt: skip
    if sentences:
        told["acts_recalled"] = told["act_founding"] = " ".join(sentences)
        numbers = [_("la délibération n° {number} du {day}").format(number=act.number, day=_day(act.session))
                   for act in facts.acts]  # fmt: skip
        if charter := facts.charter:
            numbers.insert(0, _("la délibération n° {number} du {day}").format(
                number=charter.number, day=_day(charter.approved_on)))  # fmt: skip
        told["visa_acts"] = _("Vu {acts} ;").format(acts=joined(numbers))
    if facts.base and facts.base.frozen:
        text = _("Vu la décision du {day} qui retient l’année {year} comme référence ;")
        told["visa_baseline"] = text.format(day=_day(facts.base.frozen.decided_on), year=facts.base.year)
    last = votes.last_vote(facts.access, PLAN)
    if last:
        voted = votes.read_version(last.version)["actions"]
        text = _("Le plan voté comptait {n} actions.")
        told["voted_counts"] = text.format(n=count_words(len(voted)))
    return told


def _day(day: date) -> str:
    return formatting.day(day.isoformat())


# ------------------------------------------------------------------------------------------------ objectives, actions


def tell_objectives(facts: SessionFacts) -> tuple[Facts, dict[str, list[str]]]:
    """Each objective in a sentence, a worse one first; each ambition with its objectives."""
    rows, told, lists = facts.objectives, Facts(), dict[str, list[str]]()
    if not rows:
        return told, lists
    order = ("behind", "unmeasured", "not_led", "on_track", "held")
    lists["objective_sentences"] = [_objective(row) for row in sorted(rows, key=lambda row: order.index(row.state))]
    states = Counter(row.state for row in rows)
    told["objectives_count"] = count_words(len(rows))
    good = states["held"] + states["on_track"]
    title = ngettext("{good} objectif sur {all} est tenu ou en bonne voie", "{good} objectifs sur {all} "
        "sont tenus ou en "
                     "bonne voie", good)  # fmt: skip
    if not good:
        title = _("Aucun des {all} objectifs n’est encore en bonne voie")
    told["objectives_title"] = title.format(good=count_words(good).capitalize(), all=count_words(len(rows)))
    if facts.ambitions:
        told["ambitions_count"] = count_words(len(facts.ambitions))
        lists["ambitions"] = [
            _ambition(one.title, one.text, [row for row in rows if row.objective.ambition_id == one.pk])
            for one in facts.ambitions
        ]
    behind = [row for row in rows if row.state == "behind"]
    if behind:
        text = _("Sont en retard aujourd’hui : {titles}.")
        told["behind"] = text.format(titles=joined([f"«\u00a0{lowered(row.objective.title)}\u00a0»" for row in behind]))
    return told, lists


def _objective(row: ObjectiveStatus) -> str:
    one = row.objective
    if row.reading is None or one.target is None or one.due_on is None:
        return _("{title} : l’objectif est {state}.").format(title=one.title, state=row.sentence)
    text = _(
        "{title} : {value} à la fin de {year}, {target} visés à la fin de {due} [registers]. L’objectif est {state}."
    )
    return text.format(
        title=one.title, value=format_value(row.reading.value, one.unit), year=row.reading.on.year,
        target=format_value(one.target, one.unit), due=one.due_on.year, state=row.sentence,
    )  # fmt: skip


def _ambition(title: str, text: str, rows: list[ObjectiveStatus]) -> str:
    parts = [sentence(_("Nous voulons {title}").format(title=lowered(title))), *([sentence(text)] if text else [])]
    known = [row for row in rows if row.reading and row.objective.target is not None and row.objective.due_on]
    checks = []
    for row in known:
        clause = _("{title} (aujourd’hui {value}, {target} en {due})")
        due = row.objective.due_on.year if row.objective.due_on else ""
        checks.append(clause.format(
            title=lowered(row.objective.title), due=due, target=format_value(row.objective.target, row.objective.unit),
            value=format_value(row.reading.value if row.reading else None, row.objective.unit),
        ))  # fmt: skip
    if checks:
        parts.append(_("Nous le vérifierons ainsi : {checks}.").format(checks=_(" ; ").join(checks)))
    return " ".join(parts)


def tell_actions(facts: SessionFacts) -> tuple[Facts, dict[str, list[str]]]:
    """The actions of the plan, who answers for each; those that slipped; those still to discuss, apart."""
    told, lists = Facts(), dict[str, list[str]]()
    in_plan = voted_actions(facts)
    lists["actions"] = [action_line(one) for one in in_plan if not won_before(one, facts.strategy)]
    if in_plan:
        told["actions_count"] = count_words(len(lists["actions"]))
    last = facts.strategy.to_year if facts.strategy else None
    if facts.session and last:
        told["plan_years"] = f"{facts.session.year}-{last}"
    discussed = [one for one in facts.actions if one.status == "to_discuss"]
    if discussed:
        text = _("Restent à discuter, et ne sont pas soumises au vote : {titles}.")
        told["to_discuss"] = text.format(titles=joined([f"«\u00a0{lowered(one.title)}\u00a0»" for one in discussed]))
    counts = Counter(one.status for one in facts.actions)
    if in_plan:
        told["statuses"] = _statuses(
            counts, votes.last_vote(facts.access, PLAN), len(facts.actions) - counts["to_discuss"]
        )
    late = [one for one in facts.actions if one.status in SLIPPED or one.overdue]
    if late:
        told["late_sentence"] = " ".join(slipped_sentence(one) for one in late[:3])
    elif in_plan:
        told["late_sentence"] = _("Aucune action n’est en retard aujourd’hui.")
    people = [one.elected for one in in_plan if one.elected]
    directorates = {str(one.entity) for one in in_plan if one.entity}
    if directorates:
        text = _("{n} directions répondent des actions du plan")
        told["answerable"] = text.format(n=count_words(len(directorates)).capitalize())
        told["answerable"] += _(", et {n} élus les suivent.").format(n=count_words(len(set(people)))) if people else "."
    return told, lists


def action_line(one: Action) -> str:
    """An action in two lines: what, new or pursued, who, until when; a directorate, never the name of an agent."""
    states = {"to_come": _("action nouvelle"), "done": _("action terminée")}
    state = states.get(one.status, _("action poursuivie"))
    who = joined([name for name in (one.entity.name if one.entity else "", one.elected) if name])
    until = _("jusqu’à la fin de {year}").format(year=one.ends_on.year) if one.ends_on else _("sans terme fixé")
    if not who:
        return _("{title} ({state}, {until}). Le responsable reste à nommer.").format(
            title=one.title, state=state, until=until
        )
    return _("{title} ({state}, {until}). En répond : {who}.").format(
        title=one.title, state=state, until=until, who=who
    )


def _statuses(counts: Counter[str], voted: Act | None, total: int) -> str:
    words = [
        ngettext("une est terminée", "{n} sont terminées", counts["done"]) if counts["done"] else "",
        ngettext("une avance", "{n} avancent", counts["doing"]) if counts["doing"] else "",
        ngettext("une n’a pas commencé", "{n} n’ont pas commencé", counts["to_come"]) if counts["to_come"] else "",
        ngettext("une est en retard", "{n} sont en retard", counts["late"]) if counts["late"] else "",
        ngettext("une est bloquée", "{n} sont bloquées", counts["blocked"]) if counts["blocked"] else "",
        ngettext("une est en pause", "{n} sont en pause", counts["paused"]) if counts["paused"] else "",
        ngettext("une est abandonnée", "{n} sont abandonnées", counts["dropped"]) if counts["dropped"] else "",
    ]
    names = ("done", "doing", "to_come", "late", "blocked", "paused", "dropped")
    clauses = [word.format(n=count_words(counts[name])) for word, name in zip(words, names, strict=True) if word]
    text = _("Sur les {n} actions suivies, {clauses}.")
    if total == 1:
        text = _("Le plan compte une seule action suivie ; {clauses}.")
    elif voted:
        text = _("Le plan a été voté le {day}. Sur les {n} actions suivies depuis, {clauses}.")
    return text.format(n=count_words(total), clauses=joined(clauses), day=_day(voted.session) if voted else "")


def slipped_sentence(one: Action) -> str:
    """An action that slipped: its state, the last note, the next date, who answers for it."""
    text = f"{one.title}\u00a0: {one.status_label.lower()}."
    if note := one.notes.first():
        text += f" {sentence(note.text)}"
    step = next((step for step in one.steps.all() if step.done_on is None and step.due_on), None)
    if step and step.due_on and step.due_on > date.today():
        text += " " + _("Prochaine étape : {what}, pour le {day}.").format(
            what=lowered(step.title), day=_day(step.due_on)
        )
    elif one.ends_on and one.status != "dropped":
        text += " " + _("Fin prévue : {day}.").format(day=_day(one.ends_on))
    who = one.entity.name if one.entity else ""
    answers = _("En répond : {who}.")
    return f"{text} {answers.format(who=who)}" if who else text


def existing_actions(facts: SessionFacts) -> list[Action]:
    """The actions that were there before the plan or are carried out: told one sentence each."""
    return [one for one in facts.actions if one.status in ("doing", "done", "late", "blocked", "paused")]


def action_sentence(one: Action, facts: SessionFacts) -> str:
    """Since when, which rule, which result proven; else that the result is not measured."""
    slots = slots_of(facts) | {"since": str(one.starts_on.year) if one.starts_on else ""}
    row = next((row for row in text_rows("action_sentences") if row["code"] == one.code), None)
    if row and all(slots.get(need) for need in row["needs"].split("|")) and (text := fill(row["text_fr"], slots)):
        return text
    start = _("Action menée depuis {year} : {title}.") if one.starts_on else _("{title}.")
    text = start.format(
        year=one.starts_on.year if one.starts_on else "", title=lowered(one.title) if one.starts_on else one.title
    )
    year = (facts.session.year if facts.session else date.today().year) + 1
    unknown = _("Le résultat n’est pas encore mesuré ; il le sera à partir de {year}.")
    return f"{text} {unknown.format(year=year)}"


def slots_of(facts: SessionFacts) -> Facts:
    """Each indicator in words: its value, its count and what it is out of, the year, the year before."""
    slots = Facts()
    for code, years in facts.indicators.items():
        last = years[max(years)]
        slots[code] = value_words(last)
        slots[f"{code}_year"] = str(last.year)
        slots[f"{code}_against"] = " "
        if last.numerator is not None:
            slots[f"{code}_n"] = count_words(round(last.numerator))
            total = sum(one.numerator or 0 for one in years.values())
            slots |= {f"{code}_sum": formatting.count(total) if total else "", f"{code}_first": str(min(years))}
        if last.denominator is not None:
            slots[f"{code}_of"] = count_words(round(last.denominator))
        before = years.get(last.year - 1)
        if before and before.value is not None and value_words(before) != slots[code]:
            slots[f"{code}_against"] = _(", contre {value} en {year}").format(
                value=value_words(before), year=before.year
            )
    return slots


def value_words(row: Indicator) -> str:
    """The value of an indicator as a sentence gives it: a percentage whole, a year to the tenth, a count as it is."""
    unit, value = row.unit, row.value or 0.0
    if unit == "%":
        return formatting.percent(round(value / 100, 2))
    per = unit.split("/")[0]
    number = formatting.number(value, "fr", 2) if value < 100 else formatting.count(float(f"{value:.3g}"))
    words = {"km": _("kilomètres"), "kWh": _("kilowattheures"), "sur 100": _("sur 100")}
    return f"{number}\u00a0{words.get(per, per)}".strip()
