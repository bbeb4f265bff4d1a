"""Codes of the run folder in the reader's words, from the text tables of the catalogue."""

from functools import cache

from estran.catalogue import loading
from estran.catalogue.loading import Row
from estran.common.language import _, current_language
from estran.common.shipped import row_labels, text_rows

NOTE_BREAK = " ; "  # between two pieces of a note
_EVERY_TYPE = "*"
_TABLES = {
    "criterion": "criteria",
    "stage": "stages",
    "family": "families",
    "zone": "zones",
    "gap": "gaps",
    "flow": "flows",
    "item_type": "item_types",
    "guard": "guards",
}


class Labels:
    """Labels of the shipped catalogue, by default that in use; a code it does not know is shown as it is written."""

    def __init__(self, lang: str = "") -> None:
        self.lang = lang = lang or current_language()
        self._label, self._remedy, self._meaning = f"label_{lang}", f"remedy_{lang}", f"meaning_{lang}"
        self._tables: dict[str, dict[str, Row]] = {
            name: _indexed(loading.read_table(table)) for name, table in _TABLES.items()
        }
        self._tables["factor_set"] = {code: vars(factor_set) for code, factor_set in loading.factor_sets().items()}
        self._sources = loading.sources()
        self.equivalences = loading.read_table("equivalences")

    def label(self, table: str, code: str | None) -> str:
        """The label of a code of a table: item_type (or flow), family, stage, criterion, zone, part, factor_set."""
        if table == "part":
            return word("part", code or "")
        if code == _EVERY_TYPE:
            return _("Tous les types")
        if (table, code) == ("family", "other"):
            return _("Types hors catalogue")
        row = self._row(table, code)
        name: str = row.get(self._label) or code or _("Non précisé")
        return f"{name}, {(code or '').partition(':')[2]}" if str(row.get("flow")).endswith(":*") else name

    def rank(self, table: str, code: str) -> int:
        """The place of a code in its table, after all others when it is not known."""
        order = list(self._tables[table])
        return order.index(code) if code in order else len(order)

    def describe_criterion(self, code: str) -> Row:
        """Label, meaning, unit and place of a criterion, mandatory or a flow indicator; mandatory ones come first."""
        row = self._row("criterion", code)
        mandatory = bool(row.get("mandatory"))
        return {
            "code": code,
            "label": self.label("criterion", code),
            "meaning": row.get(self._meaning) or "",
            "unit": row.get("unit") or "",
            "mandatory": mandatory,
            "flow_indicator": bool(row.get("flow_indicator")),
            "rank": (not mandatory, self.rank("criterion", code)),
        }

    def mandatory_criteria(self) -> list[str]:
        """The codes of the mandatory criteria (rule S6)."""
        return [code for code, row in self._tables["criterion"].items() if row["mandatory"]]

    def is_service(self, item_type: str) -> bool:
        """Whether an activity is a bought service: cloud, data, artificial intelligence, spend."""
        return self._row("flow", item_type).get("part") == "services"

    def family(self, item_type: str) -> str:
        """The code of the family of an item type or flow, `other` when the catalogue does not know it."""
        return self._row("item_type", item_type).get("family") or "other"

    def describe_flow(self, code: str) -> dict[str, str]:
        """Label and unit of a flow; a reference of equipment is counted in units."""
        row = self._row("item_type", code)
        return {"label": self.label("item_type", code), "unit": word("unit", row.get("unit") or "item")}

    def describe_gap(self, what: str) -> dict[str, str]:
        """What is missing in plain words, and the remedy; an activity without amount is named after its flow."""
        row = self._tables["gap"].get(what)
        if row:
            return {"label": row[self._label], "remedy": row[self._remedy]}
        row = self._tables["gap"]["flow"]
        return {"label": f"{row[self._label]} ({self.label('item_type', what)})", "remedy": row[self._remedy]}

    def source(self, identifier: str) -> Row:
        """What the catalogue says of a source; one it does not know has its code for title and nothing else."""
        return self._sources.get(identifier) or {"id": identifier, "title": identifier}

    def source_label(self, identifier: str | None) -> str:
        """A source in words, its producer, title and edition; several stand one after the other (rule M7).

        One the catalogue does not know is shown as it is written.
        """
        named = map(self.source, (identifier or "").split("|"))
        return " ; ".join(", ".join(filter(None, map(row.get, ("producer", "title", "edition")))) for row in named)

    def guard_label(self, rule: str) -> str:
        """Why rows are set aside, from a rule as guards.csv writes it: `G1 virtual machine…`."""
        row = self._row("guard", rule.split(" ")[0])
        return f"{row[self._label]}. {row[self._meaning]}." if row else rule

    def uncertainty_label(self, source: str) -> str:
        """A source of uncertainty in words: `factor laptop manufacturing`, `producer ademe`, `rows`…"""
        kind, _space, rest = source.partition(" ")
        if kind == "factor":
            flow, _space, stage = rest.rpartition(" ")
            return _("{flow}, facteur de l’étape « {stage} »").format(
                stage=self.label("stage", stage).lower(), flow=self.label("item_type", flow)
            )
        if kind in ("electricity", "elec_age"):
            zone, _space, year = rest.rpartition(" ")
            sentence = {
                "electricity": _("Facteur de l’électricité, {zone}, {year}"),
                "elec_age": _("Électricité de {year} prise pour l’année du bilan, {zone}"),
            }[kind]
            return sentence.format(zone=self.label("zone", zone), year=year)
        if kind == "proxy":
            item_type, _space, flow = rest.partition(" ")
            return _("{type}, facteurs pris de : {flow}").format(
                type=self.label("item_type", item_type), flow=self.label("item_type", flow)
            )
        if kind == "producer":
            return _("Erreurs communes aux facteurs de : {source}").format(source=self.source_label(rest))
        if kind == "rows":
            return _("Saisie de l’inventaire")
        name = parameter(kind).partition(" (")[0]
        if not rest:
            return _("{parameter} par défaut").format(parameter=name)
        return _("{flow}, {parameter} par défaut").format(
            flow=self.label("item_type", rest), parameter=name if name[1:2].isupper() else name[0].lower() + name[1:]
        )

    def _row(self, table: str, code: str | None) -> Row:
        """The row of a code; an item type may be a flow, and `cloud:m5.large` takes the row of `cloud:*`."""
        rows = self._tables[table]
        if table == "item_type":
            return rows.get(code or "") or self._row("flow", code)
        return rows.get(code or "") or rows.get(f"{(code or '').split(':')[0]}:*") or {}


@cache
def _words(lang: str) -> dict[tuple[str, str], str]:
    return {(row["kind"], row["code"]): row[f"label_{lang}"] for row in text_rows("words")}


def word(kind: str, code: str) -> str:
    """A code of words.csv in words (part, people, ratio, cause, quality…); an unknown one as it is written."""
    return _words(current_language()).get((kind, code), code)


def note(text: str | None) -> str:
    """A note of the catalogue; each of its pieces in English (notes.csv) for a reader of English."""
    if current_language() == "fr":
        return text or ""
    english = {row["note"]: row["note_en"] for row in text_rows("notes")}
    return "; ".join(english.get(piece, piece) for piece in (text or "").split(NOTE_BREAK))


def words_of(kind: str) -> dict[str, str]:
    """Every code of a kind of words.csv, in order, in words."""
    return {code: text for (one, code), text in _words(current_language()).items() if one == kind}


def cause(code: str) -> str:
    """Why a total changed (rules D2, D4)."""
    return word("cause", code)


def origin(code: str | None) -> str:
    """Where a parameter comes from (rule M1)."""
    return ", ".join(word("origin", part) for part in (code or "–").split("+"))


def parameter(name: str) -> str:
    """A parameter of the calculation."""
    return row_labels("parameters", "parameter").get(name, name)


def _indexed(rows: list[Row]) -> dict[str, Row]:
    """Rows by their first column."""
    return {next(iter(row.values())): row for row in rows}
