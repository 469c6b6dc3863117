"""Counts set against a denominator; what cannot be computed says why."""

import numpy as np
import pandas as pd
from scipy.special import chdtri, ndtri

from kantong.geo.schema import VALUE

REASON = "reason"
COUNT_MISSING = "The count is not known."
DENOMINATOR_MISSING = "The denominator is not known."
DENOMINATOR_ZERO = "The denominator is zero."
LOWER = "lower"
UPPER = "upper"


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


def wilson_interval(
    count: "pd.Series[float]",
    n: "pd.Series[float]",
    *,
    scale: float = 100.0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the interval in which the underlying share of each area lies.

    Parameters
    ----------
    count
        People (families, houses) counted; NaN where not known.
    n
        All people (families, houses) of the same area, on the same index.
    scale
        100 for per cent, as for :func:`headcount_ratio`.
    confidence
        Between 0 and 1; two-sided.

    Returns
    -------
    DataFrame
        On the index of ``count``: ``lower`` and ``upper``, in the unit of the rate, between 0
        and ``scale``. NaN where either part is missing, ``n`` is not positive, or ``count`` is
        not between 0 and ``n``: then it is no share of ``n``, so densities have none either.

    Notes
    -----
    Score interval (Wilson 1927), with p = count / n and z the normal quantile:
    (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n). A register counts everyone; the interval
    says how far the count of so few people could differ by chance.

    Examples
    --------
    >>> wilson_interval(pd.Series([0.0]), pd.Series([20.0])).round(2).to_numpy().tolist()
    [[0.0, 16.11]]
    """
    whole = n.reindex(count.index).astype(float)
    whole = whole.where((count >= 0) & (count <= whole))
    share, z = count / whole, ndtri((1 + confidence) / 2)
    middle = share + z**2 / (2 * whole)
    half = z * np.sqrt(share * (1 - share) / whole + z**2 / (4 * whole**2))
    stretch = scale / (1 + z**2 / whole)
    # At the ends the bounds are 0 and 1 exactly; rounding must not say otherwise.
    lower = ((middle - half) * stretch).mask(share == 0, 0.0)
    upper = ((middle + half) * stretch).mask(share == 1, scale)
    return pd.DataFrame({LOWER: lower, UPPER: upper}, dtype=float)


def poisson_interval(count: "pd.Series[float]", *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the interval in which the expected count of each area lies.

    Divide both bounds by an area in km² for the interval of a density.

    Parameters
    ----------
    count
        Counts; NaN where not known.
    confidence
        Between 0 and 1; two-sided.

    Returns
    -------
    DataFrame
        On the index of ``count``: ``lower`` and ``upper``, as counts; 0 is the lower bound of 0.
        NaN where the count is missing or negative.

    Notes
    -----
    Exact interval (Garwood 1936), with q the quantiles of chi-square and a = 1 - confidence:
    lower = q(a/2; 2 count) / 2, upper = q(1 - a/2; 2 count + 2) / 2.

    Examples
    --------
    >>> poisson_interval(pd.Series([0.0, 10.0])).round(2).to_numpy().tolist()
    [[0.0, 3.69], [4.8, 18.39]]
    """
    known = count.astype(float).where(count >= 0)
    tail = (1 - confidence) / 2
    # chdtri takes the probability above the quantile; of 0 degrees of freedom there is none.
    lower = pd.Series(chdtri(2 * known, 1 - tail) / 2, count.index).mask(known == 0, 0.0)
    upper = pd.Series(chdtri(2 * known + 2, tail) / 2, count.index)
    return pd.DataFrame({LOWER: lower, UPPER: upper}, dtype=float)
