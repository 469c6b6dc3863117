"""A map as a picture, to be put into a chat or a slide."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from kantong.maps.drawing import Ground, Ink, bar_data, draw, frame_around, scale_bar
from kantong.maps.theme import Theme, theme_data
from kantong.maps.typeset import Output, typeset

WIDTH_PX = 1600
_WIDTH_MM, _MAP_MM, _COLUMN_MM = 200.0, 132.0, 50.0
_LOWEST_MM, _TALLEST_MM, _MARGIN_MM = 80.0, 180.0, 3.0


@dataclass(frozen=True)
class Picture:
    """What a picture says, in the reader's words.

    Parameters
    ----------
    title, subtitle
        Above the map.
    theme
        Colours, legend, badge and the lines below.
    alt
        What the map shows, for those who cannot see it.
    north
        Letter at the arrow: U in Indonesian.
    lang
        Language of the words: ``id`` or ``en``.
    number
        How a whole number is written.
    chosen
        ``kode`` of the area with a heavy outline; may be empty.
    """

    title: str
    theme: Theme
    alt: str
    subtitle: str = ""
    north: str = "U"
    lang: str = "id"
    number: Callable[[int], str] = str
    chosen: str = ""


def to_png(ground: Ground, picture: Picture, *, created: dt.datetime) -> bytes:
    """Return the map of all areas as PNG, 1600 pixels wide.

    Parameters
    ----------
    ground
        As :func:`kantong.maps.drawing.prepare` returns it.
    picture
        What it says.
    created
        With a time zone; the same input gives the same bytes.
    """
    west, south, east, north = ground.bounds
    shape = (north - south) / (east - west)
    height = min(max(_MAP_MM * shape, _LOWEST_MM), _TALLEST_MM)
    frame = frame_around(ground.bounds, _MAP_MM, height, margin_mm=_MARGIN_MM, is_round=False)
    theme = picture.theme
    ink = Ink(theme.fills, theme.patterns, picture.chosen, sizes_mm=(2.2, 1.95, 1.7))
    drawn = draw(ground, frame, ink)
    data = {
        "width_mm": _WIDTH_MM,
        "map_mm": _MAP_MM,
        "map_height_mm": height,
        "map": drawn.svg,
        "bar": bar_data(scale_bar(drawn.scale, _COLUMN_MM - 12, parts=2), picture.number),
        **_words(picture),
        **theme_data(theme),
    }
    output = Output("png", WIDTH_PX / (_WIDTH_MM / 25.4))
    return typeset("picture", data, created=created, output=output)


def _words(picture: Picture) -> dict[str, object]:
    return {
        "title": picture.title,
        "subtitle": picture.subtitle,
        "alt": picture.alt,
        "north": picture.north,
        "lang": picture.lang,
    }
