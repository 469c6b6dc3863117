"""A priority score from several indicators, taken apart into what each adds, and where to cut."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from kantong.analysis.priority import rank
from kantong.geo.errors import Fault, TableError, quote, shorten

Normalisation = Literal["rank", "z", "minmax"]
Aggregation = Literal["arithmetic", "geometric"]
Floats = npt.NDArray[np.float64]

CONSTANT = "{indicators}: the same in every area, so they decide nothing."
IMPUTED = "{indicator}: not known in {count} areas; the median of the others stands in its place."
MISSING = "{indicators}: not known, so there is no score."
BUDGET_SPENT = "The budget does not pay for the next in line."
COST_UNKNOWN = "The cost of the next in line is not known."
# Scores that agree to so many digits differ by rounding alone.
DIGITS = 9
_LEAST_AREAS = 2
_LOWEST, _HIGHEST = 1.0, 100.0
_SAME = 1e-12


@dataclass(frozen=True)
class Composite:
    """A score from several indicators, and how it came about.

    Parameters
    ----------
    score
        By ``kode``, in the order of the indicators; the higher, the more need. Arithmetic: within
        0 and 1 (``rank``, ``minmax``) or round 0 (``z``). Geometric: within 1 and 100. NaN for
        areas left out.
    rank, tied
        As :func:`kantong.analysis.priority.rank` gives them, 1 is the highest score; scores that
        agree to nine decimals are tied.
    parts
        What each indicator adds, by ``kode``. Rows sum to the score (arithmetic) or to its
        natural logarithm (geometric).
    terms
        Normalised indicators, their logarithms where geometric: ``parts`` = ``terms`` x weights.
    weights
        By indicator, summing to 1; those of weight 0 are gone.
    higher_is_worse
        By indicator.
    normalisation, aggregation
        What was asked for.
    left_out
        ``kode`` and the indicators that are not known there. See :data:`MISSING`.
    imputed
        By ``kode`` and indicator: True where a median stands in the place of what is not known.
    constant
        Indicators with the same value everywhere: they add nothing.
    told
        What a reader must know: constant indicators, medians.
    """

    score: "pd.Series[float]"
    rank: "pd.Series[int]"
    tied: "pd.Series[bool]"
    parts: pd.DataFrame
    terms: pd.DataFrame
    weights: "pd.Series[float]"
    higher_is_worse: "pd.Series[bool]"
    normalisation: Normalisation
    aggregation: Aggregation
    left_out: dict[str, tuple[str, ...]]
    imputed: pd.DataFrame
    constant: tuple[str, ...]
    told: tuple[Fault, ...]


def composite(
    indicators: pd.DataFrame,
    weights: Mapping[str, float],
    *,
    higher_is_worse: Mapping[str, bool] | None = None,
    normalisation: Normalisation = "rank",
    aggregation: Aggregation = "arithmetic",
    impute: bool = False,
) -> Composite:
    """Make one score out of several indicators.

    Parameters
    ----------
    indicators
        By ``kode``, one column an indicator, in any unit; NaN where not known.
    weights
        By indicator: finite and not negative, of any sum. Those left out or of weight 0 are not
        used, so that it does not matter where they are missing.
    higher_is_worse
        For every indicator used; by default True for all.
    normalisation
        ``rank``: percentile rank; ``z``: distance from the mean in standard deviations;
        ``minmax``: 0 for the least need, 1 for the most. An indicator that is the same everywhere
        becomes 0.
    aggregation
        ``arithmetic``: what is low in one indicator is made up for by another in full;
        ``geometric``: in part.
    impute
        True puts the median of the known areas where an indicator is not known; else such areas
        are left out.

    Raises
    ------
    TableError
        No weight, weights or figures that cannot be, unknown indicators, a ``kode`` twice, or
        fewer than two areas with all indicators.

    Notes
    -----
    OECD and JRC (2008), Handbook on Constructing Composite Indicators, steps 5 and 6. Percentile
    rank = (i - 0.5) / n with i the rank from below, equal values sharing its mean (Hazen 1914);
    z = (x - mean) / sd, sd over n; minmax = (x - min) / (max - min); each turned round where a
    lower value is worse. Arithmetic: score = sum of w y. Geometric: product of y^w, with each y
    stretched to 1..100 first, since it needs positive values; ``z`` and ``minmax`` are then the
    same, and where 1 lies matters: a choice, not a finding.

    Examples
    --------
    >>> figures = {"poor": [90.0, 30.0, 60.0], "houses": [3.0, 9.0, None]}
    >>> figures = pd.DataFrame(figures, index=list("abc"))
    >>> found = composite(figures, {"poor": 3, "houses": 1}, normalisation="minmax")
    >>> found.score.tolist(), found.rank.tolist(), found.left_out
    ([0.75, 0.25, nan], [1, 2, <NA>], {'c': ('houses',)})
    """
    faults = list(_faults(indicators, weights, higher_is_worse))
    if faults:
        raise TableError(*faults)
    used = [name for name in indicators.columns if weights.get(name, 0) > 0]
    figures = indicators[used].astype(float)
    whole = _whole(figures, impute=impute)
    share = _shares({name: weights[name] for name in used})
    worse = pd.Series({name: higher_is_worse is None or higher_is_worse[name] for name in used})
    terms = _terms(whole, worse, normalisation, aggregation).reindex(figures.index)
    parts = terms * share
    total = parts.sum(axis=1, skipna=False)
    ranks = rank(total.round(DIGITS))
    constant = tuple(name for name in used if is_constant(whole[name].to_numpy()))
    imputed = figures.isna() & impute
    return Composite(
        score=np.exp(total) if aggregation == "geometric" else total,
        rank=ranks["rank"],
        tied=ranks["tied"],
        parts=parts,
        terms=terms,
        weights=share,
        higher_is_worse=worse,
        normalisation=normalisation,
        aggregation=aggregation,
        left_out=_left_out(figures.isna() & (not impute)),
        imputed=imputed,
        constant=constant,
        told=tuple(_told(constant, imputed.sum())),
    )


def terms_of(
    figures: Floats, worse: npt.NDArray[np.bool_], normalisation: Normalisation, *, logs: bool
) -> Floats:
    """Return indicators normalised, and for the geometric mean as logarithms.

    Parameters
    ----------
    figures
        Areas x indicators, finite.
    worse
        Of each indicator: whether a higher value is worse.
    normalisation
        As for :func:`composite`.
    logs
        True stretches each to 1..100 and takes the natural logarithm.

    Returns
    -------
    ndarray
        Areas x indicators; 0 for an indicator that is the same everywhere.
    """
    turned = np.where(worse, figures, -figures)
    even = np.array([is_constant(column) for column in turned.T], dtype=bool)
    least, span = turned.min(axis=0), np.where(even, 1.0, np.ptp(turned, axis=0))
    if normalisation == "rank":
        turned = (rankdata(turned, axis=0) - 0.5) / len(turned)
        least, span = turned.min(axis=0), np.where(even, 1.0, np.ptp(turned, axis=0))
    if logs:
        stretched = _LOWEST + (_HIGHEST - _LOWEST) * (turned - least) / span
        return np.where(even, 0.0, np.log(stretched))
    if normalisation == "minmax":
        turned = (turned - least) / span
    elif normalisation == "z":
        turned = (turned - turned.mean(axis=0)) / np.where(even, 1.0, turned.std(axis=0))
    return np.where(even, 0.0, turned)


def is_constant(values: Floats) -> bool:
    """Return whether all values are the same but for rounding."""
    return bool(np.ptp(values) <= _SAME * np.abs(values).max())


@dataclass(frozen=True)
class Gap:
    """Where scores fall off most.

    Parameters
    ----------
    position
        How many areas stand above the gap.
    size
        Difference between the scores on either side.
    relative
        The size as a multiple of the median gap in the whole list, equal scores left aside: near
        1 it is no gap to speak of.
    kodes
        The areas above it, highest score first; equal ones by ``kode``.
    """

    position: int
    size: float
    relative: float
    kodes: tuple[str, ...]


def natural_gap(score: "pd.Series[float]", *, at_least: int = 3, at_most: int = 20) -> Gap | None:
    """Return the largest gap between neighbouring scores within a window of the ranking.

    Parameters
    ----------
    score
        By ``kode``; NaN for areas left out.
    at_least, at_most
        How many areas may stand above the gap. Of equally large gaps the first is taken.

    Returns
    -------
    Gap or None
        None where no two scores within the window differ, or fewer areas have a score.

    Raises
    ------
    ValueError
        The window is empty.

    Examples
    --------
    >>> found = natural_gap(pd.Series([9, 8, 4, 3, 2.0], index=list("abcde")), at_least=1)
    >>> found.position, found.size, found.relative, found.kodes
    (2, 4.0, 4.0, ('a', 'b'))
    """
    if not 1 <= at_least <= at_most:
        message = f"no positions from {at_least} to {at_most}"
        raise ValueError(message)
    ordered = in_order(score)
    gaps = -np.diff(ordered.to_numpy())
    window = gaps[at_least - 1 : at_most]
    if not len(window) or window.max() <= 0:
        return None
    position = at_least + int(np.argmax(window.round(DIGITS)))
    size = float(gaps[position - 1])
    usual = float(np.median(gaps[gaps > 0]))
    return Gap(position, size, size / usual, tuple(ordered.index[:position]))


def in_order(score: "pd.Series[float]") -> "pd.Series[float]":
    """Return the known scores to nine decimals, highest first; equal ones by ``kode``."""
    return score.dropna().round(DIGITS).sort_index().sort_values(ascending=False, kind="stable")


@dataclass(frozen=True)
class Affordable:
    """How far down a ranking a budget reaches.

    Parameters
    ----------
    kodes
        The areas paid for, highest score first.
    spent_rp, left_rp
        What they cost together, and what is left of the budget (rupiah, or any unit).
    next_kodes
        Who comes next: several where equal scores cannot all be paid for, since nothing tells
        which of them comes first. Empty where all are paid for.
    reason
        English message why the list ends there, else empty.
    """

    kodes: tuple[str, ...]
    spent_rp: float
    left_rp: float
    next_kodes: tuple[str, ...]
    reason: str


def within_budget(
    score: "pd.Series[float]", costs: "pd.Series[float]", budget_rp: float
) -> Affordable:
    """Return as many areas from the top of a ranking as a budget pays for; none is skipped.

    Parameters
    ----------
    score
        By ``kode``; NaN for areas left out.
    costs
        What serving each area in full costs (rupiah), by ``kode``; NaN where not known: the list
        ends there.
    budget_rp
        What there is to spend, in the same unit.

    Raises
    ------
    TableError
        Costs or budget are negative or not finite.

    Examples
    --------
    >>> score = pd.Series([9, 8, 7.0], index=list("abc"))
    >>> within_budget(score, pd.Series([40, 50, 5.0], index=list("abc")), 60).kodes
    ('a',)
    """
    ordered = in_order(score)
    cost = costs.reindex(ordered.index).astype(float)
    _refuse_costs(cost, budget_rp)
    paid: list[str] = []
    spent = 0.0
    for _, equal in ordered.groupby(-ordered):
        together = float(cost[equal.index].sum(skipna=False))
        if not spent + together <= budget_rp:
            reason = COST_UNKNOWN if np.isnan(together) else BUDGET_SPENT
            return Affordable(tuple(paid), spent, budget_rp - spent, tuple(equal.index), reason)
        paid += equal.index.to_list()
        spent += together
    return Affordable(tuple(paid), spent, budget_rp - spent, (), "")


def _whole(figures: pd.DataFrame, *, impute: bool) -> pd.DataFrame:
    """Return the areas with all indicators by ``kode``: sums must not depend on their order."""
    whole = (figures.fillna(figures.median()) if impute else figures).dropna().sort_index()
    if len(whole) < _LEAST_AREAS:
        message = (
            "Only {count} areas have a figure for each of {indicators}. Leave an indicator out, "
            "or bring its figures."
        )
        names = shorten(figures.columns, 10)
        raise TableError(Fault(message, count=len(whole), indicators=names))
    return whole


def _shares(weights: Mapping[str, float]) -> "pd.Series[float]":
    # The largest first becomes 1, so that no sum overflows.
    given = pd.Series(weights, dtype=float) / max(weights.values())
    return given / given.sum()


def _terms(
    whole: pd.DataFrame,
    worse: "pd.Series[bool]",
    normalisation: Normalisation,
    aggregation: Aggregation,
) -> pd.DataFrame:
    values = terms_of(
        whole.to_numpy(), worse.to_numpy(), normalisation, logs=aggregation == "geometric"
    )
    return pd.DataFrame(values, index=whole.index, columns=whole.columns)


def _left_out(missing: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    rows = missing[missing.any(axis=1)]
    return {str(kode): tuple(row.index[row]) for kode, row in rows.iterrows()}


def _told(constant: tuple[str, ...], imputed: "pd.Series[int]") -> Iterator[Fault]:
    if constant:
        yield Fault(CONSTANT, indicators=shorten(constant, 10))
    for name, count in imputed[imputed > 0].items():
        yield Fault(IMPUTED, indicator=name, count=int(count))


def _faults(
    indicators: pd.DataFrame,
    weights: Mapping[str, float],
    higher_is_worse: Mapping[str, bool] | None,
) -> Iterator[Fault]:
    for axis, message in (
        (indicators.index, "{codes} stand twice among the indicators. Keep one row for each."),
        (indicators.columns, "{codes} are two columns of one name. Keep one of them."),
    ):
        twice = axis[axis.duplicated()].unique()
        if len(twice):
            yield Fault(message, codes=shorten(quote(name) for name in twice))
    yield from _weight_faults(indicators.columns, weights)
    if indicators.columns.is_unique:
        used = [name for name in indicators.columns if weights.get(name, 0) > 0]
        yield from _figure_faults(indicators[used])
        worse = dict.fromkeys(used, True) if higher_is_worse is None else higher_is_worse
        undirected = [name for name in used if name not in worse]
        if undirected:
            message = "It is not said whether more of {indicators} is worse. Say so for each."
            yield Fault(message, indicators=shorten(undirected))


def _weight_faults(known: "pd.Index[str]", weights: Mapping[str, float]) -> Iterator[Fault]:
    strangers = [name for name in weights if name not in known]
    if strangers:
        message = "There are no figures of {indicators}. Take them out, or bring their figures."
        yield Fault(message, indicators=shorten(strangers))
    wrong = [name for name, weight in weights.items() if not 0 <= weight < np.inf]
    if wrong:
        message = "The weights of {indicators} are negative or no numbers. Use 0 or more."
        yield Fault(message, indicators=shorten(wrong))
    elif not any(weights.values()):
        yield Fault("All weights are 0. Give at least one indicator some weight.")


def _figure_faults(figures: pd.DataFrame) -> Iterator[Fault]:
    endless = figures.isin([np.inf, -np.inf])
    if endless.to_numpy().any():
        message = "The figures of {codes} for {indicators} are not finite. Correct them first."
        codes, names = endless.index[endless.any(axis=1)], endless.columns[endless.any()]
        yield Fault(message, codes=shorten(codes), indicators=shorten(names))
    empty = figures.columns[figures.isna().all()]
    if len(empty):
        message = "{indicators}: not known in any area. Take them out, or bring their figures."
        yield Fault(message, indicators=shorten(empty))


def _refuse_costs(cost: "pd.Series[float]", budget_rp: float) -> None:
    faults = []
    wrong = cost.index[(cost < 0) | np.isinf(cost)]
    if len(wrong):
        message = "The costs of {codes} are negative or not finite. Correct them first."
        faults.append(Fault(message, codes=shorten(wrong)))
    if not 0 <= budget_rp < np.inf:
        faults.append(Fault("The budget is negative or no number. Use 0 or more."))
    if faults:
        raise TableError(*faults)
