"""The spreadsheets of real referents, made again with their faults, and what a reader would count in each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

Row = Sequence[Any]


@dataclass(frozen=True)
class Sent:
    """A file: its name and bytes; item type → quantity of what is recognised; texts that the page says, in order;
    lines rejected and labels to settle that are left to the person."""

    name: str
    content: bytes
    counted: dict[str, float]
    said: tuple[str, ...] = ()
    rejected: int = 0
    to_settle: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return self.name


def xlsx(hidden: Sequence[str] = (), merged: Sequence[str] = (), **sheets: Sequence[Row]) -> bytes:
    """A workbook: a pair is a formula with its value; `merged`: ranges of the first sheet, their text in the rows."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for number, (name, rows) in enumerate(sheets.items()):
        sheet = book.add_worksheet(name.replace("_", " "))
        if name in hidden:
            sheet.hide()
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, tuple):
                    sheet.write_formula(r, c, value[0], None, value[1])
                elif isinstance(value, date):
                    sheet.write_datetime(r, c, datetime(value.year, value.month, value.day), day)
                elif value != "":
                    sheet.write(r, c, value)
        for cells in merged if number == 0 else ():
            sheet.merge_range(cells, "")
            top, left = xlsxwriter.utility.xl_cell_to_rowcol(cells.partition(":")[0])
            sheet.write(top, left, rows[top][left])
    book.close()
    return content.getvalue()


def picture() -> bytes:
    """A workbook whose only content is a photograph of a list."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    pixel = (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx"
        b"\x9cc\0\1\0\0\5\0\1\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
    )
    book.add_worksheet().insert_image("A1", "photo.png", {"image_data": io.BytesIO(pixel)})
    book.close()
    return content.getvalue()


def ods(**sheets: Sequence[Row]) -> bytes:
    """A LibreOffice sheet, with the thousands of empty cells that it says are there."""

    def cell(value: Any) -> str:
        if value == "":
            return "<table:table-cell/>"
        kind = "string"
        if isinstance(value, date):
            kind = f'date" office:date-value="{value.isoformat()}'
        elif isinstance(value, int):
            kind = f'float" office:value="{value}'
        text = f"{value:%d/%m/%y}" if isinstance(value, date) else escape(str(value))
        return f'<table:table-cell office:value-type="{kind}"><text:p>{text}</text:p></table:table-cell>'

    end = '<table:table-cell table:number-columns-repeated="1000"/></table:table-row>'
    blank = f'<table:table-row table:number-rows-repeated="1048000">{end}'
    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join("<table:table-row>" + "".join(map(cell, row)) + end for row in rows)
        + f"{blank}</table:table>"
        for name, rows in sheets.items()
    )
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{name}="{oasis}:{name}:1.0"' for name in ("office", "table", "text"))
    document = (
        f'<office:document-content {names} office:version="1.2"><office:body><office:spreadsheet>{tables}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{oasis}:manifest:1.0"/>')
        archive.writestr("content.xml", document)
    return content.getvalue()


FILES = (
    Sent(
        "Titre et signature.xlsx",
        xlsx(
            Parc=[
                ["COLLÈGE ALICE GUY"],
                ["Inventaire au 31/12/2025"],
                ["Réalisé par : Mme Dupont, référente numérique"],
                [],
                ["Type de matériel", "Marque", "Modèle", "Nombre", "Date d'achat", "Salle"],
                ["PC fixe", "HP", "ProDesk 400", 15, date(2019, 9, 1), "Techno"],
                ["Vidéoprojecteur", "Epson", "EB-X05", 12, date(2018, 1, 1), ""],
                [],
                ["TOTAL", "", "", 27],
            ]
        ),
        {"desktop": 15, "projector": 12},
        ("c’est un total",),
    ),
    Sent(
        "Deux feuilles.xlsx",
        xlsx(
            Salles=[["Matériel", "", ""], ["Type", "Marque", "Nombre"], ["Unité centrale", "Dell", "15 PC"]],
            CDI=[["Type", "Marque", "Nombre"], ["Tablette", "Apple", "8"]],
            Récapitulatif=[["Type", "Nombre"], ["Unité centrale", 15], ["Tablette", 8]],
            merged=["A1:C1"],
        ),
        {"desktop": 15, "tablet": 8},
        ("« Récapitulatif »", "« 15 PC » 15"),
    ),
    Sent(
        "À peu près.xlsx",
        xlsx(
            Feuil1=[
                ["Matériel", "Quantité", "Année"],
                ["PC fixes", "une vingtaine", 2018],
                ["Tablettes", "environ 30", 2022],
                ["Vidéoprojecteurs", "dix", 2016],
                ["PC portables", "15 (dont 3 HS)", 2020],
                ["Imprimantes", "2 ou 3", 2017],
            ]
        ),
        {"desktop": 20, "tablet": 30, "projector": 10, "laptop": 15},
        ("« une vingtaine » 20", "4 dates sans jour"),
        rejected=1,
    ),
    Sent(
        "Nombre dans le libellé.csv",
        "Matériel;Marque\n15 PC fixes;HP\nTablettes (12);Apple\n3 x vidéoprojecteurs;Epson\nEcran 22 pouces;Iiyama\n"
        "Serveur : 2;Dell\n".encode("cp1252"),
        {"desktop": 15, "tablet": 12, "projector": 3, "monitor_small": 1, "server": 2},
        ("« 15 PC fixes » 15", "chaque ligne compte pour un"),
    ),
    Sent(
        "Salle par salle.xlsx",
        xlsx(
            Inventaire=[
                ["Type", "Marque", "Nombre", "Observations"],
                ["SALLE 101"],
                ["PC fixe", "HP", 15, "RAS"],
                [],
                ["SALLE 102 - Techno"],
                ["PC fixe", "Dell", 16, "dont 2 HS"],
                [],
                ["* fait le 12 mars par M. Martin"],
            ]
        ),
        {"desktop": 31},
        ("Lignes 2, 5, 8 laissées",),
    ),
    Sent(
        "Salles et types croisés.ods",
        ods(
            Salles=[
                ["Salle", "PC fixes", "PC portables", "Vidéoprojecteur"],
                ["101", 15, "", 1],
                ["102", 16, "", 1],
                ["CDI", 6, 4, ""],
                ["TOTAL", 37, 4, 2],
            ]
        ),
        {"desktop": 37, "laptop": 4, "projector": 2},
        ("Tableau croisé",),
    ),
    Sent(
        "Avec les noms.xlsx",
        xlsx(
            Liste=[
                ["N°", "Type", "Marque", "N° de série", "Utilisateur", "Nom du professeur", "Mail", "Date d'achat"],
                [1, "Tablette", "Apple", "5CD1234", "Jean Dupont", "Dupont", "j.dupont@college.fr", "25/09/2022"],
                [2, "Tablette", "Apple", "5CD1235", "Anne Martin", "Martin", "a.martin@college.fr", "25/09/2022"],
            ]
        ),
        {"tablet": 2},
    ),
    Sent(
        "Dates en lettres.xlsx",
        xlsx(
            Inventaire=[
                ["Type", "Nombre", "Date d'achat"],
                ["PC fixe", 5, "sept. 2021"],
                ["PC portable", 6, "12 mars 2020"],
                ["Tablette", 7, "2019-2020"],
                ["Vidéoprojecteur", 2, "avant 2015"],
            ]
        ),
        {"desktop": 5, "laptop": 6, "tablet": 7},
        ("2 dates sans jour",),
        rejected=1,
    ),
    Sent(
        "Feuilles masquées.xlsx",
        xlsx(
            Inventaire_2025=[["Type", "Nombre"], ["PC fixe", 15]],
            Inventaire_2019=[["Type", "Nombre"], ["PC fixe", 99]],
            hidden=["Inventaire_2019"],
        ),
        {"desktop": 15},
        ("Feuilles masquées", "« Inventaire 2019 »"),
    ),
    Sent(
        "Formules.xlsx",
        xlsx(
            Inventaire=[
                ["Type", "Nombre", "Prix unitaire", "Prix total"],
                ["PC fixe", ("=10+5", 15), 500, ("=B2*C2", 7500)],
                ["Tablette", ("=B2", 15), 300, ("=B3*C3", 4500)],
                ["", ("=SUM(B2:B3)", 30), "", ("=SUM(D2:D3)", 12000)],
            ]
        ),
        {"desktop": 15, "tablet": 15},
        ("Ligne 4 laissée",),
    ),
    Sent(
        "Cellules fusionnées.xlsx",
        xlsx(
            Inventaire=[
                ["Désignation", "Salle", "Nb de postes"],
                ["PC fixe", "101", 15],
                ["", "102", 16],
                ["Tablette", "CDI", 12],
            ],
            merged=["A2:A3"],
        ),
        {"desktop": 31, "tablet": 12},
    ),
    Sent(
        "Export avec sep.csv",
        b'\xef\xbb\xbfsep=;\r\n"Type";"Marque";"Nombre"\r\n"PC fixe";"HP";"15,0"\r\n;;\r\n"Zinzin";"";"2"\r\n',
        {"desktop": 15},
        to_settle=("Zinzin",),
    ),
)
