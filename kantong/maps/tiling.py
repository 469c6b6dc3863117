"""Where a map stands on its page: one page as large as it fits, or several at a chosen scale."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import shapely
from shapely.geometry.base import BaseGeometry

from kantong.maps import svg
from kantong.maps.drawing import Box, Frame, Ground, frame_around

_EDGE_MM, _MAP_TOP_MM, _GRID_TEXT_MM, _MARGIN_MM = 10.0, 33.0, 4.5, 4.0
# What two neighbouring pages both show, so that nothing is lost at their edges.
_OVERLAP_MM = 12.0
_KEY_MM = (34.0, 40.0)


@dataclass(frozen=True)
class Paper:
    """A paper size upright, and the height of the strip below the map upright and lying (mm)."""

    width_mm: float
    height_mm: float
    strip_upright_mm: float
    strip_lying_mm: float


A4 = Paper(210, 297, 54, 45)
A3 = Paper(297, 420, 54, 45)
A2 = Paper(420, 594, 54, 45)
PAPERS = {"A4": A4, "A3": A3, "A2": A2}


@dataclass(frozen=True)
class Layout:
    """Where things stand on a page.

    Parameters
    ----------
    width_mm, height_mm
        Of the page.
    left_mm, top_mm
        Upper left corner of the map.
    frame
        The map.
    tile
        Name among the pages of the same area, e.g. ``B2``; empty where there is one page.
    """

    width_mm: float
    height_mm: float
    left_mm: float
    top_mm: float
    frame: Frame
    tile: str = ""

    @property
    def is_lying(self) -> bool:
        """True for landscape."""
        return self.width_mm > self.height_mm


def lay_out(ground: Ground, kode: str, paper: Paper = A4) -> Layout:
    """Return the page, upright or lying, on which an area is largest.

    Raises
    ------
    KeyError
        The area is not in the ground.
    """
    west, south, east, north = ground.areas.loc[kode].bounds
    both = [
        _layout(frame_around((west, south, east, north), *size, margin_mm=_MARGIN_MM), paper)
        for size in map_sizes(paper)
    ]
    is_wide = east - west > north - south
    # At equal scales the page that has the shape of the area.
    return min(both, key=lambda one: (one.frame.scale, one.is_lying != is_wide))


def tiles(ground: Ground, kode: str, scale: int, paper: Paper = A4) -> list[Layout]:
    """Return the pages that show an area at a chosen scale, row by row from the north-west.

    Neighbouring pages overlap by 12 mm; pages without any of the area are left out. Upright or
    lying, whichever needs fewer; where one page is enough, it has no name.

    Parameters
    ----------
    ground
        As :func:`kantong.maps.drawing.prepare` returns it.
    kode
        The area.
    scale
        Denominator, above 0.
    paper
        Of each page.

    Raises
    ------
    KeyError
        The area is not in the ground.
    """
    area = ground.areas.loc[kode]
    both = [_tiled(area, scale, size, paper) for size in map_sizes(paper)]
    west, south, east, north = area.bounds
    is_wide = east - west > north - south
    return min(both, key=lambda pages: (len(pages), pages[0].is_lying != is_wide))


def map_sizes(paper: Paper) -> list[tuple[float, float]]:
    """Return width and height of the map (mm) upright and lying."""
    left = _EDGE_MM + _GRID_TEXT_MM
    around = _MAP_TOP_MM + _GRID_TEXT_MM + _EDGE_MM
    return [
        (paper.width_mm - 2 * left, paper.height_mm - around - paper.strip_upright_mm),
        (paper.height_mm - 2 * left, paper.width_mm - around - paper.strip_lying_mm),
    ]


def _layout(frame: Frame, paper: Paper, tile: str = "") -> Layout:
    sides = (paper.width_mm, paper.height_mm)
    is_lying = (frame.width_mm, frame.height_mm) == map_sizes(paper)[1]
    width, height = sides[::-1] if is_lying else sides
    return Layout(width, height, _EDGE_MM + _GRID_TEXT_MM, _MAP_TOP_MM, frame, tile)


def _tiled(area: BaseGeometry, scale: int, size: tuple[float, float], paper: Paper) -> list[Layout]:
    west, south, east, north = area.bounds
    metres = scale / 1000
    starts = [
        _starts(low, high, side * metres, metres)
        for low, high, side in zip((west, south), (east, north), size, strict=True)
    ]
    rows = [(start + size[1] * metres) for start in reversed(starts[1])]
    pages = []
    shapely.prepare(area)
    for (row, top), (column, left) in itertools.product(enumerate(rows), enumerate(starts[0])):
        frame = Frame(left, top, *size, scale)
        if shapely.intersects(area, shapely.box(*frame.extent)):
            pages.append(_layout(frame, paper, f"{column_name(column)}{row + 1}"))
    alone = len(pages) == 1
    return [_layout(pages[0].frame, paper)] if alone else pages


def _starts(low: float, high: float, side: float, metres: float) -> list[float]:
    """Return where pages begin that cover a length together, in its middle (metres)."""
    overlap, needed = _OVERLAP_MM * metres, high - low + 2 * _MARGIN_MM * metres
    count = max(1, math.ceil(round((needed - overlap) / (side - overlap), 9)))
    whole = count * (side - overlap) + overlap
    first = (low + high - whole) / 2
    return [first + number * (side - overlap) for number in range(count)]


def column_name(place: int) -> str:
    """Return the letters of a column, counted from 0.

    Examples
    --------
    >>> [column_name(place) for place in (0, 25, 26)]
    ['A', 'Z', 'AA']
    """
    rounds, letter = divmod(place, len(ascii_uppercase))
    return (column_name(rounds - 1) if rounds else "") + ascii_uppercase[letter]


def key_map(ground: Ground, kode: str, pages: Sequence[Layout], current: str) -> tuple[str, float]:
    """Return a small map of an area with the frames of its pages as SVG, and its width (mm).

    Parameters
    ----------
    ground, kode
        The area.
    pages
        As :func:`tiles` returns them, two at least.
    current
        Name of the page that it stands on.
    """
    frames = [shapely.box(*one.frame.extent) for one in pages]
    west, south, east, north = shapely.unary_union(frames).bounds
    scale = max((east - west) / (_KEY_MM[0] - 1), (north - south) / (_KEY_MM[1] - 1)) * 1000
    width, height = (east - west) * 1000 / scale + 1, (north - south) * 1000 / scale + 1
    frame = Frame(west - scale / 2000, north + scale / 2000, width, height, scale)
    area = svg.path(frame.project(ground.areas.loc[kode]))
    parts = [f'<path d="{area}" fill="#e9e7e2" stroke="#111111" stroke-width="0.35"/>']
    for one, shape in zip(pages, frames, strict=True):
        box = frame.project(shape).bounds
        parts.append(_key_frame(box, one.tile, is_current=one.tile == current))
    text = svg.document(
        width, height, f'<g font-family="{svg.FONT}">{"".join(parts)}</g>', unit="mm"
    )
    return text, width


def _key_frame(box: Box, name: str, *, is_current: bool) -> str:
    x1, y1, x2, y2 = box
    stroke = 'stroke="#b3261e" stroke-width="0.6"' if is_current else (
        'stroke="#55524c" stroke-width="0.2"'
    )  # fmt: skip
    weight = "700" if is_current else "400"
    return (
        f'<rect x="{x1:.2f}" y="{y1:.2f}" width="{x2 - x1:.2f}" height="{y2 - y1:.2f}" '
        f'fill="none" {stroke}/><text x="{(x1 + x2) / 2:.2f}" y="{(y1 + y2) / 2 + 0.8:.2f}" '
        f'font-size="2.3" font-weight="{weight}" fill="#1c1c1c" text-anchor="middle">{name}</text>'
    )
