"""Regions above the kelurahan: which area lies where, their outlines, and the way down to them.

Kemendagri codes nest: ``35.73.01.1001`` lies in the kecamatan ``35.73.01`` and in the
kabupaten/kota ``35.73``.
"""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kantong.geo import coverage, sources
from kantong.geo.errors import BoundaryError, CodeError, Fault, quote
from kantong.geo.schema import (
    AREA_KM2,
    DAPIL,
    GEOMETRY,
    KABUPATEN,
    KECAMATAN,
    KELURAHAN,
    KODE,
    KODE_BPS,
    LAYER_COLUMNS,
)

Level = Literal["kabupaten", "kecamatan", "kelurahan"]
LEVELS: tuple[Level, ...] = ("kabupaten", "kecamatan", "kelurahan")
# Characters of the code of a region, its dots included.
_LENGTHS: dict[str, int] = {KABUPATEN: 5, KECAMATAN: 8, KELURAHAN: 13}
# Metres that cannot be told apart where a whole province, or a kabupaten, fills a screen.
OVERVIEW_TOLERANCE_M: dict[str, float] = {KABUPATEN: 250.0, KECAMATAN: 60.0}
MOST_AREAS_AT_ONCE = 600


@dataclass(frozen=True)
class Step:
    """One map on the way from a province down to its kelurahan.

    Parameters
    ----------
    level
        What is drawn: regions of this level, made with :func:`dissolve`, or the areas themselves
        where it is ``kelurahan``.
    areas
        The base areas (kelurahan) of the region, ``LAYER_COLUMNS``, index from 0.
    trail
        Code and name of each region on the way, the widest first; empty at the start.
    """

    level: Level
    areas: gpd.GeoDataFrame
    trail: tuple[tuple[str, str], ...]


def region_of(layer: pd.DataFrame, by: str) -> "pd.Series[str]":
    """Return the region in which each area lies.

    Parameters
    ----------
    layer
        Column ``kode`` and, for ``dapil``, that column.
    by
        One of ``LEVELS``, or ``dapil``. Dapil are told apart by their text, which differs between
        kabupaten in a layer loaded by :mod:`kantong.geo.boundaries`.

    Returns
    -------
    Series
        Indexed by ``kode``, named ``by``: code of the region, or the dapil; empty text where the
        dapil is not known.

    Examples
    --------
    >>> region_of(pd.DataFrame({"kode": ["35.73.01.1001"]}), "kecamatan").tolist()
    ['35.73.01']
    """
    texts = layer[DAPIL] if by == DAPIL else layer[KODE].str[: _LENGTHS[by]]
    return pd.Series(texts.to_numpy(), index=pd.Index(layer[KODE]), name=by, dtype=str)


def dissolve(layer: gpd.GeoDataFrame, by: str, *, tolerance_m: float = 0.0) -> gpd.GeoDataFrame:
    """Join areas into the regions in which they lie.

    Parameters
    ----------
    layer
        ``LAYER_COLUMNS``, a valid coverage in EPSG:4326, as built and loaded by
        :mod:`kantong.geo.boundaries`.
    by
        ``kabupaten``, ``kecamatan`` or ``dapil``, as for :func:`region_of`. Areas whose dapil is
        not known are in no region.
    tolerance_m
        Tolerance of the simplification, in metres: ``OVERVIEW_TOLERANCE_M`` for a map of regions;
        0 keeps every vertex, so that outlines lie on the lines of the areas.

    Returns
    -------
    GeoDataFrame
        ``LAYER_COLUMNS``, sorted by ``kode``, index from 0, EPSG:4326 at six decimals; neighbours
        share one line. ``kode`` is the region's code and ``kelurahan`` its name (its code where
        the name is not known). ``kecamatan``, ``kabupaten`` and ``dapil`` are what all its areas
        share, else empty; ``kode_bps`` is empty. ``area_km2`` is the sum of the areas.

    Raises
    ------
    BoundaryError
        The areas are no coverage and could not be made into one.
    """
    placed = layer.assign(region=region_of(layer, by).to_numpy())
    groups = placed[placed["region"] != ""].groupby("region", sort=True)
    table = groups[[KECAMATAN, KABUPATEN, DAPIL]].agg(_common)
    table[KELURAHAN] = groups[by].agg(_first_known)
    table[KELURAHAN] = table[KELURAHAN].where(table[KELURAHAN] != "", table.index)
    table[AREA_KM2] = groups[AREA_KM2].sum().round(6)
    table[KODE], table[KODE_BPS] = table.index, ""
    joined = [shapely.coverage_union_all(shapes.to_numpy()) for _, shapes in groups[GEOMETRY]]
    outlines = gpd.GeoSeries(np.array(joined, dtype=object), crs=layer.crs)
    shapes = _simplified(outlines, tolerance_m) if joined else outlines
    table = table.reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry=shapes)[list(LAYER_COLUMNS)]


def _simplified(outlines: gpd.GeoSeries, tolerance_m: float) -> gpd.GeoSeries:
    metric = outlines.to_crs(sources.utm_of(gpd.GeoDataFrame(geometry=outlines)))
    try:
        return coverage.to_stored(coverage.simplify(metric, tolerance_m), "")
    except BoundaryError as error:
        message = (
            "The outlines of the regions have slivers that cannot be drawn. Look for slivers in "
            "the boundaries, and build the layer again."
        )
        raise BoundaryError(Fault(message)) from error


def _common(texts: "pd.Series[str]") -> str:
    return str(texts.iloc[0]) if (texts == texts.iloc[0]).all() else ""


def _first_known(texts: "pd.Series[str]") -> str:
    return str(next((text for text in texts if text), ""))


def step(layer: gpd.GeoDataFrame, region: str = "") -> Step:
    """Return what to draw for a region: the level below it, and the areas in it.

    A layer of at most ``MOST_AREAS_AT_ONCE`` areas is drawn whole, whatever the region. A larger
    one leads from its kabupaten/kota, where it has several, to their kecamatan and on to the
    kelurahan of one kecamatan.

    Parameters
    ----------
    layer
        ``LAYER_COLUMNS``.
    region
        Code of a kabupaten/kota (``35.73``) or kecamatan (``35.73.01``) of the layer; empty for
        everything.

    Raises
    ------
    CodeError
        No such region lies in the layer, be the text a code or not.
    """
    kabupaten, kecamatan = region_of(layer, KABUPATEN), region_of(layer, KECAMATAN)
    inside = ((kabupaten == region) | (kecamatan == region) | (region == "")).to_numpy()
    if not inside.any():
        message = (
            "{region} is no kabupaten, kota or kecamatan of this layer. "
            "Start again from the whole map."
        )
        raise CodeError(Fault(message, region=quote(region)))
    if len(layer) <= MOST_AREAS_AT_ONCE:
        return Step("kelurahan", layer.reset_index(drop=True), ())
    areas = layer[inside].reset_index(drop=True)
    if len(region) == _LENGTHS[KECAMATAN]:
        level: Level = "kelurahan"
    else:
        level = "kabupaten" if len(set(kabupaten[inside])) > 1 else "kecamatan"
    return Step(level, areas, _trail(areas, region))


def _trail(areas: pd.DataFrame, region: str) -> tuple[tuple[str, str], ...]:
    levels = [level for level in (KABUPATEN, KECAMATAN) if len(region) >= _LENGTHS[level]]
    steps = [(region[: _LENGTHS[level]], _first_known(areas[level])) for level in levels]
    return tuple((code, name or code) for code, name in steps)
