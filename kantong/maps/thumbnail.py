"""Small light maps for series: the shapes are made once, then filled for every period."""

from collections.abc import Mapping
from dataclasses import dataclass

from kantong.geo.coverage import simplify
from kantong.maps import svg
from kantong.maps.drawing import PLAIN, Bounds, Frame, Ground, frame_around

_TOLERANCE = 0.6
# More areas than this are smaller than their borders, and a page of each would hold them all.
_MOST = 200


@dataclass(frozen=True)
class Shapes:
    """The outlines of all areas at a small size.

    Parameters
    ----------
    paths
        SVG path data by ``kode``.
    frame
        Where they stand; its millimetres are the units of the drawing.
    unit
        Unit of the drawing: ``px`` on screen, ``mm`` on paper.
    whole
        SVG path data of all areas together, where there are too many to be told apart at the
        size: then they are drawn as one. Else empty.
    """

    paths: Mapping[str, str]
    frame: Frame
    unit: str
    whole: str = ""


def shapes(ground: Ground, width: float, height: float, unit: str = "px") -> Shapes:
    """Return the areas simplified as far as the size hides it; neighbours keep one line.

    Parameters
    ----------
    ground
        The areas.
    width, height
        Largest size in the unit; the drawing keeps the shape of the ground.
    unit
        ``px`` or ``mm``.
    """
    fitting = frame_around(ground.bounds, width, height, margin_mm=width / 100, is_round=False)
    frame = _trimmed(ground.bounds, fitting, width / 100)
    fine = 1 if unit == "px" else svg.PATTERN_UNIT_MM
    light = simplify(ground.areas, _TOLERANCE * fine * frame.scale / 1000)
    decimals = 1 if unit == "px" else 2
    paths = {
        str(kode): svg.path(frame.project(area), decimals)
        for kode, area in zip(light.index, light, strict=True)
    }
    whole = svg.path(frame.project(light.union_all()), decimals) if len(paths) > _MOST else ""
    return Shapes(paths, frame, unit, whole)


def _trimmed(bounds: Bounds, frame: Frame, margin: float) -> Frame:
    west, south, east, north = bounds
    per_metre = 1000 / frame.scale
    edge = margin / per_metre
    return Frame(
        west=west - edge,
        north=north + edge,
        width_mm=round((east - west) * per_metre + 2 * margin, 2),
        height_mm=round((north - south) * per_metre + 2 * margin, 2),
        scale=frame.scale,
    )


def thumbnail(
    prepared: Shapes,
    fills: Mapping[str, str],
    *,
    patterns: str = "",
    chosen: str = "",
) -> str:
    """Return the small map as SVG.

    Parameters
    ----------
    prepared
        As :func:`shapes` returns it.
    fills
        SVG fill by ``kode``; areas without one stay plain.
    patterns
        Inside of ``<defs>`` for the named fills.
    chosen
        ``kode`` of the area with a heavy outline; may be empty.
    """
    unit = 1 if prepared.unit == "px" else svg.PATTERN_UNIT_MM
    layers = [f'<g stroke="#777777" stroke-width="{0.5 * unit:g}" stroke-linejoin="round">']
    shown = prepared.paths
    if prepared.whole:
        layers.append(f'<path d="{prepared.whole}" fill="{PLAIN}" fill-rule="evenodd"/>')
        shown = {kode: data for kode, data in shown.items() if kode == chosen}
    for kode, data in shown.items():
        layers.append(f'<path d="{data}" fill="{svg.escape(fills.get(kode, PLAIN))}"/>')
    layers.append("</g>")
    if chosen in prepared.paths:
        data = prepared.paths[chosen]
        layers.extend(
            f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{width * unit:g}"/>'
            for colour, width in (("#ffffff", 2.8), ("#111111", 1.3))
        )
    inside = svg.definitions(patterns, unit) + "".join(layers)
    frame = prepared.frame
    return svg.document(frame.width_mm, frame.height_mm, inside, unit=prepared.unit)
