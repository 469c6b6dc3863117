"""Points placed in kelurahan, batch by batch, so that memory does not grow with their number.

The layer is laid on a grid whose cells know the areas that may reach into them; only those are
tested. Making a geometry of each point, as an R-tree needs it, would take most of the time
(``benchmarks/bench_points.py``).
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from kantong.geo.errors import BoundaryError, Fault
from kantong.geo.schema import CRS_STORED, KODE

OUTSIDE = -1
BATCH = 200_000
# Cells of the grid for each area: more cost memory, fewer leave more areas to be tested.
_CELLS_PER_AREA = 100

_Numbers = npt.NDArray[np.float64]
_Rows = npt.NDArray[np.int64]


class Places:
    """A layer in which points are looked up.

    Parameters
    ----------
    layer
        ``kode`` and polygons in EPSG:4326, at least one.

    Raises
    ------
    BoundaryError
        The layer has another coordinate system, or none.
    """

    def __init__(self, layer: gpd.GeoDataFrame) -> None:
        if layer.crs is None or layer.crs != CRS_STORED:
            message = "Points are placed in boundaries in {crs} only. Build the layer again."
            raise BoundaryError(Fault(message, crs=CRS_STORED))
        ordered = layer.sort_values(KODE)
        self.kode: npt.NDArray[np.object_] = ordered[KODE].to_numpy(dtype=object)
        self._shapes = ordered.geometry.to_numpy()
        shapely.prepare(self._shapes)
        self._side = max(1, int((_CELLS_PER_AREA * len(self.kode)) ** 0.5))
        west, south, east, north = (float(edge) for edge in ordered.total_bounds)
        self._origin = np.array([west, south])
        self._size = np.maximum([east - west, north - south], 1e-12) / self._side
        self._lay_out(ordered.bounds.to_numpy())

    def _lay_out(self, bounds: _Numbers) -> None:
        """Note for each cell of the grid the areas whose bounds reach into it, lowest first."""
        left, low = self._cells(bounds[:, 0], bounds[:, 1])
        right, high = self._cells(bounds[:, 2], bounds[:, 3])
        wide, tall = right - left + 1, high - low + 1
        area = np.repeat(np.arange(len(bounds)), wide * tall)
        place = np.arange(len(area)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
        across, up = left[area] + place % wide[area], low[area] + place // wide[area]
        cell = up * self._side + across
        order = np.argsort(cell, kind="stable")
        self._areas = area[order]
        self._starts = np.searchsorted(cell[order], np.arange(self._side**2 + 1))

    def _cells(self, longitude: _Numbers, latitude: _Numbers) -> tuple[_Rows, _Rows]:
        """Return the column and row of the grid in which coordinates lie, at its edge at most."""
        both = (np.column_stack([longitude, latitude]) - self._origin) / self._size
        inside = np.clip(both, 0, self._side - 1).astype(np.int64)
        return inside[:, 0], inside[:, 1]

    def rows(self, longitude: _Numbers, latitude: _Numbers) -> _Rows:
        """Return the place of each point in ``kode``; ``OUTSIDE`` where it lies in none.

        Parameters
        ----------
        longitude, latitude
            Degrees, of the same length; NaN and infinite ones lie nowhere.

        Notes
        -----
        A point on a shared border belongs to the lowest ``kode`` of those that touch it.
        """
        found = np.full(len(longitude), OUTSIDE, dtype=np.int64)
        for start in range(0, len(longitude), BATCH):
            part = slice(start, start + BATCH)
            found[part] = self._batch(longitude[part], latitude[part])
        return found

    def _batch(self, longitude: _Numbers, latitude: _Numbers) -> _Rows:
        nowhere = len(self.kode)
        placed = np.full(len(longitude), nowhere, dtype=np.int64)
        real = np.flatnonzero(np.isfinite(longitude) & np.isfinite(latitude))
        across, up = self._cells(longitude[real], latitude[real])
        cell = up * self._side + across
        some = self._starts[cell + 1] - self._starts[cell]
        point = np.repeat(real, some)
        nth = np.arange(len(point)) - np.repeat(np.cumsum(some) - some, some)
        area = self._areas[np.repeat(self._starts[cell], some) + nth]
        order = np.argsort(area, kind="stable")  # a prepared area is used while it is at hand
        point, area = point[order], area[order]
        hit = shapely.intersects_xy(self._shapes[area], longitude[point], latitude[point])
        np.minimum.at(placed, point[hit], area[hit])
        placed[placed == nowhere] = OUTSIDE
        return placed

    def kodes(self, longitude: _Numbers, latitude: _Numbers) -> npt.NDArray[np.object_]:
        """Return the ``kode`` of each point; empty where it lies in none."""
        named = np.append(self.kode, "")  # the last is found at OUTSIDE
        return named[self.rows(longitude, latitude)]
