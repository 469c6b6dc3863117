"""Whether a ranking survives other weights and the uncertainty of its figures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from kantong.analysis.composite import DIGITS, Composite, Floats, terms_of
from kantong.analysis.permutation import SEED, Integers
from kantong.analysis.priority import RANK
from kantong.analysis.rates import LOWER, UPPER
from kantong.geo.errors import Fault, TableError

MEDIAN, MEAN, FIRST, WEIGHT = "median", "mean", "first", "weight"
DRAWS, DATA_DRAWS = 10_000, 200
INTERVAL = 0.9
Data = Floats | Callable[[np.random.Generator], pd.DataFrame]
_Ranks = npt.NDArray[np.unsignedinteger]
_Bools = npt.NDArray[np.bool_]
# Scores worked on at once (what the cache holds; at 2 MB it takes five times as long), areas read
# at once, and ranks held in all.
_AT_ONCE, _AREAS_AT_ONCE, _MOST_HELD = 65_536, 256, 400_000_000
# Scores nearer than this, of the largest difference, are not told apart by the solver.
_MARGIN = 1e-5
_NEAR, _SAME = 1e-7, 1e-9
# After so many steps the solver gives up; else it says that it found the best, or that none is.
_MOST_NODES, _SETTLED = 1_000, (0, 2)


@dataclass(frozen=True)
class Robustness:
    """Which ranks an area takes in many draws of weights, of figures, or of both.

    Parameters
    ----------
    frame
        By ``kode``, in the order of the scores: ``rank`` as given; ``lower``, ``median`` and
        ``upper`` rank, the outer two holding the middle 90 % of the draws; ``mean`` rank;
        ``first``: share of the draws in which the area is among the first k. NA for areas left
        out.
    acceptability
        By ``kode`` and rank 1 to k: share of the draws in which the area takes the rank.
    k, draws, concentration, data_draws, seed
        What was asked for; ``data_draws`` is 0 where the figures were taken as they are.
    """

    frame: pd.DataFrame
    acceptability: pd.DataFrame
    k: int
    draws: int
    concentration: float
    data_draws: int
    seed: int


def robustness(  # noqa: PLR0913 - each choice changes the answer
    found: Composite,
    *,
    k: int = 10,
    draws: int = DRAWS,
    concentration: float = 0.0,
    data: Data | None = None,
    data_draws: int = DATA_DRAWS,
    seed: int = SEED,
) -> Robustness:
    """Rank the areas under many weightings, and under draws of their figures.

    Parameters
    ----------
    found
        The score whose ranking is questioned.
    k
        How many areas are first: the length of the list.
    draws
        How many weightings.
    concentration
        0: all weightings are as likely. Above: those near the given weights are likelier.
        Infinite: the given weights only, so that the figures alone are questioned.
    data
        Draws of the indicators, in their own units, to tell how uncertain they are: an array
        draws x areas x indicators, areas in the order of ``found.score`` and indicators in that
        of ``found.weights``; or what returns one draw, a frame by ``kode``, when given a
        generator. None takes the figures as they are. Areas left out are ignored.
    data_draws
        How often a callable is called. Each draw of figures meets draws / data_draws weightings.
    seed
        The same seed gives the same draws, whatever the order of areas and indicators.

    Raises
    ------
    TableError
        Drawn figures that are missing, not finite or not of the areas; more draws than fit.
    ValueError
        Impossible choices.

    Notes
    -----
    Weights are drawn from Dirichlet(1 + concentration x w): uniform on the simplex at 0, most
    often w above. ``first`` and ``acceptability`` are the rank acceptability of SMAA-2 (Lahdelma
    and Salminen 2001); figures and weights drawn together as in Saisana, Saltelli and Tarantola
    (2005). Ranks are exact: equal scores (nine decimals) share the best. A share has a standard
    error of at most 0.5 / sqrt(draws); with data, of as much as 0.5 / sqrt(data_draws).

    It takes 2 bytes an area and draw (4 beyond 65,535 areas).

    Examples
    --------
    >>> from kantong.analysis.composite import composite
    >>> figures = pd.DataFrame({"poor": [3.0, 2, 1], "houses": [2.0, 3, 1]}, list("abc"))
    >>> answer = robustness(composite(figures, {"poor": 1, "houses": 1}), k=1)
    >>> answer.frame["first"].round(1).tolist(), answer.frame["lower"].tolist()
    ([0.5, 0.5, 0.0], [1, 1, 3])
    """
    if k < 1 or draws < 1 or not concentration >= 0:
        message = f"no ranking with k = {k}, draws = {draws}, concentration = {concentration}"
        raise ValueError(message)
    terms = found.terms.dropna().sort_index()
    if terms.size // terms.shape[1] * draws > _MOST_HELD:
        message = "{draws} draws of {areas} areas are too many to hold. Take fewer draws."
        raise TableError(Fault(message, draws=draws, areas=len(terms)))
    generator = np.random.default_rng(seed)
    weights = _weightings(found.weights, draws, concentration, generator)
    told = _data_draws(data, data_draws, draws)
    drawn = (
        iter([terms.to_numpy()]) if data is None else _drawn(found, terms, data, told, generator)
    )
    ranks = _ranks(drawn, np.array_split(weights, max(told, 1)), (draws, len(terms)))
    frame, acceptability = _summary(ranks, k, terms.index)
    frame.insert(0, RANK, found.rank)
    rows = found.score.index
    return Robustness(
        frame=frame.reindex(rows),
        acceptability=acceptability.reindex(rows),
        k=k,
        draws=draws,
        concentration=concentration,
        data_draws=told,
        seed=seed,
    )


@dataclass(frozen=True)
class Tipping:
    """What moves an area across the end of the list.

    Parameters
    ----------
    kode, k
        The area, and the length of the list.
    inside
        Whether it is among the first k as things are.
    moved
        The smallest share of all weight, between 0 and 1, that must be taken from some indicators
        and given to others before it changes sides; any more and it has. NaN where no weighting
        does it.
    weights
        By indicator, at that point; NaN where there is none.
    against
        ``kode`` of those it is equal with there.
    thresholds
        By indicator: its ``weight``, and the nearest below it (``lower``) and above (``upper``)
        at which the area changes sides if the others keep their proportions; NaN where it never
        does.
    exact
        False where the search was given up, as it can be far from the end of a list of many
        hundreds: ``moved`` then is enough, but less may be, and NaN means that none was found.
    """

    kode: str
    k: int
    inside: bool
    moved: float
    weights: "pd.Series[float]"
    against: tuple[str, ...]
    thresholds: pd.DataFrame
    exact: bool


def what_would_change(found: Composite, kode: str, k: int) -> Tipping:
    """Return how little other weights would move an area into the first k, or out of them.

    Parameters
    ----------
    found
        The score; for the geometric mean too, whose logarithm is a weighted sum.
    kode
        An area with a score.
    k
        How many areas are first.

    Raises
    ------
    KeyError
        The area has no score.
    ValueError
        ``k`` is not positive.

    Notes
    -----
    With differences d of the terms of another area and this one, the other ranks above where
    d w > 0. Out of the list: the least sum |w' - w| / 2 over weights >= 0 that sum to 1, such
    that k others rank above; into it: such that all but k - 1 rank below. A mixed-integer linear
    programme over which others those are, once areas too far to matter are set aside; which they
    are is settled to within 1e-5 of the largest difference, the change for these exactly. Being
    equal for a moment does not count as crossing. One weight at a time: w(t) = t for one, the
    others (1 - t) w / (1 - w of the one); each d w(t) is linear in t and has one root.

    Examples
    --------
    >>> from kantong.analysis.composite import composite
    >>> figures = pd.DataFrame({"poor": [3.0, 2, 1], "houses": [1.0, 3, 2]}, list("abc"))
    >>> found = composite(figures, {"poor": 3, "houses": 1}, normalisation="minmax")
    >>> tipping = what_would_change(found, "b", 1)
    >>> tipping.inside, round(tipping.moved, 3), tipping.against
    (False, 0.083, ('a',))
    >>> tipping.thresholds.round(3).loc["poor"].tolist()
    [0.75, 0.667, nan]
    """
    if k < 1:
        message = f"no list of {k} areas"
        raise ValueError(message)
    terms = found.terms.dropna().sort_index()
    own, weights = terms.loc[kode].to_numpy(), np.asarray(found.weights, dtype=np.float64)
    inside = bool(found.rank[kode] <= k)
    others = terms.index[(np.abs(terms.to_numpy() - own) > _SAME).any(axis=1)]
    ahead = terms.loc[others].to_numpy() - own
    needed = k if inside else len(others) - (k - 1)
    at, exact = _nearest(ahead if inside else -ahead, weights, needed)
    rows = found.weights.index
    limits = [_limits(ahead, weights, one, k, inside=inside) for one in range(len(rows))]
    thresholds = pd.DataFrame(limits, rows, [LOWER, UPPER])
    thresholds.insert(0, WEIGHT, weights)
    return Tipping(
        kode=kode,
        k=k,
        inside=inside,
        moved=_moved(at, weights),
        weights=pd.Series(at, rows),
        against=tuple(others[np.abs(ahead @ at) <= _NEAR]),
        thresholds=thresholds,
        exact=exact,
    )


def _nearest(sides: Floats, weights: Floats, needed: int) -> tuple[Floats, bool]:
    """Return the nearest weights at which enough others reach the wanted side, and if it is sure.

    ``sides`` @ weights is positive for those that are there. NaN where no weights do it.
    """
    never = np.full_like(weights, np.nan)
    if needed > len(sides):
        return never, True
    margin = _MARGIN * np.abs(sides).max()
    there = sides @ weights >= margin
    reach, ways = _pairwise(sides, weights, margin)
    lost, _ = _pairwise(-sides, weights, -margin)
    fallback = _feasible(sides, weights, ways[~there & np.isfinite(reach)], needed, margin)
    farthest = 1.0 if fallback is None else _moved(fallback, weights) + _NEAR
    sure, doubtful = there & (lost > farthest), np.where(there, lost, reach) <= farthest
    chosen, exact = _chosen(sides[doubtful], weights, needed - int(sure.sum()), margin)
    ways_there = [] if fallback is None else [fallback]
    if chosen is not None:
        ways_there.append(_least(sides[doubtful][chosen], weights))
    return min(ways_there, key=lambda way: _moved(way, weights), default=never), exact


def _moved(other: Floats, weights: Floats) -> float:
    return float(np.abs(other - weights).sum() / 2)


def _pairwise(sides: Floats, weights: Floats, level: float) -> tuple[Floats, Floats]:
    """Return for each row the least share to be moved so that row @ weights >= level, and how.

    All goes to the indicator that counts most, from those that count least first. Infinite where
    no weights do it.
    """
    order = np.argsort(sides, axis=1)
    by_gain = np.take_along_axis(sides, order, axis=1)
    gain, held = by_gain[:, -1:] - by_gain, weights[order]
    before = np.cumsum(gain * held, axis=1) - gain * held
    need = (level - sides @ weights)[:, None] - before
    moved = np.clip(np.divide(need, gain, out=np.zeros_like(gain), where=gain > 0), 0, held)
    total = moved.sum(axis=1)
    left = held - moved
    left[:, -1] += total
    ways = np.empty_like(left)
    np.put_along_axis(ways, order, left, axis=1)
    total[by_gain[:, -1] < level] = np.inf
    return total, ways


def _feasible(
    sides: Floats, weights: Floats, ways: Floats, needed: int, margin: float
) -> Floats | None:
    """Return the nearest of some weightings, and of one indicator only, that do what is needed."""
    tried = np.vstack([ways, np.eye(len(weights))])
    for place in np.argsort(np.abs(tried - weights).sum(axis=1)):
        if np.count_nonzero(sides @ tried[place] >= margin * (1 - _NEAR)) >= needed:
            return np.asarray(tried[place])
    return None


def _chosen(
    sides: Floats, weights: Floats, needed: int, margin: float
) -> tuple[Integers | None, bool]:
    """Return which rows reach the margin at the nearest weights where so many of them do.

    And whether it is sure that none are nearer, or that there are none.
    """
    rows, names = sides.shape
    change, flags = _changes(names), np.eye(rows)
    slack = margin + (-sides).max(axis=1, initial=-np.inf)
    none, ones = np.zeros(2 * names), np.ones(rows)
    answer = milp(
        np.concatenate([np.ones(names), np.zeros(names + rows)]),
        integrality=np.concatenate([none, ones]),
        bounds=Bounds(0, np.concatenate([1 - weights, weights, ones])),
        constraints=[
            LinearConstraint(np.concatenate([change.sum(axis=0), 0 * ones]), 0, 0),
            LinearConstraint(
                np.hstack([sides @ change, -slack[:, None] * flags]),
                margin - slack - sides @ weights,
            ),
            LinearConstraint(np.concatenate([none, ones]), needed),
        ],
        options={"mip_rel_gap": 0.0, "node_limit": _MOST_NODES},
    )
    exact = answer.status in _SETTLED
    if answer.x is None:
        return None, exact
    at = sides @ (weights + change @ answer.x[: 2 * names])
    return np.argsort(-at, kind="stable")[:needed], exact


def _changes(names: int) -> Floats:
    """Return what giving to, then taking from, each indicator does to the weights."""
    return np.hstack([np.eye(names), -np.eye(names)])


def _least(sides: Floats, weights: Floats) -> Floats:
    """Return the nearest weights at which no row is negative."""
    names = len(weights)
    change = _changes(names)
    answer = linprog(
        np.concatenate([np.ones(names), np.zeros(names)]),
        A_ub=-(sides @ change),
        b_ub=sides @ weights,
        A_eq=change.sum(axis=0)[None],
        b_eq=[0],
        bounds=np.column_stack([np.zeros(2 * names), np.concatenate([1 - weights, weights])]),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return np.asarray(weights + change @ answer.x)


def _limits(
    ahead: Floats, weights: Floats, one: int, k: int, *, inside: bool
) -> tuple[float, float]:
    """Return the nearest weights of one indicator, below and above, where the area crosses."""
    own = float(weights[one])
    if own >= 1:
        return np.nan, np.nan
    rest = weights / (1 - own)
    rest[one] = 0
    start, end = ahead @ rest, ahead[:, one]
    level = start + own * (end - start)
    level[np.abs(level) <= _SAME] = 0
    below, above = (
        _crossing(level, direction * (end - start), reach, k, inside=inside)
        for direction, reach in ((-1, own), (1, 1 - own))
    )
    return own - below, own + above


def _crossing(level: Floats, slope: Floats, reach: float, k: int, *, inside: bool) -> float:
    """Return how far to go until the area changes sides; NaN where not within reach.

    An other one is ahead where its level is positive; levels change by the slope.
    """
    ahead = np.count_nonzero((level > 0) | ((level == 0) & (slope > _SAME)))
    if (ahead < k) != inside:
        return 0.0
    turning = level * slope < 0
    far, becomes = -level[turning] / slope[turning], np.sign(slope[turning])
    within = far < reach - _SAME
    steps = pd.Series(becomes[within]).groupby(far[within].round(DIGITS)).sum()
    counts = ahead + steps.cumsum()
    crossed = counts.index[(counts < k) != inside]
    return float(crossed[0]) if len(crossed) else np.nan


def _weightings(
    given: "pd.Series[float]", draws: int, concentration: float, generator: np.random.Generator
) -> Floats:
    """Return draws x indicators in the order given, drawn in that of their names."""
    if np.isinf(concentration):
        return np.tile(given.to_numpy(), (draws, 1))
    named = given.sort_index()
    drawn = generator.dirichlet(1 + concentration * named.to_numpy(), draws)
    back = named.index.get_indexer(given.index)
    return np.ascontiguousarray(drawn[:, back])


def _data_draws(data: Data | None, asked: int, draws: int) -> int:
    if data is None:
        return 0
    count = asked if callable(data) else len(data)
    if not 1 <= count <= draws:
        message = f"{count} draws of figures cannot be shared out over {draws} weightings"
        raise ValueError(message)
    return count


def _drawn(
    found: Composite, terms: pd.DataFrame, data: Data, count: int, generator: np.random.Generator
) -> Iterator[Floats]:
    """Yield the terms of each draw of figures, areas by ``kode``."""
    rows = found.score.index.get_indexer(terms.index)
    if not callable(data) and data.shape[1:] != found.terms.shape:
        message = "The draws hold {drawn} areas and indicators, the score {scored}."
        shapes = {"drawn": data.shape[1:], "scored": found.terms.shape}
        raise TableError(Fault(message, **shapes))
    for draw in range(count):
        if callable(data):
            figures = data(generator).reindex(index=terms.index, columns=terms.columns).to_numpy()
        else:
            figures = data[draw][rows]
        if not np.isfinite(figures).all():
            message = "Draw {draw} of the figures has some that are missing or not finite."
            raise TableError(Fault(message, draw=draw + 1))
        yield terms_of(
            np.asarray(figures, dtype=np.float64),
            found.higher_is_worse.to_numpy(),
            found.normalisation,
            logs=found.aggregation == "geometric",
        )


def _ranks(terms: Iterator[Floats], weights: list[Floats], shape: tuple[int, int]) -> _Ranks:
    """Return draws x areas, each block of weightings with the terms drawn for it."""
    kind = np.uint16 if shape[1] <= np.iinfo(np.uint16).max else np.uint32
    ranks = np.empty(shape, dtype=kind)
    step, begin = max(_AT_ONCE // shape[1], 1), 0
    for values, block in zip(terms, weights, strict=True):
        across = np.ascontiguousarray(values.T)
        for start in range(0, len(block), step):
            part = block[start : start + step]
            _rank_rows(part @ across, ranks[begin : begin + len(part)])
            begin += len(part)
    return ranks


def _rank_rows(scores: Floats, ranks: _Ranks) -> None:
    """Write the rank of each score within its row; the highest is 1, equal ones share the best.

    Score and place are put into one whole number, so that one sort gives both the order and which
    are equal.
    """
    areas = scores.shape[1]
    bits = int(areas - 1).bit_length()
    keys = np.rint(scores * -(10.0**DIGITS)).astype(np.int64)
    keys <<= bits
    keys |= np.arange(areas)
    keys.sort(axis=1)
    equal = (keys[:, 1:] >> bits) == (keys[:, :-1] >> bits)
    keys &= (1 << bits) - 1
    places = np.arange(1, areas + 1, dtype=ranks.dtype)
    tied = equal.any(axis=1)
    for row in np.flatnonzero(~tied):
        ranks[row, keys[row]] = places
    for row in np.flatnonzero(tied):
        first = np.maximum.accumulate(np.where(np.append(False, equal[row]), 0, places))
        ranks[row, keys[row]] = first


def _summary(ranks: _Ranks, k: int, areas: "pd.Index[str]") -> tuple[pd.DataFrame, pd.DataFrame]:
    draws, count = ranks.shape
    tail = (1 - INTERVAL) / 2
    # The smallest rank that as great a share of the draws does not exceed.
    at = [max(int(np.ceil(round(q * draws, DIGITS))) - 1, 0) for q in (tail, 0.5, 1 - tail)]
    quantiles = np.empty((count, len(at)), dtype=np.int64)
    mean = np.empty(count)
    taken = np.zeros((count, k))
    for start in range(0, count, _AREAS_AT_ONCE):
        part = np.ascontiguousarray(ranks[:, start : start + _AREAS_AT_ONCE].T)
        part.sort(axis=1)
        rows = slice(start, start + len(part))
        quantiles[rows], mean[rows] = part[:, at], part.mean(axis=1, dtype=np.float64)
        among, _ = np.nonzero(part <= k)
        cells = among * k + part[part <= k] - 1
        taken[rows] = np.bincount(cells, minlength=len(part) * k).reshape(-1, k) / draws
    frame = pd.DataFrame(quantiles, areas, [LOWER, MEDIAN, UPPER]).astype("Int64")
    acceptability = pd.DataFrame(taken, areas, range(1, k + 1))
    return frame.assign(**{MEAN: mean, FIRST: taken.sum(axis=1)}), acceptability
