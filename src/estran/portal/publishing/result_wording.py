"""What a session may be told of results, in sentences: effects of the plan, money, charter, law, what moved."""

from estran.catalogue import labels
from estran.common import formatting
from estran.common.language import _, ngettext
from estran.common.shipped import row_labels
from estran.portal.diagnostic.models import TargetProof
from estran.portal.plan import votes
from estran.portal.plan.effects import target_of
from estran.portal.plan.models import PLAN, STRATEGY
from estran.portal.plan.objective_status import format_value
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.plan_wording import voted_actions
from estran.portal.publishing.wording import Facts, Tonnes
from estran.portal.publishing.words import count_words, joined, lowered, sentence


def tell_effects(facts: SessionFacts) -> Facts:
    """Where the actions computed lead, which of them make most of it, what is missing to the target."""
    plan = facts.prospects
    if plan is None or plan.criterion != "gwp":
        return {}
    year = plan.project["cumulative_to"]
    last = next(row for row in plan.years if row["year"] == year)
    tonnes, told = Tonnes(plan.project["base"].get("gwp") or last["reference_stock"]), Facts()
    text = _("Sans plan, l’empreinte serait d’environ {without} en {year} ; avec lui, d’environ {with_plan} [plan].")
    told["trajectory"] = text.format(
        without=tonnes.words(last["reference_stock"]), with_plan=tonnes.words(last["plan_stock"]), year=year
    )
    if last["plan_stock_low"] is not None:
        between = _("Avec le plan, elle se situerait entre {low} et {high}.")
        told["trajectory"] += " " + between.format(
            low=tonnes.number(last["plan_stock_low"]), high=tonnes.words(last["plan_stock_high"])
        )
    counted = [row for row in plan.actions if not row["note"] and row["share_stock"]]
    whole = sum(-row["share_stock"] for row in counted)
    if counted and whole > 0:
        best = counted[:3]
        part = sum(-row["share_stock"] for row in best)
        text = _("{n} actions font {share} de l’effet : {titles}.")
        told["best_actions"] = text.format(
            n=count_words(len(best)).capitalize(), share=formatting.percent(round(part / whole, 2)),
            titles=joined([lowered(row["title"]) for row in best]),
        )  # fmt: skip
        told["effect_title"] = _("Le plan évite environ {amount} au total d’ici {year}").format(
            amount=Tonnes(whole).words(whole), year=year
        )
    others = len(voted_actions(facts)) - len(counted)
    if others > 0:
        text = _(
            "{n} autres actions servent un but que l’empreinte ne mesure pas, ou leur effet n’est pas encore chiffré."
        )
        told["other_actions"] = text.format(n=count_words(others).capitalize())
    return told | _gap(facts, last["plan_stock"], tonnes)


def _gap(facts: SessionFacts, reached: float, tonnes: Tonnes) -> Facts:
    """The target, and what is missing to it: said in the body and in an article."""
    target = target_of(facts.strategy) if facts.strategy else None
    if target is None or facts.strategy is None:
        return {}
    base = facts.strategy.base_run
    aim = target.get("value")
    if aim is None:  # a fall is one from a figure
        if base is None or base.mean is None:
            return {}
        aim = base.mean * (1 - target["reduction"])
    row = next((row for row in facts.objectives if row.objective.indicator == "FP04" and row.led_to is not None), None)
    told = Facts(target_year=str(facts.strategy.to_year))
    if row and row.objective.start_on and row.objective.target is not None and row.led_to is not None:
        told["target_share"] = format_value(row.objective.target, "%")
        told["target_since"] = str(row.objective.start_on.year)
        told["led_share"] = format_value(round(row.led_to), "%")
    elif base and base.mean:
        told["target_share"] = format_value(-round(target.get("reduction", 0) * 100), "%")
        told["target_since"], told["led_share"] = (
            str(base.year),
            format_value(round((reached / base.mean - 1) * 100), "%"),
        )
    if tonnes.rounded(reached) > tonnes.rounded(aim):
        missing = (tonnes.rounded(reached) - tonnes.rounded(aim)) * 1000
        text = _(
            "La cible est de {target} en {year}. Les actions chiffrées n’y conduisent pas : il manque {gap} par an."
        )
        told["gap"] = text.format(target=tonnes.words(aim), gap=tonnes.words(missing), year=facts.strategy.to_year)
        told["target_missed"] = "yes"
    else:
        text = _("La cible est de {target} en {year} : les actions chiffrées y conduisent.")
        told["gap"] = text.format(target=tonnes.words(aim), year=facts.strategy.to_year)
        told["target_met"] = "yes"
    return told


def tell_money(facts: SessionFacts) -> Facts:
    """Three lines, never added: new costs, new savings, savings that an earlier decision already gives."""
    money, told = facts.money, Facts()
    years = money.years
    if any(money.costs.values()):
        spans = {"first": min(years), "last": max(years)}
        whole, investment, running = (
            sum(map(money.total, ("investment", "running"))),
            *map(money.total, ("investment", "running")),
        )
        text = _("De {first} à {last}, les actions chiffrées demandent {whole} : {investment} en "
            "investissement, {running} en "
                 "fonctionnement.")  # fmt: skip
        told["costs"] = text.format(**spans, whole=euros(whole), investment=euros(investment), running=euros(running))
        told["money_title"] = _("Le plan demande {whole} d’ici {last}").format(whole=euros(whole), last=max(years))
    if money.saved:
        text = _("Elles économisent {amount}.") if "costs" in told else _("Les actions chiffrées économisent {amount}.")
        told["saved"] = text.format(amount=euros(sum(money.saved.values())))
    if money.won:
        text = _("Des décisions antérieures à la stratégie économisent déjà {amount} sur la période. "
            "Nous ne portons pas cette "
                 "somme au crédit du plan.")  # fmt: skip
        told["won"] = text.format(amount=euros(sum(money.won.values())))
    if money.uncosted:
        text = ngettext("{n} action n’est pas encore chiffrée, faute de devis ou parce qu’elle ne "
            "demande que du temps d’agents.",
                        "{n} actions ne sont pas encore chiffrées, faute de devis ou parce qu’elles ne "
                            "demandent que du temps "
                        "d’agents.", len(money.uncosted))  # fmt: skip
        told["uncosted"] = text.format(n=count_words(len(money.uncosted)).capitalize())
    if facts.run and (spent := _spent(facts, facts.run.year)):
        told["spent"] = spent
    return told


def euros(amount: float) -> str:
    """An amount of euros in a sentence."""
    return _("{amount} euros").format(amount=formatting.count(amount))


def _spent(facts: SessionFacts, year: int) -> str:
    lines = [
        line for one in facts.actions for line in one.budgets.all() if line.year == year and line.nature != "savings"
    ]
    spent = [line.actual for line in lines if line.actual is not None]
    planned = [line.forecast for line in lines if line.forecast is not None and line.actual is not None]
    if not spent:
        return ""
    text = _("En {year}, {spent} ont été dépensés, sur {planned} prévus.")
    if not planned:
        text = _("En {year}, {spent} ont été dépensés. Ce qui était prévu n’a pas été noté.")
    return text.format(year=year, spent=euros(sum(spent)), planned=euros(sum(planned)))


def tell_charter(facts: SessionFacts) -> tuple[Facts, dict[str, list[str]]]:
    """The last review of the charter: what is not kept first, with why."""
    if not facts.reviews:
        return {}, {}
    year = max(review.year for review in facts.reviews)
    rows = [review for review in facts.reviews if review.year == year]
    missed, kept = ([one for one in rows if one.done is done] for done in (False, True))
    targets, told = row_labels("charter_targets"), Facts()
    text = _("En {year}, {n} engagements ont été revus ; {missed} ne sont pas tenus.")
    if not missed:
        text = _("En {year}, {n} engagements ont été revus, et tous sont tenus.")
    told["charter_reviewed"] = text.format(year=year, n=count_words(len(rows)), missed=count_words(len(missed)))
    title = _("{kept} engagements de la charte tenus sur {n} revus")
    told["charter_title"] = title.format(
        kept=count_words(len(kept)).capitalize() if kept else _("Aucun"), n=count_words(len(rows))
    )
    proven = set(facts.access.of(TargetProof).values_list("target", flat=True))
    sentences = []
    for text, chosen in (
        (_("Sont tenus, pièces à l’appui : {titles}."), [one for one in kept if one.target in proven]),
        (_("Sont tenus, sans pièce enregistrée : {titles}."), [one for one in kept if one.target not in proven]),
    ):
        titles = [lowered(targets.get(one.target, one.target)) for one in chosen]
        sentences += [text.format(titles=joined(titles))] if titles else []
    if sentences:
        told["charter_kept"] = " ".join(sentences)
    lines = [
        _("Non tenu : {title}. {why}").format(title=lowered(targets.get(one.target, one.target)), why=sentence(one.why))
        for one in missed
    ]
    return told, {"charter_missed": lines}


def tell_law(facts: SessionFacts) -> tuple[Facts, dict[str, list[str]]]:
    """One sentence a legal minimum: met, not met, not known."""
    words = {"met": _("{rule} : le minimum est atteint."), "not_met": _("{rule} : le minimum n’est pas atteint."),
             "not_computable": _("{rule} : nous ne le savons pas encore.")}  # fmt: skip
    lines = [words[one.verdict].format(rule=one.label) for one in facts.counters if one.verdict in words]
    told = {"law_sentence": lines[0]} if lines else Facts()
    judged = [one for one in facts.counters if one.verdict in words]
    failing = next((words[one.verdict].format(rule=one.label) for one in judged if one.verdict == "not_met"), "")
    return told | ({"law_sentence": failing} if failing else {}), {"law": lines}


def tell_moved(facts: SessionFacts) -> tuple[Facts, dict[str, list[str]]]:
    """What changed since the votes, a sentence each."""
    lines: list[str] = []
    acts = [act for kind in (STRATEGY, PLAN) if (act := votes.last_vote(facts.access, kind))]
    if not acts:
        return {}, {}
    for act in acts:
        for row in votes.changes_since_vote(act):
            if row["field"] in {labels.word("voted", name) for name in ("target", "due_on", "status", "ends_on")}:
                text = _("{what} : {field} passe de « {before} » à « {after} ».")
                lines.append(text.format(**row))
            elif not row["field"]:
                lines.append(
                    _("{what} : {change} depuis le vote.").format(
                        what=row["what"], change=row["after"] or row["before"]
                    )
                )
    if not lines:
        return {}, {"moved": [_("Rien n’a changé dans le plan depuis le vote.")]}
    text = ngettext("{n} changement depuis le vote.", "{n} changements depuis le vote.", len(lines))
    return {"moved": "yes", "moved_sentence": text.format(n=count_words(len(lines)).capitalize())}, {"moved": lines}
