"""Which areas are neighbours: by a common border, the nearest ones, or within a distance.

Every rule gives the same :class:`Neighbours`, so that a result can be tried under several.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from scipy import sparse
from scipy.spatial import KDTree

from kantong.geo.errors import BoundaryError, Fault
from kantong.geo.schema import CRS_STORED, GEOMETRY, KODE

TOLERANCE_M = 5.0
OTHER, GAP_M = "other", "gap_m"
# For how many times their reach two areas must run beside each other to share a border.
_BORDER_REACHES = 4.0

# A distance as it is found and as it is asked for differ in the last digits.
_ROUNDED_UP = 1 + 1e-9

_Index = npt.NDArray[np.intp]
_Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Neighbours of every area.

    Parameters
    ----------
    kodes
        The areas, in the order of the rows and columns of ``weights``.
    weights
        n x n, sorted indices, nothing on the diagonal: row i holds what each neighbour of area i
        counts. 1 for all rules of this module.
    """

    kodes: tuple[str, ...]
    weights: sparse.csr_array

    @property
    def cardinality(self) -> "npt.NDArray[np.int64]":
        """How many neighbours each area has."""
        return np.asarray(np.diff(self.weights.indptr), dtype=np.int64)

    @property
    def links(self) -> int:
        """How many pairs of areas are linked, in one direction or both."""
        either = self.weights + self.weights.T
        return int(sparse.triu(either, k=1).count_nonzero())

    def take(self, kodes: Sequence[str]) -> "Neighbours":
        """Return the neighbours among some of the areas only, in the order given.

        Raises
        ------
        KeyError
            An area is not among those known.
        """
        place = {kode: number for number, kode in enumerate(self.kodes)}
        chosen = np.array([place[kode] for kode in kodes], dtype=np.intp)
        kept = sparse.csr_array(self.weights[chosen][:, chosen])
        kept.sort_indices()
        return Neighbours(tuple(kodes), kept)

    def of(self, kode: str) -> tuple[str, ...]:
        """Return the ``kode`` of the neighbours of an area, ascending.

        Raises
        ------
        KeyError
            The area is not known.
        """
        if kode not in self.kodes:
            raise KeyError(kode)
        row = self.kodes.index(kode)
        inside = slice(self.weights.indptr[row], self.weights.indptr[row + 1])
        return tuple(sorted(self.kodes[place] for place in self.weights.indices[inside]))


# --- rules -----------------------------------------------------------------------------------


def queen(layer: gpd.GeoDataFrame, tolerance_m: float = TOLERANCE_M) -> Neighbours:
    """Return as neighbours the areas that share a border or only a corner.

    Parameters
    ----------
    layer
        ``kode``, each once, and polygons; any CRS. An area without a geometry has no neighbours.
    tolerance_m
        How far (metres, in the layer's UTM zone) a border may lie off its true place: areas touch
        that do so when each is widened by this. 0 asks for corners at the very same point, as
        GeoDa and libpysal do: where polygons were simplified one by one that loses links.

    Raises
    ------
    BoundaryError
        The layer has no CRS.

    Notes
    -----
    Queen contiguity (Cliff and Ord 1973).

    Examples
    --------
    >>> row = [shapely.box(x, 0, x + 1000, 1000) for x in (0, 1003, 5000)]
    >>> layer = gpd.GeoDataFrame({"kode": ["a", "b", "c"]}, geometry=row, crs="EPSG:32749")
    >>> queen(layer).of("a"), queen(layer, tolerance_m=0).of("a")
    (('b',), ())
    """
    return _from_pairs(layer, *_touching(_metric(layer), tolerance_m))


def rook(layer: gpd.GeoDataFrame, tolerance_m: float = TOLERANCE_M) -> Neighbours:
    """Return as neighbours the areas that share a border, not only a corner.

    Parameters
    ----------
    layer, tolerance_m
        As for :func:`queen`.

    Raises
    ------
    BoundaryError
        The layer has no CRS.

    Notes
    -----
    Rook contiguity (Cliff and Ord 1973). With a tolerance t the border of one area must run
    within 2 t of the other for more than 8 t, since areas that meet at a corner run beside each
    other for about 4 t. Without one the two must share a straight piece of border exactly.

    Examples
    --------
    >>> four = [shapely.box(x, y, x + 500, y + 500) for y in (0, 500) for x in (0, 500)]
    >>> layer = gpd.GeoDataFrame({"kode": list("abcd")}, geometry=four, crs="EPSG:32749")
    >>> rook(layer).of("a"), queen(layer).of("a")
    (('b', 'c'), ('b', 'c', 'd'))
    """
    shapes = _metric(layer)
    if not tolerance_m:
        return _from_pairs(layer, *_sharing(_segments(shapes)))
    first, second = _touching(shapes, tolerance_m)
    once = first < second
    first, second = first[once], second[once]
    reach = 2 * tolerance_m
    beside = np.maximum(
        _beside_m(shapes[first], shapes[second], reach),
        _beside_m(shapes[second], shapes[first], reach),
    )
    is_border = beside > _BORDER_REACHES * reach
    first, second = first[is_border], second[is_border]
    return _from_pairs(layer, np.append(first, second), np.append(second, first))


def nearest(layer: gpd.GeoDataFrame, k: int) -> Neighbours:
    """Return as neighbours the k areas whose centres are nearest; not always mutual.

    Parameters
    ----------
    layer
        As for :func:`queen`.
    k
        At least 1; with fewer other areas, all of them.

    Raises
    ------
    BoundaryError
        The layer has no CRS.

    Notes
    -----
    Distances between centroids. Of equally distant areas the same ones are taken in
    whatever order the rows come.
    """
    centres, known = _centres(layer)
    order = np.argsort(layer[KODE].to_numpy()[known].astype(str))
    centres, known = centres[order], known[order]
    size = min(k, len(known) - 1)
    if size < 1:
        return _from_pairs(layer, *_no_pairs())
    # One more than asked for: the area itself is among them.
    _distances, found = KDTree(centres).query(centres, k=size + 1)
    own = np.arange(len(known))[:, np.newaxis]
    # Where areas share a centre the area itself may be missing: then the last is dropped.
    is_own = found == own
    is_own[~is_own.any(axis=1), -1] = True
    others = found[~is_own]
    return _from_pairs(layer, known[np.repeat(own.ravel(), size)], known[others])


def within(layer: gpd.GeoDataFrame, distance_m: float) -> Neighbours:
    """Return as neighbours the areas whose centres are no farther apart than a distance.

    Parameters
    ----------
    layer
        As for :func:`queen`.
    distance_m
        Metres, in the layer's UTM zone.

    Raises
    ------
    BoundaryError
        The layer has no CRS.
    """
    centres, known = _centres(layer)
    if not len(known):
        return _from_pairs(layer, *_no_pairs())
    pairs = KDTree(centres).query_pairs(distance_m, output_type="ndarray")
    first, second = known[pairs[:, 0]], known[pairs[:, 1]]
    return _from_pairs(layer, np.append(first, second), np.append(second, first))


def reach_m(layer: gpd.GeoDataFrame) -> float:
    """Return the shortest distance at which :func:`within` leaves no area alone (metres).

    Raises
    ------
    BoundaryError
        The layer has no CRS.
    """
    centres, known = _centres(layer)
    if len(known) < 2:  # noqa: PLR2004 - nobody to reach
        return 0.0
    distances, _found = KDTree(centres).query(centres, k=2)
    return float(distances[:, 1].max()) * _ROUNDED_UP


# --- boundary doctor -------------------------------------------------------------------------


def lost_links(layer: gpd.GeoDataFrame, tolerance_m: float = TOLERANCE_M) -> gpd.GeoDataFrame:
    """Return the links that strict contiguity loses because polygons do not quite meet.

    Parameters
    ----------
    layer, tolerance_m
        As for :func:`queen`.

    Returns
    -------
    GeoDataFrame
        One row a link, widest gap first: ``kode`` and ``other`` (ascending), ``gap_m`` between
        them (0 where they overlap, or meet without a common corner), and the point in the middle
        of the gap in the CRS of the layer.

    Raises
    ------
    BoundaryError
        The layer has no CRS.
    """
    shapes = _metric(layer)
    lost = queen(layer, tolerance_m).weights - queen(layer, 0).weights
    lost.eliminate_zeros()
    first, second = sparse.triu(lost, k=1).nonzero()
    lines = shapely.shortest_line(shapes[first], shapes[second])
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    pairs = np.sort(layer[KODE].to_numpy()[np.stack([first, second])].astype(str), axis=0)
    columns = {KODE: pairs[0], OTHER: pairs[1], GAP_M: shapely.length(lines)}
    found = gpd.GeoDataFrame(columns, geometry=middles, crs=zone(layer))
    ordered = found.sort_values([GAP_M, KODE, OTHER], ascending=[False, True, True])
    return ordered.to_crs(_crs(layer)).reset_index(drop=True)


def alone(neighbours: Neighbours) -> tuple[str, ...]:
    """Return the areas without neighbours; no statistic of neighbourhood can be told of them."""
    lonely = np.flatnonzero(neighbours.cardinality == 0)
    return tuple(neighbours.kodes[place] for place in lonely)


# --- within ----------------------------------------------------------------------------------


def _crs(layer: gpd.GeoDataFrame) -> CRS:
    if layer.crs is None:
        message = "The layer has no CRS, so nothing can be measured. Build the boundaries again."
        raise BoundaryError(Fault(message))
    return layer.crs


def zone(layer: gpd.GeoDataFrame) -> CRS:
    """Return the CRS to measure in: the layer's own if that is in metres, else its UTM zone.

    A layer that is asked several times is best brought there first.

    Raises
    ------
    BoundaryError
        The layer has no CRS.

    Notes
    -----
    Zone = whole part of (longitude + 180) / 6, plus 1; EPSG 326xx in the north, 327xx in the
    south. Indonesia has none of the exceptions. Looking it up as geopandas does takes 55 ms, a
    seventh of all that a city page needs.
    """
    crs = _crs(layer)
    if crs.is_projected or not layer[GEOMETRY].notna().any():
        return crs
    west, south, east, north = layer.to_crs(CRS_STORED).total_bounds
    number = int(((west + east) / 2 + 180) // 6) + 1
    return CRS.from_epsg((32_700 if south + north < 0 else 32_600) + number)


def _metric(layer: gpd.GeoDataFrame) -> _Geometries:
    """Return the shapes in the layer's UTM zone."""
    return np.asarray(layer.geometry.to_crs(zone(layer)).to_numpy(), dtype=object)


def _touching(shapes: _Geometries, tolerance_m: float) -> tuple[_Index, _Index]:
    """Return the pairs, in both directions, of areas that touch."""
    if not tolerance_m:
        return _sharing(_corners(shapes))
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="dwithin", distance=2 * tolerance_m)
    apart = first != second
    return first[apart], second[apart]


def _corners(shapes: _Geometries) -> sparse.csr_array:
    """Return which area has which corner: areas x distinct points."""
    points, area = shapely.get_coordinates(shapes, return_index=True)
    _distinct, corner = np.unique(points, axis=0, return_inverse=True)
    return _incidence(area, corner, len(shapes))


def _segments(shapes: _Geometries) -> sparse.csr_array:
    """Return which area has which straight piece of border: areas x distinct pieces."""
    polygons, area = shapely.get_parts(shapes, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    _distinct, corner = np.unique(points, axis=0, return_inverse=True)
    is_piece = ring[1:] == ring[:-1]
    ends = np.sort(np.stack([corner[:-1], corner[1:]]), axis=0)[:, is_piece]
    _pieces, piece = np.unique(ends, axis=1, return_inverse=True)
    return _incidence(area[polygon[ring[1:][is_piece]]], piece, len(shapes))


def _incidence(area: _Index, part: _Index, areas: int) -> sparse.csr_array:
    parts = int(part.max()) + 1 if len(part) else 0
    ones = np.ones(len(area), dtype=np.int64)
    return sparse.csr_array((ones, (area, part)), shape=(areas, parts))


def _sharing(incidence: sparse.csr_array) -> tuple[_Index, _Index]:
    """Return the pairs, in both directions, of areas that have a part in common."""
    first, second = (incidence @ incidence.T).nonzero()
    apart = first != second
    return first[apart], second[apart]


def _beside_m(one: _Geometries, other: _Geometries, reach_m: float) -> npt.NDArray[np.float64]:
    """Return for how long the border of one area runs within reach of another."""
    near = shapely.buffer(other, reach_m)
    return np.asarray(shapely.length(shapely.intersection(shapely.boundary(one), near)))


def _centres(layer: gpd.GeoDataFrame) -> tuple["npt.NDArray[np.float64]", _Index]:
    """Return the centroids (metres) of the areas that have a shape, and their places."""
    shapes = _metric(layer)
    known = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    return shapely.get_coordinates(shapely.centroid(shapes[known])), known


def _no_pairs() -> tuple[_Index, _Index]:
    return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)


def _from_pairs(layer: gpd.GeoDataFrame, first: _Index, second: _Index) -> Neighbours:
    size = len(layer)
    weights = sparse.csr_array((np.ones(len(first)), (first, second)), shape=(size, size))
    weights.sort_indices()
    return Neighbours(tuple(layer[KODE]), weights)
