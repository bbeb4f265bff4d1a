"""A document in one format: HTML, PDF, DOCX, ODT, PPTX. In: a `Document`. Out: bytes. Read first: html_writer.py."""

import zipfile

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.reporting.blocks import Document
from estran.reporting.writers.docx_writer import write_docx
from estran.reporting.writers.html_writer import write_html, write_pdf
from estran.reporting.writers.odt_writer import write_odt
from estran.reporting.writers.pptx_writer import write_pptx

FORMATS = (".html", ".pdf", ".docx", ".odt")  # of a report; a document in slides is a PPTX
_EDITABLE = {".docx": write_docx, ".odt": write_odt, ".pptx": write_pptx}


def write_document(document: Document, form: str, template: bytes | None = None) -> bytes:
    """The document in one of `FORMATS`, or as slides; a template of another kind, or damaged, is refused.

    Errors: CannotUse.
    """
    if form == ".html":
        return write_html(document).encode("utf-8")
    if form == ".pdf":
        return write_pdf(document)
    try:
        return _EDITABLE[form](document, template)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        what = _("Le modèle ne peut pas être lu : {error}.").format(error=error)
        raise CannotUse(
            Problem(what, _("Donner un modèle fait par un traitement de texte, dans le même format."))
        ) from None
