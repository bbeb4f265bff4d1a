"""Checks of the rules on models against the models that open data knows: a rule may not be more wrong than right, and a
rule on a short code names its maker."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from re import _parser  # type: ignore[attr-defined]  # the width of what a pattern finds, which `re` does not give

from estran.catalogue.checks.tables import Tables, fault, pattern_error
from estran.catalogue.loading import Row
from estran.common.language import _
from estran.common.problems import Problem
from estran.common.vocabulary import text_key


@dataclass(frozen=True)
class _Names:
    """Known models as one text, a line each, so that a pattern goes through them once; and where each line begins."""

    rows: list[Row]
    text: str
    starts: list[int]

    def hits(self, pattern: re.Pattern[str]) -> Iterator[tuple[Row, int]]:
        """The models that a pattern finds, each with the longest text found in it."""
        lengths: dict[int, int] = {}
        for hit in pattern.finditer(self.text):
            place = bisect_right(self.starts, hit.start()) - 1
            lengths[place] = max(lengths.get(place, 0), len(hit.group()))
        return ((self.rows[place], length) for place, length in lengths.items() if place < len(self.rows))


def _names_of(rows: list[Row]) -> _Names:
    lines = [text_key(row["name"] or row["key"]) for row in rows]
    return _Names(rows, "\n".join(lines), [0, *accumulate(len(line) + 1 for line in lines)])


@dataclass(frozen=True)
class _Contradicted:
    """A rule and what known models say of it: machines that it reads right, those that it reads wrong, the first."""

    row: Row
    right: int
    wrong: int
    first: Row


def check_recognition(tables: Tables) -> Iterator[Problem]:
    """Rules on a short code without their maker; rules that known models contradict more than they agree."""
    file = tables.file("label_rules")
    shortest = _threshold(tables, "rule_code_length")
    for row in _rules(tables):
        free = not row["manufacturer"] and not row["flag"]
        if free and r"\d" in row["model"] and _parser.parse(row["model"]).getwidth()[0] <= shortest:
            what, remedy = _("Règle sur un code court sans fabricant"), _("Remplir la colonne « manufacturer ».")
            yield fault(what, file, row["model"], row["line"], remedy)
    for one in _contradicted(tables):
        if one.wrong > one.right:
            what = _("Règle que les modèles connus contredisent : {wrong} machines contre {right}, d’abord « {name} »")
            what = what.format(wrong=one.wrong, right=one.right, name=f"{one.first['maker']} {one.first['name']}")
            remedy = _("La préciser (fabricant, modèle), ou corriger son type : ce modèle est « {type} ».")
            remedy = remedy.format(type=one.first["item_type"])
            yield fault(what, file, one.row["model"], one.row["line"], remedy)


def often_contradicted(tables: Tables) -> Iterator[Problem]:
    """The rules that known models contradict too often, in one warning: the model decides first where it is known."""
    most = 1 - _threshold(tables, "family_share")
    often = [one for one in _contradicted(tables) if most < one.wrong / (one.wrong + one.right) <= 0.5]
    if often:
        shown = ", ".join(
            f"{one.row['model']} ({one.wrong} / {one.wrong + one.right})"
            for one in sorted(often, key=lambda one: -one.wrong)[:10]
        )
        yield Problem(
            what=_("Règles que des modèles connus contredisent (machines mal lues / machines) : {shown}").format(
                shown=shown
            ),
            remedy=_("Le modèle connu décide d’abord ; préciser la règle pour ceux qui ne le sont pas."),
            file=tables.file("label_rules"),
        )


def _threshold(tables: Tables, name: str) -> float:
    return next(row["value"] for row in tables.rows("model_thresholds") if row["threshold"] == name)


def _rules(tables: Tables) -> list[Row]:
    """The rules on models that can be read."""
    rows = [row for row in tables.rows("label_rules") if row["model"]]
    return [row for row in rows if not pattern_error(row["model"]) and not pattern_error(row["manufacturer"])]


@lru_cache(maxsize=1)
def _contradicted(tables: Tables) -> tuple[_Contradicted, ...]:
    """The rules that well-attested models contradict where they decide, by as many machines as it takes."""
    classes = {row["item_type"]: row["class"] for row in tables.rows("type_classes")}
    near = {row["class"]: row["near"] for row in tables.rows("type_classes")}
    least = _threshold(tables, "rule_machines")
    decided: dict[int, list[tuple[Row, bool]]] = {}
    lines: dict[int, Row] = {}
    for known, rule in _deciding(tables):
        given, true = (classes.get(code, code) for code in (rule["item_type"], known["item_type"]))
        agrees = given == true or near.get(given) == true or near.get(true) == given
        decided.setdefault(rule["line"], []).append((known, agrees))
        lines[rule["line"]] = rule
    contradicted = []
    for line, models in sorted(decided.items()):
        right = sum(int(known["machines"]) for known, agrees in models if agrees)
        wrong = [known for known, agrees in models if not agrees]
        machines = sum(int(known["machines"]) for known in wrong)
        if machines >= least:
            first = max(wrong, key=lambda known: int(known["machines"]))
            contradicted.append(_Contradicted(lines[line], right, machines, first))
    return tuple(contradicted)


def _deciding(tables: Tables) -> Iterator[tuple[Row, Row]]:
    """Each well-attested model with the rule that would decide of it: in any list, and in a list of each kind."""
    kinds = {row["kind"]: re.compile(row["item_types"] or "") for row in tables.rows("list_kinds")}
    by_maker = _well_known(tables)
    found: dict[tuple[str, str, str], list[tuple[tuple[object, ...], Row, Row]]] = {}
    for rule in _rules(tables):
        pattern = re.compile(rf"(?<![a-z0-9])(?:{rule['model']})", re.MULTILINE)
        for maker in _makers(rule, by_maker):
            for known, length in by_maker[maker].hits(pattern):
                worth = (rule["rank"] or 0, rule["weak"] != "yes", bool(rule["manufacturer"]), bool(rule["kind"]))
                key = (known["maker"], known["key"], known["item_type"])
                found.setdefault(key, []).append(((*worth, length, -rule["line"]), rule, known))
    for rules in found.values():
        met = {""} | {rule["kind"] for _worth, rule, _known in rules if rule["kind"]}
        for kind in sorted(met):
            admitted = kinds.get(kind, re.compile(""))
            if not admitted.match(rules[0][2]["item_type"]):
                continue
            fit = [
                one
                for one in rules
                if one[1]["kind"] in (None, kind) and (not one[1]["item_type"] or admitted.match(one[1]["item_type"]))
            ]
            if fit:
                _worth, rule, known = max(fit, key=lambda one: one[0])
                if rule["item_type"] and (rule["kind"] or not kind):
                    yield known, rule


def _well_known(tables: Tables) -> dict[str, _Names]:
    """The exact models with enough reports that agree, by maker; under no maker, all of them."""
    least, share = _threshold(tables, "well_known_machines"), _threshold(tables, "code_share")
    by_maker: dict[str, list[Row]] = {}
    for source in tables.codes("model_forms", "source"):
        for row in tables.rows(source):
            attested = int(row["machines"]) >= least and float(row["share"]) >= share
            if row["level"] == "model" and row["item_type"] and attested:
                by_maker.setdefault(row["maker"], []).append(row)
                by_maker.setdefault("", []).append(row)
    return {maker: _names_of(rows) for maker, rows in by_maker.items()}


def _makers(row: Row, by_maker: dict[str, _Names]) -> list[str]:
    """The makers that a rule names; the empty one stands for all of them."""
    if not row["manufacturer"]:
        return [""]
    pattern = re.compile(rf"(?<![a-z0-9])(?:{row['manufacturer']})(?![a-z0-9])")
    return [maker for maker in by_maker if pattern.search(maker)]
