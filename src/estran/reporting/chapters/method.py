"""How the figure is computed: method, perimeter, functional diagram, parameters and amounts of the year."""

from collections.abc import Iterator

from estran.catalogue import labels
from estran.common.language import _, ngettext
from estran.reporting.blocks import Block, Chart, Facts, Heading, Paragraph, Table
from estran.reporting.diagram import Box, Diagram
from estran.reporting.figures import NONE, Row
from estran.reporting.run_summary import RunSummary, first_labels

SHOWN = 60  # rows of the tables of parameters and amounts
_SHARED = ("network", "data_centre")  # families drawn on their own in the functional diagram


def method(run: RunSummary) -> Iterator[Block]:
    """The whole section (F1 to F4, F7 to F11)."""
    yield Heading(_("Comment il est calculé"), anchor="method")
    yield from rules()
    yield Heading(_("Périmètre"), 2, "perimeter")
    yield perimeter(run)
    yield from exclusions(run)
    yield Heading(_("Schéma fonctionnel"), 2, "diagram")
    caption = _("Ce que le système d’information met à disposition, des utilisateurs (en haut) aux salles et aux "
                "services (en bas).")  # fmt: skip
    title = _("Schéma fonctionnel du système d’information")
    yield Chart("functional", title, diagram(run), caption=caption)
    yield Heading(_("Hypothèses et paramètres"), 2, "parameters")
    yield from parameters(run)
    yield Heading(_("Quantités de l’année"), 2, "flows")
    yield from flows(run)


def rules() -> Iterator[Block]:
    """The rules that the calculation follows, and its formula."""
    yield Paragraph(_("Le calcul suit la règle de l’ADEME pour les systèmes d’information (RCP Systèmes d’information, "
                      "2024) et, pour les salles et le nuage, la RCP hébergement et services cloud (2025). L’unité "
                      "fonctionnelle est : mettre à disposition et utiliser le système d’information de "
                      "l’organisation, pour tous ses utilisateurs, pendant un an."))  # fmt: skip
    text = _("Chaque chiffre est une quantité multipliée par un facteur. L’équipement acheté est réparti sur sa durée "
             "d’usage ; l’électricité est celle de l’année, au mix moyen de son lieu d’usage.")  # fmt: skip
    yield Paragraph(text)


def perimeter(run: RunSummary) -> Facts:
    """What the perimeter holds, the inventory and the people."""
    label, write = run.perimeter, run.figures
    version = _("version {version}").format(version=label["version"])
    if label.get("valid_from"):
        version += ", " + _("valable depuis le {day}").format(day=write.day(label["valid_from"]))
    heads = [
        f"{write.count(head['value'])} {labels.word('people', head['who'])}, {write.day(head['date'])}"
        + (f" ({head['source']})" if head["source"] else "")
        for head in run.headcounts
    ]
    return Facts(
        [
            (_("Périmètre"), f"{label['label']} ({version})"),
            (_("Compris"), ", ".join(_included(run, True)) or NONE),
            (_("Non compris"), ", ".join(_included(run, False)) or _("rien")),
            (_("Inventaire"), _inventory(run)),
            (_("Effectifs"), _(" ; ").join(heads) or _("aucun : pas de ratio par personne")),
        ]
    )


def _included(run: RunSummary, wanted: bool) -> list[str]:
    return [labels.word("include", code) for code, held in run.perimeter.get("include", {}).items() if held == wanted]


def _inventory(run: RunSummary) -> str:
    counts, count = run.run["counts"], run.figures.count
    rows, items = count(counts["rows"]), count(counts["quantity"])
    parts = [_("{rows} lignes, {items} équipements").format(rows=rows, items=items)]
    if n := counts["rejected"]:
        sentence = ngettext("{shown} ligne illisible, à corriger", "{shown} lignes illisibles, à corriger", n)
        parts.append(sentence.format(shown=count(n)))
    if n := counts["unmatched"]:
        sentence = ngettext("{shown} libellé non reconnu", "{shown} libellés non reconnus", n)
        parts.append(sentence.format(shown=count(n)))
    return _(" ; ").join(parts)


def exclusions(run: RunSummary) -> Iterator[Block]:
    """What the perimeter leaves out by choice, and why (F8)."""
    if excluded := run.perimeter.get("exclusions"):
        rows = [[one["what"], one["reason"], one.get("size") or NONE] for one in excluded]
        heads = [_("Exclu"), _("Raison"), _("Ordre de grandeur")]
        yield Table(_("Exclusions choisies, et pourquoi"), heads, rows, "lll", "exclusions", run.source)


def diagram(run: RunSummary) -> Diagram:
    """The functional diagram: users, equipment by part, network, then rooms and services (F4)."""
    rows, name, count = run.families_by_part, run.names.label, run.figures.count
    users = [f"{count(head['value'])} {labels.word('people', head['who'])}" for head in run.headcounts]
    parts = [
        Box(name("part", part), [f"{name('family', row['family'])} ({count(row['quantity'])})" for row in own])
        for part in ("administration", "schools")
        if (own := [row for row in rows if row["part"] == part and row["family"] not in _SHARED])
    ]
    shared = {family: sum(row["quantity"] for row in rows if row["family"] == family) for family in _SHARED}
    centres = [room["room"] for room in run.rooms] or _items(run, shared["data_centre"])
    bought = list(dict.fromkeys(row["label"] for row in run.services))
    levels = [
        [Box(_("Utilisateurs"), users or [_("effectifs non renseignés")])],
        parts,
        [Box(name("family", "network"), _items(run, shared["network"]))],
        [
            Box(name("family", "data_centre"), first_labels(centres)),
            Box(name("part", "services"), first_labels(bought)),
        ],
    ]
    return Diagram([kept for level in levels if (kept := [box for box in level if box.lines])])


def _items(run: RunSummary, quantity: float) -> list[str]:
    sentence = ngettext("{n} équipement", "{n} équipements", int(quantity))
    return [sentence.format(n=run.figures.count(quantity))] if quantity else []


def parameters(run: RunSummary) -> Iterator[Block]:
    """Parameters used, with their origin and their source (F9, F10, F11)."""
    columns = [
        ("l", _("Type"), lambda row: row["label"]),
        ("l", _("Paramètre"), lambda row: labels.parameter(row["parameter"])),
        ("r", _("Valeur"), lambda row: _value(run, row)),
        ("l", _("Origine"), lambda row: labels.origin(row["origin"])),
        ("r", _("Nombre"), lambda row: run.figures.count(row["quantity"])),
        ("w", _("Source"), lambda row: row["source"]),
    ]
    caption, rows = _("Paramètres utilisés, avec leur origine et leur source"), run.parameters[:SHOWN]
    yield Table.of(caption, "parameters-table", rows, columns, run.source, long=True)
    note = _("Première vie et réemploi n’allongent une durée que sur preuve (règles L8 et L9).")
    if (rest := len(run.parameters) - SHOWN) > 0:
        more = ngettext("{n} autre ligne accompagne le calcul.", "{n} autres lignes accompagnent le calcul.", rest)
        note = f"{more.format(n=rest)} {note}"
    yield Paragraph(note, "note")


def _value(run: RunSummary, row: Row) -> str:
    """The value of a parameter, or the range of the values used."""
    if row["low"] is None:
        return row["text"] or NONE
    low, high = (run.figures.number(row[name], digits=3) for name in ("low", "high"))
    return low if low == high else _("{low} à {high}").format(low=low, high=high)


def flows(run: RunSummary) -> Iterator[Block]:
    """Amounts of the year: what is multiplied by the factors (F10)."""
    rows = [[row["label"], run.figures.number(row["amount"], digits=3), row["unit"]] for row in run.flows[:SHOWN]]
    caption = _("Flux de l’année : ce qui est multiplié par les facteurs")
    heads = [_("Flux"), _("Quantité"), _("Unité")]
    yield Table(caption, heads, rows, "lrl", "flows-table", run.source, long=True)
    yield Paragraph(_("Pour un matériel, la quantité est le nombre d’exemplaires de l’année : nombre × part d’usage × "
                      "présence ÷ durée (règle A1)."), "note")  # fmt: skip
