"""The editable report: real headings and tables in DOCX and ODT, the officer’s own styles, the figures of the run."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest

from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.problems import CannotUse
from estran.reporting import blocks, run_summary
from estran.reporting.blocks import Document, Heading, Items, Paragraph, Table
from estran.reporting.chapters import breakdowns, missing
from estran.reporting.reports import report
from estran.reporting.run_summary import RunSummary
from estran.reporting.writers import write_document
from estran.reporting.writers.html_writer import write_html
from sample_run import write_run

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
SHORT = Document(
    "Bilan", "Séance du 9 février", author="Département",
    blocks=[
        Heading("Résumé"), Paragraph("4 100 t & plus", "lead"), Heading("Détail", 2),
        Items(["un", "deux"]),
        Table("Par partie", ["Partie", "t"], [["Collèges", "1 234,5"], ["Services", "< 0,01"]]),
        Paragraph("une\nligne"),
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "run-2025")


def words(content: bytes) -> list[str]:
    """Every text of an ODT, in order."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tree = ElementTree.fromstring(archive.read("content.xml"))
    return ["".join(one.itertext()) for one in tree.iter() if one.tag in (f"{TEXT}p", f"{TEXT}h")]


def said(content: bytes) -> list[str]:
    """Every text of a DOCX, tables after paragraphs."""
    made = docx.Document(io.BytesIO(content))
    cells = [cell.text for grid in made.tables for row in grid.rows for cell in row.cells]
    return [paragraph.text for paragraph in made.paragraphs] + cells


def test_headings_are_headings_and_the_first_row_of_a_table_is_its_head() -> None:
    made = docx.Document(io.BytesIO(write_document(SHORT, ".docx")))
    styles = [(one.style.name, one.text) for one in made.paragraphs if one.text]
    assert ("Title", "Bilan") in styles and ("Heading 1", "Résumé") in styles and ("Heading 2", "Détail") in styles
    assert made.tables[0].rows[0]._tr.xpath(".//w:tblHeader")
    assert made.core_properties.title == "Bilan" and made.core_properties.language == "fr"


def test_the_odt_is_one_its_kind_first_and_its_headings_have_levels() -> None:
    content = write_document(SHORT, ".odt")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        tree = ElementTree.fromstring(archive.read("content.xml"))
    levels = [(one.get(f"{TEXT}outline-level"), one.text) for one in tree.iter(f"{TEXT}h")]
    assert levels == [("1", "Résumé"), ("2", "Détail")]
    assert "4 100 t & plus" in words(content) and "< 0,01" in words(content)


def test_the_three_formats_say_the_same() -> None:
    odt, word = words(write_document(SHORT, ".odt")), said(write_document(SHORT, ".docx"))
    html = write_html(SHORT)
    for one in ("Bilan", "Résumé", "deux", "Collèges", "1 234,5"):
        assert one in odt and one in word and one in html
    assert write_document(SHORT, ".pdf").startswith(b"%PDF-1.7")


def test_an_officers_template_keeps_its_styles_its_headers_and_loses_its_text() -> None:
    model = docx.Document()
    model.styles["Heading 1"].font.name = "Marianne"
    model.sections[0].header.paragraphs[0].text = "Département, direction du numérique"
    model.add_paragraph("Texte du modèle")
    packed = io.BytesIO()
    model.save(packed)
    made = docx.Document(io.BytesIO(write_document(SHORT, ".docx", packed.getvalue())))
    assert made.styles["Heading 1"].font.name == "Marianne"
    assert made.sections[0].header.paragraphs[0].text == "Département, direction du numérique"
    assert "Texte du modèle" not in [one.text for one in made.paragraphs]


def test_an_odt_template_of_another_version_of_the_format_keeps_it_in_every_part() -> None:
    with zipfile.ZipFile(io.BytesIO(write_document(SHORT, ".odt"))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b'version="1.3"', b'version="1.4"'))
    with zipfile.ZipFile(io.BytesIO(write_document(SHORT, ".odt", packed.getvalue()))) as archive:
        for name in ("content.xml", "meta.xml"):
            assert b'office:version="1.4"' in archive.read(name)


def test_an_odt_template_gets_the_styles_it_lacks_and_keeps_those_it_has() -> None:
    with zipfile.ZipFile(io.BytesIO(write_document(SHORT, ".odt"))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    styles = re.sub(r'<style:style style:name="Table_20_\w+".*?</style:style>', "", parts["styles.xml"].decode())
    parts["styles.xml"] = styles.replace("#0b5a6b", "#123456").encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with zipfile.ZipFile(io.BytesIO(write_document(SHORT, ".odt", packed.getvalue()))) as archive:
        made = archive.read("styles.xml").decode()
    assert made.count('style:name="Table_20_Heading"') == 1 and made.count('style:name="Title"') == 1
    assert "#0b5a6b" not in made


def test_an_odt_template_keeps_its_styles() -> None:
    model = write_document(SHORT, ".odt")
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["styles.xml"] = parts["styles.xml"].replace(b"#0b5a6b", b"#123456")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    made = write_document(SHORT, ".odt", packed.getvalue())
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert b"#123456" in archive.read("styles.xml")


def test_a_template_without_our_styles_gets_them_headings_with_their_level() -> None:
    model = docx.Document()
    for name in ("Heading 1", "Heading 2", "List Bullet", "Caption", "Intense Quote", "Title"):
        model.styles[name].delete()
    model.styles["Normal"].font.name = "Marianne"
    packed = io.BytesIO()
    model.save(packed)
    made = docx.Document(io.BytesIO(write_document(SHORT, ".docx", packed.getvalue())))
    assert made.styles["Heading 2"].element.xpath("./w:pPr/w:outlineLvl/@w:val") == ["1"]
    assert made.styles["Heading 1"].font.name is None, "the face is that of the ordinary text of the template"
    assert [one.text for one in made.paragraphs if one.text.startswith("–")] == ["–\u00a0un", "–\u00a0deux"]


def test_the_summary_begins_on_a_page_of_its_own_after_the_cover() -> None:
    made = docx.Document(io.BytesIO(write_document(SHORT, ".docx")))
    turned = [one.text for one in made.paragraphs if one.paragraph_format.page_break_before]
    assert turned == ["Résumé"]


def test_no_column_is_narrower_than_its_longest_word_and_long_texts_get_the_rest() -> None:
    rows = [["A1", "En cours", "une phrase " * 8, "1 234"]]
    block = Table("Actions", ["Code", "Recouvrement", "Remède", "Nombre"], rows, "lllr")
    shares = blocks.widths(block)
    assert sum(shares) == pytest.approx(1)
    assert shares[1] * blocks.LINE > len("Recouvrement")
    assert max(shares) == shares[2]


def saved_by_libreoffice(folder: Path, content: bytes, form: str) -> bytes:
    """The document opened by LibreOffice, then saved in the same format."""
    folder.mkdir(exist_ok=True)
    (folder / f"rapport{form}").write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    asked = ["soffice", profile, "--headless", "--convert-to", form[1:], "--outdir", str(folder / "saved")]
    subprocess.run([*asked, str(folder / f"rapport{form}")], check=True, capture_output=True, timeout=120)
    return (folder / "saved" / f"rapport{form}").read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="missing: LibreOffice")
@pytest.mark.parametrize("form", [".docx", ".odt"])
def test_opened_and_saved_by_libreoffice_it_keeps_its_headings_styles_and_tables(tmp_path: Path, form: str) -> None:
    template = saved_by_libreoffice(tmp_path, write_document(SHORT, form), form)
    saved = saved_by_libreoffice(tmp_path / "again", write_document(SHORT, form, template), form)
    if form == ".docx":
        made = docx.Document(io.BytesIO(saved))
        styles = [(one.style.name, one.text) for one in made.paragraphs if one.text]
        expected = [("Title", "Bilan"), ("Heading 1", "Résumé"), ("Heading 2", "Détail"), ("List Bullet", "deux")]
        assert set(expected) <= set(styles)
        assert made.tables[0].rows[0]._tr.xpath(".//w:tblHeader")
        assert [cell.text for cell in made.tables[0].rows[1].cells] == ["Collèges", "1 234,5"]
    else:
        with zipfile.ZipFile(io.BytesIO(saved)) as archive:
            tree = ElementTree.fromstring(archive.read("content.xml"))
        levels = [(one.get(f"{TEXT}outline-level"), "".join(one.itertext())) for one in tree.iter(f"{TEXT}h")]
        assert levels == [("1", "Résumé"), ("2", "Détail")]
        assert {"Collèges", "1 234,5", "deux"} <= set(words(saved))


@pytest.mark.parametrize("form", [".docx", ".odt"])
def test_a_template_that_is_not_one_is_refused(form: str) -> None:
    with pytest.raises(CannotUse, match="modèle"):
        write_document(SHORT, form, b"ceci n'est pas un zip")


def test_the_same_document_makes_the_same_odt() -> None:
    assert write_document(SHORT, ".odt") == write_document(SHORT, ".odt")


@pytest.mark.parametrize("form", [".docx", ".odt"])
def test_the_figures_of_the_document_are_those_of_the_run(run: Path, tmp_path: Path, form: str) -> None:
    content = report(run, tmp_path / f"r{form}").read_bytes()
    everything = " | ".join(said(content) if form == ".docx" else words(content))
    facts = RunSummary(run, Labels("fr"))
    assert f"{facts.words(facts.carbon['mean'])} d’équivalent CO₂" in everything
    step = formatting.step_beside(facts.carbon["mean"], facts.carbon["unit"], digits=4)
    steps = step.shared([row["mean"] for row in facts.parts], step.rounded(facts.carbon["mean"]))
    for row, rounded in zip(facts.parts, steps, strict=True):
        assert f"{row['label']} | {step.cell(rounded)}" in everything
    assert re.search(r"F16 \| lister les limites", everything)


def test_a_document_is_kept_as_values_and_comes_back() -> None:
    assert Document.of_values(SHORT.as_values()).as_values() == SHORT.as_values()


def test_what_a_table_leaves_out_is_one_row_and_its_share(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = RunSummary(run, Labels("fr"))
    monkeypatch.setattr(run_summary, "_TOP", 1)
    heads = "Par entité", "Entité"
    table = breakdowns.breakdown(facts, "entities", "Entités", heads, facts.entities).table
    assert table is not None
    share = 1 - facts.entities[0]["share"]
    assert [blocks.plain(cell) for cell in table.rows[-1]] == [
        "Autres entités",
        "–",
        "–",
        formatting.percent(share, "fr"),
    ]
    monkeypatch.setattr(missing, "SHOWN", 1)
    assert len(facts.gaps) > 2
    listed = missing.heaviest_gaps(facts)
    assert blocks.plain(listed.items[-1]).startswith(f"et {len(facts.gaps) - 1} autres manques")
