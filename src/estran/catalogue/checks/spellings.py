"""Checks of how texts are read: value maps (choices.csv), label rules, kinds of lists, patterns of the cloud."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from estran.catalogue.checks.tables import Tables, fault, pattern_error, unknown
from estran.catalogue.loading import Row
from estran.common.language import _
from estran.common.problems import Problem
from estran.common.vocabulary import plain_text

LITERAL = re.compile(r"[a-z0-9 ]+")


def check_spellings(tables: Tables) -> Iterator[Problem]:
    """The faults of what leads from a text to a code."""
    yield from _value_maps(tables)
    yield from _patterns(tables)
    yield from _rules(tables)


# --------------------------------------------------------------------------------------------------------- value maps


def _value_maps(tables: Tables) -> Iterator[Problem]:
    """A kind that is no column, a code that its column does not admit, a code that no text leads to, a text twice."""
    file = tables.file("choices")
    columns = [row for columns in tables.columns.values() for row in columns.values()]
    choices = [row for row in columns if row["type"] == "choice"]
    units = {row["unit"] for row in columns if row["unit"]}
    free = tables.codes("free_kinds")
    kinds: dict[str, list[str]] = {}  # of a column, whatever its table, and of it in its table: what it admits
    for row in choices:
        for kind in (f"{row['table']}.{row['column']}", row["column"]):
            kinds.setdefault(kind, []).extend(filter(None, (row["choices"] or "").split("|")))
    for path in (tables.root / "imports").glob("*.toml"):  # the statuses that a tool has of its own
        kinds.setdefault(f"{path.stem}.status", kinds["inventory.status"])
    mapped: dict[str, set[str]] = {}
    met: dict[tuple[str, str], Row] = {}
    for row in tables.rows("choices"):
        kind, code = row["kind"], row["code"]
        mapped.setdefault(kind, set()).add(code)
        if kind not in free and kind not in units:
            yield from unknown(_("Sorte de valeurs inconnue"), file, kind, row["line"], [*kinds, *units], file)
        if kind in kinds:
            what = _("Valeur que la colonne n’admet pas ({name})").format(name=kind)
            yield from unknown(what, file, code, row["line"], kinds[kind], tables.file("columns"))
        for text in (row["written"] or "").split("|"):
            if text != plain_text(text):
                remedy = _("Écrire « {text} », en minuscules et sans accent.").format(text=plain_text(text))
                yield fault(_("Texte qui ne sera jamais reconnu"), file, text, row["line"], remedy)
            other = met.setdefault((kind, text), row)
            if other["code"] != code:
                what = _("Texte qui mène à deux valeurs ({name})").format(name=kind)
                remedy = _("L’ôter de la ligne {line} ou de celle-ci.").format(line=other["line"])
                yield fault(what, file, text, row["line"], remedy)
    for row in choices:
        own, column = f"{row['table']}.{row['column']}", row["column"]
        kind = own if own in mapped else column
        for code in kinds[own]:
            if code not in mapped.get(kind, ()):
                remedy = _("Ajouter à {file} les façons d’écrire cette valeur.").format(file=file)
                what = _("Valeur qu’aucun texte ne donne ({name})").format(name=kind)
                yield fault(what, row["file"], code, row["line"], remedy)


# ----------------------------------------------------------------------------------------------------------- patterns


def _patterns(tables: Tables) -> Iterator[Problem]:
    """Regular expressions that do not compile, kinds of lists that admit no type."""
    for name, columns in {
        "label_rules": ("label", "model", "manufacturer"),
        "list_kinds": ("item_types",),
        "cloud_providers": ("instance_pattern",),
        "ecodiag_rules": ("type_pattern", "model_pattern", "unless_model"),
    }.items():
        for row in tables.rows(name):
            for column in columns:
                if error := pattern_error(row[column]):
                    what, remedy = _("Expression rationnelle illisible"), _("Corriger l’expression : {error}.")
                    yield fault(what, tables.file(name), row[column], row["line"], remedy.format(error=error))
    for row in tables.rows("list_kinds"):
        if not pattern_error(row["item_types"]) and not any(
            re.match(row["item_types"], code) for code in tables.codes("item_types")
        ):
            what, remedy = _("Sorte de liste sans aucun type"), _("Corriger ses types.")
            yield fault(what, tables.file("list_kinds"), row["kind"], row["line"], remedy)


# -------------------------------------------------------------------------------------------------------- label rules


@dataclass(frozen=True, eq=False)
class _Rule:
    """A rule on labels or on models: its text, the pattern of it, and what it says besides."""

    row: Row
    column: str
    text: str
    pattern: re.Pattern[str]
    outcome: tuple[object, ...]

    def worth(self, length: int) -> tuple[int, bool, bool, bool, int]:
        """How the import ranks it where it finds `length` signs: rank, says much, names a maker, a kind, length."""
        row = self.row
        return row["rank"] or 0, not row["weak"], bool(row["manufacturer"]), bool(row["kind"]), length


def _rules(tables: Tables) -> Iterator[Problem]:
    """Rules without a text, with an unknown flag, or that another one always beats."""
    file, rules = tables.file("label_rules"), list[_Rule]()
    for row in tables.rows("label_rules"):
        texts = [column for column in ("label", "model") if row[column]]
        if len(texts) != 1:
            what, remedy = _("Règle sans libellé ni modèle, ou avec les deux"), _("Remplir l’une des deux colonnes.")
            yield fault(what, file, row["item_type"] or "", row["line"], remedy)
        elif not any(pattern_error(row[column]) for column in (*texts, "manufacturer")):
            end = r"(?![a-z0-9])" if texts[0] == "label" else ""
            pattern = re.compile(rf"(?<![a-z0-9])(?:{row[texts[0]]}){end}")
            outcome = tuple(
                row[name] for name in ("rank", "kind", "manufacturer", "item_type", "flag", "weak", "label_only")
            )
            rules.append(_Rule(row, texts[0], row[texts[0]], pattern, outcome))
    kinds = {
        row["kind"]: row["item_types"] for row in tables.rows("list_kinds") if not pattern_error(row["item_types"])
    }
    for rule in rules:
        if winner := next((one for one, length in _found_with(rule, rules) if _beats(one, length, rule, kinds)), None):
            what = _("Règle qui ne sert jamais : la ligne {line} l’emporte toujours").format(line=winner.row["line"])
            remedy = _("L’ôter, ou lui donner un rang plus haut que celui de l’autre.")
            yield fault(what, file, rule.text, rule.row["line"], remedy)


def _found_with(rule: _Rule, rules: list[_Rule]) -> Iterator[tuple[_Rule, int]]:
    """The rules found in every text where `rule` is, with the length they are found for: known of literal texts."""
    literal = LITERAL.fullmatch(rule.text)
    for one in rules:
        if one.column != rule.column or one.outcome == rule.outcome:
            continue
        if one.text == rule.text:
            yield one, len(rule.text)
        elif literal and (match := one.pattern.search(rule.text)):
            yield one, len(match.group())


def _beats(one: _Rule, length: int, rule: _Rule, kinds: dict[str, str]) -> bool:
    """`one` applies wherever `rule` does, in every kind of list, and is worth more."""
    if any(one.row[name] not in (None, rule.row[name]) for name in ("kind", "manufacturer")):
        return False
    lists = [rule.row["kind"]] if rule.row["kind"] else [None, *kinds]
    admitted = (kinds.get(kind or "", "") for kind in lists)
    if not all(_admits(types, one) for types in admitted if _admits(types, rule)):
        return False
    better, worse = one.worth(length), rule.worth(len(rule.text))
    return better > worse or (better == worse and one.row["line"] < rule.row["line"])


def _admits(types: str, rule: _Rule) -> bool:
    return not types or re.match(types, rule.row["item_type"] or "") is not None
