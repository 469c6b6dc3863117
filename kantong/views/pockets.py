"""Hotspots of a city as its pages ask for them, worked out once for each choice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import geopandas as gpd
import pandas as pd

from kantong.analysis import steady
from kantong.analysis.clustering import Overall, geary, moran
from kantong.analysis.consensus import Consensus, consensus
from kantong.analysis.edge import Edge, edge, outside_neighbours
from kantong.analysis.eligible import refuse_impossible
from kantong.analysis.emerging import Emerging, emerging
from kantong.analysis.hotspots import Correction, Hotspots, Statistic, hotspots
from kantong.analysis.measures import Measure
from kantong.analysis.neighbours import (
    Neighbours,
    lost_links,
    nearest,
    reach_m,
    rook,
    within,
    zone,
)
from kantong.analysis.permutation import SEED
from kantong.analysis.scan import Scan, scan
from kantong.analysis.standing import Standing, standing
from kantong.geo.errors import TableError
from kantong.geo.schema import AREA_KM2, KODE, Indicator
from kantong.views.data import City
from kantong.views.data import neighbours as touching
from kantong.views.work import in_turn

RULES = ("queen", "rook", "nearest", "within")
TOUCHING = RULES[:2]
STATISTICS: tuple[Statistic, ...] = ("gi_star", "local_moran")
CORRECTIONS: tuple[Correction, ...] = ("fdr", "bonferroni", "none")
RAW, STEADY, ADJUSTED, COUNT = "raw", "steady", "adjusted", "count"
NEAREST = 5
_OVERALL_PERMUTATIONS = 9_999
_SCAN_SIMULATIONS = 999


@dataclass(frozen=True)
class Choice:
    """How hotspots are looked for.

    Parameters
    ----------
    indicator, period
        What is looked at: a rate where there is one, else the figure itself.
    figure
        ``raw`` rates, ``steady`` ones (empirical Bayes), ``adjusted`` for the population at
        risk, or the ``count``.
    statistic, rule, correction
        One of ``STATISTICS``, ``RULES`` and ``CORRECTIONS``.
    """

    indicator: str
    period: str
    figure: str = RAW
    statistic: Statistic = STATISTICS[0]
    rule: str = RULES[0]
    correction: Correction = CORRECTIONS[0]


def figures_of(city: City, indicator: Indicator) -> tuple[str, ...]:
    """Return the kinds of figures in which hotspots of an indicator can be looked for."""
    share = city.rate_of(indicator)
    if share is None:
        return (COUNT,)
    shares = (RAW, STEADY, ADJUSTED)
    return shares if indicator.kind == "rate" else (*shares, COUNT)


def usual(city: City, indicator: str, period: str) -> Choice:
    """Return how hotspots of an indicator are looked for as long as nobody chooses otherwise."""
    return Choice(indicator, period, figures_of(city, city.library.indicators[indicator])[0])


def is_made(choice: Choice) -> bool:
    """Tell whether other figures than those counted are tested."""
    return choice.figure in (STEADY, ADJUSTED)


def measured(city: City, choice: Choice) -> Measure:
    """Return the measure behind a choice.

    Covered counts are left out, else they could be worked out from the statistics.
    """
    indicator = city.library.indicators[choice.indicator]
    share = city.rate_of(indicator)
    shown = indicator if share is None or choice.figure == COUNT else share
    return city.measure(shown.id, choice.period)


@lru_cache(maxsize=256)
def values(city: City, choice: Choice) -> "pd.Series[float]":
    """Return the figures that are tested.

    Raises
    ------
    TableError
        Counts are impossible.
    """
    found = measured(city, choice)
    population = found.denominator if _is_share(city, found) else None
    refuse_impossible(found.numerator, population)
    parts = found.numerator, found.denominator
    if choice.figure == STEADY:
        return steady.empirical_bayes(*parts)
    if choice.figure == ADJUSTED:
        return steady.standardised_rate(*parts)
    return found.value


def _is_share(city: City, found: Measure) -> bool:
    indicator = city.library.indicators[found.indicator]
    return indicator.kind == "rate" and indicator.denominator != AREA_KM2


@lru_cache(maxsize=64)
def steadied(city: City, share: str, period: str) -> pd.DataFrame:
    """Return shares made steady.

    Returns
    -------
    DataFrame
        By ``kode``, per cent: ``steady`` and ``smoothed`` (empirical Bayes, of all and of the
        neighbours), ``variation``; of figures that are shown only.

    Raises
    ------
    TableError
        Counts are impossible.
    """
    found = city.measure(share, period)
    counts = found.numerator, found.denominator
    near = neighbours(city, RULES[0])
    return pd.DataFrame(
        {
            "steady": steady.empirical_bayes(*counts),
            "smoothed": steady.spatial_empirical_bayes(*counts, near),
            "variation": steady.coefficient_of_variation(*counts),
        }
    )


# --- neighbours ------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def metric(city: City) -> gpd.GeoDataFrame:
    """Return the areas in view in their UTM zone."""
    metric_crs = zone(city.layer)
    return city.layer.to_crs(metric_crs)


@lru_cache(maxsize=64)
def neighbours(city: City, rule: str) -> Neighbours:
    """Return which areas in view are neighbours by a rule."""
    if rule == "queen":
        return touching(city)
    layer = metric(city)
    if rule == "nearest":
        return nearest(layer, NEAREST)
    if rule == "within":
        return within(layer, reach_m(layer))
    return rook(layer)


@lru_cache(maxsize=16)
def lost(city: City) -> gpd.GeoDataFrame:
    """Return the links that strict contiguity loses."""
    return lost_links(metric(city))


# --- answers ---------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def found(city: City, choice: Choice) -> Hotspots:
    """Return the hotspots of a choice.

    Raises
    ------
    TableError
        Nothing can be said of these figures.
    """
    return hotspots(
        values(city, choice),
        neighbours(city, choice.rule),
        statistic=choice.statistic,
        correction=choice.correction,
    )


@lru_cache(maxsize=256)
def overall(city: City, choice: Choice) -> tuple[Overall, Overall]:
    """Return Moran's I and Geary's C of a choice."""
    asked: dict[str, Any] = {"permutations": _OVERALL_PERMUTATIONS}
    both = values(city, choice), neighbours(city, choice.rule)
    return moran(*both, **asked), geary(*both, **asked)


@lru_cache(maxsize=64)
@in_turn
def agreed(city: City, indicator: str, period: str) -> Consensus:
    """Return in how many reasonable settings each area is hot.

    Counts are among them only where nothing can be told of shares.
    """
    kinds = figures_of(city, city.library.indicators[indicator])
    shares = [one for one in kinds if one != COUNT]
    try:
        return _under(city, indicator, period, shares or [COUNT])
    except TableError:
        if COUNT not in kinds:
            raise
        return _under(city, indicator, period, [COUNT])


def _under(city: City, indicator: str, period: str, kinds: Sequence[str]) -> Consensus:
    tried = {kind: values(city, Choice(indicator, period, kind)) for kind in kinds}
    return consensus(tried, {rule: neighbours(city, rule) for rule in RULES})


@lru_cache(maxsize=256)
@in_turn
def at_edge(city: City, choice: Choice) -> Edge | None:
    """Return the classes of areas at the edge.

    None where nothing is known beyond it, or neighbours need not touch.
    """
    is_whole = city.parts is None and len(city.layer) == len(city.every)
    if city.context is None or not is_whole or choice.rule not in TOUCHING:
        return None
    setting = choice.statistic, choice.correction
    beyond = _outside(city)
    return edge(values(city, choice), neighbours(city, choice.rule), beyond, setting)


@lru_cache(maxsize=16)
def _outside(city: City) -> "pd.Series[int]":
    if city.context is None:
        return pd.Series(0, index=city.layer[KODE])
    return outside_neighbours(metric(city), city.context)


@lru_cache(maxsize=64)
@in_turn
def ranks(city: City, choice: Choice) -> Standing | None:
    """Return how sure the rank of each area is; None for amounts, which are no counts."""
    found = measured(city, choice)
    indicator = city.library.indicators[found.indicator]
    if indicator.kind == "amount":
        return None
    below = found.denominator if indicator.kind == "rate" else None
    return standing(
        found.numerator, below, seed=SEED, is_share=_is_share(city, found),
        higher_is_worse=indicator.higher_is_worse,
    )  # fmt: skip


@lru_cache(maxsize=64)
@in_turn
def through_time(city: City, choice: Choice) -> Emerging:
    """Return what became of the pockets up to the chosen period; periods that tell nothing are out.

    Raises
    ------
    TableError
        Of no period can anything be said.
    """
    z, hot = {}, {}
    for period in periods(city, choice):
        try:
            one = found(city, replace(choice, period=period, statistic="gi_star"))
        except TableError:
            continue
        z[period], hot[period] = one.frame["statistic"], one.is_hot()
    return emerging(pd.DataFrame(z), pd.DataFrame(hot))


def periods(city: City, choice: Choice) -> list[str]:
    """Return the periods of the figures of a choice, up to the chosen one."""
    shown = measured(city, choice).indicator
    known = city.periods(shown)
    return known[: known.index(choice.period) + 1]


@lru_cache(maxsize=64)
@in_turn
def circles(city: City, choice: Choice) -> Scan | None:
    """Return the circles that stand out; None where there is no share of residents.

    Raises
    ------
    TableError
        Nothing can be said of these figures.
    """
    found = measured(city, replace(choice, figure=RAW))
    if not _is_share(city, found):
        return None
    return scan(found.numerator, found.denominator, metric(city), simulations=_SCAN_SIMULATIONS)
