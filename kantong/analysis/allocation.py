"""Spending a budget: how many people each programme reaches in each kelurahan."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.analysis.filling import (
    PRIORITY,
    Floats,
    Integers,
    Mask,
    Problem,
    Rule,
    ShareOf,
    shortages,
    simple,
)
from kantong.analysis.optimum import optimal
from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import KECAMATAN, KODE

RULES: tuple[Rule, ...] = ("uniform", "proportional", "need_ranked", "optimal")
NEED, REACHED, COVERED, SPENT_RP = "need", "reached", "covered", "spent_rp"
TIME_LIMIT_S = 25.0
# Draws times areas times programmes held at once.
_CELLS = 4_000_000


@dataclass(frozen=True)
class Programme:
    """What reaching one person (family, house) costs, and within which limits.

    Parameters
    ----------
    id
        Column of the needs that it answers.
    unit_cost_rp
        Whole rupiah for each person reached; more than zero.
    budget_rp
        Whole rupiah of its own; None where only the common budget limits it.
    class_size
        People come in whole classes of so many; 1 where they come one by one.
    floor
        Fewest people in a kelurahan it goes to at all; it may also stay away from one.
    cap
        Most people in a kelurahan; None for no limit but the need.
    effect
        What reaching one person is worth beside the other programmes; only "optimal" asks.
    """

    id: str
    unit_cost_rp: int
    budget_rp: int | None
    class_size: int = 1
    floor: int = 0
    cap: int | None = None
    effect: float = 1.0


@dataclass(frozen=True)
class Limits:
    """What holds over all programmes.

    Parameters
    ----------
    common_budget_rp
        Whole rupiah for all programmes together, beside their own budgets; None for no such.
    minimum_share
        By kecamatan: the smallest share it must get, between 0 and 1.
    share_of
        Of what: ``budget``, all the money there is, whether spent or not; or ``people``, those
        whom the plan reaches.
    """

    common_budget_rp: int | None = None
    minimum_share: Mapping[str, float] = field(default_factory=dict)
    share_of: ShareOf = "budget"


@dataclass(frozen=True, eq=False)
class Plan:
    """Whom a budget reaches, and what that is worth.

    Parameters
    ----------
    rule
        How the money was spread.
    reached
        People by ``kode``, one column a programme, in the order asked for; NaN where the need
        is not known: such a kelurahan is left out.
    spent_rp
        By programme.
    unspent_rp
        What is left of the money there is: the smaller of the common budget and the sum of the
        programmes' own.
    covered
        People reached over the known need, all programmes together, between 0 and 1.
    by_kecamatan
        ``need``, ``reached``, ``covered`` (NaN where nobody is in need) and ``spent_rp``.
    lowest_to_highest
        Smallest ``covered`` of the kecamatan over the largest: 1 where all are served alike, 0
        where one is left out; NaN where nobody is reached. The min-max ratio (WHO, Handbook on
        Health Inequality Monitoring, 2013).
    gini
        Of ``covered`` over the kecamatan, each counting once: see :func:`gini`.
    value
        People reached, each times the effect of the programme: what "optimal" makes largest.
    missed
        Limits that the rule does not keep; only "optimal" looks for a plan that keeps all.
    left_out
        By programme: in how many kelurahan the need is not known.
    gap
        How much larger ``value`` might still be, as a share of it: 0 where proven to be the
        largest. None for the other rules, which do not ask.
    """

    rule: Rule
    reached: pd.DataFrame
    spent_rp: "pd.Series[int]"
    unspent_rp: int
    covered: float
    by_kecamatan: pd.DataFrame
    lowest_to_highest: float
    gini: float
    value: float
    missed: tuple[Fault, ...]
    left_out: "pd.Series[int]"
    gap: float | None


@dataclass(frozen=True)
class Bands:
    """A plan under needs that are not certain; each a pair of lower and upper bound.

    Parameters
    ----------
    covered
        Share of all need that is met.
    in_need
        People reached who are truly in need.
    leakage
        Share of the people reached who are not; NaN where nobody is reached.
    """

    covered: tuple[float, float]
    in_need: tuple[float, float]
    leakage: tuple[float, float]


def allocate(
    need: pd.DataFrame,
    programmes: Sequence[Programme],
    areas: pd.DataFrame,
    *,
    rule: Rule = "optimal",
    limits: Limits | None = None,
    time_limit_s: float = TIME_LIMIT_S,
) -> Plan:
    """Spread a budget over kelurahan and programmes.

    Parameters
    ----------
    need
        People (families) in need by ``kode``, one column a programme; whole numbers, NaN where
        not known. Someone in need of two programmes counts in both.
    programmes
        One for each column.
    areas
        By ``kode``: ``kecamatan``; if wished ``priority``, the largest served first and NaN
        last.
    rule
        ``uniform``: the same number everywhere, or all who need it where they are fewer.
        ``proportional``: to the need. ``need_ranked``: the largest ``priority`` first, filled
        up until the money ends. ``optimal``: the largest sum of people times effect.
    limits
        Over all programmes.
    time_limit_s
        Seconds for all searches of "optimal" together; what is then not proven has a gap.

    Raises
    ------
    TableError
        Figures that cannot be, or for "optimal" minimum shares that no plan can keep.

    Notes
    -----
    No rule reaches more than the need, splits a class or overspends. "Proportional" rounds by
    the method of Webster (Balinski and Young 1982). The first three share a common budget that
    is too small in proportion to what each programme could spend. "Optimal" is a mixed-integer
    programme solved by HiGHS (Huangfu and Hall 2018). Of equally good plans it takes the
    cheapest, and within it serves the largest priority first, or without one spreads in
    proportion to need; equal areas come by need, then by ``kode``.

    Examples
    --------
    >>> need = pd.DataFrame({"training": [60.0, 30.0]}, index=["a", "b"])
    >>> areas = pd.DataFrame({"kecamatan": ["x", "y"], "priority": [1, 2]}, index=["a", "b"])
    >>> course = Programme("training", unit_cost_rp=1_000, budget_rp=45_000, class_size=10)
    >>> for rule in RULES:
    ...     print(rule, allocate(need, [course], areas, rule=rule).reached["training"].tolist())
    uniform [20.0, 20.0]
    proportional [30.0, 10.0]
    need_ranked [10.0, 30.0]
    optimal [10.0, 30.0]
    """
    limits = limits or Limits()
    faults = [
        *_faults_of_tables(need, programmes, areas, rule),
        *_faults_of_programmes(programmes, limits),
        *_faults_of_limits(limits, areas),
    ]
    if faults:
        raise TableError(*faults)
    problem = _pose(need, programmes, areas, limits)
    if rule == "optimal":
        classes, gap = optimal(problem, time_limit_s)
    else:
        classes, gap = simple(problem, rule), None
    plan = _told(problem, classes, rule, gap)
    order = [programme.id for programme in programmes]
    return _in_order(plan, need.index, order)


def gini(values: Sequence[float] | Floats) -> float:
    """Return how unequal figures are: 0 where all are equal, nearing 1 where one has all.

    Parameters
    ----------
    values
        None negative; NaN are left out.

    Returns
    -------
    float
        NaN where there are none or all are zero.

    Notes
    -----
    G = sum of |x_i - x_j| over all pairs, both ways, over 2 n² mean (Gini 1912; Sen 1973).

    Examples
    --------
    >>> round(gini(range(1, 11)), 12)
    0.3
    """
    known = np.sort(np.asarray(values, dtype=np.float64))
    known = known[~np.isnan(known)]
    total, n = known.sum(), len(known)
    if total <= 0:
        return math.nan
    return float((2 * np.arange(1, n + 1) - n - 1) @ known / (n * total))


def bands(plan: Plan, needs: npt.ArrayLike, *, confidence: float = 0.95) -> Bands:
    """Return what a fixed plan is worth under other needs that are as likely.

    Parameters
    ----------
    plan
        Stays as it is: nobody is moved to where the need is larger.
    needs
        Draws x areas x programmes, in the order of ``plan.reached``: people in need, drawn by
        the caller. Where the plan leaves an area out, they are not read.
    confidence
        Between 0 and 1; two-sided, by quantiles of the draws.

    Raises
    ------
    TableError
        Another shape than the plan's, or needs that are negative or not finite.

    Notes
    -----
    In a draw the smaller of people reached and people in need are truly in need: the plan is
    taken to find them, so both bounds are the best that such a plan can do.

    Examples
    --------
    >>> need = pd.DataFrame({"training": [50.0]}, index=["a"])
    >>> areas = pd.DataFrame({"kecamatan": ["x"]}, index=["a"])
    >>> plan = allocate(need, [Programme("training", 1, 40)], areas)
    >>> bands(plan, [[[20]], [[80]]], confidence=1).in_need
    (20.0, 40.0)
    """
    drawn = np.asarray(needs, dtype=np.float64)
    reached = plan.reached.to_numpy(dtype=np.float64)
    known = ~np.isnan(reached)
    faults = list(_faults_of_draws(drawn, known))
    if faults:
        raise TableError(*faults)
    sent = reached[known]
    at_once = max(1, _CELLS // max(len(sent), 1))
    met, total = np.empty(len(drawn)), np.empty(len(drawn))
    for start in range(0, len(drawn), at_once):
        rows = slice(start, start + at_once)
        part = drawn[rows][:, known]
        met[rows], total[rows] = np.minimum(part, sent).sum(axis=1), part.sum(axis=1)
    tails = (1 - confidence) / 2, (1 + confidence) / 2
    # Nobody in need leaves nothing uncovered.
    covered = np.divide(met, total, out=np.ones_like(met), where=total > 0)
    leaked = 1 - met / sent.sum() if sent.sum() else np.full(len(met), math.nan)
    pairs = [np.quantile(each, tails) for each in (covered, met, leaked)]
    return Bands(*((float(low), float(high)) for low, high in pairs))


# What is refused.


def _faults_of_tables(
    need: pd.DataFrame, programmes: Sequence[Programme], areas: pd.DataFrame, rule: Rule
) -> Iterator[Fault]:
    ids = [programme.id for programme in programmes]
    wrong: dict[str, Sequence[str]] = {
        "{names}: two rows of needs have this code. Keep one for each kelurahan.": list(
            need.index[need.index.duplicated()]
        ),
        "{names}: two rows of the areas have this code. Keep one.": list(
            areas.index[areas.index.duplicated()]
        ),
        "{names}: needs without a programme. Add one, or leave the column out.": [
            name for name in need.columns if name not in ids
        ],
        "{names}: programmes without needs. Bring them, or leave the programme out.": [
            name for name in ids if name not in need.columns
        ],
        "{names}: two programmes have this name. Give each its own.": [
            name for name in dict.fromkeys(ids) if ids.count(name) > 1
        ],
    }
    for message, names in wrong.items():
        if names:
            yield Fault(message, names=shorten(quote(name) for name in names))
    yield from _faults_of_needs(need)
    yield from _faults_of_areas(need, areas, rule)


def _faults_of_needs(need: pd.DataFrame) -> Iterator[Fault]:
    figures = need.to_numpy(dtype=np.float64)
    impossible = (figures < 0) | np.isinf(figures)
    broken = ~impossible & ~np.isnan(figures) & (figures != np.floor(figures))
    for message, cells in (
        ("The needs of {codes} are negative or not finite. Correct them first.", impossible),
        ("The needs of {codes} are not whole. Give people or families.", broken),
    ):
        if cells.any():
            yield Fault(message, codes=shorten(need.index[cells.any(axis=1)]))
    if not (figures > 0).any():
        yield Fault("Nobody is known to be in need, so there is nothing to plan. Bring the needs.")


def _faults_of_areas(need: pd.DataFrame, areas: pd.DataFrame, rule: Rule) -> Iterator[Fault]:
    if rule == "need_ranked" and PRIORITY not in areas:
        message = "To serve the worst first, kelurahan need a priority. Choose a ranking."
        yield Fault(message)
    if KECAMATAN not in areas:
        yield Fault("The areas do not say in which kecamatan they lie. Add the column.")
        return
    placed = areas.index[areas[KECAMATAN].notna()]
    lost = need.index.unique().difference(placed)
    if len(lost):
        message = "It is not known in which kecamatan {codes} lie. Complete the areas."
        yield Fault(message, codes=shorten(lost))


def _faults_of_programmes(programmes: Sequence[Programme], limits: Limits) -> Iterator[Fault]:
    if not programmes:
        yield Fault("There is no programme to plan. Add one.")
    for each in programmes:
        wrong = {
            "{name}: the cost of a person must be whole rupiah and more than zero.": (
                not _is_whole(each.unit_cost_rp, 1)
            ),
            "{name}: the budget must be whole rupiah and not negative.": (
                each.budget_rp is not None and not _is_whole(each.budget_rp, 0)
            ),
            "{name}: it has no budget, and there is no common one. Give either.": (
                each.budget_rp is None and limits.common_budget_rp is None
            ),
            "{name}: a class must have one person at least.": not _is_whole(each.class_size, 1),
            "{name}: the fewest people of a kelurahan must be whole and not negative.": (
                not _is_whole(each.floor, 0)
            ),
            "{name}: the effect must be a number above zero.": (
                not (math.isfinite(each.effect) and each.effect > 0)
            ),
        }
        for message, is_wrong in wrong.items():
            if is_wrong:
                yield Fault(message, name=quote(each.id))
        if each.cap is not None:
            yield from _fault_of_cap(each, each.cap)


def _fault_of_cap(programme: Programme, cap: int) -> Iterator[Fault]:
    if not _is_whole(cap, 0):
        message = "{name}: the most people of a kelurahan must be whole and not negative."
        yield Fault(message, name=quote(programme.id))
    elif _is_whole(programme.class_size, 1) and _is_whole(programme.floor, 0):
        least = _least(programme) * programme.class_size
        if cap < least:
            message = (
                "{name}: at most {cap} people of a kelurahan, but its classes and its fewest "
                "people ask for {least}. Raise the one or lower the other."
            )
            yield Fault(message, name=quote(programme.id), cap=cap, least=least)


def _faults_of_limits(limits: Limits, areas: pd.DataFrame) -> Iterator[Fault]:
    if limits.common_budget_rp is not None and not _is_whole(limits.common_budget_rp, 0):
        yield Fault("The common budget must be whole rupiah and not negative.")
    shares = limits.minimum_share
    known = set(areas[KECAMATAN].dropna()) if KECAMATAN in areas else set(shares)
    unknown = [name for name in shares if name not in known]
    if unknown:
        message = "{names}: a minimum share is asked for, but no such kecamatan is known."
        yield Fault(message, names=shorten(quote(name) for name in unknown))
    outside = [name for name, share in shares.items() if not 0 <= share <= 1]
    if outside:
        message = "{names}: the minimum share is not between 0 and 100 %. Correct it."
        yield Fault(message, names=shorten(quote(name) for name in outside))
    elif sum(_exact(share) for share in shares.values()) > 1:
        message = "The minimum shares sum to {percent} %, more than all. Lower some."
        yield Fault(message, percent=float(sum(shares.values()) * 100))


def _faults_of_draws(drawn: Floats, known: Mask) -> Iterator[Fault]:
    if drawn.ndim != known.ndim + 1 or drawn.shape[1:] != known.shape or not len(drawn):
        message = "The draws have the shape {shape}, the plan {wanted}. Draw needs for the plan."
        yield Fault(message, shape=str(drawn.shape), wanted=str(("n", *known.shape)))
    elif not ((drawn >= 0) & np.isfinite(drawn))[:, known].all():
        yield Fault("Some drawn needs are negative or not finite. Draw them again.")


def _is_whole(number: float, least: int) -> bool:
    return math.isfinite(number) and number == math.floor(number) and number >= least


def _exact(share: float) -> Fraction:
    """Return the share as it is written: 0.1 is a tenth."""
    return Fraction(str(float(share)))


def _pose(
    need: pd.DataFrame, programmes: Sequence[Programme], areas: pd.DataFrame, limits: Limits
) -> Problem:
    programmes = sorted(programmes, key=lambda programme: programme.id)
    ids = [programme.id for programme in programmes]
    figures = need.sort_index()[ids].astype(float)
    size = np.array([programme.class_size for programme in programmes], dtype=np.int64)
    least = np.array([_least(programme) for programme in programmes], dtype=np.int64)
    caps = np.array([math.inf if each.cap is None else each.cap for each in programmes])
    room = (np.minimum(figures.fillna(0), caps) // size).to_numpy().astype(np.int64)
    room[room < least] = 0
    cost = [int(each.unit_cost_rp) * int(each.class_size) for each in programmes]
    most = [int(total) for total in room.sum(axis=0)]
    affordable = [
        total if each.budget_rp is None else min(total, int(each.budget_rp) // price)
        for each, total, price in zip(programmes, most, cost, strict=True)
    ]
    own = [each.budget_rp for each in programmes]
    pots = [] if limits.common_budget_rp is None else [int(limits.common_budget_rp)]
    if None not in own:
        pots.append(sum(int(budget or 0) for budget in own))
    return Problem(
        areas=areas.loc[figures.index],
        ids=ids,
        need=figures.to_numpy(),
        room=room,
        least=least,
        size=size,
        cost=cost,
        effect=np.array([each.effect for each in programmes], dtype=np.float64),
        affordable=affordable,
        common=None if limits.common_budget_rp is None else int(limits.common_budget_rp),
        money=min(pots),
        shares={k: _exact(share) for k, share in limits.minimum_share.items() if share > 0},
        share_of=limits.share_of,
    )


def _least(programme: Programme) -> int:
    return max(1, -(-programme.floor // programme.class_size))


# What a plan is worth.


def _told(problem: Problem, classes: Integers, rule: Rule, gap: float | None) -> Plan:
    known = ~np.isnan(problem.need)
    sent = classes * problem.size
    need = np.nan_to_num(problem.need)
    kodes, ids = problem.areas.index.rename(KODE), pd.Index(problem.ids)
    totals = classes.sum(axis=0)
    spent = np.array([problem.spent(row) for row in classes], dtype=np.int64)
    parts = {NEED: need.sum(axis=1), REACHED: sent.sum(axis=1), SPENT_RP: spent}
    placed = problem.areas[KECAMATAN].to_numpy()
    by_kecamatan = pd.DataFrame(parts).groupby(placed).sum().rename_axis(KECAMATAN)
    covered = by_kecamatan[REACHED] / by_kecamatan[NEED].where(by_kecamatan[NEED] > 0)
    by_kecamatan.insert(2, COVERED, covered)
    return Plan(
        rule=rule,
        reached=pd.DataFrame(np.where(known, sent, np.nan), kodes, ids),
        spent_rp=pd.Series([int(n) * c for n, c in zip(totals, problem.cost, strict=True)], ids),
        unspent_rp=problem.money - problem.spent(totals),
        covered=float(sent.sum() / need.sum()),
        by_kecamatan=by_kecamatan,
        lowest_to_highest=float(covered.min() / covered.max()) if sent.any() else math.nan,
        gini=gini(covered.to_numpy()),
        value=float(problem.effect @ (totals * problem.size)),
        missed=tuple(shortages(problem, classes)),
        left_out=pd.Series((~known).sum(axis=0), ids),
        gap=gap,
    )


def _in_order(plan: Plan, kodes: "pd.Index[str]", ids: list[str]) -> Plan:
    """Return the plan with areas and programmes in the order in which they were asked."""
    return replace(
        plan,
        reached=plan.reached.loc[kodes, ids].rename_axis(KODE),
        spent_rp=plan.spent_rp[ids],
        left_out=plan.left_out[ids],
    )
