"""A report to be taken on in a planning document: Word for its text, a workbook for its tables."""

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import xlsxwriter
from docx.document import Document as Word
from docx.shared import Pt
from docx.table import Table as WordTable

from kantong.maps import word as words
from kantong.maps.downloads import INERT
from kantong.maps.word import seen

_EDGE_MM, _PICTURE_MM = 22, 150
_LONGEST_SHEET = 31
_ROWS_IN_TEXT = 20
# The name of a sheet may not hold these.
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True, eq=False)
class Table:
    """A table with its heading.

    Parameters
    ----------
    title
        Above it, and of its sheet.
    frame
        Columns as they are headed; figures are numbers, missing ones NaN.
    decimals
        Of columns of figures, by heading; none for others.
    in_text
        Headings of the columns that the text shows; empty for all. The workbook holds all.
    """

    title: str
    frame: pd.DataFrame
    decimals: Mapping[str, int] = field(default_factory=dict)
    in_text: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Chapter:
    """A chapter: what is said, a map, tables.

    Parameters
    ----------
    heading, paragraphs
        Texts.
    picture
        PNG; empty for none.
    alt
        What it shows, for those who cannot see it.
    tables
        In their order.
    """

    heading: str
    paragraphs: Sequence[str]
    picture: bytes = b""
    alt: str = ""
    tables: Sequence[Table] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """A report in the reader's words.

    Parameters
    ----------
    title, subtitle
        Above everything.
    badge
        Mark of invented figures; may be empty.
    chapters
        In their order.
    notes
        Label and text: settings, sources, hashes.
    notes_heading
        Above them.
    lang
        ``id`` or ``en``.
    number
        Writes a figure with so many decimals.
    more
        Says how many rows of a table stand in the workbook only.
    """

    title: str
    subtitle: str
    badge: str
    chapters: Sequence[Chapter]
    notes: Sequence[tuple[str, str]]
    notes_heading: str
    lang: str
    number: Callable[[float, int], str]
    more: Callable[[int], str]


def to_docx(report: Report, *, created: dt.datetime) -> bytes:
    """Return a report as DOCX, A4: numbered headings, maps with their words, tables with a head.

    Parameters
    ----------
    report
        Its texts enter as text and are never markup.
    created
        Written into the file as the time of its making; with a time zone.
    """
    word = words.document(report.title, report.lang, edge_mm=_EDGE_MM, created=created)
    word.add_heading(seen(report.title), 0)
    word.add_paragraph(seen(report.subtitle))
    if report.badge:
        word.add_paragraph().add_run(seen(report.badge)).bold = True
    for place, chapter in enumerate(report.chapters, start=1):
        word.add_heading(f"{place}. {seen(chapter.heading)}", 1)
        for text in chapter.paragraphs:
            word.add_paragraph(seen(text))
        if chapter.picture:
            words.add_picture(word, chapter.picture, width_mm=_PICTURE_MM, alt=chapter.alt)
        for table in chapter.tables:
            word.add_paragraph(seen(table.title), style="Caption")
            _table(word, report, table)
    word.add_heading(f"{len(report.chapters) + 1}. {seen(report.notes_heading)}", 1)
    for label, text in report.notes:
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.add_run(f"{seen(label)}: ").bold = True
        paragraph.add_run(seen(text))
        for run in paragraph.runs:
            run.font.size = Pt(8)
    return words.to_bytes(word)


def to_xlsx(report: Report, *, notes: str) -> bytes:
    """Return the tables of a report, a sheet each, and its notes on the last.

    Parameters
    ----------
    notes
        Name of the last sheet.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, INERT) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        used: set[str] = set()
        for table in (table for chapter in report.chapters for table in chapter.tables):
            sheet = book.add_worksheet(_sheet_name(table.title, used))
            sheet.write_row(0, 0, list(map(str, table.frame.columns)), bold)
            for row, cells in enumerate(table.frame.itertuples(index=False), start=1):
                sheet.write_row(row, 0, [None if pd.isna(cell) else cell for cell in cells])
            sheet.freeze_panes(1, 0)
            sheet.autofit()
        last = book.add_worksheet(_sheet_name(notes, used))
        head = [(report.title, report.subtitle), *([(report.badge, "")] if report.badge else [])]
        for row, (label, text) in enumerate([*head, *report.notes]):
            last.write_string(row, 0, label, bold)
            last.write_string(row, 1, text)
        last.autofit()
    return target.getvalue()


def _sheet_name(title: str, used: set[str]) -> str:
    """Return a name that a workbook allows and that no other sheet of it has."""
    shown = seen(title.translate(_NOT_IN_NAMES))
    plain = " ".join(shown.split())[:_LONGEST_SHEET].strip() or "-"
    name, again = plain, 2
    while name.casefold() in used:
        mark = f" {again}"
        name, again = plain[: _LONGEST_SHEET - len(mark)] + mark, again + 1
    used.add(name.casefold())
    return name


def _table(word: Word, report: Report, table: Table) -> None:
    shown = table.frame[list(table.in_text or table.frame.columns)]
    heads = list(map(str, shown.columns))
    made = words.add_table(word, heads)
    for row in shown.head(_ROWS_IN_TEXT).itertuples(index=False):
        words.add_row(
            made,
            [_written(report, table, head, value) for head, value in zip(heads, row, strict=True)],
        )
    _shrink(made)
    if len(shown) > _ROWS_IN_TEXT:
        word.add_paragraph(seen(report.more(len(shown) - _ROWS_IN_TEXT)), style="Caption")


def _shrink(made: WordTable) -> None:
    """Set the type of a table smaller than that of the text."""
    for paragraph in (one for row in made.rows for cell in row.cells for one in cell.paragraphs):
        paragraph.paragraph_format.space_after = Pt(0)
        for run in paragraph.runs:
            run.font.size = Pt(8)


def _written(report: Report, table: Table, head: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if pd.isna(value):  # type: ignore[call-overload]
        return "–"
    return report.number(float(value), table.decimals.get(head, 0))  # type: ignore[arg-type]
