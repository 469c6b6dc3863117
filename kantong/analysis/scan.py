"""Circles in which more, or fewer, are counted than chance would put there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.special import xlogy

from kantong.analysis.eligible import refuse_impossible
from kantong.analysis.neighbours import zone
from kantong.analysis.permutation import SEED, Floats, Integers
from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import KODE

Direction = Literal["high", "low", "both"]

SIMULATIONS = 9_999
# Sixteen bytes each while the likelihood is tabulated, then eight: 3.2 GB.
MOST_CASES = 200_000_000
LARGEST_SHARE = 0.5
SIGNIFICANCE = 0.05
LEAST_AREAS = 3
X, Y = "x", "y"
_MOST_MISSING = 1 / 3
# Distances (metres) and ratios that agree to so many digits are equal.
_DIGITS_M, _DIGITS = 6, 9
# Simulations held at once, and numbers worked on at once: what fits the cache of a laptop.
_MOST_HELD, _WIDEST, _AT_ONCE = 8_000_000, 16_384, 65_536

_Index = npt.NDArray[np.intp]
_Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Pocket:
    """A circle whose areas together stand out.

    Parameters
    ----------
    centre
        ``kode`` of the area at whose centre the circle is drawn.
    kodes
        Areas whose centres lie in it, nearest first.
    radius_m
        Distance from the centre to the farthest of theirs (metres); 0 for a single area.
    cases, population
        Counted in these areas, and all people (families, houses) there.
    expected
        Cases if everyone in the city had the same rate.
    relative_risk
        Rate inside over rate outside; infinite where all cases lie inside.
    llr
        Log-likelihood ratio.
    p
        Share of the simulations in which any circle reaches this ``llr``, this one included.
    """

    centre: str
    kodes: tuple[str, ...]
    radius_m: float
    cases: int
    population: float
    expected: float
    relative_risk: float
    llr: float
    p: float


@dataclass(frozen=True)
class Scan:
    """Circles that stand out, the most likely pocket first.

    Parameters
    ----------
    pockets
        No two have an area in common. Most of them are chance: see :meth:`significant`. Empty
        where every circle has the rate of the whole.
    left_out
        ``kode`` of areas without a figure, population or shape, ascending: as if not there.
    areas, cases, population
        How many areas were scanned, and what they hold together.
    direction, largest_share, simulations, seed
        What was asked for.
    """

    pockets: tuple[Pocket, ...]
    left_out: tuple[str, ...]
    areas: int
    cases: int
    population: float
    direction: Direction
    largest_share: float
    simulations: int
    seed: int

    def significant(self, level: float = SIGNIFICANCE) -> tuple[Pocket, ...]:
        """Return the pockets whose p is at most a level."""
        return tuple(pocket for pocket in self.pockets if pocket.p <= level)


def centres(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the centre of every area.

    Parameters
    ----------
    layer
        ``kode`` and polygons.

    Returns
    -------
    DataFrame
        By ``kode``, in the order of the layer: ``x`` and ``y`` of the centroid, metres in the
        layer's UTM zone (its own CRS if that is in metres); NaN for areas without a shape.

    Raises
    ------
    BoundaryError
        The layer has no CRS.
    """
    points = shapely.centroid(layer.geometry.to_crs(zone(layer)).to_numpy())
    columns = {X: shapely.get_x(points), Y: shapely.get_y(points)}
    return pd.DataFrame(columns, index=pd.Index(layer[KODE], name=KODE))


def scan(  # noqa: PLR0913 - what the literature lets choose
    cases: "pd.Series[float]",
    population: "pd.Series[float]",
    areas: pd.DataFrame,
    *,
    largest_share: float = LARGEST_SHARE,
    direction: Direction = "high",
    simulations: int = SIMULATIONS,
    seed: int = SEED,
) -> Scan:
    """Find circles with more, or fewer, cases than their population would have by chance.

    Parameters
    ----------
    cases
        Whole numbers by ``kode``, matched to the areas by it; NaN where not known.
    population
        All people (families, houses) of the same areas, by ``kode``. 0 is known: nobody is
        expected there.
    areas
        The layer (``kode`` and polygons), or ``x`` and ``y`` by ``kode`` as :func:`centres`
        returns them.
    largest_share
        Of the population, that a circle may hold: above 0, at most 1.
    direction
        Look for ``high`` rates, ``low`` ones, or ``both``.
    simulations
        No p lies below 1 / (simulations + 1).
    seed
        The same seed gives the same simulations.

    Raises
    ------
    TableError
        Nothing could be told: counts that cannot be, too few areas, more than a third of them
        not known, no cases, unknown areas, a ``kode`` twice, or no circle within the share.

    Notes
    -----
    Kulldorff (1997), as SaTScan's discrete Poisson model without covariates. Circles are drawn at
    each centre and grow from area to area, equally distant ones together. With c of all C cases
    inside and e expected there, LLR = c ln(c / e) + (C - c) ln((C - c) / (C - e)) where c > e
    (``high``) or c < e (``low``), else 0. In each simulation the C cases are dealt out by
    population. p = (1 + simulations whose largest LLR is at least this) / (1 + simulations), for
    all pockets against the largest: exact for the first, on the safe side for the others. Unlike
    SaTScan by default, a pocket may have a single case.

    It takes 16 bytes a case, and time with the square of the areas.

    Examples
    --------
    >>> spots = pd.DataFrame({"x": [0.0, 100, 200, 900], "y": 0.0}, index=list("abcd"))
    >>> people = pd.Series(1000.0, index=list("abcd"))
    >>> found = scan(pd.Series([90.0, 80, 20, 10], index=list("abcd")), people, spots)
    >>> found.pockets[0].kodes, found.pockets[0].expected, found.pockets[0].p
    (('a', 'b'), 100.0, 0.0001)
    """
    spots = centres(areas) if isinstance(areas, gpd.GeoDataFrame) else areas[[X, Y]]
    ground = _ground(cases, population, spots, largest_share)
    likelihood = _Likelihood.of(ground, direction)
    candidates = sorted(_candidates(ground, likelihood))
    if not candidates and not any(_ends(ground, place).size for place in range(ground.size)):
        message = "No circle holds at most {share} % of the population. Take a larger share."
        raise TableError(Fault(message, share=100 * largest_share))
    maxima = _maxima(ground, likelihood, simulations, seed) if candidates else np.zeros(0)
    return Scan(
        pockets=tuple(_told(ground, candidates, np.sort(maxima))),
        left_out=tuple(sorted(spots.index.difference(ground.kodes))),
        areas=ground.size,
        cases=ground.total,
        population=float(ground.population.sum()),
        direction=direction,
        largest_share=largest_share,
        simulations=simulations,
        seed=seed,
    )


# --- what is scanned -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Ground:
    """Areas that are known, by ``kode``, and how much population a circle may hold."""

    kodes: "pd.Index[str]"
    points: Floats
    cases: Integers
    population: Floats
    most: float

    @property
    def size(self) -> int:
        return len(self.kodes)

    @property
    def total(self) -> int:
        return int(self.cases.sum())


def _ground(
    cases: "pd.Series[float]",
    population: "pd.Series[float]",
    spots: pd.DataFrame,
    largest_share: float,
) -> _Ground:
    _refuse_twice(cases.index, population.index, spots.index)
    every = spots.assign(cases=cases, population=population).astype(float).sort_index()
    known = every.dropna()
    faults = list(_faults(cases, every, known, largest_share))
    try:
        refuse_impossible(cases, population)
    except TableError as impossible:
        faults.extend(impossible.faults)
    if faults:
        raise TableError(*faults)
    people = known["population"].to_numpy()
    return _Ground(
        kodes=known.index,
        points=known[[X, Y]].to_numpy(),
        cases=known["cases"].to_numpy().astype(np.int64),
        population=people,
        # Shares such as 0.1 are not exact; a circle that holds just as much is allowed.
        most=largest_share * float(people.sum()) * (1 + 1e-12),
    )


def _refuse_twice(*indices: "pd.Index[str]") -> None:
    twice = sorted({kode for index in indices for kode in index[index.duplicated()]})
    if twice:
        message = "{codes} stand twice in figures or boundaries. Keep one for each kelurahan."
        raise TableError(Fault(message, codes=shorten(quote(kode) for kode in twice)))


def _faults(
    cases: "pd.Series[float]", every: pd.DataFrame, known: pd.DataFrame, largest_share: float
) -> Iterator[Fault]:
    strangers = cases.dropna().index.difference(every.index)
    if len(strangers):
        message = "{count} areas with figures are not among the boundaries: {codes}."
        yield Fault(message, count=len(strangers), codes=shorten(strangers))
    broken = cases.index[np.isfinite(cases) & (cases % 1 != 0)]
    if len(broken):
        message = (
            "The figures of {codes} are not whole numbers, so they are no counts. Choose a count "
            "of people, families or houses."
        )
        yield Fault(message, codes=shorten(broken))
    missing = len(every) - len(known)
    if missing > _MOST_MISSING * len(every):
        message = (
            "{missing} of {areas} areas have no figure or no population. With more than a third "
            "missing a pocket would only show where figures are known. Choose another period or "
            "complete the data."
        )
        yield Fault(message, missing=missing, areas=len(every))
    elif len(known) < LEAST_AREAS:
        message = (
            "{areas} areas have a figure and a population. Circles can be compared from {least} "
            "areas on; compare figures and intervals instead."
        )
        yield Fault(message, areas=len(known), least=LEAST_AREAS)
    elif MOST_CASES < known["cases"].sum() < np.inf:
        message = (
            "{cases} were counted, more than can be dealt out again ({most}). Scan families or "
            "households instead of people, or a part of the area."
        )
        yield Fault(message, cases=int(known["cases"].sum()), most=MOST_CASES)
    elif not known["cases"].any():
        yield Fault("Nobody is counted in any area, so there is no pocket. Choose other figures.")
    if not 0 < largest_share <= 1:
        message = (
            "A circle can hold more than 0 % and at most 100 % of the population, not {share} %."
        )
        yield Fault(message, share=100 * largest_share)


# --- circles ---------------------------------------------------------------------------------


def _order(ground: _Ground, centre: int) -> tuple[_Index, Floats]:
    """Return the areas by distance from the centre of one, and these distances (metres)."""
    away = np.hypot(*(ground.points - ground.points[centre]).T).round(_DIGITS_M)
    order = np.argsort(away, kind="stable")
    return order, away[order]


def _circles(ground: _Ground, centre: int) -> tuple[_Index, _Index, Floats]:
    """Return the circles about the centre of an area that hold enough and not too much.

    Returns
    -------
    tuple
        Areas by distance; places in it where a circle ends; population of each circle.
    """
    order, away = _order(ground, centre)
    held = np.cumsum(ground.population[order])
    is_end = np.append(away[1:] > away[:-1], True)
    # A circle without population, or with all of it, has no other side to compare with.
    is_end &= (held > 0) & (held <= ground.most) & (held < held[-1])
    ends = np.flatnonzero(is_end)
    return order[: ends[-1] + 1 if ends.size else 0], ends, held[ends]


def _ends(ground: _Ground, centre: int) -> _Index:
    return _circles(ground, centre)[1]


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """Log-likelihood ratio of circles, from a table of what depends on their cases alone.

    With q the share of the population inside, LLR = k(c) - c ln(q / (1 - q)) - C ln(1 - q), where
    k(c) = c ln(c / C) + (C - c) ln((C - c) / C).
    """

    table: Floats
    total: int
    population: float
    direction: Direction

    @classmethod
    def of(cls, ground: _Ground, direction: Direction) -> "_Likelihood":
        inside = np.arange(ground.total + 1, dtype=np.float64)
        xlogy(inside, inside / ground.total, out=inside)
        return cls(inside + inside[::-1], ground.total, float(ground.population.sum()), direction)

    def ratio(self, inside: npt.NDArray[np.integer], held: Floats) -> Floats:
        """Return the ratio of circles with so many cases and so much population."""
        share = held / self.population
        ratio = self.table.take(inside)
        ratio -= inside * np.log(share / (1 - share)) + self.total * np.log1p(-share)
        if self.direction == "high":
            ratio[inside <= share * self.total] = 0
        elif self.direction == "low":
            ratio[inside >= share * self.total] = 0
        return ratio

    def range(self, held: Floats, floor: float) -> tuple[_Counts, _Counts]:
        """Return from and to how many cases a ratio surely does not exceed a floor.

        From (1 + u) ln(1 + u) <= u + u² / 2 and (1 - u) ln(1 - u) <= -u + u² for u >= 0: with d
        more cases than the e expected, LLR <= d² (1 / 2e + 1 / (C - e)); with d fewer,
        LLR <= d² (1 / e + 1 / 2(C - e)).
        """
        expected = held / self.population * self.total
        outside = self.total - expected
        more = np.sqrt(floor / (0.5 / expected + 1 / outside))
        fewer = np.sqrt(floor / (1 / expected + 0.5 / outside))
        low = np.zeros_like(held) if self.direction == "high" else np.ceil(expected - fewer)
        high = np.full_like(held, self.total) if self.direction == "low" else expected + more
        return low.astype(np.int32), high.astype(np.int32)


# --- pockets ---------------------------------------------------------------------------------


def _candidates(ground: _Ground, likelihood: _Likelihood) -> Iterator[tuple[float, int, int]]:
    """Yield the circles that are more likely than all smaller ones about the same centre.

    No other can be a pocket: where it does not overlap with a pocket, a smaller one about the
    same centre does not either.

    Yields
    ------
    tuple
        Less the ratio; how many areas; centre. Sorted, the most likely come first, of equals the
        one with the fewest areas, then by ``kode``.
    """
    for centre in range(ground.size):
        order, ends, held = _circles(ground, centre)
        inside = np.cumsum(ground.cases[order])[ends]
        ratio = likelihood.ratio(inside, held).round(_DIGITS)
        before = np.maximum.accumulate(np.append(0.0, ratio))[:-1]
        for place in np.flatnonzero(ratio > before):
            yield -float(ratio[place]), int(ends[place]) + 1, centre


def _told(
    ground: _Ground, candidates: list[tuple[float, int, int]], maxima: Floats
) -> Iterator[Pocket]:
    """Yield the pockets that share no area with a more likely one."""
    is_taken = np.zeros(ground.size, dtype=bool)
    everyone = float(ground.population.sum())
    for ratio, size, centre in candidates:
        if is_taken[centre]:
            continue
        order, away = _order(ground, centre)
        areas = order[:size]
        if is_taken[areas].any():
            continue
        is_taken[areas] = True
        cases, population = int(ground.cases[areas].sum()), float(ground.population[areas].sum())
        outside = (ground.total - cases) / (everyone - population)
        reached = len(maxima) - np.searchsorted(maxima, -ratio - 10.0**-_DIGITS)
        yield Pocket(
            centre=ground.kodes[centre],
            kodes=tuple(ground.kodes[areas]),
            radius_m=float(away[size - 1]),
            cases=cases,
            population=population,
            expected=ground.total * population / everyone,
            relative_risk=cases / population / outside if outside else np.inf,
            llr=-ratio,
            p=float((1 + reached) / (1 + len(maxima))),
        )


# --- chance ----------------------------------------------------------------------------------


def _maxima(ground: _Ground, likelihood: _Likelihood, simulations: int, seed: int) -> Floats:
    """Return the largest ratio of any circle in each simulation."""
    generator = np.random.default_rng(seed)
    lived_in = np.flatnonzero(ground.population)
    chance = ground.population[lived_in] / ground.population.sum()
    width = max(1, min(_WIDEST, _MOST_HELD // ground.size))
    maxima = np.zeros(simulations)
    for start in range(0, simulations, width):
        part = maxima[start : start + width]
        counts = np.zeros((ground.size, len(part)), dtype=np.int32)
        counts[lived_in] = generator.multinomial(ground.total, chance, size=len(part)).T
        for centre in range(ground.size):
            _raise(part, counts, _circles(ground, centre), likelihood)
    return maxima


def _raise(
    maxima: Floats,
    counts: _Counts,
    circles: tuple[_Index, _Index, Floats],
    likelihood: _Likelihood,
) -> None:
    """Raise maxima to the ratios about one centre, a few circles at a time."""
    order, ends, held = circles
    low, high = (limit[:, np.newaxis] for limit in likelihood.range(held, maxima.min()))
    rows = max(1, _AT_ONCE // len(maxima))
    sums = np.zeros(len(maxima), dtype=np.int32)
    for start in range(0, len(order), rows):
        inside = counts[order[start : start + rows]]
        # Adding row to row takes a tenth of the time of numpy's cumsum over rows.
        for place in range(len(inside)):
            inside[place] += sums
            sums = inside[place]
        chosen = slice(*np.searchsorted(ends, [start, start + len(inside)]))
        inside = inside[ends[chosen] - start]
        is_beyond = inside > high[chosen]
        if likelihood.direction != "high":
            is_beyond |= inside < low[chosen]
        # Places in a row are found seven times as fast as those in rows and columns.
        circle, column = np.divmod(np.flatnonzero(is_beyond), len(maxima))
        ratio = likelihood.ratio(inside[circle, column], held[chosen][circle])
        np.maximum.at(maxima, column, ratio)
