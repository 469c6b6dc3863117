"""Which areas lie next to each other."""

import geopandas as gpd
import numpy as np
import shapely

from kantong.geo.schema import KODE


def contiguous(layer: gpd.GeoDataFrame) -> dict[str, tuple[str, ...]]:
    """Return the neighbours of every area: those that share a border or only a corner with it.

    Parameters
    ----------
    layer
        The canonical layer: a valid coverage with ``kode``, each once. Only what touches counts,
        so any one CRS will do.

    Returns
    -------
    dict
        By ``kode``, in the order of the layer: the ``kode`` of the neighbours in ascending
        order; an empty tuple for an area without any (an island, or one without a geometry).

    Notes
    -----
    Queen contiguity (Cliff and Ord 1973). In a valid coverage two areas that meet share vertices
    exactly, so no tolerance is needed.

    Examples
    --------
    >>> row = [shapely.box(x, 0, x + 1, 1) for x in (0, 1, 5)]
    >>> contiguous(gpd.GeoDataFrame({"kode": ["a", "b", "c"]}, geometry=row, crs=4326))
    {'a': ('b',), 'b': ('a',), 'c': ()}
    """
    by_kode = layer.sort_values(KODE)
    areas, codes = by_kode.geometry.to_numpy(), by_kode[KODE].to_numpy()
    area, other = shapely.STRtree(areas).query(areas, predicate="intersects")
    apart = area != other
    area, other = area[apart], other[apart]
    order = np.lexsort((other, area))
    near = codes[other[order]]
    edges = np.searchsorted(area[order], np.arange(len(codes) + 1))
    found = {
        kode: tuple(near[start:end])
        for kode, start, end in zip(codes, edges[:-1], edges[1:], strict=True)
    }
    return {kode: found[kode] for kode in layer[KODE]}
