"""Interventions as the page Program shows them: which are asked for, and what they reach."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
import streamlit as st

from kantong.analysis import reach, suppression
from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.reach import (
    BUDGET_RP,
    FUNDER,
    KIND,
    PROGRAMME,
    REACHED,
    STATUS,
    TARGET,
    Interventions,
    Reach,
)
from kantong.geo import levels
from kantong.geo.schema import DATASET, KECAMATAN, KODE, PERIOD, Dataset
from kantong.language import gettext as _
from kantong.views import state
from kantong.views.data import City
from kantong.views.state import ALL, FIRST_INDICATOR, Selection
from kantong.views.words import code_label

STRATEGY = "strategy"
SMALLEST_SHOWN = 5
# Houses are no persons: the catalogue covers no count of them (rtlh_assisted), so nor do we.
_OPEN_KINDS = ("housing",)
# Kelurahan with need: the first so many by need, or all that have any.
THIRD, QUARTER, HALF, ANY = "sepertiga", "seperempat", "separuh", "ada"
THRESHOLDS = (THIRD, QUARTER, HALF, ANY)
_SHARES = {THIRD: 1 / 3, QUARTER: 1 / 4, HALF: 1 / 2, ANY: 1.0}
_YEAR = 4
HIDDEN = "hidden"


@dataclass(frozen=True)
class Choice:
    """Which interventions are looked at, and from where on there is need.

    Parameters
    ----------
    year
        Whatever overlaps it.
    programme, strategy, kind, funder, status
        As they stand in the table; ``semua`` for all.
    threshold
        One of ``THRESHOLDS``.
    """

    year: str
    programme: str = ALL
    strategy: str = ALL
    kind: str = ALL
    funder: str = ALL
    status: str = ALL
    threshold: str = THIRD


def threshold_label(name: str) -> str:
    """Return the words for where need begins."""
    return {
        THIRD: _("the third with most need"),
        QUARTER: _("the quarter with most need"),
        HALF: _("the half with most need"),
        ANY: _("all with any need"),
    }[name]


def funder_label(funder: str | float | None) -> str:
    """Return who pays; it may not be known."""
    return str(funder) if pd.notna(funder) and funder else _("not known who")


# --- choices -----------------------------------------------------------------------------------


def years(city: City) -> list[str]:
    """Return the years of which anything is recorded, newest first."""
    return sorted({str(one)[:_YEAR] for one in placed(city).rows[PERIOD]}, reverse=True)


def usual_year(city: City) -> str:
    """Return the newest year in which something is running or done; else the newest of all."""
    rows = placed(city).rows
    begun = {str(one)[:_YEAR] for one in rows.loc[~reach.is_ahead(rows), PERIOD]}
    return max(begun) if begun else years(city)[0]


def choose(city: City) -> Choice:
    """Draw which interventions are looked at, and return it; there must be some."""
    known, rows = years(city), placed(city).rows
    first, second, third, fourth = st.columns([2, 3, 3, 4])
    with first:
        year = state.select(
            _("Year of the programmes"), known, usual_year(city), key="tahun_program"
        )
    with second:
        programme = _select(_("Programme"), rows[PROGRAMME], str, "program")
    with third:
        kind = _select(_("Kind"), rows[KIND], code_label, "jenis")
    with fourth:
        threshold = state.select(
            _("Kelurahan with need are"), list(THRESHOLDS), THIRD, threshold_label, key="ambang"
        )
    with st.expander(_("Only some strategies, funders or statuses"), icon=":material/filter_alt:"):
        left, middle, right = st.columns(3)
        with left:
            strategy = _select(_("Strategy"), rows[STRATEGY], code_label, "strategi")
        with middle:
            funder = _select(_("Funder"), rows[FUNDER], str, "penyandang")
        with right:
            status = _select(_("Status"), rows[STATUS], code_label, "status")
    return Choice(year, programme, strategy, kind, funder, status, threshold)


def _select(label: str, values: "pd.Series[str]", words: Callable[[str], str], key: str) -> str:
    options = sorted(set(values.dropna()) - {""})

    def told(one: str) -> str:
        return _("all") if one == ALL else words(one)

    return state.select(label, [ALL, *options], ALL, told, key=key)


# --- what is recorded --------------------------------------------------------------------------


@lru_cache(maxsize=16)
def checked(city: City) -> Interventions:
    """Return all interventions of the city that can be placed, and what is odd about them.

    Raises
    ------
    TableError
        Numbers are negative or not finite.
    """
    return reach.interventions(city.library.interventions, list(city.every[KODE]))


@lru_cache(maxsize=16)
def placed(city: City) -> Interventions:
    """Return those in the areas in view; where these are regions, added up by region."""
    found = checked(city)
    rows = found.rows[found.rows[KODE].isin(set(city.areas[KODE]))]
    if city.parts is not None:
        rows = _by_region(rows, city.parts)
    kodes = pd.Index(list(city.layer[KODE]), name=KODE, dtype=str)
    return replace(found, rows=rows, kodes=kodes)


def _by_region(rows: pd.DataFrame, parts: "pd.Series[str]") -> pd.DataFrame:
    """Return interventions added up by region; those that do not say how many stand apart."""
    rows = rows.assign(**{KODE: rows[KODE].map(parts)})
    keys = [PROGRAMME, STRATEGY, KIND, FUNDER, KODE, PERIOD, STATUS, DATASET]
    counts = [TARGET, REACHED, BUDGET_RP]
    silent = [rows[name].isna().rename(f"no {name}") for name in counts]
    added = rows.groupby([*keys, *silent], dropna=False)[counts]
    return added.sum(min_count=1).reset_index()


@lru_cache(maxsize=16)
def covered(city: City) -> "pd.Series[bool]":
    """Return, row by row of :func:`placed`, whether its counts may not be shown.

    Each programme of a funder and period is protected against its sum over the city and over each
    kecamatan, as indicators are.
    """
    rows = placed(city).rows
    hidden = pd.Series(data=False, index=rows.index)
    if not city.covered:
        return hidden
    whole = rows if city.parts is not None else checked(city).rows
    whole = whole[~whole[KIND].isin(_OPEN_KINDS)]
    groups = None if city.parts is not None else levels.region_of(city.every, KECAMATAN)
    for _key, part in whole.groupby([PROGRAMME, FUNDER, PERIOD], dropna=False):
        few = part[REACHED].where(part[REACHED] > 0)
        least = few.groupby(part[KODE]).min()
        added = part.groupby(KODE)[REACHED].sum(min_count=1)
        counts = added.mask(least < SMALLEST_SHOWN, least)
        secret = protected(counts, groups)
        own = part.index[part[KODE].map(secret).astype(bool)].intersection(rows.index)
        hidden[own] = True
    return hidden


def protected(
    counts: "pd.Series[float]", groups: "pd.Series[str] | None" = None
) -> "pd.Series[bool]":
    """Return, by ``kode``, which counts may not be shown beside their sums.

    Parameters
    ----------
    counts
        By ``kode``; NaN where not known.
    groups
        Kecamatan of each area, whose sums are shown too.
    """
    return suppression.hidden(counts, SMALLEST_SHOWN, groups=groups)


@lru_cache(maxsize=16)
def showable(city: City) -> Interventions:
    """Return all interventions in view as they may be shown.

    ``hidden`` says where counts are left out: ``target``, ``reached`` and ``budget_rp``, which
    tells the count where the price of one is known, are then NaN.
    """
    found = placed(city)
    rows = found.rows.assign(**{HIDDEN: covered(city)})
    few = (rows[TARGET] > 0) & (rows[TARGET] < SMALLEST_SHOWN)
    few &= ~rows[KIND].isin(_OPEN_KINDS) & city.covered
    rows[TARGET] = rows[TARGET].mask(few | rows[HIDDEN])
    rows[REACHED] = rows[REACHED].mask(rows[HIDDEN])
    rows[HIDDEN] |= few
    rows[BUDGET_RP] = rows[BUDGET_RP].mask(rows[HIDDEN])
    return replace(found, rows=rows)


def gives_away(
    city: City,
    summed: "pd.Index[int]",
    column: str,
    groups: "pd.Series[str] | None" = None,
) -> bool:
    """Return whether a sum over some interventions would give a covered figure away.

    Parameters
    ----------
    summed
        Rows of :func:`placed`.
    column
        What is summed.
    groups
        Region by ``kode``, where sums by region are shown too.

    Notes
    -----
    Those covered of one programme, funder, period (and region) hide each other. A sum that held
    some of them only would tell the others by subtraction from the sum of all.
    """
    whole, seen = placed(city).rows, showable(city).rows
    same = whole[PROGRAMME].isin(whole[PROGRAMME].reindex(summed))
    secret = whole[same & whole[column].notna() & seen[column].isna()]
    counts = secret[[TARGET, REACHED]].min(axis=1)
    keys = [secret[name] for name in (PROGRAMME, FUNDER, PERIOD)]
    if groups is not None:
        keys.append(secret[KODE].map(groups))
    for _key, part in counts.groupby(keys, dropna=False):
        inside = part.index.isin(summed)
        each = part.groupby(secret[KODE]).sum()
        if inside.any() and (not inside.all() or suppression.is_given_away(each, SMALLEST_SHOWN)):
            return True
    return False


@lru_cache(maxsize=128)
def kept(city: City, choice: Choice) -> Interventions:
    """Return the interventions that are looked at, with all their counts: for sums only."""
    found = placed(city)
    rows = found.in_period(choice.year)
    for column, value in (
        (PROGRAMME, choice.programme), (STRATEGY, choice.strategy), (KIND, choice.kind),
        (FUNDER, choice.funder), (STATUS, choice.status),
    ):  # fmt: skip
        if value != ALL:
            rows = rows[rows[column] == value]
    return replace(found, rows=rows)


@lru_cache(maxsize=128)
def shown(city: City, choice: Choice) -> Interventions:
    """Return the interventions that are looked at, as :func:`showable` shows them."""
    found = kept(city, choice)
    return replace(found, rows=showable(city).rows.loc[found.rows.index])


@lru_cache(maxsize=128)
def reached(city: City, choice: Choice) -> Reach:
    """Return how many each programme reached, as it may be shown; what is covered is not known."""
    return reach.reach(shown(city, choice), choice.year)


@lru_cache(maxsize=128)
def hidden(city: City, choice: Choice) -> pd.DataFrame:
    """Return, by area and programme, whether a count is left out for being too small."""
    rows = shown(city, choice).rows
    secret = rows[covered(city).reindex(rows.index)]
    found = reached(city, choice).recorded
    marks = pd.crosstab(secret[KODE], secret[PROGRAMME]).reindex(
        index=found.index, columns=found.columns
    )
    return marks.fillna(0) > 0


def most_reached(city: City, choice: Choice) -> "pd.Series[float]":
    """Return how many the programme that reaches most has reached, by ``kode``.

    At least so many are reached: programmes are not added, for one person may be in several. NaN
    where nothing is recorded, or no number that may be shown.
    """
    found = reached(city, choice).reached
    return found.max(axis=1) if found.shape[1] else pd.Series(np.nan, found.index)


def datasets(city: City, choice: Choice) -> list[Dataset]:
    """Return the data sets that the interventions looked at come from."""
    names = dict.fromkeys(map(str, kept(city, choice).rows[DATASET]))
    return [city.library.datasets[name] for name in names]


# --- need --------------------------------------------------------------------------------------


def need(city: City, selection: Selection) -> Measure:
    """Return what responses are set against: the indicator chosen in the drawer."""
    return city.measure(selection.indicator, selection.period)


def with_sources(city: City, found: Measure, choice: Choice) -> Measure:
    """Return a measure that names the data sets of the interventions beside its own."""
    names = (*found.datasets, *(one.id for one in datasets(city, choice)))
    return replace(found, datasets=tuple(dict.fromkeys(names)))


def at_least(found: Measure, choice: Choice) -> float:
    """Return from which figure on there is need; infinite where no figure is known.

    It is that of the last of the first so many kelurahan, and never 0.
    """
    some = found.value[found.value > 0].sort_values(ascending=False)
    if some.empty:
        return float("inf")
    first = int(np.ceil(found.value.notna().sum() * _SHARES[choice.threshold]))
    return float(some.iloc[min(first, len(some)) - 1])


def states(
    city: City, selection: Selection, choice: Choice, kind: str | None = None
) -> "pd.Series[str]":
    """Return, by ``kode``, whether need is met; of one kind of intervention where it is named."""
    return _states(city, selection.indicator, selection.period, choice, kind)


@lru_cache(maxsize=256)
def _states(
    city: City, indicator: str, period: str, choice: Choice, kind: str | None
) -> "pd.Series[str]":
    found = city.measure(indicator, period)
    kinds = None if kind is None else {kind}
    asked = at_least(found, choice)
    told = reach.gaps(kept(city, choice), found.value, asked, period=choice.year, kinds=kinds)
    return told[reach.STATE]


def share_reached(city: City, selection: Selection, choice: Choice) -> "pd.Series[float]":
    """Return how many are reached for each hundred in need, at least so many, by ``kode``."""
    counted = need(city, selection).numerator
    return most_reached(city, choice) / counted.where(counted > 0) * 100


@lru_cache(maxsize=128)
def people_in_need(city: City, indicator: str, year: str) -> Measure:
    """Return the poor people of a year, or the latest known before.

    Where poor people are not known at all: who is in need, as the indicator counts them.
    """
    name = FIRST_INDICATOR if FIRST_INDICATOR in city.indicators() else indicator
    return city.measure(name, nearest_period(year, city.periods(name)))


def funding(city: City, selection: Selection, choice: Choice) -> pd.DataFrame:
    """Return Rupiah for each person in need, as :func:`kantong.analysis.reach.rupiah_per_poor`."""
    people = people_in_need(city, selection.indicator, choice.year)
    return reach.rupiah_per_poor(shown(city, choice), choice.year, people.numerator)


@lru_cache(maxsize=64)
def double(city: City, choice: Choice) -> pd.DataFrame:
    """Return what may serve the same people twice, with the counts that may be shown."""
    return reach.double_service(shown(city, choice))
