"""Counts set against a denominator; what cannot be computed says why."""

import numpy as np
import pandas as pd

from kantong.geo.schema import VALUE

REASON = "reason"
COUNT_MISSING = "The count is not known."
DENOMINATOR_MISSING = "The denominator is not known."
DENOMINATOR_ZERO = "The denominator is zero."


def headcount_ratio(
    count: "pd.Series[float]", denominator: "pd.Series[float]", *, scale: float = 100.0
) -> pd.DataFrame:
    """Return the share of a population that is counted, with a reason where there is none.

    Parameters
    ----------
    count
        People (families, houses) counted; NaN where not known.
    denominator
        All people (families, houses) of the same area, on the same index.
    scale
        100 for per cent.

    Returns
    -------
    DataFrame
        On the index of ``count``: ``value`` = count / denominator x scale, NaN where either is
        missing or the denominator is zero, and ``reason``, an English message then, else empty.

    Notes
    -----
    Headcount ratio P0 = q / n (Foster, Greer and Thorbecke 1984, with alpha = 0).

    Examples
    --------
    >>> headcount_ratio(pd.Series([5.0, 1.0]), pd.Series([200.0, 0.0])).value.tolist()
    [2.5, nan]
    """
    below = denominator.reindex(count.index)
    reason = pd.Series("", index=count.index, dtype=str)
    reason[below == 0] = DENOMINATOR_ZERO
    reason[below.isna()] = DENOMINATOR_MISSING
    reason[count.isna()] = COUNT_MISSING
    value = count / below.where(below != 0) * scale
    return pd.DataFrame({VALUE: value.astype(float), REASON: reason})


def density(count: "pd.Series[float]", area_km2: "pd.Series[float]") -> pd.DataFrame:
    """Return people per km²; columns as :func:`headcount_ratio`.

    Parameters
    ----------
    count
        People; NaN where not known.
    area_km2
        Area in km², measured in the UTM zone of the layer.
    """
    return headcount_ratio(count, area_km2, scale=1.0)


def share_of_total(count: "pd.Series[float]") -> "pd.Series[float]":
    """Return each area's share of the city's total, in per cent.

    Parameters
    ----------
    count
        Counts; NaN where not known.

    Returns
    -------
    Series
        Per cent of the sum of the known counts; NaN where the count is missing or the sum zero.

    Examples
    --------
    >>> share_of_total(pd.Series([30.0, 10.0, None])).tolist()
    [75.0, 25.0, nan]
    """
    total = float(count.sum(skipna=True))
    return (count / (total or np.nan) * 100).astype(float)
