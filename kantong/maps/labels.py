"""Names set inside areas: where there is room, largest first, never one over another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from kantong.maps import svg

Boxes = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

# Advance widths of Source Sans Pro Semibold in em, on the wide side.
_NARROW, _WIDE = frozenset("ijlIftr .,:;'|!()[]-"), frozenset("mwMW@%")
_LINE_EM = 1.02
_CAP_EM = 0.66
_AIR_MM = 0.35
_LEAST_INSIDE = 0.45
_STEPS = np.array([0, -0.8, 0.8, -1.6, 1.6, -2.6, 2.6, -4, 4])
_GRID = np.array([(dx, dy) for dx in _STEPS for dy in _STEPS])
_SHIFTS = _GRID[np.argsort(np.hypot(*_GRID.T), kind="stable")]


@dataclass(frozen=True)
class Wish:
    """A name that wants a place.

    Parameters
    ----------
    text
        As shown.
    shape
        The area on paper (mm), clipped to the frame.
    sizes_mm
        Type sizes to try, largest first.
    style
        Presentation attributes of the text, ours.
    must_fit
        True to leave the name out where it does not fit inside its area.
    """

    text: str
    shape: BaseGeometry
    sizes_mm: tuple[float, ...]
    style: str
    must_fit: bool = True


@dataclass(frozen=True)
class Label:
    """A name with its place: the middle of its box and the size of its type, in mm."""

    lines: tuple[str, ...]
    x: float
    y: float
    size_mm: float
    style: str


def width_em(text: str) -> float:
    """Return how wide a text is set, at most, in units of its type size.

    Examples
    --------
    >>> round(width_em("Kauman"), 2)
    3.69
    """
    return sum(
        0.34 if sign in _NARROW else 0.84 if sign in _WIDE else 0.65 if sign.isupper() else 0.55
        for sign in text
    )


def place(
    wishes: Iterable[Wish], taken: Sequence[tuple[float, float, float, float]]
) -> list[Label]:
    """Return the labels that found a place, in the order of the wishes.

    Parameters
    ----------
    wishes
        The most important first.
    taken
        Boxes (x1, y1, x2, y2 in mm) that must stay free.
    """
    occupied = np.array(taken, dtype=np.float64).reshape(-1, 4)
    labels = []
    for wish in wishes:
        found = _best(wish, occupied)
        if found is not None:
            label, box = found
            labels.append(label)
            occupied = np.vstack([occupied, box])
    return labels


def _best(wish: Wish, occupied: Boxes) -> tuple[Label, Boxes] | None:
    shape = _largest_part(wish.shape)
    if shape is None or not wish.text.strip():
        return None
    anchors = _anchors(shape)
    options = [(size, lines) for size in wish.sizes_mm for lines in _breaks(wish.text)]
    boxes = np.vstack([_boxes(size, lines, _points(anchors, size)) for size, lines in options])
    free = np.flatnonzero(~_collide(boxes, occupied))
    good = free[shapely.contains(shape, _rectangles(boxes[free]))]
    if not good.size and not wish.must_fit:
        good = _mostly_inside(shape, boxes, free)
    if not good.size:
        return None
    chosen = boxes[good[0]]
    size, lines = options[good[0] * len(options) // len(boxes)]
    x, y = (float((chosen[side] + chosen[side + 2]) / 2) for side in (0, 1))
    return Label(lines, round(x, 2), round(y, 2), size, wish.style), chosen


def _mostly_inside(shape: BaseGeometry, boxes: Boxes, free: Rows) -> Rows:
    areas = _rectangles(boxes[free])
    inside = shapely.area(shapely.intersection(shape, areas)) / shapely.area(areas)
    most_first = np.argsort(-inside, kind="stable")
    return free[most_first[inside[most_first] >= _LEAST_INSIDE]]


def _largest_part(shape: BaseGeometry) -> Polygon | None:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    largest = max(parts, key=shapely.area, default=Polygon())
    simple = shapely.simplify(largest, 0.05)
    if simple.is_empty or not isinstance(simple, Polygon):
        return None
    shapely.prepare(simple)
    return simple


def _breaks(text: str) -> list[tuple[str, ...]]:
    words = text.split()
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    balanced = sorted(halves, key=lambda pair: max(map(width_em, pair)))[:1]
    return [(text,), *balanced]


def _anchors(shape: Polygon) -> Boxes:
    """Return where a name would best stand: in the widest part, in the middle, and between."""
    circle = shapely.maximum_inscribed_circle(shape, tolerance=0.2)
    middle = shapely.get_coordinates(circle)[0]
    centroid = shapely.get_coordinates(shape.centroid)[0]
    return np.array([middle, (middle + centroid) / 2, centroid])


def _points(anchors: Boxes, size: float) -> Boxes:
    """Return the anchors, and places ever farther from the first."""
    shifts = size * _SHIFTS
    return np.vstack([anchors, anchors[0] + shifts]).round(2)


def _boxes(size: float, lines: tuple[str, ...], points: Boxes) -> Boxes:
    half_width = size * max(map(width_em, lines)) / 2 + _AIR_MM
    half_height = size * (_LINE_EM * (len(lines) - 1) + 0.9) / 2
    half = np.array([half_width, half_height])
    return np.hstack([points - half, points + half])


def _collide(boxes: Boxes, occupied: Boxes) -> npt.NDArray[np.bool_]:
    ours, theirs = boxes[:, np.newaxis, :], occupied[np.newaxis, :, :]
    overlap = (ours[..., :2] < theirs[..., 2:]) & (theirs[..., :2] < ours[..., 2:])
    return np.asarray(np.any(np.all(overlap, axis=2), axis=1))


def _rectangles(boxes: Boxes) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.box(boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3]))


def box_of(label: Label) -> tuple[float, float, float, float]:
    """Return the box that a label takes (x1, y1, x2, y2 in mm)."""
    x1, y1, x2, y2 = _boxes(label.size_mm, label.lines, np.array([[label.x, label.y]]))[0]
    return float(x1), float(y1), float(x2), float(y2)


def text_of(label: Label) -> str:
    """Return the SVG of a label, with a white halo."""
    first = label.y + label.size_mm * (_CAP_EM - _LINE_EM * (len(label.lines) - 1)) / 2
    lines = "".join(
        f'<tspan x="{label.x:g}" y="{first + number * _LINE_EM * label.size_mm:.2f}">'
        f"{svg.escape(line)}</tspan>"
        for number, line in enumerate(label.lines)
    )
    return (
        f'<text font-size="{label.size_mm:g}" {label.style} text-anchor="middle" '
        f'stroke="#ffffff" stroke-width="{0.24 * label.size_mm:.2f}" stroke-linejoin="round" '
        f'paint-order="stroke">{lines}</text>'
    )
