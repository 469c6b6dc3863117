"""Rates made steady: what a share of few residents is worth.

A rate of a small population swings by chance. It can be drawn towards the rate of all (empirical
Bayes), set against what chance allows at its population, or marked as too uncertain.
"""

import numpy as np
import pandas as pd
from scipy import sparse

from kantong.analysis.eligible import refuse_impossible
from kantong.analysis.neighbours import Neighbours

# Per cent, as for surveys of Statistics Indonesia (BPS); see too_uncertain.
UNCERTAIN = 25.0
_PER_CENT = 100.0


def empirical_bayes(
    count: "pd.Series[float]", population: "pd.Series[float]", *, scale: float = _PER_CENT
) -> "pd.Series[float]":
    """Return rates drawn towards the rate of all, the more so the fewer people they are of.

    Parameters
    ----------
    count
        People counted, by ``kode``; NaN where not known.
    population
        All people of the same areas.
    scale
        100 for per cent.

    Returns
    -------
    Series
        On the index of ``count``; NaN where either is missing or nobody lives.

    Raises
    ------
    TableError
        Counts are impossible: see :func:`kantong.analysis.eligible.refuse_impossible`.

    Notes
    -----
    Global estimator of Marshall (1991) by moments: with x_i of n_i, m = sum x / sum n,
    s² = sum n_i (p_i - m)² / sum n and A = s² - m / mean n (0 where that is negative: then the
    areas differ no more than by chance and all have the rate m), the rate is
    m + (p_i - m) A / (A + m / n_i).

    Examples
    --------
    >>> few = empirical_bayes(pd.Series([0.0, 300.0, 100.0]), pd.Series([10.0, 1000.0, 1000.0]))
    >>> few.round(1).tolist()  # 0, 30 and 10 per cent; of ten people that says little
    [13.3, 29.8, 10.2]
    """
    x, n = _parts(count, population)
    mean, between = _moments(x, n)
    return (_drawn(x, n, mean, between) * scale).reindex(count.index)


def spatial_empirical_bayes(
    count: "pd.Series[float]",
    population: "pd.Series[float]",
    neighbours: Neighbours,
    *,
    scale: float = _PER_CENT,
) -> "pd.Series[float]":
    """Return rates drawn towards the rate of the area and its neighbours.

    To be shown, never to be tested for hotspots: smoothing makes neighbours alike.

    Parameters
    ----------
    count, population, scale
        As for :func:`empirical_bayes`.
    neighbours
        Of all areas; those without a figure are left out.

    Returns
    -------
    Series
        On the index of ``count``; NaN as for :func:`empirical_bayes`. An area without neighbours
        keeps its own rate.

    Raises
    ------
    TableError
        Counts are impossible.

    Notes
    -----
    Local estimator of Marshall (1991): mean and variance as in :func:`empirical_bayes`, but of
    the area and its neighbours.
    """
    x, n = _parts(count, population)
    kodes = [kode for kode in neighbours.kodes if kode in x.index]
    x, n = x[kodes], n[kodes]
    links = neighbours.take(kodes).weights.astype(bool).astype(float)
    around = sparse.csr_array(links + sparse.eye_array(len(kodes)))
    people = around @ n.to_numpy()
    mean = pd.Series(around @ x.to_numpy() / people, index=kodes)
    # Sum of n_j (p_j - m_i)², taken apart so that it needs no pairs.
    share = x / n
    spread = (
        around @ (n * share**2).to_numpy() - 2 * mean * (around @ x.to_numpy()) + mean**2 * people
    )
    between = (spread / people - mean * around.sum(axis=1) / people).clip(lower=0)
    return (_drawn(x, n, mean, between) * scale).reindex(count.index)


def standardised_rate(
    count: "pd.Series[float]", population: "pd.Series[float]"
) -> "pd.Series[float]":
    """Return by how many standard deviations a rate differs from that of all.

    The deviation is the one that a rate of so many people has, so that areas of few and of many
    can be compared in Moran's I.

    Parameters
    ----------
    count, population
        As for :func:`empirical_bayes`.

    Returns
    -------
    Series
        On the index of ``count``; NaN as there.

    Raises
    ------
    TableError
        Counts are impossible.

    Notes
    -----
    Empirical-Bayes index of Assunção and Reis (1999): z_i = (p_i - m) / sqrt(v_i) with
    v_i = A + m / n_i, A as in :func:`empirical_bayes` but not cut at 0; m / n_i where v_i would
    not be positive. 0 where p_i is m, also where nobody is counted anywhere.
    """
    x, n = _parts(count, population)
    mean, between = _moments(x, n, cut=False)
    chance = mean / n
    variance = (between + chance).where(between + chance > 0, chance)
    deviation = x / n - mean
    return (deviation / np.sqrt(variance)).mask(deviation == 0, 0.0).reindex(count.index)


def coefficient_of_variation(
    count: "pd.Series[float]", population: "pd.Series[float]"
) -> "pd.Series[float]":
    """Return how uncertain a rate is, in per cent of itself.

    Parameters
    ----------
    count, population
        As for :func:`empirical_bayes`.

    Returns
    -------
    Series
        On the index of ``count``, per cent; infinite where nobody was counted, which is the most
        uncertain of all. NaN where either is missing, nobody lives, or the count is not between
        0 and the population: then it is no share.

    Notes
    -----
    Relative standard error of a share: 100 sqrt((1 - p) / x), with p = x / n.

    Examples
    --------
    >>> coefficient_of_variation(pd.Series([4.0, 0.0]), pd.Series([100.0, 100.0])).round(1).tolist()
    [49.0, inf]
    """
    n = population.reindex(count.index).astype(float)
    x = count.astype(float).where((count >= 0) & (count <= n) & (n > 0))
    with np.errstate(divide="ignore"):
        return pd.Series(_PER_CENT * np.sqrt((1 - x / n) / x), count.index)


def too_uncertain(variation: "pd.Series[float]", threshold: float = UNCERTAIN) -> "pd.Series[bool]":
    """Return which rates are too uncertain to be shown without a mark.

    Parameters
    ----------
    variation
        Per cent, as :func:`coefficient_of_variation` returns it; where it is missing there is
        nothing to mark.
    threshold
        Per cent; the usual 25 is still certain.

    Notes
    -----
    Criteria in use for surveys of Statistics Indonesia (Soedarti and others 2007, as quoted for
    Susenas 2015 of Murung Raya): up to 25 accurate, up to 50 to be used with care, else inaccurate.
    """
    return variation > threshold


def _parts(
    count: "pd.Series[float]", population: "pd.Series[float]"
) -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Return count and population of the areas where both are known and somebody lives."""
    refuse_impossible(count, population)
    n = population.reindex(count.index).astype(float)
    known = count.notna() & (n > 0)
    return count[known].astype(float), n[known]


def _moments(
    x: "pd.Series[float]", n: "pd.Series[float]", *, cut: bool = True
) -> tuple[float, float]:
    """Return the rate of all and the variance between areas beyond chance; NaN without areas."""
    people = float(n.sum()) or np.nan
    mean = float(x.sum()) / people
    spread = float((n * (x / n - mean) ** 2).sum()) / people
    between = spread - mean / float(n.mean())
    return mean, max(between, 0.0) if cut else between


def _drawn(
    x: "pd.Series[float]",
    n: "pd.Series[float]",
    mean: "pd.Series[float] | float",
    between: "pd.Series[float] | float",
) -> "pd.Series[float]":
    """Return rates drawn towards a mean, by what they vary beyond chance."""
    chance = mean / n
    weight = (between / (between + chance)).fillna(0.0)
    return mean + (x / n - mean) * weight
