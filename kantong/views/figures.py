"""Every figure of a kelurahan with its interval and rank: for the profile and for print."""

import math
from collections.abc import Iterator
from functools import lru_cache

import pandas as pd

from kantong.analysis.measures import Measure
from kantong.analysis.rates import LOWER, UPPER, poisson_interval, wilson_interval
from kantong.geo.schema import AREA_KM2, Indicator
from kantong.language import gettext as _
from kantong.language import language, number, pick
from kantong.maps.style import decimals
from kantong.views import mapview
from kantong.views.data import City
from kantong.views.words import figure, kind_of_data, sources


def intervals(found: Measure, indicator: Indicator) -> pd.DataFrame:
    """Return the 95 % interval of every area: columns ``lower`` and ``upper``.

    Shares of residents by Wilson, counts and densities by the exact Poisson interval; amounts
    have none, since how they vary is not known.
    """
    if indicator.kind == "rate" and indicator.denominator != AREA_KM2:
        return wilson_interval(found.numerator, found.denominator, scale=indicator.scale)
    bounds = poisson_interval(found.numerator)
    if indicator.kind == "amount":
        return bounds * float("nan")
    if indicator.kind == "rate":
        return bounds.div(found.denominator, axis=0) * indicator.scale
    return bounds


def interval_words(bounds: pd.DataFrame, kode: str, indicator: Indicator) -> str:
    """Return the interval of an area as words; a dash where there is none."""
    lower, upper = (float(bounds[side][kode]) for side in (LOWER, UPPER))
    if math.isnan(lower):
        return "–"
    places = decimals(indicator)
    return _("{first} to {last}").format(first=number(lower, places), last=number(upper, places))


def figure_rows(city: City, kode: str) -> Iterator[tuple[str, ...]]:
    """Yield every indicator of an area in its latest period.

    Yields
    ------
    tuple
        Label, figure or why there is none, interval, rank, city's figure, period, kind of data,
        sources.
    """
    for name in city.indicators():
        yield figure_row(city, kode, name, city.periods(name)[-1])


def figure_row(city: City, kode: str, name: str, period: str) -> tuple[str, ...]:
    """Return the same of one indicator and period."""
    (label, *others), by_kode = _figure_texts(city, name, period, language())
    return (label, *by_kode[kode], *others)


@lru_cache(maxsize=1024)
def _figure_texts(
    city: City, name: str, period: str, _spoken: str
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Return what is said of an indicator: of all areas alike, and of each by ``kode``."""
    indicator = city.library.indicators[name]
    found = city.measure(name, period)
    bounds, ranks = intervals(found, indicator), mapview.rank_texts(found.value)
    texts: dict[str, tuple[str, ...]] = {}
    for kode in map(str, found.value.index):
        value = found.value[kode]
        text = _(found.reason[kode]) if pd.isna(value) else figure(value, indicator)
        texts[kode] = (text, interval_words(bounds, kode, indicator), ranks[kode] or "–")
    datasets = city.datasets(found)
    whole = figure(city.together(found), indicator)
    shared = (pick(indicator.label), whole, period, kind_of_data(datasets), sources(datasets))
    return shared, texts
