"""From what a fleet list says of a thing (label, manufacturer, model) to an item type of the catalogue, and why.

What is surest speaks first: a person's choice; words that say what is no item or a virtual one; the model, where the
tables know it; the label, where it says what the thing is; the family of the model; rules on models; at last a word
that says little (« PC »). The kind of list only says which types may be there. Where a label and a well-known model
contradict each other, both are shown to a person. Everything is done on distinct texts, never row by row.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from estran.common.language import _, ngettext
from estran.common.shipped import text_rows
from estran.common.vocabulary import limit, text_key
from estran.importing import canonical
from estran.importing.recognition import rules
from estran.importing.recognition.known_models import KnownModel, find_known_models, type_class
from estran.importing.recognition.model_words import plain_model, read_maker
from estran.importing.recognition.spelling import mend_label

NOT_COUNTED = "not_counted"  # the type of a label that a person leaves out of every total (rule X1)
RECOGNISED, LEARNED, TO_SETTLE = "recognised", "learned", "to_settle"
_KNOWN = {"model": "known_model", "code": "model_code", "family": "family"}  # level of a known model → evidence
_INCHES = re.compile(
    r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)\s*(?:\"|''|”|″|-?pouces?\b|po\b|-?inch(?:es)?\b|in\b|-?zoll\b|pulgadas?\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Description:
    """What a list says: its label, manufacturer, model, screen size, and the kind of list (code of list_kinds.csv)."""

    label: str = ""
    manufacturer: str = ""
    model: str = ""
    size: str = ""
    kind: str = ""

    @property
    def maker(self) -> str:
        """The manufacturer, by its name where the list gives the three letters that a screen announces (GSM: LG)."""
        return screen_makers().get(self.manufacturer.strip().upper(), self.manufacturer)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Where a model may be named, with its maker: the model, then the label."""
        return [(self.maker, text) for text in (self.model, self.label) if text]


@dataclass(frozen=True)
class Candidate:
    """A possible item type for a person to judge: score from 0 to 100, and why."""

    item_type: str
    score: int
    reason: str


@dataclass(frozen=True)
class Match:
    """The item type (empty when to settle), the state, the reason, and a flag: `virtual` or `internal_panel`.

    candidates: the readings of label and model, where they contradict each other. how: the evidence that decided, a
    code of catalogue/imports/evidence.csv.
    """

    item_type: str
    state: str
    reason: str
    flag: str = ""
    candidates: tuple[Candidate, ...] = ()
    how: str = "unknown"


@dataclass(frozen=True)
class _Reading:
    """A type that one piece of evidence gives; `model`: what the tables know, if it is from them."""

    item_type: str
    how: str
    reason: str
    model: KnownModel | None = None


@cache
def screen_makers() -> dict[str, str]:
    """The three letters by which screens announce their maker → its name."""
    return {row["maker_id"]: row["manufacturer"] for row in text_rows("edid_makers")}


@cache
def item_types() -> dict[str, dict[str, str]]:
    """Item types of the catalogue by code, but for `room`, which is computed and never listed."""
    return {row["code"]: row for row in text_rows("item_types") if row["code"] != "room"}


@cache
def type_labels() -> dict[str, str]:
    """Code, French or English label, as compared → code."""
    names = ("code", "label_fr", "label_en")
    return {text_key(row[name]): code for code, row in item_types().items() for name in names}


def find_item_type(text: str) -> str:
    """The item type that a text names by its code or label, or an empty text."""
    return type_labels().get(text_key(text), "")


@cache
def _near() -> dict[str, str]:
    """Class → the class near it: what some people call a tablet others call a laptop."""
    return {row["class"]: row["near"] for row in text_rows("type_classes") if row["near"]}


def _contradict(one: str, other: str) -> bool:
    """Two types that no thing is both of, whatever people call it."""
    first, second = type_class(one), type_class(other)
    near = first == second or _near().get(first) == second or _near().get(second) == first
    return not (near or _narrows(one, other) or _narrows(other, one))


@cache
def _details() -> dict[str, list[tuple[str, str, str]]]:
    """Type → those that are more precise, each from some inches to some others, if they are told by the screen."""
    details: dict[str, list[tuple[str, str, str]]] = {}
    for row in text_rows("type_details"):
        details.setdefault(row["generic"], []).append((row["specific"], row["inches_from"], row["inches_below"]))
    return details


def _narrows(item_type: str, generic: str) -> bool:
    """The type is a more precise one than the other."""
    return any(one[0] == item_type for one in _details().get(generic, []))


def read_learned_labels(folder: Path | None) -> dict[tuple[str, ...], str]:
    """Choices of an overlay's labels.csv: (label, manufacturer, model) as compared → item type."""
    if folder is None or not (folder / "labels.csv").exists():
        return {}
    table, _faults = canonical.read_small_table(folder / "labels.csv", "labels")
    known = [row for row in table.to_pylist() if row["item_type"] in item_types()]
    names = ("label", "manufacturer", "model")
    return {tuple(text_key(row[name] or "") for name in names): row["item_type"] for row in known}


def match_descriptions(
    descriptions: Sequence[tuple[Description, bool]], choices: Mapping[tuple[str, ...], str]
) -> list[Match]:
    """The item type of each distinct text; what the tables know of models is looked up for all at once.

    With each description: whether a label that is a code of the catalogue stands as it is.
    """
    known = find_known_models({text for one, _exact in descriptions for text in one.texts})
    return [match_description(one, choices, exact, known) for one, exact in descriptions]


def match_description(
    description: Description,
    choices: Mapping[tuple[str, ...], str],
    exact_codes: bool = False,
    known: Mapping[tuple[str, str], Sequence[KnownModel]] | None = None,
) -> Match:
    """The item type of one distinct text.

    exact_codes: a label that is a code of the catalogue stands as it is. known: what the tables know of its texts;
    without it, rules alone speak.
    """
    label, maker, model = (text_key(text) for text in (description.label, description.manufacturer, description.model))
    if exact_codes and description.label in item_types():
        return Match(description.label, RECOGNISED, _("code du catalogue"), how="code")
    for asked in ((label, maker, model), (label, "", model), (label, "", "")):
        if chosen := choices.get(asked):
            return Match(chosen, LEARNED, _("choix appris"), how="learned")
    return _Evidence(description, known or {}).judge()


class _Evidence:
    """All that speaks for a type of one description, and which of it is believed."""

    def __init__(self, description: Description, known: Mapping[tuple[str, str], Sequence[KnownModel]]) -> None:
        self.description, self.kind = description, description.kind
        self.known = [one for text in description.texts for one in known.get(text, ())]
        self.label, self.model = text_key(description.label), text_key(description.model)
        self.everything = f"{text_key(description.maker)} {self.model} {self.label}"
        self.by_label = self._on_label(rules.main_words(description.label)) or self._on_label(self.label)
        self.by_model = self._on_model()
        stated = self.by_label is not None and not self.by_label.weak
        self.in_model = None if stated else rules.find_word(self.model, self.everything, self.kind)

    def _on_label(self, text: str) -> rules.Rule | None:
        """What a label says; where that is little or nothing, what it says with its long words put right."""
        rule = self._rule("label", text)
        if (rule and not rule.weak) or (mended := mend_label(text)) == text:
            return rule
        better = self._rule("label", mended)
        return better if better and not better.weak else rule

    def _on_model(self) -> rules.Rule | None:
        """What a rule reads in the model, else in the label, else in either with its spelling put right (« Lat. »)."""
        texts = dict.fromkeys((self.model or self.label, self.label))
        if rule := next(filter(None, (self._rule("model", text) for text in texts)), None):
            return rule
        spelled = {plain_model(text, read_maker(self.everything)) for text in texts} - texts.keys()
        return next(filter(None, (self._rule("model", text) for text in sorted(spelled))), None)

    def _rule(self, column: str, text: str) -> rules.Rule | None:
        return rules.find_rule(column, text, self.everything, self.kind) if text or column == "model" else None

    def judge(self) -> Match:
        """The type that the surest evidence gives, made more precise by a rule on the model and by the screen."""
        exact = type_labels().get(self.label, "")
        words = [rule for rule in (self.by_label, self.in_model) if rule and rule.is_accessory]
        none_of_ours = [rule for rule in (*words, self.by_model) if rule and rule.item_type == ""]
        if none_of_ours and not exact:
            return Match("", TO_SETTLE, _("ce libellé n’est pas un matériel du catalogue"), how="left_out")
        flagged = next((rule for rule in (self.by_model, self.by_label) if rule and rule.flag), None)
        if flagged:
            return replace(self._narrow(self._read(flagged)), flag=flagged.flag)
        stated = self._stated(exact)
        known = None if words else self._model()
        if stated and known:
            if known.model and _contradict(stated.item_type, known.item_type) and _is_well_known(known.model):
                return _to_settle(stated, known)
            if known.item_type != stated.item_type and not _narrows(known.item_type, stated.item_type):
                known = None
        chosen = known or stated or self._family() or self._by_rule() or self._weak()
        return self._narrow(chosen) if chosen else self._unknown()

    def _unknown(self) -> Match:
        """What the sources say of the model when they disagree; else nothing."""
        for one in self.known:
            if one.several:
                types = tuple(Candidate(code, 90, _known_reason(one)) for code in one.several if code in item_types())
                return Match("", TO_SETTLE, _("les sources ne s’accordent pas sur ce modèle"), "", types, "several")
        return Match("", TO_SETTLE, _("aucune règle ne reconnaît ce libellé"))

    def _stated(self, exact: str) -> _Reading | None:
        """What the label says outright, or a word in the model that names an accessory."""
        if exact:
            return _Reading(exact, "exact_label", _("libellé du catalogue"))
        rule = self.by_label if self.by_label and not self.by_label.weak else None
        if rule is None and self.in_model and self.in_model.is_accessory:
            rule = self.in_model
        return self._read(rule) if rule else None

    def _known(self, level: str) -> _Reading | None:
        """What the tables know at this level, if a list of this kind may hold it."""
        for one in self.known:
            if one.level == level and one.item_type and rules.is_listed(one.item_type, self.kind):
                return _Reading(one.item_type, _KNOWN[level], _known_reason(one), one)
        return None

    def _model(self) -> _Reading | None:
        """What the tables know of the model, else of its code alone, unless a rule on the model knows better.

        It does where few machines were seen, by a rank of its own or a code of the maker; its words do against a code
        (a DesignJet T630), and those of the maker against the name of another one (Bambu Lab X1 Carbon).
        """
        known, rule = self._known("model") or self._known("code"), self.by_model
        if known is None or known.model is None or rule is None or not rule.item_type:
            return known
        reads_code = rule.reads_code(self.model or self.label)
        doubtful = not _is_well_known(known.model) and (rule.rank > 0 or (rule.makers and reads_code))
        doubtful = doubtful or (known.model.is_loose and bool(rule.makers))
        doubtful = doubtful or (known.model.level == "code" and not reads_code)
        return None if doubtful and _contradict(known.item_type, rule.item_type) else known

    def _family(self) -> _Reading | None:
        """What the family of the model says, unless a rule knows better: one of a rank of its own, or one that reads
        a code of that family (a WorkCentre 7845 prints A3)."""
        known, rule = self._known("family"), self.by_model
        if known is None or rule is None or not rule.item_type:
            return known
        detail = rule.rank == 0 and rule.reads_code(self.model or self.label)
        detail = detail and not _contradict(known.item_type, rule.item_type)
        foreign = known.model is not None and known.model.is_loose and bool(rule.makers)
        return None if rule.rank > 0 or detail or foreign else known

    def _by_rule(self) -> _Reading | None:
        """What a rule on models reads in the model, else a rule on labels."""
        read = [rule for rule in (self.by_model, self.in_model) if rule and rule.item_type]
        return self._read(max(read, key=lambda rule: rule.rank)) if read else None

    def _weak(self) -> _Reading | None:
        """What a word that says little usually means; at last, a maker named by the three letters of its screens."""
        if self.by_label and self.by_label.item_type:
            return self._read(self.by_label)
        announced = text_key(self.description.maker) != text_key(self.description.manufacturer)
        announced = announced and rules.is_listed("monitor", self.kind)
        return _Reading("monitor", "weak_label", _("fabricant tel qu’un écran l’annonce")) if announced else None

    def _narrow(self, chosen: _Reading) -> Match:
        """A more precise type, where a rule on the model or the diagonal of the screen tells it."""
        item_type, reason, how = chosen.item_type, chosen.reason, chosen.how
        if self.by_model and _narrows(self.by_model.item_type, item_type):
            item_type = self.by_model.item_type
            if chosen.model is None or type_class(item_type) != type_class(chosen.item_type):
                reason, how = self._rule_reason(self.by_model), self._how(self.by_model)
        ranges = [one for one in _details().get(item_type, []) if one[1] and one[2]]
        size = self._inches(item_type, chosen.model) if ranges else None
        sized = (one for one, low, high in ranges if size and float(low) <= size < float(high))
        return Match(next(sized, item_type), RECOGNISED, reason, how=how)

    def _inches(self, item_type: str, known: KnownModel | None) -> float | None:
        """Screen diagonal: as written (size, or `27"` in a text), as known of the model, else a monitor's digits."""
        description = self.description
        if re.fullmatch(r"\d{1,3}([.,]\d+)?", plain := description.size.strip(' "\u2033\u201d')):
            return float(plain.replace(",", ".")) or None
        if written := _INCHES.search(f"{description.size} {description.model} {description.label}"):
            return float(written.group(1).replace(",", "."))
        if measured := next((one.inches for one in (known, *self.known) if one and one.inches), None):
            return measured
        digits = re.search(r"\d{2,4}", description.model or description.label) if item_type == "monitor" else None
        return float(digits.group()[:2]) if digits and 15 <= int(digits.group()[:2]) <= 49 else None

    def _read(self, rule: rules.Rule) -> _Reading:
        """What a rule gives."""
        return _Reading(rule.item_type, self._how(rule), self._rule_reason(rule))

    def _how(self, rule: rules.Rule) -> str:
        """The evidence of a rule, a code of evidence.csv."""
        if rule.weak:
            return "weak_label"
        if rule.kind:
            return "list_rule"
        return "label_rule" if rule is self.by_label else "model_rule"

    def _rule_reason(self, rule: rules.Rule) -> str:
        """Where a rule was found."""
        if rule is self.by_label:
            return _("règle sur le libellé « {text} »").format(text=self.description.label)
        text = self.description.model or self.description.label
        return _("règle sur le modèle « {text} »").format(text=text)


def _is_well_known(model: KnownModel) -> bool:
    """Enough machines were seen, and enough of them agree, to doubt a label that says otherwise."""
    return model.machines >= limit("doubting_machines") and model.share * 100 >= limit("doubting_percent")


def _to_settle(stated: _Reading, known: _Reading) -> Match:
    """A label and a well-known model that contradict each other: a person chooses between both readings."""
    label, model = (item_types()[one.item_type]["label_fr"] for one in (stated, known))
    reason = _("le libellé dit « {label} », le modèle est connu comme « {model} »").format(label=label, model=model)
    candidates = tuple(Candidate(one.item_type, 100, one.reason) for one in (known, stated))
    return Match("", TO_SETTLE, reason, candidates=candidates, how="conflict")


def _known_reason(model: KnownModel) -> str:
    """What the tables know, as a person reads it: « modèle connu : 30 machines, linuxhw 2025 »."""
    names = {
        "model": _("modèle connu « {name} »"),
        "code": _("code connu « {name} »"),
        "family": _("famille connue « {name} »"),
    }
    name = names[model.level].format(name=model.name)
    source = next((row["label"] for row in text_rows("model_sources") if row["source"] == model.source), model.source)
    if not model.machines:
        return _("{name} : {source}").format(name=name, source=source)
    machines = ngettext("{n} machine", "{n} machines", model.machines).format(n=model.machines)
    return _("{name} : {machines}, {source}").format(name=name, machines=machines, source=source)
