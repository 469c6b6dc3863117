"""Where high and low figures stand together more than chance would put them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.analysis.eligible import eligible
from kantong.analysis.neighbours import Neighbours
from kantong.analysis.permutation import (
    PERMUTATIONS,
    SEED,
    Floats,
    Reference,
    conditional,
    conditional_weighted,
)
from kantong.geo.errors import Fault
from kantong.geo.schema import KODE, VALUE

Statistic = Literal["gi_star", "local_moran"]
Correction = Literal["fdr", "bonferroni", "none"]

STATISTIC, P, P_ADJUSTED, CLASS, NEIGHBOURS = "statistic", "p", "p_adjusted", "class", "neighbours"
HOT = ("hot_99", "hot_95", "hot_90")
COLD = ("cold_99", "cold_95", "cold_90")
QUADRANTS = ("high_high", "low_low", "high_low", "low_high")
NOT_SIGNIFICANT, NO_NEIGHBOURS, MISSING = "not_significant", "no_neighbours", "missing"
LEVELS = (0.01, 0.05, 0.1)
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Hotspots:
    """A statistic of every area, with how unusual it is.

    Parameters
    ----------
    frame
        By ``kode``, in the order of the neighbours: ``value``; ``statistic`` (local Moran's I or
        z of Gi*); ``neighbours`` with a value; ``p`` (two-sided pseudo-p) and ``p_adjusted``; NaN
        where not tested. ``class`` is one of ``HOT`` and ``COLD`` for Gi*, of ``QUADRANTS`` for
        local Moran, else ``not_significant``, ``no_neighbours`` or ``missing``.
    statistic, correction
        What was asked for.
    tested
        How many areas were.
    draws
        Fewest draws that an area was compared with.
    warnings
        What limits the answer.
    """

    frame: pd.DataFrame
    statistic: Statistic
    correction: Correction
    tested: int
    draws: int
    warnings: tuple[Fault, ...]

    def is_hot(self) -> "pd.Series[bool]":
        """Return which areas are hot, or high among high ones, at 95 %."""
        return self.frame[CLASS].isin([*HOT[:2], QUADRANTS[0]])

    def is_cold(self) -> "pd.Series[bool]":
        """Return which areas are cold, or low among low ones, at 95 %."""
        return self.frame[CLASS].isin([*COLD[:2], QUADRANTS[1]])


def hotspots(
    value: "pd.Series[float]",
    neighbours: Neighbours,
    *,
    statistic: Statistic = "gi_star",
    correction: Correction = "fdr",
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Hotspots:
    """Find where high or low figures stand together.

    Parameters
    ----------
    value
        Figures by ``kode``, matched to the areas by it; NaN where not known. Those areas are left
        out, as if they were not there.
    neighbours
        Of all areas. With Gi* an area counts as its own neighbour, like the most that any of them
        counts.
    statistic
        ``gi_star``: the z of Getis and Ord. ``local_moran``: Anselin's local Moran's I.
    correction
        For looking at many areas at once: ``fdr``, ``bonferroni`` or ``none``.
    permutations, seed
        See :func:`kantong.analysis.permutation.conditional`.

    Raises
    ------
    TableError
        As for :func:`kantong.analysis.eligible.eligible`.

    Notes
    -----
    Gi* (Ord and Getis 1995): z = (sum of w x - W m) / (s sqrt((n S - W²) / (n - 1))), with m and
    s the mean and standard deviation (divisor n) of all n figures, W and S the sums of the
    weights and of their squares, the area itself included. Local Moran (Anselin 1995), as GeoDa
    and esda scale it: I = (n - 1) z sum of (w z) / sum of z², with weights that sum to 1.

    p comes from conditional permutation, two-sided. Benjamini and Hochberg (1995) hold the share
    of false discoveries, also under the positive dependence of neighbours (Benjamini and
    Yekutieli 2001; Caldas de Castro and Singer 2006 for local statistics).
    """
    kodes, figures, near = eligible(value, neighbours)
    reference = _reference(figures, near, permutations, seed)
    found = _scores(figures, near, statistic)
    p_adjusted = adjust(reference.p, correction)
    classes = classify(statistic, found, figures, reference, p_adjusted)
    tested = reference.draws > 0
    columns = {
        VALUE: figures,
        STATISTIC: np.where(tested, found, np.nan),
        NEIGHBOURS: near.cardinality,
        P: reference.p,
        P_ADJUSTED: p_adjusted,
        CLASS: np.where(tested, classes, NO_NEIGHBOURS),
    }
    frame = pd.DataFrame(columns, index=kodes).reindex(list(neighbours.kodes))
    frame[CLASS] = frame[CLASS].fillna(MISSING)
    draws = int(reference.draws[tested].min())
    return Hotspots(
        frame.rename_axis(KODE), statistic, correction, int(tested.sum()), draws,
        _warnings(draws, int(tested.sum()), correction),
    )  # fmt: skip


# --- scores ----------------------------------------------------------------------------------


def getis_ord(values: Floats, neighbours: Neighbours) -> Floats:
    """Return the z of Gi*; see :func:`hotspots`. NaN where the formula has no spread to go by."""
    weights = neighbours.weights
    own = weights.max(axis=1).toarray().ravel() if weights.nnz else np.zeros(len(values))
    own = np.where(own > 0, own, 1.0)
    n, mean, spread = len(values), values.mean(), values.std()
    total = weights.sum(axis=1) + own
    squares = weights.power(2).sum(axis=1) + own**2
    room = (n * squares - total**2) / (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (weights @ values + own * values - total * mean) / (spread * np.sqrt(room))
    return np.where(room > 0, z, np.nan)


def local_moran(values: Floats, neighbours: Neighbours) -> Floats:
    """Return local Moran's I; see :func:`hotspots`."""
    weights = neighbours.weights
    z = values - values.mean()
    total = weights.sum(axis=1)
    lag = (weights @ z) / np.where(total > 0, total, 1.0)
    return np.asarray((len(values) - 1) * z * lag / (z**2).sum())


def _scores(values: Floats, neighbours: Neighbours, statistic: Statistic) -> Floats:
    score = getis_ord if statistic == "gi_star" else local_moran
    return score(values, neighbours)


def _reference(values: Floats, near: Neighbours, permutations: int, seed: int) -> Reference:
    weights = near.weights
    if (weights.data == 1).all():
        sums = weights @ values
        return conditional(values, sums, near.cardinality, permutations=permutations, seed=seed)
    return conditional_weighted(values, weights, permutations=permutations, seed=seed)


# --- many areas at once ----------------------------------------------------------------------


def adjust(p: Floats, correction: Correction) -> Floats:
    """Return p-values made fit to be looked at together.

    Parameters
    ----------
    p
        NaN where not tested; those do not count.
    correction
        ``fdr``: the smallest share of false discoveries at which an area is found. ``bonferroni``:
        p times the areas tested. ``none``: as they are.

    Notes
    -----
    Benjamini and Hochberg (1995): q of the i-th smallest of m is the least of p m / j over j >= i.

    Examples
    --------
    >>> adjust(np.array([0.01, 0.02, 0.9, np.nan]), "fdr").round(3).tolist()
    [0.03, 0.03, 0.9, nan]
    """
    tested = ~np.isnan(p)
    few, adjusted = p[tested], np.full(len(p), np.nan)
    if correction == "bonferroni":
        few = np.minimum(1.0, few * len(few))
    elif correction == "fdr" and few.size:
        order = np.argsort(few)
        steps = few[order] * len(few) / np.arange(1, len(few) + 1)
        few = np.empty_like(few)
        few[order] = np.minimum(1.0, np.minimum.accumulate(steps[::-1])[::-1])
    adjusted[tested] = few
    return adjusted


def classify(
    statistic: Statistic,
    scores: Floats,
    values: Floats,
    reference: Reference,
    p_adjusted: Floats,
) -> npt.NDArray[np.str_]:
    """Return the class of every area; see :class:`Hotspots`.

    Gi* is hot where its z is positive and what stands around lies on the upper side of the
    reference distribution; where the two disagree the area itself is the exception in its
    surroundings, and it is neither hot nor cold.
    """
    if statistic == "gi_star":
        hot, cold = reference.is_high & (scores > 0), ~reference.is_high & (scores < 0)
        conditions = [side & (p_adjusted <= level) for side in (hot, cold) for level in LEVELS]
        return np.select(conditions, [*HOT, *COLD], default=NOT_SIGNIFICANT)
    is_found, high, around = p_adjusted <= SIGNIFICANCE, values > values.mean(), reference.is_high
    sides = [high & around, ~high & ~around, high & ~around, ~high & around]
    return np.select([is_found & side for side in sides], QUADRANTS, default=NOT_SIGNIFICANT)


def _warnings(draws: int, tested: int, correction: Correction) -> tuple[Fault, ...]:
    """Say where the fewest draws let no area pass by itself."""
    floor = 2 / (draws + 1)
    if correction == "none" or floor <= SIGNIFICANCE / tested:
        return ()
    needed = int(np.ceil(2 * tested / SIGNIFICANCE))
    message = (
        "With {draws} draws no p lies below {floor}; corrected for {tested} areas an area that "
        "stands alone cannot be found. Take at least {needed} draws."
    )
    return (Fault(message, draws=draws, floor=round(floor, 6), tested=tested, needed=needed),)
