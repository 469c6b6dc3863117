"""Ranking of areas; equal values share a rank and say so."""

import pandas as pd

from kantong.analysis.measures import Measure
from kantong.analysis.rates import REASON, density, share_of_total
from kantong.geo.schema import AREA_KM2, DAPIL, KECAMATAN, KELURAHAN, KODE

RANK = "rank"
TIED = "tied"


def rank(value: "pd.Series[float]", *, higher_is_worse: bool = True) -> pd.DataFrame:
    """Rank areas by a figure.

    Parameters
    ----------
    value
        What is ranked by; NaN where not known.
    higher_is_worse
        True where the largest value ranks first.

    Returns
    -------
    DataFrame
        On the index of ``value``: ``rank`` (Int64; equal values share the best rank and the
        next are skipped: 1, 1, 3; NA where the value is missing) and ``tied`` (bool).

    Examples
    --------
    >>> rank(pd.Series([7.0, 9.0, 9.0, None]))["rank"].tolist()
    [3, 1, 1, <NA>]
    """
    ranks = value.rank(method="min", ascending=not higher_is_worse).astype("Int64")
    tied = ranks.notna() & ranks.duplicated(keep=False)
    return pd.DataFrame({RANK: ranks, TIED: tied.astype(bool)})


def ranking(layer: pd.DataFrame, measure: Measure, rate: Measure | None) -> pd.DataFrame:
    """Return the areas by a measure, largest first, with number, share, rate and density.

    Parameters
    ----------
    layer
        Columns ``kode``, ``kelurahan``, ``kecamatan``, ``dapil``, ``area_km2``.
    measure
        What is ranked by: a count or a rate.
    rate
        The rate shown beside a count; None where there is none.

    Returns
    -------
    DataFrame
        Indexed by ``kode``: ``rank``, ``tied``, ``kelurahan``, ``kecamatan``, ``dapil``,
        ``value``, ``reason``, ``count``, ``share_percent``, ``rate_percent``, ``per_km2``. Areas
        without a value come last. NaN where not known.
    """
    places = layer.set_index(KODE)
    share = measure if rate is None else rate
    table = places[[KELURAHAN, KECAMATAN, DAPIL]].join(rank(measure.value))
    table["value"], table[REASON] = measure.value, measure.reason
    table["count"] = measure.numerator
    table["share_percent"] = share_of_total(measure.numerator)
    table["rate_percent"] = share.value if share.denominator_period else float("nan")
    table["per_km2"] = density(measure.numerator, places[AREA_KM2])["value"]
    order = table.reset_index().sort_values([RANK, KODE], na_position="last")
    return order.set_index(KODE)
