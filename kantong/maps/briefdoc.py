"""The council brief as a Word file, for minutes: the words, the map and the table, to be edited."""

import datetime as dt

from docx.document import Document as Word

from kantong.maps import word as words
from kantong.maps.brief import Brief, Section, map_png
from kantong.maps.drawing import Ground
from kantong.maps.word import seen

_EDGE_MM, _MAP_MM = 18, 120


def to_docx(ground: Ground, brief: Brief, *, created: dt.datetime) -> bytes:
    """Return a brief as DOCX, A4, with headings, a map with its words for the blind, and a table.

    Parameters
    ----------
    ground
        As :func:`kantong.maps.drawing.prepare` returns it.
    brief
        What it says. Its texts enter as text and are never markup.
    created
        Written into the file as the time of its making; with a time zone.
    """
    word = words.document(brief.title, brief.lang, edge_mm=_EDGE_MM, created=created)
    word.add_heading(seen(brief.title), 0)
    word.add_paragraph(seen(brief.subtitle))
    if brief.theme.badge:
        word.add_paragraph().add_run(seen(brief.theme.badge)).bold = True
    drawn = map_png(ground, brief, created=created)
    words.add_picture(word, drawn, width_mm=_MAP_MM, alt=brief.alt)
    for section in (brief.beside, *brief.below):
        _section(word, section)
    word.add_heading(seen(brief.annex), 1)
    table = words.add_table(word, brief.heads)
    for row in brief.rows:
        words.add_row(table, row)
    for note in brief.theme.notes:
        word.add_paragraph(seen(note), style="Caption")
    return words.to_bytes(word)


def _section(word: Word, section: Section) -> None:
    word.add_heading(seen(section.heading), 1)
    for told in section.paragraphs:
        word.add_paragraph(seen(told))
