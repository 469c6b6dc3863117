"""What areas at the edge would be if their neighbours beyond it were known.

A city ends where its figures end, but its pockets need not. Areas at the edge are compared with
fewer neighbours than they have; here those missing are given the mean, a low and a high figure.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from kantong.analysis.hotspots import CLASS, Correction, Hotspots, Outside, Statistic, under
from kantong.analysis.neighbours import Neighbours, zone
from kantong.analysis.permutation import PERMUTATIONS, SEED
from kantong.geo.schema import KODE

# Outlines from two sources do not coincide; theirs lie up to this far apart (metres).
REACH_M = 50.0
_FARTHEST = 10
_LOW, _HIGH = 0.1, 0.9


@dataclass(frozen=True)
class Edge:
    """Classes of the areas at the edge under what their missing neighbours may be.

    Parameters
    ----------
    frame
        By ``kode``, areas at the edge only: ``outside`` (neighbours missing), ``class`` without
        them, ``mean``, ``low`` and ``high`` (class if each of them had the city's mean, its tenth
        and its ninetieth percentile), and ``flips``: whether it is hot, or cold, under some only.
    figures
        What was assumed, by ``mean``, ``low`` and ``high``.
    """

    frame: pd.DataFrame
    figures: dict[str, float]


def outside_neighbours(
    layer: gpd.GeoDataFrame, context: gpd.GeoDataFrame, reach_m: float = REACH_M
) -> "pd.Series[int]":
    """Return how many areas of the context border each area of the layer.

    Parameters
    ----------
    layer
        ``kode`` and polygons.
    context
        Polygons around it.
    reach_m
        How far apart (metres, in the layer's UTM zone) the two may lie and still touch.

    Returns
    -------
    Series
        By ``kode``: 0 within. At least 1 for an area on the outer line of the layer that lies
        within ten times the reach of it.
    """
    metric = zone(layer)
    areas = layer.geometry.to_crs(metric).to_numpy()
    beyond = context.geometry.to_crs(metric).to_numpy()
    rims = shapely.boundary(shapely.union_all(areas))
    on_rim = shapely.length(shapely.intersection(shapely.boundary(areas), rims)) > 0
    tree = shapely.STRtree(beyond)

    def within(reach: float) -> npt.NDArray[np.intp]:
        found, _other = tree.query(areas, predicate="dwithin", distance=reach)
        return np.bincount(found, minlength=len(areas))

    near, is_reached = within(reach_m), within(_FARTHEST * reach_m) > 0
    count = np.where(on_rim, np.maximum(near, is_reached), 0)
    return pd.Series(count, index=pd.Index(layer[KODE], name=KODE), dtype=int)


def edge(
    value: "pd.Series[float]",
    neighbours: Neighbours,
    outside: "pd.Series[int]",
    setting: tuple[Statistic, Correction] = ("gi_star", "fdr"),
    *,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Edge:
    """Try figures for the neighbours that lie beyond the layer.

    Parameters
    ----------
    value, neighbours, permutations, seed
        As for :func:`kantong.analysis.hotspots.hotspots`: with the same ones ``class`` is as there.
    outside
        By ``kode``: see :func:`outside_neighbours`.
    setting
        Statistic and correction.

    Raises
    ------
    TableError
        As for :func:`kantong.analysis.eligible.eligible`.

    Notes
    -----
    An area with k neighbours within and m beyond is compared with draws of k + m areas of the
    layer, as if it lay in its middle.
    """

    def found(beyond: Outside | None) -> Hotspots:
        answers = under(
            value, neighbours, [setting], outside=beyond, permutations=permutations, seed=seed
        )
        return answers[setting]

    known = value.dropna()
    figures = {
        "mean": float(known.mean()),
        "low": float(known.quantile(_LOW)),
        "high": float(known.quantile(_HIGH)),
    }
    answers = {name: found(Outside(outside, figure)) for name, figure in figures.items()}
    usual = found(None)
    at_edge = outside.index[(outside > 0) & usual.frame["p"].reindex(outside.index).notna()]
    frame = pd.DataFrame({"outside": outside, CLASS: usual.frame[CLASS]}).reindex(at_edge)
    for name, answer in answers.items():
        frame[name] = answer.frame[CLASS]
    every = [usual, *answers.values()]
    frame["flips"] = False
    for side in (Hotspots.is_hot, Hotspots.is_cold):
        told = pd.DataFrame([side(one).reindex(at_edge) for one in every])
        frame["flips"] |= told.any() & ~told.all()
    return Edge(frame, figures)
