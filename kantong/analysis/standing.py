"""How sure a rank is: ranks of figures as they could have been counted by chance."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.analysis.chance import draw
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
    """Ranks with what is known of them, and the settings they were found with.

    Parameters
    ----------
    frame
        By ``kode``: ``rank`` of the figure as it is (equal ones share the best; NA where not
        known), ``lower`` and ``upper`` (in which the rank lies with the confidence asked for),
        for each of ``tops`` the probability ``top_5`` ... of being among the first so many. All
        missing where the figure is not known.
    tops
        Lengths of lists.
    draws, seed
        How often all figures were drawn, and from which start.
    confidence
        Of the rank interval.
    """

    frame: pd.DataFrame
    tops: tuple[int, ...]
    draws: int
    seed: int
    confidence: float

    def undecided(self, top: int) -> "pd.Series[bool]":
        """Return which areas are neither in a list of the first so many nor out of it for sure.

        Sure is 95 %. Between such areas the list cannot tell; a page shows them as tied.

        Raises
        ------
        KeyError
            The length is not among ``tops``.
        """
        chance = self.frame[f"top_{top}"]
        return (chance > 1 - _SURE) & (chance < _SURE)


def standing(  # noqa: PLR0913 - each is a setting that stands on the result
    count: "pd.Series[float]",
    denominator: "pd.Series[float] | None" = None,
    *,
    seed: int,
    is_share: bool = True,
    tops: Sequence[int] = TOPS,
    draws: int = DRAWS,
    confidence: float = 0.95,
    higher_is_worse: bool = True,
) -> Standing:
    """Return how sure the rank of each area is; the worst figure ranks first.

    Parameters
    ----------
    count
        People counted, by ``kode``; NaN where not known.
    denominator
        Of the same areas: all people, or km²; then shares or densities are ranked. None to rank
        counts.
    seed
        The same seed gives the same draws, in whatever order the areas come.
    is_share
        Whether the denominator is people, so that no more can be counted than live there.
    tops
        Lengths of lists for which the probability of being on them is told.
    draws
        How often all figures are drawn.
    confidence
        Of the rank interval, between 0 and 1.
    higher_is_worse
        True where the largest figure ranks first.

    Raises
    ------
    TableError
        Counts are impossible: see :func:`kantong.analysis.eligible.refuse_impossible`.

    Notes
    -----
    Ranks of parameters by simulation (Goldstein and Spiegelhalter 1996; Marshall and
    Spiegelhalter 1998). A share is drawn from Beta(x + 1/2, n - x + 1/2), a count from
    Gamma(x + 1/2), a density from the Gamma of its count: what is known of it after x of n were
    counted, with the prior of Jeffreys, so that a count of zero is not taken for certain; its
    quantiles are the Jeffreys interval, which is close to Wilson's (Brown, Cai and DasGupta
    2001). Each rank interval holds for its area alone, not for the whole order at once, as those
    of Klein, Wright and Wieczorek (2020) do.

    Examples
    --------
    >>> counted = pd.Series({"a": 900.0, "b": 500.0, "c": 100.0})
    >>> found = standing(counted, counted * 0 + 1000, seed=1, tops=[1])
    >>> found.frame[["rank", "lower", "upper", "top_1"]].to_numpy().tolist()
    [[1, 1, 1, 1.0], [2, 2, 2, 0.0], [3, 3, 3, 0.0]]
    """
    refuse_impossible(count, denominator if is_share else None)
    whole = pd.Series(1.0, count.index) if denominator is None else denominator
    below = whole.where(whole > 0)
    figure = count / below
    known = figure.dropna().sort_index()
    x, n = (np.asarray(part[known.index], dtype=np.float64) for part in (count, below))
    of_people = is_share and denominator is not None
    worst = 1 if higher_is_worse else -1
    drawn = (worst * figures for figures in _drawn(x, n, draws, seed, is_share=of_people))
    chances = _counted(drawn, len(known)) / draws
    frame = _told(chances, confidence, tops).set_index(known.index)
    every = frame.reindex(count.index)
    every.insert(0, RANK, rank(figure, higher_is_worse=higher_is_worse)[RANK])
    return Standing(every.rename_axis(KODE), tuple(tops), draws, seed, confidence)


def _drawn(
    x: npt.NDArray[np.float64],
    n: npt.NDArray[np.float64],
    draws: int,
    seed: int,
    *,
    is_share: bool,
) -> Iterator[npt.NDArray[np.float64]]:
    """Yield figures as they could be, draws x areas, not too many at once."""
    generator = np.random.default_rng(seed)
    at_once = max(1, _CELLS // max(len(x), 1))
    for start in range(0, draws, at_once):
        yield draw(x, n, min(at_once, draws - start), generator, is_share=is_share)


def _counted(drawn: Iterable[npt.NDArray[np.float64]], areas: int) -> npt.NDArray[np.int64]:
    """Return how often each area had each rank."""
    ranks = np.zeros((areas, areas), dtype=np.int64)
    for figures in drawn:
        ranked = np.argsort(-figures, axis=1)
        for place in range(areas):
            ranks[:, place] += np.bincount(ranked[:, place], minlength=areas)
    return ranks


def _told(chances: npt.NDArray[np.float64], confidence: float, tops: Sequence[int]) -> pd.DataFrame:
    """Return intervals and chances from the share of draws in which an area has each rank."""
    up_to = np.cumsum(chances, axis=1)
    tail = (1 - confidence) / 2
    # Rounding must not push a bound to the next rank.
    lower = (up_to < tail + 1e-12).sum(axis=1) + 1
    upper = (up_to < 1 - tail - 1e-12).sum(axis=1) + 1
    within = {f"top_{top}": chances[:, :top].sum(axis=1) for top in tops}
    return pd.DataFrame({LOWER: lower, UPPER: upper, **within})
