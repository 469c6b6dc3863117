"""Layers of the literature and their neighbours, for tests of spatial statistics."""

from functools import cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from libpysal import examples, weights
from libpysal import io as pysal_io
from scipy import sparse

from kantong.analysis.neighbours import Neighbours


def neighbours_of(w: weights.W) -> Neighbours:
    """Return weights of libpysal as ours, every neighbour counting 1."""
    matrix = sparse.csr_array(w.sparse, dtype=np.float64)
    matrix.data[:] = 1.0
    matrix.sort_indices()
    return Neighbours(tuple(str(area) for area in w.id_order), matrix)


def weights_of(neighbours: Neighbours) -> weights.W:
    """Return ours as weights of libpysal."""
    near = {kode: list(neighbours.of(kode)) for kode in neighbours.kodes}
    return weights.W(near, id_order=list(neighbours.kodes), silence_warnings=True)


@cache
def published(layer: str) -> tuple[gpd.GeoDataFrame, weights.W]:
    """Return ``columbus`` or ``sids2`` and the contiguity that comes with it."""
    frame = gpd.read_file(examples.get_path(f"{layer}.shp"))
    file = pysal_io.open(examples.get_path(f"{layer}.gal"))
    try:
        return frame, file.read()
    finally:
        file.close()


def figures(values: npt.ArrayLike, neighbours: Neighbours) -> "pd.Series[float]":
    """Return figures by the areas of their neighbours."""
    return pd.Series(np.asarray(values, dtype=float), index=list(neighbours.kodes))
