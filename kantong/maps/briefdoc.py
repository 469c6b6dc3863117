"""The council brief as a Word file, for minutes: the words, the map and the table, to be edited."""

import datetime as dt
import io

from docx import Document
from docx.document import Document as Word
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table

from kantong.maps.brief import Brief, Section, map_png
from kantong.maps.drawing import Ground

_WIDTH_MM, _HEIGHT_MM, _EDGE_MM, _MAP_MM = 210, 297, 18, 120
_FONT = "Source Sans Pro"


def to_docx(ground: Ground, brief: Brief, *, created: dt.datetime) -> bytes:
    """Return a brief as DOCX, A4, with headings, a map with its words for the blind, and a table.

    Parameters
    ----------
    ground
        As :func:`kantong.maps.drawing.prepare` returns it.
    brief
        What it says. Its texts enter as text and are never markup.
    created
        Written into the file as the time of its making.
    """
    word = Document()
    _set_up(word, brief, created)
    word.add_heading(brief.title, 0)
    word.add_paragraph(brief.subtitle)
    if brief.theme.badge:
        word.add_paragraph().add_run(brief.theme.badge).bold = True
    picture = word.add_picture(io.BytesIO(map_png(ground, brief, created=created)), Mm(_MAP_MM))
    picture._inline.docPr.set("descr", brief.alt)  # noqa: SLF001 - the library has no word for it
    for section in (brief.beside, *brief.below):
        _section(word, section)
    word.add_heading(brief.annex, 1)
    _table(word, brief)
    for note in brief.theme.notes:
        word.add_paragraph(note, style="Caption")
    target = io.BytesIO()
    word.save(target)
    return target.getvalue()


def _set_up(word: Word, brief: Brief, created: dt.datetime) -> None:
    page = word.sections[0]
    page.page_width, page.page_height = Mm(_WIDTH_MM), Mm(_HEIGHT_MM)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(_EDGE_MM)
    word.core_properties.title = brief.title
    word.core_properties.language = brief.lang
    word.core_properties.author = ""
    word.core_properties.comments = ""
    word.core_properties.created = word.core_properties.modified = created.replace(tzinfo=None)
    for name in ("Normal", "Caption"):
        word.styles[name].font.name = _FONT
    word.styles["Normal"].font.size = Pt(10.5)


def _section(word: Word, section: Section) -> None:
    word.add_heading(section.heading, 1)
    for told in section.paragraphs:
        word.add_paragraph(told)


def _table(word: Word, brief: Brief) -> None:
    table = word.add_table(rows=1, cols=len(brief.heads), style="Light Grid Accent 1")
    for cell, head in zip(table.rows[0].cells, brief.heads, strict=True):
        cell.text = head
    _repeat_heading(table)
    for row in brief.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _repeat_heading(table: Table) -> None:
    """Let the first row stand on every page of the table."""
    properties = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001 - the library has no word for it
    properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
