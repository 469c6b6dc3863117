"""How sure a rank is: ranks of figures as they could have been counted by chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.analysis.eligible import refuse_impossible
from kantong.analysis.priority import RANK, rank
from kantong.analysis.rates import LOWER, UPPER
from kantong.geo.schema import KODE

TOPS = (5, 10, 15)
DRAWS = 9_999
# Draws times areas held at once.
_CELLS = 2_000_000
_SURE = 0.95


@dataclass(frozen=True, eq=False)
class Standing:
    """Ranks with what is known of them.

    Parameters
    ----------
    frame
        By ``kode``: ``rank`` of the figure as it is (equal ones share the best; NA where not
        known), ``lower`` and ``upper`` (in which the rank lies with the confidence asked for),
        for each of ``tops`` the probability ``top_5`` ... of being among the first so many, and
        ``above_next``: the probability of being really above the next in rank (NaN for the last).
    tops
        Lengths of lists.
    draws
        How often all figures were drawn.
    """

    frame: pd.DataFrame
    tops: tuple[int, ...]
    draws: int

    def undecided(self, top: int) -> "pd.Series[bool]":
        """Return which areas are neither in a list of the first so many nor out of it for sure.

        Sure is 95 %. Between such areas the list cannot tell; a page shows them as tied.
        """
        chance = self.frame[f"top_{top}"]
        return (chance > 1 - _SURE) & (chance < _SURE)


def standing(
    count: "pd.Series[float]",
    population: "pd.Series[float] | None" = None,
    *,
    seed: int,
    tops: Sequence[int] = TOPS,
    draws: int = DRAWS,
    confidence: float = 0.95,
) -> Standing:
    """Return how sure the rank of each area is; the largest figure ranks first.

    Parameters
    ----------
    count
        People counted, by ``kode``; NaN where not known.
    population
        All people of the same areas: then shares are ranked. None to rank counts.
    seed
        The same seed gives the same draws, in whatever order the areas come.
    tops
        Lengths of lists for which the probability of being on them is told.
    draws
        How often all figures are drawn.
    confidence
        Of the rank interval, between 0 and 1.

    Raises
    ------
    TableError
        Counts are impossible: see :func:`kantong.analysis.eligible.refuse_impossible`.

    Notes
    -----
    Ranks of parameters by simulation (Goldstein and Spiegelhalter 1996). A share is drawn from
    Beta(x + 1/2, n - x + 1/2), a count from Gamma(x + 1/2): what is known of it after x of n were
    counted, with the prior of Jeffreys, so that a count of zero is not taken for certain (Brown,
    Cai and DasGupta 2001).

    Examples
    --------
    >>> counted = pd.Series({"a": 900.0, "b": 500.0, "c": 100.0})
    >>> found = standing(counted, counted * 0 + 1000, seed=1, tops=[1])
    >>> found.frame[["rank", "lower", "upper", "top_1"]].to_numpy().tolist()
    [[1, 1, 1, 1.0], [2, 2, 2, 0.0], [3, 3, 3, 0.0]]
    """
    refuse_impossible(count, population)
    figure = count if population is None else count / population.where(population > 0)
    known = figure.dropna().sort_index()
    x = np.asarray(count[known.index], dtype=np.float64)
    n = None if population is None else np.asarray(population[known.index], dtype=np.float64)
    order = np.argsort(-known.to_numpy(), kind="stable")
    counts = np.zeros((len(known), len(known)), dtype=np.int64)
    above = np.zeros(max(len(known) - 1, 0))
    for drawn in _drawn(x, n, draws, seed):
        ranked = np.argsort(-drawn, axis=1)
        for place in range(len(known)):
            counts[:, place] += np.bincount(ranked[:, place], minlength=len(known))
        above += (drawn[:, order[:-1]] > drawn[:, order[1:]]).sum(axis=0)
    frame = _told(counts / draws, confidence, tops).set_index(known.index)
    frame["above_next"] = pd.Series(above / draws, known.index[order[:-1]])
    whole = frame.reindex(count.index)
    whole.insert(0, RANK, rank(figure)[RANK])
    return Standing(whole.rename_axis(KODE), tuple(tops), draws)


def _drawn(
    x: npt.NDArray[np.float64], n: npt.NDArray[np.float64] | None, draws: int, seed: int
) -> Iterator[npt.NDArray[np.float64]]:
    """Yield figures as they could be, draws x areas, not too many at once."""
    generator = np.random.default_rng(seed)
    at_once = max(1, _CELLS // max(len(x), 1))
    for start in range(0, draws, at_once):
        size = min(at_once, draws - start), len(x)
        if n is None:
            yield generator.gamma(x + 0.5, size=size)
        else:
            yield generator.beta(x + 0.5, n - x + 0.5, size=size)


def _told(chances: npt.NDArray[np.float64], confidence: float, tops: Sequence[int]) -> pd.DataFrame:
    """Return intervals and chances from the share of draws in which an area has each rank."""
    up_to = np.cumsum(chances, axis=1)
    tail = (1 - confidence) / 2
    # Rounding must not push a bound to the next rank.
    lower = (up_to < tail + 1e-12).sum(axis=1) + 1
    upper = (up_to < 1 - tail - 1e-12).sum(axis=1) + 1
    within = {f"top_{top}": up_to[:, min(top, len(chances)) - 1] for top in tops}
    return pd.DataFrame({LOWER: lower, UPPER: upper, **within})
