"""Where a printed map lies on the ground, written into its PDF for readers that can use it.

ISO 32000-2, 12.10: a page has viewports, each with a measure of type GEO: corners of the map on
paper beside the same corners in degrees. GDAL, QGIS and Avenza Maps read it.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pikepdf
from pikepdf import Array, Dictionary, Name
from pyproj import CRS, Transformer

from kantong.maps.drawing import Bounds
from kantong.maps.pdf import to_bytes

_POINTS_PER_MM = 72 / 25.4
_WGS84 = 4326
# Corners of a unit square, from the lower left, clockwise: the order of readers.
_CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))


@dataclass(frozen=True)
class Window:
    """A map frame on a page.

    Parameters
    ----------
    left_mm, top_mm, width_mm, height_mm
        Where it stands, from the upper left corner of the page.
    extent
        What it shows: west, south, east and north in metres.
    name
        For readers that list maps.
    """

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float
    extent: Bounds
    name: str


def georeferenced(pdf: bytes, windows: Mapping[int, Iterable[Window]], crs: CRS) -> bytes:
    """Return a PDF whose maps say where they lie; the same bytes for the same input.

    Parameters
    ----------
    pdf
        As :func:`kantong.maps.typeset.typeset` makes it; text, tags and standards stay.
    windows
        Map frames by page, counted from 0.
    crs
        Projected, in metres: that of the extents.

    Raises
    ------
    ValueError
        The CRS is not projected, so that a straight frame would not be one on the ground.
    """
    if not crs.is_projected:
        message = f"{crs.name} is not projected"
        raise ValueError(message)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        system = document.make_indirect(_system(crs))
        for page, frames in windows.items():
            seen = document.pages[page]
            height = float(seen.mediabox[3])
            seen.obj.VP = Array([_viewport(one, height, crs, system) for one in frames])
        return to_bytes(document)


def _system(crs: CRS) -> Dictionary:
    told = Dictionary(Type=Name.PROJCS, WKT=pikepdf.String(crs.to_wkt("WKT1_ESRI")))
    code = crs.to_epsg()
    if code is not None:
        told.EPSG = code
    return told


def _viewport(window: Window, page_height: float, crs: CRS, system: Dictionary) -> Dictionary:
    left, top = window.left_mm * _POINTS_PER_MM, window.top_mm * _POINTS_PER_MM
    width, height = window.width_mm * _POINTS_PER_MM, window.height_mm * _POINTS_PER_MM
    box = (left, page_height - top - height, left + width, page_height - top)
    return Dictionary(
        Type=Name.Viewport,
        Name=pikepdf.String(window.name),
        BBox=_numbers(box, 4),
        Measure=_measure(window, crs, system),
    )


def _measure(window: Window, crs: CRS, system: Dictionary) -> Dictionary:
    west, south, east, north = window.extent
    to_degrees = Transformer.from_crs(crs, _WGS84, always_xy=True)
    degrees: list[float] = []
    for right, up in _CORNERS:
        metres = west + right * (east - west), south + up * (north - south)
        longitude, latitude = to_degrees.transform(*metres)
        degrees += [latitude, longitude]
    square = [side for corner in _CORNERS for side in corner]
    return Dictionary(
        Type=Name.Measure,
        Subtype=Name.GEO,
        Bounds=_numbers((*square, *square[:2]), 0),
        GCS=system,
        DCS=Dictionary(Type=Name.GEOGCS, EPSG=_WGS84),
        PDU=Array([Name.M, Name.SQM, Name.DEG]),
        GPTS=_numbers(degrees, 10),
        LPTS=_numbers(square, 0),
    )


def _numbers(values: Iterable[float], places: int) -> Array:
    return Array([Decimal(f"{value:.{places}f}") for value in values])
