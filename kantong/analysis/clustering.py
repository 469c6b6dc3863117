"""Whether figures are clustered at all: one statistic of the whole layer."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import ndtr

from kantong.analysis.eligible import eligible
from kantong.analysis.neighbours import Neighbours
from kantong.analysis.permutation import SEED, Floats

# Sums of the same figures in another order differ by rounding.
_ROUNDING = 1e-9
# Figures dealt out at once.
_CELLS = 2_000_000


@dataclass(frozen=True)
class Overall:
    """One statistic of the whole layer.

    Parameters
    ----------
    value, expected, variance
        The statistic; its mean and variance if the figures were dealt out at random.
    z, p
        Standard deviations from the mean, and two-sided p by the normal distribution.
    p_permuted
        Two-sided pseudo-p by permutation; NaN without.
    areas
        How many had a figure.
    """

    value: float
    expected: float
    variance: float
    z: float
    p: float
    p_permuted: float
    areas: int


def moran(
    value: "pd.Series[float]",
    neighbours: Neighbours,
    *,
    permutations: int = 0,
    seed: int = SEED,
) -> Overall:
    """Return global Moran's I: whether like stands by like.

    Parameters
    ----------
    value, neighbours
        As for :func:`kantong.analysis.hotspots.hotspots`; weights are made to sum to 1 by area.
    permutations
        Times all figures are dealt out anew; 0 for none.
    seed
        Of the permutations.

    Raises
    ------
    TableError
        As for :func:`kantong.analysis.eligible.eligible`.

    Notes
    -----
    Moran (1950): I = n / S0 x sum of w z z' / sum of z²; mean -1 / (n - 1) and variance under
    randomisation after Cliff and Ord (1981).
    """
    _kodes, figures, near = eligible(value, neighbours)
    n, z = len(figures), figures - figures.mean()
    weights = _row_standardised(near)
    s0, s1, s2 = _moments(weights)
    expected = -1 / (n - 1)
    b2 = n * (z**4).sum() / (z**2).sum() ** 2
    first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    second = b2 * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    variance = (first - second) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2

    def statistic(dealt: Floats) -> Floats:
        return np.asarray(n / s0 * (dealt * (weights @ dealt)).sum(axis=0) / (z**2).sum())

    return _overall(statistic, z, expected, variance, permutations, seed)


def geary(
    value: "pd.Series[float]",
    neighbours: Neighbours,
    *,
    permutations: int = 0,
    seed: int = SEED,
) -> Overall:
    """Return Geary's C: below 1 where neighbours differ less than areas do in general.

    Parameters
    ----------
    value, neighbours, permutations, seed
        As for :func:`moran`.

    Raises
    ------
    TableError
        As for :func:`kantong.analysis.eligible.eligible`.

    Notes
    -----
    Geary (1954): C = (n - 1) / (2 S0) x sum of w (x - x')² / sum of z²; mean 1 and variance under
    randomisation after Cliff and Ord (1981).
    """
    _kodes, figures, near = eligible(value, neighbours)
    n, z = len(figures), figures - figures.mean()
    weights = _row_standardised(near)
    s0, s1, s2 = _moments(weights)
    b2 = n * (z**4).sum() / (z**2).sum() ** 2
    variance = (
        (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * b2)
        - (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * b2) / 4
        + s0**2 * (n**2 - 3 - (n - 1) ** 2 * b2)
    ) / (n * (n - 2) * (n - 3) * s0**2)
    both = weights.sum(axis=0) + weights.sum(axis=1)

    def statistic(dealt: Floats) -> Floats:
        # The sum of w (x - x')² taken apart: squares by both sides of the links, less the product.
        apart = both @ dealt**2 - 2 * (dealt * (weights @ dealt)).sum(axis=0)
        return np.asarray((n - 1) / (2 * s0) * apart / (z**2).sum())

    return _overall(statistic, z, 1.0, variance, permutations, seed)


def moran_scatter(value: "pd.Series[float]", neighbours: Neighbours) -> pd.DataFrame:
    """Return each area's figure beside the mean of its neighbours'.

    Parameters
    ----------
    value, neighbours
        As for :func:`moran`.

    Returns
    -------
    DataFrame
        By ``kode``, areas with a figure only, in standard deviations from the mean: ``own`` and
        ``around``, the weighted mean of the neighbours, NaN where there are none. Where every
        area has neighbours, the line through the points that fits best rises by Moran's I.

    Raises
    ------
    TableError
        As for :func:`kantong.analysis.eligible.eligible`.

    Notes
    -----
    Anselin (1996), The Moran scatterplot as an ESDA tool.
    """
    kodes, figures, near = eligible(value, neighbours)
    own = (figures - figures.mean()) / figures.std()
    weights = _row_standardised(near)
    around = np.where(near.cardinality > 0, weights @ own, np.nan)
    return pd.DataFrame({"own": own, "around": around}, index=pd.Index(kodes, name="kode"))


def _row_standardised(neighbours: Neighbours) -> sparse.csr_array:
    total = neighbours.weights.sum(axis=1)
    return sparse.csr_array(
        sparse.diags_array(1 / np.where(total > 0, total, 1.0)) @ neighbours.weights
    )


def _moments(weights: sparse.csr_array) -> tuple[float, float, float]:
    """Return S0, S1 and S2 of the weights (Cliff and Ord 1981)."""
    both = weights + weights.T
    s1 = float((both.power(2)).sum()) / 2
    s2 = float(((weights.sum(axis=0) + weights.sum(axis=1)) ** 2).sum())
    return float(weights.sum()), s1, s2


def _overall(
    statistic: Callable[[Floats], Floats],
    z: Floats,
    expected: float,
    variance: float,
    permutations: int,
    seed: int,
) -> Overall:
    found = float(statistic(z))
    score = (found - expected) / np.sqrt(variance)
    p_permuted = np.nan
    if permutations:
        dealt = _dealt(statistic, z, permutations, seed)
        slack = _ROUNDING * max(abs(found), 1.0)
        rarer = min((dealt >= found - slack).sum(), (dealt <= found + slack).sum())
        p_permuted = min(1.0, 2 * (rarer + 1) / (permutations + 1))
    p = float(2 * ndtr(-abs(score)))
    return Overall(found, expected, float(variance), float(score), p, float(p_permuted), len(z))


def _dealt(
    statistic: Callable[[Floats], Floats], z: Floats, permutations: int, seed: int
) -> Floats:
    """Return the statistic of figures dealt out anew over all areas, many times."""
    generator = np.random.default_rng(seed)
    at_once = max(1, _CELLS // len(z))
    parts = [
        statistic(generator.permuted(np.tile(z, (min(at_once, permutations - start), 1)), axis=1).T)
        for start in range(0, permutations, at_once)
    ]
    return np.concatenate(parts)
