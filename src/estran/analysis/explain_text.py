"""An explained figure as plain text, the same on the command line and in the portal."""

from typing import Any

from estran.analysis.explain import TOP, Explanation
from estran.catalogue import labels
from estran.common import formatting
from estran.common.language import _

Row = dict[str, Any]
PRODUCTS = 3 * TOP  # those shown, the heaviest


def explanation_text(explanation: Explanation, lang: str = "fr") -> str:
    """The explanation, one block per question: value, calculation, assumptions, rows, declared, gaps, other factors."""
    text = _Text(explanation, lang)
    blocks = (
        text.headline(),
        text.products(),
        text.parameters(),
        text.rows(),
        text.declared(),
        text.gaps(),
        text.other_sets(),
    )
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


class _Text:
    """The lines of each block; none when there is nothing to say."""

    def __init__(self, explanation: Explanation, lang: str) -> None:
        self.explanation, self.lang, self.labels = explanation, lang, labels.Labels(lang)
        self.unit = formatting.unit_text(explanation.unit, lang)

    def headline(self) -> list[str]:
        """The value, which figure it is, and its exact value."""
        explanation, figure = self.explanation, self.explanation.figure
        value = formatting.quantity(explanation.value, explanation.unit, self.lang)
        choices = (
            (_("Entité"), figure.entity),
            (_("Sous-total"), figure.part and self.labels.label("part", figure.part)),
            (_("Famille"), figure.family and self.labels.label("family", figure.family)),
            (_("Type"), figure.item_type and self.labels.label("item_type", figure.item_type)),
            (_("Étape"), figure.stage and self.labels.label("stage", figure.stage)),
        )
        return [
            _("{value} en {year}").format(value=value, year=explanation.run["year"]),
            self._line(_("Critère"), self.labels.label("criterion", figure.criterion)),
            *(self._line(name, text) for name, text in choices if text),
            self._line(_("Valeur exacte"), self._with_unit(explanation.value)),
        ]

    def products(self) -> list[str]:
        """Amount × factor, the heaviest first."""
        run, products = self.explanation.run, self.explanation.products
        title = _(
            "Calcul : quantité du flux × facteur d’impact, le tout additionné (méthode {method}, vue {view}, § 2)"
        )
        lines = [title.format(method=run["method"], view=run["view"])]
        for row in products[:PRODUCTS]:
            lines += self._product(row)
        if len(products) > PRODUCTS:
            lines.append("  " + _("… et {n} autres produits, moins lourds").format(n=len(products) - PRODUCTS))
        return lines

    def _product(self, row: Row) -> list[str]:
        unit = _("unités") if row["flow"] == "unit" else self.labels.describe_flow(row["flow"])["unit"]
        table = "zone" if row["flow"] == "electricity_kwh" else "item_type"
        doubt = _("coefficient de variation {cv}").format(cv=formatting.percent(row["factor_cv"], self.lang))
        factor = f"{self.labels.label(table, row['factor_flow'])}, {doubt}"
        if row["origin"]:
            factor += f", {labels.origin(row['origin'])} (M2)"
        source = ", ".join(row[name] for name in ("producer", "title", "edition") if row[name]) or _("non indiquée")
        return [
            f"  {self.labels.label('item_type', row['item_type'])} – {self.labels.label('stage', row['stage'])}",
            f"    {self._exact(row['amount'])} {unit} × {self._with_unit(row['factor'])} = "
            + self._with_unit(row["value"]),
            "  " + self._line(_("Facteur"), factor),
            "  " + self._line(_("Source"), f"{source} – {row['note']}" if row["note"] else source),
        ]

    def parameters(self) -> list[str]:
        """Where lifetimes and electricity come from."""
        title = _("Hypothèses : d’où viennent les durées (règles L1 à L9) et l’électricité (E1 à E8)")
        return self._block(title, map(self._parameter, self.explanation.parameters))

    def _parameter(self, row: Row) -> str:
        name = f"{self.labels.label('item_type', row['item_type'])}, {labels.parameter(row['parameter'])}"
        value = formatting.number(row["value"] or 0, self.lang, 4)
        items = formatting.count(row["quantity"], self.lang) + " " + _("matériels")
        source = f" – {self.labels.source_label(row['source'])}" if row["source"] else ""
        return self._line(name, f"{value}, {labels.origin(row['origin'])} ({items}){source}")

    def rows(self) -> list[str]:
        """The heaviest rows of the inventory, each with its formula."""
        title = _("Lignes d’inventaire les plus lourdes : unités = quantité × part × présence ÷ durée (A1)")
        return self._block(title, map(self._row, self.explanation.rows))

    def _row(self, row: Row) -> str:
        name = f"{row['item_id']} ({row['entity']}, {self.labels.label('item_type', row['item_type'])})"
        formula = self._exact(row["made"])
        if row["share"] is not None:
            product = " × ".join(self._exact(row[factor]) for factor in ("quantity", "share", "presence"))
            formula = f"{product} ÷ {self._exact(row['lifetime_years'])} = {formula} ; {self._exact(row['kwh'])} kWh"
        return self._line(name, f"{formula} → {self._with_unit(row['value'])}")

    def declared(self) -> list[str]:
        """What suppliers declared, kept apart."""
        rows = self.explanation.declared
        lines = (self._line(row["service"] or row["item_type"], self._with_unit(row["value"])) for row in rows)
        return self._block(_("Déclaré par des fournisseurs, montré à part (C5)"), lines)

    def gaps(self) -> list[str]:
        """What is missing beside the figure."""
        rows = self.explanation.gaps
        lines = (
            self._line(self.labels.describe_gap(row["what"])["label"], formatting.count(row["rows"], self.lang))
            for row in rows
        )
        return self._block(_("Non compté à côté de ce chiffre (M3)"), lines)

    def other_sets(self) -> list[str]:
        """The value under the other factor sets."""
        unit = self.explanation.unit
        lines = (
            self._line(
                self.labels.label("factor_set", row["factor_set"]), formatting.quantity(row["value"], unit, self.lang)
            )
            for row in self.explanation.others
        )
        return self._block(_("Le même chiffre avec d’autres facteurs"), lines)

    @staticmethod
    def _block(title: str, lines: Any) -> list[str]:
        listed = list(lines)
        return [title, *listed] if listed else []

    @staticmethod
    def _line(name: str, text: str) -> str:
        return "  " + _("{what} : {value}").format(what=name, value=text)

    def _exact(self, value: float | None) -> str:
        return "–" if value is None else formatting.number(value, self.lang, 12)

    def _with_unit(self, value: float | None) -> str:
        return f"{self._exact(value)} {self.unit}"
