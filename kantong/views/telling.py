"""What stands out about a kelurahan, in plain sentences."""

import html
from collections.abc import Iterator

import pandas as pd

from kantong.analysis.change import compared_periods
from kantong.analysis.measures import Measure
from kantong.analysis.standout import Standout, most_telling, stand_out
from kantong.geo.schema import KELURAHAN, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views.data import City
from kantong.views.words import figure

_ALIKE = 0.05


def facts(city: City, found: Measure, kode: str) -> Standout:
    """Return what stands out about an area in one indicator and period."""
    indicator = city.library.indicators[found.indicator]
    earlier = compared_periods(found.period, city.periods(found.indicator))
    return stand_out(
        found,
        indicator,
        kode,
        neighbours=city.neighbours(kode),
        earlier=[city.measure(found.indicator, period) for period in earlier],
        city=city.together(found),
    )


def most_unusual(city: City, kode: str) -> list[Standout]:
    """Return the facts of every indicator in its latest period, the most unusual first."""
    latest = [city.measure(key, city.periods(key)[-1]) for key in city.indicators()]
    return most_telling(facts(city, found, kode) for found in latest)


def sentence(city: City, found: Measure, kode: str) -> str:
    """Return the facts of one indicator as an HTML paragraph; everything in it is escaped."""
    words = " ".join(sentences(city, facts(city, found, kode)))
    return f'<p class="telling">{html.escape(words)}</p>'


def sentences(city: City, told: Standout) -> Iterator[str]:
    """Yield plain sentences: the figure, the neighbours, the past."""
    indicator = city.library.indicators[told.indicator]
    name = city.place(told.kode)[KELURAHAN]
    what = f"{pick(indicator.label)} {told.period}"
    if told.rank is None:
        words = _("{name}: {what} is not known. {reason}")
        yield words.format(name=name, what=what, reason=_(told.reason))
        return
    against = _against_city(told, indicator)
    words = (
        _("{name}: {what} is {figure}, {against}; rank {rank} of {count}.")
        if against
        else _("{name}: {what} is {figure}; rank {rank} of {count}.")
    )
    yield words.format(
        name=name, what=what, figure=figure(told.value, indicator), against=against,
        rank=number(told.rank), count=number(told.ranked),
    )  # fmt: skip
    yield from _against_neighbours(told)
    yield from _past(told)


def _against_neighbours(told: Standout) -> Iterator[str]:
    if told.neighbours is None:
        return
    words = (
        _("its {count} neighbours whose figure is shown")
        if told.neighbours_unknown
        else _("its {count} neighbours")
    )
    near = words.format(count=number(told.neighbours_known))
    yield {
        "higher_than_all": _("That is more than in any of {near}."),
        "none_higher": _("Of {near} none has more, and some have as much."),
        "in_between": _("Of {near} some have more and some have less."),
        "none_lower": _("Of {near} none has less, and some have as much."),
        "lower_than_all": _("That is less than in any of {near}."),
        "all_alike": _("That is as much as in each of {near}."),
    }[told.neighbours].format(near=near)


def _against_city(told: Standout, indicator: Indicator) -> str:
    """Return the figure beside the city's; empty where that is not told."""
    if pd.isna(told.city):
        return ""
    if indicator.kind != "rate":
        if pd.isna(told.share_percent):
            return ""
        share = number(told.share_percent, 1)
        return _("{share} % of the city's total").format(share=share)
    whole = figure(told.city, indicator)
    if pd.isna(told.ratio_to_city) or abs(told.ratio_to_city - 1) < _ALIKE:
        return _("about the city's figure ({city})").format(city=whole)
    if told.ratio_to_city > 1:
        return _("above the city's figure ({city})").format(city=whole)
    return _("below the city's figure ({city})").format(city=whole)


def _past(told: Standout) -> Iterator[str]:
    known = [shift for shift in told.shifts if pd.notna(shift.percent)]
    if known:
        shift = known[-1]
        words = _("Since {period} it changed by {percent} %.")
        yield words.format(period=shift.since, percent=number(shift.percent, 1, signed=True))
