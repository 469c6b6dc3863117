"""A target for the number of poor people: the way there, shared out, and how far along it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from kantong.analysis.rates import LOWER, REASON, UPPER
from kantong.geo.errors import Fault, TableError, shorten

Rule = Literal["equal", "proportional", "priority"]
Rse = float | Mapping[int, float] | None

YEAR, EARLIER, LATER = "year", "earlier", "later"
STRAIGHT, CONSTANT = "straight", "constant_rate"
STRAIGHT_EXITS, CONSTANT_EXITS = "straight_exits", "constant_rate_exits"
OBSERVED, DONE_PERCENT, STATE = "observed", "done_percent", "state"
DIFFERENCE, BEYOND, RSE_LIMIT = "difference", "beyond_noise", "rse_limit"
AHEAD, BEHIND, TOO_CLOSE, NOT_TOLD = "ahead", "behind", "too_close", "not_told"
RSE_NOT_KNOWN = (
    "The sampling error of the survey is not known, so nobody can tell this change from chance."
)
WITHIN_NOISE = "The change is no larger than the survey's sampling error may make it."
# Shares of people that agree to so many digits differ by rounding alone.
_DIGITS = 9


@dataclass(frozen=True)
class NeededPath:
    """The way from where a city is to where it wants to be.

    Parameters
    ----------
    since, start
        The year from which is counted, and the poor people then.
    by, target
        The year until which, and the poor people then.
    frame
        By year, the first to the last: people on the ``straight`` way, which falls by the same
        number each year, and on that of ``constant_rate``, which falls by the same share; and
        ``straight_exits`` and ``constant_rate_exits``, how many fewer than the year before. Whole
        people; the exits sum to ``start`` - ``target``. An exit is net: one who becomes poor
        takes one who leaves poverty to make up for. NA: a constant rate never reaches 0.
    rate_percent
        By how many per cent it changes each year at a constant rate; NaN where it cannot.
    """

    since: int
    start: int
    by: int
    target: int
    frame: pd.DataFrame
    rate_percent: float


def needed_path(
    poor: "pd.Series[float]", target: float, by: int, *, since: int | None = None
) -> NeededPath:
    """Return how many may be poor in each year if a target is to be met.

    Parameters
    ----------
    poor
        Poor people of the city (not thousands) by year; NaN where not known.
    target, by
        Poor people there shall be, and in which year.
    since
        The year from which is counted; by default the last that is known before ``by``.

    Raises
    ------
    TableError
        Figures or a target that cannot be, or no known figure to start from.

    Notes
    -----
    With T years, year t: straight = start + (target - start) t / T; constant rate =
    start (target / start)^(t / T).

    Examples
    --------
    >>> path = needed_path(pd.Series({2024: 400.0, 2025: 320.0}), 80, 2027)
    >>> path.frame[["straight", "constant_rate"]].to_numpy().tolist(), path.rate_percent
    ([[320, 320], [200, 160], [80, 80]], -50.0)
    """
    _refuse_series(poor)
    known = poor.dropna()
    began = known.index[known.index < by].max() if since is None else since
    if began not in known.index or began >= by:
        message = "There is no figure before {by} to start from. Choose another year."
        raise TableError(Fault(message, by=by))
    if not (0 <= target < np.inf and float(target).is_integer()):
        raise TableError(Fault("The target is not a number of people. Use 0 or more."))
    start, end = round(float(known.loc[began])), int(target)
    years = np.arange(int(began), by + 1)
    part = (years - began) / (by - began)
    ratio = end / start if start else 0.0
    ways = {
        STRAIGHT: pd.array(np.rint(start + (end - start) * part), dtype="Int64"),
        CONSTANT: pd.array(
            np.rint(start * ratio**part) if ratio else [pd.NA] * len(years), dtype="Int64"
        ),
    }
    frame = pd.DataFrame(ways, index=pd.Index(years, name=YEAR))
    for way, exits in ((STRAIGHT, STRAIGHT_EXITS), (CONSTANT, CONSTANT_EXITS)):
        frame[exits] = -frame[way].diff()
    rate = (ratio ** (1 / (by - began)) - 1) * 100 if ratio else np.nan
    return NeededPath(int(began), start, by, end, frame, rate)


def progress(
    path: NeededPath,
    poor: "pd.Series[float]",
    *,
    rse: Rse = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Set what was observed against the straight way.

    Parameters
    ----------
    path
        As :func:`needed_path` returns it.
    poor
        Poor people of the city by year; NaN where not known.
    rse
        Relative standard error of the survey's estimate, in per cent, for all years or by year;
        None where it is not known.
    confidence
        Between 0 and 1; two-sided.

    Returns
    -------
    DataFrame
        By year after the first: ``straight``; ``observed``, with ``lower`` and ``upper`` by
        sampling error; ``done_percent`` of the way from start to target (NaN if there is none to
        go); ``state``: ``ahead`` (fewer poor people than needed, or as many) or ``behind`` where
        the interval says so; ``too_close`` where the way lies within it; ``not_told`` where the
        year or the sampling error is not known.
    """
    _refuse_series(poor)
    frame = path.frame[[STRAIGHT]].iloc[1:].astype(float)
    observed = poor.reindex(frame.index).astype(float)
    half = ndtri((1 + confidence) / 2) * observed * _rse(rse, frame.index) / 100
    needed = frame[STRAIGHT]
    frame[OBSERVED], frame[LOWER], frame[UPPER] = observed, observed - half, observed + half
    way = path.start - path.target
    frame[DONE_PERCENT] = (path.start - observed) / (way or np.nan) * 100
    cases = [half.isna(), frame[UPPER] <= needed, frame[LOWER] > needed]
    frame[STATE] = np.select(cases, [NOT_TOLD, AHEAD, BEHIND], default=TOO_CLOSE)
    return frame


def survey_changes(
    poor: "pd.Series[float]", *, rse: Rse = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Return the change from each known year to the next, and whether it is more than noise.

    Parameters
    ----------
    poor
        Poor people of the city by year, from a sample survey; NaN where not known.
    rse
        Relative standard error of each estimate, in per cent, for all years or by year; None
        where it is not known: then nothing is told, and nothing assumed.
    confidence
        Between 0 and 1; two-sided.

    Returns
    -------
    DataFrame
        By the ``later`` year: ``earlier``; ``difference`` (later - earlier) with ``lower`` and
        ``upper``; ``beyond_noise`` (boolean, NA where not told) and why not in ``reason``;
        ``rse_limit``: the change is beyond noise only if the relative standard error of both
        years lies below this, in per cent.

    Notes
    -----
    SE of a difference = sqrt((r1 x1)² + (r2 x2)²), the two samples independent. Beyond noise
    where |x2 - x1| > z SE; with one r for both, where r < |x2 - x1| / (z sqrt(x1² + x2²)).
    Samples that share households (panels) would tell smaller changes.

    Examples
    --------
    >>> survey_changes(pd.Series({2024: 34840, 2025: 34410}))["rse_limit"].round(2).tolist()
    [0.45]
    """
    _refuse_series(poor)
    known = poor.dropna().sort_index().astype(float)
    before, after = known.to_numpy()[:-1], known.to_numpy()[1:]
    years = known.index
    error = known.to_numpy() * _rse(rse, years).to_numpy() / 100
    z = ndtri((1 + confidence) / 2)
    change, half = after - before, z * np.hypot(error[1:], error[:-1])
    told = ~np.isnan(half)
    beyond = pd.array(np.abs(change) > half, dtype="boolean")
    beyond[~told] = pd.NA
    size = np.hypot(before, after)
    limit = np.divide(np.abs(change), z * size, out=np.full(len(size), np.nan), where=size > 0)
    return pd.DataFrame(
        {
            EARLIER: years[:-1],
            DIFFERENCE: change,
            LOWER: change - half,
            UPPER: change + half,
            BEYOND: beyond,
            REASON: np.select(
                [~told, np.abs(change) <= half], [RSE_NOT_KNOWN, WITHIN_NOISE], default=""
            ),
            RSE_LIMIT: limit * 100,
        },
        index=pd.Index(years[1:], name=LATER),
    )


@dataclass(frozen=True)
class Split:
    """A number of exits shared out over kelurahan.

    Parameters
    ----------
    exits
        By ``kode``, whole people, summing to ``total``; NA for those left out.
    left_out
        ``kode`` of areas whose count or score is not known: they get no share, not a share of 0.
    rule, total
        What was asked for.
    """

    exits: "pd.Series[int]"
    left_out: tuple[str, ...]
    rule: Rule
    total: int


def split_exits(
    total: int,
    poor: "pd.Series[float]",
    *,
    rule: Rule = "proportional",
    score: "pd.Series[float] | None" = None,
) -> Split:
    """Share out a number of exits over kelurahan.

    Parameters
    ----------
    total
        How many exits, as one year of :func:`needed_path` asks for.
    poor
        Poor people by ``kode``; NaN where not known. No area is asked for more than it has.
    rule
        ``equal``: the same for each; ``proportional``: to its poor people; ``priority``: to its
        score.
    score
        Priority by ``kode``, not negative: for ``priority`` only.

    Raises
    ------
    TableError
        Fewer poor people than exits, nothing to share by, or figures that cannot be.

    Notes
    -----
    Hamilton's largest remainders: each gets the whole part of its quota, and those with the
    largest rests one more; of equal rests the lower ``kode`` first. What an area cannot take is
    shared among the others by the same rule.

    Examples
    --------
    >>> split_exits(10, pd.Series({"a": 50, "b": 30, "c": 3}), rule="equal").exits.tolist()
    [4, 3, 3]
    """
    if rule == "priority" and score is None:
        message = "a split by priority needs a score"
        raise ValueError(message)
    _refuse_split(total, poor, score)
    by_score = poor if score is None else score.reindex(poor.index)
    shares = {"equal": poor.where(poor.isna(), 1.0), "proportional": poor, "priority": by_score}[
        rule
    ]
    known = (poor.notna() & shares.notna()).sort_index()
    chosen = known.index[known]
    by, most = (np.asarray(each[chosen], dtype=np.float64) for each in (shares, poor))
    given = largest_remainder(by, total, np.floor(most))
    exits = pd.Series(given, chosen).astype("Int64").reindex(poor.index)
    return Split(exits, tuple(known.index[~known]), rule, total)


def largest_remainder(
    shares: npt.NDArray[np.float64], total: int, caps: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.int64]:
    """Return whole numbers in proportion to shares that sum to a total.

    Parameters
    ----------
    shares
        n numbers, finite and not negative.
    total
        What they sum to: 0 or more.
    caps
        The most each may get, whole numbers; None for any number.

    Raises
    ------
    TableError
        The total is above the caps, or no share is above 0.

    Examples
    --------
    >>> largest_remainder(np.array([47.0, 16, 15.8, 12, 6.1, 3.1]), 10).tolist()
    [5, 2, 1, 1, 1, 0]
    """
    most = np.full(len(shares), np.inf) if caps is None else caps
    given, left = np.zeros(len(shares)), float(total)
    takes = (shares > 0) & (most > 0)
    if most[takes].sum() < total:
        message = (
            "{total} exits cannot be shared out: those who could take a share can take {most} at "
            "most. Raise the target, widen the filter, or share by another rule."
        )
        raise TableError(Fault(message, total=total, most=float(most[takes].sum())))
    quota = np.zeros(len(shares))
    while left > 0:
        quota = np.where(takes, left * shares / (shares[takes].sum() or 1.0), 0.0)
        full = takes & (quota >= most)
        if not full.any():
            break
        given[full] = most[full]
        left -= float(most[full].sum())
        takes &= ~full
        quota = np.zeros(len(shares))
    whole = np.floor(quota)
    rest = np.round(quota - whole, _DIGITS)
    more = round(left - float(whole.sum())) if left > 0 else 0
    whole[np.argsort(-rest, kind="stable")[:more]] += 1
    return (given + whole).astype(np.int64)


def _rse(rse: Rse, years: "pd.Index[int]") -> "pd.Series[float]":
    """Return the relative standard error of each year, per cent; NaN where not known."""
    if rse is None or isinstance(rse, int | float):
        errors = pd.Series(np.nan if rse is None else float(rse), years)
    else:
        errors = pd.Series(dict(rse), dtype=float).reindex(years)
    if (errors < 0).any() or np.isinf(errors).any():
        raise TableError(Fault("A relative standard error is negative or not finite. Correct it."))
    return errors


def _refuse_series(poor: "pd.Series[float]") -> None:
    faults = []
    twice = poor.index[poor.index.duplicated()].unique()
    if len(twice):
        message = "The series has two figures for {years}. Keep one."
        faults.append(Fault(message, years=shorten(twice)))
    wrong = poor.index[(poor < 0) | np.isinf(poor)]
    if len(wrong):
        message = "The figures of {years} are negative or not finite. Correct them first."
        faults.append(Fault(message, years=shorten(wrong)))
    if faults:
        raise TableError(*faults)


def _refuse_split(total: int, poor: "pd.Series[float]", score: "pd.Series[float] | None") -> None:
    faults = []
    if total < 0:
        message = "{total} exits cannot be shared out. Set a target below the present number."
        faults.append(Fault(message, total=total))
    twice = poor.index[poor.index.duplicated()].unique()
    if len(twice):
        message = "{codes} have two figures. Keep one for each kelurahan."
        faults.append(Fault(message, codes=shorten(twice)))
    for values, message in (
        (poor, "The counts of {codes} are negative or not finite. Correct them first."),
        (score, "The scores of {codes} are negative or not finite. Share by ranks instead."),
    ):
        if values is not None and ((values < 0) | np.isinf(values)).any():
            wrong = values.index[(values < 0) | np.isinf(values)]
            faults.append(Fault(message, codes=shorten(wrong)))
    if faults:
        raise TableError(*faults)
