"""What a person writes for a session: each passage with its question, the facts as a suggestion, and its last text."""

from collections.abc import Iterator

from estran.common.language import _
from estran.common.shipped import text_rows
from estran.portal.organisations.access import Access
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.models import AssemblyText
from estran.portal.publishing.plan_wording import HELD_BACK, action_sentence, existing_actions, slipped_sentence
from estran.portal.publishing.wording import Facts
from estran.reporting.assembly.outline import Passage, fill, fill_known


def passages_of(facts: SessionFacts, moment: str, told: Facts) -> list[Passage]:
    """Every passage of a moment, with its last text where someone settled it."""
    settled = {
        (one.field, one.subject): one.text for one in facts.access.of(AssemblyText).filter(moment=moment).order_by("pk")
    }
    wanted = {
        row["text_fr"] for row in text_rows("assembly_outline") if row["moment"] == moment and row["kind"] == "field"
    }
    passages = []
    for row in text_rows("assembly_fields"):
        if row["field"] not in wanted:
            continue
        for subject, about, suggestion in _subjects(facts, moment, row, told):
            passages.append(Passage(
                row["field"], row["label_fr"], row["question_fr"], int(row["most_words"]), subject, about, suggestion,
                settled.get((row["field"], subject)),
            ))  # fmt: skip
    return passages


def _subjects(facts: SessionFacts, moment: str, row: dict[str, str], told: Facts) -> Iterator[tuple[str, str, str]]:
    """What a field is asked of: itself, each action, each that slipped, each contradiction; with a suggestion."""
    if row["each"] == "action":
        for one in existing_actions(facts):
            yield one.code, one.title, action_sentence(one, facts)
    elif row["each"] == "slipped":
        for one in facts.actions:
            if one.status in HELD_BACK or one.overdue:
                yield one.code, one.title, slipped_sentence(one)
    elif row["each"] == "contradiction":
        for alert in facts.contradictions:
            yield alert.key, alert.text, ""
    elif row["field"] == "H10":
        yield "", "", "\n".join(articles_of(moment, told))
    else:
        yield "", "", fill_known(row["suggestion_fr"], told)


def articles_of(moment: str, told: Facts) -> list[str]:
    """The model articles of a moment that its facts can fill."""
    rows = [row for row in text_rows("assembly_articles") if row["moment"] == moment]
    filled = [fill(row["text_fr"], told) for row in rows if not row["when"] or told.get(row["when"])]
    return [text for text in filled if text]


def settle(access: Access, moment: str, field: str, subject: str, text: str) -> AssemblyText:
    """Keep what a person wrote; an empty text leaves the passage out. The former texts stay."""
    row = access.add(AssemblyText, moment=moment, field=field, subject=subject[:200], text=text.strip())
    label = fields()[field]["label_fr"]
    access.record(_("a écrit un passage pour l’assemblée : {what}").format(what=label))
    return row


def fields() -> dict[str, dict[str, str]]:
    """The fields by their code."""
    return {row["field"]: row for row in text_rows("assembly_fields")}


def accept_suggestions(access: Access, moment: str, passages: list[Passage]) -> int:
    """Accept every suggestion that is still open; how many."""
    accepted = [one for one in passages if one.open and one.suggestion]
    for one in accepted:
        settle(access, moment, one.field, one.subject, one.suggestion)
    return len(accepted)
