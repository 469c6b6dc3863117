"""Printed map sheets of single areas, true to scale, for the field and the meeting."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import shapely

from kantong.maps import qr, streets
from kantong.maps.drawing import (
    OUTSIDE,
    Box,
    Drawn,
    Frame,
    Ground,
    Ink,
    bar_data,
    draw,
    grid_lines,
    scale_bar,
    seen_details,
)
from kantong.maps.georeference import Window, georeferenced
from kantong.maps.svg import swatch
from kantong.maps.theme import Theme, theme_data
from kantong.maps.thumbnail import Shapes, shapes, thumbnail
from kantong.maps.tiling import A4, Layout, Paper, column_name, key_map, lay_out, tiles
from kantong.maps.typeset import Output, typeset

_GRID_APART_MM, _BAR_MM = 32.0, 48.0
_LOCATOR_MM = (34.0, 40.0)
_NORTH_MM, _CORNER_MM = (9.0, 15.0), 2.0
_FINEST_GRID_M = 50
# The list of streets: edge, what title and folio need, and the size of an entry.
_INDEX_EDGE_MM, _INDEX_AROUND_MM, _INDEX_ROW_MM, _INDEX_COLUMN_MM = 14.0, 48.0, 4.4, 58.0
_MOST_SQUARES = 5
# From here on the name of a square stands clear of the coordinates beside it.
_NAMED_SQUARE_MM = 8.0


@dataclass(frozen=True)
class Words:
    """What stands on every sheet alike, in the reader's language.

    Parameters
    ----------
    title
        Of the document.
    scale
        Before the ratio, e.g. ``Skala``.
    north
        Letter at the arrow.
    chosen, other, outside
        Legend of the lines: this area, other areas, the surroundings.
    outlines
        Legend of the heavier lines, e.g. ``Batas kecamatan``; empty where none are drawn.
    projection
        What the grid is, e.g. ``Kisi UTM zona 49S (EPSG:32749), meter``.
    print_advice
        E.g. ``Cetak pada 100 %, tanpa penyesuaian ukuran``.
    locator, qr
        Alternative texts of the small map and of the QR code.
    lang
        ``id`` or ``en``.
    number
        How a whole number is written.
    details
        Legend of roads and the like: by layer (``jalan``, ``sungai``, ``rw``) and kind of landmark.
    index
        Heading of the list of streets, e.g. ``Jalan``.
    """

    title: str
    scale: str
    north: str
    chosen: str
    other: str
    outside: str
    outlines: str
    projection: str
    print_advice: str
    locator: str
    qr: str
    lang: str = "id"
    number: Callable[[int], str] = str
    details: Mapping[str, str] = field(default_factory=dict)
    index: str = ""


@dataclass(frozen=True)
class Sheet:
    """One area: its map on one page or several, and the list of its streets behind.

    Parameters
    ----------
    kode
        The area.
    title, subtitle
        E.g. ``Kelurahan Kauman``; kecamatan, city and code.
    theme
        Colours, legend, badge and notes. The map shows the area's own fill, the locator all.
    alt
        What the map shows, for those who cannot see it.
    heads, figures
        Headings of the table of figures, and its rows of as many texts.
    url
        Address behind the QR code; empty for none.
    url_label
        Line below the QR code.
    folio
        At the foot of the page, with ``{page}``, e.g. ``Hal. {page} dari 61``; may be empty.
    page
        Number of its first page.
    scale
        Denominator: as many pages as it needs then; 0 for one page at the largest round scale.
    detailed
        Whether roads, rivers, landmarks and RW are drawn, where the ground has any, with a list of
        streets behind.
    """

    kode: str
    title: str
    subtitle: str
    theme: Theme
    alt: str
    heads: tuple[str, ...] = ()
    figures: tuple[tuple[str, ...], ...] = ()
    url: str = ""
    url_label: str = ""
    folio: str = ""
    page: int = 1
    scale: int = 0
    detailed: bool = True


def area_preview(
    ground: Ground,
    sheet: Sheet,
    words: Words,
    *,
    created: dt.datetime,
    paper: Paper = A4,
    ppi: float = 110,
) -> bytes:
    """Return its first page as PNG."""
    small = shapes(ground, *_LOCATOR_MM, unit="mm")
    first = next(_pages(ground, small, sheet, words, paper))
    data = _document(words, [first])
    return typeset("sheet", data, created=created, output=Output("png", ppi))


def sheets(
    ground: Ground,
    pages: Sequence[Sheet],
    words: Words,
    *,
    created: dt.datetime,
    paper: Paper = A4,
) -> bytes:
    """Return map sheets as one PDF (PDF/A-2b, PDF/UA-1), each with as many pages as it needs.

    Each map says where its map lies, so that GDAL, QGIS and Avenza Maps can locate it.

    Parameters
    ----------
    ground
        As :func:`kantong.maps.drawing.prepare` returns it.
    pages
        The areas in their order, with what is said about them.
    words
        What stands on every page.
    created
        With a time zone; the same input gives the same bytes.
    paper
        Size of the pages; each is upright or lying as its area needs.
    """
    small = shapes(ground, *_LOCATOR_MM, unit="mm")
    drawn = [page for sheet in pages for page in _pages(ground, small, sheet, words, paper)]
    plain = typeset("sheet", _document(words, drawn), created=created)
    windows: dict[int, list[Window]] = {}
    first = 0
    for one in pages:
        every = layouts(ground, one, paper)
        windows |= {first + at: [_window(page, one.title)] for at, page in enumerate(every)}
        first += len(every) + len(_index_parts(ground, one, every))
    return georeferenced(plain, windows, ground.crs)


def page_count(ground: Ground, sheet: Sheet, paper: Paper = A4) -> int:
    """Return how many pages a sheet has: its maps, and the list of streets behind them."""
    every = layouts(ground, sheet, paper)
    return len(every) + len(_index_parts(ground, sheet, every))


def layouts(ground: Ground, sheet: Sheet, paper: Paper = A4) -> list[Layout]:
    """Return the pages of an area: one, or several at the scale that the sheet asks for."""
    if sheet.scale:
        return tiles(ground, sheet.kode, sheet.scale, paper)
    return [lay_out(ground, sheet.kode, paper)]


def _window(layout: Layout, title: str) -> Window:
    """Return where the map stands on its page and lies on the ground."""
    frame = layout.frame
    name = f"{title} {layout.tile}".rstrip()
    return Window(
        layout.left_mm, layout.top_mm, frame.width_mm, frame.height_mm, frame.extent, name
    )


def _document(words: Words, pages: Sequence[dict[str, object]]) -> dict[str, object]:
    return {
        "title": words.title,
        "lang": words.lang,
        "north": words.north,
        "advice": f"{words.projection} · {words.print_advice}",
        "locator_alt": words.locator,
        "qr_alt": words.qr,
        "pages": list(pages),
    }


def _pages(
    ground: Ground, small: Shapes, sheet: Sheet, words: Words, paper: Paper
) -> Iterator[dict[str, object]]:
    every = layouts(ground, sheet, paper)
    for number, layout in enumerate(every, start=sheet.page):
        page = _page(ground, small, sheet, words, layout)
        page["folio"] = sheet.folio.format(page=number)
        if len(every) > 1:
            page["locator"], page["locator_mm"] = key_map(ground, sheet.kode, every, layout.tile)
            page["scale"] = f"{page['scale']} · {layout.tile}"
        yield page
    for number, part in enumerate(
        _index_parts(ground, sheet, every), start=sheet.page + len(every)
    ):
        yield {
            "streets": [list(one) for one in part],
            "title": sheet.title.strip() or sheet.kode,
            "index": words.index,
            "columns": _index_columns(every[0]),
            "row_mm": _INDEX_ROW_MM,
            "width_mm": every[0].width_mm,
            "height_mm": every[0].height_mm,
            "badge": sheet.theme.badge,
            "folio": sheet.folio.format(page=number),
        }


def _index_columns(layout: Layout) -> int:
    return int((layout.width_mm - 2 * _INDEX_EDGE_MM) // _INDEX_COLUMN_MM)


def _index_parts(
    ground: Ground, sheet: Sheet, every: Sequence[Layout]
) -> list[list[tuple[str, str]]]:
    """Return the streets of an area and the squares they run in, page by page."""
    if not sheet.detailed or ground.details is None:
        return []
    found: dict[str, list[str]] = {}
    for layout in every:
        for name, squares_ in _index_of(ground, sheet.kode, layout).items():
            found.setdefault(name, []).extend(squares_)
    rows = int((every[0].height_mm - _INDEX_AROUND_MM) // _INDEX_ROW_MM)
    entries = [
        (name, ", ".join(where[:_MOST_SQUARES]) + (" …" if len(where) > _MOST_SQUARES else ""))
        for name, where in sorted(found.items(), key=lambda one: one[0].casefold())
    ]
    many = max(rows * _index_columns(every[0]), 1)
    return [entries[start : start + many] for start in range(0, len(entries), many)]


def _index_of(ground: Ground, kode: str, layout: Layout) -> dict[str, list[str]]:
    seen = seen_details(ground, layout.frame)
    if seen is None:
        return {}
    columns, rows = squares(layout.frame, grid_step(layout.frame.scale))
    area = layout.frame.project(ground.areas.loc[kode], spill_mm=0)
    tile = f"{layout.tile} " if layout.tile else ""
    return {
        name: [f"{tile}{column_name(x)}{y + 1}" for x, y in where]
        for name, where in streets.index(seen, area, columns, rows).items()
    }


def _page(
    ground: Ground, small: Shapes, sheet: Sheet, words: Words, layout: Layout
) -> dict[str, object]:
    corner = free_corner(ground, sheet.kode, layout.frame)
    grid_m = grid_step(layout.frame.scale)
    drawn = _map(ground, sheet, layout.frame, grid_m, corner)
    fills, patterns = sheet.theme.fills, sheet.theme.patterns
    locator = thumbnail(small, fills, patterns=patterns, chosen=sheet.kode)
    return {
        "title": sheet.title.strip() or sheet.kode,
        "subtitle": sheet.subtitle,
        "alt": sheet.alt,
        **_place(layout, corner),
        "map": drawn.svg,
        "scale": f"{words.scale} 1 : {words.number(round(drawn.scale))}",
        "bar": bar_data(scale_bar(drawn.scale, _BAR_MM), words.number),
        "grid": _grid_texts(layout.frame, grid_m, words.number),
        "locator": locator,
        "locator_mm": small.frame.width_mm,
        "qr": qr.code(sheet.url) if sheet.url else "",
        "qr_label": sheet.url_label,
        "heads": list(sheet.heads),
        "figures": [list(row) for row in sheet.figures],
        "symbols": _symbols(ground, words),
        "details": _detail_symbols(ground, sheet, words, layout),
        **theme_data(sheet.theme),
    }


def _map(ground: Ground, sheet: Sheet, frame: Frame, grid_m: int, corner: Box) -> Drawn:
    fills = {kode: fill for kode, fill in sheet.theme.fills.items() if kode == sheet.kode}
    ink = Ink(
        fills,
        sheet.theme.patterns,
        sheet.kode,
        is_portrait=True,
        sizes_mm=(3, 2.6, 2.12),
        grid_m=grid_m,
        kept_free=(corner,),
        detailed=sheet.detailed,
    )
    return draw(ground, frame, ink)


def _place(layout: Layout, corner: Box) -> dict[str, object]:
    return {
        "width_mm": layout.width_mm,
        "height_mm": layout.height_mm,
        "lying": layout.is_lying,
        "left_mm": layout.left_mm,
        "top_mm": layout.top_mm,
        "map_width_mm": layout.frame.width_mm,
        "map_height_mm": layout.frame.height_mm,
        "north_x_mm": corner[0],
        "north_y_mm": corner[1],
    }


def free_corner(ground: Ground, kode: str, frame: Frame) -> Box:
    """Return the box (mm) for the north arrow in the corner farthest from the area."""
    shape = frame.project(ground.areas.loc[kode])
    width, height = _NORTH_MM
    xs = (frame.width_mm - _CORNER_MM - width, _CORNER_MM)
    ys = (_CORNER_MM, frame.height_mm - _CORNER_MM - height)
    corners = [(x, y, x + width, y + height) for y, x in itertools.product(ys, xs)]
    reach = [shape.distance(shapely.box(*corner)) for corner in corners]
    # Rounded, so that corners equally free are taken in reading order from the upper right.
    return max(zip(corners, reach, strict=True), key=lambda pair: min(round(pair[1]), 8))[0]


def grid_step(scale: float) -> int:
    """Return the distance of grid lines (m) that stand at least 32 mm apart.

    Examples
    --------
    >>> grid_step(7_500), grid_step(25_000)
    (250, 1000)
    """
    rounds = (step * 10**power for power in range(6) for step in (1, 2, 2.5, 5))
    usable: Iterator[int] = (round(length) for length in rounds if length >= _FINEST_GRID_M)
    return next(length for length in usable if length * 1000 / scale >= _GRID_APART_MM)


def _grid_texts(frame: Frame, step_m: int, number: Callable[[int], str]) -> dict[str, object]:
    west, south, east, north = frame.extent
    columns, rows = squares(frame, step_m)
    return {
        "x": [[frame.x_mm(line), number(line)] for line in grid_lines(west, east, step_m)],
        "y": [[frame.y_mm(line), number(line)] for line in grid_lines(south, north, step_m)],
        "columns": _middles(columns, column_name),
        "rows": _middles(rows, lambda place: str(place + 1)),
    }


def squares(frame: Frame, step_m: int) -> tuple[list[float], list[float]]:
    """Return the edges (mm) of the squares between grid lines, from the left and from above.

    The frame cuts the outermost; they count as squares too.
    """
    west, south, east, north = frame.extent
    across = [frame.x_mm(line) for line in grid_lines(west, east, step_m)]
    down = [frame.y_mm(line) for line in grid_lines(south, north, step_m)]
    return (
        sorted({0.0, *across, frame.width_mm}),
        sorted({0.0, *down, frame.height_mm}),
    )


def _middles(edges: Sequence[float], name: Callable[[int], str]) -> list[list[object]]:
    """Return middle (mm) and name of each square of a row that has room for its name."""
    return [
        [(low + high) / 2, name(place)]
        for place, (low, high) in enumerate(itertools.pairwise(edges))
        if high - low >= _NAMED_SQUARE_MM
    ]


def _symbols(ground: Ground, words: Words) -> list[dict[str, str]]:
    symbols = [
        {"kind": "chosen", "text": words.chosen},
        {"kind": "other", "text": words.other},
    ]
    if ground.outlines and words.outlines:
        symbols.append({"kind": "outline", "text": words.outlines})
    symbols.append({"kind": "box", "svg": swatch(OUTSIDE, ""), "text": words.outside})
    return symbols


def _detail_symbols(
    ground: Ground, sheet: Sheet, words: Words, layout: Layout
) -> list[dict[str, str]]:
    """Return the legend of the details that a page shows."""
    seen = seen_details(ground, layout.frame) if sheet.detailed else None
    if seen is None:
        return []
    return [
        {"kind": "box", "svg": streets.sample(name), "text": words.details[name]}
        for name in streets.legend(seen)
        if name in words.details
    ]
