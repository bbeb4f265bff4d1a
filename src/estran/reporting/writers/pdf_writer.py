"""A document as a tagged PDF (PDF/UA-1), from its page."""

from estran.reporting.blocks import Document
from estran.reporting.writers.html_writer import write_html


def write_pdf(document: Document) -> bytes:
    """The page of the document, printed; with a cover when the document has one."""
    from weasyprint import HTML

    return HTML(string=write_html(document, paper=document.cover)).write_pdf(pdf_variant="pdf/ua-1")
