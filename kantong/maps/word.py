"""Word files: how they are set up, and how texts, pictures and tables enter them."""

import datetime as dt
import io
import unicodedata
from collections.abc import Sequence

from docx import Document
from docx.document import Document as Word
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Row

_WIDTH_MM, _HEIGHT_MM = 210, 297
_FONT = "Source Sans Pro"
_LANGUAGES = {"id": "id-ID", "en": "en-GB"}
_LONGEST_TITLE = 255  # of the properties of a file, by the library
# Control characters, halves of characters, and what Unicode has not assigned.
_UNSEEN = {"Cc", "Cs", "Cn"}


def document(title: str, lang: str, *, edge_mm: float, created: dt.datetime) -> Word:
    """Return an empty document, A4.

    Parameters
    ----------
    title
        Written into its properties.
    lang
        ``id`` or ``en``.
    edge_mm
        Of the page, on all sides.
    created
        Written into its properties as the time of its making; with a time zone.
    """
    word = Document()
    page = word.sections[0]
    page.page_width, page.page_height = Mm(_WIDTH_MM), Mm(_HEIGHT_MM)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(edge_mm)
    told = word.core_properties
    told.title, told.language = seen(title)[:_LONGEST_TITLE], lang
    told.author = told.comments = ""
    # The file holds UTC.
    told.created = told.modified = created.astimezone(dt.UTC).replace(tzinfo=None)
    for name, size in (("Normal", 10.5), ("Caption", 8.5)):
        word.styles[name].font.name = _FONT
        word.styles[name].font.size = Pt(size)
    language = word.styles.element.find(f".//{qn('w:lang')}")
    if language is not None:
        language.set(qn("w:val"), _LANGUAGES[lang])
    return word


def seen(text: str) -> str:
    r"""Return a text without the characters that a Word file cannot hold.

    Examples
    --------
    >>> seen("Dinas\x0c Sosial")
    'Dinas Sosial'
    """
    return "".join(sign for sign in text if unicodedata.category(sign) not in _UNSEEN)


def add_picture(word: Word, png: bytes, *, width_mm: float, alt: str) -> None:
    """Put a picture below, with what it shows for those who cannot see it."""
    drawn = word.add_picture(io.BytesIO(png), Mm(width_mm))
    drawn._inline.docPr.set("descr", seen(alt))  # noqa: SLF001 - the library has no word for it


def add_table(word: Word, heads: Sequence[str]) -> Table:
    """Put a table below that has its headings only; they stand on every page of it."""
    made: Table = word.add_table(rows=1, cols=len(heads), style="Light Grid Accent 1")
    _fill(made.rows[0], heads)
    mark = OxmlElement("w:tblHeader")
    made.rows[0]._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 - the library has no word for it
    return made


def add_row(made: Table, texts: Sequence[str]) -> None:
    """Put a row of texts below a table."""
    _fill(made.add_row(), texts)  # type: ignore[no-untyped-call]


def _fill(row: _Row, texts: Sequence[str]) -> None:
    for cell, text in zip(row.cells, texts, strict=True):
        cell.text = seen(text)


def to_bytes(word: Word) -> bytes:
    """Return a document as a file."""
    target = io.BytesIO()
    word.save(target)
    return target.getvalue()
