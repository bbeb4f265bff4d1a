"""The annexes of a session: what is voted in full, action by action; the method, what is missing, the sources."""

from collections.abc import Iterator

from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import row_labels, text_rows
from estran.portal.plan import votes
from estran.portal.plan.effects import won_before
from estran.portal.plan.models import Action
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.models import AssemblyReport
from estran.portal.publishing.plan_wording import voted_actions
from estran.portal.publishing.words import sentence
from estran.reporting.blocks import Block, Heading, Items, Paragraph, Table
from estran.reporting.chapters import breakdowns, confidence, conformity, method, projection, sources


def annexes(facts: SessionFacts, moment: str) -> Iterator[Block]:
    """The annexes of a moment; each opens by saying what it holds and who needs it."""
    if moment == AssemblyReport.FOUNDING:
        yield from _annex(
            _("La charte"), _("Le texte de la charte est joint tel qu’il est approuvé. Il engage qui le signe.")
        )
        name = facts.charter.file_name if facts.charter else ""
        yield Paragraph(_("[Joindre le fichier : {name}]").format(name=name or _("texte de la charte")), "prompt")
    if moment in (AssemblyReport.PLAN, AssemblyReport.END) and facts.actions:
        yield from _actions(facts)
        yield from _checklist(facts)
    if moment in (AssemblyReport.REVIEW, AssemblyReport.END):
        yield from _moved(facts)
    if moment == AssemblyReport.FOUNDING and facts.actions:
        yield from _annex(
            _("Les actions déjà menées"), _("Cette liste nomme chaque action et la direction qui la porte.")
        )
        unnamed = _("direction à nommer")
        yield Items([f"{one.title} ({one.entity.name if one.entity else unnamed})." for one in facts.actions])
    if facts.summary:
        yield from _footprint(facts)


def _annex(title: str, opens: str) -> Iterator[Block]:
    yield Heading(title, 1, kind="annex")
    yield Paragraph(opens)


def _actions(facts: SessionFacts) -> Iterator[Block]:
    yield from _annex(_("Les fiches des actions"), _("Une fiche par action du plan : quoi, pourquoi, "
        "qui, quand, combien. "
                                                     "Elle sert à qui pilote et à qui contrôle."))  # fmt: skip
    for one in voted_actions(facts):
        yield from action_sheet(facts, one)
    dropped = [one for one in facts.actions if one.status == "dropped"]
    if dropped:
        yield Heading(_("Actions abandonnées"), 2)
        for one in dropped:
            why = next((note.text for note in one.notes.all()), _("raison à écrire"))
            yield Paragraph(f"{one.title}\u00a0: {sentence(why)}")


def action_sheet(facts: SessionFacts, one: Action) -> Iterator[Block]:
    """An action on a sheet: what, why, who, steps, money, indicator, effect or why it has none."""
    yield Heading(f"{one.code} {one.title}", 2)
    if one.description:
        yield Paragraph(one.description)
    names = row_labels("indicators")
    told = [
        (_("Objectif servi"), one.objective.title if one.objective else ""),
        (_("Direction pilote"), one.entity.name if one.entity else ""),
        (_("Élu référent"), one.elected),
        (_("Partenaires"), one.partners),
        (_("État"), one.status_label),
        (_("Fin prévue"), formatting.day(one.ends_on.isoformat()) if one.ends_on else ""),
        (_("Indicateur"), ", ".join(names.get(code, code) for code in one.indicators)),
        (_("Effet sur l’empreinte"), _effect(facts, one)),
    ]
    yield Items([f"{label}\u00a0: {sentence(text)}" for label, text in told if text])
    if steps := list(one.steps.all()):
        done, due = _("faite le {day}"), _("pour le {day}")
        yield Items([
            f"{step.title}, " + (done.format(day=formatting.day(step.done_on.isoformat())) if step.done_on
            else due.format(day=formatting.day(step.due_on.isoformat())) if step.due_on else _("sans date")) + "."
            for step in steps
        ])  # fmt: skip
    lines = list(one.budgets.all())
    if lines:
        rows = [
            [str(line.year), line.nature_label, *(_("non chiffré") if cell is None else formatting.count(cell)
             for cell in (line.forecast, line.actual))]
            for line in lines
        ]  # fmt: skip
        yield Table(
            _("Budget de l’action, en euros"), [_("Année"), _("Nature"), _("Prévu"), _("Réalisé")], rows, "llrr"
        )


def _effect(facts: SessionFacts, one: Action) -> str:
    if won_before(one, facts.strategy):
        return _("acquis avant la stratégie, déjà dans le bilan")
    rows = facts.prospects.actions if facts.prospects else []
    row = next((row for row in rows if row["code"] == one.code), None)
    if row is None or not one.levers:
        return _("effet non chiffré, parce que l’action ne change rien que l’empreinte mesure")
    if row["note"]:
        return _("effet non chiffré, parce que : {note}").format(note=row["note"])
    text = _("{amount} évités jusqu’en {year}")
    year = facts.prospects.project["cumulative_to"] if facts.prospects else ""
    return text.format(amount=formatting.quantity(row["avoided_stock"], "kg CO2 eq"), year=year)


def _checklist(facts: SessionFacts) -> Iterator[Block]:
    yield from _annex(_("La liste du décret 2022-1084"), _("Ce que le décret attend des collectivités "
        "que la loi nomme. Elle est "
                                                           "facultative pour les autres."))  # fmt: skip
    checked = facts.strategy.checked if facts.strategy else []
    states = {True: _("oui"), False: _("pas encore")}
    yield Items(
        [f"{row['label_fr']}\u00a0: {states[row['code'] in checked]}." for row in text_rows("strategy_checklist")]
    )


def _moved(facts: SessionFacts) -> Iterator[Block]:
    yield from _annex(_("Ce qui a changé depuis les votes"), _("Champ par champ, la valeur votée et "
        "celle d’aujourd’hui. À lire avant "
                                                               "de modifier le plan."))  # fmt: skip
    for act in votes.last_votes(facts.access):
        rows = [[row["what"], row["field"], row["before"], row["after"]] for row in votes.changes_since_vote(act)]
        what = votes.kind_label(act.version.kind)
        if rows:
            caption = _("Depuis le vote du {day} : {what}").format(
                day=formatting.day(act.session.isoformat()), what=what
            )
            yield Table(caption, [_("Où"), _("Quoi"), _("Voté"), _("Aujourd’hui")], rows, "llll", long=True)
        else:
            yield Paragraph(_("Rien n’a changé pour {what}.").format(what=what))


def _footprint(facts: SessionFacts) -> Iterator[Block]:
    run = facts.summary
    assert run is not None
    yield from _annex(
        _("Les valeurs exactes"),
        _("Les chiffres du rapport, avant arrondi, et tous les critères. Pour qui veut vérifier."),
    )
    if run.families:
        yield breakdowns.parts(run)
        yield breakdowns.families(run)
    yield from breakdowns.criteria(run)
    if facts.prospects:
        yield from projection.outline(projection.Projection(facts.prospects, run.names))
    yield from _annex(
        _("Ce qui n’est pas compté"),
        _("Ce que le calcul laisse de côté, et la qualité des données. Pour qui tient les registres."),
    )
    yield from confidence.gaps(run)
    yield from confidence.factor_sets(run)
    yield confidence.quality(run)
    yield confidence.limits(run)
    yield from _annex(
        _("La méthode et les sources"),
        _("Les règles du calcul, le périmètre, les sources. Pour qui veut refaire le calcul."),
    )
    yield from method.rules()
    yield method.perimeter(run)
    yield from method.exclusions(run)
    yield sources.source_list(run)
    yield conformity.checklist(run)
