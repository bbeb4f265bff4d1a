"""Composes the documents of a session: report, draft deliberation, annexes, one page, slides, note of its rapporteur.

One outline, filled once with facts and with what people wrote, so that no figure differs from one document to another.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import row_labels, rows_by_code, text_rows
from estran.common.vocabulary import limit
from estran.portal.organisations.access import Access
from estran.portal.publishing import assembly_annexes, assembly_blocks, passages, plan_wording, result_wording, wording
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.models import AssemblyReport
from estran.portal.publishing.words import count_words, joined, lowered
from estran.portal.results.models import Run
from estran.reporting.assembly import outline
from estran.reporting.assembly.outline import ACT, ANNEX, NOTE, PAGE, REPORT, SLIDES, Material, Part
from estran.reporting.blocks import Block, Document, Fold, Heading, PageBreak, Paragraph

DOCUMENTS = (PAGE, REPORT, ACT, ANNEX, SLIDES, NOTE)  # in the order of the bundle


@dataclass(frozen=True)
class Composed:
    """The documents of a session by name, the decision they ask, the passages still open."""

    documents: dict[str, Document]
    asked: str
    open_passages: int

    def as_values(self) -> dict[str, Any]:
        """The documents as values that JSON keeps."""
        return {name: document.as_values() for name, document in self.documents.items()}


def gather(facts: SessionFacts, moment: str) -> Material:
    """All that the outline of a moment is filled with."""
    told = tell(facts)
    objectives, actions = plan_wording.tell_objectives(facts), plan_wording.tell_actions(facts)
    charter, law, moved = (
        result_wording.tell_charter(facts),
        result_wording.tell_law(facts),
        result_wording.tell_moved(facts),
    )
    lists: dict[str, list[str]] = {"national": [row["text_fr"] for row in text_rows("quotable_figures")]}
    for more, rows in (objectives, actions, charter, law, moved):
        told |= more
        lists |= rows
    existing = plan_wording.existing_actions(facts)
    if existing:
        told["existing_count"] = count_words(len(existing)).capitalize()
    return Material(
        told, lists, assembly_blocks.blocks_of(facts), passages.passages_of(facts, moment, told), _sources(facts)
    )


def tell(facts: SessionFacts) -> dict[str, str]:
    """The facts in words that are no list."""
    return {
        **suggestion_facts(facts),
        **wording.tell_level(facts),
        **wording.tell_change(facts),
        **result_wording.tell_money(facts),
    }


def suggestion_facts(facts: SessionFacts) -> dict[str, str]:
    """The facts that suggestions are written from: those that a page reads at once."""
    told = {
        **wording.tell_authority(facts),
        **wording.tell_workshops(facts),
        **plan_wording.tell_acts(facts),
        **result_wording.tell_effects(facts),
        **plan_wording.tell_objectives(facts)[0],
        **plan_wording.tell_actions(facts)[0],
        **result_wording.tell_moved(facts)[0],
        **_dates(facts),
        **_indicator_facts(facts),
    }
    return told | ({} if facts.objectives else {"no_objectives": "yes"})


def _dates(facts: SessionFacts) -> dict[str, str]:
    """The text of the strategy, the year of the run, the dates that articles give."""
    told = {"strategy_text": facts.strategy.text} if facts.strategy and facts.strategy.text else {}
    if facts.run:
        told["year"] = str(facts.run.year)
    if facts.session:
        told["in_a_year"] = _day(date(facts.session.year + 1, 12, 31))
        told["before_measures"] = _day(date(facts.session.year + 1, 6, 30))
    return told


def _indicator_facts(facts: SessionFacts) -> dict[str, str]:
    """What registers prove, in a sentence; the core indicators that are not known."""
    told = {}
    slots = plan_wording.slots_of(facts)
    for name, template in (
        ("reuse_fact", _("{RE03_sum} matériels ont été remis à l’association de réemploi de "
            "{RE03_first} à {RE03_year} [registers].")),
        ("route_fact", _("{IN03_n} démarches en ligne sur {IN03_of} peuvent aussi se faire au guichet, "
            "par téléphone ou sur "
                         "papier [registers].")),
        ("register_fact", _("En {US02_year}, les dépannages à distance ont évité quelque {US02} [registers].")),
    ):  # fmt: skip
        if text := outline.fill(template, slots):
            told[name] = text
    core = [row for row in text_rows("indicators") if row["rank"] and row["code"] not in facts.indicators]
    if core:
        names = [lowered(row["label_fr"]) for row in core[:4]]
        told["unknown"] = joined(names)
    return told


def _sources(facts: SessionFacts) -> dict[str, str]:
    """What a note number leads to."""
    figures = text_rows("quotable_figures")
    sources = {"figures": _(" ; ").join(f"{row['source_fr']} ({row['year']})" for row in figures)}
    if facts.run:
        years = f"{facts.base.year} (n° {facts.base.pk}), " if facts.base else ""
        text = _("Bilan du numérique, calculs {years}{year} (n° {n}), périmètre : {label}.")
        label = facts.summary.perimeter["label"] if facts.summary else ""
        sources["run"] = text.format(years=years, year=facts.run.year, n=facts.run.pk, label=label)
    if facts.projection:
        text = _("Projection du plan n° {p}, à partir du bilan n° {n}.")
        sources["plan"] = text.format(p=facts.projection.pk, n=facts.projection.run_id)
    if facts.indicators:
        last = max(max(years) for years in facts.indicators.values())
        sources["registers"] = _("Registres et indicateurs, relevés à la fin de {year}.").format(year=last)
    if facts.acts:
        sources["votes"] = _("Délibérations enregistrées, avec leur numéro et leur vote.")
    return sources


def _day(day: date) -> str:
    return formatting.day(day.isoformat())


# ------------------------------------------------------------------------------------------------------ the documents


def compose(access: Access, moment: str, run: Run | None, session: date) -> Composed:
    """The documents of a moment for a session; those that still wait for someone bear a stamp."""
    facts = SessionFacts(access, run, session)
    material = gather(facts, moment)
    parts = outline.parts_of(moment, material)
    title = row_labels("moments")[moment].capitalize()
    subtitle = _("{name}, séance du {day}").format(name=access.organisation, day=_day(session))
    bodies: dict[str, list[Block]] = {
        PAGE: _page(parts, material),
        REPORT: outline.numbered(outline.blocks_for(parts, REPORT), material.sources),
        ACT: _act(facts, moment, parts, material),
        ANNEX: list(assembly_annexes.annexes(facts, moment)),
        SLIDES: _slides(parts, title),
        NOTE: _note(moment, parts, material),
    }
    documents = {
        name: outline.document(
            _title(name, title), subtitle, str(access.organisation),
            [*outline.stamp(material.open_passages if name != ANNEX else 0), *blocks], date.today().isoformat(),
        )
        for name, blocks in bodies.items()
    }  # fmt: skip
    asked = next((one.text or one.suggestion for one in material.passages if one.field == "H10"), "")
    return Composed(documents, asked, material.open_passages)


def _title(name: str, title: str) -> str:
    names = {ACT: _("Projet de délibération"), ANNEX: _("Annexes"), NOTE: _("Note de séance du rapporteur")}
    return names.get(name, title)


def _page(parts: list[Part], material: Material) -> list[Block]:
    """One page: the question, the facts, the money, what is asked."""
    articles = [part.block for part in parts if PAGE in part.places and part.section == "decision"]
    body = [part for part in parts if part.section != "decision"]
    blocks = outline.numbered(outline.blocks_for(body, PAGE), material.sources)
    return [Heading(_("L’essentiel en deux minutes"), 2), *blocks, Heading(_("Ce qu’on vous demande"), 2), *articles]


def _act(facts: SessionFacts, moment: str, parts: list[Part], material: Material) -> list[Block]:
    """The draft deliberation: visas to be confirmed by a named service, grounds, articles, marked empty places."""
    told = material.facts
    blocks: list[Block] = [
        Paragraph(_("Rapporteur : […] – Commission n° […]")),
        Paragraph(_("Le {assembly},").format(**told)),
    ]
    for row in text_rows("assembly_visas"):
        if row["moments"] != "*" and moment not in row["moments"].split("|"):
            continue
        if text := outline.fill(row["text_fr"], told):
            blocks.append(
                Paragraph(_("☐ {visa} [à confirmer : {service}]").format(visa=text, service=row["service"]), "visa")
            )
    for name in ("bound", "level", "gap"):
        if name in told:
            text = lowered(outline.plain_of(told[name]))
            blocks.append(Paragraph(_("Considérant ce qui suit : {text}").format(text=text), "considering"))
    blocks.append(Paragraph(_("Après en avoir délibéré, décide :"), "lead"))
    blocks += outline.blocks_for(parts, ACT)
    blocks.append(
        Paragraph(_("[Membres présents, pouvoirs et votes : à compléter par le logiciel de séance]"), "prompt")
    )
    return blocks


def _slides(parts: list[Part], title: str) -> list[Block]:
    """A heading a slide, what it shows, and what its speaker says."""
    blocks: list[Block] = []
    for heading, shown, notes in outline.slides_of(parts, title):
        plain = outline.numbered(shown, {})
        blocks += [Heading(heading), *plain, Fold(_("Notes de l’orateur"), [Paragraph(outline.plain_of(notes))])]
    return blocks


def _note(moment: str, parts: list[Part], material: Material) -> list[Block]:
    """Three minutes of speech, then the ten questions an opponent would ask, with an answer and its place."""
    headings = {part.section: part.block.text for part in parts if isinstance(part.block, Heading)}
    blocks: list[Block] = [
        Heading(_("Trois minutes")),
        *outline.numbered(outline.blocks_for(parts, NOTE), {}),
        PageBreak(),
    ]
    blocks.append(Heading(_("Dix questions difficiles")))
    asked = 0
    for row in text_rows("hostile_questions"):
        answer = outline.fill_known(row["answer_fr"], material.facts)
        if (
            not answer
            or asked == limit("hostile_questions")
            or (row["moments"] != "*" and moment not in row["moments"].split("|"))
        ):
            continue
        asked += 1
        where = headings.get(row["section"], "")
        blocks.append(Heading(row["question_fr"], 2))
        place = _(" (rapport, « {heading} »)").format(heading=where) if where else ""
        blocks.append(Paragraph(f"{outline.plain_of(answer)}{place}"))
    return blocks


def needs_run(moment: str) -> bool:
    """Whether a moment is told of a frozen run."""
    return rows_by_code("moments")[moment]["run"] == "yes"


def report_blocks(report: AssemblyReport, name: str) -> Document | None:
    """A document that a report kept; one of before the moments kept one document alone."""
    content = report.content
    if "is" in content:
        return Document.of_values(content) if name == REPORT else None
    return Document.of_values(content[name]) if name in content else None
