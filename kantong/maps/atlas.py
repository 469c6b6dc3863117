"""An atlas: cover, contents, index map, the sheets of all areas by group, and how it was made."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from kantong.maps import sheet as sheets_of
from kantong.maps.binding import Bookmark, bound, pages_of
from kantong.maps.drawing import Frame, Ground, Ink, bar_data, draw, frame_around, scale_bar
from kantong.maps.georeference import Window, georeferenced
from kantong.maps.sheet import Sheet
from kantong.maps.theme import Theme, theme_data
from kantong.maps.tiling import A4, Paper
from kantong.maps.typeset import typeset

# Sheets set at once: the typesetter holds about 1.5 MB for each, and keeps its last ten works.
PART = 20
_EDGE_MM, _MAP_TOP_MM, _BELOW_MAP_MM, _MARGIN_MM, _BAR_MM = 15.0, 32.0, 62.0, 3.0, 48.0

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Group:
    """Sheets that belong together, e.g. those of a kecamatan; the heading may be empty."""

    heading: str
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Words:
    """What stands in every atlas, in the reader's language.

    Parameters
    ----------
    contents, index_map, method
        Headings.
    page
        Before a page number in the contents, e.g. ``Hal.``.
    folio
        Template at the foot of each sheet, with ``{page}`` and ``{pages}``.
    sheet
        Of the sheets.
    """

    contents: str
    index_map: str
    method: str
    page: str
    folio: str
    sheet: sheets_of.Words


@dataclass(frozen=True)
class Book:
    """What an atlas holds.

    Parameters
    ----------
    title, subtitle
        On the cover.
    theme
        Colours, legend, badge and notes of the index map; the notes stand on the cover too.
    alt
        What the index map shows, for those who cannot see it.
    groups
        In their order, one at least; an area may stand in one only.
    method
        Heading and paragraph, in their order.
    """

    title: str
    subtitle: str
    theme: Theme
    alt: str
    groups: tuple[Group, ...]
    method: tuple[tuple[str, str], ...]

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All sheets in their order."""
        return tuple(itertools.chain.from_iterable(group.sheets for group in self.groups))


def atlas(
    ground: Ground,
    book: Book,
    words: Words,
    *,
    created: dt.datetime,
    paper: Paper = A4,
    told: Told = lambda _done, _of: None,
) -> bytes:
    """Return an atlas as one PDF (PDF/A-2b, PDF/UA-1) with bookmarks.

    Parameters
    ----------
    ground
        As :func:`kantong.maps.drawing.prepare` returns it.
    book
        What it holds.
    words
        In the reader's language.
    created
        With a time zone; the same input gives the same bytes.
    paper
        Of all pages.
    told
        Called with the number of sheets done and of all before each part; what it raises stops
        the work.

    Notes
    -----
    Sheets are set in parts of 20, so what is held while setting does not grow with pages; putting
    the parts together needs about 0.4 MB for each.
    """
    counts = [sheets_of.page_count(ground, one, paper) for one in book.sheets]
    offsets = [0, *itertools.accumulate(counts)]
    front, first = _front(ground, book, words, offsets, created=created, paper=paper)
    back = _back(book, words, created, paper)
    folio = words.folio.replace("{pages}", str(first + offsets[-1] + pages_of(back)))
    numbered = [
        replace(one, folio=folio, page=first + offset + 1)
        for one, offset in zip(book.sheets, offsets[:-1], strict=True)
    ]
    parts = [front]
    for start in range(0, len(numbered), PART):
        told(start, len(numbered))
        some = numbered[start : start + PART]
        parts.append(sheets_of.sheets(ground, some, words.sheet, created=created, paper=paper))
    told(len(numbered), len(numbered))
    return bound([*parts, back], _bookmarks(book, words, first, offsets), book.title)


def singles(
    ground: Ground,
    pages: Sequence[Sheet],
    words: sheets_of.Words,
    *,
    created: dt.datetime,
    paper: Paper = A4,
) -> Iterator[tuple[Sheet, bytes]]:
    """Yield each sheet as a file of its own."""
    for one in pages:
        yield one, sheets_of.sheets(ground, [one], words, created=created, paper=paper)


# --- before the sheets -------------------------------------------------------------------------


def _front(
    ground: Ground,
    book: Book,
    words: Words,
    offsets: Sequence[int],
    *,
    created: dt.datetime,
    paper: Paper,
) -> tuple[bytes, int]:
    """Return cover, contents and index map, and how many pages they have.

    ``offsets`` says how many pages of sheets stand before each sheet.
    """
    frame = _frame(ground, paper)
    first = 3  # cover, one page of contents, index map; more contents move what follows
    while True:
        starts = [first + offset + 1 for offset in offsets]
        data = _front_data(ground, book, words, frame, starts) | _page(book, words, paper)
        made = typeset("front", data, created=created)
        if pages_of(made) == first:
            break
        first = pages_of(made)
    window = Window(
        _EDGE_MM, _MAP_TOP_MM, frame.width_mm, frame.height_mm, frame.extent, words.index_map
    )
    return georeferenced(made, {first - 1: [window]}, ground.crs), first


def _frame(ground: Ground, paper: Paper) -> Frame:
    width, height = paper.width_mm - 2 * _EDGE_MM, paper.height_mm - _MAP_TOP_MM - _BELOW_MAP_MM
    return frame_around(ground.bounds, width, height, margin_mm=_MARGIN_MM)


def _front_data(
    ground: Ground, book: Book, words: Words, frame: Frame, starts: Sequence[int]
) -> dict[str, object]:
    page_of = {one.kode: page for one, page in zip(book.sheets, starts, strict=False)}
    names = {
        kode: f"{name} {page_of[kode]}" if kode in page_of else name
        for kode, name in ground.names.items()
    }
    ink = Ink(book.theme.fills, book.theme.patterns, sizes_mm=(2.8, 2.4, 2.12))
    drawn = draw(replace(ground, names=names), frame, ink)
    return {
        "contents": words.contents,
        "page": words.page,
        "groups": [
            {"heading": one.heading, "entries": [[x.title, page_of[x.kode]] for x in one.sheets]}
            for one in book.groups
        ],
        "index_map": words.index_map,
        "map": drawn.svg,
        "alt": book.alt,
        "map_top_mm": _MAP_TOP_MM,
        "map_width_mm": frame.width_mm,
        "map_height_mm": frame.height_mm,
        "north": words.sheet.north,
        "scale": f"{words.sheet.scale} 1 : {words.sheet.number(round(drawn.scale))}",
        "bar": bar_data(scale_bar(drawn.scale, _BAR_MM), words.sheet.number),
        **theme_data(book.theme),
    }


def _page(book: Book, words: Words, paper: Paper) -> dict[str, object]:
    return {
        "lang": words.sheet.lang,
        "title": book.title,
        "subtitle": book.subtitle,
        "width_mm": paper.width_mm,
        "height_mm": paper.height_mm,
        "edge_mm": _EDGE_MM,
    }


# --- after them --------------------------------------------------------------------------------


def _back(book: Book, words: Words, created: dt.datetime, paper: Paper) -> bytes:
    data = {
        **_page(book, words, paper),
        "method": words.method,
        "paragraphs": [list(one) for one in book.method],
        "badge": book.theme.badge,
    }
    return typeset("method", data, created=created)


def _bookmarks(book: Book, words: Words, first: int, offsets: Sequence[int]) -> list[Bookmark]:
    marks = [Bookmark(book.title, 0), Bookmark(words.contents, 1)]
    marks.append(Bookmark(words.index_map, first - 1))
    leaves = iter(
        Bookmark(one.title, first + offset)
        for one, offset in zip(book.sheets, offsets, strict=False)
    )
    for group in book.groups:
        under = tuple(itertools.islice(leaves, len(group.sheets)))
        has_heading = bool(group.heading and under)
        marks.extend([Bookmark(group.heading, under[0].page, under)] if has_heading else under)
    return [*marks, Bookmark(words.method, first + offsets[-1])]
