"""Where high and low figures stand together more than chance would put them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.analysis.eligible import eligible
from kantong.analysis.neighbours import Neighbours
from kantong.analysis.permutation import (
    PERMUTATIONS,
    SEED,
    Floats,
    Integers,
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
        z of Gi*); ``neighbours`` with a value (0 where the area has none itself); ``p``
        (two-sided pseudo-p) and ``p_adjusted``; NaN where not tested. ``class`` is one of ``HOT``
        and ``COLD`` for Gi*, of ``QUADRANTS`` for local Moran, else ``not_significant``,
        ``no_neighbours`` or ``missing``.
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


@dataclass(frozen=True, eq=False)
class Outside:
    """Neighbours beyond the layer, whose figures nobody knows.

    Parameters
    ----------
    count
        By ``kode``: how many an area has; areas that are not named have none.
    figure
        What is taken for the figure of each.
    """

    count: "pd.Series[int]"
    figure: float


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
    found = under(
        value, neighbours, [(statistic, correction)], permutations=permutations, seed=seed
    )
    return found[statistic, correction]


def under(
    value: "pd.Series[float]",
    neighbours: Neighbours,
    settings: Iterable[tuple[Statistic, Correction]],
    *,
    outside: Outside | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> dict[tuple[Statistic, Correction], Hotspots]:
    """Find hotspots under several statistics and corrections, from the same draws.

    Parameters
    ----------
    value, neighbours, permutations, seed
        As for :func:`hotspots`.
    settings
        Statistic and correction of each answer.
    outside
        Neighbours beyond the layer, with a figure taken for granted; only where every neighbour
        counts 1.

    Raises
    ------
    TableError
        As for :func:`kantong.analysis.eligible.eligible`.
    """
    kodes, figures, near = eligible(value, neighbours)
    around = _around(figures, near, outside, kodes)
    if around.is_plain:
        reference = conditional(
            figures, around.sums, around.cardinality, permutations=permutations, seed=seed
        )
    else:
        reference = conditional_weighted(
            figures, near.weights, permutations=permutations, seed=seed
        )
    tested = _Tested(kodes, figures, around, reference)
    return {each: _told(tested, neighbours.kodes, *each) for each in settings}


def _told(
    tested: "_Tested", kodes: tuple[str, ...], statistic: Statistic, correction: Correction
) -> Hotspots:
    """Return what one statistic and correction make of the draws, for all areas."""
    reference = tested.reference
    is_tested = reference.draws > 0
    score = getis_ord if statistic == "gi_star" else local_moran
    scores = score(tested.figures, tested.around)
    p_adjusted = adjust(reference.p, correction)
    classes = classify(statistic, scores, tested.figures, reference, p_adjusted)
    rows = pd.Index(kodes, name=KODE)
    places = rows.get_indexer(tested.kodes)

    def all_areas(part: npt.NDArray[Any], rest: object) -> npt.NDArray[Any]:
        whole = np.full(len(rows), rest, dtype=object if isinstance(rest, str) else part.dtype)
        whole[places] = part
        return whole

    frame = pd.DataFrame(
        {
            VALUE: all_areas(tested.figures, np.nan),
            STATISTIC: all_areas(np.where(is_tested, scores, np.nan), np.nan),
            NEIGHBOURS: all_areas(tested.around.cardinality, 0),
            P: all_areas(reference.p, np.nan),
            P_ADJUSTED: all_areas(p_adjusted, np.nan),
            CLASS: all_areas(np.where(is_tested, classes, NO_NEIGHBOURS), MISSING),
        },
        index=rows,
    )
    areas, draws = int(is_tested.sum()), int(reference.draws[is_tested].min())
    warnings = _warnings(draws, areas, correction)
    return Hotspots(frame, statistic, correction, areas, draws, warnings)


# --- scores ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Around:
    """What stands around each area.

    Parameters
    ----------
    sums
        Weights times figures, summed over the neighbours.
    total, squares
        Sums of the weights and of their squares.
    own
        What the area counts where it is its own neighbour: as much as the most of the others.
    cardinality
        How many neighbours.
    is_plain
        Whether every neighbour counts 1.
    """

    sums: Floats
    total: Floats
    squares: Floats
    own: Floats
    cardinality: Integers
    is_plain: bool


@dataclass(frozen=True, eq=False)
class _Tested:
    kodes: "pd.Index[str]"
    figures: Floats
    around: Around
    reference: Reference


def around(values: Floats, neighbours: Neighbours) -> Around:
    """Return what stands around each area.

    Parameters
    ----------
    values
        In the order of the neighbours, none missing.
    neighbours
        Of these areas.
    """
    weights = neighbours.weights
    most = weights.max(axis=1).toarray().ravel() if weights.nnz else np.zeros(len(values))
    return Around(
        sums=weights @ values,
        total=weights.sum(axis=1),
        squares=weights.power(2).sum(axis=1),
        own=np.where(most > 0, most, 1.0),
        cardinality=neighbours.cardinality,
        is_plain=bool((weights.data == 1).all()),
    )


def _around(
    values: Floats, near: Neighbours, outside: Outside | None, kodes: "pd.Index[str]"
) -> Around:
    inside = around(values, near)
    if outside is None:
        return inside
    wanted = outside.count.reindex(kodes).fillna(0).to_numpy(dtype=np.int64)
    # In a tiny layer there are not as many others to draw.
    beyond = np.minimum(wanted, len(values) - 1 - inside.cardinality)
    return replace(
        inside,
        sums=inside.sums + beyond * outside.figure,
        total=inside.total + beyond,
        squares=inside.squares + beyond,
        cardinality=inside.cardinality + beyond,
    )


def getis_ord(values: Floats, around: Around) -> Floats:
    """Return the z of Gi*; see :func:`hotspots`. NaN where all areas are neighbours."""
    n, mean, spread = len(values), values.mean(), values.std()
    total = around.total + around.own
    room = (n * (around.squares + around.own**2) - total**2) / (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (around.sums + around.own * values - total * mean) / (spread * np.sqrt(room))
    return np.where(room > 0, z, np.nan)


def local_moran(values: Floats, around: Around) -> Floats:
    """Return local Moran's I; see :func:`hotspots`. 0 for areas without neighbours."""
    z = values - values.mean()
    lag = (around.sums - around.total * values.mean()) / np.where(around.total > 0, around.total, 1)
    return np.asarray((len(values) - 1) * z * lag / (z**2).sum())


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


def least_draws(areas: int) -> int:
    """Return how many draws let a pocket that stands alone among so many areas be found."""
    return int(np.ceil(2 * areas / SIGNIFICANCE))


def _warnings(draws: int, tested: int, correction: Correction) -> tuple[Fault, ...]:
    """Say where the fewest draws let no area pass by itself."""
    floor = 2 / (draws + 1)
    if correction == "none" or floor <= SIGNIFICANCE / tested:
        return ()
    message = (
        "With {draws} draws no p lies below {floor}; corrected for {tested} areas an area that "
        "stands alone cannot be found. Take at least {needed} draws."
    )
    return (Fault(message, draws=draws, floor=round(floor, 6), tested=tested,
                  needed=least_draws(tested)),)  # fmt: skip
