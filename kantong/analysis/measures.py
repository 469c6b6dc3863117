"""An indicator in one period, area by area: value, its parts, its sources, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from kantong.analysis.rates import COUNT_MISSING, REASON, headcount_ratio
from kantong.geo.errors import Fault, TableError
from kantong.geo.join import join_counts
from kantong.geo.schema import AREA_KM2, DATASET, INDICATOR, KODE, PERIOD, VALUE, Indicator

NOTHING_KNOWN = "None of its areas has a figure."


@dataclass(frozen=True)
class Measure:
    """One indicator in one period.

    Parameters
    ----------
    indicator, period
        What was measured, and when.
    value
        By ``kode``, in the order of the layer; NaN where not known.
    reason
        English message where ``value`` is NaN, else empty.
    numerator, denominator
        The parts of a rate. For counts the numerator is the value and the denominator NaN.
    denominator_period
        Period of the denominator; empty for counts and for areas in km².
    datasets
        Ids of the data sets the figures come from.
    scale
        Of a rate: value = numerator / denominator x scale. None for counts.
    unknown
        By ``kode``: how many base areas are left out because their count, or for rates their
        denominator, is not known; 0 or 1 for a kelurahan. Zero residents are known. Empty
        where it was not counted.
    """

    indicator: str
    period: str
    value: "pd.Series[float]"
    reason: "pd.Series[str]"
    numerator: "pd.Series[float]"
    denominator: "pd.Series[float]"
    denominator_period: str
    datasets: tuple[str, ...]
    scale: float | None = None
    unknown: "pd.Series[int]" = field(default_factory=lambda: pd.Series(dtype=int))


def periods(
    observations: pd.DataFrame, indicators: Mapping[str, Indicator], indicator: str
) -> list[str]:
    """Return the periods in which an indicator can be shown, oldest first.

    Parameters
    ----------
    observations
        ``OBSERVATION_COLUMNS``.
    indicators
        The catalogue.
    indicator
        Its id. A rate has the periods of its numerator, if its denominator has any.
    """
    chosen = indicators[indicator]
    if chosen.kind != "rate":
        return _periods_of(observations, indicator)
    known = chosen.denominator == AREA_KM2 or _periods_of(observations, chosen.denominator)
    return _periods_of(observations, chosen.numerator) if known else []


def _periods_of(observations: pd.DataFrame, indicator: str) -> list[str]:
    return sorted(observations.loc[observations[INDICATOR] == indicator, PERIOD].unique())


def nearest_period(wanted: str, known: list[str]) -> str:
    """Return the latest of the known periods that is not after the wanted one, else the first.

    A year counts as its end: for ``2024-Q2`` the figures of ``2023`` are taken before those of
    ``2024``.

    Examples
    --------
    >>> nearest_period("2025-Q3", ["2023", "2024"]), nearest_period("2022", ["2023", "2024"])
    ('2024', '2023')
    """
    earlier = [period for period in known if end(period) <= end(wanted)]
    return max(earlier, key=end) if earlier else min(known, key=end)


def end(period: str) -> tuple[str, str]:
    """Return what sorts periods by their end: a year ends with its fourth quarter."""
    year, _, part = period.partition("-")
    return year, part or "Q4"


def measure(
    observations: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    indicator: str,
    period: str,
    layer: pd.DataFrame,
) -> Measure:
    """Return an indicator in a period for every area of a layer.

    Parameters
    ----------
    observations
        ``OBSERVATION_COLUMNS``.
    indicators
        The catalogue.
    indicator, period
        One of :func:`periods`.
    layer
        Columns ``kode`` and ``area_km2``.

    Raises
    ------
    TableError
        The indicator has no figures in the period.
    JoinError
        A kelurahan has two figures for the same indicator and period.
    """
    if period not in periods(observations, indicators, indicator):
        message = "There are no figures of {indicator} for {period}. Choose another period."
        raise TableError(Fault(message, indicator=indicator, period=period))
    chosen = indicators[indicator]
    rate = chosen.kind == "rate"
    above, above_sets = _observed(
        observations, chosen.numerator if rate else indicator, period, layer
    )
    if not rate:
        missing = above.isna().map({True: COUNT_MISSING, False: ""})
        nothing = pd.Series(float("nan"), index=above.index)
        unknown = above.isna().astype(int)
        return Measure(
            indicator, period, above, missing, above, nothing, "", above_sets, unknown=unknown
        )
    below, below_period, below_sets = _denominator(observations, chosen, period, layer)
    ratio = headcount_ratio(above, below, scale=chosen.scale)
    sets = tuple(dict.fromkeys((*above_sets, *below_sets)))
    return Measure(
        indicator,
        period,
        value=ratio[VALUE],
        reason=ratio[REASON],
        numerator=above,
        denominator=below,
        denominator_period=below_period,
        datasets=sets,
        scale=chosen.scale,
        unknown=(above.isna() | below.reindex(above.index).isna()).astype(int),
    )


def aggregate(found: Measure, region: "pd.Series[str]") -> Measure:
    """Return a measure by region: counts summed, rates as the ratio of the sums.

    Parameters
    ----------
    found
        Of base areas, as :func:`measure` returns it, or of regions that lie in larger ones.
    region
        Region of each area, on the index of ``found.value`` in any order
        (:func:`kantong.geo.levels.region_of`); never missing.

    Returns
    -------
    Measure
        By region, sorted. The parts of a rate are summed over the areas where both are known, so
        that no one is counted above the line and not below it. NaN, with a reason, only where no
        area of the region has a figure; ``unknown`` says how many have none.

    Raises
    ------
    KeyError
        ``region`` lacks an area of the measure.
    """
    groups = region.loc[found.value.index].rename(KODE)
    rate = found.scale is not None
    both = found.numerator.notna() & found.denominator.notna()
    above = _sums(found.numerator.where(both) if rate else found.numerator, groups)
    below = _sums(found.denominator.where(both), groups)
    reason = found.reason.groupby(groups).agg(_shared_reason).where(above.isna(), "")
    value = above
    if found.scale is not None:
        ratio = headcount_ratio(above, below, scale=found.scale)
        value, reason = ratio[VALUE], ratio[REASON].where(above.notna(), reason)
    unknown = found.unknown.groupby(groups).sum()
    return replace(
        found, value=value, reason=reason, numerator=above, denominator=below, unknown=unknown
    )


def _sums(parts: "pd.Series[float]", groups: "pd.Series[str]") -> "pd.Series[float]":
    return parts.groupby(groups).sum(min_count=1).astype(float)


def _shared_reason(reasons: "pd.Series[str]") -> str:
    return str(reasons.iloc[0]) if (reasons == reasons.iloc[0]).all() else NOTHING_KNOWN


def _denominator(
    observations: pd.DataFrame, chosen: Indicator, period: str, layer: pd.DataFrame
) -> tuple["pd.Series[float]", str, tuple[str, ...]]:
    if chosen.denominator == AREA_KM2:
        return layer.set_index(KODE)[AREA_KM2].astype(float), "", ()
    near = nearest_period(period, _periods_of(observations, chosen.denominator))
    values, sets = _observed(observations, chosen.denominator, near, layer)
    return values, near, sets


def _observed(
    observations: pd.DataFrame, indicator: str, period: str, layer: pd.DataFrame
) -> tuple["pd.Series[float]", tuple[str, ...]]:
    wanted = (observations[INDICATOR] == indicator) & (observations[PERIOD] == period)
    rows = observations[wanted]
    datasets = tuple(rows[DATASET].unique())
    name = f"{indicator} {period} ({', '.join(datasets)})"
    joined = join_counts(layer[[KODE]], rows, name=name)
    return joined.frame.set_index(KODE)[VALUE].astype(float), datasets
