"""What changed from one period to another, area by area, and over which periods to look."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kantong.analysis.measures import Measure
from kantong.geo.errors import Fault, TableError

EARLIER_MISSING = "There is no figure for the earlier period."
LATER_MISSING = "There is no figure for the later period."
BOTH_MISSING = "There is no figure for either period."
EARLIER_ZERO = "The earlier figure is zero."


@dataclass(frozen=True)
class Change:
    """One indicator, from one period to another.

    Parameters
    ----------
    indicator, earlier, later
        What was measured, and the two periods.
    difference
        By ``kode``: later less earlier, in the unit of the indicator (percentage points for
        per cent); NaN where either is not known.
    percent
        The difference in per cent of the earlier figure; NaN also where that is zero.
    reason
        English message where ``difference`` or ``percent`` is NaN, else empty.
    datasets
        Ids of the data sets both figures come from.
    """

    indicator: str
    earlier: str
    later: str
    difference: "pd.Series[float]"
    percent: "pd.Series[float]"
    reason: "pd.Series[str]"
    datasets: tuple[str, ...]


def change(before: Measure, after: Measure) -> Change:
    """Return what changed from one measure of an indicator to another.

    Parameters
    ----------
    before, after
        The same indicator in two periods, matched by ``kode``.

    Returns
    -------
    Change
        In the order of ``after``, then the areas that only ``before`` has. Over the areas known
        in both periods the differences sum to the difference of the sums.

    Raises
    ------
    TableError
        The two are different indicators.

    Notes
    -----
    difference = after - before; percent = 100 difference / before.

    Examples
    --------
    >>> from kantong.analysis.measures import measure
    >>> from kantong.geo.schema import Indicator
    >>> seen = pd.DataFrame({"kode": ["a", "b"] * 2, "value": [200.0, 0.0, 150.0, 5.0]})
    >>> seen = seen.assign(indicator="poor", period=["2024"] * 2 + ["2025"] * 2, dataset="register")
    >>> catalogue, layer = {"poor": Indicator("poor", {}, {}, {}, "count")}, seen[["kode"]][:2]
    >>> before, after = (measure(seen, catalogue, "poor", x, layer) for x in ("2024", "2025"))
    >>> found = change(before, after)
    >>> found.difference.tolist(), found.percent.tolist(), found.reason.tolist()
    ([-50.0, 5.0], [-25.0, nan], ['', 'The earlier figure is zero.'])
    """
    if before.indicator != after.indicator:
        message = (
            "{after} cannot be compared with {before}: they are different indicators. "
            "Choose two periods of the same indicator."
        )
        raise TableError(Fault(message, after=after.indicator, before=before.indicator))
    areas = after.value.index.union(before.value.index, sort=False)
    old, new = before.value.reindex(areas), after.value.reindex(areas)
    difference = new - old
    return Change(
        indicator=after.indicator,
        earlier=before.period,
        later=after.period,
        difference=difference,
        percent=difference / old.where(old != 0) * 100,
        reason=_reason(old, new),
        datasets=tuple(dict.fromkeys((*before.datasets, *after.datasets))),
    )


def _reason(old: "pd.Series[float]", new: "pd.Series[float]") -> "pd.Series[str]":
    cases = [old.isna() & new.isna(), old.isna(), new.isna(), old == 0]
    messages = [BOTH_MISSING, EARLIER_MISSING, LATER_MISSING, EARLIER_ZERO]
    return pd.Series(np.select(cases, messages, default=""), index=old.index, dtype=str)


def compared_periods(period: str, known: list[str]) -> list[str]:
    """Return the periods with which one is compared, nearest first.

    Parameters
    ----------
    period
        One of ``known``.
    known
        Periods of the indicator, oldest first, as
        :func:`kantong.analysis.measures.periods` returns them.

    Returns
    -------
    list of str
        The period before, if there is one; then one that is earlier still, if there is one: the
        same quarter a year before (a season is compared with itself), else the first.

    Raises
    ------
    ValueError
        The period is not known.

    Examples
    --------
    >>> compared_periods("2025-Q3", ["2024-Q2", "2024-Q3", "2025-Q1", "2025-Q3"])
    ['2025-Q1', '2024-Q3']
    >>> compared_periods("2025", ["2021", "2024", "2025"])
    ['2024', '2021']
    """
    before = known[: known.index(period)]
    still_earlier = before[:-1]
    year, dash, quarter = period.partition("-")
    year_ago = f"{int(year) - 1}{dash}{quarter}"
    farther = [year_ago] if year_ago in still_earlier else still_earlier[:1]
    return before[-1:] + farther
