"""What a session may be told of the authority, its footprint and its workshops, in sentences of plain French.

Each function gives facts by name, as the outline asks for them; a fact that is not known is not given.
"""

from datetime import date
from math import floor, log10

from estran.analysis.decomposition import DECIDED, Comparison
from estran.catalogue import labels
from estran.common import formatting
from estran.common.language import _, ngettext
from estran.common.shipped import rows_by_code, text_rows
from estran.portal.diagnostic import assessment
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.words import count_words, fraction_words, joined, lowered
from estran.portal.workshops.models import Group, Session
from estran.reporting.run_summary import RunSummary, answers

Facts = dict[str, str]
LEAST = 2.0  # how many times more, from which making is compared with use


def body_of(facts: SessionFacts) -> dict[str, str]:
    """The row of the kind of authority: that of the organisation, else the one its name says."""
    organisation = facts.access.organisation
    rows = rows_by_code("assembly_bodies")
    if row := rows.get(organisation.kind):
        return row
    name = organisation.name.casefold()
    named = (row for row in rows.values() if any(stem and stem in name for stem in row["stems"].split("|")))
    return next(named, rows["other"])


def tell_authority(facts: SessionFacts) -> Facts:
    """The authority, its assembly, the law it is under."""
    row = body_of(facts)
    schools = facts.access.organisation.entities.filter(kind="school").exists()
    axes = [lowered(axis["label_fr"]) for axis in text_rows("charter_axes")]
    told = {
        "The": row["the_fr"][:1].upper() + row["the_fr"][1:],
        "of_self": row["of_fr"],
        "assembly": row["assembly_fr"],
        "head": row["head_fr"],
        "visa": row["visa_fr"],
        "bound": row["bound_fr"],
        "axes": joined(axes),
        "axes_count": count_words(len(axes)),
    }
    if schools:
        told["schools_too"] = _(", établissements scolaires compris")
    return {"schools_too": " "} | told if not schools else told


# ------------------------------------------------------------------------------------------------------ the footprint


class Tonnes:
    """Tonnes as sentences give them: all rounded to one step, so that a reader can subtract them."""

    def __init__(self, total: float) -> None:
        """`total` in kg; the step is the second digit of it, the ten of a thousand tonnes."""
        tonnes = abs(total) / 1000 or 1.0
        self.step = 10.0 ** (floor(log10(tonnes)) - (2 if tonnes >= 1000 else 1))

    def rounded(self, kg: float) -> float:
        """An amount of kg in tonnes, at the step."""
        return round(kg / 1000 / self.step) * self.step

    def number(self, kg: float) -> str:
        """An amount, without its unit."""
        return formatting.decimal(self.rounded(kg), max(0, -floor(log10(self.step))))

    def words(self, kg: float) -> str:
        """An amount: « 1 170 tonnes »."""
        amount = self.rounded(kg)
        unit = _("tonnes") if abs(amount) >= 2 else _("tonne")
        return f"{self.number(kg)}\u00a0{unit}"


def tonnes_of(run: RunSummary) -> Tonnes:
    """How the tonnes of a session are written: at the step of the run it is told of."""
    return Tonnes(run.carbon["mean"])


def tell_level(facts: SessionFacts) -> Facts:
    """How much it weighs, what makes it, what stays outside; nothing without a run."""
    run = facts.summary
    if run is None or not run.families:
        return {}
    tonnes, total = tonnes_of(run), run.carbon["mean"]
    told: Facts = {"year": str(run.year), "total": tonnes.words(total)}
    low, high = run.carbon["low"], run.carbon["high"]
    text = _("En {year}, notre numérique a émis environ {total} d’équivalent CO₂ [run].")
    told["level"] = text.format(**told)
    if low is not None and high is not None:
        between = _("Avec nos données et nos facteurs, ce chiffre se situe entre {low} et {high}.")
        told["level"] += " " + between.format(low=tonnes.number(low), high=tonnes.words(high))
    told["parts"] = _parts(run)
    making = sum(row["share"] or 0 for row in run.stages if row["code"] != "use")
    using = 1 - making
    times = making / using if using else 0
    title = _("Fabriquer le matériel pèse {n} fois plus que s’en servir")
    if times >= LEAST:
        told["weight_title"] = title.format(n=count_words(round(times)))
        text = _("Fabriquer, transporter et traiter le matériel pèse {n} fois plus que s’en servir : la "
            "première économie "
                 "est donc l’appareil que l’on n’achète pas.")  # fmt: skip
        told["make_use"] = text.format(n=count_words(round(times)))
    else:
        told["weight_title"] = _("Notre numérique pèse, et nous savons où")
        text = _("Fabriquer le matériel en fait {making}, s’en servir {using}.")
        told["make_use"] = text.format(
            making=formatting.percent(round(making, 2)), using=formatting.percent(round(using, 2))
        )
    heaviest = run.families[0]
    text = _("La famille la plus lourde est « {name} » : {share} du total.")
    told["heaviest"] = text.format(
        name=lowered(heaviest["label"]), share=formatting.percent(round(heaviest["share"], 2))
    )
    return told | _outside(run, tonnes)


def _parts(run: RunSummary) -> str:
    parts = [row for row in run.parts if (row["share"] or 0) >= 0.01]
    if len(parts) < 2:
        return ""
    first = max(parts, key=lambda row: row["share"])
    text = _("La partie « {name} » en représente {share}.")
    return text.format(name=lowered(first["label"]), share=fraction_words(first["share"]))


def _outside(run: RunSummary, tonnes: Tonnes) -> Facts:
    """What the margin does not say: other factors, what is not counted."""
    told: Facts = {}
    means = [row["mean"] for row in run.factor_sets if answers(row)]
    if len(means) > 1:
        text = _(
            "Cette marge ne dit rien du choix de la méthode : d’autres méthodes publiées donnent de "
            "{low} à {high} [run]."
        )
        told["outside_margin"] = text.format(low=tonnes.number(min(means)), high=tonnes.words(max(means)))
    rows, every = run.carbon["gap_rows"], run.carbon.get("rows")
    weighed = [gap["at_most"] for gap in run.gaps if gap["at_most"] is not None]
    if rows and every:
        text = ngettext("{n} ligne d’inventaire sur {all} n’a pu être comptée en entier", "{n} lignes "
            "d’inventaire sur {all} "
                        "n’ont pu être comptées en entier", rows)  # fmt: skip
        text = text.format(n=formatting.count(rows), all=formatting.count(every))
        if weighed:
            text += _(" ; elles pèseraient au plus {amount}").format(
                amount=Tonnes(sum(weighed) or 1).words(sum(weighed))
            )
        told["left_out"] = f"{text}."
    else:
        told["left_out"] = _("Ce que personne n’a recensé n’y est pas : le chiffre est un minimum.")
    return told


def tell_change(facts: SessionFacts) -> Facts:
    """What changed since the reference year, whether it is established, whose doing it is."""
    change, run = facts.change, facts.summary
    if run is None:
        return {}
    told: Facts = {}
    if facts.session and facts.session.year - run.year > (1 if facts.session.month > 3 else 2):
        told["stale"] = _("Les chiffres sont ceux de {year}, les derniers connus.").format(year=run.year)
    if change is None:
        if facts.base:
            text = _("Les années {before} et {after} ne se comparent pas.")
            told["change"] = text.format(before=facts.base.year, after=run.year)
        return told
    before, after = change.before["year"], change.after["year"]
    tonnes = Tonnes(max(change.whole.before, change.whole.after))
    first, last = change.whole.before, change.whole.after
    moved = tonnes.rounded(last) - tonnes.rounded(first)
    falls, share = moved < 0, abs(moved) / tonnes.rounded(first) if tonnes.rounded(first) else 0
    text = _(
        "De {before} à {after}, l’empreinte passe de {first} à {last} : elle baisse de {delta}, soit {share} [run]."
    )
    if not falls:
        text = _(
            "De {before} à {after}, l’empreinte passe de {first} à {last} : elle augmente de {delta}, "
            "soit {share} [run]."
        )
    told["change"] = text.format(
        before=before, after=after, first=tonnes.number(first), last=tonnes.words(last),
        delta=tonnes.words(abs(moved) * 1000), share=formatting.percent(round(share, 2)),
    )  # fmt: skip
    title = _("L’empreinte baisse depuis {year}") if falls else _("L’empreinte augmente depuis {year}")
    if not change.is_seen:
        title = _("On ne peut pas encore dire si l’empreinte baisse depuis {year}")
    told["change_title"] = title.format(year=before)
    told["change_known"] = _(
        "L’évolution est mieux connue que le niveau, car les mêmes imprécisions jouent les deux années."
    )
    told["verdict"] = _verdict(change, falls=falls)
    return told | (_causes(change, tonnes) if change.is_seen else {})


def _verdict(change: Comparison, *, falls: bool) -> str:
    if not change.is_seen:
        return _("L’incertitude dépasse ce changement : on ne peut pas conclure.")
    contrary = len(change.contrary)
    if contrary:
        text = _("La baisse est probable ; {n} sur {all} méthodes essayées ne la confirment pas.")
        if not falls:
            text = _("La hausse est probable ; {n} sur {all} méthodes essayées ne la confirment pas.")
        return text.format(n=count_words(contrary), all=count_words(len(change.sets)))
    if falls:
        return _("La baisse est établie : toutes les méthodes essayées la confirment.")
    return _("La hausse est établie : toutes les méthodes essayées la confirment.")


def _causes(change: Comparison, tonnes: Tonnes) -> Facts:
    """What we did, what the grid did, what a better count or a decision not yet observed explains: apart."""
    effects, told = change.whole.effects, Facts()
    ours = {cause: effect for cause, effect in effects.items()
            if cause not in ("grid", "factors", "completeness", "perimeter", DECIDED) and effect < 0}  # fmt: skip
    if heavy := sorted(ours, key=lambda cause: ours[cause])[:2]:
        named = [
            f"{labels.cause(cause)} ({tonnes.words(-ours[cause])})" for cause in heavy if tonnes.rounded(ours[cause])
        ]
        if named:
            told["causes"] = _("Ce qui l’a fait baisser, d’abord : {causes}.").format(causes=joined(named))
    if tonnes.rounded(effects.get("grid", 0.0)) < 0:
        text = _("{amount} viennent d’une électricité plus propre, à laquelle nous n’avons aucune part.")
        told["grid"] = text.format(amount=tonnes.words(-effects["grid"]))
    elif "grid" in effects:
        told["grid"] = _("Le réseau électrique n’y est pour rien, ou presque.")
    apart = effects.get("completeness", 0.0) + effects.get(DECIDED, 0.0)
    if tonnes.rounded(apart):
        text = _("Un meilleur comptage et des durées seulement décidées expliquent {amount} : ce n’est pas un progrès.")
        told["counting"] = text.format(amount=tonnes.words(abs(apart)))
    return told


# ------------------------------------------------------------------------------------------------------ the workshops


def tell_workshops(facts: SessionFacts) -> Facts:
    """When the rooms met, how many people of how many directorates, what they put first; no name of a person."""
    told: Facts = {}
    rooms = [room for room in facts.workshops if room.diagnostic_id]
    last = [room for room in rooms if facts.diagnostics and room.diagnostic_id == facts.diagnostics[0].pk]
    if last:
        told["workshops"] = _rooms(last)
    if facts.diagnostics:
        results = assessment.assess_diagnostic(facts.diagnostics[0])
        if results.priorities:
            text = _("La salle a placé d’abord : {labels}.")
            told["priorities"] = text.format(labels=joined([lowered(place.label) for place in results.priorities[:3]]))
        known = [place for place in results.facets if place.practice is not None and place.importance is not None]
        if known:
            lowest, best = (pick(known, key=lambda place: place.practice or 0.0) for pick in (min, max))
            text = _(
                "Tous jugent important d’agir sur « {low} », où peu est fait. « {best} » est ce qui avance le mieux."
            )
            told["room_sentences"] = text.format(low=lowered(lowest.label), best=best.label)
    if facts.vision:
        told |= _vision(facts)
    return told


def _rooms(rooms: list[Session]) -> str:
    """« Trois ateliers ont réuni 24, 23 et 26 personnes de dix directions, les 3 et 17 juin et le 9 "
    "septembre 2025. »"""
    people = joined([str(room.people) for room in rooms])
    entities = {presence.entity_id for room in rooms for presence in room.presences.all() if presence.entity_id}
    days = _days([room.opened_at.date() for room in rooms])
    if len(rooms) == 1:
        return _("Un atelier a réuni {people} personnes, le {days}.").format(people=people, days=days)
    text = _("{n} ateliers ont réuni {people} personnes : {days}.")
    if entities:
        text = _("{n} ateliers ont réuni {people} personnes de {entities} directions : {days}.")
    values = {"n": count_words(len(rooms)).capitalize(), "people": people, "days": days}
    return text.format(entities=count_words(len(entities)), **values)


def _days(days: list[date]) -> str:
    """« 3 juin, 17 juin et 9 septembre 2025 »: the year once where it is the same."""
    written = [formatting.day(day.isoformat()) for day in days]
    if len({day.year for day in days}) == 1:
        written[:-1] = [text.removesuffix(f" {day.year}") for text, day in zip(written[:-1], days, strict=False)]
    return joined(written)


def _vision(facts: SessionFacts) -> Facts:
    vision, told = facts.vision, Facts()
    groups: list[Group] = list(vision.groups.all()) if vision else []
    scored = [group for group in groups if group.points is not None]
    if vision and scored:
        best = scored[0]
        text = _("L’idée la plus soutenue de l’atelier du {day} ({points} points, {voters} votants) était « {title} ».")
        told["idea"] = text.format(
            day=formatting.day(vision.on.isoformat()),
            points=best.points,
            voters=vision.voters,
            title=lowered(best.title),
        )
        if best.outcome:
            told["idea"] += " " + _("Elle est devenue : « {what} ».").format(what=best.outcome.title)
        left = [lowered(group.title) for group in scored if not group.outcome]
        if left:
            text = _("Ces idées ne sont pas retenues à ce stade : {ideas}.")
            told["ideas_left"] = text.format(ideas=joined([f"«\u00a0{idea}\u00a0»" for idea in left]))
    return told
