"""The return sheet of a Musykel: a workbook and a form to be filled in, and read again.

What stands in first cells and names of fields is agreed in :mod:`kantong.geo.returnsheet`. The form
has fields, which PDF/A and PDF/UA ask more of than we can promise; it claims neither.
"""

import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
import xlsxwriter
from pikepdf import Array, Dictionary, Name, Pdf, String
from xlsxwriter.worksheet import Worksheet

from kantong.geo import returnsheet as returns
from kantong.geo.returnsheet import COUNTS, choice, figure_text
from kantong.maps import musykel
from kantong.maps.downloads import INERT
from kantong.maps.musykel import Figure, Pack
from kantong.maps.pdf import to_bytes
from kantong.maps.typeset import typeset

# Lines of a tally: so many at least, and so many without a number for each RW that is known.
_TALLY_ROWS, _SPARE_ROWS = 160, 4
_MM = 72 / 25.4
# Where the fields of the form stand, in mm from the upper left corner of the page.
_LEFT_MM, _TOP_MM, _ROW_MM = 14.0, 60.0, 8.0
_HEAD_MM, _GAP_MM = 9.0, 0.8
_CORRECTION_MM = (44.0, 14.0, 20.0, 18.0, 32.0, 30.0, 24.0)
_TALLY_MM = (15.0, 15.0, *(152.0 / len(COUNTS),) * len(COUNTS))
_FORM_CORRECTIONS, _FORM_TALLY = 20, 22
_FIELD_PT, _LONGEST_FIELD = 9, 7
_READ_ONLY, _COMBO = 1, 1 << 17


@dataclass(frozen=True)
class Words:
    """What the return sheet says, in the reader's language.

    Parameters
    ----------
    papers
        Words shared with the papers.
    title
        Of the workbook and the form.
    corrections, tally, notes
        Names of the three sheets, and headings of the pages.
    correction_heads
        Of label, period, figure now, figure said, reason, office and note.
    tally_heads
        Of RW, RT and six counts.
    told
        What to do, line by line.
    form_told
        The same in short, on the form.
    sums
        Before the sums of the tally.
    complete
        The question whether all RW are in it.
    period
        Before the period of the tally.
    yes_no, offices, reasons
        Words of the choices, in the order of :mod:`kantong.geo.returnsheet`.
    wrong_number, wrong_choice, wrong_note
        What a wrong cell is answered.
    """

    papers: musykel.Words
    title: str
    corrections: str
    tally: str
    notes: str
    correction_heads: tuple[str, ...]
    tally_heads: tuple[str, ...]
    told: tuple[str, ...]
    form_told: str
    sums: str
    complete: str
    period: str
    yes_no: tuple[str, ...]
    offices: tuple[str, ...]
    reasons: tuple[str, ...]
    wrong_number: str
    wrong_choice: str
    wrong_note: str


def choices(words: Sequence[str]) -> list[str]:
    """Return what a list offers, numbered."""
    return [choice(place, text) for place, text in enumerate(words, start=1)]


# --- workbook ----------------------------------------------------------------------------------


def workbook(pack: Pack, words: Words, *, created: dt.datetime) -> bytes:
    """Return the return sheet as workbook (XLSX): lists to choose from, all else protected.

    Parameters
    ----------
    pack
        The kelurahan and its figures.
    words
        Headings, notes and choices.
    created
        With a time zone; the same input gives the same bytes.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, INERT) as book:
        made = created.astimezone(dt.UTC).replace(tzinfo=None)  # the file holds UTC
        book.set_properties({"title": words.title, "created": made})
        sheets = [book.add_worksheet(name) for name in (words.corrections, words.tally)]
        notes = book.add_worksheet(words.notes)
        styles = _styles(book)
        lists = _write_notes(notes, words, styles)
        for sheet, title in zip(sheets, (words.corrections, words.tally), strict=True):
            _write_head(sheet, pack, words, title, created.date(), styles)
        _write_corrections(sheets[0], pack, words, lists, styles)
        _write_tally(sheets[1], pack, words, lists, styles)
        for sheet in (*sheets, notes):
            sheet.protect("", {"select_locked_cells": True, "format_columns": True})
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
    return target.getvalue()


def _styles(book: xlsxwriter.Workbook) -> dict[str, Any]:
    boxed = {"border": 1, "valign": "vcenter"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "badge": book.add_format({"bold": True, "font_color": "#ffffff", "bg_color": "#b3261e"}),
        "plain": book.add_format({}),
        "rule": book.add_format({"bold": True, "font_color": "#b3261e"}),
        "head": book.add_format({"bold": True, "text_wrap": True, "bg_color": "#dddddd", **boxed}),
        "still": book.add_format({"bg_color": "#eeeeee", "text_wrap": True, **boxed}),
        "sum": book.add_format(
            {"bg_color": "#dddddd", "bold": True, "num_format": "#,##0", **boxed}
        ),
        "figure": book.add_format(
            {"locked": False, "bg_color": "#fff6d6", "num_format": "#,##0", **boxed}
        ),
        "text": book.add_format(
            {"locked": False, "bg_color": "#fff6d6", "num_format": "@", "text_wrap": True, **boxed}
        ),
    }  # fmt: skip


def _write_head(
    sheet: Worksheet, pack: Pack, words: Words, title: str, day: dt.date, styles: dict[str, Any]
) -> None:
    """Write what each sheet begins with: what it is, of which kelurahan, and its stamp."""
    head = musykel.head(pack, words.papers, day, title)
    sheet.write_string(0, 1, f"{words.title}: {head['name']}", styles["title"])
    if pack.badge:
        sheet.write_string(0, 4, pack.badge, styles["badge"])
    sheet.write_string(1, 1, str(head["where"]), styles["plain"])
    sheet.write_string(2, 1, f"{head['periods']} · {head['date']}", styles["plain"])
    sheet.write_string(3, 1, pack.source, styles["plain"])
    sheet.write_string(4, 1, words.papers.rule, styles["rule"])
    sheet.write_string(5, 0, returns.STAMP)
    sheet.write_string(5, 1, pack.stamp(day).text(), styles["plain"])
    sheet.set_column(0, 0, None, None, {"hidden": True})


def _write_corrections(
    sheet: Worksheet, pack: Pack, words: Words, lists: dict[str, str], styles: dict[str, Any]
) -> None:
    _write_names(sheet, 6, returns.CORRECTIONS, returns.CORRECTION_COLUMNS)
    sheet.write_string(7, 0, returns.HEADINGS)
    for place, text in enumerate(words.correction_heads, start=1):
        sheet.write_string(7, place, text, styles["head"])
    first = 8
    for row, one in enumerate(pack.figures, start=first):
        sheet.write_string(row, 0, f"{one.indicator} {one.period}")
        sheet.write_string(row, 1, one.label, styles["still"])
        sheet.write_string(row, 2, one.period, styles["still"])
        known = figure_text(one.value)
        if known:
            sheet.write_number(row, 3, int(known), styles["sum"])
        else:
            sheet.write_string(row, 3, one.told, styles["still"])
        sheet.write_blank(row, 4, None, styles["figure"])
        for place in (5, 6, 7):
            sheet.write_blank(row, place, None, styles["text"])
    last = first + max(len(pack.figures) - 1, 0)
    _expect_number(sheet, (first, 4, last, 4), words)
    _expect_choice(sheet, (first, 5, last, 5), lists["reasons"], words)
    _expect_choice(sheet, (first, 6, last, 6), lists["offices"], words)
    told = {
        "validate": "length", "criteria": "<=", "value": returns.LONGEST_NOTE,
        "error_message": words.wrong_note,
    }  # fmt: skip
    sheet.data_validation(first, 7, last, 7, told)
    sheet.freeze_panes(first, 2)
    for column, width in enumerate((38, 10, 12, 12, 26, 26, 34), start=1):
        sheet.set_column(column, column, width)


def _write_tally(
    sheet: Worksheet, pack: Pack, words: Words, lists: dict[str, str], styles: dict[str, Any]
) -> None:
    sheet.write_string(6, 0, returns.TALLY_PERIOD)
    sheet.write_string(6, 1, pack.period, styles["still"])
    sheet.write_string(6, 2, words.period, styles["plain"])
    sheet.write_string(7, 0, returns.COMPLETE)
    sheet.write_blank(7, 1, None, styles["text"])
    sheet.write_string(7, 2, words.complete, styles["plain"])
    _expect_choice(sheet, (7, 1, 7, 1), lists["yes_no"], words)
    _write_names(sheet, 8, returns.TALLY, returns.TALLY_COLUMNS)
    sheet.write_string(9, 0, returns.HEADINGS)
    sheet.write_string(10, 0, returns.HEADINGS)
    for place, text in enumerate(words.tally_heads, start=1):
        sheet.write_string(9, place, text, styles["head"])
    filled = [rw for rw in pack.rw for _rt in range(returns.RT_ROWS)]
    first = 11
    last = first + max(_TALLY_ROWS, len(filled) + _SPARE_ROWS * len(pack.rw)) - 1
    sheet.write_string(10, 1, words.sums, styles["sum"])
    sheet.write_blank(10, 2, None, styles["sum"])
    for place in range(3, 3 + len(COUNTS)):
        letter = chr(ord("A") + place)
        total = f"=SUM({letter}{first + 1}:{letter}{last + 1})"
        sheet.write_formula(10, place, total, styles["sum"], 0)
    for number, row in enumerate(range(first, last + 1)):
        sheet.write_string(row, 0, f"t{number + 1}")
        if number < len(filled):
            sheet.write_number(row, 1, int(filled[number]), styles["figure"])
        else:
            sheet.write_blank(row, 1, None, styles["figure"])
        for place in range(2, 3 + len(COUNTS)):
            sheet.write_blank(row, place, None, styles["figure"])
    _expect_number(sheet, (first, 1, last, 2), words, least=1, most=returns.MOST_RW)
    _expect_number(sheet, (first, 3, last, 2 + len(COUNTS)), words)
    sheet.freeze_panes(first, 3)
    for column, width in enumerate((12, 8, *(13,) * len(COUNTS)), start=1):
        sheet.set_column(column, column, width)


def _write_names(sheet: Worksheet, row: int, table: str, columns: Sequence[str]) -> None:
    """Write the hidden line by which the reader knows a table and its columns."""
    sheet.write_row(row, 0, (table, *columns[1:]))
    sheet.set_row(row, None, None, {"hidden": True})


def _write_notes(sheet: Worksheet, words: Words, styles: dict[str, Any]) -> dict[str, str]:
    """Write what to do and the lists; return where each list stands."""
    for row, text in enumerate((words.papers.rule, *words.told)):
        sheet.write_string(row, 0, text, styles["rule"] if row == 0 else styles["plain"])
    start, places = len(words.told) + 2, {}
    for name, texts in (
        ("reasons", words.reasons), ("offices", words.offices), ("yes_no", words.yes_no),
    ):  # fmt: skip
        for row, text in enumerate(choices(texts), start=start):
            sheet.write_string(row, 0, text, styles["still"])
        places[name] = f"='{words.notes}'!$A${start + 1}:$A${start + len(texts)}"
        start += len(texts) + 1
    sheet.set_column(0, 0, 100)
    return places


def _expect_number(
    sheet: Worksheet,
    place: tuple[int, int, int, int],
    words: Words,
    *,
    least: int = 0,
    most: int = returns.LARGEST,
) -> None:
    told = {
        "validate": "integer", "criteria": "between", "minimum": least, "maximum": most,
        "error_message": words.wrong_number,
    }  # fmt: skip
    sheet.data_validation(*place, told)


def _expect_choice(
    sheet: Worksheet, place: tuple[int, int, int, int], source: str, words: Words
) -> None:
    told = {"validate": "list", "source": source, "error_message": words.wrong_choice}
    sheet.data_validation(*place, told)


# --- form --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Field:
    """A field and the box it is laid over (mm from the upper left corner of its page)."""

    name: str
    told: str
    x: float
    y: float
    width: float
    value: str = ""
    options: tuple[str, ...] = ()
    longest: int = _LONGEST_FIELD


@dataclass(frozen=True)
class _Label:
    text: str
    x: float
    y: float
    width: float
    height: float = _ROW_MM
    bold: bool = False


@dataclass(frozen=True)
class _Page:
    title: str
    labels: tuple[_Label, ...]
    fields: tuple[_Field, ...]


def form(pack: Pack, words: Words, *, created: dt.datetime) -> bytes:
    """Return the return sheet as PDF with fields: all corrections, and a tally by RW.

    It has no scripts. It claims neither PDF/A nor PDF/UA: its fields get their looks from the
    reader's own fonts.
    """
    pages = [*_correction_pages(pack, words), *_tally_pages(pack, words)]
    day = created.date()
    data: dict[str, object] = {
        "title": words.title,
        "lang": words.papers.lang,
        "pages": [
            _page_data(pack, words, day, page, number, len(pages))
            for number, page in enumerate(pages, start=1)
        ],
    }
    made = typeset("musykel", musykel.sized(data), created=created)
    hidden = {
        returns.STAMP: pack.stamp(day).text(),
        returns.TALLY_PERIOD: pack.period,
        **{f"c:{one.indicator}:{one.period}:now": figure_text(one.value) for one in pack.figures},
    }
    return _with_fields(made, [page.fields for page in pages], hidden)


def _page_data(
    pack: Pack, words: Words, day: dt.date, page: _Page, number: int, count: int
) -> dict[str, object]:
    return {
        **musykel.head(pack, words.papers, day, f"{words.title}: {page.title}"),
        "kind": "form",
        "told": words.form_told,
        "folio": words.papers.folio.format(page=number, pages=count),
        "labels": [vars(one) for one in page.labels],
        "boxes": [
            {"x": one.x, "y": one.y, "width": one.width, "height": _ROW_MM - _GAP_MM}
            for one in page.fields
        ],
    }


def _correction_pages(pack: Pack, words: Words) -> list[_Page]:
    parts = musykel.parted(pack.figures, _FORM_CORRECTIONS) or [[]]
    return [_correction_page(figures, words) for figures in parts]


def _correction_page(figures: Sequence[Figure], words: Words) -> _Page:
    heads = words.correction_heads
    labels, fields = list(_head_labels(heads, _CORRECTION_MM)), []
    reasons, offices = tuple(choices(words.reasons)), tuple(choices(words.offices))
    asked = (("said", ()), ("reason", reasons), ("office", offices), ("note", ()))
    for place, one in enumerate(figures):
        y = _TOP_MM + _HEAD_MM + place * _ROW_MM
        xs = list(_starts(_CORRECTION_MM))
        labels.append(_Label(one.label, xs[0], y, _CORRECTION_MM[0] - 1))
        labels.append(_Label(one.period, xs[1], y, _CORRECTION_MM[1] - 1))
        labels.append(_Label(one.told, xs[2], y, _CORRECTION_MM[2] - 1, bold=True))
        for column, (name, options) in enumerate(asked, start=3):
            told = f"{heads[column]}: {one.label}"
            key = f"c:{one.indicator}:{one.period}:{name}"
            width = _CORRECTION_MM[column] - 1
            longest = returns.LONGEST_NOTE if name == "note" else _LONGEST_FIELD
            fields.append(_Field(key, told, xs[column], y, width, options=options, longest=longest))
    return _Page(words.corrections, tuple(labels), tuple(fields))


def _tally_pages(pack: Pack, words: Words) -> list[_Page]:
    """Return as many pages as the known RW need and one line more; the last asks for all RW."""
    count = len(pack.rw) // _FORM_TALLY + 1
    pages = [_tally_page(pack.rw, words, page * _FORM_TALLY) for page in range(count)]
    below = _TOP_MM + _HEAD_MM + _FORM_TALLY * _ROW_MM + 2
    answers = tuple(choices(words.yes_no))
    asked = _Field(returns.COMPLETE, words.complete, 156, below, 39, options=answers)
    label = _Label(words.complete, _LEFT_MM, below, 140)
    last = pages[-1]
    return [*pages[:-1], _Page(last.title, (*last.labels, label), (*last.fields, asked))]


def _tally_page(rw: Sequence[str], words: Words, first: int) -> _Page:
    labels = tuple(_head_labels(words.tally_heads, _TALLY_MM))
    fields = []
    for place in range(_FORM_TALLY):
        y, row = _TOP_MM + _HEAD_MM + place * _ROW_MM, first + place
        names = returns.TALLY_COLUMNS[1:]
        for name, head, x, width in zip(
            names, words.tally_heads, _starts(_TALLY_MM), _TALLY_MM, strict=True
        ):
            given = name == "rw" and row < len(rw)
            value = str(int(rw[row])) if given else ""
            told = f"{head}, {row + 1}"
            fields.append(_Field(f"t:{row + 1}:{name}", told, x, y, width - 1, value))
    return _Page(words.tally, labels, tuple(fields))


def _head_labels(heads: Sequence[str], widths: Sequence[float]) -> Iterator[_Label]:
    for text, x, width in zip(heads, _starts(widths), widths, strict=True):
        yield _Label(text, x, _TOP_MM, width - 1, _HEAD_MM, bold=True)


def _starts(widths: Sequence[float]) -> Iterator[float]:
    x = _LEFT_MM
    for width in widths:
        yield x
        x += width


def _with_fields(pdf: bytes, pages: Sequence[Sequence[_Field]], hidden: Mapping[str, str]) -> bytes:
    """Return a PDF with fields laid over its pages, and what it can no longer claim taken out."""
    with Pdf.open(io.BytesIO(pdf)) as document:
        font = document.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica,
                Encoding=Name.WinAnsiEncoding,
            )
        )  # fmt: skip
        fields = Array()
        for page, some in zip(document.pages, pages, strict=True):
            height = float(page.mediabox[3])
            notes = page.obj.get(Name.Annots, Array())
            for one in some:
                made = document.make_indirect(_widget(one, height, page.obj))
                notes.append(made)
                fields.append(made)
            page.obj.Annots = notes
        for name, value in hidden.items():
            fields.append(document.make_indirect(_silent(name, value)))
        document.Root.AcroForm = Dictionary(
            Fields=fields, NeedAppearances=True, DR=Dictionary(Font=Dictionary(Helv=font)),
            DA=String(f"/Helv {_FIELD_PT} Tf 0 g"),
        )  # fmt: skip
        _claim_nothing(document)
        return to_bytes(document)


def _silent(name: str, value: str) -> Dictionary:
    """Return a field that no page shows; it tells the reader which sheet it is."""
    looks = String(f"/Helv {_FIELD_PT} Tf 0 g")
    return Dictionary(FT=Name.Tx, T=String(name), V=String(value), Ff=_READ_ONLY, DA=looks)


def _widget(field: _Field, page_height: float, page: pikepdf.Object) -> Dictionary:
    left, top = field.x * _MM, page_height - field.y * _MM
    box = [left, top - (_ROW_MM - _GAP_MM) * _MM, left + field.width * _MM, top]
    made = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, P=page, Rect=Array([round(one, 2) for one in box]),
        F=4, T=String(field.name), TU=String(field.told), DA=String(f"/Helv {_FIELD_PT} Tf 0 g"),
        Ff=_COMBO if field.options else 0,
    )  # fmt: skip
    if field.options:
        made.FT = Name.Ch
        made.Opt = Array([String(""), *(String(one) for one in field.options)])
    else:
        made.FT = Name.Tx
        made.MaxLen = field.longest
        made.Q = 2 if field.longest == _LONGEST_FIELD else 0  # figures stand at the right
    made.V = String(field.value)
    return made


def _claim_nothing(document: Pdf) -> None:
    """Take the claims of PDF/A and PDF/UA out of the metadata."""
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        for key in [one for one in metadata if "pdfa/ns" in one or "pdfua/ns" in one]:
            del metadata[key]
