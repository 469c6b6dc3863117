"""Several indicators in one score: what a planner weighs, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import streamlit as st

from kantong.analysis.chance import draws_of
from kantong.analysis.composite import Aggregation, Composite, Normalisation, composite
from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.permutation import SEED
from kantong.analysis.robustness import Robustness, Tipping, robustness, what_would_change
from kantong.geo.schema import AREA_KM2
from kantong.language import gettext as _
from kantong.language import pick
from kantong.views import state
from kantong.views.data import City

NORMALISATIONS: tuple[Normalisation, ...] = ("rank", "minmax", "z")
AGGREGATIONS: tuple[Aggregation, ...] = ("arithmetic", "geometric")
LENGTHS = ("5", "10", "15", "20")
_USUAL = ("poor_rate", "dtsen_people_rate", "training_need")
_HEAVIEST, _EVEN = 10, 5
_DRAWS, _DATA_DRAWS = 10_000, 200


@dataclass(frozen=True)
class Mix:
    """What is weighed.

    Parameters
    ----------
    weights
        Indicator and weight, 0 to 10, in the order of the catalogue.
    period
        Of each indicator the latest figure that is not after it is taken.
    normalisation, aggregation
        See :func:`kantong.analysis.composite.composite`.
    length
        How many kelurahan the list has.
    """

    weights: tuple[tuple[str, int], ...]
    period: str
    normalisation: Normalisation
    aggregation: Aggregation
    length: int


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


# --- choices -----------------------------------------------------------------------------------


def choose(city: City, period: str) -> Mix:
    """Draw the choice of indicators and their weights, and return it."""
    indicators = city.indicators()
    given = _weights_of(state.recall("bobot", "", lambda text: _is_mix(text, city)))
    usual = given or {name: _EVEN for name in _USUAL if name in indicators}
    if not usual:
        usual = dict.fromkeys(list(indicators)[:1], _EVEN)
    chosen = st.multiselect(
        _("Indicators"), list(indicators), list(usual), key="_mix", placeholder=_("Choose"),
        format_func=lambda one: pick(indicators[one].label),
    )  # fmt: skip
    weights = {}
    columns = st.columns(2)
    for place, name in enumerate(one for one in indicators if one in chosen):
        weights[name] = columns[place % 2].slider(
            pick(indicators[name].label),
            0,
            _HEAVIEST,
            usual.get(name, _EVEN),
            key=f"_weight {name}",
        )
    left, right = st.columns(2)
    with left:
        normalisation = state.select(
            _("Made comparable"), list(NORMALISATIONS), NORMALISATIONS[0], normalisation_label,
            key="normal",
        )  # fmt: skip
    with right:
        aggregation = state.select(
            _("Put together"), list(AGGREGATIONS), AGGREGATIONS[0], aggregation_label,
            key="agregat",
        )  # fmt: skip
    length = state.select(
        _("A list of the first"), list(LENGTHS), "10", key="panjang", draw=st.segmented_control,
        required=True,
    )  # fmt: skip
    state.remember("bobot", ";".join(f"{name}:{weight}" for name, weight in weights.items()), "")
    return Mix(
        tuple(weights.items()),
        period,
        next(one for one in NORMALISATIONS if one == normalisation),
        next(one for one in AGGREGATIONS if one == aggregation),
        int(length),
    )


def _weights_of(text: str) -> dict[str, int]:
    """Return weights as they stand in the address: ``poor_rate:5;training_need:3``."""
    parts = (part.partition(":") for part in text.split(";") if part)
    return {name: int(weight) for name, _colon, weight in parts}


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
    )


@lru_cache(maxsize=64)
def survived(city: City, mix: Mix) -> tuple[Robustness, Robustness]:
    """Return the ranks under other weights, and under the chance of the counts."""
    found = scored(city, mix)
    by_weights = robustness(found, k=mix.length, draws=_DRAWS)
    drawn = _drawn(city, mix, list(found.weights.index))
    by_chance = robustness(
        found, k=mix.length, draws=_DATA_DRAWS * 5, data=drawn, data_draws=_DATA_DRAWS,
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
    return np.where(np.isnan(drawn), as_it_is, drawn)


@lru_cache(maxsize=256)
def tipping(city: City, mix: Mix, kode: str) -> Tipping:
    """Return what would move a kelurahan into the list or out of it."""
    return what_would_change(scored(city, mix), kode, mix.length)
