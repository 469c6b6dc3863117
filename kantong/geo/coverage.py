"""Polygons made into a valid coverage: no overlaps, no gaps between neighbours.

Every function takes and returns metric geometry (the layer's UTM zone) unless it says otherwise.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from kantong.geo.errors import BoundaryError, Fault
from kantong.geo.schema import CRS_STORED

STORED_DECIMALS = 6
_STORED_GRID = 10.0**-STORED_DECIMALS
_ROUNDS = 3
# Below this an intersection is the trace of rounding, not of two areas claiming the same ground.
_SMALLEST_OVERLAP_M2 = 0.01


@dataclass(frozen=True)
class Patches:
    """Pieces of ground, counted: ``count`` of them and their area in m²."""

    count: int
    m2: float


def repair(shapes: gpd.GeoSeries) -> tuple[gpd.GeoSeries, "pd.Series[str]"]:
    """Return valid polygons, and why each of the others was not.

    Parameters
    ----------
    shapes
        Polygons, metric.

    Returns
    -------
    tuple
        Valid polygons on the same index (empty where nothing with an area is left), and the
        reasons on the index of those that were repaired.
    """
    given = shapes.to_numpy()
    broken = ~shapely.is_valid(given)
    reasons = pd.Series(shapely.is_valid_reason(given[broken]), index=shapes.index[broken])
    valid = np.array(given)
    valid[broken] = shapely.make_valid(given[broken], method="structure", keep_collapsed=False)
    return _series(_polygons_only(valid), shapes), reasons.astype(str)


def overlaps(shapes: gpd.GeoSeries) -> Patches:
    """Return how many pairs of areas claim the same ground, and how much of it."""
    areas = shapes.to_numpy()
    left, right = shapely.STRtree(areas).query(areas, predicate="intersects")
    once = left < right
    shared = shapely.area(shapely.intersection(areas[left[once]], areas[right[once]]))
    shared = shared[shared > _SMALLEST_OVERLAP_M2]
    return Patches(int(shared.size), float(shared.sum()))


def gaps(shapes: gpd.GeoSeries) -> Patches:
    """Return how many holes the areas leave between and within them, and their area."""
    parts = shapely.get_parts(shapely.union_all(shapes.to_numpy()))
    rings = [ring for part in parts for ring in part.interiors]
    holes = shapely.area(shapely.polygons(rings)) if rings else np.zeros(0)
    return Patches(len(rings), float(holes.sum()))


def clean(shapes: gpd.GeoSeries, gap_width_m: float) -> gpd.GeoSeries:
    """Return a valid coverage: overlaps given to one area each, narrow gaps to a neighbour.

    Parameters
    ----------
    shapes
        Valid polygons, metric.
    gap_width_m
        Gaps into which no larger circle fits are closed; wider ones stay open.

    Notes
    -----
    An overlap goes to the area with which it shares the longest border (GEOS CoverageClean).
    """
    return _series(_polygons_only(_cleaned(shapes.to_numpy(), gap_width_m)), shapes)


def simplify(shapes: gpd.GeoSeries, tolerance_m: float) -> gpd.GeoSeries:
    """Return the coverage with fewer vertices; neighbours keep one common line.

    Notes
    -----
    Visvalingam and Whyatt (1993): vertices go whose triangle is smaller than the square of the
    tolerance.
    """
    if tolerance_m <= 0:
        return shapes
    return _series(shapely.coverage_simplify(shapes.to_numpy(), tolerance_m), shapes)


def to_stored(shapes: gpd.GeoSeries, file: str) -> gpd.GeoSeries:
    """Return a metric coverage in EPSG:4326 at six decimals (0.1 m), still a valid coverage.

    Raises
    ------
    BoundaryError
        Areas are so thin that they do not survive the rounding.
    """
    degrees = shapes.to_crs(CRS_STORED)
    rounded = _on_grid(degrees.to_numpy())
    for _ in range(_ROUNDS):
        if shapely.coverage_is_valid(rounded):
            oriented = shapely.orient_polygons(rounded, exterior_cw=False)
            return _series(oriented, degrees)
        rounded = _on_grid(_cleaned(rounded, 0))
    message = (
        "{file}: areas are too thin to be kept at six decimals of a degree. "
        "Choose a larger tolerance, or check the layer for slivers."
    )
    raise BoundaryError(Fault(message, file=file))


def vertices(shapes: gpd.GeoSeries) -> int:
    """Return the number of coordinates, the closing one of each ring included."""
    return int(shapely.get_num_coordinates(shapes.to_numpy()).sum())


def _cleaned(shapes: npt.NDArray[np.object_], gap_width: float) -> npt.NDArray[np.object_]:
    clean_all = shapely.coverage_clean  # type: ignore[attr-defined] # newer than the stubs
    return np.asarray(clean_all(shapes, gap_width=gap_width, merge_strategy="longest_border"))


def _on_grid(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    return _polygons_only(np.asarray(shapely.set_precision(shapes, _STORED_GRID)))


def _polygons_only(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Drop the lines and points that repairs leave behind."""
    mixed = ~np.isin(
        shapely.get_type_id(shapes),
        (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
    )
    kept = np.array(shapes)
    for row in np.flatnonzero(mixed):
        parts = shapely.get_parts(shapely.get_parts(shapes[row]))
        kept[row] = shapely.union_all(
            [part for part in parts if part.geom_type == "Polygon"] or [shapely.Polygon()]
        )
    return kept


def _series(shapes: npt.ArrayLike, like: gpd.GeoSeries) -> gpd.GeoSeries:
    return gpd.GeoSeries(np.asarray(shapes), index=like.index, crs=like.crs)
