"""Roads, rivers, landmarks and RW on a sheet: names along their lines, and an index by square."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from kantong.geo.details import CLASS, KIND, NAME, RW, Details
from kantong.maps import svg
from kantong.maps.labels import width_em

Box = tuple[float, float, float, float]

WATER, _ROAD, _CASING, _RW_INK = "#8fb8d8", "#ffffff", "#5b5b5b", "#7a3b8f"
# Width of a road by its class, and how much wider its casing is (mm).
_WIDTHS_MM, _CASING_MM = {1: 1.5, 2: 1.0, 3: 0.55}, 0.25
_RIVER_MM, _RW_MM = 0.7, 0.3
# Type sizes by class: 6 pt at least, which a copy still shows.
_SIZES_MM = {1: 2.5, 2: 2.3, 3: 2.12}
_STEP_MM, _STRAIGHT, _AIR_MM = 3.0, 0.985, 0.4
_SYMBOL_MM = 1.7
_TEXT_INK, _WATER_INK = "#1c1c1c", "#235a86"
_ORDER = ("kantor", "kesehatan", "pasar", "sekolah", "ibadah")


@dataclass(frozen=True)
class Written:
    """A name along a line, or beside a landmark.

    Parameters
    ----------
    text
        As shown.
    x, y
        Middle of the text (mm).
    angle
        In degrees, clockwise from the right; between -90 and 90, so that nothing is upside down.
    size_mm
        Of its type.
    style
        Presentation attributes, ours.
    """

    text: str
    x: float
    y: float
    angle: float
    size_mm: float
    style: str

    def box(self) -> BaseGeometry:
        """Return the place that the text takes."""
        half = self.size_mm * width_em(self.text) / 2 + _AIR_MM
        tall = self.size_mm * 0.9 / 2
        flat = shapely.box(-half, -tall, half, tall)
        return shapely.transform(flat, lambda points: _turned(points, self))


def _turned(points: npt.NDArray[np.float64], one: Written) -> npt.NDArray[np.float64]:
    angle = math.radians(one.angle)
    cosine, sine = math.cos(angle), math.sin(angle)
    x = points[:, 0] * cosine - points[:, 1] * sine + one.x
    y = points[:, 0] * sine + points[:, 1] * cosine + one.y
    return np.column_stack([x, y])


@dataclass(frozen=True, eq=False)
class OnPaper:
    """Details in millimetres of a frame; made by :func:`on_paper`."""

    roads: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    landmarks: gpd.GeoDataFrame
    rws: gpd.GeoDataFrame

    def kinds(self) -> list[str]:
        """Return which of ``jalan``, ``sungai``, ``tempat``, ``rw`` are seen, for the legend."""
        every = {
            "jalan": self.roads, "sungai": self.rivers, "tempat": self.landmarks, "rw": self.rws
        }  # fmt: skip
        return [name for name, frame in every.items() if len(frame)]


def on_paper(details: Details, extent: Box, scale: float) -> OnPaper:
    """Return what is seen of details through a window.

    Parameters
    ----------
    details
        In metres of the UTM zone.
    extent
        West, south, east and north of the window, in metres.
    scale
        Its denominator.
    """
    west, _south, _east, north = extent
    window = shapely.box(*extent)

    def seen(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        rows = frame.iloc[np.sort(frame.sindex.query(window, predicate="intersects"))]
        cut = shapely.intersection(rows.geometry.to_numpy(), window)
        factor = 1000 / scale
        drawn = shapely.transform(cut, lambda xy: (xy - (west, north)) * (factor, -factor))
        placed = gpd.GeoDataFrame(rows.drop(columns="geometry"), geometry=list(drawn))
        return placed[~placed.geometry.is_empty].reset_index(drop=True)

    return OnPaper(
        seen(details.roads), seen(details.rivers), seen(details.landmarks), seen(details.rws)
    )


# --- lines and symbols -------------------------------------------------------------------------


def below_borders(seen: OnPaper) -> Iterator[str]:
    """Yield rivers and roads, which lie under the borders of areas."""
    for river in seen.rivers.geometry:
        if river.geom_type in {"Polygon", "MultiPolygon"}:
            yield f'<path d="{svg.path(river)}" fill="{WATER}" fill-rule="evenodd"/>'
        else:
            yield _line(river, WATER, _RIVER_MM)
    ranked = seen.roads.sort_values(CLASS, ascending=False, kind="stable")
    for colour, more in ((_CASING, _CASING_MM), (_ROAD, 0.0)):
        for rank, road in zip(ranked[CLASS], ranked.geometry, strict=True):
            yield _line(road, colour, _WIDTHS_MM[int(rank)] + more)


def _line(shape: BaseGeometry, colour: str, width_mm: float, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{svg.path(shape)}" fill="none" stroke="{colour}" stroke-width="{width_mm:g}" '
        f'stroke-linecap="round" stroke-linejoin="round"{dashed}/>'
    )


def above_borders(seen: OnPaper) -> Iterator[str]:
    """Yield borders of RW and symbols of landmarks."""
    for shape in seen.rws.geometry:
        yield _line(shape.boundary, _RW_INK, _RW_MM, "1.6 0.9")
    for kind, (x, y) in zip(seen.landmarks[KIND], _points(seen.landmarks), strict=True):
        yield symbol(str(kind), x, y)


def _points(frame: gpd.GeoDataFrame) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(frame.geometry.to_numpy())]


def symbol(kind: str, x: float, y: float) -> str:
    """Return the symbol of a landmark: told apart by its shape, not by its colour."""
    half, arm = _SYMBOL_MM / 2, 0.3
    far = half - arm
    shapes = {
        "kantor": f"M{x - half:.2f},{y - half:.2f}h{2 * half:g}v{2 * half:g}h-{2 * half:g}z",
        "kesehatan": (
            f"M{x - half:.2f},{y - arm:.2f}h{far:g}v-{far:g}h{2 * arm:g}v{far:g}h{far:g}"
            f"v{2 * arm:g}h-{far:g}v{far:g}h-{2 * arm:g}v-{far:g}h-{far:g}z"
        ),
        "pasar": f"M{x:.2f},{y + half:.2f}l-{half:g},-{2 * half:g}h{2 * half:g}z",
        "sekolah": f"M{x:.2f},{y - half:.2f}l{half:g},{2 * half:g}h-{2 * half:g}z",
        "ibadah": (
            f"M{x:.2f},{y - half:.2f}l{half:g},{half:g}l-{half:g},{half:g}l-{half:g},-{half:g}z"
        ),
    }
    return f'<path d="{shapes[kind]}" fill="#111111" stroke="#ffffff" stroke-width="0.15"/>'


def legend(seen: OnPaper) -> list[str]:
    """Return what a legend must explain: layers, and kinds of landmarks."""
    kinds = [kind for kind in _ORDER if (seen.landmarks[KIND] == kind).any()]
    there = seen.kinds()
    return [*(name for name in ("jalan", "sungai", "rw") if name in there), *kinds]


def sample(name: str) -> str:
    """Return a layer or kind of landmark as it is drawn, for the legend (SVG)."""
    line = shapely.LineString([(0.4, 1.1), (6.6, 1.1)])
    if name == "jalan":
        inside = _line(line, _CASING, _WIDTHS_MM[2] + _CASING_MM) + _line(
            line, _ROAD, _WIDTHS_MM[2]
        )
    elif name == "sungai":
        inside = _line(line, WATER, _RIVER_MM)
    elif name == "rw":
        inside = _line(line, _RW_INK, _RW_MM, "1.6 0.9")
    else:
        inside = symbol(name, 3.5, 1.1)
    return svg.document(7, 2.2, inside, unit="mm")


# --- names -------------------------------------------------------------------------------------


def written(seen: OnPaper, taken: Sequence[Box], size: tuple[float, float]) -> list[Written]:
    """Return the names that find a place, none over another.

    Parameters
    ----------
    taken
        Boxes (mm) that must stay free.
    size
        Width and height of the window (mm).

    Returns
    -------
    list of Written
        RW and landmarks first, then main roads, rivers and other roads, each once, along its
        straightest piece. A name without room is left out; if it is that of a road within the
        area, the list of streets has it.
    """
    window = shapely.box(0.8, 0.8, size[0] - 0.8, size[1] - 0.8)
    occupied: list[BaseGeometry] = [shapely.box(*box) for box in taken]
    found: list[Written] = []
    for options in _wishes(seen):
        for one in options:
            box = one.box()
            if window.contains(box) and not any(box.intersects(other) for other in occupied):
                occupied.append(box)
                found.append(one)
                break
    return found


def _wishes(seen: OnPaper) -> Iterator[Iterator[Written]]:
    """Yield for each name the places where it could stand, the best first."""
    style = f'fill="{_RW_INK}" font-weight="700"'
    for number, shape in zip(seen.rws[RW], seen.rws.geometry, strict=True):
        yield _inside(f"RW {number}", shape, style)
    order = {kind: place for place, kind in enumerate(_ORDER)}
    ranked = seen.landmarks.sort_values(KIND, key=lambda kinds: kinds.map(order), kind="stable")
    for name, at in zip(ranked[NAME], _points(ranked), strict=True):
        yield _beside(str(name), Point(at))
    for rank in (1, 2):
        yield from _named(seen.roads[seen.roads[CLASS] == rank], _SIZES_MM[rank], _TEXT_INK)
    rivers = seen.rivers[seen.rivers.geom_type.isin(["LineString", "MultiLineString"])]
    yield from _named(rivers, _SIZES_MM[2], _WATER_INK, "italic")
    yield from _named(seen.roads[seen.roads[CLASS] == 3], _SIZES_MM[3], _TEXT_INK)  # noqa: PLR2004


def _inside(text: str, shape: BaseGeometry, style: str) -> Iterator[Written]:
    middle = shape.representative_point()
    yield Written(text, round(middle.x, 2), round(middle.y, 2), 0, _SIZES_MM[2], style)


def _beside(text: str, point: Point) -> Iterator[Written]:
    size = _SIZES_MM[3]
    away = size * width_em(text) / 2 + _SYMBOL_MM / 2 + 0.6
    style = f'fill="{_TEXT_INK}" font-weight="600"'
    for dx, dy in ((away, 0), (-away, 0), (0, -2), (0, 2)):
        yield Written(text, round(point.x + dx, 2), round(point.y + dy, 2), 0, size, style)


def _named(
    lines: gpd.GeoDataFrame, size_mm: float, ink: str, slope: str = "normal"
) -> Iterator[Iterator[Written]]:
    style = f'fill="{ink}" font-weight="600" font-style="{slope}"'
    named = lines[lines[NAME] != ""]
    whole = {str(name): shapely.line_merge(shapely.union_all(part.geometry.to_numpy()))
             for name, part in named.groupby(NAME)}  # fmt: skip
    longest_first = sorted(whole, key=lambda name: (-whole[name].length, name))
    for name in longest_first:
        yield _along(name, whole[name], size_mm, style)


def _along(text: str, line: BaseGeometry, size_mm: float, style: str) -> Iterator[Written]:
    """Yield places along a line, the straightest and most central first."""
    length = size_mm * width_em(text) + 2 * _AIR_MM
    places = []
    for part in shapely.get_parts(line):
        free = part.length - length
        if free < 0:
            continue
        for start in np.arange(0, free + 1e-9, _STEP_MM):
            first, last = part.interpolate(start), part.interpolate(start + length)
            straight = shapely.distance(first, last) / length
            if straight >= _STRAIGHT:
                off = abs(start - free / 2) / part.length
                places.append((round(-straight, 3), off, first, last))
    for _straight, _off, first, last in sorted(places, key=lambda one: one[:2]):
        yield _between(text, first, last, size_mm, style)


def _between(text: str, first: Point, last: Point, size_mm: float, style: str) -> Written:
    angle = math.degrees(math.atan2(last.y - first.y, last.x - first.x))
    angle = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle  # noqa: PLR2004
    x, y = (first.x + last.x) / 2, (first.y + last.y) / 2
    return Written(text, round(x, 2), round(y, 2), round(angle, 1), size_mm, style)


def text_of(one: Written) -> str:
    """Return the SVG of a name, with a white halo; its text is text and can be searched for."""
    down = 0.33 * one.size_mm
    turn = f' transform="rotate({one.angle:g} {one.x:g} {one.y:g})"' if one.angle else ""
    return (
        f'<text x="{one.x:g}" y="{one.y + down:.2f}" font-size="{one.size_mm:g}" {one.style} '
        f'text-anchor="middle" stroke="#ffffff" stroke-width="{0.24 * one.size_mm:.2f}" '
        f'stroke-linejoin="round" paint-order="stroke"{turn}>{svg.escape(one.text)}</text>'
    )


# --- the index ---------------------------------------------------------------------------------


def index(
    seen: OnPaper, area: BaseGeometry, columns: Sequence[float], rows: Sequence[float]
) -> dict[str, list[tuple[int, int]]]:
    """Return the squares in which each street of an area runs.

    Parameters
    ----------
    area
        On paper (mm): streets outside it are left out.
    columns, rows
        Edges of the squares (mm), from the left and from above.

    Returns
    -------
    dict
        By name in the order of the alphabet: column and row of each square, from 0.
    """
    named = seen.roads[seen.roads[NAME] != ""]
    found: dict[str, list[tuple[int, int]]] = {}
    boxes = {
        (x, y): shapely.box(left, top, right, bottom)
        for y, (top, bottom) in enumerate(itertools.pairwise(rows))
        for x, (left, right) in enumerate(itertools.pairwise(columns))
    }
    for name, part in named.groupby(NAME):
        line = shapely.intersection(shapely.union_all(part.geometry.to_numpy()), area)
        inside = [at for at, box in boxes.items() if shapely.intersection(line, box).length > 0]
        if inside:
            found[str(name)] = inside
    return dict(sorted(found.items(), key=lambda entry: entry[0].casefold()))
