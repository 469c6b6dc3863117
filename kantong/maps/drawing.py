"""Areas drawn true to a scale, in the UTM zone of the layer, as SVG in millimetres."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Proj, Transformer
from shapely.geometry.base import BaseGeometry

from kantong.geo.details import Details
from kantong.geo.schema import KELURAHAN, KODE
from kantong.geo.sources import utm_of
from kantong.maps import labels, streets, svg
from kantong.maps.style import ground_of

Bounds = tuple[float, float, float, float]
Box = tuple[float, float, float, float]

PLAIN, OUTSIDE = "#f7f5f1", "#e9e7e2"
_CASING = "#ffffff"
_BORDER, _OUTLINE, _CHOSEN, _GRID = "#6f6f6f", "#3c3c3c", "#111111", "#3b6ea5"
# Thinner lines are lost on a photocopy.
_BORDER_MM, _GRID_MM = 0.2, 0.15
# Beyond the frame, so that the cut edges of areas are not seen.
_SPILL_MM = 4.0
_KILOMETRE = 1000
_ROUND = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7.5)
_SMALLEST_SCALE, _LARGEST_SCALE = 2_500, 10_000_000


@dataclass(frozen=True)
class Ground:
    """What maps are drawn from, in metres of the UTM zone; prepared once for many maps.

    Parameters
    ----------
    areas
        By ``kode``.
    names
        By ``kode``.
    context
        The surroundings: drawn and named, not counted.
    context_names
        In the order of ``context``; empty texts where not known.
    outlines
        Lines drawn heavier than the borders of areas, e.g. those of the kecamatan.
    details
        Roads, rivers, landmarks and RW; None where there are none.
    """

    areas: gpd.GeoSeries
    names: Mapping[str, str]
    context: gpd.GeoSeries
    context_names: tuple[str, ...]
    outlines: tuple[BaseGeometry, ...]
    details: Details | None = None

    @property
    def crs(self) -> CRS:
        """The UTM zone."""
        return CRS(self.areas.crs)

    @property
    def bounds(self) -> Bounds:
        """West, south, east and north of the areas, in metres."""
        return _four(self.areas.total_bounds)


def prepare(
    layer: gpd.GeoDataFrame,
    context: gpd.GeoDataFrame | None = None,
    outlines: Sequence[gpd.GeoDataFrame] = (),
    details: Details | None = None,
) -> Ground:
    """Return the areas of a layer ready for drawing.

    Parameters
    ----------
    layer
        Canonical layer: ``kode``, ``kelurahan`` and polygons, with a CRS.
    context
        Polygons around it, perhaps with ``kelurahan``; None where there are none.
    outlines
        Polygons whose outlines are drawn heavier.
    details
        Roads, rivers, landmarks and RW, with a CRS; None where there are none.
    """
    zone = utm_of(layer)
    areas = layer.set_index(KODE).geometry.to_crs(zone)
    around = gpd.GeoSeries([], crs=zone) if context is None else context.geometry.to_crs(zone)
    named = context is not None and KELURAHAN in context
    names = (
        tuple(context[KELURAHAN].fillna("").astype(str)) if named and context is not None else ()
    )
    return Ground(
        areas=areas,
        names=dict(zip(layer[KODE], layer[KELURAHAN], strict=True)),
        context=gpd.GeoSeries(around.to_numpy(), crs=zone),
        context_names=names or ("",) * len(around),
        outlines=tuple(frame.geometry.to_crs(zone).boundary.union_all() for frame in outlines),
        details=None if details is None else details.to_crs(zone),
    )


@dataclass(frozen=True)
class Frame:
    """A window on the ground, shown at a scale.

    Parameters
    ----------
    west, north
        The upper left corner, in metres.
    width_mm, height_mm
        On paper.
    scale
        The denominator: metres on the ground for each metre on paper.
    """

    west: float
    north: float
    width_mm: float
    height_mm: float
    scale: float

    @property
    def extent(self) -> Bounds:
        """West, south, east and north, in metres."""
        metres = self.scale / 1000
        south = self.north - self.height_mm * metres
        return self.west, south, self.west + self.width_mm * metres, self.north

    def x_mm(self, east: float) -> float:
        """Return where an easting stands, from the left edge."""
        return (east - self.west) * 1000 / self.scale

    def y_mm(self, north: float) -> float:
        """Return where a northing stands, from the upper edge."""
        return (self.north - north) * 1000 / self.scale

    def project(self, shape: BaseGeometry, spill_mm: float = _SPILL_MM) -> BaseGeometry:
        """Return a shape in millimetres on paper, cut off a little beyond the frame."""
        west, south, east, north = self.extent
        spill = spill_mm * self.scale / 1000
        cut = shapely.clip_by_rect(shape, west - spill, south - spill, east + spill, north + spill)
        return shapely.transform(cut, self._to_paper)

    def _to_paper(self, metres: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return (metres - (self.west, self.north)) * (1000 / self.scale, -1000 / self.scale)


def frame_around(
    bounds: Bounds, width_mm: float, height_mm: float, *, margin_mm: float, is_round: bool = True
) -> Frame:
    """Return the frame that shows bounds in its middle at the largest scale that fits.

    Parameters
    ----------
    bounds
        West, south, east and north, in metres.
    width_mm, height_mm
        Size on paper.
    margin_mm
        Kept free on every side.
    is_round
        True for a scale that a reader can use on a ruler; False to fill the frame.
    """
    west, south, east, north = bounds
    needed = 1000 * max(
        (east - west) / (width_mm - 2 * margin_mm), (north - south) / (height_mm - 2 * margin_mm)
    )
    scale = round_scale(needed) if is_round else needed
    return Frame(
        west=(west + east) / 2 - width_mm * scale / 2000,
        north=(south + north) / 2 + height_mm * scale / 2000,
        width_mm=width_mm,
        height_mm=height_mm,
        scale=scale,
    )


def round_scale(needed: float) -> int:
    """Return the denominator of the largest round scale that shows at least as much.

    Examples
    --------
    >>> [round_scale(needed) for needed in (900, 2_501, 7_600, 12_500, 15_001, 80_000)]
    [2500, 3000, 10000, 12500, 20000, 100000]
    """
    every = (round(step * 10**power) for power in range(3, 7) for step in _ROUND)
    usable = (scale for scale in every if scale >= _SMALLEST_SCALE)
    return next((scale for scale in usable if scale >= needed), _LARGEST_SCALE)


@dataclass(frozen=True)
class Ink:
    """How the areas are drawn.

    Parameters
    ----------
    fills
        SVG fill by ``kode``: ``#rrggbb`` or ``url(#name)``; areas without one stay plain.
    patterns
        Inside of ``<defs>`` for the named fills, as :class:`kantong.maps.theme.Theme` has it.
    chosen
        ``kode`` of the area with a heavy outline; may be empty.
    is_portrait
        True where the map is about the chosen area: its name in capitals, the others grey and
        only where they fit.
    named
        True to write the names of areas and surroundings.
    sizes_mm
        Type sizes of the names, largest first.
    grid_m
        Distance of the grid lines; 0 for none.
    kept_free
        Boxes (x1, y1, x2, y2 in mm) where no name may stand.
    detailed
        True to draw roads, rivers, landmarks and RW, where the ground has any.
    """

    fills: Mapping[str, str] = field(default_factory=dict)
    patterns: str = ""
    chosen: str = ""
    is_portrait: bool = False
    named: bool = True
    sizes_mm: tuple[float, ...] = (2.6, 2.3, 2.12)
    grid_m: int = 0
    kept_free: tuple[Box, ...] = ()
    detailed: bool = False


@dataclass(frozen=True)
class Drawn:
    """A map, its scale denominator and what it shows (west, south, east, north in metres)."""

    svg: str
    scale: float
    extent: Bounds


def draw(ground: Ground, frame: Frame, ink: Ink) -> Drawn:
    """Return the map of a frame as SVG, one unit a millimetre, two decimals.

    Raises
    ------
    KeyError
        The chosen area is not in the ground.
    """
    on_paper = _seen(ground.areas, frame)
    seen = seen_details(ground, frame) if ink.detailed else None
    layers = [
        *_context(ground, frame),
        *_areas(on_paper, ink),
        *(streets.below_borders(seen) if seen else ()),
        *_outlines(ground, frame),
        *_grid(frame, ink.grid_m),
        *(streets.above_borders(seen) if seen else ()),
        *_chosen(ground, frame, ink.chosen),
    ]
    if ink.named:
        layers.extend(_names(ground, frame, on_paper, ink, seen))
    width, height = frame.width_mm, frame.height_mm
    clip = f"frame-{width:g}x{height:g}"
    inside = (
        f'<clipPath id="{clip}"><rect width="{width:g}" height="{height:g}"/></clipPath>'
        f'<g clip-path="url(#{clip})" font-family="{svg.FONT}">'
        f'<rect width="{width:g}" height="{height:g}" fill="{OUTSIDE}"/>{"".join(layers)}</g>'
    )
    text = svg.document(width, height, svg.definitions(ink.patterns) + inside, unit="mm")
    return Drawn(text, frame.scale, frame.extent)


def seen_details(ground: Ground, frame: Frame) -> streets.OnPaper | None:
    """Return the details that a frame shows; None where the ground has none."""
    if ground.details is None:
        return None
    return streets.on_paper(ground.details, frame.extent, frame.scale)


def _seen(shapes: gpd.GeoSeries, frame: Frame) -> dict[str, BaseGeometry]:
    rows = np.sort(shapes.sindex.query(shapely.box(*frame.extent), predicate="intersects"))
    return {str(shapes.index[row]): frame.project(shapes.iloc[row]) for row in rows}


def _context(ground: Ground, frame: Frame) -> Iterator[str]:
    yield f'<g fill="{OUTSIDE}" stroke="#b3b0a8" stroke-width="{_BORDER_MM}">'
    yield from (f'<path d="{svg.path(area)}"/>' for area in _seen(ground.context, frame).values())
    yield "</g>"


def _areas(on_paper: Mapping[str, BaseGeometry], ink: Ink) -> Iterator[str]:
    yield f'<g stroke="{_BORDER}" stroke-width="{_BORDER_MM}" stroke-linejoin="round">'
    for kode, shape in on_paper.items():
        fill, data = ink.fills.get(kode, PLAIN), svg.path(shape)
        if fill.startswith("url("):  # readers leave seams between the tiles of a pattern
            yield f'<path d="{data}" fill="{ground_of(fill)}" stroke="none" fill-rule="evenodd"/>'
        yield f'<path d="{data}" fill="{svg.escape(fill)}" fill-rule="evenodd"/>'
    yield "</g>"


def _outlines(ground: Ground, frame: Frame) -> Iterator[str]:
    yield f'<g fill="none" stroke="{_OUTLINE}" stroke-width="0.45" stroke-linejoin="round">'
    for lines in ground.outlines:
        yield f'<path d="{svg.path(frame.project(lines))}"/>'
    yield "</g>"


def grid_lines(first: float, last: float, step_m: int) -> list[int]:
    """Return the multiples of a step between two coordinates.

    Examples
    --------
    >>> grid_lines(678_640, 680_000, 500)
    [679000, 679500, 680000]
    """
    return list(range(math.ceil(first / step_m) * step_m, math.floor(last) + 1, step_m))


def _grid(frame: Frame, step_m: int) -> Iterator[str]:
    if step_m <= 0:
        return
    west, south, east, north = frame.extent
    xs = (round(frame.x_mm(line), 2) for line in grid_lines(west, east, step_m))
    ys = (round(frame.y_mm(line), 2) for line in grid_lines(south, north, step_m))
    lines = [f"M{x:g},0V{frame.height_mm:g}" for x in xs]
    lines += [f"M0,{y:g}H{frame.width_mm:g}" for y in ys]
    yield f'<path d="{"".join(lines)}" fill="none" stroke="{_GRID}" stroke-width="{_GRID_MM}"/>'


def _chosen(ground: Ground, frame: Frame, kode: str) -> Iterator[str]:
    if not kode:
        return
    data = svg.path(frame.project(ground.areas.loc[kode]))
    for colour, width in ((_CASING, 1.3), (_CHOSEN, 0.55)):
        yield (
            f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{width}" '
            'stroke-linejoin="round"/>'
        )


def _names(
    ground: Ground,
    frame: Frame,
    on_paper: Mapping[str, BaseGeometry],
    ink: Ink,
    seen: streets.OnPaper | None,
) -> Iterator[str]:
    wishes = [
        *_own_wishes(ground, frame, on_paper, ink),
        *_context_wishes(ground, frame, ink.sizes_mm),
    ]
    placed = labels.place(wishes, ink.kept_free)
    if seen is not None:
        taken = [*ink.kept_free, *map(labels.box_of, placed)]
        written = streets.written(seen, taken, (frame.width_mm, frame.height_mm))
        yield from map(streets.text_of, written)
    yield from map(labels.text_of, placed)


def _own_wishes(
    ground: Ground, frame: Frame, on_paper: Mapping[str, BaseGeometry], ink: Ink
) -> Iterable[labels.Wish]:
    window = _window(frame)
    shapes = {kode: shapely.intersection(window, area) for kode, area in _valid(on_paper)}
    if ink.is_portrait and ink.chosen in shapes:
        capitals = ground.names[ink.chosen].upper()
        style = f'fill="{_CHOSEN}" font-weight="700"'
        yield labels.Wish(capitals, shapes.pop(ink.chosen), (5, 4, 3.2, 2.6), style, must_fit=False)
    colour = "#4a4a4a" if ink.is_portrait else "#1c1c1c"
    style = f'fill="{colour}" font-weight="600"'
    for kode in sorted(shapes, key=lambda one: shapely.area(shapes[one])):
        name = ground.names[kode]
        yield labels.Wish(name, shapes[kode], ink.sizes_mm, style, must_fit=ink.is_portrait)


def _context_wishes(
    ground: Ground, frame: Frame, sizes_mm: tuple[float, ...]
) -> Iterable[labels.Wish]:
    window = _window(frame)
    style = 'fill="#77746c" font-style="italic"'
    for row, area in _valid(_seen(ground.context, frame)):
        shape = shapely.intersection(window, area)
        yield labels.Wish(ground.context_names[int(row)], shape, sizes_mm[-2:], style)


def _window(frame: Frame) -> BaseGeometry:
    air = 1.2
    return shapely.box(air, air, frame.width_mm - air, frame.height_mm - air)


def _valid(shapes: Mapping[str, BaseGeometry]) -> Iterator[tuple[str, BaseGeometry]]:
    """Cutting at the edge of the frame may leave polygons that touch themselves."""
    for key, shape in shapes.items():
        yield key, shape if shape.is_valid else shapely.make_valid(shape)


@dataclass(frozen=True)
class ScaleBar:
    """A scale bar: ``parts`` pieces, each ``part_m`` long on the ground, ``part_mm`` on paper."""

    parts: int
    part_m: int
    part_mm: float


def scale_bar(scale: float, longest_mm: float, parts: int = 4) -> ScaleBar:
    """Return the longest bar of round pieces that is not longer than told.

    Examples
    --------
    >>> scale_bar(7_500, 50)
    ScaleBar(parts=4, part_m=50, part_mm=6.666666666666667)
    """
    most = longest_mm * scale / 1000 / parts
    rounds = [step * 10**power for power in range(7) for step in (1, 2, 5)]
    part = max((length for length in rounds if length <= most), default=1)
    return ScaleBar(parts, part, part * 1000 / scale)


def bar_data(bar: ScaleBar, number: Callable[[int], str]) -> dict[str, object]:
    """Return a scale bar as templates read it, its labels in kilometres from one on."""
    ends = [bar.part_m * count for count in range(bar.parts + 1)]
    is_far = bar.part_m % _KILOMETRE == 0
    written = [number(end // _KILOMETRE if is_far else end) for end in ends]
    written[-1] += " km" if is_far else " m"
    return {"parts": bar.parts, "part_mm": bar.part_mm, "labels": written}


def convergence(ground: Ground) -> float:
    """Return the angle from grid north to true north in the middle of the areas, in degrees.

    Positive where true north lies east (clockwise) of the vertical grid lines.
    """
    west, south, east, north = ground.bounds
    to_degrees = Transformer.from_crs(ground.crs, 4326, always_xy=True)
    longitude, latitude = to_degrees.transform((west + east) / 2, (south + north) / 2)
    return -float(Proj(ground.crs).get_factors(longitude, latitude).meridian_convergence)


def _four(values: Iterable[float]) -> Bounds:
    west, south, east, north = (float(value) for value in values)
    return west, south, east, north
