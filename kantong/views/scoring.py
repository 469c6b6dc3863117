"""Several indicators in one score: what a planner weighs, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import streamlit as st

from kantong.analysis.chance import draws_of
from kantong.analysis.composite import (
    Affordable,
    Aggregation,
    Composite,
    Gap,
    Normalisation,
    composite,
    natural_gap,
    within_budget,
)
from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.permutation import SEED
from kantong.analysis.robustness import Robustness, Tipping, robustness, what_would_change
from kantong.geo.schema import AREA_KM2
from kantong.language import gettext as _
from kantong.language import pick
from kantong.views import state
from kantong.views.data import City
from kantong.views.words import plain
from kantong.views.work import in_turn

NORMALISATIONS: tuple[Normalisation, ...] = ("rank", "minmax", "z")
AGGREGATIONS: tuple[Aggregation, ...] = ("arithmetic", "geometric")
LENGTHS = ("5", "10", "15", "20")
# Where the list ends: after a number, at the widest gap between scores, or with the money.
COUNT, GAP, BUDGET = "angka", "celah", "dana"
CUTS = (GAP, BUDGET, COUNT)
KEYS = (
    "urut", "indikator", "periode", "bobot", "normal", "agregat", "kosong", "panjang", "potong",
    "dana", "biaya", "orang", "tutup",
)  # fmt: skip
LEAVE_OUT, MEDIAN = "lewati", "median"
_USUAL = ("poor_rate", "dtsen_people_rate", "training_need")
_HEAVIEST, _EVEN = 10, 5
_DRAWS, _DATA_DRAWS = 10_000, 200
_MILLION, _MOST = 1_000_000, 999_999_999
# Beginnings of the names of widgets that fill themselves from the address only once.
OWN_WIDGETS = ("_mix", "_weight ", "_dana", "_biaya")


@dataclass(frozen=True)
class Cut:
    """Where a list ends.

    Parameters
    ----------
    kind
        One of ``CUTS``.
    length
        How many kelurahan it has, where a number is asked for.
    budget_rp, cost_rp
        What there is to spend, and what serving one costs; 0 where that was not said.
    served
        Indicator that counts whom the money serves.
    """

    kind: str = GAP
    length: int = 10
    budget_rp: int = 0
    cost_rp: int = 0
    served: str = ""


@dataclass(frozen=True)
class Mix:
    """What is weighed.

    Parameters
    ----------
    weights
        Indicator and weight, 0 to 10, in the order of the catalogue.
    period
        Of each indicator the latest figure that is not after it is taken; the oldest where all
        are.
    normalisation, aggregation
        See :func:`kantong.analysis.composite.composite`.
    cut
        Where the list ends.
    impute
        Whether a figure that is not known is taken for the median of the others; else such
        kelurahan have no score.
    """

    weights: tuple[tuple[str, int], ...]
    period: str
    normalisation: Normalisation
    aggregation: Aggregation
    cut: Cut
    impute: bool = False


@dataclass(frozen=True)
class Ending:
    """Where a list ends, found out.

    Parameters
    ----------
    length
        How many kelurahan it has; at least one.
    gap
        The widest gap between scores; None where there is none.
    paid
        How far the money goes; None where it is not asked.
    """

    length: int
    gap: Gap | None
    paid: Affordable | None


def normalisation_label(name: str) -> str:
    """Return the words for a way to make indicators comparable."""
    return {
        "rank": _("By rank"),
        "minmax": _("From least (0) to most (1)"),
        "z": _("By standard deviations (z)"),
    }[name]


def aggregation_label(name: str) -> str:
    """Return the words for a way to put indicators together."""
    return {
        "arithmetic": _("Arithmetic: one makes up for another"),
        "geometric": _("Geometric: makes up in part only"),
    }[name]


def missing_label(name: str) -> str:
    """Return the words for what is done where a figure is not known."""
    return {
        LEAVE_OUT: _("leave the kelurahan out"),
        MEDIAN: _("take the median, and mark it"),
    }[name]


def cut_label(kind: str) -> str:
    """Return the words for where a list ends."""
    return {
        GAP: _("at the widest gap"),
        BUDGET: _("where the money ends"),
        COUNT: _("after a number"),
    }[kind]


def ended_by(ended: Ending, cut: Cut) -> str:
    """Return which of ``CUTS`` ended a list, whatever was asked for."""
    if ended.paid is not None:
        return BUDGET
    return COUNT if cut.kind == COUNT or ended.gap is None else GAP


# --- choices -----------------------------------------------------------------------------------


def choose(city: City, period: str) -> Mix:
    """Draw the choice of indicators, their weights and the end of the list, and return it."""
    weights = _choose_weights(city)
    left, middle, right = st.columns(3)
    with left:
        normalisation = state.select(
            _("Made comparable"), list(NORMALISATIONS), NORMALISATIONS[0], normalisation_label,
            key="normal",
        )  # fmt: skip
    with middle:
        aggregation = state.select(
            _("Put together"), list(AGGREGATIONS), AGGREGATIONS[0], aggregation_label,
            key="agregat",
        )  # fmt: skip
    with right:
        missing = state.select(
            _("Where a figure is not known"), [LEAVE_OUT, MEDIAN], LEAVE_OUT, missing_label,
            key="kosong",
        )  # fmt: skip
    cut = _choose_cut(city)
    return Mix(
        tuple(weights.items()),
        period,
        next(one for one in NORMALISATIONS if one == normalisation),
        next(one for one in AGGREGATIONS if one == aggregation),
        cut,
        impute=missing == MEDIAN,
    )


def usual_weights(city: City) -> dict[str, int]:
    """Return what is weighed unless another choice is made."""
    indicators = city.indicators()
    found = {name: _EVEN for name in _USUAL if name in indicators}
    return found or dict.fromkeys(list(indicators)[:1], _EVEN)


def write_weights(weights: Mapping[str, int]) -> str:
    """Return weights as they stand in the address."""
    return ";".join(f"{name}:{weight}" for name, weight in weights.items())


def _choose_weights(city: City) -> dict[str, int]:
    indicators = city.indicators()
    given = _weights_of(state.recall("bobot", "", lambda text: _is_mix(text, city)))
    usual = given or usual_weights(city)
    chosen = st.multiselect(
        _("Indicators"), list(indicators), list(usual), key="_mix", placeholder=_("Choose"),
        format_func=lambda one: pick(indicators[one].label),
    )  # fmt: skip
    weights = {}
    columns = st.columns(2)
    for place, name in enumerate(one for one in indicators if one in chosen):
        weights[name] = columns[place % 2].slider(
            plain(pick(indicators[name].label)),
            0,
            _HEAVIEST,
            usual.get(name, _EVEN),
            key=f"_weight {name}",
        )
    state.keep("bobot", write_weights(weights), "")
    return weights


def _choose_cut(city: City) -> Cut:
    kind = state.select(
        _("The list ends"), list(CUTS), GAP, cut_label, key="potong", draw=st.segmented_control,
        required=True,
    )  # fmt: skip
    if kind == COUNT:
        length = state.select(
            _("A list of the first"), list(LENGTHS), "10", key="panjang",
            draw=st.segmented_control, required=True,
        )  # fmt: skip
        return Cut(COUNT, length=int(length))
    return _choose_money(city) if kind == BUDGET else Cut(GAP)


def _choose_money(city: City) -> Cut:
    indicators = city.indicators()
    counts = [name for name, one in indicators.items() if one.kind == "count"]
    if not counts:
        st.caption(_("There are no counts of whom the money would serve."))
        return Cut(GAP)
    first = state.FIRST_INDICATOR if state.FIRST_INDICATOR in counts else counts[0]
    served = state.select(
        _("Whom the money serves"), counts, first, lambda one: pick(indicators[one].label),
        key="orang",
    )  # fmt: skip
    left, right = st.columns(2)
    with left:
        budget = _amount(_("Budget (million Rp)"), "dana", "_dana", step=100)
    with right:
        cost = _amount(_("Cost for each of them (Rp)"), "biaya", "_biaya", step=50_000)
    if not (budget and cost):
        st.caption(_("State the budget and the cost; until then the list ends at the gap."))
    return Cut(BUDGET, budget_rp=budget * _MILLION, cost_rp=cost, served=served)


def _amount(label: str, key: str, widget: str, *, step: int) -> int:
    """Draw a field for a whole amount that stands in the address; 0 where it is empty."""
    start = int(state.recall(key, "0", _is_amount))
    given = st.number_input(label, 0, _MOST, start, step, key=widget)
    state.keep(key, str(given), "0")
    return given


def _is_amount(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= len(str(_MOST))


def _weights_of(text: str) -> dict[str, int]:
    """Return weights as they stand in the address: ``poor_rate:5;training_need:3``."""
    parts = (part.partition(":") for part in text.split(";") if part)
    return {name: int(weight) for name, _colon, weight in parts}


def mix_of(city: City, settings: Mapping[str, str]) -> Mix | None:
    """Return what the address of this page weighs; None where that cannot be weighed any more."""
    weights = settings.get("bobot", "")
    normalisation = settings.get("normal", NORMALISATIONS[0])
    aggregation = settings.get("agregat", AGGREGATIONS[0])
    amounts = [settings.get(key, "0") for key in ("dana", "biaya")]
    length = settings.get("panjang", "10")
    served = settings.get("orang", state.FIRST_INDICATOR)
    kind = settings.get("potong", GAP)
    if not (
        weights
        and _is_mix(weights, city)
        and {normalisation} <= set(NORMALISATIONS)
        and {aggregation} <= set(AGGREGATIONS)
        and all(map(_is_amount, amounts))
        and (kind != BUDGET or served in city.indicators())
        and kind in CUTS
        and length in LENGTHS
    ):
        return None
    budget, cost = map(int, amounts)
    return Mix(
        tuple(_weights_of(weights).items()),
        settings.get("periode", ""),
        next(one for one in NORMALISATIONS if one == normalisation),
        next(one for one in AGGREGATIONS if one == aggregation),
        Cut(kind, int(length), budget * _MILLION, cost, served),
        impute=settings.get("kosong", LEAVE_OUT) == MEDIAN,
    )


def _is_mix(text: str, city: City) -> bool:
    parts = [part.partition(":") for part in text.split(";") if part]
    return all(
        name in city.indicators() and weight.isdecimal() and int(weight) <= _HEAVIEST
        for name, _colon, weight in parts
    )


# --- what follows ------------------------------------------------------------------------------


def measures(city: City, mix: Mix) -> Mapping[str, Measure]:
    """Return the figures that are weighed.

    Covered counts are left out, else they could be worked out from the scores.
    """
    return {
        name: city.measure(name, nearest_period(mix.period, city.periods(name)))
        for name, _weight in mix.weights
    }


def served(city: City, mix: Mix) -> Measure | None:
    """Return the count of whom the money serves; None where no money ends the list."""
    cut = mix.cut
    if not (cut.kind == BUDGET and cut.budget_rp and cut.cost_rp):
        return None
    return city.measure(cut.served, nearest_period(mix.period, city.periods(cut.served)))


def behind(city: City, mix: Mix) -> Mapping[str, Measure]:
    """Return all figures that a list hangs on: those weighed, and whom the money serves."""
    weighed, counted = measures(city, mix), served(city, mix)
    return weighed if counted is None else {**weighed, counted.indicator: counted}


@lru_cache(maxsize=128)
def scored(city: City, mix: Mix) -> Composite:
    """Return the score.

    Raises
    ------
    TableError
        No weights, or figures of which no score can be made.
    """
    indicators = city.library.indicators
    figures = pd.DataFrame({name: one.value for name, one in measures(city, mix).items()})
    return composite(
        figures,
        dict(mix.weights),
        higher_is_worse={name: indicators[name].higher_is_worse for name, _weight in mix.weights},
        normalisation=mix.normalisation,
        aggregation=mix.aggregation,
        impute=mix.impute,
    )


@lru_cache(maxsize=256)
def ending(city: City, mix: Mix) -> Ending:
    """Return where the list ends.

    A budget ends it before the first kelurahan that it cannot serve in full; where it pays for
    none, the list still has one.
    """
    score, cut = scored(city, mix).score, mix.cut
    gap = natural_gap(score)
    known = int(score.notna().sum())
    counted = served(city, mix)
    if counted is not None:
        paid = within_budget(score, counted.value * cut.cost_rp, cut.budget_rp)
        return Ending(max(len(paid.kodes), 1), gap, paid)
    if cut.kind == COUNT or gap is None:
        return Ending(min(cut.length, known), gap, None)
    return Ending(gap.position, gap, None)


@lru_cache(maxsize=64)
@in_turn
def survived(city: City, mix: Mix) -> tuple[Robustness, Robustness]:
    """Return the ranks under other weights, and under the chance of the counts."""
    found, length = scored(city, mix), ending(city, mix).length
    by_weights = robustness(found, k=length, draws=_DRAWS)
    drawn = _drawn(city, mix, list(found.weights.index))
    by_chance = robustness(
        found, k=length, draws=_DATA_DRAWS * 5, data=drawn, data_draws=_DATA_DRAWS,
        concentration=np.inf,
    )  # fmt: skip
    return by_weights, by_chance


def _drawn(
    city: City, mix: Mix, names: list[str]
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Return the indicators drawn again; what has no law stays as it is."""
    indicators, found = city.library.indicators, measures(city, mix)
    shares = [
        indicators[name].kind == "rate" and indicators[name].denominator != AREA_KM2
        for name in names
    ]
    drawn = draws_of([found[name] for name in names], shares, _DATA_DRAWS, SEED)
    as_it_is = np.column_stack([found[name].value.to_numpy(dtype=float) for name in names])
    if mix.impute:
        median = np.nanmedian(as_it_is, axis=0)
        as_it_is = np.where(np.isnan(as_it_is), median, as_it_is)
    return np.where(np.isnan(drawn), as_it_is, drawn)


@lru_cache(maxsize=256)
@in_turn
def tipping(city: City, mix: Mix, kode: str) -> Tipping:
    """Return what would move a kelurahan into the list or out of it."""
    return what_would_change(scored(city, mix), kode, ending(city, mix).length)
