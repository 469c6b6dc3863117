"""What stands out about one area: facts to be put into words elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from kantong.analysis.change import change
from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, TIED, rank
from kantong.geo.schema import Indicator

Position = Literal["highest_tenth", "middle", "lowest_tenth"]
Comparison = Literal[
    "higher_than_all", "none_higher", "in_between", "none_lower", "lower_than_all", "all_alike"
]

_NOT_KNOWN = float("nan")
_TENTH = 0.1
# Percentile ranks are fractions of small numbers: beyond this they differ by rounding alone.
_DECIMALS = 9


@dataclass(frozen=True)
class Shift:
    """How an area changed since an earlier period.

    Parameters
    ----------
    since
        The earlier period.
    difference, percent, reason
        As in :class:`kantong.analysis.change.Change`.
    """

    since: str
    difference: float
    percent: float
    reason: str


@dataclass(frozen=True)
class Standout:
    """One area by one indicator in one period, set against the city, its neighbours and the past.

    Parameters
    ----------
    kode, indicator, period
        Which area, what was measured, and when.
    value, reason
        NaN where not known; then an English message says why. All that follows from the value is
        then NaN or None too.
    city
        The city's figure: see :func:`city_figure`.
    ratio_to_city
        For rates: value / city, so 2 is twice the city's rate. NaN for counts.
    share_percent
        For counts: per cent of the city's total. NaN for rates.
    rank, tied, ranked
        1 is the largest value; whether other areas share the rank; how many areas have a value.
    percentile
        Share of the areas below this one, between 0 and 1; areas with the same value count half.
    neighbours, neighbours_known
        Against the adjoining areas with a value, and how many those are; None where there are
        none. ``none_higher`` and ``none_lower``: equal to the highest, or lowest, of unlike ones;
        ``all_alike``: equal to every one.
    neighbours_unknown
        How many adjoining areas have no value that may be shown.
    shifts
        Change since each earlier period asked for, in that order.
    """

    kode: str
    indicator: str
    period: str
    value: float
    reason: str
    city: float
    ratio_to_city: float
    share_percent: float
    rank: int | None
    tied: bool
    ranked: int
    percentile: float
    neighbours: Comparison | None
    neighbours_known: int
    neighbours_unknown: int
    shifts: tuple[Shift, ...]

    @property
    def position(self) -> Position | None:
        """Whether the percentile is within a tenth of either end; None where not known."""
        if self.rank is None:
            return None
        if self.percentile > 1 - _TENTH:
            return "highest_tenth"
        return "lowest_tenth" if self.percentile < _TENTH else "middle"


def city_figure(found: Measure, indicator: Indicator) -> float:
    """Return the figure of the whole city.

    Parameters
    ----------
    found
        The measure, area by area.
    indicator
        Its entry in the catalogue: kind and scale.

    Returns
    -------
    float
        For counts and amounts the sum of the known values. For rates the ratio of the sums of
        both parts, over the areas with a rate, times the scale: never the mean of the rates. NaN
        where no area has a value.

    Examples
    --------
    >>> from kantong.analysis.measures import measure
    >>> layer = pd.DataFrame({"kode": ["a", "b"], "area_km2": [1.0, 3.0]})
    >>> seen = layer.assign(value=[80.0, 0.0], indicator="poor", period="2025", dataset="register")
    >>> density = Indicator("density", {}, {}, {}, "rate", "poor", "area_km2")
    >>> city_figure(measure(seen, {"density": density}, "density", "2025", layer), density)
    20.0
    """
    known = found.value.notna()
    if not known.any():
        return _NOT_KNOWN
    if indicator.kind != "rate":
        return float(found.value.sum())
    ratio = found.numerator[known].sum() / found.denominator[known].sum()
    return float(ratio * indicator.scale)


def stand_out(
    found: Measure,
    indicator: Indicator,
    kode: str,
    *,
    neighbours: tuple[str, ...] = (),
    earlier: Iterable[Measure] = (),
    city: float | None = None,
) -> Standout:
    """Return what stands out about one area by one indicator.

    Parameters
    ----------
    found
        The measure of all areas. Small counts suppressed where the public reads.
    indicator
        Its entry in the catalogue.
    kode
        The area.
    neighbours
        Its neighbours: see :func:`kantong.analysis.neighbours.queen`.
    earlier
        The same indicator in earlier periods: see
        :func:`kantong.analysis.change.compared_periods`.
    city
        The city's figure where ``found`` does not hold all of it, as after suppression; by
        default :func:`city_figure` of ``found``.

    Raises
    ------
    KeyError
        The area is not among those measured.
    TableError
        An earlier measure is of another indicator.

    Notes
    -----
    Percentile rank = (areas below + half of the equal ones, itself included) / areas with a
    value: the plotting position of Hazen (1914), (i - 0.5) / n.
    """
    value = float(found.value[kode])
    ranks = rank(found.value)
    whole = city_figure(found, indicator) if city is None else city
    to_city = value / whole if whole else _NOT_KNOWN
    is_rate = indicator.kind == "rate"
    near = found.value.reindex(list(neighbours)).dropna()
    return Standout(
        kode=kode,
        indicator=found.indicator,
        period=found.period,
        value=value,
        reason=found.reason[kode],
        city=whole,
        ratio_to_city=to_city if is_rate else _NOT_KNOWN,
        share_percent=_NOT_KNOWN if is_rate else to_city * 100,
        rank=None if pd.isna(value) else int(ranks.loc[[kode], RANK].iloc[0]),
        tied=bool(ranks.loc[kode, TIED]),
        ranked=int(found.value.notna().sum()),
        percentile=_percentile(found.value, kode),
        neighbours=_against(value, near),
        neighbours_known=len(near),
        neighbours_unknown=len(neighbours) - len(near),
        shifts=tuple(_shift(before, found, kode) for before in earlier),
    )


def most_telling(standouts: Iterable[Standout]) -> list[Standout]:
    """Return several indicators of an area, the most unusual first.

    Parameters
    ----------
    standouts
        One for each indicator, in the order of the catalogue.

    Returns
    -------
    list of Standout
        By how far the percentile rank is from the middle, |percentile - 0.5|, whether above or
        below; equal ones stay in their order, and those without a value come last.
    """
    return sorted(
        standouts,
        key=lambda one: -1.0 if one.rank is None else round(abs(one.percentile - 0.5), _DECIMALS),
        reverse=True,
    )


def _percentile(value: "pd.Series[float]", kode: str) -> float:
    known = value.dropna()
    if kode not in known.index:
        return _NOT_KNOWN
    below, equal = (known < known[kode]).sum(), (known == known[kode]).sum()
    return float((below + equal / 2) / len(known))


def _against(value: float, near: "pd.Series[float]") -> Comparison | None:
    if pd.isna(value) or near.empty:
        return None
    low, high = near.min(), near.max()
    if low < value < high:
        return "in_between"
    if value == low == high:
        return "all_alike"
    if value >= high:
        return "higher_than_all" if value > high else "none_higher"
    return "lower_than_all" if value < low else "none_lower"


def _shift(before: Measure, after: Measure, kode: str) -> Shift:
    found = change(before, after)
    return Shift(
        since=found.earlier,
        difference=float(found.difference[kode]),
        percent=float(found.percent[kode]),
        reason=found.reason[kode],
    )
