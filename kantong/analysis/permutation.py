"""Conditional permutation: how unusual what stands around each area is.

An area keeps its value and the values of all others are dealt out to its neighbours at random.
Areas with equally many neighbours have the same reference distribution but for one thing: an area
is never its own neighbour. So one set of draws serves all areas, and from each area's share those
draws are taken out that contain the area itself. What is left is distributed exactly as if it had
been drawn for that area alone.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

PERMUTATIONS = 99_999
SEED = 20_250_701
# Sums of the same values in another order differ by rounding; these are equal.
_ROUNDING = 1e-9
_CHUNK = 16_384
# Draws that contain an area are lost to it; not more than twice as many are made for that.
_MOST_EXTRA = 2.0

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_Ids = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Reference:
    """Where each area lies in its reference distribution.

    Parameters
    ----------
    p
        Two-sided pseudo-p; NaN for areas without neighbours.
    is_high
        Whether what stands around the area lies on the upper side.
    draws
        Draws each area was compared with. No p lies below 2 / (draws + 1).
    """

    p: Floats
    is_high: npt.NDArray[np.bool_]
    draws: Integers


def conditional(
    values: Floats,
    sums: Floats,
    cardinality: Integers,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Reference:
    """Compare sums over neighbours with sums over as many areas drawn at random.

    Parameters
    ----------
    values
        n values, none missing.
    sums
        By area: the sum over its neighbours, each counting once.
    cardinality
        By area: how many neighbours that are; below n. 0 is not tested.
    permutations
        Draws wanted for each area.
    seed
        The same seed gives the same draws.

    Returns
    -------
    Reference
        In the order of ``values``.

    Notes
    -----
    Conditional randomisation (Anselin 1995). With g and l the draws whose sum is at least and at
    most the one found, and B the draws: p = min(1, 2 (min(g, l) + 1) / (B + 1)), twice the
    smaller of two valid one-sided p (Phipson and Smyth 2010 for the 1). The same p serves every
    statistic that rises with the sum over the neighbours while the area's own value stands:
    local Moran and Gi* with equal weights.

    Examples
    --------
    >>> values = np.array([9.0, 8.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0])
    >>> sums = values[[1, 0, 3, 2, 5, 4, 7, 6, 0]]
    >>> found = conditional(values, sums, np.ones(9, dtype=int), permutations=999)
    >>> bool(found.is_high[1]), round(float(found.p[1]), 1)  # the highest of eight others
    (True, 0.2)
    """
    found = _Tails.empty(len(values))
    largest = int(cardinality.max(initial=0))
    if largest:
        ids = draw(len(values), largest, _wanted(len(values), largest, permutations), seed)
        scaled, scaled_sums = _scaled(values, sums, cardinality)
        totals = np.zeros(ids.shape[1])
        for size in range(1, largest + 1):
            # The first few of a draw are a draw of fewer: one more area is added at a time.
            totals += scaled[ids[size - 1]]
            areas = np.flatnonzero(cardinality == size)
            if areas.size:
                found.take(areas, _compared(areas, ids[:size], totals, scaled_sums))
    return found.reference()


def conditional_weighted(
    values: Floats,
    weights: sparse.csr_array,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Reference:
    """Compare weighted sums over neighbours with those over areas drawn at random.

    The plain way, area by area, for weights that differ between the neighbours of an area, as
    those by distance do. Where they are equal it gives what :func:`conditional` gives.

    Parameters
    ----------
    values
        n values, none missing.
    weights
        n x n, nothing on the diagonal.
    permutations, seed
        As for :func:`conditional`.
    """
    size, cardinality = len(values), np.diff(weights.indptr)
    found = _Tails.empty(size)
    largest = int(cardinality.max(initial=0))
    if not largest:
        return found.reference()
    ids = draw(size, largest, _wanted(size, largest, permutations), seed)
    scaled = _standardised(values)
    for area in np.flatnonzero(cardinality):
        inside = slice(weights.indptr[area], weights.indptr[area + 1])
        own_weights, near = weights.data[inside], weights.indices[inside]
        chosen = ids[: len(near)]
        totals = own_weights @ scaled[chosen[:, ~(chosen == area).any(axis=0)]]
        at_least, at_most = _counted(totals, own_weights @ scaled[near], np.abs(own_weights).sum())
        found.take(np.array([area]), (at_least, at_most, np.array([len(totals)])))
    return found.reference()


@lru_cache(maxsize=4)
def draw(population: int, size: int, count: int, seed: int) -> _Ids:
    """Draw without replacement, many times at once.

    Parameters
    ----------
    population
        Draws are of the numbers from 0 to this less 1.
    size
        How many a draw has; at most ``population``.
    count
        How many draws.
    seed
        Of the generator.

    Returns
    -------
    array
        size x count. Every ordered draw is equally likely, so the first rows are draws too.

    Notes
    -----
    The number drawn next is one of those that are left, counted off past the ones taken before.
    """
    generator = np.random.default_rng(seed)
    drawn = np.empty((size, count), dtype=np.int32)
    for start in range(0, count, _CHUNK):
        part = drawn[:, start : start + _CHUNK]
        taken = np.empty_like(part)  # each column rising
        for place in range(size):
            left = population - place
            number = generator.integers(0, left, part.shape[1], dtype=np.int32)
            for before in taken[:place]:
                number += number >= before
            part[place] = number
            for before in taken[:place]:  # put in its place, twice as fast as sorting
                larger = np.maximum(before, number)
                np.minimum(before, number, out=before)
                number = larger
            taken[place] = number
    drawn.flags.writeable = False  # kept for the next that asks
    return drawn


# --- within ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Tails:
    """By area: draws at least and at most what was found, and all draws compared."""

    at_least: Integers
    at_most: Integers
    draws: Integers

    @classmethod
    def empty(cls, size: int) -> "_Tails":
        return cls(*(np.zeros(size, dtype=np.int64) for _part in range(3)))

    def take(self, areas: Integers, counted: tuple[Integers, Integers, Integers]) -> None:
        for whole, part in zip((self.at_least, self.at_most, self.draws), counted, strict=True):
            whole[areas] = part

    def reference(self) -> Reference:
        rarer = np.minimum(self.at_least, self.at_most)
        p = np.minimum(1.0, 2 * (rarer + 1) / (self.draws + 1))
        tested = self.draws > 0
        return Reference(np.where(tested, p, np.nan), self.at_least < self.at_most, self.draws)


def _wanted(population: int, largest: int, permutations: int) -> int:
    """Return how many draws to make, so that enough are left without an area of its own."""
    lost = population / max(population - largest, 1)
    return int(np.ceil(permutations * min(lost, _MOST_EXTRA)))


def _standardised(values: Floats) -> Floats:
    centred = values - values.mean()
    return np.asarray(centred / (np.abs(centred).max() or 1.0))


def _scaled(values: Floats, sums: Floats, cardinality: Integers) -> tuple[Floats, Floats]:
    """Return values between -1 and 1 about their mean, and the sums of such values."""
    spread = float(np.abs(values - values.mean()).max()) or 1.0
    return _standardised(values), (sums - cardinality * values.mean()) / spread


def _compared(
    areas: Integers, ids: _Ids, totals: Floats, sums: Floats
) -> tuple[Integers, Integers, Integers]:
    """Return the tails of areas with equally many neighbours, from draws that are all theirs."""
    at_least, at_most = _counted(totals, sums[areas], len(ids))
    is_area = np.zeros(len(sums), dtype=bool)
    is_area[areas] = True
    # Row by row this takes half as long as nonzero() of all rows.
    hits = [np.flatnonzero(is_area[row]) for row in ids]
    own = np.concatenate([row[hit] for row, hit in zip(ids, hits, strict=True)])
    total = np.concatenate([totals[hit] for hit in hits])
    slack = _ROUNDING * len(ids)

    def lost(which: npt.NDArray[np.bool_]) -> Integers:
        return np.bincount(own[which], minlength=len(sums))[areas]

    return (
        at_least - lost(total >= sums[own] - slack),
        at_most - lost(total <= sums[own] + slack),
        len(totals) - np.bincount(own, minlength=len(sums))[areas],
    )


def _counted(totals: Floats, found: "Floats | float", scale: float) -> tuple[Integers, Integers]:
    """Return how many totals are at least and at most what was found, rounding aside."""
    order, slack = np.sort(totals), _ROUNDING * scale
    at_least = len(order) - np.searchsorted(order, np.atleast_1d(found) - slack, side="left")
    return at_least, np.searchsorted(order, np.atleast_1d(found) + slack, side="right")
