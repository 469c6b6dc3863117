"""The council brief: one page that says what a map shows and how sure that is, and its table."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from kantong.maps.drawing import Frame, Ground, Ink, bar_data, draw, frame_around, scale_bar
from kantong.maps.georeference import Window, georeferenced
from kantong.maps.picture import Picture
from kantong.maps.picture import to_png as picture_png
from kantong.maps.theme import Theme, theme_data
from kantong.maps.typeset import Output, typeset

_WIDTH_MM, _HEIGHT_MM, _EDGE_MM = 210.0, 297.0, 14.0
_MAP_TOP_MM, _MAP_WIDTH_MM, _MAP_HEIGHT_MM, _MARGIN_MM, _BAR_MM = 36.0, 88.0, 96.0, 2.5, 40.0


@dataclass(frozen=True)
class Section:
    """A heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Brief:
    """What a brief says, in the reader's words.

    Parameters
    ----------
    title, subtitle
        Above everything.
    theme
        Colours, legend, badge and notes of the map.
    alt
        What the map shows, for those who cannot see it.
    beside
        Beside the map: what matters most.
    below
        In two columns below it.
    annex
        Heading of the table.
    heads, rows
        Headings of the table, and its rows of as many texts.
    north
        Letter at the arrow.
    scale
        Before the ratio.
    lang
        ``id`` or ``en``.
    number
        How a whole number is written.
    chosen
        ``kode`` of the area that it is about; empty for none.
    """

    title: str
    subtitle: str
    theme: Theme
    alt: str
    beside: Section
    below: tuple[Section, ...]
    annex: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    north: str
    scale: str
    lang: str = "id"
    number: Callable[[int], str] = str
    chosen: str = ""


def to_pdf(ground: Ground, brief: Brief, *, created: dt.datetime) -> bytes:
    """Return a brief as PDF (PDF/A-2b, PDF/UA-1), A4: a page, and the table behind it.

    Parameters
    ----------
    ground
        As :func:`kantong.maps.drawing.prepare` returns it.
    brief
        What it says.
    created
        With a time zone; the same input gives the same bytes.
    """
    frame = _frame(ground)
    made = typeset("brief", _data(ground, brief, frame), created=created)
    window = Window(
        _EDGE_MM, _MAP_TOP_MM, frame.width_mm, frame.height_mm, frame.extent, brief.title
    )
    return georeferenced(made, {0: [window]}, ground.crs)


def to_png(ground: Ground, brief: Brief, *, created: dt.datetime, ppi: float = 150) -> bytes:
    """Return its page, without the table, as PNG for messages."""
    data = {**_data(ground, brief, _frame(ground)), "rows": []}
    return typeset("brief", data, created=created, output=Output("png", ppi))


def map_png(ground: Ground, brief: Brief, *, created: dt.datetime) -> bytes:
    """Return the map of a brief alone, with its legend, as PNG."""
    picture = Picture(
        title=brief.title, theme=brief.theme, alt=brief.alt, subtitle=brief.subtitle,
        north=brief.north, lang=brief.lang, number=brief.number,
    )  # fmt: skip
    return picture_png(ground, picture, created=created)


def _frame(ground: Ground) -> Frame:
    return frame_around(ground.bounds, _MAP_WIDTH_MM, _MAP_HEIGHT_MM, margin_mm=_MARGIN_MM)


def _data(ground: Ground, brief: Brief, frame: Frame) -> dict[str, object]:
    ink = Ink(brief.theme.fills, brief.theme.patterns, brief.chosen, sizes_mm=(2.3, 2.12))
    drawn = draw(ground, frame, ink)
    return {
        "title": brief.title,
        "subtitle": brief.subtitle,
        "lang": brief.lang,
        "width_mm": _WIDTH_MM,
        "height_mm": _HEIGHT_MM,
        "edge_mm": _EDGE_MM,
        "map": drawn.svg,
        "map_top_mm": _MAP_TOP_MM,
        "map_width_mm": frame.width_mm,
        "map_height_mm": frame.height_mm,
        "alt": brief.alt,
        "north": brief.north,
        "scale": f"{brief.scale} 1 : {brief.number(round(drawn.scale))}",
        "bar": bar_data(scale_bar(drawn.scale, _BAR_MM), brief.number),
        "beside": _section(brief.beside),
        "below": [_section(one) for one in brief.below],
        "annex": brief.annex,
        "heads": list(brief.heads),
        "rows": [list(row) for row in brief.rows],
        **theme_data(brief.theme),
    }


def _section(section: Section) -> dict[str, object]:
    return {"heading": section.heading, "paragraphs": list(section.paragraphs)}
