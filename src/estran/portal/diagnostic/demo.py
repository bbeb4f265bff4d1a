"""The charter of the fictional département, and the two passes of its diagnostic."""

from datetime import date, datetime, time

from django.utils import timezone
from weasyprint import HTML

from estran.demo.files import read_facts, read_layouts
from estran.portal.diagnostic import questionnaires
from estran.portal.diagnostic.models import Charter, Diagnostic, Questionnaire, TargetProof, TargetReview
from estran.portal.organisations.access import Access

YEARS = (2022, 2025)
# Between the passes, one question was reworded: the passes do not compare on it.
REWORDED = "Q53"
NEW_WORDS = "Un an après, l’effet réel d’un nouvel outil est-il vérifié avec ceux qui s’en servent\u00a0?"


def load_diagnostics(access: Access) -> None:
    """Load the charter and both passes."""
    facts = dict(read_layouts("approach")["charter"])
    name, page = facts.pop("file"), f"<h1>{facts['title']}</h1><p>Document d’une collectivité fictive.</p>"
    charter = Charter.objects.create(organisation=access.organisation, made_by=access.person, **facts)
    charter.store_document(name, HTML(string=page).write_pdf())
    for row in read_facts("charter_proofs"):
        TargetProof.objects.create(organisation=access.organisation, **row)
    for row in read_facts("charter_reviews"):
        values = row | {"year": int(row["year"]), "done": row["done"] == "oui"}
        TargetReview.objects.create(organisation=access.organisation, made_by=access.person, **values)
    for year in YEARS:
        _load_diagnostic(access, year)


def _load_diagnostic(access: Access, year: int) -> None:
    version = questionnaires.current_version(access) if year == YEARS[0] else _adopt_reworded_question(access)
    workshops = facts_of_year("workshops", year)
    diagnostic = Diagnostic.objects.create(
        organisation=access.organisation, questionnaire=version, year=year, made_by=access.person,
        started_on=date.fromisoformat(workshops[0]["date"]), ended_on=date.fromisoformat(workshops[-1]["date"]),
    )  # fmt: skip
    held_at = {row["workshop"]: moment(row["date"]) for row in workshops}
    questions = {question.code: question for question in version.questions.select_related("facet")}
    for row in facts_of_year("diagnostic", year):
        question = questions[row["question"]]
        kind, text = ("agreed", "note") if question.asked else ("filled", "evidence")
        practice = int(row["practice"]) if row["practice"] else None
        values = {f"{kind}_importance": int(row["importance"]), f"{kind}_practice": practice, text: row["said"]}
        settled_at = held_at[str(question.facet.workshop)] if question.asked else None
        diagnostic.findings.create(question=question, settled_at=settled_at, **values)
    for row in facts_of_year("diagnostic_priorities", year):
        diagnostic.priorities.create(rank=int(row["rank"]), target=row["target"])


def _adopt_reworded_question(access: Access) -> Questionnaire:
    question = questionnaires.current_version(access).questions.select_related("facet").get(code=REWORDED)
    questionnaires.write_question(access, REWORDED, question.facet.code, text=NEW_WORDS)
    version = questionnaires.adopt_draft(access)
    if version is None:
        raise ValueError("the reworded questions of the demonstration are at fault")
    return version


def facts_of_year(name: str, year: int) -> list[dict[str, str]]:
    """The rows of a table of facts that are of one year."""
    return [row for row in read_facts(name) if row["year"] == str(year)]


def moment(day: str) -> datetime:
    """When a workshop of a day takes place."""
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time(14)))
