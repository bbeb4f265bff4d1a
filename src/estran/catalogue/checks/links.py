"""Checks of what leads from one table to another (schema/links.csv), and of the names in both languages."""

import re
from collections import Counter
from collections.abc import Iterator

from estran.catalogue.checks.tables import Tables, fault, unknown
from estran.catalogue.labels import NOTE_BREAK, words_of
from estran.common.language import _
from estran.common.problems import Problem

NOTED = (
    *("sources", "defaults", "alternatives", "item_types", "electricity", "zones", "cloud_pues", "cloud_estimates"),
    *("excluded", "equivalences", "flows", "criteria", "usual_shares", "account_flows", "supplier_words", "bill_units"),
    *("impact_units", "cloud_shapes", "methods", "uncertainty", "allocation_weights", "method_parameters"),
    "ghg_categories",
)


def check_links(tables: Tables) -> Iterator[Problem]:
    """Codes that the table or the list they lead to does not have; codes given twice in it."""
    keys = set()
    for link in tables.rows("links"):
        name, column, target = link["table"], link["column"], link["leads_to"]
        file, also = tables.file(name), (link["also"] or "").split("|")
        if target is None:
            known, place = also, file
        elif target == "sources":
            known, place = [*tables.sources], "sources/"
        else:
            known, place = tables.codes(target, link["key"]), tables.file(target)
            keys.add((target, link["key"]))
        what = words_of("unknown").get(target) or _("Code inconnu ({name})").format(name=column)
        admitted = {*known, *also}
        for row in tables.rows(name):
            text = "" if row[column] is None else str(row[column])
            for code in text.split(link["separator"]) if link["separator"] else [text]:
                if (code or link["needed"]) and code not in admitted:
                    yield from unknown(what, file, code, row["line"], known, place)
    for name, column in sorted(keys):
        times = Counter(row[column] for row in tables.rows(name))
        for row in tables.rows(name):
            if times[row[column]] > 1:
                yield fault(_("Code donné deux fois"), tables.file(name), row[column], row["line"])


def without_english(tables: Tables) -> Iterator[Problem]:
    """Pieces of notes that an English reader could not read (publication/notes.csv), and those no note has any more."""
    english = {row["note"] for row in tables.rows("notes")}
    used: set[str] = set()
    for name in NOTED:
        for row in tables.published if name == "sources" else tables.rows(name):
            pieces = (row.get("note") or row.get("reason") or "").split(NOTE_BREAK)
            used.update(pieces)
            file = f"sources/{row['source']}/factors.csv" if name == "sources" else tables.file(name)
            for piece in pieces:
                if piece not in english and re.search(r"[^\W\d_]{4}", piece):
                    remedy = _("Ajouter sa traduction à {file}.").format(file=tables.file("notes"))
                    yield fault(_("Note sans traduction"), file, piece, row["line"], remedy)
    for piece in sorted(english - used):
        yield fault(_("Traduction d’une note qui n’existe pas"), tables.file("notes"), piece)


def check_names(tables: Tables) -> Iterator[Problem]:
    """Names that lack in one of the two languages; a row that fills a column of a table may take the name of it."""
    for path in tables.files:
        rows = tables.rows(path.stem) if path.parent.parent.name != "sources" else []
        for row in rows if rows and {"label_fr", "label_en"} <= rows[0].keys() else ():
            lacking = [name for name in ("label_fr", "label_en") if not row[name]]
            if len(lacking) == 1 or (lacking and not row.get("column")):
                code = str(next(iter(row.values())))
                yield fault(_("Nom absent en français ou en anglais"), tables.file(path.stem), code, row["line"])
