"""SVG text: escaping, numbers and paths."""

import html
import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

# Millimetres on paper of one unit of a pattern, which is drawn for screen pixels.
PATTERN_UNIT_MM = 0.25
FONT = "Source Sans Pro, Source Sans 3, sans-serif"
# Not allowed in XML 1.0, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    r"""Return a text as it may stand in an element or between the quotes of an attribute.

    Examples
    --------
    >>> escape('<b>"&\x07')
    '&lt;b&gt;&quot;&amp;\ufffd'
    """
    return html.escape(_NOT_XML.sub("\ufffd", text))


def definitions(patterns: str, unit: float = PATTERN_UNIT_MM) -> str:
    """Return ``<defs>`` with patterns scaled to the units of the drawing; empty without any."""
    if not patterns:
        return ""
    scaled = patterns.replace("<pattern ", f'<pattern patternTransform="scale({unit:g})" ')
    return f"<defs>{scaled}</defs>"


def path(shape: BaseGeometry, decimals: int = 2) -> str:
    """Return the path data of polygons and lines whose coordinates are units of the drawing."""
    return "".join(_subpaths(shape, decimals))


def _subpaths(shape: BaseGeometry, decimals: int) -> Iterator[str]:
    for part in shapely.get_parts(np.atleast_1d(shapely.get_parts(shape))):
        if part.geom_type == "Polygon" and not part.is_empty:
            for ring in (part.exterior, *part.interiors):
                yield _points(shapely.get_coordinates(ring)[:-1], decimals) + "Z"
        elif part.geom_type in {"LineString", "LinearRing"}:
            yield _points(shapely.get_coordinates(part), decimals)


def _points(coordinates: npt.NDArray[np.float64], decimals: int) -> str:
    rounded = np.round(coordinates, decimals) + 0.0  # no negative zero
    moved = np.ones(len(rounded), dtype=bool)
    moved[1:] = np.any(rounded[1:] != rounded[:-1], axis=1)
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in rounded[moved].tolist())


def document(width: float, height: float, inside: str, *, unit: str = "") -> str:
    """Return an SVG document; ``unit`` is that of its own size, e.g. ``mm``."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}{unit}" '
        f'height="{height:g}{unit}" viewBox="0 0 {width:g} {height:g}">{inside}</svg>'
    )


def swatch(fill: str, patterns: str, *, width_mm: float = 7, height_mm: float = 3) -> str:
    """Return a legend box, its patterns as wide as on the map."""
    box = (
        f'<rect x="0.1" y="0.1" width="{width_mm - 0.2:g}" height="{height_mm - 0.2:g}" '
        f'fill="{escape(fill)}" stroke="#5a5a5a" stroke-width="0.15"/>'
    )
    return document(width_mm, height_mm, definitions(patterns) + box, unit="mm")
